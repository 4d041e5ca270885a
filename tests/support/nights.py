"""Nights of backups and of what becomes of them, as an agent that looks after each of them writes them down."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from immich_backup_exporter.analysis.selection import selection_key
from immich_backup_exporter.analysis.snapshots import count_record, plan_facts, plan_history
from immich_backup_exporter.analysis.vanishing import removals
from immich_backup_exporter.domain.records import Acceptance, CountRecord, Gone, RepositoryRecord, Run
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.domain.settings import JobKind, PlanSettings
from immich_backup_exporter.domain.state import PlanFacts

from .facts import NOW, run_id, run_of, snapshot

LOOK = timedelta(minutes=5)
UNTOLD = object()
"""A number that the job does not tell."""


@dataclass
class Nights:
    """One repository. Time goes on with every night; whatever happens is seen at the next look, five minutes later."""

    plans: tuple[str, ...] = ("immich",)
    record: RepositoryRecord = field(default_factory=RepositoryRecord)
    runs: list[tuple[Run, JobKind]] = field(default_factory=list)
    hours: float = -2400.0
    made: int = 0

    def plan(self, name: str) -> PlanSettings:
        return PlanSettings(name=name, host=name)

    def backup(self, plan: str = "immich") -> None:
        """A night's backup, which the agent sees and counts."""
        self.hours += 24
        self._add(plan)
        self._count()

    def _add(self, plan: str) -> None:
        self.made += 1
        new = snapshot(self.made, hours=-self.hours, hostname=plan)
        self.record = replace(
            self.record, snapshots=(*self.record.snapshots, new), present=self.record.present | {new.id}
        )

    def _count(self) -> None:
        now = NOW + timedelta(hours=self.hours) + LOOK
        counts: list[CountRecord] = []
        for name in self.plans:
            history = plan_history(self.plan(name), None, self.record, now)
            entry = count_record(selection_key(self.plan(name), None), history, self.record.counts, now)
            counts += [entry] if entry else []
        self.record = replace(self.record, counts=self.record.counts + tuple(counts))

    def loses(self, number: int, plan: str = "immich", *, after_hours: float = 0.2) -> None:
        """The oldest are gone from the plan."""
        self._lose(self._of(plan)[:number], after_hours)

    def _of(self, plan: str) -> list[Snapshot]:
        return [one for one in self.record.snapshots if one.id in self.record.present and one.hostname == plan]

    def _lose(self, lost: list[Snapshot], after_hours: float) -> None:
        seen = NOW + timedelta(hours=self.hours + after_hours) + LOOK
        ids = frozenset(one.id for one in lost)
        when = Gone(after=seen - LOOK, seen=seen)
        gone = {**self.record.gone, **dict.fromkeys(ids, when)}
        self.record = replace(self.record, present=self.record.present - ids, gone=gone)

    def reports(self, removed: object, kind: JobKind = JobKind.FORGET, *, started: bool = True) -> None:
        """The end of the run that worked from ten to fifteen minutes after the backup."""
        end = RunReport(
            run_id=run_id(len(self.runs) + 1),
            job="forget",
            event=RunEvent.END,
            started=NOW + timedelta(hours=self.hours, minutes=10) if started else None,
            ended=NOW + timedelta(hours=self.hours, minutes=15),
            exit_code=0,
            removed_snapshots=None if removed is UNTOLD else removed,  # type: ignore[arg-type]
        )
        self.runs.append((run_of(end), kind))

    def many(self, nights: int, *, forgets: int = 0, reported: object = None) -> None:
        """So many nights, each with a backup after which so many are forgotten."""
        for _ in range(nights):
            self.backup()
            self.loses(forgets)
            if reported is not None:
                self.reports(reported)

    def accepts(self, reason: str = "") -> None:
        now = NOW + timedelta(hours=self.hours + 12)
        newest = self._of("immich")[-1].time if self._of("immich") else now
        said = Acceptance(time=now, reason=reason, since=newest, count=len(self._of("immich")))
        self.record = replace(self.record, accepted={"immich": said})

    def facts(self, plan: str = "immich") -> PlanFacts:
        """What is known at noon after the last night."""
        now = NOW + timedelta(hours=self.hours + 12)
        return plan_facts(self.plan(plan), now, None, self.record, now, told=removals(self.runs))

    def vanished(self, plan: str = "immich") -> bool:
        """Whether fewer than half of the usual number are left."""
        facts = self.facts(plan)
        assert facts.snapshots is not None
        usual = facts.snapshots_baseline
        return usual is not None and usual > 0 and facts.snapshots / usual < 0.5
