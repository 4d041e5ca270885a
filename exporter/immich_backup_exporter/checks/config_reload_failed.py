"""The agent refused its new configuration and goes on with the old one."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent
from .words import ago

NAME = "ConfigReloadFailed"


def find(state: State, now: datetime) -> Iterator[Finding]:
    agent, subject = state.agent, the_agent(NAME)
    if agent.reload_successful:
        yield subject.ok(f"The configuration in force was read {ago(agent.reload_success, now)}.")
    else:
        yield subject.warning(
            f"The new configuration was refused; the one from {ago(agent.reload_success, now)} stays in force.",
            "Run `immich-backup-exporter config check`, mend what it names, and reload.",
        )


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
