"""Leaves a request for the agent: what there is now is meant."""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import ConfigurationError, StoreError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import AcceptRequest
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.store import is_held, leave_request

_PATIENCE_SECONDS = 20.0
"""An agent looks for requests every two seconds, and then once more at the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOptions:
    """What the command line says."""

    config_file: str | None
    plan: str | None
    """``PLAN`` or ``REPOSITORY/PLAN``; ``None``: the dumps."""
    reason: str
    environ: Mapping[str, str]


def accept(options: AcceptOptions, clock: Clock) -> Message:
    """Leave the request and wait a little for an agent to take it in. Returns what became of it.

    Raises ``ConfigurationError`` for what is not declared, ``StoreError`` where nothing can be left.
    """
    settings = load(options.config_file, options.environ, now=clock.now())
    repository, plan = _find(settings, options.plan) if options.plan is not None else _dumps(settings)
    request = AcceptRequest(time=clock.now(), reason=_clean(options.reason), repository=repository, plan=plan)
    subject = Message("subjects.plan", repository=repository, plan=plan) if plan else Message("subjects.the_dumps")
    try:
        path = leave_request(settings.state_dir, request, secrets.token_hex(16))
    except OSError as error:
        raise StoreError(
            Message("check.not_left", folder=settings.state_dir, error=error.strerror),
            Message("check.not_left_step"),
        ) from None
    if is_held(settings.state_dir) is False:
        return Message("check.accepted_for_start", subject=subject)
    if _gone_within(path, _PATIENCE_SECONDS):
        return Message("check.accepted_by_agent", subject=subject)
    return Message("check.accepted_for_later", subject=subject)


def _find(settings: AgentSettings, wanted: str) -> tuple[str, str]:
    plans = [(one.name, plan.name) for one in settings.repositories for plan in one.plans]
    found = [(repository, plan) for repository, plan in plans if wanted in (plan, f"{repository}/{plan}")]
    if len(found) == 1:
        return found[0]
    names = tuple(f"{repository}/{plan}" for repository, plan in (found or plans))
    if found:
        raise ConfigurationError([Message("check.plan_ambiguous", plan=wanted, known=names)])
    raise ConfigurationError([Message("check.plan_undeclared", plan=wanted, known=names or Message("check.nothing"))])


def _dumps(settings: AgentSettings) -> tuple[None, None]:
    if settings.dump is None:
        raise ConfigurationError([Message("check.no_dumps")])
    return None, None


def _clean(reason: str) -> str:
    """On one line, without what a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in reason).split())


def _gone_within(path: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while os.path.exists(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
