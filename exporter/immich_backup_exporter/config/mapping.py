"""From the settings as written to the frozen settings that the rest of the agent works with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time

from pydantic import SecretStr

from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.repository import CHEAPLY_LISTED, RepositoryAccess
from immich_backup_exporter.domain.settings import (
    AgentSettings,
    ContentSettings,
    DumpSettings,
    ExternalMapping,
    InspectSettings,
    JobKind,
    JobSettings,
    PlanSettings,
    PushSettings,
    RepositorySettings,
)
from immich_backup_exporter.formats import repository_url

from .messages import Problem
from .models import Defaults, Dump, FromFile, Job, Plan, Repository, Settings
from .models import ExternalMapping as ExternalFolder

DUMP_FOLDER = "backups"
_LONGEST_URL = 64 * 1024


def is_cheap(url: str) -> bool:
    """Whether the names in the repository can be listed without restic."""
    return repository_url.parse(url).backend in CHEAPLY_LISTED


def repository_urls(model: Settings) -> tuple[dict[str, str], list[Problem]]:
    """The URL of each repository, and what is wrong with the files that hold one."""
    urls: dict[str, str] = {}
    problems: list[Problem] = []
    for name, repository in model.repositories.items():
        if repository.repository is not None:
            urls[name] = repository.repository
            continue
        try:
            urls[name] = _url_from(repository.repository_file or "")
        except (OSError, ValueError) as error:
            problems.append(Problem(("repositories", name, "repository_file"), _why(error)))
    return urls, problems


def _url_from(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        url = file.read(_LONGEST_URL).strip()
    repository_url.parse(url)
    return url


def _why(error: OSError | ValueError) -> Message:
    if isinstance(error, repository_url.RepositoryUrlError):
        return Message("config.url_file_refused", problem=error.problem)
    if isinstance(error, FileNotFoundError):
        return Message("config.url_file_missing")
    if isinstance(error, PermissionError):
        return Message("config.url_file_forbidden")
    if isinstance(error, IsADirectoryError):
        return Message("config.url_file_is_folder")
    return Message("config.url_file_no_text")


def agent_settings(model: Settings, urls: Mapping[str, str], notes: Sequence[Text]) -> AgentSettings:
    """``model`` with all its defaults filled in, and each repository's URL."""
    contents = _contents(model)
    repositories = [
        _repository(name, repository, urls[name], model.defaults, model.immich.dump)
        for name, repository in model.repositories.items()
    ]
    return AgentSettings(
        repositories=_with_external(_paired(repositories), contents.external),
        upload_location=model.immich.upload_location,
        contents=contents,
        dump=_dump(model),
        jobs=tuple(_job(name, job, model.repositories) for name, job in model.jobs.items()),
        push=PushSettings(token=_revealed(model.push.token), token_file=model.push.token_file),
        offsite_required=model.offsite_required,
        state_dir=model.state_dir or "",
        cache_dir=model.cache_dir or "",
        spool_dir=model.spool_dir or "",
        restic=model.restic,
        warnings=(*notes, *_same_places(urls)),
    )


def _dump(model: Settings) -> DumpSettings | None:
    immich, dump = model.immich, model.immich.dump
    if immich.upload_location is None or not dump.enabled:
        return None
    return DumpSettings(
        folder=f"{immich.upload_location.rstrip('/')}/{DUMP_FOLDER}",
        upload_location=immich.upload_location,
        timezone=immich.timezone,
        also=dump.also,
        max_age=dump.max_age,
        min_size_ratio=dump.min_size_ratio,
        poll_interval=dump.poll_interval,
        paused_until=dump.paused_until,
    )


def _contents(model: Settings) -> ContentSettings:
    immich = model.immich
    ignored = immich.external == "ignore"
    return ContentSettings(
        timezone=immich.timezone,
        also=immich.dump.also,
        external=tuple(
            ExternalMapping(container=one.container, backed_up_as=one.backed_up_as, plan=one.plan)
            for one in immich.external
            if isinstance(one, ExternalFolder)
        ),
        external_ignored=ignored and "external" in immich.model_fields_set,
    )


