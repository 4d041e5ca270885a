"""The published state: one immutable picture, replaced whenever a source learned something."""

from collections.abc import Callable
from dataclasses import replace

from immich_backup_exporter.domain.immich import UploadLook
from immich_backup_exporter.domain.state import AgentFacts, DumpFacts, JobFacts, RepositoryFacts, State

Subscriber = Callable[[State, frozenset[str]], None]

AGENT = "agent"
IMMICH = "immich"
JOBS = "jobs"


def repository_source(name: str) -> str:
    """How a repository is called among the sources that changed."""
    return f"repository/{name}"


class Publisher:
    """Holds the state. Everything happens on the event loop, so that nobody ever sees half of a change.

    ``subscriber`` is told the new state and which sources changed, an unchanged one never.
    """

    def __init__(self, state: State, subscriber: Subscriber) -> None:
        self._state = state
        self._subscriber = subscriber

    @property
    def state(self) -> State:
        return self._state

    def reset(self, state: State) -> None:
        """Replace everything: at start and after the configuration was read again."""
        self._state = state
        sources = {AGENT, IMMICH, JOBS, *(repository_source(facts.name) for facts in state.repositories)}
        self._subscriber(state, frozenset(sources))

    def put_repository(self, facts: RepositoryFacts) -> None:
        repositories = tuple(facts if old.name == facts.name else old for old in self._state.repositories)
        self._publish(replace(self._state, repositories=repositories), repository_source(facts.name))

    def put_immich(self, look: UploadLook | None, dump: DumpFacts | None) -> None:
        folders = look.folders if look else None
        if (folders, dump) != (self._state.upload_folders, self._state.dump):
            self._publish(replace(self._state, upload_folders=folders, dump=dump), IMMICH)

    def put_jobs(self, jobs: tuple[JobFacts, ...], spool_rejected: int | None) -> None:
        if (jobs, spool_rejected) != (self._state.jobs, self._state.spool_rejected):
            self._publish(replace(self._state, jobs=jobs, spool_rejected=spool_rejected), JOBS)

    def put_agent(self, facts: AgentFacts) -> None:
        if facts != self._state.agent:
            self._publish(replace(self._state, agent=facts), AGENT)

    def _publish(self, state: State, source: str) -> None:
        self._state = state
        self._subscriber(state, frozenset((source,)))
