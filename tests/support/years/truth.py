"""Runs simulated years and judges what the rules made of them."""

import hashlib
import logging
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from immich_backup_exporter.store.folder import DATABASE

from . import clock
from .faults import KINDS, MINUTE, Due, Fault, Kind, Scene
from .habits import Style
from .prometheus import RULES, Firing, Rule, load_rules, past
from .site import Site
from .styles import STYLES
from .year import DAYS, Year, healthy_year

SEED = 1

_CHECKPOINTS = timedelta(days=3)
_BEFORE = timedelta(hours=30)
"""A faulty stretch begins so long before its fault, at least."""
_AFTER = timedelta(days=2)
"""And ends so long after all is well again."""

_HIDDEN = 25 * MINUTE
"""By how much an alert may be late where a mishap hid the fault at first: a `for` may begin anew."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """How many days a year has here, how many the healthy one is lived, and between which ones faults happen."""

    days: int = DAYS
    lived: int = DAYS
    first: int = 50
    last: int = DAYS - 70


@dataclass(frozen=True, kw_only=True)
class Healthy:
    """What the rules made of a healthy year."""

    style: str
    alerts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """An alert that had to fire, and when it did."""

    alert: str
    severity: str
    after_fault: timedelta
    after_limit: timedelta


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules made of a year with one fault."""

    kind: str
    number: int
    style: str
    harmful: bool
    size: str
    moment: datetime
    due: tuple[Due, ...]
    found: tuple[Found, ...]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        side = "harmful" if self.harmful else "harmless"
        return f"{self.kind} {self.number} ({self.style}, {side}, {self.size}, {self.moment:%Y-%m-%d %H:%M})"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault: a kind, its number, a style, and on which side of what is allowed it lies."""

    kind: str
    number: int
    style: str
    harmful: bool


def cases(each: int, styles: Sequence[Style] = STYLES, seed: int = SEED) -> list[Case]:
    """So many faults of each kind; of three, two are harmful."""
    drawn = []
    for kind in KINDS:
        chance = random.Random(f"{kind.name}/{seed}")
        for number in range(each):
            harmful = number % 3 != 2
            fitting = kind.styles(tuple(styles), harmful=harmful)
            if fitting:
                drawn.append(Case(kind=kind.name, number=number, style=chance.choice(fitting).name, harmful=harmful))
    return drawn


def style_of(name: str) -> Style:
    return next(style for style in STYLES if style.name == name)


# --- healthy years


def live_healthy(style: Style, span: Span, states: Path | None, *, seed: int = SEED, rules: Path = RULES) -> Healthy:
    """Live a healthy year; ``states`` is where to keep what the agent remembered, every few days."""
    _be_quiet()
    year = healthy_year(style, seed, span.days)
    end = min(year.end, year.start + timedelta(days=span.lived))
    firings, _ = _lived(year, load_rules(rules), year.start, end, None, states)
    return Healthy(style=style.name, alerts=tuple(map(str, firings)))


def _checkpoints(year: Year, end: datetime) -> Iterator[datetime]:
    moment = year.start + _CHECKPOINTS
    while moment < end:
        yield moment
        moment += _CHECKPOINTS


def _state_name(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}.sqlite3"


def _lived(
    year: Year, rules: Sequence[Rule], start: datetime, end: datetime, state: Path | None, states: Path | None
) -> tuple[list[Firing], Site]:
    """Let the installation live, and see what the rules make of it."""
    with TemporaryDirectory(prefix="years-") as name:
        folder = Path(name)
        site = _site(year, rules, start, end, folder, state, states)
        series = folder / "series.om"
        site.recorder.write(series, end)
        with past(series, folder) as prometheus:
            return prometheus.firings(rules, start, end - MINUTE), site


def _site(
    year: Year,
    rules: Sequence[Rule],
    start: datetime,
    end: datetime,
    folder: Path,
    state: Path | None = None,
    states: Path | None = None,
) -> Site:
    """Let the installation live, the agent from ``start`` on with the ``state`` that it had then."""
    kept = folder / "state"
    kept.mkdir(mode=0o700)
    if state is not None:
        shutil.copy(state, kept / DATABASE)
    if states is not None:
        states.mkdir(parents=True)

    async def story() -> Site:
        site = Site(year, [rule.expression for rule in rules], kept, start)
        saves = {
            moment: partial(site.save_state, states / _state_name(moment))
            for moment in _checkpoints(year, end)
            if states is not None
        }
        await site.live(end, saves)
        return site

    return clock.run(story)


def digest(style: str, days: int, seed: int = SEED) -> str:
    """A number that stands for every sample of a healthy year's first days."""
    _be_quiet()
    year = healthy_year(style_of(style), seed, 60)
    end = year.start + timedelta(days=days)
    with TemporaryDirectory(prefix="years-") as name:
        series = Path(name) / "series.om"
        _site(year, load_rules(), year.start, end, Path(name)).recorder.write(series, end)
        return hashlib.sha256(series.read_bytes()).hexdigest()


