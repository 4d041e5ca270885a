"""The reports of one run while it works."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.runs import RunEvent
from immich_backup_exporter.jobs.delivery import Delivery
from immich_backup_exporter.jobs.inbox import read_spool
from immich_backup_exporter.jobs.reporter import Reporter
from support.waiting import eventually

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def reporter(spool: Path, beat_seconds: float = 0.01) -> Reporter:
    clock = SystemClock()
    return Reporter(Delivery(clock, str(spool)), clock, "nightly", NOON, beat_seconds)


def test_it_beats_until_the_end(tmp_path: Path) -> None:
    report = reporter(tmp_path / "spool")
    seen: set[int] = set()

    def three_beats() -> bool:
        if (tmp_path / "spool").exists():
            seen.update(read_spool(str(tmp_path / "spool")).beats.values())
        return len(seen) >= 3

    eventually(three_beats)
    report.end({"exit_code": 0}, 1.5, 0.0)
    start, end = sorted(
        (entry.report for entry in read_spool(str(tmp_path / "spool")).entries), key=lambda one: one.event, reverse=True
    )
    assert (start.event, end.event, end.run_id, end.started) == (RunEvent.START, RunEvent.END, start.run_id, NOON)
    assert (end.exit_code, end.duration_seconds, report.complaint) == (0, 1.5, None)


def test_a_start_that_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    report = reporter(tmp_path / "later" / "spool")
    (tmp_path / "later").mkdir()
    eventually(lambda: any((tmp_path / "later").glob("spool/*.start.json")))
    report.end({"exit_code": 0}, 1.0, 0.0)
    assert report.complaint is None


def test_a_start_that_was_removed_is_written_again(tmp_path: Path) -> None:
    report = reporter(tmp_path / "spool")
    eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
    next((tmp_path / "spool").glob("*.start.json")).unlink()
    eventually(lambda: any((tmp_path / "spool").glob("*.start.json")))
    report.end({"exit_code": 0}, 1.0, 0.0)


def test_the_end_of_a_run_ends_its_thread(tmp_path: Path) -> None:
    reporter(tmp_path / "spool").end({"exit_code": 0}, 1.0, 0.0)
    eventually(lambda: not any(thread.name == "report" for thread in threading.enumerate()))
