"""The rows of the page: a plan, what is in its snapshot, the dumps, the disk, a job, a repository."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.findings import About
from immich_backup_exporter.domain.messages import Bytes, Message, sentences
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import JobKind
from immich_backup_exporter.domain.state import ContentsFacts, DumpFacts, JobFacts, PlanFacts, RepositoryFacts, State
from immich_backup_exporter.web.page import Level, Meter, Row, Spark

from .levels import Levels, unless_worse

_OUTCOMES = {
    Outcome.SUCCESS: Message("page.success"),
    Outcome.PARTIAL: Message("page.partial"),
    Outcome.FAILED: Message("page.failed"),
    Outcome.INTERRUPTED: Message("page.interrupted"),
    Outcome.CRASHED: Message("page.crashed"),
    Outcome.SKIPPED: Message("page.skipped"),
}
_JOBS = {
    JobKind.BACKUP: Message("page.job_backup"),
    JobKind.CHECK: Message("page.job_check"),
    JobKind.COPY: Message("page.job_copy"),
    JobKind.FORGET: Message("page.job_forget"),
    JobKind.PRUNE: Message("page.job_prune"),
    JobKind.DRILL: Message("page.job_drill"),
    JobKind.OTHER: Message("page.job_other"),
}
_FAILURES = {
    FailureReason.TIMEOUT: Message("page.timeout"),
    FailureReason.UNREACHABLE: Message("page.unreachable"),
    FailureReason.UNAUTHORIZED: Message("page.unauthorized"),
    FailureReason.PERMISSION: Message("page.permission"),
    FailureReason.WRONG_PASSWORD: Message("page.wrong_password"),
    FailureReason.NOT_FOUND: Message("page.not_found"),
    FailureReason.DAMAGED: Message("page.damaged"),
    FailureReason.PROTOCOL: Message("page.protocol"),
    FailureReason.RESTIC_MISSING: Message("page.restic_missing"),
    FailureReason.UNKNOWN: Message("page.unknown"),
}
_COMPLETENESS = {
    Level.GOOD: Message("page.complete"),
    Level.INFO: Message("page.complete"),
    Level.WARNING: Message("page.look_at_it"),
}
_VERDICTS = {
    True: Message("page.whole"),
    False: Message("page.would_not_restore"),
    None: Message("page.not_read_yet"),
}
_ALARMS = {
    "HistoryTooShort": Message("page.short_history"),
    "NeverSucceeded": Message("page.no_backup"),
    "PlanAmbiguous": Message("page.ambiguous"),
    "PlanMatchesNothing": Message("page.matches_nothing"),
    "SnapshotsInFuture": Message("page.dated_ahead"),
    "SnapshotsVanished": Message("page.vanished"),
    "Stale": Message("page.stale"),
    "SuspiciouslySmall": Message("page.suspiciously_small"),
    "DumpMissing": Message("page.no_dump"),
    "DumpInvalid": Message("page.would_not_restore"),
    "DumpStale": Message("page.stale"),
    "DumpSuspiciouslySmall": Message("page.suspiciously_small"),
    "DumpUnfinished": Message("page.unfinished"),
    "DumpUnverified": Message("page.not_read_yet"),
    "JobOverdue": Message("page.overdue"),
    "JobOverrunning": Message("page.overrunning"),
    "NotIndependent": Message("page.not_independent"),
    "RepositoryCheckFailed": Message("page.damaged"),
    "RepositoryCheckOverdue": Message("page.not_checked"),
    "RepositoryLockStale": Message("page.locked"),
}
"""The word of a row whose worst finding is a warning or critical, so that sign and word say the same."""
_BACKUP = Message("page.kind_backup")
_CONTENTS = Message("page.kind_contents")
_DUMPS = Message("page.kind_dumps")
_DATABASE = Message("page.database")
_REPOSITORY = Message("page.kind_repository")
_NOT_KNOWN = Message("page.state_not_known")


def plan_rows(repository: RepositoryFacts, levels: Levels, now: datetime) -> Iterator[Row]:
    """Of the plans of one repository, and of what is in their newest snapshots."""
    for plan in repository.plans:
        yield _plan_row(repository, plan, levels, now)
        if repository.settings.inspect.enabled and plan.newest is not None:
            yield _contents_row(repository, plan, levels)


def other_rows(state: State, levels: Levels, now: datetime) -> Iterator[Row]:
    """Of what belongs to no repository."""
    if state.dump is not None:
        yield _dump_row(state.dump, levels, now)
    if state.upload_folders is not None:
        yield _disk_row(state.upload_folders, levels.of(About.UPLOAD_LOCATION))
    for job in state.jobs:
        yield _job_row(job, levels, now)


def _plan_row(repository: RepositoryFacts, facts: PlanFacts, levels: Levels, now: datetime) -> Row:
    plan = facts.settings
    level = levels.of(About.PLAN, repository.name, plan.name)
    alarm = levels.alarm(About.PLAN, repository.name, plan.name)
    name = Message("page.plan", repository=repository.name, plan=plan.name)
    if facts.snapshots is None:
        return Row(kind=_BACKUP, name=name, level=unless_worse(level), state=_NOT_KNOWN)
    if facts.last_success is None:
        state = _ALARMS.get(alarm or "", Message("page.no_backup"))
        return Row(kind=_BACKUP, name=name, level=level, state=state, detail=facts.explanation)
    return Row(
        kind=_BACKUP,
        name=name,
        level=level,
        state=_ALARMS.get(alarm or "", _plan_state(facts, now - facts.last_success > plan.max_age, now)),
        meter=_meter(now - facts.last_success, plan.max_age),
        spark=_snapshot_sizes(facts.sizes),
        detail=_detail(Message("page.snapshots", snapshots=facts.snapshots), _size(facts.size_bytes)),
    )


def _plan_state(facts: PlanFacts, late: bool, now: datetime) -> Message:
    if late and facts.run_in_progress:
        return Message("page.backing_up")
    if facts.settings.paused_until and facts.settings.paused_until > now:
        return Message("page.paused")
    return Message("page.stale") if late else Message("page.fresh")


def _contents_row(repository: RepositoryFacts, facts: PlanFacts, levels: Levels) -> Row:
    plan, contents = facts.settings.name, facts.contents
    level = levels.of(About.CONTENTS, repository.name, plan)
    name = Message("page.plan", repository=repository.name, plan=plan)
    if contents is None:
        state = Message("page.not_looked_into")
        return Row(kind=_CONTENTS, name=name, level=unless_worse(level), state=state, detail=facts.inspection_sentence)
    return Row(
        kind=_CONTENTS,
        name=name,
        level=level,
        state=_COMPLETENESS.get(level, Message("page.incomplete")),
        detail=_detail(*_inside(contents, facts)),
    )


def _inside(contents: ContentsFacts, facts: PlanFacts) -> Iterator[Message]:
    yield Message("page.files", files=sum(folder.files for folder in contents.folders.values()))
    if facts.coverage is not None and facts.coverage.snapshot.id == contents.snapshot.id:
        assets = facts.coverage.counts.assets
        missing = facts.coverage.counts.missing.get(MissingKind.ORIGINAL, 0)
        if missing:
            yield Message("page.some_missing", assets=assets, missing=missing)
        else:
            yield Message("page.none_missing", assets=assets)
    if contents.dump_valid is not None:
        yield Message("page.dump_whole") if contents.dump_valid else Message("page.dump_would_not_restore")


def _dump_row(facts: DumpFacts, levels: Levels, now: datetime) -> Row:
    level, alarm = levels.of(About.DUMPS), levels.alarm(About.DUMPS)
    if facts.out_of_sight:
        state = Message("page.out_of_sight")
        return Row(kind=_DUMPS, name=_DATABASE, level=unless_worse(level), state=state, detail=facts.sentence)
    if facts.routine is None and facts.newest is None:
        return Row(kind=_DUMPS, name=_DATABASE, level=unless_worse(level), state=_NOT_KNOWN, detail=facts.sentence)
    if facts.newest is None:
        return Row(kind=_DUMPS, name=_DATABASE, level=level, state=Message("page.no_dump"), detail=facts.sentence)
    state = _VERDICTS[facts.valid]
    if facts.valid and facts.last_valid is not None and now - facts.last_valid > facts.settings.max_age:
        state = Message("page.stale")
    return Row(
        kind=_DUMPS,
        name=_DATABASE,
        level=level,
        state=_ALARMS.get(alarm or "", state),
        meter=_meter(now - (facts.last_valid or facts.newest.time), facts.settings.max_age),
        spark=_dump_sizes(facts.sizes),
        detail=facts.sentence
        or _detail(Message("page.dumps", dumps=facts.routine or 0), _size(facts.newest.size_bytes)),
    )


def _disk_row(folders: Mapping[str, bool], level: Level) -> Row:
    missing = tuple(folder for folder, up in folders.items() if not up)
    return Row(
        kind=Message("page.kind_disk"),
        name=Message("page.upload_location"),
        level=level,
        state=Message("page.marker_missing") if missing else Message("page.there"),
        detail=Message("page.no_marker", folders=missing) if missing else None,
    )


def _job_row(facts: JobFacts, levels: Levels, now: datetime) -> Row:
    level, alarm = levels.of(About.JOB, facts.name), levels.alarm(About.JOB, facts.name)
    settings, duration = facts.settings, facts.last_duration_seconds
    ended = facts.last_end or (facts.expected_since if settings.max_age else None)
    return Row(
        kind=_JOBS[settings.kind],
        name=facts.name,
        level=level,
        state=_job_state(facts, alarm),
        meter=_meter(now - ended, settings.max_age) if ended and settings.max_age else None,
        spark=_durations(facts.durations),
        detail=_detail(
            Message("page.running_for", duration=now - facts.running_since) if facts.running_since else None,
            *_ending(facts, now),
            Message("page.failures", failures=facts.consecutive_failures) if facts.consecutive_failures > 1 else None,
            Message("page.duration", duration=timedelta(seconds=duration)) if duration else None,
        ),
    )


def _ending(facts: JobFacts, now: datetime) -> Iterator[Message]:
    """Of a run that did not end well: when it ended, and with which exit code."""
    if facts.last_outcome in (Outcome.FAILED, Outcome.PARTIAL):
        if facts.last_end is not None:
            yield Message("page.ended", age=now - facts.last_end)
        if facts.last_exit_code is not None:
            yield Message("page.exit_code", code=facts.last_exit_code)


def _job_state(facts: JobFacts, alarm: str | None) -> Message:
    outcome = facts.last_outcome
    if outcome is None:
        if facts.last_skipped:
            return _OUTCOMES[Outcome.SKIPPED]
        return Message("page.running") if facts.running else Message("page.no_run_yet")
    if facts.last_success_snapshot_missing and outcome is Outcome.SUCCESS:
        return Message("page.no_snapshot")
    if outcome is Outcome.SUCCESS and alarm in _ALARMS:
        return _ALARMS[alarm]
    return _OUTCOMES[outcome]


def repository_row(facts: RepositoryFacts, levels: Levels, now: datetime) -> Row:
    level, alarm = levels.of(About.REPOSITORY, facts.name), levels.alarm(About.REPOSITORY, facts.name)
    if facts.up is None:
        state = Message("page.not_polled_yet")
        return Row(kind=_REPOSITORY, name=facts.name, level=unless_worse(level), state=state)
    meter = _looked(now - facts.last_poll_success, facts) if facts.last_poll_success else None
    if not facts.up:
        return Row(
            kind=_REPOSITORY,
            name=facts.name,
            level=level,
            state=_FAILURES[facts.failure] if facts.failure else Message("page.failed"),
            meter=meter,
            detail=sentences(facts.failure_sentence, facts.failure_next_step) if facts.failure_sentence else None,
        )
    return Row(
        kind=Message("page.kind_offsite_repository") if facts.settings.offsite else _REPOSITORY,
        name=facts.name,
        level=level,
        state=_ALARMS.get(alarm or "", Message("page.reachable")),
        meter=meter,
        detail=_detail(
            Message("page.snapshots", snapshots=facts.snapshots or 0),
            Message("page.stored", size=Bytes(facts.size.size_bytes)) if facts.size else None,
        ),
    )


def _meter(age: timedelta, limit: timedelta) -> Meter:
    return Meter(
        age=Message("page.age", age=age),
        limit=Message("page.of_limit", limit=limit),
        share=age / limit,
    )


def _looked(age: timedelta, facts: RepositoryFacts) -> Meter:
    limit = facts.settings.unreachable_after
    return Meter(
        age=Message("page.last_looked", age=max(age, timedelta(0))),
        limit=Message("page.limit", limit=limit),
        share=age / limit,
    )


def _detail(*parts: Message | None) -> Message | None:
    told = tuple(part for part in parts if part is not None)
    return Message("page.detail", parts=told) if told else None


def _size(size_bytes: int | None) -> Message | None:
    return None if size_bytes is None else Message("page.size", size=Bytes(size_bytes))


def _snapshot_sizes(values: Sequence[int]) -> Spark | None:
    if len(values) < 2:
        return None
    least, most, last = Bytes(min(values)), Bytes(max(values)), Bytes(values[-1])
    caption = Message("page.snapshot_sizes", least=least, most=most, last=last)
    return Spark(values=tuple(values), caption=caption)


def _dump_sizes(values: Sequence[int]) -> Spark | None:
    if len(values) < 2:
        return None
    least, most, last = Bytes(min(values)), Bytes(max(values)), Bytes(values[-1])
    return Spark(values=tuple(values), caption=Message("page.dump_sizes", least=least, most=most, last=last))


def _durations(values: Sequence[float]) -> Spark | None:
    if len(values) < 2:
        return None
    least, most, last = (timedelta(seconds=value) for value in (min(values), max(values), values[-1]))
    return Spark(values=tuple(values), caption=Message("page.durations", least=least, most=most, last=last))
