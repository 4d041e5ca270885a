"""Which snapshots to look into, what to ask of them, and which dump to compare them with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from immich_backup_exporter.analysis.contents import lacks_a_whole_dump
from immich_backup_exporter.domain.contents import CoverageRecord, ExternalLibrary, TreeContents, TreeQuestion
from immich_backup_exporter.domain.immich import DumpFile, DumpOutcome
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import ContentSettings, PlanSettings
from immich_backup_exporter.domain.state import PlanFacts
from immich_backup_exporter.poller.core.schedule import is_within
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller

from .known import KnownContents, PlanName


@dataclass(frozen=True, slots=True)
class Target:
    """A snapshot to look into, and for which plan."""

    poller: RepositoryPoller
    plan: PlanSettings
    snapshot: Snapshot

    @property
    def key(self) -> tuple[str, str]:
        """Repository and tree."""
        return self.poller.settings.name, self.snapshot.tree

    @property
    def name(self) -> PlanName:
        return self.poller.settings.name, self.plan.name


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
        pollers: Sequence[RepositoryPoller],
        settings: ContentSettings,
        upload_location: str | None,
        known: KnownContents,
    ) -> None:
        # What can be read at home is not read from far away: a copy has the same tree.
        self._pollers = sorted(pollers, key=lambda one: (one.settings.offsite, one.reader.backend != "local"))
        self._settings = settings
        self._known = known
        known.declare(poller.settings for poller in pollers)
        self._told: dict[PlanName, bool] = {}
        self._zone = ZoneInfo(settings.timezone) if settings.timezone else None
        plans = [plan for poller in pollers for plan in poller.settings.plans]
        self._hints = tuple(
            dict.fromkeys(
                hint for hint in (upload_location, *(plan.backed_up_as for plan in plans)) if hint is not None
            )
        )
        self._required = tuple(sorted({path for plan in plans for path in plan.required_paths}))
        self._external = tuple(
            ExternalLibrary(container=one.container, backed_up_as=one.backed_up_as) for one in settings.external
        )
        self._asked = self._ask((), datetime.min.replace(tzinfo=UTC)).answered

    def due(self, now: datetime) -> Iterator[Target]:
        """The snapshots that something is still to be found out about, and may be now; the likeliest first."""
        for poller in self._pollers:
            if self._may_look(poller, now):
                for plan in poller.facts.plans:
                    yield from self._of_plan(poller, plan, now)

    def changed(self) -> Iterator[RepositoryPoller]:
        """Repositories with a plan whose partner's dump was found to be missing or not whole, or whole again."""
        for poller in self._pollers:
            names = [(poller.settings.name, plan.name) for plan in poller.settings.plans]
            told = {name: self._known.told_elsewhere(name) for name in names}
            if any(told[name] != self._told.get(name, False) for name in names):
                self._told |= told
                yield poller

    def question(self, target: Target) -> TreeQuestion:
        """What is asked of a tree: for all plans at once, since copies of it belong to others.

        Only where Immich is looked for first is the plan's own.
        """
        question = self._ask(target.snapshot.paths, target.snapshot.time)
        own = target.plan.backed_up_as
        return question if own is None else replace(question, hints=tuple(dict.fromkeys((own, *self._hints))))

    def source(self, target: Target, contents: TreeContents, now: datetime) -> DumpSource | None:
        """The dump to compare with: the tree's own or the paired plan's. ``None``: there is none that may be whole, or
        it may not be read now.
        """
        elsewhere = self._known.is_elsewhere(target.name, target.plan, target.snapshot.tree)
        holder, held = target, contents
        if elsewhere:
            partner = self._partner(target, now)
            found = self._known.trees.get(partner.snapshot.tree) if partner is not None else None
            if partner is None or found is None or not self._may_look(partner.poller, now):
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
        readable = [one for one in self._pollers if self._may_look(one, now)]
        for poller in sorted(readable, key=lambda one: one is not target.poller):
            for facts in poller.facts.plans:
                if facts.newest is not None:
                    named = Target(poller, facts.settings, facts.newest)
                    if is_named(reference, named):
                        return named
        return None

    def unanswerable(self, target: Target, now: datetime) -> frozenset[str]:
        """What nobody can say yet: of external libraries in plans of which no snapshot is known, as at the start, or
        that cannot be looked into now, as while a disk is away.
        """
        return frozenset(
            ExternalLibrary(container=one.container, backed_up_as=one.backed_up_as).word
            for one in self._settings.external
            if one.plan is not None and self.holder(one.plan, target, now) is None
        )

    def _ask(self, paths: tuple[str, ...], moment: datetime) -> TreeQuestion:
        return TreeQuestion(
            snapshot_time=moment,
            snapshot_paths=paths,
            hints=self._hints,
            also=self._settings.also,
            timezone=self._settings.timezone,
            required_paths=self._required,
            external=self._external,
        )

    def _may_look(self, poller: RepositoryPoller, now: datetime) -> bool:
        """Whether a repository may be looked into now, and was reached lately."""
        inspect = poller.settings.inspect
        begins = inspect.hours is None or is_within(now.astimezone(self._zone).time(), *inspect.hours)
        return inspect.enabled and begins and poller.facts.up is True

    def _of_plan(self, poller: RepositoryPoller, plan: PlanFacts, now: datetime) -> Iterator[Target]:
        if plan.newest is None:
            return
        target, tree = Target(poller, plan.settings, plan.newest), plan.newest.tree
        partner = self._partner(target, now)
        if partner is not None and self._may_look(partner.poller, now) and not self._is_answered(partner.snapshot.tree):
            yield partner  # first, so that the files need to be listed only once
        contents = self._known.trees.get(tree)
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
        contents = self._known.trees.get(tree)
        return contents is not None and self._asked <= contents.answered

    def _lacks_a_whole_dump(self, snapshot: Snapshot) -> bool:
        contents = self._known.trees.get(snapshot.tree)
        return contents is not None and lacks_a_whole_dump(contents)

    def _partner(self, target: Target, now: datetime) -> Target | None:
        """The snapshot with the dump where that is another plan's: the newest from before whose dump may be whole."""
        name = self._known.partners.get(target.name)
        for poller in self._pollers:
            for facts in poller.facts.plans:
                if (poller.settings.name, facts.settings.name) != name or facts.newest is None:
                    continue
                usable = poller.history(facts.settings, now).usable
                before = [one for one in usable if one.time <= target.snapshot.time]
                whole = [one for one in before if not self._lacks_a_whole_dump(one)]
                chosen = (whole or before)[-1:]
                return Target(poller, facts.settings, chosen[0]) if chosen else None
        return None


def _is_about(record: CoverageRecord, source: DumpSource) -> bool:
    """Whether the files need not be compared with that dump any more; a later one may have been forgotten since."""
    later = source.elsewhere and record.dump_time >= source.dump.time
    return record.dump == source.dump.fingerprint or later


def is_named(reference: str, target: Target) -> bool:
    """Whether ``PLAN`` or ``REPOSITORY/PLAN`` is the target's."""
    repository, _, plan = reference.rpartition("/")
    return plan == target.plan.name and repository in ("", target.poller.settings.name)
