"""The row about the plans' backups."""

from board.panels import About, Column, Line, Panel, least, lines, most, rows, usual
from board.query import age, milliseconds, series
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, PLAN, Placed


def row() -> Placed:
    yield _newest_snapshots(), FULL
    yield (
        lines(
            About(
                title="Age of the newest complete backup",
                description="It grows until the next backup begins. Above the dashed line it is late.",
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
                title="Number of backups",
                description=(
                    "Snapshots of each plan that are in the repository, and how many are usual. A fall without a "
                    "`forget` that was reported is an alert. In the future: dated ahead of now by a wrong clock."
                ),
                runbooks=("SnapshotsVanished", "SnapshotsInFuture"),
            ),
            "short",
            Line(expression=series(c.SNAPSHOTS), name=PLAN),
            usual(series(c.SNAPSHOTS_BASELINE), PLAN),
            Line(expression=series(c.SNAPSHOTS_IN_FUTURE), name=f"{PLAN}, in the future"),
        ),
        HALF,
    )
    for title, unit, value, baseline in (
        ("Size per snapshot", "bytes", c.SNAPSHOT_SIZE, c.SNAPSHOT_SIZE_BASELINE),
        ("Files per snapshot", "short", c.SNAPSHOT_FILES, c.SNAPSHOT_FILES_BASELINE),
    ):
        yield (
            lines(
                About(
                    title=title,
                    description=(
                        "The newest snapshot as it would be restored, the median of up to 14 before it, and the least "
                        "that the plan lets pass: in the red band a backup is suspiciously small."
                    ),
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
                title="Added per snapshot",
                description=(
                    "What the newest snapshot added to the repository, after deduplication and compression. Nothing "
                    "added for days, while photos arrive: the backup may read another folder."
                ),
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
                title="Duration of a backup",
                description="How long making the newest snapshot took, as restic wrote it down.",
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
            title="Newest snapshot of each plan",
            description=(
                "Complete or not. Change: against the snapshot before. Add `restic -r ... snapshots ID` to look closer."
            ),
            runbooks=("Stale", "SuspiciouslySmall", "PlanAmbiguous"),
        ),
        {
            "instance": "Exporter",
            "repository": "Repository",
            "plan": "Plan",
            "snapshot": "Snapshot",
            "hostname": "Host",
            "restic_version": "restic",
        },
        Column(expression=series(c.SNAPSHOT_INFO)),
        Column(expression=milliseconds(c.SNAPSHOT_TIMESTAMP), header="Began", unit="dateTimeAsIso"),
        Column(expression=milliseconds(c.LAST_SUCCESS), header="Last complete", unit="dateTimeFromNow"),
        Column(expression=series(c.PLAN_MAX_AGE), header="Limit", unit="s"),
        Column(expression=series(c.SNAPSHOT_SIZE), header="Size", unit="bytes"),
        Column(expression=series(c.SNAPSHOT_SIZE_DELTA), header="Change", unit="bytes"),
        Column(expression=series(c.SNAPSHOT_FILES), header="Files", unit="short"),
        Column(expression=series(c.SNAPSHOT_FILES_DELTA), header="Change in files", unit="short"),
        Column(expression=series(c.PLAN_HOSTS), header="Machines", unit="short"),
    )
