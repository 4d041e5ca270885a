"""A published state with a value for everything that can be known, for tests of what is made of it."""

from datetime import timedelta

from immich_backup_exporter.domain.contents import (
    ORIGINALS,
    CoverageCounts,
    CoverageRecord,
    FolderContents,
    MissingKind,
)
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.records import CheckRecord
from immich_backup_exporter.domain.repository import CommandCount, Independence, RepositorySize
from immich_backup_exporter.domain.runs import CheckScope, Outcome
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import (
    AgentFacts,
    ContentsFacts,
    CoverageFacts,
    DumpFacts,
    JobFacts,
    LockFacts,
    PlanFacts,
    RepositoryFacts,
    State,
)
from support.words import message

from .facts import NOW, dump_file, dump_settings, hours_ago, job, plan, repository, snapshot

AGENT = AgentFacts(
    version="1.2.3",
    revision="abc",
    state_created=hours_ago(500),
    state_write_failures=1,
    restic_version="0.18.0",
    reload_successful=True,
    reload_success=hours_ago(3),
)

FULL_CONTENTS = ContentsFacts(
    snapshot=snapshot(7, hours=10),
    folders={name: FolderContents(files=number, size_bytes=number * 100) for number, name in enumerate(FOLDERS, 1)},
    size_baselines={name: 150.5 for name in (*FOLDERS, ORIGINALS) if name != "backups"},
    required=dict.fromkeys(FOLDERS, False) | {"library": True, "backups": True},
    missing_paths=("/srv/immich-app/.env",),
    dumps=14,
    dump=dump_file(5),
    dump_valid=True,
)

FULL_COVERAGE = CoverageFacts(
    snapshot=snapshot(7, hours=10),
    record=CoverageRecord(
        dump="a dump",
        dump_time=hours_ago(11),
        answered=frozenset(),
        persistent={MissingKind.ORIGINAL: 3, MissingKind.SIDECAR: 1, MissingKind.PROFILE: 0},
        gone=2,
        persistent_gone=1,
    ),
    counts=CoverageCounts(
        assets=4711,
        external_proven=20,
        external_unproven=5,
        missing={MissingKind.ORIGINAL: 4, MissingKind.SIDECAR: 2, MissingKind.PROFILE: 1},
        regenerable_missing=6,
        unknown_files=7,
        settled_missing={},
    ),
    assets_baseline=4700.5,
)

FULL_PLAN = PlanFacts(
    settings=plan(
        min_history=timedelta(days=30),
        paused_until=hours_ago(-48),
        max_missing_assets=3,
        dump_max_age=timedelta(hours=26),
    ),
    expected_since=hours_ago(400),
    last_success=hours_ago(10),
    snapshots=30,
    newest=snapshot(7, hours=10, program_version="restic 0.18.0", added_bytes=77, duration_seconds=12.5),
    oldest=hours_ago(720),
    size_bytes=5000,
    files=50,
    size_delta_bytes=-20,
    files_delta=2,
    size_baseline_bytes=5020.5,
    files_baseline=48.0,
    snapshots_baseline=29.0,
    in_future=0,
    hosts=1,
    container_hosts=0,
    run_in_progress=False,
    contents=FULL_CONTENTS,
    coverage=FULL_COVERAGE,
    damaged=False,
    contents_unknown_since=hours_ago(9),
)

FULL_REPOSITORY = RepositoryFacts(
    settings=repository(check_max_age=timedelta(days=35), plans=(FULL_PLAN.settings,)),
    backend="local",
    expected_since=hours_ago(400),
    up=False,
    failure=FailureReason.WRONG_PASSWORD,
    failure_sentence=message("the password is wrong."),
    failure_next_step=message("Mend it."),
    last_poll=hours_ago(0.1),
    last_poll_success=hours_ago(1),
    last_open_success=hours_ago(2),
    poll_duration_seconds=0.25,
    polls=100,
    poll_failures=3,
    snapshots=31,
    unreadable_snapshots=2,
    locks=LockFacts(count=1, oldest=hours_ago(0.5)),
    size=RepositorySize(size_bytes=4000, uncompressed_size_bytes=9000),
    commands=(CommandCount(command="snapshots", outcome="success", count=4),),
    command_seconds={"snapshots": 2.5},
    plans=(FULL_PLAN,),
    independence=Independence(local=True, shares_library_disk=True, shares_id=False, shares_password=True),
    read_bytes=123456,
    read_cycle_oldest=hours_ago(300),
    checks={
        CheckScope.STRUCTURE: CheckRecord(time=hours_ago(30), success=True),
        CheckScope.DATA: CheckRecord(time=hours_ago(300), success=False),
    },
)

FULL_DUMP = DumpFacts(
    settings=dump_settings(paused_until=hours_ago(-48)),
    expected_since=hours_ago(400),
    routine=14,
    newest=dump_file(5, immich_version="3.1.0", name="immich-db-backup-20261123T020000-v3.1.0-pg14.19.sql.gz"),
    postgres_version="14.19",
    size_delta_bytes=3,
    size_baseline_bytes=497.0,
    valid=True,
    last_valid=hours_ago(10),
    unverified=0,
    unfinished=1,
    oldest_unfinished=hours_ago(4),
    in_future=0,
)

FULL_JOB = JobFacts(
    settings=job(max_age=timedelta(hours=26), max_duration=timedelta(hours=6), paused_until=hours_ago(-48)),
    expected_since=hours_ago(400),
    last_start=hours_ago(0.5),
    last_end=hours_ago(9.5),
    last_success=hours_ago(33.5),
    last_exit_code=3,
    last_duration_seconds=1800.0,
    last_unreadable_files=2,
    last_skipped_paths=1,
    last_unremoved_snapshots=0,
    last_skipped=True,
    last_outcome=Outcome.PARTIAL,
    last_success_snapshot_missing=False,
    running=True,
    running_since=hours_ago(0.5),
    counts={Outcome.SUCCESS: 30, Outcome.PARTIAL: 2, Outcome.CRASHED: 1},
)

FULL = State(
    settings=AgentSettings(offsite_required=True, upload_location="/srv/immich"),
    agent=AGENT,
    repositories=(FULL_REPOSITORY,),
    upload_folders={**dict.fromkeys(FOLDERS, True), "thumbs": False},
    dump=FULL_DUMP,
    jobs=(FULL_JOB,),
    spool_rejected=2,
)
"""Everything is known."""

EMPTY = State(
    settings=AgentSettings(upload_location="/srv/immich"),
    agent=AGENT,
    repositories=(
        RepositoryFacts(
            settings=repository(),
            backend="rest",
            expected_since=NOW,
            plans=(PlanFacts(settings=plan(), expected_since=NOW),),
        ),
    ),
    dump=DumpFacts(settings=dump_settings(), expected_since=NOW),
    jobs=(JobFacts(settings=job(), expected_since=NOW),),
)
"""The first moment: everything is declared and nothing is known."""
