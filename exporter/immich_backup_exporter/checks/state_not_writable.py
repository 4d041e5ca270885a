"""The agent cannot write down what it learns."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.state import State

from .check import Check, the_agent
from .words import ago, at, span

NAME = "StateNotWritable"

PATIENCE = timedelta(minutes=15)
"""A disk that is full for a moment is nothing to act on: what could not be written is tried again every few seconds."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    since, subject = state.agent.state_failing_since, the_agent(NAME)
    if since is None:
        yield subject.ok(f"What is learned is written down, since {at(state.agent.state_created)}.")
    elif now - since < PATIENCE:
        yield subject.ok(f"Writing has failed since {ago(since, now)}; it is tried again every few seconds.")
    else:
        yield subject.warning(
            f"Nothing could be written to the state folder for {span(now - since)}; what is learned now is lost when "
            "the agent ends.",
            "See whether that disk is full or read-only, and whether the folder is still there.",
        )


CHECK = Check(name=NAME, severities=(Severity.WARNING,), find=find)
