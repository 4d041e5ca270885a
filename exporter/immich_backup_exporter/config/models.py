"""The settings as they are written: every key with its kind, default and meaning.

The reference page, the JSON Schema and the suggestions for mistyped names all come from here. What the rest of the
agent works with is :mod:`immich_backup_exporter.domain.settings`.
"""

import logging
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from immich_backup_exporter.domain.messages import Message

from .shape import DELIMITER, PREFIX, shape_of
from .types import (
    AT_LEAST_ONE,
    AbsolutePath,
    Count,
    DrillLevel,
    Duration,
    EnvironmentName,
    FilePath,
    Flag,
    Folder,
    Hours,
    Interval,
    IntervalOrNever,
    JobKind,
    Name,
    Part,
    PausedUntil,
    PlanReference,
    Ratio,
    Reference,
    RepositoryUrl,
    Schedule,
    Secret,
    Size,
    SnapshotId,
    Text,
    Timezone,
)
from .values import NAME, refuse


def _nothing_is_empty(value: Any) -> Any:
    """A section whose keys are all left out (or commented out) is null in YAML."""
    return {} if value is None else value


EmptyIsFine = BeforeValidator(_nothing_is_empty)

_OR_EMPTY: JsonDict = {"type": ["object", "null"]}
_NAMED: JsonDict = {**_OR_EMPTY, "propertyNames": {"pattern": f"^{NAME}$"}}


