"""What one key says about another: names that are referred to, keys that exclude each other, passwords.

Looks at the merged settings before they are validated, so that these problems are told together with all others;
whatever has the wrong form is left to the validation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .messages import Path, Problem, nearest, quoted
from .sources import LOCATIONS, PASSWORDS, TOKENS

DEFAULT_PLAN = "immich"
PARTS = frozenset(("originals", "database"))
"""What a plan can hold."""


def problems(data: Mapping[str, Any], *, password_keys: str) -> list[Problem]:
    """Everything that does not fit together; ``password_keys`` says where a password can be set."""
    repositories = _sections(data, "repositories")
    plans = {name: list(_sections(repository, "plans")) or [DEFAULT_PLAN] for name, repository in repositories.items()}
    defaults = _section(data, "defaults")
    found = [
        *_excluding(("defaults",), defaults, PASSWORDS),
        *_excluding(("push",), _section(data, "push"), TOKENS),
    ]
    has_default = any(key in defaults for key in PASSWORDS)
    for name, repository in repositories.items():
        found += _repository(("repositories", name), repository)
        if not has_default and not any(key in repository for key in PASSWORDS):
            found.append(Problem(("repositories", name), f"has no password; set {password_keys}"))
        for plan, settings in _sections(repository, "plans").items():
            path: Path = ("repositories", name, "plans", plan, "pair_with")
            found += _full_reference(path, settings.get("pair_with"), plans)
            found += _partner(path, settings, repositories)
    for kind in ("jobs", "drills"):
        for name, settings in _sections(data, kind).items():
            found += _pair((kind, name), settings, plans)
    external = _section(data, "immich").get("external")
    for index, mapping in enumerate(external if isinstance(external, list) else ()):
        if isinstance(mapping, Mapping):
            found += _loose_reference(("immich", "external", index, "plan"), mapping.get("plan"), plans)
    return found


def _section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _sections(data: Mapping[str, Any], key: str) -> dict[str, Mapping[str, Any]]:
    return {
        name: {} if value is None else value
        for name, value in _section(data, key).items()
        if value is None or isinstance(value, Mapping)
    }


def _excluding(path: Path, section: Mapping[str, Any], keys: Sequence[str]) -> Iterator[Problem]:
    given = [f"`{key}`" for key in keys if key in section]
    if len(given) > 1:
        yield Problem(path, f"{' and '.join(given)} exclude each other; keep one of them")


def _repository(path: Path, repository: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _excluding(path, repository, LOCATIONS)
    yield from _excluding(path, repository, PASSWORDS)
    if not any(key in repository for key in LOCATIONS):
        yield Problem(path, "does not say where the repository is; set `repository` or `repository_file`")


def _pair(path: Path, section: Mapping[str, Any], plans: Mapping[str, list[str]]) -> Iterator[Problem]:
    repository, plan = section.get("repository"), section.get("plan")
    if isinstance(repository, str) and repository not in plans:
        yield Problem((*path, "repository"), _not_declared(repository, "repository", list(plans)))
    elif isinstance(repository, str) and isinstance(plan, str) and plan not in plans[repository]:
        yield Problem((*path, "plan"), _not_declared(plan, f"plan of `{repository}`", plans[repository]))
    elif path[0] == "jobs" and repository is None and isinstance(plan, str):
        yield Problem((*path, "plan"), "belongs to no repository; set `repository` too")


def _full_reference(path: Path, value: object, plans: Mapping[str, list[str]]) -> Iterator[Problem]:
    full = [f"{repository}/{plan}" for repository, names in plans.items() for plan in names]
    if isinstance(value, str) and "/" in value and value not in full:
        yield Problem(path, _not_declared(value, "plan", full))


def _partner(
    path: Path, settings: Mapping[str, Any], repositories: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Two plans are a pair if one has what the other lacks; whoever holds both parts may be paired with any other."""
    value = settings.get("pair_with")
    if not isinstance(value, str) or "/" not in value:
        return
    repository, _, plan = value.partition("/")
    if (repository, plan) == (path[1], path[3]):
        yield Problem(path, f"{quoted(value)} is this very plan; name the plan that holds the other part")
        return
    partner = _sections(repositories.get(repository, {}), "plans").get(plan, {})
    for part in PARTS - _held(settings) - _held(partner):
        yield Problem(path, f"{quoted(value)} lacks the {part} as this plan does; name a plan that holds the {part}")


def _held(plan: Mapping[str, Any]) -> set[str]:
    """Both parts where a plan does not say which, or says it wrongly: that is told elsewhere."""
    held = plan.get("holds")
    if not isinstance(held, list) or not held or not all(isinstance(part, str) and part in PARTS for part in held):
        return set(PARTS)
    return set(held)


def _loose_reference(path: Path, value: object, plans: Mapping[str, list[str]]) -> Iterator[Problem]:
    names = sorted({plan for names in plans.values() for plan in names})
    if isinstance(value, str) and "/" in value:
        yield from _full_reference(path, value, plans)
    elif isinstance(value, str) and value not in names:
        yield Problem(path, _not_declared(value, "plan", names))


def _not_declared(value: str, what: str, known: Sequence[str]) -> str:
    if (guess := nearest(value, known)) is not None:
        return f"{quoted(value)} is no declared {what}; did you mean {guess}?"
    if known:
        return f"{quoted(value)} is no declared {what}; declared: {', '.join(known)}"
    return f"{quoted(value)} is no declared {what}; declare it under `repositories`"