def _repository(name: str, repository: Repository, url: str, defaults: Defaults, dump: Dump) -> RepositorySettings:
    own = (repository.password, repository.password_file, repository.password_command)
    secrets = repository if any(own) else defaults
    files = {name: value.file for name, value in repository.environment.items() if isinstance(value, FromFile)}
    access = RepositoryAccess(
        name=name,
        url=url,
        password=_revealed(secrets.password),
        password_file=secrets.password_file,
        password_command=_revealed(secrets.password_command),
        environment={
            name: value.get_secret_value()
            for name, value in repository.environment.items()
            if isinstance(value, SecretStr)
        },
        environment_files=files,
    )
    assert repository.poll_interval is not None, "every default is filled in"  # noqa: S101 - for the type checker
    return RepositorySettings(
        access=access,
        poll_interval=repository.poll_interval,
        unreachable_after=repository.unreachable_after,
        offsite=repository.offsite,
        check_max_age=repository.check.max_age if repository.check else None,
        stats_interval=repository.stats_interval or None,
        inspect=InspectSettings(
            enabled=repository.inspect.enabled,
            max_lag=repository.inspect.max_lag,
            max_bytes_per_day=repository.inspect.max_bytes_per_day,
            hours=_hours(repository.inspect.hours),
        ),
        plans=tuple(_plan(name, plan, dump) for name, plan in repository.plans.items()),
    )


def _plan(name: str, plan: Plan, dump: Dump) -> PlanSettings:
    return PlanSettings(
        name=name,
        host=plan.host,
        tags=plan.tags,
        paths=plan.paths,
        backed_up_as=plan.backed_up_as,
        holds=plan.holds,
        max_age=plan.max_age,
        min_size_ratio=plan.min_size_ratio,
        min_history=plan.min_history,
        max_unreadable_files=plan.max_unreadable_files,
        max_missing_assets=plan.max_missing_assets,
        dump_max_age=dump.max_age if dump.enabled else None,
        required_folders=plan.required_folders,
        required_paths=plan.required_paths,
        pair_with=_pair(plan.pair_with),
        paused_until=plan.paused_until,
        ignore_snapshots=plan.ignore_snapshots,
    )


def _paired(repositories: Sequence[RepositorySettings]) -> tuple[RepositorySettings, ...]:
    """Two plans are a pair whichever of them says so."""
    said = {
        plan.pair_with: (repository.name, plan.name)
        for repository in repositories
        for plan in repository.plans
        if plan.pair_with is not None
    }
    return tuple(
        replace(
            repository,
            plans=tuple(
                replace(plan, pair_with=plan.pair_with or said.get((repository.name, plan.name)))
                for plan in repository.plans
            ),
        )
        for repository in repositories
    )


def _with_external(
    repositories: Sequence[RepositorySettings], external: Sequence[ExternalMapping]
) -> tuple[RepositorySettings, ...]:
    """With a mark on the plans that are declared to hold external libraries."""
    named = {one.plan for one in external}
    return tuple(
        replace(
            repository,
            plans=tuple(
                replace(plan, holds_external=not named.isdisjoint((plan.name, f"{repository.name}/{plan.name}")))
                for plan in repository.plans
            ),
        )
        for repository in repositories
    )


def _hours(span: str | None) -> tuple[time, time] | None:
    if span is None:
        return None
    first, _, last = span.partition("-")
    return time.fromisoformat(first), time.fromisoformat(last)


def _pair(reference: str | None) -> tuple[str, str] | None:
    if reference is None:
        return None
    repository, _, plan = reference.partition("/")
    return repository, plan


def _job(name: str, job: Job, repositories: Mapping[str, Repository]) -> JobSettings:
    kind, plan = JobKind(job.kind), job.plan
    if plan is None and kind is JobKind.BACKUP and job.repository is not None:
        plans = repositories[job.repository].plans
        plan = next(iter(plans)) if len(plans) == 1 else None  # there is no other that it could be for
    return JobSettings(
        name=name,
        kind=kind,
        repository=job.repository,
        plan=plan,
        max_age=job.max_age,
        max_duration=job.max_duration,
        paused_until=job.paused_until,
    )


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _same_places(urls: Mapping[str, str]) -> list[Message]:
    places: dict[str, list[str]] = {}
    for name, url in urls.items():
        places.setdefault(repository_url.parse(url).fingerprint, []).append(f"`{name}`")
    return [Message("config.same_place", repositories=tuple(names)) for names in places.values() if len(names) > 1]
