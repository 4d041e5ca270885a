"""Reads ``IMMICH_BACKUP_*``, and restic's own variables where nothing else declares a repository."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from immich_backup_exporter.domain.messages import Message, Text

from .messages import Path, Problem, nearest
from .models import Settings
from .shape import DELIMITER, PREFIX, Shape, below, keys_at, shape_of, variable_of
from .sources import Source
from .values import ALLOWED_RESTIC_VARIABLES

IGNORED_PREFIX = "IMMICH_BACKUP_EXPORTER_"
"""Kubernetes injects these for a service that is called immich-backup-exporter."""

RESTIC_LOCATIONS = ("RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE")

_INJECTED = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_[0-9]+_(TCP|UDP)\w*)?)")
_BACKEND_PREFIXES = ("AWS_", "B2_", "AZURE_", "GOOGLE_", "OS_", "ST_", "RCLONE_")
_RESTIC_KEYS = {
    "RESTIC_REPOSITORY": "repository",
    "RESTIC_REPOSITORY_FILE": "repository_file",
    "RESTIC_PASSWORD": "password",
    "RESTIC_PASSWORD_FILE": "password_file",
    "RESTIC_PASSWORD_COMMAND": "password_command",
}


class Environment(EnvSettingsSource):
    """The settings in ``IMMICH_BACKUP_*``; an empty variable counts as not set, as compose files make them."""

    shows_keys = False

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.origins: dict[Path, Text] = {}
        self.problems: list[Problem] = []
        self.env_vars = self._checked(environ)  # in place of those of this process

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """As JSON, but for the environment of a backend, where only ``{"file": PATH}`` is meant for the agent."""
        try:
            decoded = super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]  # gives None too
        except RecursionError:
            raise ValueError("nested too deeply") from None
        is_of_backend = field is not None and field_name != "environment" and shape_of(field.annotation).names_keep_case
        if is_of_backend and not (isinstance(decoded, dict) and decoded.keys() == {"file"}):
            return value  # JSON that is for the backend, such as rclone's tokens
        return decoded

    def _checked(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables that can be used, in the letters of the keys: the library ignores all others silently."""
        usable: dict[Path, str] = {}
        for name in sorted(environ):  # JSON for a whole section comes before the keys inside it
            if not name.startswith(PREFIX) or name.startswith(IGNORED_PREFIX):
                continue
            try:
                path, shape = _locate(name)
            except LookupError:
                self.problems.append(Problem((name,), _unknown(name)))
                self.origins[(name,)] = name
                continue
            if not environ[name].strip():
                continue
            self.origins[path] = name
            if path[-3:-2] == ("environment",):  # NAME__FILE beside NAME: the longer name is the more specific
                usable.pop(path[:-1], None)
            try:
                usable[path] = _decodable(name, environ[name], shape)
            except _UndecodableError as error:
                self.problems.append(Problem(path, error.problem))
        return {PREFIX + DELIMITER.join(map(str, path)): text for path, text in usable.items()}


def read_restic(environ: Mapping[str, str]) -> Source:
    """One repository ``default`` with the plan ``immich`` out of restic's own variables; empty without a repository."""
    given = {key: name for name, key in _RESTIC_KEYS.items() if environ.get(name)}
    if not any(environ.get(name) for name in RESTIC_LOCATIONS):
        return Source()
    base: Path = ("repositories", "default")
    backend = [
        name
        for name in sorted(environ)
        if environ[name] and (name.startswith(_BACKEND_PREFIXES) or name in ALLOWED_RESTIC_VARIABLES)
    ]
    repository: dict[str, Any] = {key: environ[name] for key, name in given.items()}
    repository["environment"] = {name: environ[name] for name in backend}
    repository["plans"] = {"immich": {}}
    origins: dict[Path, Text] = {(*base, key): name for key, name in given.items()}
    origins |= {(*base, "environment", name): name for name in backend}
    origins[base] = next(name for name in RESTIC_LOCATIONS if environ.get(name))
    return Source(data={"repositories": {"default": repository}}, origins=origins, shows_keys=False)


def read_upload_location(environ: Mapping[str, str]) -> Source:
    """Immich's own ``UPLOAD_LOCATION``."""
    location = environ.get("UPLOAD_LOCATION")
    if not location:
        return Source()
    return Source(
        data={"immich": {"upload_location": location}},
        origins={("immich", "upload_location"): "UPLOAD_LOCATION"},
        shows_keys=False,
    )


def _locate(name: str) -> tuple[tuple[str, ...], Shape]:
    """Where the variable's value belongs, and what may stand there; ``LookupError`` where there is no such key."""
    path: list[str] = []
    annotation: Any = Settings
    for part in name.removeprefix(PREFIX).split(DELIMITER):
        shape = shape_of(annotation)
        key = part if shape.names_keep_case else part.lower()
        annotation = below(annotation, key) if key else None
        if annotation is None:
            raise LookupError(name)
        path.append(key)
    return tuple(path), shape_of(annotation)


def _unknown(name: str) -> Message:
    if _INJECTED.fullmatch(name):
        return Message("environment.injected")
    if (guess := _repaired(name) or _with_two_underscores(name)) is not None:
        return Message("environment.mistyped", guess=guess)
    return Message("environment.unknown")


def _repaired(name: str) -> str | None:
    """The variable with each mistyped level set right; ``None`` where one is like nothing that there is."""
    path: list[str] = []
    for part in name.removeprefix(PREFIX).split(DELIMITER):
        known = keys_at(Settings, tuple(path))
        key = nearest(part, known) if known else part.lower()
        if not key:
            return None
        path.append(key)
    try:
        _locate(variable_of(tuple(path)))
    except LookupError:
        return None
    return variable_of(tuple(path))


def _with_two_underscores(name: str) -> str | None:
    """The variable that was meant where two underscores were written as one."""
    flat = {re.sub("_+", "_", variable).lower(): variable for variable in _plain_variables(Settings, ())}
    guess = nearest(re.sub("_+", "_", name), list(flat), alike=0.9)
    return flat[guess] if guess else None


def _plain_variables(annotation: Any, path: tuple[str, ...]) -> list[str]:
    """The variables of all keys that are not below a named thing."""
    section = shape_of(annotation).section
    if section is None:
        return [variable_of(path)]
    return [
        variable
        for key, field in section.model_fields.items()
        for variable in _plain_variables(field.annotation, (*path, key))
    ]


class _UndecodableError(Exception):
    """The text of a variable is not what belongs there."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem.id)
        self.problem = problem


def _decodable(name: str, text: str, shape: Shape) -> str:
    """The text as the library decodes it, which takes lists as JSON only. Raises ``_UndecodableError``."""
    if shape.is_value:
        return text
    if shape.is_list and not text.lstrip().startswith("["):
        return json.dumps([item.strip() for item in text.split(",") if item.strip()])
    if shape.is_container and not text.lstrip().startswith("{"):
        raise _UndecodableError(Message("environment.section", variable=name))
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise _UndecodableError(Message("environment.not_json")) from None
    return text
