"""The published state and what the checks conclude from it, as the page at ``/`` tells it.

No file name of the library, no text of restic, no address of a repository.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.checks import findings as all_findings
from immich_backup_exporter.checks.words import at, size, span
from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import DumpFacts, JobFacts, PlanFacts, RepositoryFacts, State
from immich_backup_exporter.web import page as p
from immich_backup_exporter.words import ENGLISH

_LEVELS = {
    Severity.OK: p.Level.GOOD,
    Severity.INFO: p.Level.INFO,
    Severity.UNKNOWN: p.Level.UNKNOWN,
    Severity.WARNING: p.Level.WARNING,
    Severity.CRITICAL: p.Level.CRITICAL,
}
"""From what troubles least to what troubles most."""

_ORDER = {severity: rank for rank, severity in enumerate(_LEVELS)}
_INSIDE = (
    "MediaNotInSnapshot",
    "FolderMissing",
    "FolderSuspiciouslySmall",
    "DumpNotInSnapshot",
    "DumpInSnapshotInvalid",
    "AssetsMissingFromSnapshot",
    "AssetsMissingInImmich",
    "AssetsDropped",
    "BackupOrderWrong",
    "RequiredPathMissing",
    "SnapshotDamaged",
    "ContentsUnknown",
)
"""The checks about what is in a snapshot."""

_TOLD = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def overview(state: State, now: datetime) -> p.Page:
    """The page of this moment."""
    findings = sorted(all_findings(state, now), key=lambda finding: -_ORDER[finding.severity])
    level, verdict, detail = _verdict(state, findings)
    return p.Page(
        version=state.agent.version,
        revision=state.agent.revision,
        time=at(now),
        level=level,
        verdict=verdict,
        detail=detail,
        findings=tuple(_finding(finding) for finding in findings if finding.severity in _TOLD),
        rows=tuple(_rows(state, findings, now)),
        unknown=tuple(_unknown(state, findings)),
    )


def _verdict(state: State, findings: Sequence[Finding]) -> tuple[p.Level, str, str]:
    """Critical goes before unknown here: who is told both must not overlook the one that is certain."""
    worst = {severity: [one for one in findings if one.severity is severity] for severity in _LEVELS}
    if worst[Severity.CRITICAL]:
        return p.Level.CRITICAL, "Your photos are at risk.", _first(worst[Severity.CRITICAL])
    if not state.repositories:
        return p.Level.UNKNOWN, "Nobody watches your photos.", "No repository is configured, so nothing can be said."
    if worst[Severity.UNKNOWN]:
        return p.Level.UNKNOWN, "Not known yet.", _first(worst[Severity.UNKNOWN])
    if worst[Severity.WARNING]:
        return p.Level.WARNING, "Backed up, with a warning.", _first(worst[Severity.WARNING])
    return p.Level.GOOD, "Your photos are safe.", _best(state)


def _first(findings: Sequence[Finding]) -> str:
    more = len(findings) - 1
    told = f"{findings[0].subject[:1].upper()}{findings[0].subject[1:]}: {ENGLISH.render(findings[0].sentence)}"
    return told + (f" And {_count(more, 'more thing')}." if more else "")


def _best(state: State) -> str:
    plans = sum(len(repository.plans) for repository in state.repositories)
    dumps = ", and so is the database dump" if state.dump and state.dump.valid else ""
    if plans == 1:
        return f"The backup is as it should be{dumps}."
    return f"All {plans} backups are as they should be{dumps}."


def _finding(finding: Finding) -> p.Finding:
    return p.Finding(
        level=_LEVELS[finding.severity],
        subject=finding.subject,
        sentence=ENGLISH.render(finding.sentence),
        next_step=ENGLISH.render(finding.next_step),
        runbook=finding.runbook_url,
    )


def _unknown(state: State, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.severity is Severity.UNKNOWN:
            yield f"{finding.subject}: {ENGLISH.render(finding.sentence)}"
    if state.settings.upload_location is None:
        yield "Whether Immich's own disk and dumps are in order: the agent does not see the upload location."
    if any(not one.settings.inspect.enabled for one in state.repositories):
        yield "What is inside of some snapshots: looking into them is turned off."
    if not state.jobs:
        yield "How backup jobs ended: none reports its runs. A backup that skipped unreadable files looks complete."
    yield "Whether a restore works: that is proven by restoring."


# --- rows


def _rows(state: State, findings: Sequence[Finding], now: datetime) -> Iterator[p.Row]:
    for repository in state.repositories:
        for plan in repository.plans:
            yield _plan_row(repository, plan, findings, now)
            if repository.settings.inspect.enabled and plan.newest is not None:
                yield _contents_row(repository, plan, findings)
    if state.dump is not None:
        yield _dump_row(state.dump, findings, now)
    if state.upload_folders is not None:
        yield _disk_row(state.upload_folders, findings)
    for job in state.jobs:
        yield _job_row(job, findings, now)
    for repository in state.repositories:
        yield _repository_row(repository, findings, now)


def _level(findings: Sequence[Finding], **subject: str) -> p.Level | None:
    """The worst of what is said of exactly this subject; a label with an empty value must not be there."""
    about = [one for one in findings if all(one.labels.get(label, "") == value for label, value in subject.items())]
    return _LEVELS[about[0].severity] if about else None


def _unless_worse(level: p.Level) -> p.Level:
    """Of something that nobody has seen yet nothing good can be said."""
    return p.Level.UNKNOWN if level in (p.Level.GOOD, p.Level.INFO) else level


def _plan_row(repository: RepositoryFacts, facts: PlanFacts, findings: Sequence[Finding], now: datetime) -> p.Row:
    plan = facts.settings
    level = _level(findings, repository=repository.name, plan=plan.name, job_name="") or p.Level.UNKNOWN
    name = f"{repository.name} / {plan.name}"
    if facts.snapshots is None:
        return p.Row(kind="backup", name=name, level=_unless_worse(level), state="not known yet")
    if facts.last_success is None:
        return p.Row(kind="backup", name=name, level=level, state="no backup", detail=ENGLISH.render(facts.explanation))
    late = now - facts.last_success > plan.max_age
    state = "paused" if plan.paused_until and plan.paused_until > now else "stale" if late else "fresh"
    return p.Row(
        kind="backup",
        name=name,
        level=level,
        state="backing up" if late and facts.run_in_progress else state,
        meter=_meter(now - facts.last_success, plan.max_age),
        spark=_sizes(facts.sizes, "snapshots"),
        detail=f"{_count(facts.snapshots, 'snapshot')}{_size(facts.size_bytes)}",
    )


def _contents_row(repository: RepositoryFacts, facts: PlanFacts, findings: Sequence[Finding]) -> p.Row:
    inside = [one for one in findings if one.check in _INSIDE]
    level = _level(inside, repository=repository.name, plan=facts.settings.name) or p.Level.UNKNOWN
    row = p.Row(kind="contents", name=f"{repository.name} / {facts.settings.name}", level=level, state="incomplete")
    if facts.contents is None:
        return replace(
            row, level=_unless_worse(level), state="not looked into", detail=ENGLISH.render(facts.inspection_sentence)
        )
    told = [f"{sum(folder.files for folder in facts.contents.folders.values()):,} files"]
    if facts.coverage is not None:
        missing = facts.coverage.counts.missing.get(MissingKind.ORIGINAL, 0)
        told.append(
            f"{facts.coverage.counts.assets:,} photos and videos in the database, {missing:,} of them not in it"
        )
    if facts.contents.dump_valid is not None:
        told.append("the dump in it is whole" if facts.contents.dump_valid else "the dump in it would not restore")
    words = {p.Level.GOOD: "complete", p.Level.INFO: "complete", p.Level.WARNING: "look at it"}
    return replace(row, state=words.get(level, "incomplete"), detail=", ".join(told))


def _dump_row(facts: DumpFacts, findings: Sequence[Finding], now: datetime) -> p.Row:
    about = [one for one in findings if one.check.startswith("Dump")]
    level = _LEVELS[about[0].severity] if about else p.Level.UNKNOWN
    if facts.out_of_sight or facts.newest is None:
        if facts.out_of_sight or facts.routine is None:
            level = _unless_worse(level)
        state = "out of sight" if facts.out_of_sight else "not known yet" if facts.routine is None else "no dump"
        return p.Row(kind="dumps", name="database", level=level, state=state, detail=ENGLISH.render(facts.sentence))
    state = {True: "whole", False: "would not restore", None: "not read yet"}[facts.valid]
    if facts.valid and facts.last_valid is not None and now - facts.last_valid > facts.settings.max_age:
        state = "stale"
    return p.Row(
        kind="dumps",
        name="database",
        level=level,
        state=state,
        meter=_meter(now - (facts.last_valid or facts.newest.time), facts.settings.max_age),
        spark=_sizes(facts.sizes, "dumps"),
        detail=ENGLISH.render(facts.sentence)
        or f"{_count(facts.routine or 0, 'dump')}{_size(facts.newest.size_bytes)}",
    )


def _disk_row(folders: Mapping[str, bool], findings: Sequence[Finding]) -> p.Row:
    missing = [folder for folder, up in folders.items() if not up]
    return p.Row(
        kind="disk",
        name="upload location",
        level=_level([one for one in findings if one.check == "UploadLocationMissing"]) or p.Level.UNKNOWN,
        state="marker missing" if missing else "there",
        detail=f"no readable .immich in {', '.join(missing)}" if missing else "",
    )


def _job_row(facts: JobFacts, findings: Sequence[Finding], now: datetime) -> p.Row:
    settings, outcome = facts.settings, facts.last_outcome
    if outcome is None:
        state = "running" if facts.running else "no run yet"
    elif facts.last_success_snapshot_missing and outcome is Outcome.SUCCESS:
        state = "no snapshot"
    else:
        state = outcome.value
    ended = facts.last_end or (facts.expected_since if settings.max_age else None)
    parts = [
        f"running for {span(now - facts.running_since)}" if facts.running_since else "",
        f"{facts.consecutive_failures} failures in a row" if facts.consecutive_failures > 1 else "",
        f"took {span(timedelta(seconds=facts.last_duration_seconds))}" if facts.last_duration_seconds else "",
    ]
    return p.Row(
        kind=f"job ({settings.kind.value})",
        name=facts.name,
        level=_level(findings, job_name=facts.name) or p.Level.UNKNOWN,
        state=state,
        meter=_meter(now - ended, settings.max_age) if ended and settings.max_age else None,
        spark=_spark(facts.durations, "durations of the last runs", lambda value: span(timedelta(seconds=value))),
        detail=", ".join(part for part in parts if part),
    )


def _repository_row(facts: RepositoryFacts, findings: Sequence[Finding], now: datetime) -> p.Row:
    level = _level(findings, repository=facts.name, plan="", job_name="") or p.Level.UNKNOWN
    if facts.up is None:
        return p.Row(kind="repository", name=facts.name, level=_unless_worse(level), state="not polled yet")
    meter = _meter(now - facts.last_poll_success, facts.settings.unreachable_after) if facts.last_poll_success else None
    if not facts.up:
        state = facts.failure.value.replace("_", " ") if facts.failure else "failed"
        detail = f"{ENGLISH.render(facts.failure_sentence)} {ENGLISH.render(facts.failure_next_step)}".strip()
        return p.Row(kind="repository", name=facts.name, level=level, state=state, meter=meter, detail=detail)
    stored = f", {size(facts.size.size_bytes)} stored" if facts.size else ""
    return p.Row(
        kind="off-site repository" if facts.settings.offsite else "repository",
        name=facts.name,
        level=level,
        state="reachable",
        meter=meter,
        detail=f"{_count(facts.snapshots or 0, 'snapshot')}{stored}",
    )


def _meter(age: timedelta, limit: timedelta) -> p.Meter:
    return p.Meter(age=span(age), limit=span(limit), share=age / limit)


def _sizes(values: Sequence[float], what: str) -> p.Spark | None:
    return _spark(values, f"sizes of the last {what}", size)


def _spark(values: Sequence[float], what: str, worded: Callable[[float], str]) -> p.Spark | None:
    """Two values make a line."""
    if len(values) < 2:
        return None
    told = f"{what}: {worded(min(values))} to {worded(max(values))}, now {worded(values[-1])}"
    return p.Spark(values=tuple(values), caption=told)


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f", {size(size_bytes)}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
