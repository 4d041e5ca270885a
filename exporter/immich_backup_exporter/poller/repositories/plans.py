"""What follows for a repository's plans from all that is known of it, of its lineage and of what jobs reported."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.snapshots import plan_facts
from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.core.subjects import plan_subject
from immich_backup_exporter.poller.jobs.ledger import RunLedger
from immich_backup_exporter.poller.ports import Store

from .record_keeper import RecordKeeper


class PlanConclusions:
    """Draws the facts of plans, and says in the log which plan matches nothing."""

    def __init__(
        self,
        settings: RepositorySettings,
        upload_location: str | None,
        keeper: RecordKeeper,
        runs: RunLedger,
        lineage: Lineage,
        contents: KnownContents,
        announce: Announcer,
    ) -> None:
        self._settings = settings
        self._upload_location = upload_location
        self._keeper = keeper
        self._runs = runs
        self._lineage = lineage
        self._contents = contents
        self._announce = announce
        self._expected_since: dict[str, datetime] = {}

    def restore(self, store: Store, location: str, now: datetime) -> None:
        """Take up since when each plan is declared."""
        name = self._settings.name
        self._expected_since = {
            plan.name: store.expected_since(plan_subject(name, plan.name, location), now)
            for plan in self._settings.plans
        }

    def draw(
        self, before: Sequence[PlanFacts], now: datetime, *, listed: bool, outdated: bool, locked: bool | None
    ) -> tuple[PlanFacts, ...]:
        """The facts of all plans. They are drawn anew where time, or what is ``outdated``, may have changed them.

        ``listed``: the repository was listed once, by this process or an earlier one. ``locked``: a process refreshes
        a lock in it; ``None``: the locks are not known.
        """
        facts = []
        for index, plan in enumerate(self._settings.plans):
            old = before[index] if index < len(before) else None
            new = old if old is not None and not outdated and _stands(old, now) else self._plan(plan, now, listed)
            told = self._runs.in_progress(self._settings.name, plan.name, now)
            facts.append(replace(new, run_in_progress=True if told else locked))
        return tuple(facts)

    def _plan(self, plan: PlanSettings, now: datetime, listed: bool) -> PlanFacts:
        since = self._expected_since.get(plan.name, now)
        if not listed:
            return PlanFacts(settings=plan, expected_since=since)
        name, record = self._settings.name, self._keeper.record
        facts = plan_facts(
            plan,
            since,
            self._upload_location,
            record,
            now,
            self._runs.plan_runs(name, plan.name),
            self._lineage,
            told=self._runs.removals(name, record.since),
            proven=self._contents.proven,
        )
        history = self._keeper.history(plan, now)
        self._contents.note_history(name, plan, history)
        facts = self._contents.facts(name, plan, facts, history)
        explanation = facts.explanation and Message("polling.of_plan", plan=plan.name, sentence=facts.explanation)
        # Its numbers change with every snapshot of another plan; that is no news.
        self._announce.trouble(Message("polling.plan", plan=plan.name), explanation or None, key="matches nothing")
        return facts


def _stands(facts: PlanFacts, now: datetime) -> bool:
    """Whether time alone changes nothing: a future snapshot becomes the present, a run without one ceases to count.

    Where the clock was set back, what was the present is the future.
    """
    if facts.newest is not None and in_future(facts.newest.time, now):
        return False
    return facts.snapshots is not None and not (facts.in_future or facts.last_success_unchanged)
