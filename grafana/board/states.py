"""What is well and what is not, as one number for each thing that is watched.

A state is 0 only where there is proof: a value that is known, and within the limit that is exported beside it. Whatever
fires goes before that. What is expected and has no value is unknown, so every row is built from the expected series.
"""

from dataclasses import dataclass

from immich_backup_exporter.checks import CHECKS
from immich_backup_exporter.domain.findings import About
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c
from immich_backup_exporter.metrics.catalog import Metric

from . import alerts
from .query import (
    IS_CRITICAL,
    IS_WARNING,
    NO_EXPORTER,
    NO_EXPORTER_FOR_LONG,
    ON_TARGET,
    RULES_LOADED,
    TARGET,
    age,
    firing,
    recently,
    series,
)
from .texts import Word

OK, WAITING, UNKNOWN, WARNING, UNWATCHED, CRITICAL = range(6)
"""The worse, the larger: the state of several things is the largest of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a state is shown: never by its colour alone."""

    colour: str
    icon: str
    word: Word
    answer: Word
    """To the question whether the photos are safe."""


LOOKS = {
    OK: Look(colour="green", icon="✔", word=Message("board.ok_word"), answer=Message("board.yes_answer")),
    WAITING: Look(colour="blue", icon="…", word=Message("board.waiting_word"), answer=Message("board.wait_answer")),
    UNKNOWN: Look(
        colour="purple", icon="?", word=Message("board.unknown_word"), answer=Message("board.unknown_answer")
    ),
    WARNING: Look(colour="orange", icon="▲", word=Message("board.look_word"), answer=Message("board.check_answer")),
    UNWATCHED: Look(
        colour="dark-red",
        icon="✖",
        word=Message("board.not_watched_word"),
        answer=Message("board.not_watched_answer"),
    ),
    CRITICAL: Look(colour="red", icon="✖", word=Message("board.bad_word"), answer=Message("board.no_answer")),
}
NOT_ASKED_FOR = Look(colour="#5f6368", icon="○", word=Message("board.not_asked_for_word"), answer="")


def _chain(labels: str, *steps: tuple[int, str]) -> str:
    """The state of each thing that has these labels: that of the first step that has it."""
    parts = [f"{state} * group by ({labels}) ({expression})" for state, expression in steps]
    return f"\nor on ({labels})\n".join(parts)


def _alerts(matchers: str) -> tuple[tuple[int, str], tuple[int, str]]:
    return (
        (CRITICAL, firing(matchers, IS_CRITICAL)),
        (WARNING, firing(matchers, IS_WARNING)),
    )


def expected(metric: Metric) -> str:
    """What is declared, by one of the expectation series; of an exporter that does not answer, what was a day ago."""
    return f"({series(metric)} or ({recently(metric)} unless {ON_TARGET} {series(c.BUILD_INFO)}))"


PAUSED = f"({series(c.PLAN_PAUSED_UNTIL)} > time())"
FRESH = f"({age(c.LAST_SUCCESS)} <= {series(c.PLAN_MAX_AGE)})"
LATE = f"({age(c.LAST_SUCCESS)} > {series(c.PLAN_MAX_AGE)} <= 2 * {series(c.PLAN_MAX_AGE)})"
OVERDUE = f"({age(c.LAST_SUCCESS)} > 2 * {series(c.PLAN_MAX_AGE)})"
AT_WORK = f"({series(c.PLAN_RUN_IN_PROGRESS)} == 1)"
FIRST = f"(({age(c.PLAN_EXPECTED_SINCE)} <= {series(c.PLAN_MAX_AGE)}) unless {series(c.LAST_SUCCESS)})"
MATCHES_NOTHING = (
    f"((({series(c.SNAPSHOTS)} == 0) and ignoring (plan) ({series(c.REPOSITORY_SNAPSHOTS)} > 0)) unless {PAUSED})"
)
EXCUSED = f"((({LATE} or {OVERDUE}) and {PAUSED}) or ({LATE} and {AT_WORK}))"

GOOD_DUMP = f"(({age(c.LAST_VALID_DUMP)} <= {series(c.DUMP_MAX_AGE)}) unless ({series(c.DUMP_VALID)} == 0))"
DUMPS_PAUSED = f"({series(c.DUMP_PAUSED_UNTIL)} > time())"
_FIRST_DUMP = f"(({age(c.DUMP_EXPECTED_SINCE)} <= {series(c.DUMP_MAX_AGE)}) unless {series(c.DUMP_TIMESTAMP)})"

