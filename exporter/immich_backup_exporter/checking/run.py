"""Asks the running agent, else the state store; or looks itself."""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from immich_backup_exporter import __version__
from immich_backup_exporter.app import Agent, ServeOptions
from immich_backup_exporter.checks import findings
from immich_backup_exporter.config import load
from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import StoreError
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.findings import in_words
from immich_backup_exporter.presentation.verdict import verdict
from immich_backup_exporter.store import SqliteStore, copy_store, empty_store, is_held, is_own, open_store, written
from immich_backup_exporter.web.asking import NoAnswerError, RefusedError
from immich_backup_exporter.words import ENGLISH, Language

from .agent import AgentAddress, ask_agent
from .answers import Answer, NothingToAsk, Source, worst_first


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What the command line says."""

    config_file: str | None
    agent: AgentAddress
    fresh: bool
    environ: Mapping[str, str]
    language: Language = ENGLISH


_HOLDERS = {
    True: Message("check.held"),
    False: Message("check.not_held"),
    None: Message("check.holder_not_known"),
}


def check(options: CheckOptions, clock: Clock) -> Answer:
    """The answer of the agent, else of the state store. Raises ``NothingToAsk`` and ``ConfigurationError``."""
    settings = load(options.config_file, options.environ, now=clock.now())
    if options.fresh:
        return _look(options, settings, clock)
    try:
        return ask_agent(options.agent, settings, clock)
    except RefusedError as error:
        why: Message = Message("check.failed_to_ask", reason=error.message)
    except NoAnswerError as error:
        why = error.message
    return _recall(options, settings, clock, why)


def _recall(options: CheckOptions, settings: AgentSettings, clock: Clock, why: Message) -> Answer:
    """From what an agent wrote down, whether it still runs or not."""
    try:
        store = copy_store(settings.state_dir, clock)
    except StoreError as error:
        raise NothingToAsk(why, error.explanation, Message("check.start_agent")) from None
    try:
        state = asyncio.run(agent_on(options, settings, store, clock).look_once(fresh=False))
    finally:
        store.close()
    now, last = clock.now(), written(settings.state_dir)
    folder, holder = settings.state_dir, _HOLDERS[is_held(settings.state_dir)]
    if last is None:
        origin_sentence, age = Message("check.from_store", folder=folder, holder=holder), None
    else:
        age = now - last
        origin_sentence = Message("check.from_store_written", folder=folder, age=age, holder=holder)
    return _answer(options, Source.STORE, sentences(origin_sentence, why), age, replace(state, recalled=True), clock)


def _look(options: CheckOptions, settings: AgentSettings, clock: Clock) -> Answer:
    """By looking at everything now. What is learned is kept where the state is ours and no agent holds it."""
    with ExitStack() as cleanup:
        store, kept, remembers = _store_to_look_with(settings, clock)
        cleanup.callback(store.close)
        if not kept:
            # restic writes into its cache: not into an agent's, which may run as another user.
            settings = replace(settings, cache_dir=cleanup.enter_context(tempfile.TemporaryDirectory()))
        state = asyncio.run(agent_on(options, settings, store, clock, own_state=kept).look_once(fresh=True))
        origin_sentence = Message("check.kept") if kept else Message("check.not_kept")
        return _answer(options, Source.FRESH, origin_sentence, timedelta(0), replace(state, remembers=remembers), clock)


def _store_to_look_with(settings: AgentSettings, clock: Clock) -> tuple[SqliteStore, bool, bool]:
    """The store, whether it is kept, and whether looks remember what earlier ones learned."""
    if is_own(settings.state_dir):
        try:
            return open_store(settings.state_dir, clock), True, True
        except StoreError:
            pass  # held by an agent, or not to be written: then without it
    try:
        return copy_store(settings.state_dir, clock), False, True
    except StoreError:
        return empty_store(clock), False, False


def agent_on(
    options: CheckOptions, settings: AgentSettings, store: SqliteStore, clock: Clock, *, own_state: bool = False
) -> Agent:
    """An agent that never serves, on this store."""
    serve = ServeOptions(
        config_file=options.config_file,
        listen_addresses=(),
        web_config_file=None,
        enable_lifecycle=False,
        environ=options.environ,
        own_state=own_state,
    )
    return Agent(serve, settings, store, clock)


def _answer(
    options: CheckOptions, source: Source, origin: Message, age: timedelta | None, state: State, clock: Clock
) -> Answer:
    now = clock.now()
    found = findings(state, now)
    return Answer(
        source=source,
        origin=origin,
        age=age,
        time=now,
        version=__version__,
        findings=worst_first(in_words(finding, options.language) for finding in found),
        verdict=verdict(state, found, now),
    )
