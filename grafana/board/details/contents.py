"""The row about what is inside of the newest snapshots: files, the dump, and whether they belong together."""

from board import states
from board.panels import About, Column, Line, Panel, least, lines, most, rows, timeline, usual
from board.query import age, milliseconds, series
from board.states import LOOKS, NOT_ASKED_FOR, OK, UNKNOWN
from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, PLAN, REPOSITORY, THIRD, Placed

_FOLDER = f"{PLAN} · {{{{folder}}}}"
_BY_PLAN = "job, instance, repository, plan"
_UNKNOWN = (Message("board.no_value"), LOOKS[UNKNOWN].colour)
_THERE, _NOT_THERE, _NOT_REQUIRED, _NOT_KNOWN = 1, 0, 2, 3
_INSPECTING = 'command=~"ls|dump"'


def row() -> Placed:
    yield _together(), HALF
    yield _dump(), HALF
    yield _newest(), FULL
    yield from _photos()
    yield from _files()
    yield from _looking()


def _together() -> Panel:
    return timeline(
        About(
            title=Message("board.would_it_bring_immich_back"),
            description=Message("board.would_it_bring_immich_back_help"),
            runbooks=("AssetsMissingFromSnapshot", "FolderMissing", "DumpNotInSnapshot", "ContentsUnknown"),
        ),
        ((states.contents(), PLAN),),
    )


def _dump() -> Panel:
    holds = series(c.PLAN_HOLDS, 'part="database"')
    database = f"and ignoring (part) ({holds} == 1)"
    verdicts = (
        f"group by ({_BY_PLAN}) ({series(c.SNAPSHOT_DUMP_VALID)} == 1)",
        f"0 * group by ({_BY_PLAN}) ({series(c.SNAPSHOT_DUMP_VALID)} == 0)",
        f"{_NOT_REQUIRED} * group by ({_BY_PLAN}) (({series(c.SNAPSHOT_DUMPS)} == 0) {database})",
        f"{_NOT_KNOWN} * group by ({_BY_PLAN}) ({series(c.PLAN_EXPECTED_SINCE)} {database})",
    )
    return timeline(
        About(
            title=Message("board.the_dump_in_the_newest_snapshot"),
            description=Message("board.the_dump_in_the_newest_snapshot_help"),
            runbooks=("DumpInSnapshotInvalid", "DumpNotInSnapshot"),
        ),
        (("\nor ".join(verdicts), PLAN),),
        {
            _THERE: (Message("board.dump_whole"), LOOKS[OK].colour),
            _NOT_THERE: (Message("board.dump_would_not_restore"), "red"),
            _NOT_REQUIRED: (Message("board.no_dump"), "dark-red"),
            _NOT_KNOWN: _UNKNOWN,
        },
    )


def _newest() -> Panel:
    return rows(
        About(
            title=Message("board.contents_of_the_newest_snapshot_of_each"),
            description=Message("board.contents_of_the_newest_snapshot_of_each_help"),
            runbooks=("AssetsMissingFromSnapshot", "AssetsMissingInImmich", "RequiredPathMissing", "SnapshotDamaged"),
        ),
        ("instance", "repository", "plan"),
        Column(expression=milliseconds(c.SNAPSHOT_INSPECTED), header=Message("board.began"), unit="dateTimeAsIso"),
        Column(
            expression=milliseconds(c.SNAPSHOT_DUMP_TIMESTAMP),
            header=Message("board.its_dump"),
            unit="dateTimeAsIso",
        ),
        Column(expression=series(c.SNAPSHOT_DUMP_VALID), header=Message("board.whole"), unit="bool_yes_no"),
        Column(expression=series(c.SNAPSHOT_DUMP_SIZE), header=Message("board.size_of_the_dump"), unit="bytes"),
        Column(expression=series(c.COVERAGE_ASSETS), header=Message("board.originals"), unit="short"),
        Column(expression=series(c.COVERAGE_MISSING_ASSETS), header=Message("board.missing"), unit="short"),
        Column(expression=series(c.COVERAGE_PERSISTENT_ASSETS), header=Message("board.for_good"), unit="short"),
        Column(expression=series(c.COVERAGE_PERSISTENT_GONE_ASSETS), header=Message("board.gone"), unit="short"),
        Column(expression=series(c.COVERAGE_UNKNOWN_FILES), header=Message("board.in_no_row"), unit="short"),
        Column(
            expression=series(c.SNAPSHOT_REQUIRED_PATHS_MISSING),
            header=Message("board.paths_missing"),
            unit="short",
        ),
        Column(expression=series(c.SNAPSHOT_DAMAGED), header=Message("board.damaged"), unit="bool_yes_no"),
    )


