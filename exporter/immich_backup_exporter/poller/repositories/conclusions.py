"""What follows for a repository's plans from all that is known of it, of its lineage and of what jobs reported."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.analysis.snapshots import PlanHistory, plan_facts, plan_history
from immich_backup_exporter.domain.messages import sentences
from immich_backup_exporter.domain.records import RepositoryRecord
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.core.announcer import Announcer
from immich_backup_exporter.poller.jobs.ledger import RunLedger


class Conclusions:
    """Draws them, and says in the log which plan matches nothing."""

    def __init__(
        self,
        settings: RepositorySettings,
        upload_location: str | None,
        runs: RunLedger,
        lineage: Lineage,
        contents: KnownContents,
        announce: Announcer,
    ) -> None:
        self._settings = settings
        self._upload_location = upload_location
        self._runs = runs
        self._lineage = lineage
        self._contents = contents
        self._announce = announce
        self.expected_since: dict[str, datetime] = {}
        """Since when each plan is declared."""

    def history(self, plan: PlanSettings, record: RepositoryRecord, now: datetime) -> PlanHistory:
        """The plan's snapshots, with all that other repositories know of where they come from."""
        return plan_history(plan, self._upload_location, record, now, self._lineage)

    def plans(
        self,
        before: Sequence[PlanFacts],
        record: RepositoryRecord,
        now: datetime,
        *,
        listed: bool,
        outdated: bool,
        locked: bool | None,
    ) -> tuple[PlanFacts, ...]:
        """The facts of all plans. They are drawn anew where time, or what is ``outdated``, may have changed them.

        ``listed``: the repository was listed once, by this process or an earlier one. ``locked``: a lock in it is being
        refreshed, whoever's it is.
        """
        facts = []
        for index, plan in enumerate(self._settings.plans):
            old = before[index] if index < len(before) else None
            new = old if old is not None and not outdated and _stands(old) else self._plan(plan, record, now, listed)
            told = self._runs.in_progress(self._settings.name, plan.name, now)
            facts.append(replace(new, run_in_progress=True if told else locked))
        return tuple(facts)

    def _plan(self, plan: PlanSettings, record: RepositoryRecord, now: datetime, listed: bool) -> PlanFacts:
        since = self.expected_since.get(plan.name, now)
        if not listed:
            return PlanFacts(settings=plan, expected_since=since)
        name = self._settings.name
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
        facts = self._contents.facts(name, plan, facts, self.history(plan, record, now))
        explanation = facts.explanation and sentences(f"plan {plan.name}:", facts.explanation)
        # Its numbers change with every snapshot of somebody else's; that is no news.
        self._announce.trouble(f"plan {plan.name}", explanation, key="matches nothing")
        return facts


def _stands(facts: PlanFacts) -> bool:
    """Whether time alone changes nothing: a future snapshot becomes the present, a run without one ceases to count."""
    return facts.snapshots is not None and not (facts.in_future or facts.last_success_unchanged)
