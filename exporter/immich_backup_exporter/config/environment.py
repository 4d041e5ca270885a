"""Reads ``IMMICH_BACKUP_*``, and restic's own variables where nothing else declares a repository."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .messages import Path, Problem, nearest
from .models import Settings
from .shape import Shape, below, keys_at, shape_of, variable_of
from .sources import Source
from .values import ALLOWED_RESTIC_VARIABLES

PREFIX = "IMMICH_BACKUP_"
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


def read_environment(environ: Mapping[str, str]) -> Source:
    """The settings in ``IMMICH_BACKUP_*``; an empty variable counts as not set, as compose files make them."""
    data: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    problems: list[Problem] = []
    names = sorted(name for name in environ if name.startswith(PREFIX) and not name.startswith(IGNORED_PREFIX))
    for name in names:
        try:
            path, shape = _locate(name)
        except LookupError:
            problems.append(Problem((name,), _unknown(name)))
            origins[(name,)] = name
            continue
        if not environ[name].strip():
            continue
        try:
            _put(data, path, _value(name, environ[name], shape))
        except ValueError as error:
            problems.append(Problem(path, str(error)))
        origins[path] = name
    return Source(data=data, origins=origins, problems=problems, shows_keys=False)


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
    origins: dict[Path, str] = {(*base, key): name for key, name in given.items()}
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
    for part in name.removeprefix(PREFIX).split("__"):
        shape = shape_of(annotation)
        key = part if shape.names_keep_case else part.lower()
        annotation = below(annotation, key) if key else None
        if annotation is None:
            raise LookupError(name)
        path.append(key)
    return tuple(path), shape_of(annotation)


def _unknown(name: str) -> str:
    if _INJECTED.fullmatch(name):
        return (
            "is not a setting; if Kubernetes injected it for a service, "
            "set `enableServiceLinks: false` in the pod, else remove it"
        )
    if (guess := _repaired(name) or _with_two_underscores(name)) is not None:
        return f"is not a setting; did you mean {guess}?"
    return (
        "is not a setting; levels are parted by two underscores, as in IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE"
    )


def _repaired(name: str) -> str | None:
    """The variable with each mistyped level set right; ``None`` where one is like nothing that there is."""
    path: list[str] = []
    for part in name.removeprefix(PREFIX).split("__"):
        known = keys_at(tuple(path))
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


def _value(name: str, text: str, shape: Shape) -> Any:
    """The text as what belongs there; ``ValueError`` with a sentence where it cannot be."""
    wants_json = text.lstrip().startswith("[") if shape.is_list else text.lstrip().startswith("{")
    if wants_json and (shape.is_list or shape.is_container):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            if not shape.is_value:
                raise ValueError("is not valid JSON; correct it or set the single keys") from None
    if shape.is_list and not shape.is_value:
        return [item.strip() for item in text.split(",") if item.strip()]
    if shape.is_container and not shape.is_value:
        raise ValueError(f"is a section; set its keys as {name}__KEY, or give JSON")
    return text


def _put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:  # names come sorted: JSON for a whole section is here before the keys inside it
        below_it = data.setdefault(part, {})
        if not isinstance(below_it, dict):  # JSON gave something else here: the more specific variable is right
            below_it = data[part] = {}
        data = below_it
    data[path[-1]] = value
