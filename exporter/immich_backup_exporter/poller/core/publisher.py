"""The published state: one immutable picture, replaced whenever a source learned something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from immich_backup_exporter.domain.findings import Finding
from immich_backup_exporter.domain.state import AgentFacts, State

Change = Callable[[State], State]
Subscriber = Callable[[State, frozenset[str]], None]

AGENT = "agent"
"""How the agent itself is called among the sources that changed."""


class Publisher:
    """Holds the state. Everything happens on the event loop, so that no reader ever sees half of a change.

    ``subscriber`` is told the new state and which sources changed, an unchanged one never.
    """

    def __init__(self, state: State, subscriber: Subscriber) -> None:
        self._state = state
        self._subscriber = subscriber
        self._gathered: set[str] | None = None

    @property
    def state(self) -> State:
        return self._state

    @contextmanager
    def replaced(self, state: State) -> Iterator[None]:
        """Begin anew with ``state``, at start and at a reload. The subscriber is told once, at the end.

        Where the block raises, everything stays as it was.
        """
        before, self._state = self._state, state
        self._gathered = {AGENT}
        try:
            yield
        except BaseException:
            self._state, self._gathered = before, None
            raise
        changed, self._gathered = self._gathered, None
        self._subscriber(self._state, frozenset(changed))

    def put(self, source: str, change: Change) -> None:
        """Publish what a source learned; ``change`` makes the new state of the present one."""
        state = change(self._state)
        if self._gathered is not None:
            self._gathered.add(source)
            self._state = state
        elif state != self._state:
            self._state = state
            self._subscriber(state, frozenset((source,)))

    def put_findings(self, source: str, findings: tuple[Finding, ...]) -> None:
        """Publish what a source without facts of its own has found."""
        self.put(source, lambda state: replace(state, findings={**state.findings, source: findings}))

    def put_agent(self, facts: AgentFacts) -> None:
        self.put(AGENT, lambda state: replace(state, agent=facts))
