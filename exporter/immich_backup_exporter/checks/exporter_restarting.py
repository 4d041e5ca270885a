"""The agent keeps restarting."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.analysis.restarts import restarts
from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent
from .words import ago

NAME = "ExporterRestarting"

MOST = 3
"""So many restarts within an hour are somebody's work on the configuration, or one every half hour with some jitter."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    starts, subject = state.agent.starts, the_agent(NAME)
    count = restarts(starts, now)
    if count > MOST:
        yield subject.warning(
            f"It was started {count} times within the last hour; what takes long may never be read to its end.",
            "Look in its log, and in that of whatever starts it, for why it ends.",
        )
    elif starts:
        yield subject.ok(f"It was started {ago(starts[-1], now)}.")


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
