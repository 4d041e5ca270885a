"""A metrics source and an agent that answer from what a test sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from immich_backup_exporter.domain.messages import Text


@dataclass
class FakeMetrics:
    asked: list[tuple[bool, bool]] = field(default_factory=list)

    async def render(self, *, openmetrics: bool, gzip: bool) -> bytes:
        self.asked.append((openmetrics, gzip))
        return b"the metrics"


@dataclass
class FakeAgent:
    polled: bool = True
    reload_problems: Sequence[Text] = ()
    reloads: int = 0
    facts: dict[str, object] = field(default_factory=dict)
    shown: bytes = b"<h1>Your photos are safe.</h1>"

    def ready(self) -> bool:
        return self.polled

    async def reload(self) -> Sequence[Text]:
        self.reloads += 1
        return self.reload_problems

    def status(self) -> dict[str, object]:
        return self.facts

    def page(self) -> bytes:
        return self.shown


@pytest.fixture
def metrics() -> FakeMetrics:
    return FakeMetrics()


@pytest.fixture
def agent() -> FakeAgent:
    return FakeAgent()
