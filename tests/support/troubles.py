"""States in which, taken together, every check speaks, and says what is wrong."""

from dataclasses import replace
from datetime import timedelta

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.records import Acceptance, CheckRecord
from immich_backup_exporter.domain.repository import Independence, RepositorySize
from immich_backup_exporter.domain.runs import CheckScope, Outcome
from immich_backup_exporter.domain.settings import AgentSettings, InspectSettings, JobKind
from immich_backup_exporter.domain.state import LockFacts, State

from .facts import NOW, hours_ago
from .healthy import PAUSE, STATE, with_agent, with_dump, with_job, with_plan, with_repository, without_folder
from .insides import with_contents, with_coverage, with_folders
from .states import EMPTY, FULL

_ALONE = Independence(local=True, shares_library_disk=False, shares_id=False, shares_password=False)
_ACCEPTED = Acceptance(time=hours_ago(20), since=hours_ago(20), reason="7")

_FULL = replace(FULL, repositories=(replace(FULL.repositories[0], failure_sentence=None, failure_next_step=None),))
"""Without the prose of its source."""

PLANS = (
    with_plan(last_success=hours_ago(30)),
    with_plan(last_success=hours_ago(30), run_in_progress=True),
    with_plan(last_success=hours_ago(70)),
    with_plan({"paused_until": PAUSE}),
    with_plan(last_success=None, snapshots=0, newest=None),
    with_plan(last_success=None, snapshots=0, newest=None, snapshots_baseline=None, expected_since=hours_ago(1)),
    with_plan(last_success=None, snapshots=None, newest=None, expected_since=hours_ago(1)),
    with_plan(size_bytes=100, sizes=(1000, 100)),
    with_plan(size_bytes=None, files=None),
    with_plan(size_baseline_bytes=None, files_baseline=None, snapshots_baseline=None),
    with_plan(accepted=_ACCEPTED),
    with_plan(snapshots=3),
    with_plan(in_future=2, hosts=2),
    with_plan({"min_history": timedelta(days=90)}, oldest=hours_ago(9), expected_since=hours_ago(9000)),
    with_plan(damaged=True, contents_unknown_since=hours_ago(30)),
    with_plan(contents_unknown_since=hours_ago(30)),
)
CONTENTS = (
    with_contents(),
    with_folders(library=0, upload=0),
    with_folders(profile=0),
    with_folders(library=1, upload=1),
    with_contents(dumps=0, dump=None),
    with_contents({"dump_max_age": timedelta(minutes=5)}),
    with_contents(dump_valid=False),
    with_contents({"required_paths": ("/9",)}, missing_paths=("/9",)),
    with_contents({"required_paths": ("/9",)}),
    with_coverage(record={"persistent": {MissingKind.ORIGINAL: 5}}),
    with_coverage(counts={"missing": {MissingKind.ORIGINAL: 5}}),
    with_coverage(record={"persistent_gone": 2}),
    with_coverage(counts={"assets": 100, "external_unproven": 5}),
    with_coverage(counts={"external_proven": 5}),
    with_coverage(record={"dump_time": hours_ago(9)}),
)
REPOSITORIES = (
    with_repository(up=False, failure=FailureReason.TIMEOUT),
    with_repository(up=False, failure=FailureReason.TIMEOUT, last_poll_success=hours_ago(1.5)),
    with_repository(up=False, failure=FailureReason.TIMEOUT, last_poll_success=hours_ago(300)),
    with_repository(up=False, failure=FailureReason.WRONG_PASSWORD),
    with_repository(up=False, failure=FailureReason.NOT_FOUND),
    with_repository({"unreachable_after": timedelta(days=8)}, up=False, failure=FailureReason.NOT_FOUND),
    with_repository(up=None, last_poll_success=None, expected_since=NOW),
    with_repository(up=False, last_poll_success=None, expected_since=NOW),
    with_repository(locks=LockFacts(count=1, oldest=hours_ago(3))),
    with_repository(locks=LockFacts(count=1, oldest=hours_ago(0.1))),
    with_repository(
        {"offsite": True}, independence=_ALONE, size=RepositorySize(size_bytes=9, uncompressed_size_bytes=9)
    ),
    with_repository(
        independence=Independence(local=True, shares_library_disk=True, shares_id=True, shares_password=True)
    ),
    with_repository({"check_max_age": timedelta(days=1)}),
    with_repository(
        {"check_max_age": timedelta(days=1)},
        checks={
            CheckScope.STRUCTURE: CheckRecord(time=hours_ago(30), success=False),
            CheckScope.DATA: CheckRecord(time=hours_ago(30), success=True),
        },
    ),
    with_repository({"inspect": InspectSettings(enabled=False)}),
    replace(STATE, settings=AgentSettings(offsite_required=True), dump=None, upload_folders=None, jobs=()),
    replace(STATE, repositories=()),
)
DUMPS = (
    with_dump(last_valid=hours_ago(40)),
    with_dump(last_valid=None, valid=None),
    with_dump({"paused_until": PAUSE}),
    with_dump(newest=None, routine=0, valid=None, last_valid=None),
    with_dump(newest=None, routine=None, valid=None, last_valid=None, expected_since=NOW),
    with_dump(newest=None, routine=None, valid=None, last_valid=None, expected_since=NOW, out_of_sight=True),
    with_dump(out_of_sight=True),
    with_dump(valid=False),
    with_dump(size_baseline_bytes=5000.0, sizes=(5000, 500)),
    with_dump(size_baseline_bytes=None),
    with_dump(unverified=1),
    with_dump(unfinished=1, oldest_unfinished=hours_ago(4)),
    with_dump(unfinished=1, oldest_unfinished=hours_ago(0.1)),
    without_folder("library"),
    replace(STATE, upload_folders=None),
)
JOBS = (
    *(with_job(last_outcome=outcome, consecutive_failures=2, last_unreadable_files=3) for outcome in Outcome),
    *(with_job({"kind": kind}) for kind in JobKind),
    with_job({"paused_until": PAUSE}),
    with_job(last_outcome=None, last_end=None),
    with_job(last_outcome=None, last_end=None, running=True, running_since=hours_ago(1)),
    with_job(last_success_snapshot_missing=True),
    with_job(last_success_snapshot_missing=None),
    with_job({"repository": None, "plan": None}, last_end=hours_ago(30)),
    with_job({"repository": None, "plan": None}, last_end=None),
    with_job(last_end=hours_ago(30), running_since=hours_ago(7)),
    with_job(durations=(60.0, 120.0), last_duration_seconds=120.0),
)
AGENTS = (
    with_agent(reload_successful=False),
    with_agent(state_failing_since=hours_ago(1)),
    with_agent(state_failing_since=hours_ago(0.1)),
    with_agent(starts=tuple(hours_ago(0.1 * number) for number in (6, 5, 4, 3, 2, 1))),
)
STATES: tuple[State, ...] = (STATE, EMPTY, _FULL, *PLANS, *CONTENTS, *REPOSITORIES, *DUMPS, *JOBS, *AGENTS)
