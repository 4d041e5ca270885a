"""The upper part: to be read from four metres in two seconds, on one screen of 1920x1080 without scrolling."""

from collections.abc import Iterator

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from . import alerts, states
from .details.placing import JOB, PLAN, REPOSITORY
from .panels import About, Panel, Tile, shares, tiles, timeline, verdict
from .query import (
    IS_CRITICAL,
    IS_INFO,
    IS_WARNING,
    NO_EXPORTER,
    NO_EXPORTER_FOR_LONG,
    ON_TARGET,
    RULES_LOADED,
    age,
    firing,
    recently,
    series,
)
from .states import (
    AT_WORK,
    CRITICAL,
    DUMPS_PAUSED,
    EXCUSED,
    FIRST,
    FRESH,
    GOOD_DUMP,
    LATE,
    LOOKS,
    NOT_ASKED_FOR,
    OF_DUMPS,
    OF_PLANS,
    OK,
    OVERDUE,
    PAUSED,
    READABLE,
    UNKNOWN,
    UNWATCHED,
    WAITING,
    WARNING,
)

_BUILD = series(c.BUILD_INFO)
_NO_PLAN_KNOWN = (
    f"{states.expected(c.PLAN_EXPECTED_SINCE)} unless on (job, instance, repository, plan) {series(c.LAST_SUCCESS)}"
)

HEIGHT = 22
"""In units of Grafana's grid: of 30 pixels, with 8 between two. What is left of 1080 is Grafana's own bars."""


def wall() -> Iterator[tuple[Panel, tuple[int, int, int, int]]]:
    """The panels, and where they are: x, y, width, height."""
    yield _verdict(), (0, 0, 10, 8)
    yield _firing(), (10, 0, 14, 8)
    yield _ages(), (0, 8, 8, 6)
    yield _shares(), (8, 8, 6, 6)
    yield _dump(), (14, 8, 5, 6)
    yield _offsite(), (19, 8, 5, 6)
    yield _history(), (0, 14, 24, 8)


def _verdict() -> Panel:
    return verdict(
        About(
            title=Message("board.are_the_photos_safe"),
            description=Message("board.are_the_photos_safe_help"),
            runbooks=("ExporterDown",),
        ),
        states.everything(now=True),
    )


def _firing() -> Panel:
    def named(matcher: str) -> str:
        return (
            "max by (alertname, alert, repository, plan, job_name) "
            f'(label_replace({firing(matcher)}, "alert", "$1", "alertname", "{alerts.PREFIX}(.+)"))'
        )

    down = firing(f'alertname="{alerts.name("ExporterDown")}"')
    loud = firing('severity=~"critical|warning|info"')
    name = "{{alert}} {{repository}} {{plan}} {{job_name}}"
    runbook = alerts.runbook_of("${__field.labels.alertname}")
    return tiles(
        About(
            title=Message("board.what_is_firing"),
            description=Message("board.what_is_firing_help"),
        ),
        "none",
        Tile(ref="CRITICAL", look=LOOKS[CRITICAL], expression=named(IS_CRITICAL), name=name, link=runbook),
        Tile(
            ref="GONE",
            look=LOOKS[UNWATCHED],
            expression=NO_EXPORTER_FOR_LONG,
            name=Message("board.no_exporter_answers"),
            link=alerts.runbook("ExporterDown"),
        ),
        Tile(ref="WARNING", look=LOOKS[WARNING], expression=named(IS_WARNING), name=name, link=runbook),
        Tile(ref="INFO", look=LOOKS[WAITING], expression=named(IS_INFO), name=name, link=runbook),
        Tile(
            ref="NOT_LOADED",
            look=LOOKS[UNKNOWN],
            expression=f"vector(0) unless on () ({RULES_LOADED})",
            name=Message("board.the_alert_rules_are_not_loaded"),
        ),
        Tile(
            ref="NO_ANSWER",
            look=LOOKS[UNKNOWN],
            expression=f"{NO_EXPORTER} unless on () {NO_EXPORTER_FOR_LONG} unless on () {down}",
            name=Message("board.the_exporter_does_not_answer"),
        ),
        Tile(
            ref="NONE",
            look=LOOKS[OK],
            expression=f"((vector(0) and on () ({RULES_LOADED})) and on () {_BUILD}) unless on () {loud}",
            name=Message("board.nothing"),
        ),
        names_only=True,
    )


