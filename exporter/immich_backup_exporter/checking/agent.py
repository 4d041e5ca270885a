"""Asks the running agent for its findings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Argument, Message
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.presentation.findings import finding_of
from immich_backup_exporter.presentation.verdict import Verdict
from immich_backup_exporter.web.asking import NoAnswerError, Target, ask, basic_auth, targets

from .answers import Answer, NothingToAsk, Source, worst_first

_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAddress:
    """Where the agent listens, and as whom to ask it."""

    listen_addresses: Sequence[str]
    web_config_file: str | None = None
    user: str | None = None
    password_file: str | None = None


def ask_agent(address: AgentAddress, settings: AgentSettings, clock: Clock) -> Answer:
    """The agent's answer.

    Raises ``NoAnswerError`` where none could be had, ``NothingToAsk`` where it is another agent's than the
    configuration means, and ``ConfigurationError`` where the password cannot be read.
    """
    headers = _headers(address)
    where = targets(address.listen_addresses, address.web_config_file)
    for target in where:
        try:
            body = ask(target, "/api/v1/status", _TIMEOUT_SECONDS, Message("asking.this_command"), headers)
        except NoAnswerError:
            if target is where[-1]:
                raise
        else:
            return _answer(body, target, settings, clock)
    raise AssertionError("an agent has an address")


def _headers(address: AgentAddress) -> Mapping[str, str]:
    if address.user is None and address.password_file is None:
        return {}
    if address.user is None or address.password_file is None:
        raise ConfigurationError([Message("check.user_and_password_file")])
    try:
        with open(address.password_file, encoding="utf-8") as file:
            password = file.read(4096).rstrip("\r\n")
    except (OSError, ValueError):
        raise ConfigurationError([Message("check.password_file_unreadable", path=address.password_file)]) from None
    return basic_auth(address.user, password)


def _answer(body: bytes, target: Target, settings: AgentSettings, clock: Clock) -> Answer:
    try:
        status = json.loads(body)
        findings = worst_first(finding_of(fields) for fields in status["findings"])
        time = datetime.fromisoformat(status["time"])
        looks = [facts["last_poll"] for facts in status["repositories"].values()]
        version = str(status["version"])
        watched = _watched(status)
        verdict = Verdict(status["verdict"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NoAnswerError(Message("asking.other_version", url=target.url)) from None
    if watched != (declared := _declared(settings)):
        raise NothingToAsk(
            Message("check.another_configuration", url=target.url, watched=_names(watched), declared=_names(declared))
        )
    age = max((time - datetime.fromisoformat(look) for look in looks if look), default=None)
    return Answer(
        source=Source.AGENT,
        origin=_origin(target.url, age, looks),
        age=age,
        time=clock.now(),
        version=version,
        findings=findings,
        verdict=verdict,
    )


def _origin(url: str, age: timedelta | None, looks: Sequence[str | None]) -> Message:
    if not looks:
        return Message("check.agent_nothing", url=url)
    if None in looks:
        return Message("check.agent_not_all", url=url)
    return Message("check.agent_since", url=url, age=age)


def _watched(status: Mapping[str, object]) -> frozenset[str | Message]:
    """What the agent watches, by name."""
    repositories, jobs = status["repositories"], status["jobs"]
    if not isinstance(repositories, dict) or not isinstance(jobs, dict):
        raise TypeError("no names")
    plans = {f"{name}/{plan}" for name, facts in repositories.items() for plan in facts["plans"]}
    return frozenset({*repositories, *plans, *(Message("subjects.job", job=name) for name in jobs)})


def _declared(settings: AgentSettings) -> frozenset[str | Message]:
    plans = {f"{one.name}/{plan.name}" for one in settings.repositories for plan in one.plans}
    names = {one.name for one in settings.repositories}
    return frozenset({*names, *plans, *(Message("subjects.job", job=job.name) for job in settings.jobs)})


def _names(subjects: frozenset[str | Message]) -> Argument:
    """Repositories and plans, then jobs."""
    return tuple(sorted(subjects, key=repr)) or Message("check.nothing")
