"""Which plans belong together: one holds the files, another the database that knows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from immich_backup_exporter.domain.settings import RepositorySettings

PlanName = tuple[str, str]
"""Repository and plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What the settings say of plans together."""

    partners: Mapping[PlanName, PlanName] = field(default_factory=dict)
    """The plan that holds the database, for plans with originals that are paired with one."""
    not_inspected: frozenset[str] = frozenset()
    """Repositories that the agent does not look into."""


def pairs(repositories: Iterable[RepositorySettings]) -> Pairs:
    """A plan's partner is the one that it names with ``pair_with``, else the first that names it."""
    repositories = tuple(repositories)
    plans = {(one.name, plan.name): plan for one in repositories for plan in one.plans}
    holders = [name for name, plan in plans.items() if "database" in plan.holds]
    partners: dict[PlanName, PlanName] = {}
    for name, plan in plans.items():
        said = [plan.pair_with, *(other for other in holders if plans[other].pair_with == name)]
        partner = next((other for other in said if other in holders and other != name), None)
        if partner is not None and "originals" in plan.holds:
            partners[name] = partner
    return Pairs(
        partners=partners, not_inspected=frozenset(one.name for one in repositories if not one.inspect.enabled)
    )
