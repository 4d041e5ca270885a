"""A state in which nothing is wrong, in pieces, and what one check says of a state."""

from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.checks.check import Check
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import (
    AgentFacts,
    DumpFacts,
    JobFacts,
    LockFacts,
    PlanFacts,
    RepositoryFacts,
    State,
)
from immich_backup_exporter.presentation.findings import FindingInWords, in_words
from immich_backup_exporter.words import ENGLISH

from .facts import NOW, dump_file, dump_settings, hours_ago, job, plan, repository, snapshot

PAUSE = hours_ago(-1)
"""Until an hour from NOW."""

PLAN = PlanFacts(
    settings=plan(),
    expected_since=hours_ago(400),
    last_success=hours_ago(10),
    snapshots=30,
    newest=snapshot(7, hours=10),
    oldest=hours_ago(720),
    size_bytes=1000,
    files=100,
    size_baseline_bytes=1000.0,
    files_baseline=100.0,
    snapshots_baseline=30.0,
    in_future=0,
    hosts=1,
    run_in_progress=False,
)

REPOSITORY = RepositoryFacts(
    settings=repository(),
    backend="local",
    expected_since=hours_ago(400),
    up=True,
    last_poll=hours_ago(0.05),
    last_poll_success=hours_ago(0.05),
    last_open_success=hours_ago(2),
    snapshots=30,
    locks=LockFacts(count=0),
    plans=(PLAN,),
)

DUMP = DumpFacts(
    settings=dump_settings(),
    expected_since=hours_ago(400),
    routine=14,
    newest=dump_file(5, hours=10, size_bytes=500),
    size_baseline_bytes=500.0,
    valid=True,
    last_valid=hours_ago(10),
    unverified=0,
    unfinished=0,
    in_future=0,
)

JOB = JobFacts(
    settings=job(max_age=timedelta(hours=26), max_duration=timedelta(hours=6)),
    expected_since=hours_ago(400),
    last_start=hours_ago(10),
    last_end=hours_ago(9.5),
    last_success=hours_ago(9.5),
    last_exit_code=0,
    last_outcome=Outcome.SUCCESS,
    last_success_snapshot_missing=False,
)

AGENT = AgentFacts(
    version="1.2.3",
    revision="abc",
    state_created=hours_ago(500),
    reload_success=hours_ago(30),
    starts=(hours_ago(300), hours_ago(30)),
)

STATE = State(
    settings=AgentSettings(upload_location="/srv/immich"),
    agent=AGENT,
    repositories=(REPOSITORY,),
    upload_folders=dict.fromkeys(FOLDERS, True),
    dump=DUMP,
    jobs=(JOB,),
)


def with_agent(**changed: object) -> State:
    return replace(STATE, agent=replace(AGENT, **changed))  # type: ignore[arg-type]


def with_repository(settings: dict[str, object] | None = None, **changed: object) -> State:
    facts = replace(REPOSITORY, **changed)  # type: ignore[arg-type]
    return replace(STATE, repositories=(replace(facts, settings=replace(facts.settings, **(settings or {}))),))  # type: ignore[arg-type]


def with_plan(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    """The state with its one plan changed."""
    facts = replace(PLAN, **changed)  # type: ignore[arg-type]
    facts = replace(facts, settings=replace(facts.settings, **(settings or {})))  # type: ignore[arg-type]
    return replace(state, repositories=(replace(state.repositories[0], plans=(facts,)),))


def with_dump(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    facts = replace(DUMP, **changed)  # type: ignore[arg-type]
    return replace(state, dump=replace(facts, settings=replace(facts.settings, **(settings or {}))))  # type: ignore[arg-type]


def with_job(settings: dict[str, object] | None = None, state: State = STATE, **changed: object) -> State:
    facts = replace(JOB, **changed)  # type: ignore[arg-type]
    return replace(state, jobs=(replace(facts, settings=replace(facts.settings, **(settings or {}))),))  # type: ignore[arg-type]


def without_folder(name: str, state: State = STATE) -> State:
    return replace(state, upload_folders={**dict.fromkeys(FOLDERS, True), name: False})


def found(check: Check, state: State, now: datetime = NOW) -> FindingInWords:
    """The one finding of a check, in English."""
    (finding,) = check.find(state, now)
    return in_words(finding, ENGLISH)


def severity(check: Check, state: State, now: datetime = NOW) -> str:
    """How bad the one finding of a check is."""
    return found(check, state, now).severity.value


def silent(check: Check, state: State, now: datetime = NOW) -> bool:
    """Whether a check says nothing at all, because another one explains it or there is nothing to say."""
    return not list(check.find(state, now))
