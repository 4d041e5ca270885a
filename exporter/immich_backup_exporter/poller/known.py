"""What is known of trees, by all repositories together: a copy has the same tree as its original."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from immich_backup_exporter.analysis.contents import contents_facts, coverage_facts
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageRecord, TreeContents
from immich_backup_exporter.domain.records import ContentsRecord
from immich_backup_exporter.domain.settings import PlanSettings
from immich_backup_exporter.domain.state import PlanFacts


@dataclass(slots=True)
class KnownContents:
    """Contents and coverage by tree, and what keeps more from being known."""

    trees: dict[str, TreeContents] = field(default_factory=dict)
    coverages: dict[str, CoverageRecord] = field(default_factory=dict)
    damaged: set[tuple[str, str]] = field(default_factory=set)
    """Repository and tree: could not be read twice."""
    sentences: dict[tuple[str, str], str] = field(default_factory=dict)
    """By repository and plan: why the newest snapshot is not known yet, or not wholly."""
    read_bytes: dict[str, int] = field(default_factory=dict)
    """By repository, since this process started."""

    def load(self, record: ContentsRecord) -> None:
        """Take up what the state store holds."""
        self.trees = dict(record.trees)
        self.coverages = dict(record.coverages)

    @property
    def proven(self) -> frozenset[str]:
        """Trees that lack no original."""
        return frozenset(tree for tree, record in self.coverages.items() if record.lacks_nothing)

    def facts(self, repository: str, plan: PlanSettings, facts: PlanFacts, history: PlanHistory) -> PlanFacts:
        """The facts of a plan, with what is known of its snapshots' contents."""
        newest = history.newest
        damaged = newest is not None and (repository, newest.tree) in self.damaged
        readable = newest is not None and newest.tree in self.trees
        inspected: Mapping[str, TreeContents] = self.trees
        return replace(
            facts,
            contents=contents_facts(plan, history.known, history.usable, inspected, self.coverages),
            coverage=coverage_facts(history.known, history.usable, self.coverages),
            damaged=damaged if damaged or readable else None,
            inspection_sentence=self.sentences.get((repository, plan.name)),
        )
