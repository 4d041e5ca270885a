"""The agent keeps restarting."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.analysis.restarts import restarts
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent

MOST = 3
"""So many restarts within an hour come from work on the configuration, or are one every half hour with some jitter."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    starts, subject = state.agent.starts, the_agent(CHECK)
    count = restarts(starts, now)
    if count > MOST:
        yield subject.warning(Message("agent.restarting", starts=count), Message("agent.restarting_step"))
    elif starts:
        yield subject.ok(Message("agent.started", age=now - starts[-1]))


CHECK = Check(name="ExporterRestarting", about=About.AGENT, severities=(Severity.WARNING,), find=find)
