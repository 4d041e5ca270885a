"""What the demo says on the terminal: where it is, what to look at, what a break changed."""

from datetime import datetime

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.metrics import catalog as c

from .breaks import BREAKS
from .layout import Layout
from .scene import NAS, NAS_PLAN, OFFSITE_PLAN, Break
from .watching import Series, Values, changed, spoken, value_of

LOOK_AT: tuple[tuple[str, Series], ...] = (
    ("the repository can be listed, and restic could open it", Series(c.REPOSITORY_UP, NAS)),
    ("locks in it: somebody is at work, or was killed", Series(c.REPOSITORY_LOCKS, NAS)),
    ("age of the newest backup", Series(c.LAST_SUCCESS_AGE, NAS_PLAN)),
    ("the same for the copy off-site", Series(c.LAST_SUCCESS_AGE, OFFSITE_PLAN)),
    ("how old it may become, as configured", Series(c.PLAN_MAX_AGE, NAS_PLAN)),
    ("backups that are there", Series(c.SNAPSHOTS, NAS_PLAN)),
    ("size of the newest", Series(c.SNAPSHOT_SIZE, NAS_PLAN)),
    ("the usual size, to compare it with", Series(c.SNAPSHOT_SIZE_BASELINE, NAS_PLAN)),
    ("photos and videos that the database in it knows", Series(c.COVERAGE_ASSETS, NAS_PLAN)),
    ("of these, the ones that the newest backup lacks", Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN)),
    ("the dump in the newest backup is whole", Series(c.SNAPSHOT_DUMP_VALID, NAS_PLAN)),
    ("newest database dump", Series(c.DUMP_TIMESTAMP)),
    ("that dump was read to its end, and is whole", Series(c.DUMP_VALID)),
    ("the folder's disk is mounted: Immich's marker is in it", Series(c.UPLOAD_LOCATION_UP, (("folder", FOLDERS[0]),))),
)

LOOKED: tuple[Series, ...] = (
    Series(c.LAST_SUCCESS_AGE, NAS_PLAN),
    Series(c.LAST_SUCCESS_AGE, OFFSITE_PLAN),
    Series(c.SNAPSHOT_SIZE, NAS_PLAN),
    Series(c.DUMP_VALID),
    Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN),
    Series(c.COVERAGE_MISSING_ASSETS, OFFSITE_PLAN),
)
"""Once these are there, the agent has looked at everything."""


def breaks_text() -> str:
    """The list of the kinds."""
    width = max(map(len, BREAKS))
    return "\n".join(f"{kind:{width}}  {one.help}" for kind, one in BREAKS.items())


def guide_text(layout: Layout, url: str, values: Values, now: datetime) -> str:
    """What to look at, with the values of this moment."""
    width = max(len(text) for text, _ in LOOK_AT)
    shown = (
        f"  {text:{width}}  {spoken(series, value_of(series, values), now)}\n      {series}" for text, series in LOOK_AT
    )
    return "\n".join(
        (
            "",
            f"The demo is served: {url}",
            f"  metrics        {url}metrics",
            f"  configuration  {layout.config_file}  (to read as an example)",
            f"  library        {layout.upload_location}",
            "",
            "What to look at, and what it says now:",
            *shown,
            "",
            f"  curl -s {url}metrics | grep -E '^immich_backup_(last_success|coverage|dump|upload_location)'",
            "",
            "One warning is true here, and told after a quarter of an hour: NotIndependent. The library and both",
            "repositories of a demo lie on one disk, and the copy that is called off-site is a folder beside them.",
            "",
            "Start it with `--break KIND` (`make demo BREAK=KIND`) and it goes bad before your eyes:",
            *(f"  {line}" for line in breaks_text().splitlines()),
            "",
            "Ctrl-C ends it.",
        )
    )


def break_text(kind: str, done: str) -> str:
    """What a break did."""
    return f"\n--break {kind}: {done}\nWaiting until the agent notices ..."


def change_text(one: Break, before: Values, after: Values, now: datetime) -> str:
    """How the metrics changed."""
    told = (series for series in one.also if value_of(series, after) is not None)
    lines = [
        f"  {series}\n      {spoken(series, value_of(series, before), now)}"
        f" -> {spoken(series, value_of(series, after), now)}"
        for series in (*one.shows, *told)
    ]
    if not changed(one.shows, before, after):
        lines.insert(0, "Not all of it was noticed in time; /metrics will tell:")
    return "\n".join(lines)
