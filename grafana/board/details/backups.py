"""The row about the plans' backups."""

from board.panels import About, Column, Line, Panel, least, lines, most, rows, usual
from board.query import age, milliseconds, series
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, PLAN, Placed


def row() -> Placed:
    yield _newest_snapshots(), FULL
    yield (
        lines(
            About(
                title=Message("board.age_of_the_newest_complete_backup"),
                description=Message("board.age_of_the_newest_complete_backup_help"),
                runbooks=("Stale", "NeverSucceeded"),
            ),
            "s",
            Line(expression=age(c.LAST_SUCCESS), name=PLAN),
            most(series(c.PLAN_MAX_AGE), PLAN),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.number_of_backups"),
                description=Message("board.number_of_backups_help"),
                runbooks=("SnapshotsVanished", "SnapshotsInFuture"),
            ),
            "short",
            Line(expression=series(c.SNAPSHOTS), name=PLAN),
            usual(series(c.SNAPSHOTS_BASELINE), PLAN),
            Line(expression=series(c.SNAPSHOTS_IN_FUTURE), name=Message("board.in_the_future", plan=PLAN)),
        ),
        HALF,
    )
    for title, unit, value, baseline in (
        (Message("board.size_per_snapshot"), "bytes", c.SNAPSHOT_SIZE, c.SNAPSHOT_SIZE_BASELINE),
        (Message("board.files_per_snapshot"), "short", c.SNAPSHOT_FILES, c.SNAPSHOT_FILES_BASELINE),
    ):
        yield (
            lines(
                About(
                    title=title,
                    description=Message("board.per_snapshot_help"),
                    runbooks=("SuspiciouslySmall",),
                ),
                unit,
                Line(expression=series(value), name=PLAN),
                usual(series(baseline), PLAN),
                least(f"{series(baseline)} * {series(c.PLAN_MIN_SIZE_RATIO)}", PLAN),
            ),
            HALF,
        )
    yield (
        lines(
            About(
                title=Message("board.added_per_snapshot"),
                description=Message("board.added_per_snapshot_help"),
                runbooks=("SuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.SNAPSHOT_ADDED), name=PLAN),
            bars=True,
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.duration_of_a_backup"),
                description=Message("board.duration_of_a_backup_help"),
                runbooks=("JobOverrunning",),
            ),
            "s",
            Line(expression=series(c.SNAPSHOT_DURATION), name=PLAN),
        ),
        HALF,
    )


def _newest_snapshots() -> Panel:
    return rows(
        About(
            title=Message("board.newest_snapshot_of_each_plan"),
            description=Message("board.newest_snapshot_of_each_plan_help"),
            runbooks=("Stale", "SuspiciouslySmall", "PlanAmbiguous"),
        ),
        ("instance", "repository", "plan", "snapshot", "hostname", "restic_version"),
        Column(expression=series(c.SNAPSHOT_INFO)),
        Column(expression=milliseconds(c.SNAPSHOT_TIMESTAMP), header=Message("board.began"), unit="dateTimeAsIso"),
        Column(expression=milliseconds(c.LAST_SUCCESS), header=Message("board.last_complete"), unit="dateTimeFromNow"),
        Column(expression=series(c.PLAN_MAX_AGE), header=Message("board.limit"), unit="s"),
        Column(expression=series(c.SNAPSHOT_SIZE), header=Message("board.size"), unit="bytes"),
        Column(expression=series(c.SNAPSHOT_SIZE_DELTA), header=Message("board.change"), unit="bytes"),
        Column(expression=series(c.SNAPSHOT_FILES), header=Message("board.files"), unit="short"),
        Column(expression=series(c.SNAPSHOT_FILES_DELTA), header=Message("board.change_in_files"), unit="short"),
        Column(expression=series(c.PLAN_HOSTS), header=Message("board.machines"), unit="short"),
    )
