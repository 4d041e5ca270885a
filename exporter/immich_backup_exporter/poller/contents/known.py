"""What is known of trees, by all repositories together: a copy has the same tree as its original."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from immich_backup_exporter.analysis.contents import (
    contents_facts,
    coverage_facts,
    is_elsewhere,
    lacks_a_whole_dump,
    unknown_since,
)
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageRecord, TreeContents
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.records import ContentsRecord
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings, RepositorySettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.poller.looking.budget import BytesRead

from .pairs import Pairs, PlanName, pairs


class KnownContents:
    """Contents and coverage by tree, and what keeps more from being known.

    The inspector writes what it finds (``put_...``, ``explain``), the repositories' pollers which snapshots there are
    (``note_history``), the agent what is declared and kept (``declare``, ``load``); all read.
    """

    def __init__(self) -> None:
        self.read = BytesRead()
        self._trees: dict[str, TreeContents] = {}
        self._coverages: dict[str, dict[str, CoverageRecord]] = {}
        """By tree, and by the dump that it was compared with."""
        self._damaged: set[tuple[str, str]] = set()
        """Repository and tree."""
        self._explanations: dict[PlanName, Text] = {}
        self._pairs = Pairs()
        self._newest: dict[PlanName, str] = {}
        """The trees of the plans' newest snapshots."""
        self._snapshots: dict[PlanName, Sequence[Snapshot]] = {}
        """The plans' snapshots, forgotten ones too, oldest first."""

    # --- at start and at reload

    def declare(self, repositories: Iterable[RepositorySettings]) -> None:
        """Take up which plans belong together, and what is not looked into."""
        self._pairs = pairs(repositories)

    def load(self, record: ContentsRecord) -> None:
        """Take up what the state store holds."""
        self._trees = dict(record.trees)
        self._coverages = {}
        for (tree, dump), found in record.coverages.items():
            self._coverages.setdefault(tree, {})[dump] = found

    # --- what is found out

    def note_history(self, repository: str, plan: PlanSettings, history: PlanHistory) -> None:
        """Note which snapshots a plan has."""
        name = repository, plan.name
        self._snapshots[name] = history.known
        if history.newest is not None:
            self._newest[name] = history.newest.tree

    def put_tree(self, tree: str, contents: TreeContents) -> None:
        self._trees[tree] = contents

    def put_coverage(self, tree: str, record: CoverageRecord) -> None:
        self._coverages.setdefault(tree, {})[record.dump] = record

    def put_damaged(self, repository: str, tree: str, *, damaged: bool) -> None:
        """Whether reading the tree out of the repository has failed so often that part of it must be gone."""
        (self._damaged.add if damaged else self._damaged.discard)((repository, tree))

    def explain(self, name: PlanName, explanation: Text | None) -> None:
        """Why the plan's newest snapshot is not known yet, or not wholly; ``None``: it is."""
        if explanation is None:
            self._explanations.pop(name, None)
        else:
            self._explanations[name] = explanation

    # --- what is known

    @property
    def partners(self) -> Mapping[PlanName, PlanName]:
        """The plan that holds the database, for plans with originals that are paired with one."""
        return self._pairs.partners

    @property
    def proven(self) -> frozenset[str]:
        """Trees that lack no original."""
        return frozenset(
            tree
            for tree, records in self._coverages.items()
            if any(record.lacks_nothing for record in records.values())
        )

    def tree(self, tree: str) -> TreeContents | None:
        """What a tree holds; ``None``: it was not looked into yet."""
        return self._trees.get(tree)

    def is_elsewhere(self, name: PlanName, plan: PlanSettings, tree: str) -> bool:
        """Whether the dump that the plan's files in a tree are compared with is its partner's."""
        return name in self.partners and is_elsewhere(plan, self._trees.get(tree))

    def compared(self, name: PlanName, plan: PlanSettings, snapshot: Snapshot) -> CoverageRecord | None:
        """How a snapshot of the plan compares with its own dump, or with the newest of the partner's from before it."""
        of_tree = self._coverages.get(snapshot.tree)
        if of_tree is None:
            return None
        holders = [snapshot]
        if self.is_elsewhere(name, plan, snapshot.tree):
            all_of_it = self._snapshots.get(self.partners[name], ())
            holders = list(reversed(all_of_it[: bisect_right(all_of_it, snapshot.time, key=lambda one: one.time)]))
        for holder in holders:
            contents = self._trees.get(holder.tree)
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
        of_tree = self._coverages.get(snapshot.tree, {})
        before = [record for record in of_tree.values() if record.dump_time <= snapshot.time]
        return max(before, key=lambda record: record.dump_time, default=None)

    def told_elsewhere(self, name: PlanName) -> bool:
        """Whether a finding about the paired plan says that it has no whole dump, or the agent does not look there."""
        partner = self.partners.get(name)
        if partner is None:
            return False
        contents = self._trees.get(self._newest.get(partner, ""))
        return partner[0] in self._pairs.not_inspected or (contents is not None and lacks_a_whole_dump(contents))

    # --- what follows

    def facts(self, repository: str, plan: PlanSettings, facts: PlanFacts, history: PlanHistory) -> PlanFacts:
        """The facts of a plan, with what is known of its snapshots' contents."""
        name, newest = (repository, plan.name), history.newest
        damaged = newest is not None and (repository, newest.tree) in self._damaged
        readable = newest is not None and newest.tree in self._trees
        accepted = facts.accepted.since if facts.accepted else None

        def covered(snapshot: Snapshot) -> CoverageRecord | None:
            return self.covered(name, plan, snapshot)

        # What an older snapshot came to says nothing any more where the newest is not compared: without a partner.
        looked = self._trees.get(newest.tree) if newest is not None else None
        without_dump = looked is not None and looked.answer.dump is None and "database" not in plan.holds
        abandoned = without_dump and name not in self.partners and (newest is None or covered(newest) is None)
        return replace(
            facts,
            contents=contents_facts(plan, history.known, history.usable, self._trees, covered, accepted),
            coverage=None if abandoned else coverage_facts(history.known, history.usable, covered, accepted),
            contents_unknown_since=unknown_since(
                plan,
                history.usable,
                self._trees,
                covered,
                paired=name in self.partners,
                told=self.told_elsewhere(name),
            ),
            damaged=damaged if damaged or readable else None,
            inspection_sentence=self._explanations.get(name) or self._explanation(name, plan, newest),
        )

    def _explanation(self, name: PlanName, plan: PlanSettings, newest: Snapshot | None) -> Text | None:
        """Why a snapshot that was looked into is not known wholly: as true after a restart as before."""
        contents = self._trees.get(newest.tree) if newest is not None else None
        if newest is None or contents is None:
            return None
        if not contents.answer.known:
            return contents.answer.sentence
        if (record := self.covered(name, plan, newest)) is not None:
            return record.trouble
        if not self.is_elsewhere(name, plan, newest.tree) or self.told_elsewhere(name):
            return None
        partner = self.partners[name]
        where, tree = "/".join(partner), self._newest.get(partner)
        if tree is None:
            return Message("looking.partner_empty", plan=where)
        if (partner[0], tree) in self._damaged:
            return Message("looking.partner_damaged", plan=where)
        if tree not in self._trees:
            return Message("looking.partner_unknown", plan=where)
        return Message("looking.partner_without_dump", plan=where)