def _by_age(among: str = "") -> tuple[Tile, ...]:
    """Tiles of plans by the age of the newest complete backup; ``among``: a condition that is added to each."""
    by = "on (job, instance, repository, plan)"
    bad = f"{by} {firing(OF_PLANS, IS_CRITICAL)}"
    odd = f"{by} {firing(OF_PLANS, IS_WARNING)}"
    declared, known = states.expected(c.PLAN_EXPECTED_SINCE), series(c.LAST_SUCCESS)
    return (
        Tile(
            ref="OVERDUE",
            look=LOOKS[CRITICAL],
            expression=f"({OVERDUE} unless {PAUSED}) {among}",
            name=Message("board.overdue", plan=PLAN),
        ),
        Tile(
            ref="BAD",
            look=LOOKS[CRITICAL],
            expression=f"({FRESH} and {bad}) {among}",
            name=Message("board.bad", plan=PLAN),
        ),
        Tile(
            ref="LATE",
            look=LOOKS[WARNING],
            expression=f"({LATE} unless {PAUSED} unless {AT_WORK}) {among}",
            name=Message("board.late", plan=PLAN),
        ),
        Tile(
            ref="ODD",
            look=LOOKS[WARNING],
            expression=f"({FRESH} and {odd} unless {bad}) {among}",
            name=Message("board.look", plan=PLAN),
        ),
        Tile(
            ref="UNREADABLE",
            look=LOOKS[UNKNOWN],
            expression=f"(({FRESH} unless {bad} unless {odd}) unless ({FRESH} {READABLE})) {among}",
            name=Message("board.not_readable", plan=PLAN),
        ),
        Tile(
            ref="UNKNOWN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * ({declared} unless {by} {known} unless {by} {FIRST}) {among}",
            name=PLAN,
            text=Message("board.unknown"),
        ),
        Tile(
            ref="FIRST",
            look=LOOKS[WAITING],
            expression=f"0 * {FIRST} {among}",
            name=Message("board.not_due", plan=PLAN),
            text=Message("board.none_yet_text"),
        ),
        Tile(
            ref="EXCUSED",
            look=LOOKS[WAITING],
            expression=f"{EXCUSED} {among}",
            name=Message("board.excused", plan=PLAN),
        ),
        Tile(
            ref="FRESH",
            look=LOOKS[OK],
            expression=f"(({FRESH} unless {bad} unless {odd}) {READABLE}) {among}",
            name=PLAN,
        ),
    )


def _ages() -> Panel:
    return tiles(
        About(
            title=Message("board.newest_complete_backup"),
            description=Message("board.newest_complete_backup_help"),
            runbooks=("Stale", "NeverSucceeded"),
        ),
        "s",
        *_by_age(),
        Tile(
            ref="NO_PLAN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * absent_over_time({series(c.PLAN_EXPECTED_SINCE)}[1d])",
            name=Message("board.no_plan_is_watched"),
            text=Message("board.none"),
        ),
    )


def _shares() -> Panel:
    return shares(
        About(
            title=Message("board.age_in_of_its_limit"),
            description=Message("board.age_in_of_its_limit_help"),
            runbooks=("Stale",),
        ),
        f"({age(c.LAST_SUCCESS)}) / {series(c.PLAN_MAX_AGE)}",
        f"0 * ({_NO_PLAN_KNOWN})",
        PLAN,
    )


