"""The two ways to let the container read what restic made for its owner only, and what is said without either."""

import re
import subprocess
from pathlib import Path

import pytest

from support.engine import HARDENED, IMAGE, Container, Household, engine
from support.repositories import PASSWORD
from support.tools import PROJECT

PAGE = PROJECT / "docs" / "how-to" / "docker.md"
BLOCKS = re.findall(r"(?m)^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL)
OWNER = ("--user", "1234:1234")
ROOT = ("--user", "0:0", "--cap-add", "DAC_READ_SEARCH")
RECIPES = pytest.mark.parametrize("recipe", [OWNER, ROOT], ids=["owner", "root that may only read"])
# An engine without root maps its user, here the owner, to 0 inside, and its other users to ids from 100000 on.
ROOTLESS = ("--uidmap", "0:1234:1", "--uidmap", "1:100000:65536", "--gidmap", "0:1234:1", "--gidmap", "1:100000:65536")


def probe(household: Household, *options: str) -> tuple[int, str]:
    result = engine("run", "--rm", *HARDENED, *options, *household.options(), IMAGE, "config", "check", "--probe")
    return result.returncode, result.stdout + result.stderr


def test_the_repository_is_as_restic_leaves_it(household: Household) -> None:
    config = household.backups / "config"
    modes = [oct(path.stat().st_mode) for path in (household.backups, household.backups / "snapshots", config)]
    assert modes == ["0o40700", "0o40700", "0o100400"]
    assert config.stat().st_uid == 1234


@RECIPES
def test_the_probe_is_content_with_either_recipe(household: Household, recipe: tuple[str, ...]) -> None:
    code, said = probe(household, *recipe)
    assert (code, said.splitlines()[-1]) == (0, "Everything can be reached.")


@RECIPES
def test_the_agent_reads_the_repository_and_keeps_what_it_learned(
    household: Household, recipe: tuple[str, ...]
) -> None:
    with Container(*HARDENED, *recipe, *household.options()) as container:
        scrape = container.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
        assert scrape("repository_up", repository="nas") == 1
        assert scrape("snapshots", repository="nas") == 3
        assert scrape("last_success_timestamp_seconds", repository="nas") == 1772503200
        assert scrape("upload_location_up", folder="library") == 1
        assert scrape("exporter_state_write_failures_total") == 0
        owner = container.run("stat", "-c", "%u %a", "/var/lib/immich-backup-exporter/state.sqlite3")
        assert owner.stdout == f"{recipe[1].partition(':')[0]} 600\n"


def test_the_user_of_the_image_is_told_whose_the_repository_is_and_both_recipes(household: Household) -> None:
    code, said = probe(household)
    assert code == 1
    assert "/backups belongs to uid 1234, gid 1234 and has the mode drwx------ (0700)." in said
    assert 'user: "1234:1234"' in said
    assert 'user: "0:0"` with `cap_add: [DAC_READ_SEARCH]' in said


def test_root_without_the_capability_is_told_that_it_is_missing(household: Household) -> None:
    code, said = probe(household, "--user", "0:0")
    assert code == 1
    assert "repositories.nas: this process (uid 0, gid 0) may not read /backups" in said
    assert "`cap_add: [DAC_READ_SEARCH]`" in said


def test_an_agent_with_the_wrong_user_exports_the_reason(household: Household) -> None:
    with Container(*HARDENED, *household.options()) as container:
        scrape = container.wait(lambda scrape: scrape.reason("nas"))
        assert scrape.reason("nas") == "permission"


@RECIPES
def test_neither_recipe_can_write_what_it_reads(household: Household, recipe: tuple[str, ...]) -> None:
    writable = [option.replace(":ro,rslave", ":rslave") for option in household.options()]
    with Container(*HARDENED, *recipe, *household.options()) as container:
        for path in ("/backups/new", f"{household.upload_location}/library/new", "/usr/new"):
            assert "Read-only file system" in container.run("touch", path).stderr
    with Container(*HARDENED, *ROOT, *writable) as container:
        assert "Permission denied" in container.run("touch", "/backups/new").stderr


def test_in_a_rootless_engine_the_owner_is_user_0(household: Household) -> None:
    code, said = probe(household, *ROOTLESS, "--user", "0:0")
    assert (code, said.splitlines()[-1]) == (0, "Everything can be reached.")


def test_in_a_rootless_engine_the_capability_opens_no_file_of_users_that_it_does_not_have(household: Household) -> None:
    others = ("--uidmap", "0:200000:65536", "--gidmap", "0:200000:65536")
    code, said = probe(household, *others, *ROOT)
    assert code == 1
    assert "repositories.nas: this process (uid 0, gid 0) may not read /backups" in said


def test_the_pages_docker_run_works_as_it_stands_there(household: Household, folder: Path) -> None:
    (block,) = [text for text in BLOCKS if "docker run -d" in text]
    _, command = block.split("docker run -d", 1)
    (folder / "config.yaml").write_text(
        f"immich: {{upload_location: {household.upload_location}}}\n"
        "repositories: {nas: {repository: /backups/immich, password_file: /etc/immich-backup-exporter/password}}\n"
    )
    (folder / "password").write_text(PASSWORD)
    places = {
        "-v /srv/immich:/srv/immich:": f"-v {household.upload_location}:{household.upload_location}:",
        "-v /backups/immich:": f"-v {household.backups}:",
        "/backups/immich/config": f"{household.backups}/config",
        "-v /etc/immich-backup-exporter:": f"-v {folder}:",
        "--name immich-backup-exporter": "--name ibe-page",
        "-v immich-backup-exporter:": "-v ibe-page:",
        "\n  immich-backup-exporter serve": f"\n  {IMAGE} serve",
    }
    for place, here in places.items():
        assert place in command
        command = command.replace(place, here)
    container = Container()
    container.name = "ibe-page"
    try:
        command = f'"$ENGINE" run -d{command}'
        ran = subprocess.run(["sh", "-e", "-c", command], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        scrape = container.wait(lambda scrape: scrape("snapshots", repository="nas"))
        assert scrape("snapshots", repository="nas") == 3
    finally:
        engine("rm", "--force", "ibe-page")
        engine("volume", "rm", "ibe-page")
