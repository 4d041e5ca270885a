"""All runs of jobs in memory: what reports add to, and what repositories ask about their plans."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from immich_backup_exporter.analysis.completeness import PlanRuns
from immich_backup_exporter.analysis.runs import in_order, is_in_progress, newest
from immich_backup_exporter.analysis.vanishing import Removal, removals
from immich_backup_exporter.domain.records import DROPPED_KEPT, RUNS_KEPT, Run, RunsRecord
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind, JobSettings

_MAKING = (JobKind.BACKUP, JobKind.OTHER)
"""What makes the snapshots that it names. A copy is as whole as what it was copied from, however copying ended."""


class RunLedger:
    """Holds what the state store holds of runs. Everything happens on the event loop."""

    def __init__(self) -> None:
        self.jobs: Mapping[str, JobSettings] = {}
        self._runs: dict[str, dict[str, Run]] = {}
        self._counts: dict[str, dict[Outcome, int]] = {}
        self._dropped: dict[str, dict[str, None]] = {}

    def fill(self, record: RunsRecord) -> None:
        """Take up what the state store holds."""
        self._runs, self._counts, self._dropped = {}, {}, {}
        for job, run_id in record.dropped:
            self._dropped.setdefault(job, {})[run_id] = None
        for run in record.runs:
            self._runs.setdefault(run.job, {})[run.run_id] = run
        for (job, outcome), count in record.counts.items():
            self._counts.setdefault(job, {})[outcome] = count

    def get(self, job: str, run_id: str) -> Run | None:
        return self._runs.get(job, {}).get(run_id)

    def was_dropped(self, job: str, run_id: str) -> bool:
        """Whether the run was kept once, and newer ones took its place."""
        return run_id in self._dropped.get(job, {})

    def of(self, job: str) -> tuple[Run, ...]:
        return tuple(self._runs.get(job, {}).values())

    def counts(self, job: str) -> Mapping[Outcome, int]:
        """How often a run of the job was found to have each outcome, ever."""
        return self._counts.get(job, {})

    def put(self, run: Run) -> None:
        """Insert or replace a run. An outcome that it did not have before is counted."""
        runs = self._runs.setdefault(run.job, {})
        before = runs.get(run.run_id)
        runs[run.run_id] = run
        if run.outcome is not None and (before is None or before.outcome is not run.outcome):
            counts = self._counts.setdefault(run.job, {})
            counts[run.outcome] = counts.get(run.outcome, 0) + 1
        if len(runs) > RUNS_KEPT:
            self._runs[run.job] = {one.run_id: one for one in newest(runs.values())}
            dropped = self._dropped.setdefault(run.job, {})
            dropped |= dict.fromkeys(runs.keys() - self._runs[run.job].keys())
            while len(dropped) > DROPPED_KEPT:
                del dropped[next(iter(dropped))]

    # --- what repositories ask

    def plan_runs(self, repository: str, plan: str) -> PlanRuns:
        """What says something about the backups of a plan."""
        making = [run for job in self._runs if self._kind(job) in _MAKING for run in self.of(job)]
        return PlanRuns(
            named=_ended(run for run in making if run.end is not None and run.end.snapshot_ids),
            own=_ended(run for job in self._jobs_of(repository, plan) for run in self.of(job.name)),
        )

    def rivals(self, run: Run, job: JobSettings) -> list[Run]:
        """The other runs that may have made the snapshots of the job's plan, and all that named theirs."""
        plans = (job.plan, None) if job.plan is not None else None
        makers = {
            one.name
            for one in self.jobs.values()
            if one.kind is JobKind.BACKUP and one.repository == job.repository and (not plans or one.plan in plans)
        }
        return [
            other
            for name, runs in self._runs.items()
            for other in runs.values()
            if other.end is not None
            and other.outcome is not Outcome.SKIPPED
            and (name in makers or other.end.snapshot_ids)
            and (name, other.run_id) != (run.job, run.run_id)
        ]

    def checks(self, repository: str, since: datetime | None) -> list[tuple[Run, JobKind]]:
        """The runs that may have checked the repository, those that ended before ``since`` left out."""
        return self._ended_in(repository, since)

    def removals(self, repository: str, since: datetime | None) -> tuple[Removal, ...]:
        """What runs that ended since then say they forgot of the repository."""
        return removals(self._ended_in(repository, since))

    def _ended_in(self, repository: str, since: datetime | None) -> list[tuple[Run, JobKind]]:
        return [
            (run, job.kind)
            for job in self.jobs.values()
            if job.repository == repository
            for run in self.of(job.name)
            if run.ended is not None and (since is None or run.ended >= since)
        ]

    def in_progress(self, repository: str, plan: str, now: datetime) -> bool | None:
        """Whether a backup of the plan is under way; ``None`` where no job is declared that would say so."""
        jobs = self._jobs_of(repository, plan)
        return any(is_in_progress(job, self.of(job.name), now) for job in jobs) if jobs else None

    def _jobs_of(self, repository: str, plan: str) -> list[JobSettings]:
        return [
            job
            for job in self.jobs.values()
            if job.kind is JobKind.BACKUP and (job.repository, job.plan) == (repository, plan)
        ]

    def _kind(self, job: str) -> JobKind:
        """What is declared no more did make snapshots, for all that is known."""
        declared = self.jobs.get(job)
        return declared.kind if declared else JobKind.OTHER


def _ended(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(in_order(run for run in runs if run.end is not None and run.outcome is not Outcome.SKIPPED))
