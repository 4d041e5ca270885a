"""The scenarios, by subject."""

from . import agent, contents, dumps, jobs, plans, repositories, sizes

ALL = (
    *agent.SCENARIOS,
    *plans.SCENARIOS,
    *sizes.SCENARIOS,
    *contents.SCENARIOS,
    *dumps.SCENARIOS,
    *jobs.SCENARIOS,
    *repositories.SCENARIOS,
)
