"""The published state and what the checks conclude from it, as the page at ``/`` tells it.

No file name of the library, no text of restic, no address of a repository.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from immich_backup_exporter.checks import findings as all_findings
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.findings import WORST_FIRST, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.web import page as p
from immich_backup_exporter.words import ENGLISH, Language

from .levels import LEVELS, Levels
from .rows import rows
from .verdict import SENTENCES, Verdict, verdict

LONGEST_KEPT = timedelta(minutes=1)
"""Ages on the page go stale: it is made anew after this although nothing has changed."""

_RANKS = {severity: rank for rank, severity in enumerate(WORST_FIRST)}
_LISTED = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


class KeptPage:
    """The page as HTML, made when it is first asked for after the state changed, or is a minute old."""

    def __init__(self, clock: Clock, language: Language = ENGLISH) -> None:
        self._clock = clock
        self._language = language
        self._state: State | None = None
        self._made: datetime | None = None
        self._html = b""

    def of(self, state: State) -> bytes:
        now = self._clock.now()
        fresh = self._made is not None and timedelta(0) <= now - self._made < LONGEST_KEPT
        if state is not self._state or not fresh:
            self._html = p.render_page(overview(state, now), self._language)
            self._state, self._made = state, now
        return self._html


def overview(state: State, now: datetime) -> p.Page:
    """The page of this moment."""
    findings = sorted(all_findings(state, now), key=lambda finding: _RANKS[finding.severity])
    said = verdict(state, findings, now)
    return p.Page(
        version=state.agent.version,
        revision=state.agent.revision,
        time=now,
        level=_level(said, findings),
        verdict=SENTENCES[said],
        detail=_detail(said, state, findings),
        findings=tuple(_finding(finding) for finding in findings if finding.severity in _LISTED),
        rows=tuple(rows(state, Levels(findings), now)),
        unknown=tuple(_unknown(state, findings)),
    )


_LEVELS = {
    Verdict.SAFE: p.Level.GOOD,
    Verdict.NOTHING_BACKED_UP: p.Level.UNKNOWN,
    Verdict.NOT_ALL_BACKED_UP: p.Level.UNKNOWN,
    Verdict.NOT_KNOWN: p.Level.UNKNOWN,
    Verdict.NOT_WATCHED: p.Level.UNKNOWN,
    Verdict.WARNING_AND_UNKNOWN: p.Level.WARNING,
    Verdict.WARNING: p.Level.WARNING,
    Verdict.ACT_TODAY: p.Level.CRITICAL,
    Verdict.AT_RISK: p.Level.CRITICAL,
}


def _level(said: Verdict, findings: Sequence[Finding]) -> p.Level:
    """A warning goes before what is not known: the first finding is the worst."""
    worst = LEVELS[findings[0].severity] if findings else p.Level.UNKNOWN
    return p.Level.WARNING if worst is p.Level.WARNING else _LEVELS[said]


def _detail(said: Verdict, state: State, findings: Sequence[Finding]) -> Message:
    if said is Verdict.SAFE:
        return _best(state)
    if said is Verdict.NOT_WATCHED:
        return Message("page.no_repository")
    if said in (Verdict.ACT_TODAY, Verdict.AT_RISK):
        return _first([one for one in findings if one.severity is Severity.CRITICAL])
    open_ones = [one for one in findings if one.severity in (Severity.WARNING, Severity.UNKNOWN)]
    return _first(open_ones) if open_ones else Message("page.not_proven")


def _first(findings: Sequence[Finding]) -> Message:
    told = Message("page.first", subject=findings[0].subject, message=findings[0].message)
    more = len(findings) - 1
    return sentences(told, Message("page.more", number=more) if more else None)


def _best(state: State) -> Message:
    plans = sum(len(repository.plans) for repository in state.repositories)
    if state.dump and state.dump.valid:
        return Message("page.backups_and_dump_fine", plans=plans)
    return Message("page.backups_fine", plans=plans)


def _finding(finding: Finding) -> p.Finding:
    return p.Finding(
        level=LEVELS[finding.severity],
        alert=finding.alert,
        subject=finding.subject,
        message=finding.message,
        next_step=finding.next_step,
        runbook=finding.runbook_url,
    )


def _unknown(state: State, findings: Sequence[Finding]) -> Iterator[Message]:
    for finding in findings:
        if finding.severity is Severity.UNKNOWN:
            yield Message("page.unknown_finding", subject=finding.subject, message=finding.message)
    if state.settings.upload_location is None:
        yield Message("page.unknown_upload_location")
    if any(not one.settings.inspect.enabled for one in state.repositories):
        yield Message("page.unknown_inside")
    if not state.jobs:
        yield Message("page.unknown_runs")
    yield Message("page.unknown_restore")