OF_PLANS = 'plan!="", job_name=""'
OF_DUMPS = f'alertname=~"{alerts.PREFIX}Dump.+", repository=""'
_OF_DISKS = f'alertname="{alerts.name("UploadLocationMissing")}"'
_BUT_EXPORTERS = f'alertname!="{alerts.name("ExporterDown")}"'
_OF_NOTHING = (
    f'alertname!~"{alerts.PREFIX}Dump.+|{alerts.name("UploadLocationMissing")}|{alerts.name("ExporterDown")}", '
    'repository="", job_name=""'
)


def _away() -> str:
    """Out of reach for no longer than it may be, and for a reason that may mend itself; as the alerts have it."""
    patience, failure = series(c.REPOSITORY_UNREACHABLE_AFTER), c.REPOSITORY_FAILURE
    denied = series(failure, 'reason=~"wrong_password|unauthorized|permission"')
    gone = series(failure, 'reason="not_found"')
    return (
        f"((({age(c.REPOSITORY_LAST_POLL_SUCCESS)} <= {patience}) unless ignoring (reason) ({denied} == 1) "
        f"unless ignoring (reason) (({gone} == 1) and ignoring (reason) ({patience} <= 3600))) "
        f"and {series(c.REPOSITORY_UP)})"
    )


READABLE = f"and ignoring (plan) (({series(c.REPOSITORY_UP)} == 1) or {_away()})"
"""Of a plan: its repository can be read, so that what is known of its backups is worth something."""


def plans() -> str:
    """Of each plan: is there a complete backup that is fresh?"""
    return _chain(
        "job, instance, repository, plan",
        *_alerts(OF_PLANS),
        (OK, f"{FRESH} {READABLE}"),
        (UNKNOWN, FRESH),
        (WARNING, MATCHES_NOTHING),
        (WAITING, f"{EXCUSED} or {PAUSED} or {FIRST}"),
        (WARNING, f"{series(c.LAST_SUCCESS)} or {series(c.SNAPSHOTS)}"),
        (UNKNOWN, expected(c.PLAN_EXPECTED_SINCE)),
    )


_OF_CONTENTS = "|".join(alerts.name(check.name) for check in CHECKS if check.about is About.CONTENTS)
_LOOKED_INTO = (  # the newest one: where looking is turned off, what was known of an older one stays
    f"(({series(c.SNAPSHOT_INSPECTED)} >= {series(c.SNAPSHOT_TIMESTAMP)}) unless {series(c.CONTENTS_UNKNOWN_SINCE)})"
)
_YET_TO_LOOK = f"({age(c.CONTENTS_UNKNOWN_SINCE)} <= {series(c.INSPECTION_MAX_LAG)})"


def _incomplete() -> str:
    """What a snapshot lacks, by the same facts as the alerts, which take some minutes to fire."""
    lost, gone = series(c.COVERAGE_PERSISTENT_ASSETS), series(c.COVERAGE_PERSISTENT_GONE_ASSETS)
    by = "job, instance, repository, plan"
    database = series(c.PLAN_HOLDS, 'part="database"')
    parts = (
        f"((max by ({by}) ({series(c.SNAPSHOT_FOLDER_FILES)} == 0 and {series(c.SNAPSHOT_FOLDER_REQUIRED)} == 1)))",
        f"({series(c.SNAPSHOT_DUMP_VALID)} == 0)",
        f"({series(c.SNAPSHOT_DUMPS)} == 0 and ignoring (part) {database} == 1)",
        f"({lost} - ({gone} or 0 * {lost}) > {series(c.PLAN_MAX_MISSING_ASSETS)})",
        f"({gone} > {series(c.COVERAGE_ACCEPTED_GONE_ASSETS)})",
        f"({series(c.SNAPSHOT_DUMP_TIMESTAMP)} > {series(c.SNAPSHOT_INSPECTED)})",
        f"({series(c.SNAPSHOT_REQUIRED_PATHS_MISSING)} > 0)",
        f"({series(c.SNAPSHOT_DAMAGED)} == 1)",
    )
    return f"({' or '.join(parts)})"


