"""The row about what is inside of the newest snapshots: files, the dump, and whether they belong together."""

from board import states
from board.panels import About, Column, Line, Panel, least, lines, most, rows, timeline, usual
from board.query import age, milliseconds, series
from board.states import LOOKS, NOT_ASKED_FOR, OK, UNKNOWN
from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.metrics import catalog as c

from .placing import FULL, HALF, PLAN, REPOSITORY, THIRD, Placed

_FOLDER = f"{PLAN} · {{{{folder}}}}"
_BY_PLAN = "job, instance, repository, plan"
_UNKNOWN = (f"? {LOOKS[UNKNOWN].word}", LOOKS[UNKNOWN].colour)
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
            title="Would it bring Immich back?",
            description=(
                "Of each plan: the newest snapshot was looked into, holds what must be in it, its dump is whole, and "
                "every original that the dump knows is in it. Look: something is missing, and its alert is about to "
                "fire. Waiting: the newest snapshot has yet to be looked into. Unknown: nobody looked into it in time."
            ),
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
            title="The dump in the newest snapshot",
            description=(
                "Of each plan that holds the database: the newest dump in the snapshot was read to its end where it "
                "lies. A dump that is whole on the disk may have been copied while it was half written."
            ),
            runbooks=("DumpInSnapshotInvalid", "DumpNotInSnapshot"),
        ),
        (("\nor ".join(verdicts), PLAN),),
        {
            _THERE: ("✔ whole", LOOKS[OK].colour),
            _NOT_THERE: ("✖ would not restore", "red"),
            _NOT_REQUIRED: ("✖ no dump", "dark-red"),
            _NOT_KNOWN: _UNKNOWN,
        },
    )


def _newest() -> Panel:
    return rows(
        About(
            title="Contents of the newest snapshot of each plan",
            description=(
                "Of the newest that was looked into. Missing: originals that its dump knows and that are not in it. "
                "For good: missing under two dumps in a row. Gone: on Immich's own disk neither. `check --verbose` "
                "lists them. Paths: of `required_paths`, those that are not in it."
            ),
            runbooks=("AssetsMissingFromSnapshot", "AssetsMissingInImmich", "RequiredPathMissing", "SnapshotDamaged"),
        ),
        {"instance": "Exporter", "repository": "Repository", "plan": "Plan"},
        Column(expression=milliseconds(c.SNAPSHOT_INSPECTED), header="Began", unit="dateTimeAsIso"),
        Column(expression=milliseconds(c.SNAPSHOT_DUMP_TIMESTAMP), header="Its dump", unit="dateTimeAsIso"),
        Column(expression=series(c.SNAPSHOT_DUMP_VALID), header="Whole", unit="bool_yes_no"),
        Column(expression=series(c.SNAPSHOT_DUMP_SIZE), header="Size of the dump", unit="bytes"),
        Column(expression=series(c.COVERAGE_ASSETS), header="Originals", unit="short"),
        Column(expression=series(c.COVERAGE_MISSING_ASSETS), header="Missing", unit="short"),
        Column(expression=series(c.COVERAGE_PERSISTENT_ASSETS), header="For good", unit="short"),
        Column(expression=series(c.COVERAGE_PERSISTENT_GONE_ASSETS), header="Gone", unit="short"),
        Column(expression=series(c.COVERAGE_UNKNOWN_FILES), header="In no row", unit="short"),
        Column(expression=series(c.SNAPSHOT_REQUIRED_PATHS_MISSING), header="Paths missing", unit="short"),
        Column(expression=series(c.SNAPSHOT_DAMAGED), header="Damaged", unit="bool_yes_no"),
    )


