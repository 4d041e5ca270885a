"""The facts of one repository: how polling it went, and what follows from all that is known of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.restic_checks import checks_of, folded_checks, folded_parts, read_cycle_oldest
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.domain.records import CheckRecord
from immich_backup_exporter.domain.repository import Independence, LockName
from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import RepositorySettings
from immich_backup_exporter.domain.state import RepositoryFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.subjects import repository_subject
from immich_backup_exporter.poller.jobs.ledger import RunLedger
from immich_backup_exporter.poller.ports import RepositoryReader, Store

from .locks import Locks
from .plans import PlanConclusions
from .record_keeper import RecordKeeper


class Conclusions:
    """Holds the facts, and draws them anew whenever something that they follow from has changed."""

    def __init__(
        self,
        settings: RepositorySettings,
        reader: RepositoryReader,
        keeper: RecordKeeper,
        plans: PlanConclusions,
        runs: RunLedger,
        contents: KnownContents,
        now: datetime,
    ) -> None:
        self._reader = reader
        self._keeper = keeper
        self._plans = plans
        self._runs = runs
        self._contents = contents
        self._locks = Locks()
        self._drawn_revision: int | None = None
        self._facts = RepositoryFacts(settings=settings, backend=reader.backend, expected_since=now)

    @property
    def facts(self) -> RepositoryFacts:
        return self._facts

    def restore(self, store: Store, now: datetime) -> None:
        """Take up since when the repository and its plans are declared."""
        location = self._reader.location
        self._plans.restore(store, location, now)
        subject = repository_subject(self._facts.name, location)
        self._facts = replace(self._facts, expected_since=store.expected_since(subject, now))
        self.draw(now)

    def listed(self, locks: Iterable[LockName], now: datetime) -> None:
        """Note the locks of a listing."""
        self._locks = self._locks.listed(locks, now)

    def polled(self, error: RepositoryError | None, seconds: float, now: datetime, *, listed: bool) -> None:
        """Note how a poll went. ``listed``: its listing succeeded, so that the locks are those of now."""
        before = self._facts
        self._facts = replace(
            before,
            up=error is None,
            failure=error.reason if error else None,
            failure_sentence=error.message if error else None,
            failure_next_step=error.next_step if error else None,
            last_poll=now,
            last_poll_success=before.last_poll_success if error else now,
            poll_duration_seconds=seconds,
            polls=before.polls + 1,
            poll_failures=before.poll_failures + (1 if error else 0),
            locks=self._locks.facts if listed else None,
        )

    def independent(self, found: Independence) -> None:
        """Note what the repository has in common with the library and with other repositories."""
        self._facts = replace(self._facts, independence=found)

    def checks(self) -> Mapping[CheckScope, CheckRecord]:
        """What checks of the repository found, by what was kept and by what jobs reported since."""
        record = self._keeper.record
        return folded_checks(record.checks, self._runs.checks(self._facts.name, record.since))

    def read_parts(self) -> Mapping[str, CheckRecord]:
        """What checks found that read a part of the data, likewise."""
        record = self._keeper.record
        return folded_parts(record.read_parts, self._runs.checks(self._facts.name, record.since))

    def outdate(self) -> None:
        """Draw the facts of plans anew next time: other jobs are declared, runs were reported, trees looked into."""
        self._drawn_revision = None

    def draw(self, now: datetime) -> None:
        """Derive the facts from the record; those of the plans only where the record or time changed something."""
        commands, seconds = self._reader.commands()
        record, revision = self._keeper.record, self._keeper.revision
        parts = self.read_parts()
        succeeded = self._facts.last_poll_success or record.last_poll_success
        self._facts = replace(
            self._facts,
            last_poll_success=succeeded,
            last_open_success=record.last_open_success,
            snapshots=len(record.present) if succeeded else None,
            unreadable_snapshots=len(record.unreadable) if succeeded else None,
            size=record.size,
            read_bytes=self._contents.read.of(self._facts.name),
            checks=checks_of(self.checks(), parts),
            read_cycle_oldest=read_cycle_oldest(parts),
            commands=tuple(commands),
            command_seconds=seconds,
            plans=self._plans.draw(
                self._facts.plans,
                now,
                listed=succeeded is not None,
                outdated=revision != self._drawn_revision,
                locked=None if self._facts.locks is None else self._locks.in_progress(now),
            ),
        )
        self._drawn_revision = revision
