"""The agent cannot write down what it learns."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent

PATIENCE = timedelta(minutes=15)
"""A disk that is full for a moment is nothing to act on: what could not be written is tried again every few seconds."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    since, subject = state.agent.state_failing_since, the_agent(CHECK)
    if since is None:
        yield subject.ok(Message("agent.state_written", since=state.agent.state_created))
    elif now - since < PATIENCE:
        yield subject.ok(Message("agent.state_failing", duration=now - since))
    else:
        yield subject.warning(
            Message("agent.state_not_writable", duration=now - since), Message("agent.state_not_writable_step")
        )


CHECK = Check(name="StateNotWritable", about=About.AGENT, severities=(Severity.WARNING,), find=find)
