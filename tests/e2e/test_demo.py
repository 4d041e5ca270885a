"""The demo as a newcomer starts it: what it builds is what the agent says, and each break shows."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.demo.build import build
from immich_backup_exporter.demo.layout import Layout, read_note
from immich_backup_exporter.demo.nights import backup_moment, dump_moment, last_nights
from support.agent import Scrape
from support.landscape import QuickRestic
from support.tools import tool
from support.waiting import PATIENCE_SECONDS, eventually


class Demo:
    """`immich-backup-exporter demo` as a process; what it prints is in `said`. Ended by pid."""

    def __init__(self, tmp_path: Path, restic: str, *flags: str) -> None:
        self.scratch = tmp_path / "scratch"
        self.scratch.mkdir()
        self._output = tmp_path / "output"
        address, program = ("--web.listen-address", "127.0.0.1:0"), tool(f"restic-{restic}")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "immich_backup_exporter", "demo", *address, "--restic", program, *flags],
                # RESTIC_HOST and its like are for other repositories than the demo's.
                env=os.environ | {"TMPDIR": str(self.scratch), "RESTIC_HOST": "other", "RESTIC_REPOSITORY": "/other"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Until it says something that matches."""

        def look() -> re.Match[str] | None:
            assert self.process.poll() is None, self.said
            return re.search(pattern, self.said)

        found = eventually(look, lambda: self.said)
        assert found is not None
        return found

    def scrape(self) -> Scrape:
        url = self.wait_for(r"The demo is served: (\S+)").group(1)
        with urllib.request.urlopen(f"{url}metrics", timeout=PATIENCE_SECONDS) as answer:
            return Scrape(answer.read().decode())

    def changes(self) -> dict[str, tuple[str, str]]:
        """What it says has changed, once it has: before and after of each series."""
        self.wait_for(r"Waiting until the agent notices[\s\S]*Ctrl-C ends it\.")
        lines = re.findall(r"\n  (immich_backup_\S+)\n      (.*) -> (.*)", self.said)
        return {series.removeprefix("immich_backup_"): (before, after) for series, before, after in lines}

    def end(self, number: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=PATIENCE_SECONDS)
        finally:
            self.process.kill()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A finished demo of six nights, as an earlier `demo --folder` left it."""
    layout = Layout(tmp_path / "demo")
    layout.root.mkdir()
    restic = QuickRestic(tool("restic-0.18"), os.environ)
    build(layout, restic, last_nights(datetime.now(UTC), 6), 12, lambda _: None)
    quicker = layout.config_file.read_text().replace("poll_interval: 5s", "poll_interval: 1s")
    layout.config_file.write_text(quicker)
    return layout


@pytest.fixture
def broken(request: pytest.FixtureRequest, tmp_path: Path, layout: Layout) -> Iterator[Demo]:
    """That demo, served and at once broken in the way that the test names."""
    flags = ("--folder", str(layout.root), "--days", "6", "--photos", "12", "--break-after", "0")
    demo = Demo(tmp_path, "0.18", *flags, "--break", request.param)
    try:
        yield demo
    finally:
        demo.end(signal.SIGTERM)


def breaks(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("broken", [kind], indirect=True, ids=[kind])


# --- what is built is what is said


def test_the_agent_says_of_the_demo_what_was_built(tmp_path: Path) -> None:
    demo = Demo(tmp_path, "0.18", "--days", "3", "--photos", "20")
    try:
        scrape = demo.scrape()
        (root,) = demo.scratch.glob("immich-demo-*")
        said_while_serving = demo.said
        night = last_nights(datetime.now(UTC), 1)[0]
        folders = (root / "immich", root / "immich-app")
        sizes = [path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()]
    finally:
        assert demo.end(signal.SIGINT) == 0
    for name in ("nas", "offsite"):
        assert scrape("repository_up", repository=name) == 1
        assert scrape("repository_locks", repository=name) == 0
        assert scrape("snapshots", repository=name) == 3
        assert scrape("snapshots_in_future", repository=name) == 0
        assert scrape("last_success_timestamp_seconds", repository=name) == backup_moment(night).timestamp()
        assert 0 < (scrape("last_success_age_seconds", repository=name) or 0) < 26 * 3600
        assert scrape("snapshot_files", repository=name) == len(sizes)
        assert scrape("snapshot_size_bytes", repository=name) == sum(sizes)
        assert (scrape("snapshot_size_delta_bytes", repository=name) or 0) > 0
        assert scrape.labels("snapshot_info", repository=name)["hostname"] == "demo-nas"
    assert scrape("repository_offsite", repository="nas") == 0
    assert scrape("repository_offsite", repository="offsite") == 1
    assert scrape("dumps") == 3
    assert scrape("dump_valid") == 1
    assert scrape("dump_timestamp_seconds") == dump_moment(night).timestamp() + 4
    assert scrape.labels("dump_info")["immich_version"] == "3.1.0"
    assert scrape("dumps_unfinished") == 0
    for name in ("nas", "offsite"):
        assert scrape("coverage_assets", repository=name) == 21
        assert scrape("coverage_missing_assets", repository=name) == 0
        assert scrape("coverage_unknown_files", repository=name) == 0
        assert scrape("snapshot_dump_valid", repository=name) == 1
    for folder in ("library", "upload", "profile", "backups", "thumbs", "encoded-video"):
        assert scrape("upload_location_up", folder=folder) == 1
    assert "[  0 %] making the repositories" in said_while_serving
    assert f"configuration  {root}/config.yaml" in said_while_serving
    assert list(demo.scratch.iterdir()) == []


@pytest.mark.parametrize("version", ["0.14", "0.19"])
def test_the_oldest_and_the_newest_restic_build_it_too(tmp_path: Path, version: str) -> None:
    demo = Demo(tmp_path, version, "--days", "2", "--photos", "4", "--keep")
    try:
        scrape = demo.scrape()
        assert scrape("snapshots", repository="nas") == scrape("snapshots", repository="offsite") == 2
        assert (scrape("snapshot_size_bytes", repository="nas") or 0) > 0
        assert scrape("dump_valid") == 1
    finally:
        assert demo.end(signal.SIGTERM) == 0
    (root,) = demo.scratch.iterdir()
    assert json.loads((root / "demo.json").read_text())["complete"] is True
    assert f"immich-backup-exporter serve --config.file={root}/config.yaml" in demo.said


def test_ended_while_it_builds_it_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = Demo(tmp_path, "0.18")
    demo.wait_for("making the repositories")
    assert demo.end(signal.SIGTERM) == 143
    assert list(demo.scratch.iterdir()) == []


# --- what a break changes


@breaks("job-stopped")
def test_a_stopped_job_shows_in_the_age_of_the_newest_backup(broken: Demo) -> None:
    changes = broken.changes()
    for name in ("nas", "offsite"):
        assert changes[f'snapshots{{repository="{name}",plan="immich"}}'] == ("6", "2")
        assert re.search(
            r"\(4\.\d days ago\)$", changes[f'last_success_timestamp_seconds{{repository="{name}",plan="immich"}}'][1]
        )


@breaks("empty-folder")
def test_a_missing_disk_shows_in_the_markers_and_in_an_empty_snapshot(broken: Demo) -> None:
    changes = broken.changes()
    assert changes['upload_location_up{folder="library"}'] == ("1", "0")
    assert changes['upload_location_up{folder="backups"}'] == ("1", "0")
    assert changes['snapshot_files{repository="nas",plan="immich"}'][1] == "2"  # the compose file and its .env
    assert "KiB" in changes['snapshot_size_bytes{repository="nas",plan="immich"}'][0]
    assert changes['snapshot_size_bytes{repository="nas",plan="immich"}'][1].endswith(" bytes")
    assert broken.scrape()("dumps") == 6


@breaks("corrupt-dump")
def test_a_flipped_bit_shows_in_the_dumps_validity(broken: Demo) -> None:
    changes = broken.changes()
    assert changes["dump_valid"] == ("1", "0")
    dumps, newest_valid = broken.scrape()("dumps"), broken.scrape()("last_valid_dump_timestamp_seconds")
    assert dumps == 6
    assert newest_valid == dump_moment(last_nights(datetime.now(UTC), 2)[0]).timestamp() + 4


@breaks("truncated-dump")
def test_a_truncated_dump_shows_in_its_validity_and_size(broken: Demo) -> None:
    changes = broken.changes()
    assert changes["dump_valid"] == ("1", "0")
    assert changes["dump_size_delta_bytes"][1].startswith("-")


@breaks("missing-dump")
def test_missing_dumps_show_in_their_number_and_age(broken: Demo) -> None:
    assert broken.changes()["dumps"] == ("6", "3")
    newest = dump_moment(last_nights(datetime.now(UTC), 4)[0]).timestamp() + 4
    assert broken.scrape()("dump_timestamp_seconds") == newest
    assert broken.scrape()("dump_valid") == 1


@breaks("wrong-password")
def test_a_wrong_password_shows_as_the_reason_of_the_failure(broken: Demo) -> None:
    assert broken.changes() == {
        'repository_up{repository="nas"}': ("1", "0"),
        'repository_failure{repository="nas",reason="wrong_password"}': ("0", "1"),
    }
    assert broken.scrape()("repository_up", repository="offsite") == 1


@breaks("repository-gone")
def test_a_repository_that_is_gone_shows_as_the_reason_of_the_failure(broken: Demo) -> None:
    assert broken.changes() == {
        'repository_up{repository="nas"}': ("1", "0"),
        'repository_failure{repository="nas",reason="not_found"}': ("0", "1"),
    }
    assert broken.scrape()("snapshots", repository="nas") == 6


@breaks("stale-lock")
def test_a_stale_lock_shows_with_its_age(broken: Demo) -> None:
    changes = broken.changes()
    assert changes['repository_locks{repository="nas"}'] == ("0", "1")
    before, after = changes['repository_oldest_lock_timestamp_seconds{repository="nas"}']
    assert before == "(absent)"
    assert after.endswith("(3.0 h ago)")
    assert broken.scrape()("plan_run_in_progress", repository="nas") == 0


@breaks("small-backup")
def test_a_small_backup_shows_in_size_and_files(broken: Demo) -> None:
    changes = broken.changes()
    assert changes['snapshot_files{repository="nas",plan="immich"}'][1] == "4"
    assert changes['snapshot_files_delta{repository="nas",plan="immich"}'][1].startswith("-")
    scrape = broken.scrape()
    size, usual = (
        scrape("snapshot_size_bytes", repository="nas"),
        scrape("snapshot_size_baseline_bytes", repository="nas"),
    )
    assert (size or 0) < 0.3 * (usual or 0)


@breaks("clock-wrong")
def test_a_backup_of_next_week_is_counted_apart_and_is_not_fresh(broken: Demo) -> None:
    changes = broken.changes()
    assert changes['snapshots_in_future{repository="nas",plan="immich"}'] == ("0", "1")
    assert changes['snapshots{repository="nas",plan="immich"}'] == ("6", "7")
    newest = backup_moment(last_nights(datetime.now(UTC), 1)[0]).timestamp()
    assert broken.scrape()("last_success_timestamp_seconds", repository="nas") == newest


@breaks("unfinished-dump")
def test_an_unfinished_dump_shows_with_its_age(broken: Demo, layout: Layout) -> None:
    changes = broken.changes()
    assert changes["dumps_unfinished"] == ("0", "1")
    assert changes["oldest_unfinished_dump_timestamp_seconds"][1].endswith("(5.0 h ago)")
    assert broken.scrape()("dumps") == 6
    note = read_note(layout)
    assert note is not None
    assert note.broken == "unfinished-dump"
    assert f"Using the demo in {layout.root} again." in broken.said


@breaks("same-repository")
def test_a_copy_that_is_none_shows_as_shared_by_both_names(broken: Demo) -> None:
    assert broken.changes() == {
        'repository_shares_id{repository="nas"}': ("0", "1"),
        'repository_shares_id{repository="offsite"}': ("0", "1"),
        'repository_shares_password{repository="nas"}': ("0", "1"),
        'repository_shares_password{repository="offsite"}': ("0", "1"),
    }


@breaks("photos-left-out")
def test_photos_that_two_backups_left_out_show_as_missing_for_good(broken: Demo) -> None:
    assert broken.changes() == {
        'coverage_missing_assets{repository="nas",plan="immich"}': ("0", "1"),
        'coverage_persistently_missing_assets{repository="nas",plan="immich"}': ("0", "1"),
    }
    scrape = broken.scrape()
    assert scrape("coverage_persistently_missing_on_disk_assets", repository="nas") == 0
    assert scrape("coverage_missing_assets", repository="offsite") == 0
