"""The upper part: to be read from four metres in two seconds, on one screen of 1920x1080 without scrolling."""

from collections.abc import Iterator

from immich_backup_exporter.metrics import catalog as c

from . import alerts, states
from .details.placing import PLAN
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
            title="Are the photos safe?",
            description=(
                "The worst of everything that is chosen above, by the exported facts and by the alerts that fire. "
                "YES: every plan has a complete backup within its limit, the dump is fresh and whole, and nothing "
                "fires. CHECK: something needs a look this week. NO: somebody has to act today. WAIT: paused, or a "
                "first one is not due yet. UNKNOWN: something that is expected has no value, or the alert rules are "
                "not loaded. NOT WATCHED: the exporter does not answer."
            ),
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
            title="What is firing",
            description=(
                "Every alert of this project that fires; a click leads to its runbook. The rules have to be loaded in "
                "the Prometheus that this dashboard asks, or it says so here."
            ),
        ),
        "none",
        Tile(ref="CRITICAL", look=LOOKS[CRITICAL], expression=named(IS_CRITICAL), name=name, link=runbook),
        Tile(
            ref="GONE",
            look=LOOKS[UNWATCHED],
            expression=NO_EXPORTER_FOR_LONG,
            name="No exporter answers",
            link=alerts.runbook("ExporterDown"),
        ),
        Tile(ref="WARNING", look=LOOKS[WARNING], expression=named(IS_WARNING), name=name, link=runbook),
        Tile(ref="INFO", look=LOOKS[WAITING], expression=named(IS_INFO), name=name, link=runbook),
        Tile(
            ref="NOT_LOADED",
            look=LOOKS[UNKNOWN],
            expression=f"vector(0) unless on () ({RULES_LOADED})",
            name="The alert rules are not loaded",
        ),
        Tile(
            ref="NO_ANSWER",
            look=LOOKS[UNKNOWN],
            expression=f"{NO_EXPORTER} unless on () {NO_EXPORTER_FOR_LONG} unless on () {down}",
            name="The exporter does not answer",
        ),
        Tile(
            ref="NONE",
            look=LOOKS[OK],
            expression=f"((vector(0) and on () ({RULES_LOADED})) and on () {_BUILD}) unless on () {loud}",
            name="Nothing",
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
            name=f"{PLAN} overdue",
        ),
        Tile(ref="BAD", look=LOOKS[CRITICAL], expression=f"({FRESH} and {bad}) {among}", name=f"{PLAN} bad"),
        Tile(
            ref="LATE",
            look=LOOKS[WARNING],
            expression=f"({LATE} unless {PAUSED} unless {AT_WORK}) {among}",
            name=f"{PLAN} late",
        ),
        Tile(
            ref="ODD", look=LOOKS[WARNING], expression=f"({FRESH} and {odd} unless {bad}) {among}", name=f"{PLAN} look"
        ),
        Tile(
            ref="UNREADABLE",
            look=LOOKS[UNKNOWN],
            expression=f"(({FRESH} unless {bad} unless {odd}) unless ({FRESH} {READABLE})) {among}",
            name=f"{PLAN} not readable",
        ),
        Tile(
            ref="UNKNOWN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * ({declared} unless {by} {known} unless {by} {FIRST}) {among}",
            name=PLAN,
            text="unknown",
        ),
        Tile(
            ref="FIRST", look=LOOKS[WAITING], expression=f"0 * {FIRST} {among}", name=f"{PLAN} not due", text="none yet"
        ),
        Tile(ref="EXCUSED", look=LOOKS[WAITING], expression=f"{EXCUSED} {among}", name=f"{PLAN} excused"),
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
            title="Newest complete backup",
            description=(
                "How long ago the newest complete backup of each plan began: what happened since then is in no "
                "backup. Late: beyond the limit that the plan exports. Overdue: beyond twice that. Excused: paused, or "
                "a run is at work. Bad, look: an alert about this plan fires. Not readable: its repository cannot be "
                "read now."
            ),
            runbooks=("Stale", "NeverSucceeded"),
        ),
        "s",
        *_by_age(),
        Tile(
            ref="NO_PLAN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * absent_over_time({series(c.PLAN_EXPECTED_SINCE)}[1d])",
            name="No plan is watched",
            text="none",
        ),
    )


