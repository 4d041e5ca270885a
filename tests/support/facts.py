"""Facts for tests, with everything that does not matter filled in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from immich_backup_exporter.analysis.runs import merged
from immich_backup_exporter.domain.immich import DumpFile, DumpKind, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import RepositoryRecord, Run, SeenDump
from immich_backup_exporter.domain.repository import RepositoryAccess, Snapshot
from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.domain.settings import (
    DumpSettings,
    JobKind,
    JobSettings,
    PlanSettings,
    RepositorySettings,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def snapshot_id(number: int) -> str:
    return f"{number:064x}"


def snapshot(number: int, *, hours: float = 1.0, **fields: object) -> Snapshot:
    """A snapshot made `hours` before NOW of the upload location /srv/immich."""
    values: dict[str, object] = {
        "id": snapshot_id(number),
        "time": hours_ago(hours),
        "tree": f"{number + 1_000_000:064x}",
        "hostname": "photos",
        "paths": ("/srv/immich",),
        "backup_start": hours_ago(hours),
        "size_bytes": 1000,
        "files": 10,
    }
    return Snapshot(**{**values, **fields})  # type: ignore[arg-type]


def record(*snapshots: Snapshot, present: frozenset[str] | None = None, **fields: object) -> RepositoryRecord:
    """All of them listed, unless told otherwise."""
    listed = frozenset(one.id for one in snapshots) if present is None else present
    return RepositoryRecord(snapshots=snapshots, present=listed, **fields)  # type: ignore[arg-type]


def plan(**fields: object) -> PlanSettings:
    return PlanSettings(**{"name": "immich", **fields})  # type: ignore[arg-type]


def repository(name: str = "nas", **fields: object) -> RepositorySettings:
    access = RepositoryAccess(name=name, url="/backups/immich", password="unused")
    values = {"access": access, "poll_interval": timedelta(minutes=5), "plans": (plan(),)}
    return RepositorySettings(**{**values, **fields})  # type: ignore[arg-type]


def job(name: str = "nightly", **fields: object) -> JobSettings:
    values = {"name": name, "kind": JobKind.BACKUP, "repository": "nas", "plan": "immich"}
    return JobSettings(**{**values, **fields})  # type: ignore[arg-type]


def run_id(number: int) -> str:
    return f"{number:032x}"


def start(number: int, *, hours: float = 1.0, **fields: object) -> RunReport:
    """A run of a wrapper that began `hours` before NOW."""
    values = {
        "run_id": run_id(number),
        "job": "nightly",
        "event": RunEvent.START,
        "started": hours_ago(hours),
        "beat_seconds": 30.0,
    }
    return RunReport(**{**values, **fields})  # type: ignore[arg-type]


def end(number: int, *, hours: float = 1.0, exit_code: int | None = 0, **fields: object) -> RunReport:
    """The end, half an hour after the start, of the run that began `hours` before NOW."""
    values = {
        "run_id": run_id(number),
        "job": "nightly",
        "event": RunEvent.END,
        "started": hours_ago(hours),
        "ended": hours_ago(hours - 0.5),
        "duration_seconds": 1800.0,
        "exit_code": exit_code,
    }
    return RunReport(**{**values, **fields})  # type: ignore[arg-type]


def run_of(*reports: RunReport, heard: datetime | None = None, **fields: object) -> Run:
    """What these reports of one run make of it, each heard of at the time that it tells of."""
    made: Run | None = None
    for report in reports:
        made = merged(made, report, heard or report.ended or report.started or NOW) or made
    assert made is not None
    return replace(made, **fields)  # type: ignore[arg-type]


def dump_settings(**fields: object) -> DumpSettings:
    return DumpSettings(
        **{"folder": "/srv/immich/backups", "upload_location": "/srv/immich", **fields}  # type: ignore[arg-type]
    )


def dump_file(number: int, *, hours: float = 10.0, **fields: object) -> DumpFile:
    """A routine dump that was finished `hours` before NOW."""
    values: dict[str, object] = {
        "name": f"immich-db-backup-{number}.sql.gz",
        "path": f"/srv/immich/backups/immich-db-backup-{number}.sql.gz",
        "kind": DumpKind.IMMICH,
        "group": "immich",
        "unfinished": False,
        "size_bytes": 500,
        "modified": hours_ago(hours),
        "fingerprint": f"f{number}",
    }
    return DumpFile(**{**values, **fields})  # type: ignore[arg-type]


WHOLE = Message("dump_verdicts.whole")


def verdict(outcome: DumpOutcome, sentence: Message = WHOLE, **fields: object) -> DumpVerdict:
    return DumpVerdict(outcome=outcome, sentence=sentence, unpacked_bytes=1, **fields)  # type: ignore[arg-type]


VALID = verdict(DumpOutcome.VALID)
INVALID = verdict(
    DumpOutcome.INVALID, Message("dump_verdicts.gzip_damaged", part=Message("dump_verdicts.gzip_checksum"))
)
UNDECIDED = verdict(DumpOutcome.UNDECIDED, Message("dump_verdicts.took_too_long"))


def seen(file: DumpFile, verdict: DumpVerdict | None = None, **fields: object) -> SeenDump:
    values = {"file": file, "first_seen": hours_ago(10), "finished": True, "verdict": verdict}
    return SeenDump(**{**values, **fields})  # type: ignore[arg-type]
