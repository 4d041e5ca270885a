"""The page about what is inside of snapshots, followed with the real programs.

Nothing in its blocks is changed but paths and the hours, which are always here.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
import yaml

from immich_backup_exporter.demo.inside import INSIDE
from support import pages
from support.agent import Agent
from support.immich_database import asset_id, dump_text
from support.inspections import make_library, write
from support.repositories import PASSWORD, backup, make_repository
from support.tools import PROJECT

PAGE = PROJECT / "docs" / "how-to" / "contents.md"
ORIGINALS = ("library/admin/1.jpg", "library/admin/2.jpg", "upload/x/3.jpg")
EXTERNAL = ("/mnt/pictures/a.jpg", "/mnt/pictures/b.jpg")
PLAN = {"repository": "nas", "plan": "immich"}


class Site(NamedTuple):
    """An agent that runs with the page's configuration, and where its places are on this machine."""

    agent: Agent
    places: dict[str, str]

    def here(self, text: str) -> str:
        for place, path in self.places.items():
            text = text.replace(place, path)
        return text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A backup that lacks one original, one external photo and the file `.env`."""
    folder = tmp_path_factory.mktemp("contents")
    rows = ((asset_id(at), path) for at, path in enumerate(EXTERNAL, 10))
    text = dump_text(((asset_id(at), f"/data/{name}") for at, name in enumerate(ORIGINALS, 1)), external=rows)
    library = make_library(folder / "srv" / "immich", ORIGINALS, dump=text)
    for path in ("pictures/a.jpg", "pictures/b.jpg", "immich-app/compose.yaml"):
        write(folder / "srv" / path, path)
    repository = make_repository(folder / "repository")
    sources = [library, folder / "srv" / "pictures", folder / "srv" / "immich-app"]
    backup(repository, sources, time=datetime(2026, 3, 1, 3, 0, tzinfo=UTC), exclude=["2.jpg", "b.jpg"])
    (folder / "password").write_text(PASSWORD)
    places = {
        "/etc/immich-backup-exporter/config.yaml": str(folder / "config.yaml"),
        "/etc/immich-backup-exporter/nas.password": str(folder / "password"),
        "/var/lib/immich-backup-exporter": str(folder / "state"),
        "/backups/immich": str(repository),
        "/srv/": f"{folder}/srv/",
        "22:00-06:00": "00:00-23:59",
        "immich-backup-exporter check": f"{sys.executable} -m immich_backup_exporter check",
    }
    (configuration,) = [block for block in pages.blocks(PAGE, "yaml") if "required_paths" in block]
    with Agent(folder, yaml.safe_load(Site(Agent(folder), places).here(configuration))) as agent:
        agent.wait(lambda scrape: scrape("coverage_assets", **PLAN))
        yield Site(agent, places)


def test_what_the_configuration_asks_for_is_found_out(site: Site) -> None:
    scrape = site.agent.scrape()
    assert scrape("coverage_assets", **PLAN) == 3
    assert scrape("coverage_missing_assets", **PLAN) == 2
    assert scrape("coverage_external_assets", proven="true", **PLAN) == 1
    assert scrape("snapshot_required_paths_missing", **PLAN) == 1
    assert scrape("snapshot_dump_valid", **PLAN) == 1
    assert scrape("repository_read_budget_bytes", repository="nas") == 10 * 2**30


def test_check_lists_what_is_missing(site: Site) -> None:
    (command,) = [block for block in pages.blocks(PAGE, "sh") if "--verbose" in block]
    ran = subprocess.run(
        ["bash", "-c", site.here(command)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT / "exporter")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Not in the newest snapshot of plan nas/immich, 2 files listed:" in ran.stdout, ran.stdout + ran.stderr
    assert "/data/library/admin/2.jpg" in ran.stdout
    assert "/mnt/pictures/b.jpg" in ran.stdout


def test_the_demo_has_every_kind_that_is_named() -> None:
    assert [kind for kind in INSIDE if f"`{kind}`" not in PAGE.read_text(encoding="utf-8")] == []
