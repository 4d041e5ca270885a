"""Sources to settings: read, merge, validate, and report everything that is wrong at once."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.settings import AgentSettings

from . import ignored, mapping, references
from .environment import RESTIC_LOCATIONS, Environment, read_restic, read_upload_location
from .messages import Problem, problem_of
from .models import Plan, Settings
from .shape import keys_at
from .sources import Origin, Source, where
from .values import CONTEXT, Context, find_zone
from .yaml_file import read_file

DEFAULT_STATE_DIR = "/var/lib/immich-backup-exporter"
CHEAP_POLL_INTERVAL = timedelta(minutes=5)
"""Where listing the names costs next to nothing."""
DEAR_POLL_INTERVAL = timedelta(minutes=30)
"""Where every look starts restic and may be billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What was declared, in both forms."""

    settings: AgentSettings
    """What the agent works with."""
    model: Settings = field(repr=False)
    """As it is written, with every default filled in; for ``config show``."""


def load(path: str | None, environ: Mapping[str, str], *, now: datetime) -> AgentSettings:
    """The settings out of the file at ``path`` and the environment; see :func:`read`."""
    return read(path, environ, now=now).settings


def read(path: str | None, environ: Mapping[str, str], *, now: datetime) -> Configuration:
    """Read ``IMMICH_BACKUP_*``, the file (if any) and, where neither declares a repository, restic's own variables.

    ``now``, aware, bounds how far ahead a pause may end. Of the files that the settings name only those of
    ``repository_file`` are read. :class:`ConfigurationError` names every problem that was found.
    """
    environment = Environment(environ)
    broken: Sequence[Text] = ()
    file = Source()
    if path is not None:
        try:
            file = read_file(path)
        except ConfigurationError as error:
            broken = error.messages
    takes_restic = path is None and not environment().get("repositories")
    restic = read_restic(environ) if takes_restic else Source()
    upload_location = read_upload_location(environ)
    sources = (environment, file, restic, upload_location)
    problems = [problem for source in sources for problem in source.problems]
    if broken:
        raise ConfigurationError([*broken, *_told(problems, sources)])

    weakest = Source()  # gives nothing, but sees what the others gave together
    context = Context(now, lambda: find_zone(_at(weakest.current_state, "immich", "timezone")))
    model, wrong = _validate((*sources, weakest), context)
    data = weakest.current_state
    declares_place = _at(upload_location.current_state, "immich", "upload_location")
    if not _at(data, "repositories") and not declares_place:
        nothing = Message("config.nothing") if path is None else Message("config.nothing_in_file")
        problems.append(Problem((), nothing))
    problems += wrong
    no_password = Message("config.no_restic_password") if restic.data else Message("config.no_password")
    problems += references.problems(data, no_password=no_password)
    if model is None or problems:
        raise ConfigurationError(_told(problems, sources))

    urls, wrong = mapping.repository_urls(model)
    if wrong:
        raise ConfigurationError(_told(wrong, sources))
    effective = _with_defaults(model, urls, environ)
    notes = ignored.warnings(data)
    if upload_location.data and not declares_place:
        notes.append(Message("config.upload_location_taken"))
    ignored_name = next((name for name in RESTIC_LOCATIONS if environ.get(name)), None)
    if ignored_name and not restic.data:
        notes.append(Message("config.restic_variable_ignored", variable=ignored_name))
    notes += _notes(effective)
    return Configuration(settings=mapping.agent_settings(effective, urls, notes), model=effective)


def _validate(
    sources: tuple[PydanticBaseSettingsSource, ...], context: Context
) -> tuple[Settings | None, list[Problem]]:
    token = CONTEXT.set(context)
    try:
        return Settings(sources=sources), []  # type: ignore[call-arg]  # see settings_customise_sources
    except ValidationError as error:
        details = error.errors(include_url=False)
    finally:
        CONTEXT.reset(token)
    return None, [problem_of(detail, partial(keys_at, Settings)) for detail in details]


def _told(problems: Sequence[Problem], sources: Sequence[Origin]) -> list[Message]:
    """Each problem with the place that has it, once."""
    told = (Message("config.at", place=where(sources, path), problem=problem) for path, problem in problems)
    return list(dict.fromkeys(told))


def _at(data: Any, *path: str) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _with_defaults(model: Settings, urls: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """Fill in the defaults that depend on something else."""
    repositories = {}
    for name, repository in model.repositories.items():
        cheap = mapping.is_cheap(urls[name])
        repositories[name] = repository.model_copy(
            update={
                "poll_interval": repository.poll_interval or (CHEAP_POLL_INTERVAL if cheap else DEAR_POLL_INTERVAL),
                "plans": repository.plans or {references.DEFAULT_PLAN: Plan()},
            }
        )
    given = environ.get("STATE_DIRECTORY", "").split(":")[0]  # systemd: colons separate several
    state_dir = os.path.abspath(model.state_dir or given or DEFAULT_STATE_DIR)
    cache_dir = model.cache_dir or environ.get("CACHE_DIRECTORY", "").split(":")[0]
    return model.model_copy(
        update={
            "repositories": repositories,
            "state_dir": state_dir,
            "spool_dir": os.path.abspath(model.spool_dir or os.path.join(state_dir, "spool")),
            "cache_dir": os.path.abspath(cache_dir) if cache_dir else os.path.join(state_dir, "cache"),
        }
    )


def _notes(model: Settings) -> list[Message]:
    """What a person should know although nothing is wrong."""
    notes = []
    if not model.repositories:
        notes.append(Message("config.only_dumps"))
    for name, repository in model.repositories.items():
        if repository.poll_interval is not None and repository.poll_interval >= repository.unreachable_after:
            notes.append(Message("config.unreachable_too_soon", repository=name))
    return notes
