"""A scenario: a claim, and the story that proves it."""

import asyncio
import fcntl
import pickle
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from support.repositories import shared_folder

from .masters import empty_world
from .promtool import UNTOLD, Case, Question, firing
from .tape import TARGET, Check, Segment
from .world import World

UNSEEN_BY_CHECKS = ("ExporterDown", "PollStalled", "ClockSkew")
"""What an agent cannot see of itself."""

Step = Callable[[World], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` says what is proven; each step changes the world, lets time pass, or says what must fire now."""

    name: str
    story: tuple[Step, ...]


def scenario(name: str, *story: Step) -> Scenario:
    return Scenario(name, story)


def tape_of(one: Scenario) -> list[Segment]:
    """What Prometheus would have recorded of it; played once in a test run, whoever asks first."""
    folder = shared_folder() / "tapes"
    folder.mkdir(exist_ok=True)
    file = folder / f"{one.name}.pickle"
    with (folder / f"{one.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _write(file, asyncio.run(_play(one)))
        tape: list[Segment] = pickle.loads(file.read_bytes())  # noqa: S301 - this very test run wrote it
        return tape


def _write(file: Path, tape: list[Segment]) -> None:
    file.with_suffix(".new").write_bytes(pickle.dumps(tape))
    file.with_suffix(".new").rename(file)


async def _play(one: Scenario) -> list[Segment]:
    world = empty_world()
    try:
        for step in one.story:
            await step(world)
    finally:
        await world.close()
    return [segment for segment in world.segments if segment.checks]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Series, what is asked about them, and what must be answered."""

    case: Case
    checks: tuple[Check, ...]


def evidence(tape: Sequence[Segment]) -> list[Evidence]:
    return [evidence_of(segment.series(), segment.checks) for segment in tape]


def evidence_of(series: Mapping[str, str], checks: Sequence[Check]) -> Evidence:
    """Three questions for each check: what fires then, what fired at any moment of its window, what fires or will."""
    questions = [
        question
        for check in checks
        for question in (
            Question(check.minute),
            Question(check.minute, window=max(check.window, 1)),
            Question(check.minute, pending=True),
        )
    ]
    return Evidence(Case(series, questions), tuple(checks))


def expected(several: Sequence[Evidence]) -> list[list[str]]:
    """What must be told of each check, one line each."""
    return [[f"at {check.minute}m: {', '.join(check.firing) or 'nothing'}" for check in one.checks] for one in several]


def told(several: Sequence[Evidence], folder: Path, version: str, untold: Sequence[str] = UNTOLD) -> list[list[str]]:
    """The same from promtool's answers; what is wrong beyond what fires then is told behind it."""
    answers = firing([one.case for one in several], folder, version=version, untold=untold)
    return [_told(one.checks, answer) for one, answer in zip(several, answers, strict=True)]


def told_side_by_side(tapes: Sequence[Sequence[Segment]], folder: Path, version: str) -> list[list[list[str]]]:
    """The same of several stories, for each of its segments.

    Those that Prometheus scraped all along are told by one Prometheus that watches them all, each as a job of its own:
    how often it evaluates the rules is what takes time, and not on how much. Each of the others is told alone, since
    for who watches nothing or gets no answer it matters what else is there.
    """
    segments = [segment for tape in tapes for segment in tape]
    jobs = {index: f"story-{index}" for index, segment in enumerate(segments) if segment.is_whole}
    everything = [
        evidence_of(segment.series({**TARGET, "job": jobs[index]} if index in jobs else TARGET), segment.checks)
        for index, segment in enumerate(segments)
    ]
    together = Case(
        {name: values for index in jobs for name, values in everything[index].case.series.items()},
        [replace(one, job=job) for index, job in jobs.items() for one in everything[index].case.questions],
    )
    alone = [one.case for index, one in enumerate(everything) if index not in jobs]
    of_all, *of_each = firing([together, *alone], folder, version=version)
    answers, apart = iter(of_all), iter(of_each)
    found = iter(
        [
            _told(one.checks, [next(answers) for _ in one.case.questions] if index in jobs else next(apart))
            for index, one in enumerate(everything)
        ]
    )
    return [[next(found) for _ in tape] for tape in tapes]


def _told(checks: Sequence[Check], answers: Sequence[frozenset[str]]) -> list[str]:
    return [
        "; ".join((f"at {check.minute}m: {', '.join(sorted(answers[3 * index])) or 'nothing'}", *wrong))
        for index, check in enumerate(checks)
        for wrong in [_wrong(check, *answers[3 * index : 3 * index + 3])]
    ]


def _wrong(check: Check, now: frozenset[str], within: frozenset[str], active: frozenset[str]) -> Iterator[str]:
    besides = within - set(check.allowed)
    if besides:
        yield f"and before: {', '.join(sorted(besides))}"
    if check.findings is None:
        return
    found = set(check.findings)
    if found - active:
        yield f"found by the agent, and by no rule: {', '.join(sorted(found - active))}"
    alone = {alert for alert in now if alert.split(" ")[0] not in UNSEEN_BY_CHECKS} - found
    if check.settled and alone:
        yield f"not found by the agent: {', '.join(sorted(alone))}"
