"""Settings to sources: the one module that knows siblings, and the written list of what is watched."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.checks import findings
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.immich import UploadLook
from immich_backup_exporter.domain.settings import AgentSettings, RepositorySettings
from immich_backup_exporter.domain.state import DumpFacts, JobFacts, RepositoryFacts, State
from immich_backup_exporter.immich import UploadLocation
from immich_backup_exporter.inspection import InspectionFactory
from immich_backup_exporter.jobs.reader import SpoolFolder, make_default_spool
from immich_backup_exporter.poller.acceptance import AcceptWatch
from immich_backup_exporter.poller.contents.inspector import Inspector
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.contents.source import InspectionSource
from immich_backup_exporter.poller.core.publisher import Publisher
from immich_backup_exporter.poller.core.storing import StoreAccess
from immich_backup_exporter.poller.dumps import DumpPoller
from immich_backup_exporter.poller.findings import FindingsSource
from immich_backup_exporter.poller.jobs.poller import JobPoller
from immich_backup_exporter.poller.page import PageSource
from immich_backup_exporter.poller.ports import Acceptor
from immich_backup_exporter.poller.repositories.independence import IndependencePoller
from immich_backup_exporter.poller.repositories.poller import RepositoryPoller
from immich_backup_exporter.poller.repositories.source import RepositorySource, repository_source
from immich_backup_exporter.poller.source import Source
from immich_backup_exporter.presentation.page import KeptPage
from immich_backup_exporter.restic import Gate, ResticRepository, find_independence
from immich_backup_exporter.store import RequestFolder, SqliteStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What lives as long as the agent, whatever is declared."""

    store: SqliteStore
    access: StoreAccess
    publisher: Publisher
    clock: Clock
    random: Callable[[], float]
    """Draws from [0, 1)."""
    environ: Mapping[str, str]
    own_state: bool
    """Whether the state folder is ours, to make in it what is missing."""
    jobs: JobPoller
    page: KeptPage
    gate: Gate = field(default_factory=Gate)
    lineage: Lineage = field(default_factory=Lineage)
    contents: KnownContents = field(default_factory=KnownContents)
    unseen: set[str] = field(default_factory=set)
    """Repositories that have not been polled since the start or the last reload."""


def make_jobs(
    publisher: Publisher,
    access: StoreAccess,
    clock: Clock,
    new_run_id: Callable[[], str] = lambda: secrets.token_hex(16),
) -> JobPoller:
    """What takes in reports of runs. One for the life of the agent: a reload changes what is declared."""

    def publish(jobs: tuple[JobFacts, ...], rejected: int | None) -> None:
        publisher.put(JobPoller.name, lambda state: replace(state, jobs=jobs, spool_rejected=rejected))

    return JobPoller(access, clock, new_run_id, publish)


@dataclass(slots=True)
class Draft:
    """Sources that are being built for ``settings``. A builder finds here what those before it have made."""

    services: Services
    settings: AgentSettings
    old: AgentSettings
    before: Sequence[Source]
    """The sources of the ``old`` settings, of which a builder keeps what nothing changed for."""
    repositories: list[RepositoryPoller] = field(default_factory=list)
    dumps: DumpPoller | None = None

    @property
    def same_location(self) -> bool:
        return self.settings.upload_location == self.old.upload_location


Builder = Callable[[Draft], Iterable[Source]]


def build(
    services: Services,
    settings: AgentSettings,
    old: AgentSettings,
    before: Sequence[Source],
    builders: Sequence[Builder],
) -> tuple[Source, ...]:
    """The sources of ``settings``, by their first phase. Raises ``StoreError``."""
    services.contents.load(services.store.load_contents())
    draft = Draft(services, settings, old, before)
    sources = [source for builder in builders for source in builder(draft)]
    return tuple(sorted(sources, key=lambda source: source.phases[0]))


def _repositories(draft: Draft) -> Iterable[Source]:
    """A repository whose settings did not change keeps its poller, and with it what this process learned."""
    settings, old = draft.settings, draft.old
    same_wiring = draft.same_location and (settings.restic, settings.cache_dir) == (old.restic, old.cache_dir)
    kept = {one.poller.settings.name: one for one in draft.before if isinstance(one, RepositorySource) and same_wiring}
    sources: list[RepositorySource] = []
    for repository in settings.repositories:
        source = kept.get(repository.name)
        if source is None or source.poller.settings != repository:
            source = _repository(draft, repository)
        sources.append(source)
    draft.repositories = [source.poller for source in sources]
    draft.services.unseen.clear()
    draft.services.unseen.update(repository.name for repository in settings.repositories)
    return sources


