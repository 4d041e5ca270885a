"""A scenario: a claim, and the story that proves it."""

import asyncio
import fcntl
import pickle
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from support.repositories import shared_folder

from .living import at_once
from .masters import empty_world
from .promtool import UNTOLD, Case, Question, firing
from .tape import TARGET, Check, Segment
from .world import World

UNSEEN_BY_CHECKS = ("ExporterDown", "PollStalled", "ClockSkew")
"""What an agent cannot see of itself."""

_JOB, _INSTANCE = (f'{name}="{TARGET[name]}"' for name in ("job", "instance"))
_UP = f"up{{{_JOB},{_INSTANCE}}}"

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
    with at_once():
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

    @property
    def is_whole(self) -> bool:
        """There is one target, and Prometheus worked and got its answer at every minute."""
        ups = {name: values for name, values in self.case.series.items() if name.startswith("up{")}
        return (
            ups.keys() == {_UP}
            and re.fullmatch(r"1(x\d+)?", ups[_UP]) is not None
            and all(_JOB in name for name in self.case.series)
        )


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


def told_side_by_side(several: Sequence[Evidence], folder: Path, version: str) -> list[list[str]]:
    """The same where what Prometheus scraped all along is told by one that watches it all, each as a job of its own.

    How often the rules are evaluated is what takes time, and hardly on how much. Everything else is told alone: for
    who watches nothing or gets no answer it matters what else is there.
    """
    jobs = {index: f"job-{index}" for index, one in enumerate(several) if one.is_whole}
    renamed = {job: _as_job(several[index].case, job) for index, job in jobs.items()}
    together = Case(
        {name: values for case in renamed.values() for name, values in case.series.items()},
        [question for case in renamed.values() for question in case.questions],
    )
    alone = [one.case for index, one in enumerate(several) if index not in jobs]
    of_all, *of_each = firing([together, *alone], folder, version=version)
    answers, apart = iter(of_all), iter(of_each)
    return [
        _told(one.checks, [next(answers) for _ in one.case.questions] if index in jobs else next(apart))
        for index, one in enumerate(several)
    ]


def _as_job(case: Case, job: str) -> Case:
    series = {name.replace(_JOB, f'job="{job}"', 1): values for name, values in case.series.items()}
    return Case(series, [replace(question, job=job) for question in case.questions])


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
