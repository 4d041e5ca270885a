"""The published state as samples. A value that is not known gives no sample."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.state import AgentFacts, RepositoryFacts, State

from .agent import AGENT, CLOCK, AgentOf
from .contents import CONTENTS, EXTERNAL
from .dumps import DUMP, OFFSITE, UPLOAD_LOCATION
from .jobs import JOB, SPOOL
from .plans import AGE, PLAN, PlanOf
from .repositories import REPOSITORY
from .subject import Sample


def repository_samples(facts: RepositoryFacts) -> Iterator[Sample]:
    """Everything about one repository and its plans."""
    yield from REPOSITORY.samples((facts.name,), facts)
    for plan in facts.plans:
        for subject in (PLAN, CONTENTS):
            yield from subject.samples((facts.name, plan.settings.name), PlanOf(facts.settings, plan))


def immich_samples(state: State) -> Iterator[Sample]:
    """Everything about the upload location and the dumps."""
    yield from UPLOAD_LOCATION.samples((), state.upload_folders or {})
    if state.dump is not None:
        yield from DUMP.samples((), state.dump)


def jobs_samples(state: State) -> Iterator[Sample]:
    """Everything about the jobs, and what was found in the spool beside their reports."""
    for facts in state.jobs:
        yield from JOB.samples((facts.name,), facts)
    yield from SPOOL.samples((), state)


def agent_samples(
    facts: AgentFacts, *, offsite_required: bool, external_ignored: bool = False, python: str
) -> Iterator[Sample]:
    """Everything that the agent says about itself, but for its clock and its process."""
    for subject in (AGENT, EXTERNAL, OFFSITE):
        yield from subject.samples((), AgentOf(facts, python, offsite_required, external_ignored))


def clock_samples(state: State, now: datetime) -> Iterator[Sample]:
    """What changes with every look at the clock: the only samples that are made at the scrape."""
    yield from CLOCK.samples((), now)
    for repository in state.repositories:
        for plan in repository.plans:
            if plan.last_success is not None:
                yield from AGE.samples((repository.name, plan.settings.name), now - plan.last_success)