class Section(BaseModel):
    """Keys that belong together; unknown ones are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, json_schema_extra=_OR_EMPTY)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return _nothing_is_empty(value)

    @field_validator("*", mode="before")
    @classmethod
    def _no_empty_value(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and not shape_of(cls.model_fields[info.field_name or ""].annotation).is_container:
            raise refuse(Message("setting.empty"))
        return value


class Dump(Section):
    """What is expected of the database dumps."""

    enabled: Flag = Field(default=True, description="Whether to watch the database dumps.")
    max_age: Duration = Field(default=timedelta(hours=26), description="How old the newest valid dump may become.")
    min_size_ratio: Ratio = Field(default=0.5, description="How small a dump may be, as a part of its baseline.")
    poll_interval: Interval = Field(default=timedelta(minutes=5), description="How often to look at the dump folder.")
    also: tuple[Text, ...] = Field(
        default=(),
        description="Patterns of dumps that something other than Immich makes, below the upload location or absolute.",
    )
    paused_until: PausedUntil | None = Field(default=None, description="Nothing is expected of the dumps until then.")


class ExternalMapping(Section):
    """Where an external library of Immich is backed up."""

    container: AbsolutePath = Field(description="The library's folder as Immich sees it.")
    backed_up_as: AbsolutePath = Field(description="The same folder as the plan's snapshots see it.")
    plan: Reference | None = Field(default=None, description="The plan that holds it: PLAN or REPOSITORY/PLAN.")


def _external_form(value: Any) -> str:
    return "<list>" if isinstance(value, list | tuple) else "<ignore>"


External = Annotated[
    Annotated[Literal["ignore"], Tag("<ignore>")] | Annotated[tuple[ExternalMapping, ...], Tag("<list>")],
    Discriminator(_external_form),
]


class Immich(Section):
    """The watched Immich."""

    upload_location: AbsolutePath | None = Field(
        default=None,
        description="Immich's UPLOAD_LOCATION as this agent sees it; leave out where the agent cannot see it.",
    )
    timezone: Timezone | None = Field(
        default=None, description="Zone of the times in dump names and of times written here; default: the system's."
    )
    dump: Dump = Field(default_factory=Dump, description="What is expected of the database dumps.")
    external: External = Field(
        default="ignore", description="External libraries: `ignore`, or where each is backed up."
    )


class Defaults(Section):
    """What every repository has that does not say otherwise."""

    password: Secret | None = Field(default=None, description="The password; `password_file` is the better place.")
    password_file: FilePath | None = Field(default=None, description="A file that holds the password.")
    password_command: Secret | None = Field(default=None, description="A command that prints the password.")


class FromFile(Section):
    """A value that is read from a file whenever it is needed."""

    file: FilePath = Field(description="The file that holds the value.")


def _environment_form(value: Any) -> str:
    return "<file>" if isinstance(value, dict | FromFile) else "<text>"


EnvironmentValue = Annotated[
    Annotated[Secret, Tag("<text>")] | Annotated[FromFile, Tag("<file>")], Discriminator(_environment_form)
]


class Check(Section):
    """What is expected of `restic check`."""

    max_age: Duration = Field(default=timedelta(days=35), description="How old the last reported check may become.")


class Inspect(Section):
    """Looking into the newest snapshot."""

    enabled: Flag = Field(default=True, description="Whether to look into snapshots.")
    max_lag: Duration = Field(default=timedelta(hours=26), description="How long the newest snapshot may stay unknown.")
    max_bytes_per_day: Size = Field(
        default=10 * 2**30, description="How much may be read from the repository in a day."
    )
    hours: Hours | None = Field(default=None, description="When to begin, in Immich's time zone; default: at any time.")


class Plan(Section):
    """A named selection of one repository's snapshots, and what is expected of it."""

    host: Text | None = Field(default=None, description="Only snapshots of this host.")
    tags: tuple[Text, ...] = Field(default=(), description="Only snapshots with all of these tags.")
    paths: tuple[Text, ...] = Field(default=(), description="Only snapshots with all of these paths.")
    holds: Annotated[tuple[Part, ...], AT_LEAST_ONE] = Field(
        default=("originals", "database"), description="What it is meant to protect: `originals`, `database` or both."
    )
    pair_with: PlanReference | None = Field(
        default=None, description="The plan that holds the other part, where dump and files are in different plans."
    )
    backed_up_as: AbsolutePath | None = Field(
        default=None, description="The upload location as this plan's snapshots see it; default: matched by path."
    )
    max_age: Duration = Field(default=timedelta(hours=26), description="How old the newest complete backup may become.")
    min_size_ratio: Ratio = Field(default=0.8, description="How small a snapshot may be, as a part of its baseline.")
    min_history: Duration | None = Field(
        default=None, description="How far back the oldest complete backup should reach."
    )
    required_folders: tuple[Folder, ...] | None = Field(
        default=None,
        description="Folders that must hold files; default: of upload, library, profile, backups those that do.",
    )
    required_paths: tuple[AbsolutePath, ...] = Field(
        default=(), description="Other paths that must be in the snapshot."
    )
    max_unreadable_files: Count = Field(default=0, description="How many unreadable files a complete backup may have.")
    max_missing_assets: Count = Field(default=0, description="How many assets may be missing from a snapshot.")
    paused_until: PausedUntil | None = Field(default=None, description="Nothing is expected of this plan until then.")
    ignore_snapshots: tuple[SnapshotId, ...] = Field(default=(), description="Snapshots that are not looked at.")


class Repository(Section):
    """One restic repository."""

    repository: RepositoryUrl | None = Field(
        default=None, repr=False, description="Where it is: a path or any restic URL."
    )
    repository_file: FilePath | None = Field(default=None, description="A file that holds the path or URL instead.")
    password: Secret | None = Field(default=None, description="Its password; `password_file` is the better place.")
    password_file: FilePath | None = Field(default=None, description="A file that holds its password.")
    password_command: Secret | None = Field(default=None, description="A command that prints its password.")
    environment: Annotated[dict[EnvironmentName, EnvironmentValue], EmptyIsFine] = Field(
        default_factory=dict,
        repr=False,
        json_schema_extra=_OR_EMPTY,
        description="Environment variables that the backend needs; each value may be `{file: PATH}`.",
    )
    offsite: Flag = Field(default=False, description="Whether it lies at another place than the library.")
    poll_interval: Interval | None = Field(
        default=None, description="How often to look; default `5m` for local and rest repositories, `30m` for others."
    )
    unreachable_after: Duration = Field(
        default=timedelta(hours=1), description="How long it may be unreachable; more for disks that rotate."
    )
    stats_interval: IntervalOrNever = Field(
        default=timedelta(days=1), description="How often restic is asked for the repository's stored size; `0`: never."
    )
    check: Check | None = Field(default=None, description="Expects reports of `restic check`.")
    inspect: Inspect = Field(default_factory=Inspect, description="Looking into the newest snapshot.")
    plans: Annotated[dict[Name, Plan], EmptyIsFine] = Field(
        default_factory=dict,
        json_schema_extra=_NAMED,
        description="What is meant to be in it; default: one plan `immich`.",
    )


