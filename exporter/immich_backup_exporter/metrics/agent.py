"""Metrics of the agent itself, and of what is configured for all."""

from datetime import datetime
from typing import NamedTuple

from immich_backup_exporter.domain.state import AgentFacts

from .subject import Subject


class AgentOf(NamedTuple):
    """The agent, with the settings that belong to nothing else."""

    facts: AgentFacts
    python: str
    offsite_required: bool
    external_ignored: bool


AGENT = Subject[AgentOf]()
_RESTIC = AGENT.part(lambda agent: agent.facts.restic_version)
CLOCK = Subject[datetime]()
"""At the scrape."""

BUILD_INFO = AGENT.info(
    "exporter_build_info",
    "This agent.",
    ("version", "revision", "python"),
    lambda agent: (agent.facts.version, agent.facts.revision, agent.python),
)
RESTIC_INFO = _RESTIC.info(
    "exporter_restic_info",
    "The restic that this agent runs.",
    ("version",),
    lambda version: (version,),
)
TIME = CLOCK.gauge(
    "exporter_time_seconds",
    "The agent's own clock at the scrape.",
    lambda now: now,
)
STATE_CREATED = AGENT.gauge(
    "exporter_state_created_timestamp_seconds",
    "When the state store was made; it is new after it was lost.",
    lambda agent: agent.facts.state_created,
)
STATE_WRITE_FAILURES = AGENT.counter(
    "exporter_state_write_failures_total",
    "Failed attempts to write to the state store since the agent started.",
    lambda agent: agent.facts.state_write_failures,
)
RELOAD_SUCCESSFUL = AGENT.gauge(
    "exporter_config_last_reload_successful",
    "1 if the last reading of the configuration succeeded.",
    lambda agent: agent.facts.reload_successful,
)
RELOAD_SUCCESS_TIMESTAMP = AGENT.gauge(
    "exporter_config_last_reload_success_timestamp_seconds",
    "When the configuration was last read successfully.",
    lambda agent: agent.facts.reload_success,
)
