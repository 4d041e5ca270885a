"""The version is written in one place; everything else asks for it."""

import re
import tomllib

from immich_backup_exporter import __version__
from support.tools import PROJECT

ELSEWHERE = ("pyproject.toml", "Dockerfile", "compose.yaml", "README.md", "Makefile", ".github/workflows/gate.yml")


def test_the_packages_own_is_the_one_that_is_built() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    source = PROJECT / project["tool"]["hatch"]["version"]["path"]
    assert f'__version__ = "{__version__}"' in source.read_text()


def test_no_other_file_repeats_it() -> None:
    words = {name: re.findall(r"(?<![\w.])\d+\.\d+\.\d+(?![\w.])", (PROJECT / name).read_text()) for name in ELSEWHERE}
    assert {name: found for name, found in words.items() if __version__ in found} == {}


def test_the_changelog_begins_with_it_or_with_what_is_not_released_yet() -> None:
    headings = re.findall(r"(?m)^## \[([^\]]+)\]", (PROJECT / "CHANGELOG.md").read_text())
    assert headings[0] in {"Unreleased", __version__}
