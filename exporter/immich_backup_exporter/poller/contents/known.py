"""What is known of trees, by all repositories together: a copy has the same tree as its original."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from immich_backup_exporter.analysis.contents import (
    contents_facts,
    coverage_facts,
    is_elsewhere,
    lacks_a_whole_dump,
    unknown_since,
)
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageRecord, TreeContents
from immich_backup_exporter.domain.messages import Text
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
    coverages: dict[str, dict[str, CoverageRecord]] = field(default_factory=dict)
    """By tree, and by the dump that it was compared with."""
    damaged: set[tuple[str, str]] = field(default_factory=set)
    """Repository and tree: could not be read twice."""
    sentences: dict[PlanName, Text] = field(default_factory=dict)
    """Why the newest snapshot is not known yet, or not wholly."""
    read_bytes: dict[str, int] = field(default_factory=dict)
    """By repository, since this process started."""
    partners: dict[PlanName, PlanName] = field(default_factory=dict)
    """The plan that holds the database, for plans with originals that are paired with one."""
    not_inspected: frozenset[str] = frozenset()
    """Repositories that nobody looks into."""
    newest: dict[PlanName, str] = field(default_factory=dict)
    """The trees of the plans' newest snapshots."""
    snapshots: dict[PlanName, Sequence[Snapshot]] = field(default_factory=dict)
    """The plans' snapshots, forgotten ones too, oldest first."""

    def declare(self, repositories: Iterable[RepositorySettings]) -> None:
        """Take up which plans belong together, and what is not looked into."""
        repositories = tuple(repositories)
        self.not_inspected = frozenset(one.name for one in repositories if not one.inspect.enabled)
        plans = {(one.name, plan.name): plan for one in repositories for plan in one.plans}
        holders = [name for name, plan in plans.items() if "database" in plan.holds]
        self.partners = {}
        for name, plan in plans.items():
            said = [plan.pair_with, *(other for other in holders if plans[other].pair_with == name)]
            partner = next((other for other in said if other in holders and other != name), None)
            if partner is not None and "originals" in plan.holds:
                self.partners[name] = partner

    def load(self, record: ContentsRecord) -> None:
        """Take up what the state store holds."""
        self.trees = dict(record.trees)
        self.coverages = {}
        for (tree, dump), found in record.coverages.items():
            self.coverages.setdefault(tree, {})[dump] = found

    # --- which comparison is whose

    def is_elsewhere(self, name: PlanName, plan: PlanSettings, tree: str) -> bool:
        """Whether the dump that the plan's files in a tree are compared with is its partner's."""
        return name in self.partners and is_elsewhere(plan, self.trees.get(tree))

    def compared(self, name: PlanName, plan: PlanSettings, snapshot: Snapshot) -> CoverageRecord | None:
        """How a snapshot of the plan compares with its own dump, or with the newest of the partner's from before it."""
        of_tree = self.coverages.get(snapshot.tree)
        if of_tree is None:
            return None
        holders = [snapshot]
        if self.is_elsewhere(name, plan, snapshot.tree):
            all_of_it = self.snapshots.get(self.partners[name], ())
            holders = list(reversed(all_of_it[: bisect_right(all_of_it, snapshot.time, key=lambda one: one.time)]))
        for holder in holders:
            contents = self.trees.get(holder.tree)
            dump = contents.answer.dump if contents is not None else None
            if dump is not None and dump.fingerprint in of_tree:
                return of_tree[dump.fingerprint]
        return None

    def covered(self, name: PlanName, plan: PlanSettings, snapshot: Snapshot) -> CoverageRecord | None:
        """The same; else how its files compare with the newest dump from before it that another plan's met.

        Files that were copied need no second look.
        """
        found = self.compared(name, plan, snapshot)
        if found is not None:
            return found
        of_tree = self.coverages.get(snapshot.tree, {})
        before = [record for record in of_tree.values() if record.dump_time <= snapshot.time]
        return max(before, key=lambda record: record.dump_time, default=None)

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
        return frozenset(
            tree for tree, records in self.coverages.items() if any(record.lacks_nothing for record in records.values())
        )

    def facts(self, repository: str, plan: PlanSettings, facts: PlanFacts, history: PlanHistory) -> PlanFacts:
        """The facts of a plan, with what is known of its snapshots' contents."""
        name, newest = (repository, plan.name), history.newest
        self.snapshots[name] = history.known
        if newest is not None:
            self.newest[name] = newest.tree
        damaged = newest is not None and (repository, newest.tree) in self.damaged
        readable = newest is not None and newest.tree in self.trees
        accepted = facts.accepted.since if facts.accepted else None

        def covered(snapshot: Snapshot) -> CoverageRecord | None:
            return self.covered(name, plan, snapshot)

        # What an older snapshot came to says nothing any more where nobody is to compare the newest: without a partner.
        looked = self.trees.get(newest.tree) if newest is not None else None
        without_dump = looked is not None and looked.answer.dump is None and "database" not in plan.holds
        abandoned = without_dump and name not in self.partners and (newest is None or covered(newest) is None)
        return replace(
            facts,
            contents=contents_facts(plan, history.known, history.usable, self.trees, covered, accepted),
            coverage=None if abandoned else coverage_facts(history.known, history.usable, covered, accepted),
            contents_unknown_since=unknown_since(
                plan,
                history.usable,
                self.trees,
                covered,
                paired=name in self.partners,
                told=self.told_elsewhere(name),
            ),
            damaged=damaged if damaged or readable else None,
            inspection_sentence=self.sentences.get(name) or self._sentence(name, plan, newest),
        )

    def _sentence(self, name: PlanName, plan: PlanSettings, newest: Snapshot | None) -> Text | None:
        """Why a snapshot that was looked into is not known wholly: as true after a restart as before."""
        contents = self.trees.get(newest.tree) if newest is not None else None
        if newest is None or contents is None:
            return None
        if not contents.answer.known:
            return contents.answer.sentence
        if (record := self.covered(name, plan, newest)) is not None:
            return record.trouble
        if not self.is_elsewhere(name, plan, newest.tree) or self.told_elsewhere(name):
            return None
        partner = self.partners[name]
        where, tree = "/".join(partner), self.newest.get(partner)
        if tree is None:
            return f"The database is in the plan {where}, which has no snapshot yet."
        if (partner[0], tree) in self.damaged:
            return f"The database is in the plan {where}, whose newest snapshot is damaged."
        if tree not in self.trees:
            return f"The database is in the plan {where}, whose newest snapshot is not known yet."
        return f"The plan {where} has no whole dump from before it."
