"""The row about database dumps and the folders of the library."""

from board.panels import About, Column, Line, least, lines, most, rows, timeline, usual
from board.query import age, milliseconds, series
from board.states import LOOKS, OK
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, Placed


def row() -> Placed:
    yield (
        lines(
            About(
                title="Size of the newest dump",
                description=(
                    "The newest finished dump, the median of up to 14 of its kind before it, and the least that is let "
                    "pass."
                ),
                runbooks=("DumpSuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.DUMP_SIZE), name="newest"),
            usual(series(c.DUMP_SIZE_BASELINE), "size"),
            least(f"{series(c.DUMP_SIZE_BASELINE)} * {series(c.DUMP_MIN_SIZE_RATIO)}", "size"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Age of the newest dump",
                description="Of the newest that is known to be whole, and of the newest that is finished.",
                runbooks=("DumpStale", "DumpMissing"),
            ),
            "s",
            Line(expression=age(c.LAST_VALID_DUMP), name="whole"),
            Line(expression=age(c.DUMP_TIMESTAMP), name="finished"),
            most(series(c.DUMP_MAX_AGE), "age"),
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title="Newest dump",
                description="The newest finished routine dump. Whole: read to its end, 1 yes, 0 it would not restore.",
                runbooks=("DumpInvalid", "DumpUnverified"),
            ),
            {
                "instance": "Exporter",
                "file": "File",
                "immich_version": "Immich",
                "postgres_version": "PostgreSQL",
            },
            Column(expression=series(c.DUMP_INFO)),
            Column(expression=milliseconds(c.DUMP_TIMESTAMP), header="Finished", unit="dateTimeAsIso"),
            Column(expression=series(c.DUMP_SIZE), header="Size", unit="bytes"),
            Column(expression=series(c.DUMP_SIZE_DELTA), header="Change", unit="bytes"),
            Column(expression=series(c.DUMP_VALID), header="Whole", unit="bool_yes_no"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Number of dumps",
                description="Finished dumps that are there, and those that something is odd about.",
                runbooks=("DumpUnfinished", "DumpUnverified"),
            ),
            "short",
            Line(expression=series(c.DUMPS), name="finished"),
            Line(expression=series(c.DUMPS_UNVERIFIED), name="without a verdict for an hour"),
            Line(expression=series(c.DUMPS_UNFINISHED), name="never finished (.tmp)"),
            Line(expression=series(c.DUMPS_IN_FUTURE), name="dated in the future"),
        ),
        HALF,
    )
    yield (
        timeline(
            About(
                title="Folders of the library",
                description=(
                    "Whether Immich's marker file can be read in each folder. Missing: most likely a disk is not there."
                ),
                runbooks=("UploadLocationMissing",),
            ),
            ((series(c.UPLOAD_LOCATION_UP), "{{folder}}"),),
            {1: ("✔ there", LOOKS[OK].colour), 0: ("✖ missing", "red")},
        ),
        FULL,
    )
