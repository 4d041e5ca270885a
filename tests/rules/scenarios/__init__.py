"""The scenarios, by subject."""

from . import agent, contents, dumps, insides, jobs, plans, repositories, sizes

ALL = (
    *agent.SCENARIOS,
    *plans.SCENARIOS,
    *sizes.SCENARIOS,
    *contents.SCENARIOS,
    *insides.SCENARIOS,
    *dumps.SCENARIOS,
    *jobs.SCENARIOS,
    *repositories.SCENARIOS,
)
