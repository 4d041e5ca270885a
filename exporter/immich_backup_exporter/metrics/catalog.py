"""Every metric that this agent can emit.

The reference page is generated from this list, and tests hold rules and dashboards to it. Names, labels and meanings
are a promise to users: changing one is a breaking change.
"""

from . import agent, contents, dumps, jobs, plans, repositories
from .agent import *
from .contents import *
from .dumps import *
from .jobs import *
from .plans import *
from .repositories import *
from .subject import PREFIX, Kind, Metric

__all__ = ["CATALOG", "PREFIX", "Kind", "Metric"]

CATALOG: tuple[Metric, ...] = tuple(
    value
    for module in (repositories, plans, contents, dumps, jobs, agent)
    for value in vars(module).values()
    if isinstance(value, Metric)
)
"""All of them, in the order in which they are exposed."""
