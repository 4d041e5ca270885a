"""What is known of trees, by all repositories together: a copy has the same tree as its original."""

from dataclasses import dataclass, field, replace

from immich_backup_exporter.analysis.contents import contents_facts, coverage_facts, unknown_since
from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageRecord, TreeContents
from immich_backup_exporter.domain.records import ContentsRecord
from immich_backup_exporter.domain.repository import Snapshot
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

    def _sentence(self, newest: Snapshot | None) -> str | None:
        """Why a snapshot that was looked into is not known wholly: as true after a restart as before."""
        if newest is None:
            return None
        contents, record = self.trees.get(newest.tree), self.coverages.get(newest.tree)
        if contents is not None and not contents.answer.known:
            return contents.answer.sentence
        return record.trouble if record is not None else None

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
        accepted = facts.accepted.since if facts.accepted else None
        return replace(
            facts,
            contents=contents_facts(plan, history.known, history.usable, self.trees, self.coverages, accepted),
            coverage=coverage_facts(history.known, history.usable, self.coverages, accepted),
            contents_unknown_since=unknown_since(plan, history.usable, self.trees, self.coverages),
            damaged=damaged if damaged or readable else None,
            inspection_sentence=self.sentences.get((repository, plan.name)) or self._sentence(newest),
        )
