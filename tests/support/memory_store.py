"""A store without a disk for tests of whatever uses one; passes the suite in `tests/contract/test_store.py`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from immich_backup_exporter.domain.contents import CoverageKey, CoverageRecord, MissingRecord, TreeContents
from immich_backup_exporter.domain.immich import DumpVerdict
from immich_backup_exporter.domain.records import (
    RUNS_KEPT,
    STARTS_KEPT,
    Acceptance,
    ContentsRecord,
    RepositoryChange,
    RepositoryRecord,
    Run,
    RunsChange,
    RunsRecord,
    SeenDump,
)
from immich_backup_exporter.domain.runs import Outcome


class MemoryStore:
    """Keeps everything in dictionaries. ``changes`` and ``saved_...`` list the writes that really happened."""

    def __init__(self, created: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.created = created
        self.write_failures = 0
        self.notices: tuple[str, ...] = ()
        self.changes: list[tuple[str, RepositoryChange]] = []
        self.saved_dumps: list[SeenDump] = []
        self.flushes = 0
        self.closed = False
        self._expectations: dict[str, datetime] = {}
        self._bindings: dict[tuple[str, str], str] = {}
        self._repositories: dict[str, RepositoryRecord] = {}
        self._dumps: dict[str, SeenDump] = {}
        self._accepted: Acceptance | None = None
        self._starts: list[datetime] = []
        self._beginnings: dict[str, datetime] = {}
        self.saved_runs: list[RunsChange] = []
        self._runs: dict[tuple[str, str], Run] = {}
        self._counts: dict[tuple[str, Outcome], int] = {}
        self._taken: frozenset[str] = frozenset()
        self.now = created
        """When something is read from a repository."""
        self._trees: dict[str, TreeContents] = {}
        self._coverages: dict[CoverageKey, tuple[CoverageRecord, MissingRecord]] = {}
        self._reading: list[tuple[str, datetime, int]] = []

    def expected_since(self, subject: str, now: datetime) -> datetime:
        since = min(self._expectations.get(subject, now), now)
        self._expectations[subject] = since
        return since

    def drop_expectations(self, keep: Collection[str]) -> None:
        self._expectations = {subject: since for subject, since in self._expectations.items() if subject in keep}

    def load_beginnings(self) -> Mapping[str, datetime]:
        return dict(self._beginnings)

    def save_beginnings(self, since: Mapping[str, datetime]) -> None:
        self._beginnings = dict(since)

    def bound_repository(self, name: str, location: str) -> str | None:
        return self._bindings.get((name, location))

    def bind_repository(self, name: str, location: str, repository_id: str) -> None:
        self._bindings[name, location] = repository_id

    def load_repository(self, repository_id: str) -> RepositoryRecord:
        return self._repositories.get(repository_id, RepositoryRecord())

    def save_repository(self, repository_id: str, change: RepositoryChange) -> None:
        if change:
            self.changes.append((repository_id, change))
            self._repositories[repository_id] = _changed(self.load_repository(repository_id), change)

    def load_dumps(self) -> Sequence[SeenDump]:
        return sorted(self._dumps.values(), key=lambda seen: (seen.file.modified, seen.file.fingerprint))

    def save_dumps(self, dumps: Sequence[SeenDump]) -> None:
        self.saved_dumps += dumps
        for seen in dumps:
            verdict = None if seen.verdict is not None and seen.verdict.transient else seen.verdict
            self._dumps[seen.file.fingerprint] = replace(seen, verdict=verdict)

    def load_dump_acceptance(self) -> Acceptance | None:
        return self._accepted

    def save_dump_acceptance(self, acceptance: Acceptance) -> None:
        self._accepted = acceptance

    def note_start(self, now: datetime) -> None:
        self._starts = sorted({*self._starts, now})[-STARTS_KEPT:]

    def starts(self) -> Sequence[datetime]:
        return tuple(self._starts)

    def load_runs(self) -> RunsRecord:
        return RunsRecord(
            runs=tuple(sorted(self._runs.values(), key=_age)), counts=dict(self._counts), taken=self._taken
        )

    def save_runs(self, change: RunsChange) -> None:
        if not change:
            return
        self.saved_runs.append(change)
        self._runs.update({(run.job, run.run_id): run for run in change.runs})
        self._taken = (self._taken | change.taken) - change.vanished
        for key, count in change.counts.items():
            self._counts[key] = max(count, self._counts.get(key, 0))
        for job in {run.job for run in change.runs}:
            of_job = sorted((run for run in self._runs.values() if run.job == job), key=_age)
            for run in of_job[:-RUNS_KEPT]:
                del self._runs[run.job, run.run_id]

    def load_contents(self) -> ContentsRecord:
        return ContentsRecord(
            trees={tree: replace(found, verdict=_lasting(found.verdict)) for tree, found in self._trees.items()},
            coverages={key: record for key, (record, _) in self._coverages.items()},
        )

    def load_missing(self, tree: str, dump: str) -> MissingRecord:
        key = tree, dump
        return self._coverages[key][1] if key in self._coverages else MissingRecord()

    def save_tree(self, tree: str, found: TreeContents) -> None:
        self._trees[tree] = found

    def save_coverage(self, tree: str, record: CoverageRecord, missing: MissingRecord) -> None:
        self._coverages[tree, record.dump] = record, missing

    def read_since(self, repository_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        return [(time, size) for id_, time, size in self._reading if id_ == repository_id and time >= since]

    def save_reading(self, repository_id: str, size_bytes: int) -> None:
        self._reading.append((repository_id, self.now, size_bytes))

    def flush(self) -> None:
        self.flushes += 1

    def close(self) -> None:
        self.closed = True


def _lasting(verdict: DumpVerdict | None) -> DumpVerdict | None:
    return None if verdict is not None and verdict.transient else verdict


def _age(run: Run) -> tuple[datetime, datetime]:
    return run.time, run.heard


def _changed(old: RepositoryRecord, change: RepositoryChange) -> RepositoryRecord:
    snapshots = {snapshot.id: snapshot for snapshot in (*old.snapshots, *change.added)}
    present = (old.present | {snapshot.id for snapshot in change.added}) - change.gone | change.back
    gone = {**old.gone, **(dict.fromkeys(change.gone, change.gone_when) if change.gone_when else {})}
    counts = {(count.plan, count.newest_id): count for count in (*old.counts, *change.counts)}
    return replace(
        old,
        snapshots=tuple(sorted(snapshots.values(), key=lambda snapshot: (snapshot.time, snapshot.id))),
        present=present & snapshots.keys(),
        unreadable=old.unreadable if change.unreadable is None else dict(change.unreadable),
        tree_sizes={**old.tree_sizes, **change.tree_sizes},
        counts=tuple(sorted(counts.values(), key=lambda count: count.time)),
        last_poll_success=change.last_poll_success or old.last_poll_success,
        last_open_success=change.last_open_success or old.last_open_success,
        size=change.size or old.size,
        size_time=change.size_time or old.size_time,
        checks={**old.checks, **change.checks},
        since=change.since or old.since,
        gone={id_: when for id_, when in gone.items() if id_ not in change.back},
        accepted={**old.accepted, **change.accepted},
    )