def _dump() -> Panel:
    good, any_dump = c.LAST_VALID_DUMP, series(c.DUMP_TIMESTAMP)
    damaged = f"({series(c.DUMP_VALID)} == 0)"
    odd = f"{ON_TARGET} {firing(OF_DUMPS)}"
    old = f"(time() - ({series(good)} or {any_dump}) > {series(c.DUMP_MAX_AGE)})"
    expected = f"({series(c.DUMP_EXPECTED_SINCE)} or ({recently(c.DUMP_EXPECTED_SINCE)} unless {ON_TARGET} {_BUILD}))"
    return tiles(
        About(
            title=Message("board.newest_good_database_dump"),
            description=Message("board.newest_good_database_dump_help"),
            runbooks=("DumpStale", "DumpInvalid", "DumpMissing"),
        ),
        "s",
        Tile(
            ref="DAMAGED",
            look=LOOKS[CRITICAL],
            expression=f"({age(good)}) and {damaged}",
            name=Message("board.newest_is_damaged_last_good"),
        ),
        Tile(
            ref="NO_GOOD",
            look=LOOKS[CRITICAL],
            expression=f"(0 * {damaged}) unless {series(good)}",
            name=Message("board.newest_is_damaged"),
            text=Message("board.none_good"),
        ),
        Tile(
            ref="STALE",
            look=LOOKS[CRITICAL],
            expression=f"{old} unless {damaged} unless {DUMPS_PAUSED}",
            name=Message("board.too_old"),
        ),
        Tile(
            ref="PAUSED",
            look=LOOKS[WAITING],
            expression=f"({old} unless {damaged}) and {DUMPS_PAUSED}",
            name=Message("board.paused"),
        ),
        Tile(
            ref="UNVERIFIED",
            look=LOOKS[UNKNOWN],
            expression=f"({age(c.DUMP_TIMESTAMP)} <= {series(c.DUMP_MAX_AGE)}) unless {series(good)} unless {damaged}",
            name=Message("board.not_verified"),
        ),
        Tile(
            ref="UNKNOWN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * ({expected} unless on (job, instance) ({any_dump} or {series(good)}))",
            name=Message("board.database_dump"),
            text=Message("board.unknown"),
        ),
        Tile(
            ref="ODD",
            look=LOOKS[WARNING],
            expression=f"{GOOD_DUMP} and {odd}",
            name=Message("board.whole_but_look"),
        ),
        Tile(ref="GOOD", look=LOOKS[OK], expression=f"{GOOD_DUMP} unless {odd}", name=Message("board.line_whole")),
        Tile(
            ref="NOT_ASKED_FOR",
            look=NOT_ASKED_FOR,
            expression=f"0 * ({_BUILD} unless {ON_TARGET} {series(c.DUMP_EXPECTED_SINCE)})",
            name=Message("board.not_watched_here"),
            text=Message("board.none"),
        ),
        Tile(
            ref="NO_EXPORTER",
            look=LOOKS[UNKNOWN],
            expression=f"0 * {NO_EXPORTER} unless on () {expected}",
            name=Message("board.no_exporter"),
            text=Message("board.unknown"),
        ),
    )


def _offsite() -> Panel:
    none = f"max by (job, instance) ({series(c.REPOSITORY_OFFSITE)}) == 0"
    required = f"{ON_TARGET} ({series(c.OFFSITE_REQUIRED)} == 1)"
    return tiles(
        About(
            title=Message("board.off_site_copy"),
            description=Message("board.off_site_copy_help"),
            runbooks=("NoOffsiteCopy", "Stale"),
        ),
        "s",
        *_by_age(f"and ignoring (plan) ({series(c.REPOSITORY_OFFSITE)} == 1)"),
        Tile(
            ref="MISSING",
            look=LOOKS[WARNING],
            expression=f"({none}) and {required}",
            name=Message("board.required"),
            text=Message("board.none"),
        ),
        Tile(
            ref="NOT_ASKED_FOR",
            look=NOT_ASKED_FOR,
            expression=f"({none}) unless {required}",
            name=Message("board.not_asked_for"),
            text=Message("board.none"),
        ),
        Tile(
            ref="NO_EXPORTER",
            look=LOOKS[UNKNOWN],
            expression=f"0 * {NO_EXPORTER}",
            name=Message("board.no_exporter"),
            text=Message("board.unknown"),
        ),
    )


def _history() -> Panel:
    return timeline(
        About(
            title=Message("board.the_last_30_days"),
            description=Message("board.the_last_30_days_help"),
        ),
        (
            (states.everything(now=False), Message("board.band_photos")),
            (states.plans(), Message("board.band_plan", plan=PLAN)),
            (states.dumps(), Message("board.band_dumps")),
            (states.disks(), Message("board.band_disks")),
            (states.jobs(), Message("board.band_job", job=JOB)),
            (states.repositories(), Message("board.band_repository", repository=REPOSITORY)),
            (states.exporters(), Message("board.band_exporter", instance="{{instance}}")),
        ),
    )