def _shares() -> Panel:
    return shares(
        About(
            title="Age in % of its limit",
            description=(
                "The age of the newest complete backup as a share of the limit that its plan exports: at 100 % it is "
                "late, at 200 % overdue."
            ),
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
            title="Newest good database dump",
            description=(
                "How long ago the newest dump that was read to its end and is whole was finished. Without the database "
                "the photos are files without albums, people or owners."
            ),
            runbooks=("DumpStale", "DumpInvalid", "DumpMissing"),
        ),
        "s",
        Tile(
            ref="DAMAGED",
            look=LOOKS[CRITICAL],
            expression=f"({age(good)}) and {damaged}",
            name="newest is damaged, last good",
        ),
        Tile(
            ref="NO_GOOD",
            look=LOOKS[CRITICAL],
            expression=f"(0 * {damaged}) unless {series(good)}",
            name="newest is damaged",
            text="none good",
        ),
        Tile(
            ref="STALE",
            look=LOOKS[CRITICAL],
            expression=f"{old} unless {damaged} unless {DUMPS_PAUSED}",
            name="too old",
        ),
        Tile(
            ref="PAUSED", look=LOOKS[WAITING], expression=f"({old} unless {damaged}) and {DUMPS_PAUSED}", name="paused"
        ),
        Tile(
            ref="UNVERIFIED",
            look=LOOKS[UNKNOWN],
            expression=f"({age(c.DUMP_TIMESTAMP)} <= {series(c.DUMP_MAX_AGE)}) unless {series(good)} unless {damaged}",
            name="not verified",
        ),
        Tile(
            ref="UNKNOWN",
            look=LOOKS[UNKNOWN],
            expression=f"0 * ({expected} unless on (job, instance) ({any_dump} or {series(good)}))",
            name="database dump",
            text="unknown",
        ),
        Tile(ref="ODD", look=LOOKS[WARNING], expression=f"{GOOD_DUMP} and {odd}", name="whole, but look"),
        Tile(ref="GOOD", look=LOOKS[OK], expression=f"{GOOD_DUMP} unless {odd}", name="whole"),
        Tile(
            ref="NOT_ASKED_FOR",
            look=NOT_ASKED_FOR,
            expression=f"0 * ({_BUILD} unless {ON_TARGET} {series(c.DUMP_EXPECTED_SINCE)})",
            name="not watched here",
            text="none",
        ),
        Tile(
            ref="NO_EXPORTER",
            look=LOOKS[UNKNOWN],
            expression=f"0 * {NO_EXPORTER} unless on () {expected}",
            name="no exporter",
            text="unknown",
        ),
    )


def _offsite() -> Panel:
    none = f"max by (job, instance) ({series(c.REPOSITORY_OFFSITE)}) == 0"
    required = f"{ON_TARGET} ({series(c.OFFSITE_REQUIRED)} == 1)"
    return tiles(
        About(
            title="Off-site copy",
            description=(
                "How long ago the newest complete backup began that is in a repository marked `offsite`, by its own "
                "limit: what is left after a fire or a theft."
            ),
            runbooks=("NoOffsiteCopy", "Stale"),
        ),
        "s",
        *_by_age(f"and ignoring (plan) ({series(c.REPOSITORY_OFFSITE)} == 1)"),
        Tile(ref="MISSING", look=LOOKS[WARNING], expression=f"({none}) and {required}", name="required", text="none"),
        Tile(
            ref="NOT_ASKED_FOR",
            look=NOT_ASKED_FOR,
            expression=f"({none}) unless {required}",
            name="not asked for",
            text="none",
        ),
        Tile(
            ref="NO_EXPORTER", look=LOOKS[UNKNOWN], expression=f"0 * {NO_EXPORTER}", name="no exporter", text="unknown"
        ),
    )


def _history() -> Panel:
    return timeline(
        About(
            title="The last 30 days",
            description=(
                "What was well, and when it was not. A state is ok only where there was proof of it; what was expected "
                "and had no value is unknown. A gap: nothing was expected, or Prometheus itself was down."
            ),
        ),
        (
            (states.everything(now=False), "Photos"),
            (states.plans(), f"Backup {PLAN}"),
            (states.dumps(), "Database dumps"),
            (states.disks(), "Library disks"),
            (states.jobs(), "Job {{job_name}}"),
            (states.repositories(), "Repository {{repository}}"),
            (states.exporters(), "Exporter {{instance}}"),
        ),
    )
