"""States of several repositories: those of all troubled states beside each other, with their jobs."""

from dataclasses import replace

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import JobFacts, RepositoryFacts, State

from .healthy import with_dump, without_folder
from .troubles import STATES


def _named(facts: RepositoryFacts, name: str) -> RepositoryFacts:
    return replace(facts, settings=replace(facts.settings, access=replace(facts.settings.access, name=name)))


def _of(facts: JobFacts, name: str) -> JobFacts:
    works_on = name if facts.settings.repository else None
    return replace(facts, settings=replace(facts.settings, name=f"job of {name}", repository=works_on))


def beside_each_other(*states: State) -> State:
    """Their repositories and jobs in one state, which is the first one in everything else."""
    numbered = tuple(enumerate(states))
    return replace(
        states[0],
        repositories=tuple(_named(one, f"r{number}") for number, state in numbered for one in state.repositories),
        jobs=tuple(_of(job, f"r{number}") for number, state in numbered for job in state.jobs),
    )


_DRILL = Finding(
    check="Drill",
    about=About.REPOSITORY,
    severity=Severity.WARNING,
    subject=Message("subjects.repository", repository="r3"),
    labels={"repository": "r3"},
    message=Message("repositories.independent"),
)

ALL = beside_each_other(*STATES)
SEVERAL: tuple[State, ...] = (
    ALL,
    replace(ALL, repositories=ALL.repositories[::-1], jobs=ALL.jobs[::-1]),
    replace(ALL, findings={"drills": (_DRILL,)}),
    replace(ALL, settings=AgentSettings(offsite_required=True), dump=None, upload_folders=None),
    beside_each_other(with_dump(valid=False), *STATES),
    beside_each_other(without_folder("backups"), *STATES),
)