def _photos() -> Placed:
    """What the database knows, and what of it is not there."""
    lost = f"({series(c.COVERAGE_PERSISTENT_GONE_ASSETS)} or 0 * {series(c.COVERAGE_PERSISTENT_ASSETS)})"
    yield (
        lines(
            About(
                title=Message("board.originals_that_the_database_knows"),
                description=Message("board.originals_that_the_database_knows_help"),
                runbooks=("AssetsDropped",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_ASSETS), name=PLAN),
            usual(series(c.COVERAGE_ASSETS_BASELINE), PLAN),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.originals_that_the_backup_lacks"),
                description=Message("board.originals_that_the_backup_lacks_help"),
                runbooks=("AssetsMissingFromSnapshot",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_MISSING_ASSETS), name=Message("board.once", plan=PLAN)),
            Line(
                expression=f"{series(c.COVERAGE_PERSISTENT_ASSETS)} - {lost}",
                name=Message("board.line_for_good", plan=PLAN),
            ),
            most(series(c.PLAN_MAX_MISSING_ASSETS), PLAN),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.originals_that_immich_lost"),
                description=Message("board.originals_that_immich_lost_help"),
                runbooks=("AssetsMissingInImmich",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_PERSISTENT_GONE_ASSETS), name=PLAN),
            most(series(c.COVERAGE_ACCEPTED_GONE_ASSETS), PLAN),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.other_files"),
                description=Message("board.other_files_help"),
                runbooks=("AssetsMissingFromSnapshot",),
            ),
            "short",
            Line(
                expression=series(c.COVERAGE_PERSISTENT_SIDECARS),
                name=Message("board.sidecars_missing", plan=PLAN),
            ),
            Line(
                expression=series(c.COVERAGE_PERSISTENT_PROFILE_IMAGES),
                name=Message("board.profile_images_missing", plan=PLAN),
            ),
            Line(expression=series(c.COVERAGE_REGENERABLE), name=Message("board.made_again", plan=PLAN)),
            Line(expression=series(c.COVERAGE_UNKNOWN_FILES), name=Message("board.line_in_no_row", plan=PLAN)),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.external_libraries"),
                description=Message("board.external_libraries_help"),
                runbooks=("ExternalLibraryUnproven",),
            ),
            "short",
            Line(
                expression=series(c.COVERAGE_EXTERNAL_ASSETS, 'proven="true"'),
                name=Message("board.proven", plan=PLAN),
            ),
            Line(
                expression=series(c.COVERAGE_EXTERNAL_ASSETS, 'proven="false"'),
                name=Message("board.not_proven", plan=PLAN),
            ),
        ),
        HALF,
    )


