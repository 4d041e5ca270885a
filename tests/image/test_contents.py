"""What is in the image, and what it says of itself."""

import subprocess
import tomllib

import pytest

from immich_backup_exporter import __version__
from support.engine import HARDENED, IMAGE, done, engine, inspect
from support.tools import PROJECT


def inside(*command: str) -> str:
    return done("run", "--rm", *HARDENED, "--entrypoint", command[0], IMAGE, *command[1:])


def test_the_version_is_the_one_of_the_project() -> None:
    assert done("run", "--rm", *HARDENED, IMAGE, "--version") == f"immich-backup-exporter {__version__}\n"


def test_a_version_that_is_not_the_programs_stops_the_build() -> None:
    result = engine("build", "--quiet", "--build-arg", "VERSION=9.9.9", PROJECT)
    assert result.returncode != 0


def test_the_labels_say_what_it_is_and_of_which_commit() -> None:
    labels = inspect(IMAGE)["Config"]["Labels"]
    commit = subprocess.run(
        ["git", "-C", PROJECT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout
    assert labels["org.opencontainers.image.revision"] == commit.strip()
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.title"] == "immich-backup-exporter"
    assert labels["org.opencontainers.image.source"].startswith("https://")
    assert labels["org.opencontainers.image.documentation"].startswith("https://")


def test_it_is_nobody_unless_told_otherwise_and_tini_comes_first() -> None:
    config = inspect(IMAGE)["Config"]
    assert config["User"] == "10321:10321"
    assert config["Entrypoint"] == ["tini", "--", "immich-backup-exporter"]
    assert config["Cmd"] == ["serve"]
    assert list(config["ExposedPorts"]) == ["10321/tcp"]


def test_its_restic_is_the_one_that_the_dockerfile_names() -> None:
    assert inside("restic", "version").startswith("restic 0.18.0 ")


def test_everything_that_the_wheel_ships_is_in_it_byte_for_byte() -> None:
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    read = "import importlib.resources as r, sys; print(r.files(sys.argv[1]).joinpath(sys.argv[2]).read_text(), end='')"
    for source, target in wheel["force-include"].items():
        packaged = inside("/opt/immich-backup-exporter/bin/python", "-c", read, *target.split("/", 1))
        assert packaged == (PROJECT / source).read_text()


@pytest.mark.parametrize(
    ("command", "file"),
    [("rules", "alert_rules/immich-backup.rules.yml"), ("dashboard", "grafana/immich-backup.json")],
)
def test_it_prints_the_rules_and_the_dashboard_of_this_version(command: str, file: str) -> None:
    assert done("run", "--rm", *HARDENED, "--network", "none", IMAGE, command) == (PROJECT / file).read_text()


def test_no_compiler_no_pip_and_no_sources_are_left_in_it() -> None:
    for name in ("gcc", "pip", "pip3", "curl", "git"):
        assert engine("run", "--rm", "--entrypoint", "which", IMAGE, name).returncode == 1
    assert engine("run", "--rm", "--entrypoint", "ls", IMAGE, "/src", "/wheels", "/tools").stdout == ""


def test_it_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    size_bytes = inspect(IMAGE)["Size"]
    with capsys.disabled():
        print(f"\nThe image takes {size_bytes / 1e6:.0f} MB.")
    assert size_bytes < 220e6
