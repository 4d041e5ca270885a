"""The scenarios, by subject."""

from . import agent, dumps, jobs, plans, repositories, sizes

ALL = (
    *agent.SCENARIOS,
    *plans.SCENARIOS,
    *sizes.SCENARIOS,
    *dumps.SCENARIOS,
    *jobs.SCENARIOS,
    *repositories.SCENARIOS,
)
