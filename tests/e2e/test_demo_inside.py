"""What is wrong inside of a backup, made as `demo --break` makes it: each kind raises its alert, and no other.

All of them in one library, one after the other, since each look into a backup takes a process. `photos-left-out`,
`photos-gone` and `half-dump` are in the landscape of the dashboard's tests.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from immich_backup_exporter.demo import watching
from immich_backup_exporter.demo.breaks import BREAKS
from immich_backup_exporter.demo.build import build
from immich_backup_exporter.demo.layout import Layout
from immich_backup_exporter.demo.nights import backup_moment, last_nights
from immich_backup_exporter.demo.scene import Scene, looked_into
from support.agent import Agent
from support.landscape import QuickRestic
from support.tools import tool
from support.waiting import eventually

NIGHTS = 2


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A library whose last backup was two hours ago at least."""
    layout = Layout(tmp_path / "demo")
    layout.root.mkdir()
    nights = last_nights(datetime.now(UTC) - timedelta(hours=2), NIGHTS)
    build(layout, QuickRestic(tool("restic-0.18"), os.environ), nights, 24, lambda _: None)
    return layout


@pytest.fixture
def agent(tmp_path: Path, layout: Layout) -> Iterator[Agent]:
    config = yaml.safe_load(layout.config_file.read_text().replace("poll_interval: 5s", "poll_interval: 1s"))
    del config["repositories"]["offsite"], config["offsite_required"]
    with Agent(tmp_path, config) as agent:
        agent.wait(lambda scrape: scrape("coverage_assets") == 25 and scrape("dump_valid") == 1)
        yield agent


def findings(agent: Agent) -> set[str]:
    """What is wrong, beside that a demo is all on one disk."""
    _, answer = agent.get("/api/v1/status")
    told = [one for one in json.loads(answer)["findings"] if one["severity"] != "ok"]
    return {f"{one['check']} {one['severity']}" for one in told if one["check"] != "NotIndependent"}


def raised(agent: Agent, layout: Layout, kind: str, now: datetime) -> list[str]:
    """What is wrong once the library was broken, and was not before."""
    asked = watching.Agent(f"{agent.url}/")
    before, known = asked.values(), findings(agent)
    scene = Scene(
        layout=layout,
        restic=QuickRestic(tool("restic-0.18"), os.environ),
        now=now,
        reload=lambda: None,
        looked_into=lambda moment: looked_into(asked, moment),
    )
    BREAKS[kind].apply(scene)
    eventually(lambda: watching.changed(BREAKS[kind].shows, before, asked.values()))
    return sorted(findings(agent) - known)


def test_each_kind_raises_its_alert_and_no_other(agent: Agent, layout: Layout) -> None:
    began = backup_moment(last_nights(datetime.now(UTC) - timedelta(hours=2), 1)[0])

    def after(minutes: int) -> datetime:
        return began + timedelta(minutes=minutes)

    assert raised(agent, layout, "wrong-order", after(10)) == ["BackupOrderWrong warning"]
    assert raised(agent, layout, "folder-left-out", after(20)) == ["FolderMissing critical"]
    assert raised(agent, layout, "compose-left-out", after(25)) == ["RequiredPathMissing warning"]
    assert raised(agent, layout, "database-set-back", after(30)) == ["AssetsDropped warning"]
    assert raised(agent, layout, "library-halved", after(40)) == ["FolderSuspiciouslySmall critical"]
    assert raised(agent, layout, "external-library", after(50)) == ["ExternalLibraryUnproven info"]
    assert raised(agent, layout, "unknown-schema", after(60)) == ["ContentsUnknown warning"]
    # These ask for the time of files on the live disk, so they are of this moment.
    assert raised(agent, layout, "database-only", datetime.now(UTC)) == ["MediaNotInSnapshot critical"]
    assert raised(agent, layout, "dump-left-out", datetime.now(UTC)) == [
        "DumpNotInSnapshot critical",
        "FolderMissing critical",  # of the folder `backups`
    ]