class Job(Section):
    """A scheduled command that reports its runs."""

    kind: JobKind = Field(description="What it does.")
    repository: Reference | None = Field(default=None, description="The repository that it works on.")
    plan: Reference | None = Field(default=None, description="The plan of that repository that it works for.")
    max_age: Duration | None = Field(default=None, description="How long ago its last end may be.")
    max_duration: Duration | None = Field(default=None, description="How long a run may take.")
    paused_until: PausedUntil | None = Field(default=None, description="Nothing is expected of this job until then.")


class Drill(Section):
    """A scheduled restore drill."""

    repository: Reference = Field(description="The repository to restore from.")
    plan: Reference = Field(description="The plan of that repository to restore.")
    level: DrillLevel = Field(default="sample", description="How much to restore.")
    schedule: Schedule | None = Field(default=None, description="When to run it.")
    max_age: Duration | None = Field(default=None, description="How old its evidence may become.")
    budget: Size | None = Field(default=None, description="How much it may restore.")
    target: AbsolutePath | None = Field(default=None, description="The folder to restore into.")


class Push(Section):
    """Receiving run reports over HTTP."""

    token: Secret | None = Field(
        default=None, description="The token of run reports; `token_file` is the better place."
    )
    token_file: FilePath | None = Field(default=None, description="A file that holds the token.")


logging.getLogger("pydantic_settings").disabled = True
"""All that it logs, with PYDANTIC_SETTINGS_DEBUG set, is what each source gave: passwords too."""


class Settings(Section, BaseSettings):
    """Settings of immich-backup-exporter."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, case_sensitive=True, validate_default=False
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only ``Settings(sources=...)``, strongest first: nothing of this process comes in by itself."""
        sources: tuple[PydanticBaseSettingsSource, ...] = init_settings()["sources"]
        return sources

    immich: Immich = Field(default_factory=Immich, description="The watched Immich.")
    defaults: Defaults = Field(default_factory=Defaults, description="For every repository.")
    repositories: Annotated[dict[Name, Repository], EmptyIsFine] = Field(
        default_factory=dict, json_schema_extra=_NAMED, description="The watched repositories, each under a short name."
    )
    jobs: Annotated[dict[Name, Job], EmptyIsFine] = Field(
        default_factory=dict, json_schema_extra=_NAMED, description="Declared jobs."
    )
    drills: Annotated[dict[Name, Drill], EmptyIsFine] = Field(
        default_factory=dict, json_schema_extra=_NAMED, description="Restore drills."
    )
    offsite_required: Flag = Field(default=False, description="Whether one repository has to be off-site.")
    push: Push = Field(default_factory=Push, description="Receiving run reports over HTTP.")
    state_dir: FilePath | None = Field(
        default=None,
        description="Where the agent keeps what it learned; "
        "default: systemd's STATE_DIRECTORY, else /var/lib/immich-backup-exporter.",
    )
    cache_dir: FilePath | None = Field(
        default=None, description="restic's cache; default: systemd's CACHE_DIRECTORY, else `cache` inside `state_dir`."
    )
    spool_dir: FilePath | None = Field(
        default=None, description="Where runs on this machine leave their reports; default: `spool` inside `state_dir`."
    )
    restic: Text = Field(default="restic", description="The restic program: a name on PATH or a path.")
