"""What one key says about another: names that are referred to, keys that exclude each other, passwords.

Looks at the merged settings before they are validated, so that these problems are told together with all others;
validation deals with what has the wrong form.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from immich_backup_exporter.domain.messages import Message

from .messages import Path, Problem, nearest, quoted
from .sources import LOCATIONS, PASSWORDS, TOKENS

DEFAULT_PLAN = "immich"
PARTS = frozenset(("originals", "database"))
"""What a plan can hold."""


def problems(data: Mapping[str, Any], *, no_password: Message) -> list[Problem]:
    """Everything that does not fit together; ``no_password`` is said of a repository without a password."""
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
            found.append(Problem(("repositories", name), no_password))
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
    given = tuple(f"`{key}`" for key in keys if key in section)
    if len(given) > 1:
        yield Problem(path, Message("config.excluding", keys=given))


def _repository(path: Path, repository: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _excluding(path, repository, LOCATIONS)
    yield from _excluding(path, repository, PASSWORDS)
    if not any(key in repository for key in LOCATIONS):
        yield Problem(path, Message("config.no_location"))


def _pair(path: Path, section: Mapping[str, Any], plans: Mapping[str, list[str]]) -> Iterator[Problem]:
    repository, plan = section.get("repository"), section.get("plan")
    if isinstance(repository, str) and repository not in plans:
        yield Problem((*path, "repository"), _not_declared(repository, Message("config.a_repository"), list(plans)))
    elif isinstance(repository, str) and isinstance(plan, str) and plan not in plans[repository]:
        what = Message("config.a_plan_of", repository=repository)
        yield Problem((*path, "plan"), _not_declared(plan, what, plans[repository]))
    elif path[0] == "jobs" and repository is None and isinstance(plan, str):
        yield Problem((*path, "plan"), Message("config.plan_without_repository"))


def _full_reference(path: Path, value: object, plans: Mapping[str, list[str]]) -> Iterator[Problem]:
    full = [f"{repository}/{plan}" for repository, names in plans.items() for plan in names]
    if isinstance(value, str) and "/" in value and value not in full:
        yield Problem(path, _not_declared(value, Message("config.a_plan"), full))


def _partner(
    path: Path, settings: Mapping[str, Any], repositories: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Two plans are a pair if one has what the other lacks; a plan with both parts may be paired with any other."""
    value = settings.get("pair_with")
    if not isinstance(value, str) or "/" not in value:
        return
    repository, _, plan = value.partition("/")
    if (repository, plan) == (path[1], path[3]):
        yield Problem(path, Message("config.paired_with_itself", plan=quoted(value)))
        return
    partner = _sections(repositories.get(repository, {}), "plans").get(plan, {})
    for part in PARTS - _held(settings) - _held(partner):
        yield Problem(path, Message("config.partner_lacks_too", plan=quoted(value), part=part))


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
        yield Problem(path, _not_declared(value, Message("config.a_plan"), names))


def _not_declared(value: str, what: Message, known: Sequence[str]) -> Message:
    if (guess := nearest(value, known)) is not None:
        return Message("config.mistyped_name", name=quoted(value), what=what, guess=guess)
    if known:
        return Message("config.undeclared", name=quoted(value), what=what, declared=tuple(known))
    return Message("config.nothing_declared", name=quoted(value), what=what)
