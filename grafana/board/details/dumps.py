"""The row about database dumps and the folders of the library."""

from board.panels import About, Column, Line, least, lines, most, rows, timeline, usual
from board.query import age, milliseconds, series
from board.states import LOOKS, OK
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, Placed


def row() -> Placed:
    yield (
        lines(
            About(
                title=Message("board.size_of_the_newest_dump"),
                description=Message("board.size_of_the_newest_dump_help"),
                runbooks=("DumpSuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.DUMP_SIZE), name=Message("board.newest")),
            usual(series(c.DUMP_SIZE_BASELINE), Message("board.size_lower")),
            least(f"{series(c.DUMP_SIZE_BASELINE)} * {series(c.DUMP_MIN_SIZE_RATIO)}", Message("board.size_lower")),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.age_of_the_newest_dump"),
                description=Message("board.age_of_the_newest_dump_help"),
                runbooks=("DumpStale", "DumpMissing"),
            ),
            "s",
            Line(expression=age(c.LAST_VALID_DUMP), name=Message("board.line_whole")),
            Line(expression=age(c.DUMP_TIMESTAMP), name=Message("board.finished")),
            most(series(c.DUMP_MAX_AGE), Message("board.age_lower")),
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title=Message("board.newest_dump"),
                description=Message("board.newest_dump_help"),
                runbooks=("DumpInvalid", "DumpUnverified"),
            ),
            ("instance", "file", "immich_version", "postgres_version"),
            Column(expression=series(c.DUMP_INFO)),
            Column(
                expression=milliseconds(c.DUMP_TIMESTAMP), header=Message("board.finished_column"), unit="dateTimeAsIso"
            ),
            Column(expression=series(c.DUMP_SIZE), header=Message("board.size"), unit="bytes"),
            Column(expression=series(c.DUMP_SIZE_DELTA), header=Message("board.change"), unit="bytes"),
            Column(expression=series(c.DUMP_VALID), header=Message("board.whole"), unit="bool_yes_no"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.number_of_dumps"),
                description=Message("board.number_of_dumps_help"),
                runbooks=("DumpUnfinished", "DumpUnverified"),
            ),
            "short",
            Line(expression=series(c.DUMPS), name=Message("board.finished")),
            Line(expression=series(c.DUMPS_UNVERIFIED), name=Message("board.without_a_verdict_for_an_hour")),
            Line(expression=series(c.DUMPS_UNFINISHED), name=Message("board.never_finished_tmp")),
            Line(expression=series(c.DUMPS_IN_FUTURE), name=Message("board.dated_in_the_future")),
        ),
        HALF,
    )
    yield (
        timeline(
            About(
                title=Message("board.folders_of_the_library"),
                description=Message("board.folders_of_the_library_help"),
                runbooks=("UploadLocationMissing",),
            ),
            ((series(c.UPLOAD_LOCATION_UP), "{{folder}}"),),
            {1: (Message("board.folder_there"), LOOKS[OK].colour), 0: (Message("board.folder_missing"), "red")},
        ),
        FULL,
    )
