"""The row about repositories: reading them, growth, locks and checks."""

from board.panels import About, Line, lines, most, timeline
from board.query import age, series
from board.states import LOOKS, OK, UNKNOWN
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, REPOSITORY, THIRD, Placed


def row() -> Placed:
    failing = f"2 * ({series(c.REPOSITORY_FAILURE)} == 1)"
    unknown = f"3 * group by (job, instance, repository) ({series(c.REPOSITORY_EXPECTED_SINCE)})"
    yield (
        timeline(
            About(
                title="Whether they can be read",
                description=(
                    "Listed in the last poll, and opened by restic when last asked. A failing one has a row for each "
                    "reason; `troubleshooting` in the documentation tells the mends."
                ),
                runbooks=("RepositoryUnreachable", "RepositoryAccessDenied"),
            ),
            (
                (
                    f"{series(c.REPOSITORY_UP)}\nor on (job, instance, repository)\n{unknown}",
                    REPOSITORY,
                ),
                (failing, f"{REPOSITORY}: {{{{reason}}}}"),
            ),
            {
                1: ("✔ readable", LOOKS[OK].colour),
                0: ("✖ not readable", "red"),
                2: ("✖ failing", "red"),
                3: (f"? {LOOKS[UNKNOWN].word}", LOOKS[UNKNOWN].colour),
            },
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Growth",
                description="What each repository stores, as it is and before compression; asked once a day at most.",
                runbooks=("SnapshotsVanished",),
            ),
            "bytes",
            Line(expression=series(c.REPOSITORY_SIZE), name=REPOSITORY),
            Line(expression=series(c.REPOSITORY_UNCOMPRESSED_SIZE), name=f"{REPOSITORY}, uncompressed"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Snapshots in it",
                description="Of all plans and of none. Unreadable: listed, and restic did not return them.",
                runbooks=("SnapshotsVanished",),
            ),
            "short",
            Line(expression=series(c.REPOSITORY_SNAPSHOTS), name=REPOSITORY),
            Line(expression=series(c.REPOSITORY_UNREADABLE_SNAPSHOTS), name=f"{REPOSITORY}, unreadable"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Locks",
                description="Somebody is at work in the repository, or was killed there.",
                runbooks=("RepositoryLockStale",),
            ),
            "short",
            Line(expression=series(c.REPOSITORY_LOCKS), name=REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Age of the oldest lock",
                description=(
                    "Since it was last refreshed, at the last poll that worked. A living restic does so every 5 "
                    "minutes; after half an hour nobody holds it any more."
                ),
                runbooks=("RepositoryLockStale",),
            ),
            "s",
            Line(
                expression=f"{series(c.REPOSITORY_LAST_POLL_SUCCESS)} - {series(c.REPOSITORY_OLDEST_LOCK)}",
                name=REPOSITORY,
            ),
        ),
        THIRD,
    )
    yield (
        timeline(
            About(
                title="Result of the last check",
                description="What the last reported `restic check` of each scope found.",
                runbooks=("RepositoryCheckFailed",),
            ),
            ((series(c.REPOSITORY_CHECK_SUCCESS), f"{REPOSITORY}: {{{{scope}}}}"),),
            {1: ("✔ passed", LOOKS[OK].colour), 0: ("✖ damage", "red")},
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Age of the last check",
                description="Since it was declared, where none was ever reported.",
                runbooks=("RepositoryCheckOverdue",),
            ),
            "s",
            Line(expression=age(c.REPOSITORY_CHECK_TIMESTAMP), name=f"{REPOSITORY}: {{{{scope}}}}"),
            Line(
                expression=(
                    f"({age(c.REPOSITORY_EXPECTED_SINCE)}) and {series(c.REPOSITORY_CHECK_MAX_AGE)} "
                    f"unless ignoring (scope) {series(c.REPOSITORY_CHECK_TIMESTAMP)}"
                ),
                name=f"{REPOSITORY}: none yet",
            ),
            most(series(c.REPOSITORY_CHECK_MAX_AGE), REPOSITORY),
        ),
        HALF,
    )
