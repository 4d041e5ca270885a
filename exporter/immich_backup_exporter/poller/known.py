"""What is known of trees, by all repositories together: a copy has the same tree as its original."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from immich_backup_exporter.analysis.contents import (
    contents_facts,
    coverage_facts,
    is_elsewhere,
    lacks_a_whole_dump,
    unknown_since,
)
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageKey, CoverageRecord, TreeContents
from immich_backup_exporter.domain.records import ContentsRecord
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts

PlanName = tuple[str, str]
"""Repository and plan."""


@dataclass(slots=True)
class KnownContents:
    """Contents and coverage by tree, and what keeps more from being known."""

    trees: dict[str, TreeContents] = field(default_factory=dict)
    coverages: dict[CoverageKey, CoverageRecord] = field(default_factory=dict)
    damaged: set[tuple[str, str]] = field(default_factory=set)
    """Repository and tree: could not be read twice."""
    sentences: dict[PlanName, str] = field(default_factory=dict)
    """Why the newest snapshot is not known yet, or not wholly."""
    read_bytes: dict[str, int] = field(default_factory=dict)
    """By repository, since this process started."""
    partners: dict[PlanName, PlanName] = field(default_factory=dict)
    """The plan that holds the database, for plans with originals that are paired with one."""
    not_inspected: frozenset[str] = frozenset()
    """Repositories that nobody looks into."""
    newest: dict[PlanName, str] = field(default_factory=dict)
    """The trees of the plans' newest snapshots."""

    def declare(self, repositories: Iterable[RepositorySettings]) -> None:
        """Take up which plans belong together, and what is not looked into."""
        repositories = tuple(repositories)
        self.not_inspected = frozenset(one.name for one in repositories if not one.inspect.enabled)
        plans = {(one.name, plan.name): plan for one in repositories for plan in one.plans}
        self.partners = {}
        for name, plan in plans.items():
            for other, its in plans.items():
                paired = plan.pair_with == other or its.pair_with == name
                if paired and other != name and "originals" in plan.holds and "database" in its.holds:
                    self.partners.setdefault(name, other)

    def load(self, record: ContentsRecord) -> None:
        """Take up what the state store holds."""
        self.trees = dict(record.trees)
        self.coverages = dict(record.coverages)

    # --- which comparison is whose

    def source(self, name: PlanName, plan: PlanSettings, tree: str) -> str:
        """Where the dump is that the plan's files in a tree are compared with, as coverage calls it."""
        partner = self.partners.get(name)
        return "/".join(partner) if partner is not None and is_elsewhere(plan, self.trees.get(tree)) else ""

    def judged(self, name: PlanName, plan: PlanSettings) -> dict[str, CoverageRecord]:
        """By tree: how the plan's files compare with the dumps that belong to them."""
        paired = name in self.partners
        return {
            tree: record
            for (tree, source), record in self.coverages.items()
            if source == (self.source(name, plan, tree) if paired else "")
        }

    def _covered(self, name: PlanName, plan: PlanSettings) -> dict[str, CoverageRecord]:
        """The same, and where there is nothing, with another plan's: files that were copied need no second look."""
        by_age = sorted(self.coverages.items(), key=lambda one: one[1].dump_time)
        return {tree: record for (tree, _), record in by_age} | self.judged(name, plan)

    def told_elsewhere(self, name: PlanName) -> bool:
        """Whether it is known, and told of the paired plan, that it has no whole dump; or nobody is to look for one."""
        partner = self.partners.get(name)
        if partner is None:
            return False
        contents = self.trees.get(self.newest.get(partner, ""))
        return partner[0] in self.not_inspected or (contents is not None and lacks_a_whole_dump(contents))

    # --- what follows

    @property
    def proven(self) -> frozenset[str]:
        """Trees that lack no original."""
        return frozenset(tree for (tree, _), record in self.coverages.items() if record.lacks_nothing)

    def facts(self, repository: str, plan: PlanSettings, facts: PlanFacts, history: PlanHistory) -> PlanFacts:
        """The facts of a plan, with what is known of its snapshots' contents."""
        name, newest = (repository, plan.name), history.newest
        if newest is not None:
            self.newest[name] = newest.tree
        damaged = newest is not None and (repository, newest.tree) in self.damaged
        readable = newest is not None and newest.tree in self.trees
        accepted = facts.accepted.since if facts.accepted else None
        coverages = self._covered(name, plan)
        return replace(
            facts,
            contents=contents_facts(plan, history.known, history.usable, self.trees, coverages, accepted),
            coverage=coverage_facts(history.known, history.usable, coverages, accepted),
            contents_unknown_since=unknown_since(
                plan,
                history.usable,
                self.trees,
                coverages,
                paired=name in self.partners,
                told=self.told_elsewhere(name),
            ),
            damaged=damaged if damaged or readable else None,
            inspection_sentence=self.sentences.get(name) or self._sentence(name, plan, newest, coverages),
        )

    def _sentence(
        self, name: PlanName, plan: PlanSettings, newest: Snapshot | None, coverages: Mapping[str, CoverageRecord]
    ) -> str | None:
        """Why a snapshot that was looked into is not known wholly: as true after a restart as before."""
        contents = self.trees.get(newest.tree) if newest is not None else None
        if newest is None or contents is None:
            return None
        if not contents.answer.known:
            return contents.answer.sentence
        if (record := coverages.get(newest.tree)) is not None:
            return record.trouble
        where = self.source(name, plan, newest.tree)
        if not where or self.told_elsewhere(name):
            return None
        if (partner := self.newest.get(self.partners[name])) is None:
            return f"The database is in the plan {where}, which has no snapshot yet."
        if partner not in self.trees:
            return f"The database is in the plan {where}, whose newest snapshot is not known yet."
        return f"It has yet to be compared with the database in the plan {where}."