def _repository(draft: Draft, repository: RepositorySettings) -> RepositorySource:
    services, settings = draft.services, draft.settings

    def publish(facts: RepositoryFacts) -> None:
        services.publisher.put(repository_source(facts.name), lambda state: _with_repository(state, facts))

    reader = ResticRepository(
        repository.access,
        restic=settings.restic,
        cache_dir=settings.cache_dir,
        environ=services.environ,
        gate=services.gate,
        clock=services.clock,
    )
    poller = RepositoryPoller(
        repository,
        settings.upload_location,
        reader,
        services.access,
        services.clock,
        publish,
        services.jobs.ledger,
        services.lineage,
        services.contents,
    )
    return RepositorySource(poller, publish, services.unseen, services.random)


def _with_repository(state: State, facts: RepositoryFacts) -> State:
    names = [known.name for known in state.repositories]
    if facts.name not in names:
        return replace(state, repositories=(*state.repositories, facts))
    index = names.index(facts.name)
    return replace(state, repositories=(*state.repositories[:index], facts, *state.repositories[index + 1 :]))


def _dumps(draft: Draft) -> Iterable[Source]:
    services, settings = draft.services, draft.settings
    if settings.upload_location is None:
        return

    def publish(look: UploadLook | None, dump: DumpFacts | None) -> None:
        folders = look.folders if look else None
        services.publisher.put(DumpPoller.name, lambda state: replace(state, upload_folders=folders, dump=dump))

    looks = [one.look for one in draft.before if isinstance(one, DumpPoller) and draft.same_location]
    draft.dumps = DumpPoller(
        settings.dump,
        UploadLocation(settings.upload_location, settings.dump, clock=services.clock),
        services.access,
        services.clock,
        publish,
        look=looks[0] if looks else None,
        random=services.random,
    )
    yield draft.dumps


def _contents(draft: Draft) -> Iterable[Source]:
    services, settings = draft.services, draft.settings
    inspector = Inspector(
        draft.repositories,
        settings.contents,
        settings.upload_location,
        InspectionFactory(services.environ),
        services.contents,
        services.access,
        services.clock,
        draft.dumps,
    )
    yield InspectionSource(inspector, services.contents, draft.repositories)


def _independence(draft: Draft) -> Iterable[Source]:
    location = draft.settings.upload_location
    accesses = [repository.access for repository in draft.settings.repositories]
    yield IndependencePoller(draft.repositories, lambda: find_independence(accesses, location))


def _jobs(draft: Draft) -> Iterable[Source]:
    jobs = draft.services.jobs
    jobs.declare(draft.settings.jobs, _spool(draft), draft.repositories)
    yield jobs


def _spool(draft: Draft) -> SpoolFolder | None:
    """Where reports of this machine's runs are; with no job declared there is nothing to look for."""
    settings = draft.settings
    if not settings.jobs or not settings.spool_dir:
        return None
    if draft.services.own_state and settings.spool_dir == os.path.join(settings.state_dir, "spool"):
        make_default_spool(settings.spool_dir)
    return SpoolFolder(settings.spool_dir)


def _acceptance(draft: Draft) -> Iterable[Source]:
    acceptors: dict[str | None, Acceptor] = {poller.settings.name: poller for poller in draft.repositories}
    if draft.dumps is not None:
        acceptors[None] = draft.dumps
    yield AcceptWatch(RequestFolder(draft.settings.state_dir), acceptors)


def conclusions(draft: Draft) -> Iterable[Source]:
    services = draft.services
    publisher = services.publisher

    def publish(since: Mapping[str, datetime]) -> None:
        publisher.put(FindingsSource.name, lambda state: replace(state, since=since))

    yield FindingsSource(
        lambda now: findings(publisher.state, now),
        lambda: not services.unseen,
        services.access,
        services.clock,
        publish,
    )


def _page(draft: Draft) -> Iterable[Source]:
    page, publisher = draft.services.page, draft.services.publisher
    yield PageSource(lambda: page.refresh(publisher.state), page.viewed)


BUILDERS: tuple[Builder, ...] = (
    _repositories,
    _dumps,
    _contents,
    _independence,
    _jobs,
    _acceptance,
    conclusions,
    _page,
)
"""Everything that is watched."""