def _be_quiet() -> None:
    """The agent has much to say about all that goes wrong here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


# --- years with a fault


def live_faulty(case: Case, span: Span, states: Path, *, seed: int = SEED, rules: Path = RULES) -> Verdict:
    """Live the part of a year in which something goes wrong.

    Up to the fault it is the healthy year, which raised no alert. So it begins a little before the fault, with what the
    agent remembered of the healthy year then, and ends when all has been well again for a while.
    """
    _be_quiet()
    kind = next(one for one in KINDS if one.name == case.kind)
    year = healthy_year(style_of(case.style), seed, span.days)
    fault = _spoil(year, kind, case, span, seed)
    start = max(moment for moment in _checkpoints(year, year.end) if moment <= min(_begins(fault), _last(year, span)))
    end = fault.over + _AFTER
    assert end < year.end, f"{case} goes on for too long: {fault.size}"
    firings, site = _lived(year, load_rules(rules), start, end, states / _state_name(start), None)
    found, problems = judge(fault, firings, site)
    return Verdict(
        kind=case.kind,
        number=case.number,
        style=case.style,
        harmful=case.harmful,
        size=fault.size,
        moment=fault.moment,
        due=tuple(fault.due),
        found=tuple(found),
        problems=tuple(problems),
    )


def _last(year: Year, span: Span) -> datetime:
    return min(year.end, year.start + timedelta(days=span.lived)) - timedelta(seconds=1)


def _begins(fault: Fault) -> datetime:
    return min([fault.moment, *(due.since for due in fault.due)]) - _BEFORE


def _spoil(year: Year, kind: Kind, case: Case, span: Span, seed: int) -> Fault:
    scene = Scene(
        year=year,
        chance=random.Random(f"{case}/{seed}"),
        harmful=case.harmful,
        earliest=year.start + timedelta(days=span.first),
        latest=year.start + timedelta(days=span.last),
    )
    return kind.make(scene)


def judge(fault: Fault, firings: Sequence[Firing], site: Site) -> tuple[list[Found], list[str]]:
    """Which of what was due fired, and all that is wrong: too late, missed, not asked for, or never over."""
    found, problems = [], []
    due = [_with_patience(one, site.year) for one in fault.due]
    expected = {(one.alert, one.severity) for one in due} | fault.also
    for one in due:
        alike = [firing for firing in firings if (firing.alert, firing.severity) == (one.alert, one.severity)]
        in_time = [firing for firing in alike if one.since <= firing.since <= one.by]
        if in_time:
            fired = in_time[0].since
            found.append(
                Found(
                    alert=one.alert,
                    severity=one.severity,
                    after_fault=fired - fault.moment,
                    after_limit=fired - one.since,
                )
            )
        else:
            when = f"from {one.since:%Y-%m-%d %H:%M} to {one.by:%H:%M}"
            problems.append(f"missed: {one.alert} {one.severity} {when}; fired: {[str(one) for one in alike]}")
    for firing in firings:
        if firing.until is None and not fault.lasting:
            problems.append(f"never over: {firing}")
        if (firing.alert, firing.severity) not in expected and not _is_stale(firing, fault, site):
            problems.append(f"not asked for: {firing}")
    return found, problems


def _with_patience(due: Due, year: Year) -> Due:
    """What a mishap hid may be found later."""
    hidden = [deed for deed in year.deeds if deed.at <= due.by and due.since - MINUTE * 5 <= deed.until]
    late = sum((deed.until - deed.at + _HIDDEN for deed in hidden), timedelta(0))
    return replace(due, since=due.since - 2 * MINUTE, by=due.by + late)


def _is_stale(firing: Firing, fault: Fault, site: Site) -> bool:
    """Whether a backup really was too old when an alert said so, as far as the agent could know."""
    if firing.alert != "Stale":
        return False
    labels = dict(firing.labels)
    repository, plan = labels["repository"], labels["plan"]
    settings = site.plan((repository, plan))
    limit = settings.max_age * (2 if firing.severity == "critical" else 1)
    blind = fault.blind.get(repository)
    known = []
    for start, seen in site.points.get((repository, plan), []):
        if blind is not None and blind[0] <= seen <= blind[1]:
            seen = blind[1]  # noqa: PLW2901 - the agent could not see it any earlier
        if seen <= firing.since - 20 * MINUTE:
            known.append(start)
    return not known or firing.since - max(known) > limit


@dataclass
class Truth:
    """Everything that came of all years."""

    styles: Sequence[Style] = STYLES
    healthy: list[Healthy] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Years that could not be simulated to their end."""

    @property
    def problems(self) -> list[str]:
        """In words; none where the rules are right."""
        cries = [f"healthy, {one.style}: {alert}" for one in self.healthy for alert in one.alerts]
        return (
            self.broken + cries + [f"{verdict}: {problem}" for verdict in self.verdicts for problem in verdict.problems]
        )
