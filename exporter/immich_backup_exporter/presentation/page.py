"""The published state and what the checks conclude from it, as the page at ``/`` tells it.

No file name of the library, no text of restic, no address of a repository.
"""

import asyncio
import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

from immich_backup_exporter.checks.registry import each_alone, in_order, of_the_rest
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.web import page as p
from immich_backup_exporter.words import ENGLISH, Language

from .levels import LEVELS, Levels
from .parts import LONGEST_KEPT, Part, as_told, make_part, rank
from .rows import other_rows
from .verdict import SENTENCES, Verdict, verdict

LATELY = timedelta(minutes=10)
"""So long after a view the page is kept ready for the next one."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ROUNDS = 45
"""In so many rounds of :meth:`KeptPage.refresh` everything is made anew. At one a second that leaves a quarter of each
minute for parts that change after they were made anew."""


class KeptPage:
    """The page as HTML. A view makes anew what changed, and what was made a minute ago."""

    def __init__(self, clock: Clock, language: Language = ENGLISH) -> None:
        self._clock = clock
        self._language = language
        self._parts: dict[str, Part] = {}
        self._state: State | None = None
        self._made = self._until = self._viewed_at = clock.now()
        self._html = b""
        self.viewed = asyncio.Event()
        """Set once the page is viewed, and no longer once it was not viewed lately."""

    def of(self, state: State) -> bytes:
        now = self._viewed_at = self._clock.now()
        self.viewed.set()
        if state is not self._state or not self._made <= now < self._until:
            self._parts = {alone.repositories[0].name: self._part(alone, now) for alone in each_alone(state)}
            self._html = p.render_page(_overview(state, now, tuple(self._parts.values())), self._language)
            self._state, self._made = state, now
            self._until = min((part.made for part in self._parts.values()), default=now) + LONGEST_KEPT
        return self._html

    def refresh(self, state: State) -> None:
        """To be called each second while :attr:`viewed`: makes a share of the parts anew, those first that changed.

        So the next view has little to do, and what it shows is not all too old at once.
        """
        now = self._clock.now()
        if now - self._viewed_at > LATELY:
            self.viewed.clear()
        if not self.viewed.is_set():
            return
        share = ceil(len(state.repositories) / _ROUNDS)
        for alone in heapq.nsmallest(share, each_alone(state), key=self._made_of):
            part = self._parts[alone.repositories[0].name] = make_part(alone, now)
            p.prepare(part.pieces, self._language)

    def _part(self, alone: State, now: datetime) -> Part:
        kept = self._parts.get(alone.repositories[0].name)
        return kept if kept is not None and kept.holds(alone, now) else make_part(alone, now)

    def _made_of(self, alone: State) -> datetime:
        """When the part was made that can still be shown; long ago, where there is none."""
        kept = self._parts.get(alone.repositories[0].name)
        return kept.made if kept is not None and kept.alone == alone else _LONG_AGO


def overview(state: State, now: datetime) -> p.Page:
    """The page of this moment."""
    return _overview(state, now, tuple(make_part(alone, now) for alone in each_alone(state)))


def _overview(state: State, now: datetime, parts: Sequence[Part]) -> p.Page:
    told = in_order((*(part.told for part in parts), as_told(of_the_rest(state, now))))
    worst_first = sorted(told, key=lambda one: rank(one[0]))
    findings, shown = [finding for finding, _ in worst_first], [one for _, one in worst_first]
    said = verdict(state, findings, now)
    return p.Page(
        version=state.agent.version,
        revision=state.agent.revision,
        time=now,
        level=_level(said, findings),
        verdict=SENTENCES[said],
        detail=_detail(said, state, findings),
        findings=tuple(one for one in shown if isinstance(one, p.Finding)),
        rows=(
            *(row for part in parts for row in part.plans),
            *other_rows(state, Levels(findings), now),
            *(part.repository for part in parts),
        ),
        unknown=(*(one for one in shown if isinstance(one, Message)), *_unknown(state)),
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


def _unknown(state: State) -> Iterator[Message]:
    if state.settings.upload_location is None:
        yield Message("page.unknown_upload_location")
    if any(not one.settings.inspect.enabled for one in state.repositories):
        yield Message("page.unknown_inside")
    if not state.jobs:
        yield Message("page.unknown_runs")
    yield Message("page.unknown_restore")
