"""Which snapshots to look into, what to ask of them, and which dump to compare them with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from immich_backup_exporter.domain.contents import ExternalLibrary, TreeContents, TreeQuestion
from immich_backup_exporter.domain.immich import DumpFile, DumpOutcome
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import ContentSettings, PlanSettings
from immich_backup_exporter.domain.state import PlanFacts

from .known import KnownContents
from .repository import RepositoryPoller
from .schedule import is_within


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
    def name(self) -> tuple[str, str]:
        """Repository and plan."""
        return self.poller.settings.name, self.plan.name


@dataclass(frozen=True, slots=True)
class DumpSource:
    """The dump that a tree is compared with, and the snapshot that it is in."""

    poller: RepositoryPoller
    snapshot: Snapshot
    dump: DumpFile


class Targets:
    """Chooses among the snapshots of all repositories, by what is known of their trees."""

    def __init__(
        self,
        pollers: Sequence[RepositoryPoller],
        settings: ContentSettings,
        upload_location: str | None,
        known: KnownContents,
    ) -> None:
        self._pollers = pollers
        self._settings = settings
        self._known = known
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
        """The snapshots that something is still to be found out about, and may be now."""
        for poller in self._pollers:
            inspect = poller.settings.inspect
            if inspect.enabled and poller.facts.up and self._may_begin(inspect.hours, now):
                for plan in poller.facts.plans:
                    target = self._of_plan(poller, plan, now)
                    if target is not None:
                        yield target

    def question(self, target: Target) -> TreeQuestion:
        """What is asked of a tree: for all plans at once, since copies of it belong to others.

        Only where Immich is looked for first is the plan's own.
        """
        question = self._ask(target.snapshot.paths, target.snapshot.time)
        own = target.plan.backed_up_as
        return question if own is None else replace(question, hints=tuple(dict.fromkeys((own, *self._hints))))

    def source(self, target: Target, contents: TreeContents, now: datetime) -> DumpSource | None:
        """The dump to compare with: the tree's own or the paired plan's. ``None``: there is none that may be whole."""
        holder, held = target, contents
        if contents.answer.dump is None:
            partner = self._partner(target, now)
            found = self._known.trees.get(partner.snapshot.tree) if partner is not None else None
            if partner is None or found is None:
                return None
            holder, held = partner, found
        dump, verdict = held.answer.dump, held.verdict
        if dump is None or (verdict is not None and verdict.outcome is not DumpOutcome.VALID):
            return None
        return DumpSource(holder.poller, holder.snapshot, dump)

    def holder(self, reference: str, target: Target) -> Target | None:
        """The newest snapshot of the plan that is named, in the target's repository before all others."""
        for poller in sorted(self._pollers, key=lambda one: one is not target.poller):
            for facts in poller.facts.plans:
                if facts.newest is not None:
                    named = Target(poller, facts.settings, facts.newest)
                    if is_named(reference, named):
                        return named
        return None

    def unanswerable(self, target: Target) -> frozenset[str]:
        """What nobody can say yet: of external libraries in plans of which no snapshot is known, as at the start."""
        return frozenset(
            ExternalLibrary(container=one.container, backed_up_as=one.backed_up_as).word
            for one in self._settings.external
            if one.plan is not None and self.holder(one.plan, target) is None
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

    def _may_begin(self, hours: tuple[time, time] | None, now: datetime) -> bool:
        return hours is None or is_within(now.astimezone(self._zone).time(), *hours)

    def _of_plan(self, poller: RepositoryPoller, plan: PlanFacts, now: datetime) -> Target | None:
        if plan.newest is None:
            return None
        target = Target(poller, plan.settings, plan.newest)
        partner = self._partner(target, now)
        if partner is not None and not self._is_answered(partner.snapshot.tree):
            return partner  # first, so that the files need to be listed only once
        contents = self._known.trees.get(plan.newest.tree)
        if contents is None or not self._is_answered(plan.newest.tree):
            return target
        if contents.answer.dump is not None and contents.verdict is None:
            return target
        if not contents.answer.known or "originals" not in plan.settings.holds:
            return None
        source = self.source(target, contents, now)
        record = self._known.coverages.get(plan.newest.tree)
        if source is None:
            return None
        if record is None or record.dump != source.dump.fingerprint:
            return target
        return None if self._asked - self.unanswerable(target) <= record.answered else target

    def _is_answered(self, tree: str) -> bool:
        contents = self._known.trees.get(tree)
        return contents is not None and self._asked <= contents.answered

    def _partner(self, target: Target, now: datetime) -> Target | None:
        """The snapshot that holds the dump where that is another plan's: the newest that began before."""
        if "originals" not in target.plan.holds:
            return None
        for poller in self._pollers:
            for facts in poller.facts.plans:
                plan, name = facts.settings, (poller.settings.name, facts.settings.name)
                paired = target.plan.pair_with == name or plan.pair_with == target.name
                if name == target.name or not paired or "database" not in plan.holds or facts.newest is None:
                    continue
                if facts.newest.time <= target.snapshot.time:
                    return Target(poller, plan, facts.newest)
                usable = poller.history(plan, now).usable
                before = [snapshot for snapshot in usable if snapshot.time <= target.snapshot.time]
                return Target(poller, plan, before[-1] if before else usable[0])
        return None


def is_named(reference: str, target: Target) -> bool:
    """Whether ``PLAN`` or ``REPOSITORY/PLAN`` is the target's."""
    repository, _, plan = reference.rpartition("/")
    return plan == target.plan.name and repository in ("", target.poller.settings.name)
