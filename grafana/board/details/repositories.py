"""The row about repositories: reading them, growth, locks and checks."""

from board.panels import About, Line, lines, most, timeline
from board.query import age, series
from board.states import LOOKS, OK, UNKNOWN
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, REPOSITORY, THIRD, Placed


def row() -> Placed:
    failing = f"2 * ({series(c.REPOSITORY_FAILURE)} == 1)"
    unknown = f"3 * group by (job, instance, repository) ({series(c.REPOSITORY_EXPECTED_SINCE)})"
    yield (
        timeline(
            About(
                title=Message("board.whether_they_can_be_read"),
                description=Message("board.whether_they_can_be_read_help"),
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
                1: (Message("board.readable"), LOOKS[OK].colour),
                0: (Message("board.repository_not_readable"), "red"),
                2: (Message("board.failing"), "red"),
                3: (Message("board.no_value"), LOOKS[UNKNOWN].colour),
            },
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.growth"),
                description=Message("board.growth_help"),
                runbooks=("SnapshotsVanished",),
            ),
            "bytes",
            Line(expression=series(c.REPOSITORY_SIZE), name=REPOSITORY),
            Line(
                expression=series(c.REPOSITORY_UNCOMPRESSED_SIZE),
                name=Message("board.uncompressed", repository=REPOSITORY),
            ),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.snapshots_in_it"),
                description=Message("board.snapshots_in_it_help"),
                runbooks=("SnapshotsVanished",),
            ),
            "short",
            Line(expression=series(c.REPOSITORY_SNAPSHOTS), name=REPOSITORY),
            Line(
                expression=series(c.REPOSITORY_UNREADABLE_SNAPSHOTS),
                name=Message("board.unreadable", repository=REPOSITORY),
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.locks"),
                description=Message("board.locks_help"),
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
                title=Message("board.age_of_the_oldest_lock"),
                description=Message("board.age_of_the_oldest_lock_help"),
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
                title=Message("board.result_of_the_last_check"),
                description=Message("board.result_of_the_last_check_help"),
                runbooks=("RepositoryCheckFailed",),
            ),
            ((series(c.REPOSITORY_CHECK_SUCCESS), f"{REPOSITORY}: {{{{scope}}}}"),),
            {1: (Message("board.check_passed"), LOOKS[OK].colour), 0: (Message("board.check_found_damage"), "red")},
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.age_of_the_last_check"),
                description=Message("board.age_of_the_last_check_help"),
                runbooks=("RepositoryCheckOverdue",),
            ),
            "s",
            Line(expression=age(c.REPOSITORY_CHECK_TIMESTAMP), name=f"{REPOSITORY}: {{{{scope}}}}"),
            Line(
                expression=(
                    f"({age(c.REPOSITORY_EXPECTED_SINCE)}) and {series(c.REPOSITORY_CHECK_MAX_AGE)} "
                    f"unless ignoring (scope) {series(c.REPOSITORY_CHECK_TIMESTAMP)}"
                ),
                name=Message("board.none_yet", repository=REPOSITORY),
            ),
            most(series(c.REPOSITORY_CHECK_MAX_AGE), REPOSITORY),
        ),
        HALF,
    )
