"""Which snapshots to look into, and which dump to compare them with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from immich_backup_exporter.analysis.contents import lacks_a_whole_dump
from immich_backup_exporter.domain.contents import CoverageRecord, TreeContents
from immich_backup_exporter.domain.immich import DumpFile, DumpOutcome
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import ContentSettings, PlanSettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.poller.core.repository_view import InspectedRepository
from immich_backup_exporter.poller.looking.due import is_open

from .known import KnownContents
from .pairs import PlanName
from .questions import Questions, external_library


@dataclass(frozen=True, slots=True)
class Target:
    """A snapshot to look into, and for which plan."""

    repository: InspectedRepository
    plan: PlanSettings
    snapshot: Snapshot

    @property
    def key(self) -> tuple[str, str]:
        """Repository and tree."""
        return self.repository.settings.name, self.snapshot.tree

    @property
    def name(self) -> PlanName:
        return self.repository.settings.name, self.plan.name

    @property
    def full_name(self) -> str:
        """``REPOSITORY/PLAN``, as settings and people write it."""
        return "/".join(self.name)


@dataclass(frozen=True, slots=True)
class DumpSource:
    """The dump that a tree is compared with, and the snapshot that it is in."""

    holder: Target
    dump: DumpFile
    elsewhere: bool
    """It is another plan's."""


class Targets:
    """Chooses among the snapshots of all repositories, by what is known of their trees."""

    def __init__(
        self,
        repositories: Sequence[InspectedRepository],
        settings: ContentSettings,
        questions: Questions,
        known: KnownContents,
    ) -> None:
        # What can be read at home is not read from far away: a copy has the same tree.
        self._repositories = sorted(repositories, key=lambda one: (one.settings.offsite, one.reader.backend != "local"))
        self._settings = settings
        self._known = known
        self._asked = questions.asked
        self._zone = ZoneInfo(settings.timezone) if settings.timezone else None
        self._told: dict[PlanName, bool] = {}

    def due(self, now: datetime) -> Iterator[Target]:
        """The snapshots that something is still to be found out about, and may be now; the likeliest first."""
        for repository in self._repositories:
            if self._may_look(repository, now):
                for plan in repository.facts.plans:
                    yield from self._of_plan(repository, plan, now)

    def changed(self) -> Iterator[InspectedRepository]:
        """Repositories with a plan whose partner's dump was found to be missing or not whole, or whole again."""
        for repository in self._repositories:
            names = [(repository.settings.name, plan.name) for plan in repository.settings.plans]
            told = {name: self._known.told_elsewhere(name) for name in names}
            if any(told[name] != self._told.get(name, False) for name in names):
                self._told |= told
                yield repository

    def source(self, target: Target, contents: TreeContents, now: datetime) -> DumpSource | None:
        """The dump to compare with: the tree's own or the paired plan's. ``None``: there is none that may be whole, or
        it may not be read now.
        """
        elsewhere = self._known.is_elsewhere(target.name, target.plan, target.snapshot.tree)
        holder, held = target, contents
        if elsewhere:
            partner = self._partner(target, now)
            found = self._known.tree(partner.snapshot.tree) if partner is not None else None
            if partner is None or found is None or not self._may_look(partner.repository, now):
                return None
            holder, held = partner, found
        dump, verdict = held.answer.dump, held.verdict
        if dump is None or (verdict is not None and verdict.outcome is not DumpOutcome.VALID):
            return None
        return DumpSource(holder, dump, elsewhere)

    def holder(self, reference: str, target: Target, now: datetime) -> Target | None:
        """The newest snapshot of the plan that is named, in the target's repository before all others.

        ``None``: there is none, or it may not be looked into now.
        """
        readable = [one for one in self._repositories if self._may_look(one, now)]
        for repository in sorted(readable, key=lambda one: one is not target.repository):
            for facts in repository.facts.plans:
                if facts.newest is not None:
                    named = Target(repository, facts.settings, facts.newest)
                    if is_named(reference, named):
                        return named
        return None

    def unanswerable(self, target: Target, now: datetime) -> frozenset[str]:
        """What cannot be said yet: of external libraries in plans of which no snapshot is known, as at the start, or
        that cannot be looked into now, as while a disk is away.
        """
        return frozenset(
            external_library(one).word
            for one in self._settings.external
            if one.plan is not None and self.holder(one.plan, target, now) is None
        )

    def _may_look(self, repository: InspectedRepository, now: datetime) -> bool:
        """Whether a repository may be looked into now, and was reached lately."""
        inspect = repository.settings.inspect
        return inspect.enabled and is_open(inspect.hours, now, self._zone) and repository.facts.up is True

    def _of_plan(self, repository: InspectedRepository, plan: PlanFacts, now: datetime) -> Iterator[Target]:
        if plan.newest is None:
            return
        target, tree = Target(repository, plan.settings, plan.newest), plan.newest.tree
        partner = self._partner(target, now)
        if (
            partner is not None
            and self._may_look(partner.repository, now)
            and not self._is_answered(partner.snapshot.tree)
        ):
            yield partner  # first, so that the files need to be listed only once
        contents = self._known.tree(tree)
        if contents is None or not self._is_answered(tree):
            yield target
            return
        elsewhere = self._known.is_elsewhere(target.name, plan.settings, tree)
        if not elsewhere and contents.answer.dump is not None and contents.verdict is None:
            yield target
            return
        if not contents.answer.known or "originals" not in plan.settings.holds:
            return
        source = self.source(target, contents, now)
        if source is None:
            return
        record = self._known.compared(target.name, plan.settings, plan.newest)
        asked = self._asked - self.unanswerable(target, now)
        if record is None or not (_is_about(record, source) and asked <= record.answered):
            yield target

    def _is_answered(self, tree: str) -> bool:
        contents = self._known.tree(tree)
        return contents is not None and self._asked <= contents.answered

    def _lacks_a_whole_dump(self, snapshot: Snapshot) -> bool:
        contents = self._known.tree(snapshot.tree)
        return contents is not None and lacks_a_whole_dump(contents)

    def _partner(self, target: Target, now: datetime) -> Target | None:
        """The snapshot with the dump where that is another plan's: the newest from before whose dump may be whole."""
        name = self._known.partners.get(target.name)
        for repository in self._repositories:
            for facts in repository.facts.plans:
                if (repository.settings.name, facts.settings.name) != name or facts.newest is None:
                    continue
                usable = repository.history(facts.settings, now).usable
                before = [one for one in usable if one.time <= target.snapshot.time]
                whole = [one for one in before if not self._lacks_a_whole_dump(one)]
                chosen = (whole or before)[-1:]
                return Target(repository, facts.settings, chosen[0]) if chosen else None
        return None


def _is_about(record: CoverageRecord, source: DumpSource) -> bool:
    """Whether the files need not be compared with that dump any more; a later one may have been forgotten since."""
    later = source.elsewhere and record.dump_time >= source.dump.time
    return record.dump == source.dump.fingerprint or later


def is_named(reference: str, target: Target) -> bool:
    """Whether ``PLAN`` or ``REPOSITORY/PLAN`` is the target's."""
    repository, _, plan = reference.rpartition("/")
    return plan == target.plan.name and repository in ("", target.repository.settings.name)