def contents() -> str:
    """Of each plan: would its newest snapshot bring back what it holds? Only where somebody looked into it."""
    whole = f"({_LOOKED_INTO} unless {_incomplete()})"
    return _chain(
        "job, instance, repository, plan",
        *_alerts(f'plan!="", alertname=~"{_OF_CONTENTS}"'),
        (OK, f"{whole} {READABLE}"),
        (UNKNOWN, whole),
        (WARNING, _incomplete()),
        (WAITING, f"{PAUSED} or {_YET_TO_LOOK} or {FIRST}"),
        (UNKNOWN, expected(c.PLAN_EXPECTED_SINCE)),
    )


def repositories() -> str:
    """Of each repository: can it be read? One that may be out of reach for as long as it is, is waited for."""
    return _chain(
        "job, instance, repository",
        *_alerts('repository!="", plan="", job_name=""'),
        (OK, f"{series(c.REPOSITORY_UP)} == 1"),
        (WAITING, _away()),
        (WARNING, series(c.REPOSITORY_UP)),
        (UNKNOWN, expected(c.REPOSITORY_EXPECTED_SINCE)),
    )


def dumps() -> str:
    """Is there a dump that is whole and fresh? Only where dumps are expected."""
    return _chain(
        "job, instance",
        *_alerts(OF_DUMPS),
        (OK, GOOD_DUMP),
        (WAITING, f"{DUMPS_PAUSED} or {_FIRST_DUMP}"),
        (WARNING, f"({series(c.DUMP_VALID)} == 0) or {series(c.LAST_VALID_DUMP)}"),
        (UNKNOWN, expected(c.DUMP_EXPECTED_SINCE)),
    )


def disks() -> str:
    """Are the folders of the library there? Only where the agent sees them."""
    there = series(c.UPLOAD_LOCATION_UP)
    return _chain(
        "job, instance",
        *_alerts(_OF_DISKS),
        (WARNING, f"{there} == 0"),
        (OK, there),
        (UNKNOWN, recently(c.UPLOAD_LOCATION_UP, "1h")),
    )


def jobs() -> str:
    """Of each job: how did its last run end? A partial one that may be so fires nothing."""
    outcome, well, tried = c.JOB_LAST_OUTCOME, 'outcome=~"success|partial|interrupted"', 'outcome!="skipped"'
    return _chain(
        "job, instance, job_name",
        *_alerts('job_name!=""'),
        (OK, f"{series(outcome, well)} == 1"),
        (WARNING, f"{series(outcome, tried)} == 1"),
        (WAITING, series(c.JOB_EXPECTED_SINCE)),
        (UNKNOWN, expected(c.JOB_EXPECTED_SINCE)),
    )


def exporters() -> str:
    """Of each exporter: does it answer? One that does not is missed for as long as its alert fires, or for a day."""
    return _chain(
        "job, instance",
        (UNWATCHED, firing(f'alertname="{alerts.name("ExporterDown")}"')),
        (UNWATCHED, f"{recently(c.BUILD_INFO)} unless on (job) up{{{TARGET}}}"),
        *_alerts(_OF_NOTHING),
        (OK, series(c.BUILD_INFO)),
        (UNKNOWN, recently(c.BUILD_INFO)),
    )


def everything(*, now: bool) -> str:
    """The verdict: the worst of all of them, of whatever fires, and of there being nothing to go by.

    A repository that is waited for and a job that never ran say nothing about the backups, which have their own rows.
    ``now``: also whether the rules are loaded, which only the present can tell.
    """
    rows = {
        "plan": plans(),
        "repository": f"(\n{repositories()}\n) > {WAITING}",
        "dumps": dumps(),
        "disks": disks(),
        "job": f"(\n{jobs()}\n) > {WAITING}",
        "exporter": exporters(),
    }
    # `or` takes what has the same labels for the same thing: the name of the row keeps them apart.
    named = [f'label_replace(\n{row}\n, "row", "{name}", "", "")' for name, row in rows.items()]
    # These have no labels, so the first that is there counts: from the worst down.
    whole = [
        f"{CRITICAL} * max({firing(_BUT_EXPORTERS, IS_CRITICAL)})",
        f"{UNWATCHED} * {NO_EXPORTER_FOR_LONG}",
        f"{WARNING} * max({firing(IS_WARNING)})",
        f"{UNKNOWN} * {NO_EXPORTER}",
    ]
    if now:
        whole.append(f"{UNKNOWN} * (vector(1) unless on () ({RULES_LOADED}))")
    return "max(\n" + "\nor\n".join((*named, *whole)) + "\n)"
