"""The published state for people (the landing page) and for programs (``/api/v1/status``).

No file names of the library but the dump's, no text of restic, no address of a repository.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import (
    ContentsFacts,
    CoverageFacts,
    DumpFacts,
    JobFacts,
    PlanFacts,
    RepositoryFacts,
    State,
)
from immich_backup_exporter.web.landing import Landing, LandingLine


def landing(state: State, now: datetime) -> Landing:
    """What the page at ``/`` shows."""
    return Landing(version=state.agent.version, revision=state.agent.revision, lines=tuple(_lines(state, now)))


def _lines(state: State, now: datetime) -> Iterator[LandingLine]:
    for repository in state.repositories:
        yield _repository_line(repository, now)
        for plan in repository.plans:
            yield _plan_line(repository, plan, now)
    if state.upload_folders is not None:
        missing = [folder for folder, up in state.upload_folders.items() if not up]
        yield LandingLine(
            kind="disk",
            name="upload location",
            state="marker missing" if missing else "there",
            good=not missing,
            detail=f"no readable .immich in {', '.join(missing)}" if missing else "",
        )
    if state.dump is not None:
        yield _dump_line(state.dump, now)
    for job in state.jobs:
        yield _job_line(job, now)


def _repository_line(facts: RepositoryFacts, now: datetime) -> LandingLine:
    if facts.up is None:
        return LandingLine(kind="repository", name=facts.name, state="not polled yet", good=None)
    polled = f"polled {_ago(facts.last_poll, now)}"
    if facts.up:
        return LandingLine(kind="repository", name=facts.name, state="reachable", good=True, detail=polled)
    reason = facts.failure.value.replace("_", " ") if facts.failure else "failed"
    detail = f"{facts.failure_sentence or ''} {facts.failure_next_step or ''}".strip()
    return LandingLine(kind="repository", name=facts.name, state=reason, good=False, detail=detail)


def _plan_line(repository: RepositoryFacts, facts: PlanFacts, now: datetime) -> LandingLine:
    name = f"{repository.name} / {facts.settings.name}"
    if facts.snapshots is None:
        return LandingLine(kind="plan", name=name, state="not known yet", good=None)
    if facts.last_success is None:
        return LandingLine(kind="plan", name=name, state="no backup", good=False, detail=facts.explanation or "")
    late = now - facts.last_success > facts.settings.max_age
    newest = f"newest backup {_ago(facts.last_success, now)}, {facts.snapshots} snapshots"
    return LandingLine(kind="plan", name=name, state="stale" if late else "fresh", good=not late, detail=newest)


def _dump_line(facts: DumpFacts, now: datetime) -> LandingLine:
    if facts.out_of_sight:
        before = f"newest {_ago(facts.newest.time, now)} when last seen. " if facts.newest else ""
        detail = f"{before}{facts.sentence or ''}".strip()
        return LandingLine(kind="dump", name="database", state="not known now", good=False, detail=detail)
    if facts.newest is None:
        known = facts.routine is not None
        return LandingLine(
            kind="dump",
            name="database",
            state="no dump" if known else "not known yet",
            good=False if known else None,
            detail=facts.sentence or "",
        )
    newest = f"newest {_ago(facts.newest.time, now)}. {facts.sentence or ''}".strip()
    if facts.valid is None:
        return LandingLine(kind="dump", name="database", state="not read yet", good=None, detail=newest)
    if not facts.valid:
        return LandingLine(kind="dump", name="database", state="would not restore", good=False, detail=newest)
    late = facts.last_valid is None or now - facts.last_valid > facts.settings.max_age
    return LandingLine(kind="dump", name="database", state="stale" if late else "whole", good=not late, detail=newest)


def _job_line(facts: JobFacts, now: datetime) -> LandingLine:
    settings, outcome = facts.settings, facts.last_outcome
    if facts.last_end is None and outcome is None:
        state = "running" if facts.running else "no run reported yet"
        return LandingLine(kind="job", name=facts.name, state=state, good=None)
    ended = f"last end {_ago(facts.last_end, now)}"
    started = f", running since {_ago(facts.running_since, now)}" if facts.running else ""
    if outcome in (Outcome.FAILED, Outcome.CRASHED):
        times = f", {facts.consecutive_failures} in a row" if facts.consecutive_failures > 1 else ""
        return LandingLine(
            kind="job", name=facts.name, state=outcome.value, good=False, detail=f"{ended}{times}{started}"
        )
    if facts.last_success_snapshot_missing:
        return LandingLine(
            kind="job", name=facts.name, state="no snapshot", good=False, detail=f"{ended} with success{started}"
        )
    late = settings.max_age is not None and (facts.last_end is None or now - facts.last_end > settings.max_age)
    if late:
        return LandingLine(kind="job", name=facts.name, state="overdue", good=False, detail=f"{ended}{started}")
    good = True if outcome is Outcome.SUCCESS else None
    return LandingLine(
        kind="job", name=facts.name, state=outcome.value if outcome else "", good=good, detail=f"{ended}{started}"
    )


def _ago(moment: datetime | None, now: datetime) -> str:
    """A time as a person says it: ``5 minutes ago``."""
    if moment is None:
        return "never"
    seconds = int((now - moment).total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def status(state: State) -> Mapping[str, object]:
    """The facts as plain types for JSON; times are ISO 8601 in UTC, what is not known is null."""
    return {
        "version": state.agent.version,
        "repositories": {facts.name: _repository_status(facts) for facts in state.repositories},
        "upload_location": state.upload_folders and dict(state.upload_folders),
        "dump": state.dump and _dump_status(state.dump),
        "jobs": {facts.name: _job_status(facts) for facts in state.jobs},
        "warnings": list(state.settings.warnings),
    }


def _repository_status(facts: RepositoryFacts) -> Mapping[str, object]:
    return {
        "backend": facts.backend,
        "up": facts.up,
        "failure": facts.failure and facts.failure.value,
        "sentence": facts.failure_sentence,
        "next_step": facts.failure_next_step,
        "last_poll": _iso(facts.last_poll),
        "last_poll_success": _iso(facts.last_poll_success),
        "last_open_success": _iso(facts.last_open_success),
        "snapshots": facts.snapshots,
        "locks": facts.locks and facts.locks.count,
        "size_bytes": facts.size and facts.size.size_bytes,
        "checks": {
            scope.value: {"time": _iso(check.time), "success": check.success} for scope, check in facts.checks.items()
        },
        "plans": {plan.settings.name: _plan_status(plan) for plan in facts.plans},
    }


def _plan_status(facts: PlanFacts) -> Mapping[str, object]:
    return {
        "last_success": _iso(facts.last_success),
        "last_success_unchanged": facts.last_success_unchanged,
        "run_in_progress": facts.run_in_progress,
        "max_age_seconds": facts.settings.max_age.total_seconds(),
        "paused_until": _iso(facts.settings.paused_until),
        "snapshots": facts.snapshots,
        "newest": facts.newest and facts.newest.id,
        "size_bytes": facts.size_bytes,
        "size_baseline_bytes": facts.size_baseline_bytes,
        "files": facts.files,
        "files_baseline": facts.files_baseline,
        "in_future": facts.in_future,
        "hosts": facts.hosts,
        "explanation": facts.explanation,
        "inspection": facts.inspection_sentence,
        "damaged": facts.damaged,
        "contents": facts.contents and _contents_status(facts.contents),
        "coverage": facts.coverage and _coverage_status(facts.coverage),
    }


def _contents_status(facts: ContentsFacts) -> Mapping[str, object]:
    dump = facts.dump
    return {
        "snapshot": facts.snapshot.id,
        "time": _iso(facts.snapshot.time),
        "sentence": facts.sentence,
        "folders": {
            name: {
                "files": found.files,
                "size_bytes": found.size_bytes,
                "size_baseline_bytes": facts.size_baselines.get(name),
                "required": facts.required.get(name),
            }
            for name, found in facts.folders.items()
        },
        "required_paths_missing": len(facts.missing_paths),
        "dumps": facts.dumps,
        "dump": dump
        and {
            "time": _iso(dump.time),
            "size_bytes": dump.size_bytes,
            "valid": facts.dump_valid,
            "sentence": facts.dump_sentence,
        },
    }


def _coverage_status(facts: CoverageFacts) -> Mapping[str, object]:
    counts, record = facts.counts, facts.record
    return {
        "snapshot": facts.snapshot.id,
        "time": _iso(facts.snapshot.time),
        "dump": _iso(record.dump_time),
        "immich_version": record.immich_version,
        "schema_level": record.schema_level,
        "media_location": record.media_location,
        "assets": counts.assets,
        "assets_baseline": facts.assets_baseline,
        "external_proven": counts.external_proven,
        "external_unproven": counts.external_unproven,
        "missing": {kind.value: count for kind, count in counts.missing.items()},
        "persistently_missing": {kind.value: count for kind, count in record.persistent.items()},
        "missing_on_disk": record.gone,
        "persistently_missing_on_disk": record.persistent_gone,
        "regenerable_missing": counts.regenerable_missing,
        "unknown_files": counts.unknown_files,
    }


def _job_status(facts: JobFacts) -> Mapping[str, object]:
    settings = facts.settings
    return {
        "kind": settings.kind.value,
        "repository": settings.repository,
        "plan": settings.plan,
        "expected_since": _iso(facts.expected_since),
        "max_age_seconds": settings.max_age and settings.max_age.total_seconds(),
        "max_duration_seconds": settings.max_duration and settings.max_duration.total_seconds(),
        "paused_until": _iso(settings.paused_until),
        "last_start": _iso(facts.last_start),
        "last_end": _iso(facts.last_end),
        "last_success": _iso(facts.last_success),
        "last_outcome": facts.last_outcome and facts.last_outcome.value,
        "last_exit_code": facts.last_exit_code,
        "last_duration_seconds": facts.last_duration_seconds,
        "last_unreadable_files": facts.last_unreadable_files,
        "last_success_snapshot_missing": facts.last_success_snapshot_missing,
        "running": facts.running,
        "running_since": _iso(facts.running_since),
        "consecutive_failures": facts.consecutive_failures,
        "runs": {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome},
    }


def _dump_status(facts: DumpFacts) -> Mapping[str, object]:
    return {
        "newest": _iso(facts.newest.time if facts.newest else None),
        "size_bytes": facts.newest and facts.newest.size_bytes,
        "size_baseline_bytes": facts.size_baseline_bytes,
        "valid": facts.valid,
        "last_valid": _iso(facts.last_valid),
        "dumps": facts.routine,
        "unfinished": facts.unfinished,
        "unverified": facts.unverified,
        "sentence": facts.sentence,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