def _photos() -> Placed:
    """What the database knows, and what of it is not there."""
    lost = f"({series(c.COVERAGE_PERSISTENT_GONE_ASSETS)} or 0 * {series(c.COVERAGE_PERSISTENT_ASSETS)})"
    yield (
        lines(
            About(
                title="Originals that the database knows",
                description=(
                    "Rows in the dump of the newest snapshot whose files must be there, those of external libraries "
                    "left out, and how many are usual. A fall by a fifth is an alert."
                ),
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
                title="Originals that the backup lacks",
                description=(
                    "In the database and not in the newest snapshot. Once: moved or deleted between dump and backup, "
                    "most likely. For good: under two dumps in a row, although they are on Immich's disk; above the "
                    "limit the backup leaves them out."
                ),
                runbooks=("AssetsMissingFromSnapshot",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_MISSING_ASSETS), name=f"{PLAN}, once"),
            Line(expression=f"{series(c.COVERAGE_PERSISTENT_ASSETS)} - {lost}", name=f"{PLAN}, for good"),
            most(series(c.PLAN_MAX_MISSING_ASSETS), PLAN),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title="Originals that Immich lost",
                description=(
                    "In the database, and neither in the newest snapshot nor on Immich's own disk, for two dumps in a "
                    "row. An older snapshot may have them. The limit is what somebody accepted."
                ),
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
                title="Other files",
                description=(
                    "Sidecars (XMP) and profile images that the snapshot lacks under two dumps in a row; videos of "
                    "motion photos that Immich extracts again; files in `library` and `upload` that no row knows."
                ),
                runbooks=("AssetsMissingFromSnapshot",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_PERSISTENT_SIDECARS), name=f"{PLAN}, sidecars missing"),
            Line(expression=series(c.COVERAGE_PERSISTENT_PROFILE_IMAGES), name=f"{PLAN}, profile images missing"),
            Line(expression=series(c.COVERAGE_REGENERABLE), name=f"{PLAN}, made again"),
            Line(expression=series(c.COVERAGE_UNKNOWN_FILES), name=f"{PLAN}, in no row"),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="External libraries",
                description=(
                    "Assets of external libraries, by whether a snapshot that is said to hold them does "
                    "(`immich.external`)."
                ),
                runbooks=("ExternalLibraryUnproven",),
            ),
            "short",
            Line(expression=series(c.COVERAGE_EXTERNAL_ASSETS, 'proven="true"'), name=f"{PLAN}, proven"),
            Line(expression=series(c.COVERAGE_EXTERNAL_ASSETS, 'proven="false"'), name=f"{PLAN}, not proven"),
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
                title="Immich's folders in the newest snapshot",
                description=(
                    "There: it holds files. Missing: it holds none, and must. Empty: it holds none, and need not. "
                    "What must be there is configured, or told by the live disk, the database and earlier snapshots."
                ),
                runbooks=("FolderMissing", "MediaNotInSnapshot"),
            ),
            (
                ("\nor ".join(kept), _FOLDER),
                (unknown, PLAN),
            ),
            {
                _THERE: ("✔ there", LOOKS[OK].colour),
                _NOT_THERE: ("✖ missing", "red"),
                _NOT_REQUIRED: (f"{NOT_ASKED_FOR.icon} empty", NOT_ASKED_FOR.colour),
                _NOT_KNOWN: _UNKNOWN,
            },
        ),
        FULL,
    )
    yield (
        lines(
            About(
                title="Files per folder",
                description="Files in each of Immich's folders in the newest snapshot that was looked into.",
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
                title="Size per folder",
                description=(
                    "Size of each folder; `originals` is library and upload together, with their usual size and the "
                    "least that the plan lets pass."
                ),
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
                title="Age of the dump when the snapshot began",
                description=(
                    "What came after the dump is among the files, and unknown to the database. Below zero: the dump "
                    "was done only after the snapshot had begun, so it may know photos that the snapshot lacks."
                ),
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
                title="Time without a look",
                description=(
                    "How long there have been snapshots that nobody looked into, and how long that may last; not drawn "
                    "while the newest is known. Age: of the newest that was looked into."
                ),
                runbooks=("ContentsUnknown",),
            ),
            "s",
            Line(expression=age(c.CONTENTS_UNKNOWN_SINCE), name=f"{PLAN}, not looked into for"),
            Line(expression=age(c.SNAPSHOT_INSPECTED), name=f"{PLAN}, age"),
            most(series(c.INSPECTION_MAX_LAG), PLAN),
        ),
        HALF,
    )
    yield (
        lines(
            About(
                title="Read for it in a day",
                description=(
                    "What restic handed over in the last 24 hours to look into snapshots, and how much that may be "
                    "(`inspect.max_bytes_per_day`). In a cloud it is traffic that may be billed; a dump that lies on "
                    "the live disk is read there."
                ),
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
                title="Time for it in a day",
                description="How long restic listed files and read dumps in the last 24 hours.",
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
