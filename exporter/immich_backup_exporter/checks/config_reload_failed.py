"""The agent refused its new configuration and goes on with the old one."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent


def find(state: State, now: datetime) -> Iterator[Finding]:
    agent, subject = state.agent, the_agent(CHECK)
    age = now - agent.reload_success
    if agent.reload_successful:
        yield subject.ok(Message("agent.config_in_force", age=age))
    else:
        yield subject.warning(Message("agent.config_refused", age=age), Message("agent.config_refused_step"))


CHECK = Check(name="ConfigReloadFailed", about=About.AGENT, severities=(Severity.WARNING,), find=find)