def _files() -> Placed:
    """Immich's folders, and the dump's age."""
    files, required = series(c.SNAPSHOT_FOLDER_FILES), series(c.SNAPSHOT_FOLDER_REQUIRED)
    originals = f'folder="{ORIGINALS}"'
    usual_size = series(c.SNAPSHOT_FOLDER_SIZE_BASELINE, originals)
    ratio = f"* ignoring (folder) {series(c.PLAN_MIN_SIZE_RATIO)}"
    kept = (
        f"group by ({_BY_PLAN}, folder) ({files} > 0)",
        f"0 * (({files} == 0) and ({required} == 1))",
        f"{_NOT_REQUIRED} + ({files} == 0)",
    )
    never = f"({series(c.PLAN_EXPECTED_SINCE)} unless {series(c.SNAPSHOT_INSPECTED)})"
    unknown = f"{_NOT_KNOWN} * group by ({_BY_PLAN}) {never}"
    yield (
        timeline(
            About(
                title=Message("board.immichs_folders_in_the_newest_snapshot"),
                description=Message("board.immichs_folders_in_the_newest_snapshot_help"),
                runbooks=("FolderMissing", "MediaNotInSnapshot"),
            ),
            (
                ("\nor ".join(kept), _FOLDER),
                (unknown, PLAN),
            ),
            {
                _THERE: (Message("board.folder_there"), LOOKS[OK].colour),
                _NOT_THERE: (Message("board.folder_missing"), "red"),
                _NOT_REQUIRED: (Message("board.folder_empty"), NOT_ASKED_FOR.colour),
                _NOT_KNOWN: _UNKNOWN,
            },
        ),
        FULL,
    )
    yield (
        lines(
            About(
                title=Message("board.files_per_folder"),
                description=Message("board.files_per_folder_help"),
                runbooks=("FolderMissing",),
            ),
            "short",
            Line(expression=files, name=_FOLDER),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.size_per_folder"),
                description=Message("board.size_per_folder_help"),
                runbooks=("FolderSuspiciouslySmall",),
            ),
            "bytes",
            Line(expression=series(c.SNAPSHOT_FOLDER_SIZE), name=_FOLDER),
            usual(usual_size, _FOLDER),
            least(f"{usual_size} {ratio}", f"{PLAN} · {ORIGINALS}"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.age_of_the_dump_when_the_snapshot"),
                description=Message("board.age_of_the_dump_when_the_snapshot_help"),
                runbooks=("DumpNotInSnapshot", "BackupOrderWrong"),
            ),
            "s",
            Line(expression=f"{series(c.SNAPSHOT_INSPECTED)} - {series(c.SNAPSHOT_DUMP_TIMESTAMP)}", name=PLAN),
            most(series(c.SNAPSHOT_DUMP_MAX_AGE), PLAN),
            least(f"0 * {series(c.SNAPSHOT_DUMP_MAX_AGE)}", PLAN),
            below_zero=True,
        ),
        HALF,
    )


def _looking() -> Placed:
    """How current all of this is, and what it costs."""
    yield (
        lines(
            About(
                title=Message("board.time_without_a_look"),
                description=Message("board.time_without_a_look_help"),
                runbooks=("ContentsUnknown",),
            ),
            "s",
            Line(expression=age(c.CONTENTS_UNKNOWN_SINCE), name=Message("board.not_looked_into_for", plan=PLAN)),
            Line(expression=age(c.SNAPSHOT_INSPECTED), name=Message("board.age", plan=PLAN)),
            most(series(c.INSPECTION_MAX_LAG), PLAN),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title=Message("board.read_for_it_in_a_day"),
                description=Message("board.read_for_it_in_a_day_help"),
                runbooks=("ContentsUnknown",),
            ),
            "bytes",
            Line(expression=f"increase({series(c.REPOSITORY_READ)}[1d])", name=REPOSITORY),
            most(series(c.REPOSITORY_READ_BUDGET), REPOSITORY),
        ),
        HALF,
    )
    spent = f"increase({series(c.RESTIC_COMMAND_SECONDS, _INSPECTING)}[1d])"
    yield (
        lines(
            About(
                title=Message("board.time_for_it_in_a_day"),
                description=Message("board.time_for_it_in_a_day_help"),
                runbooks=("ContentsUnknown",),
            ),
            "s",
            Line(
                expression=f"sum by (job, instance, repository) ({spent})",
                name=REPOSITORY,
            ),
        ),
        HALF,
    )
