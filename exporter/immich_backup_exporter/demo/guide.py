"""What the demo prints on the terminal: where it is, what to look at, what a break changed."""

from collections.abc import Collection
from datetime import datetime

from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c
from immich_backup_exporter.words import ENGLISH

from .breaks import BREAKS
from .layout import Layout
from .scene import NAS, NAS_PLAN, OFFSITE_PLAN, Break
from .watching import Series, Values, changed, spoken, value_of

LOOK_AT: tuple[tuple[Message, Series], ...] = (
    (Message("demo.look_up"), Series(c.REPOSITORY_UP, NAS)),
    (Message("demo.look_locks"), Series(c.REPOSITORY_LOCKS, NAS)),
    (Message("demo.look_age"), Series(c.LAST_SUCCESS_AGE, NAS_PLAN)),
    (Message("demo.look_offsite_age"), Series(c.LAST_SUCCESS_AGE, OFFSITE_PLAN)),
    (Message("demo.look_max_age"), Series(c.PLAN_MAX_AGE, NAS_PLAN)),
    (Message("demo.look_snapshots"), Series(c.SNAPSHOTS, NAS_PLAN)),
    (Message("demo.look_size"), Series(c.SNAPSHOT_SIZE, NAS_PLAN)),
    (Message("demo.look_usual_size"), Series(c.SNAPSHOT_SIZE_BASELINE, NAS_PLAN)),
    (Message("demo.look_assets"), Series(c.COVERAGE_ASSETS, NAS_PLAN)),
    (Message("demo.look_missing"), Series(c.COVERAGE_MISSING_ASSETS, NAS_PLAN)),
    (Message("demo.look_snapshot_dump"), Series(c.SNAPSHOT_DUMP_VALID, NAS_PLAN)),
    (Message("demo.look_dump"), Series(c.DUMP_TIMESTAMP)),
    (Message("demo.look_dump_valid"), Series(c.DUMP_VALID)),
    (Message("demo.look_marker"), Series(c.UPLOAD_LOCATION_UP, (("folder", FOLDERS[0]),))),
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

_shown = ENGLISH.render


def breaks_text() -> str:
    """The list of the kinds."""
    width = max(map(len, BREAKS))
    return "\n".join(f"{kind:{width}}  {_shown(one.help)}" for kind, one in BREAKS.items())


def guide_text(layout: Layout, url: str, values: Values, now: datetime) -> str:
    """What to look at, with the values of this moment."""
    width = max(len(_shown(text)) for text, _ in LOOK_AT)
    shown = (f"  {_shown(text):{width}}  {_value(series, values, now)}\n      {series}" for text, series in LOOK_AT)
    return "\n".join(
        (
            "",
            _shown(Message("demo.served", url=url)),
            f"  {_shown(Message('demo.served_metrics', url=url))}",
            f"  {_shown(Message('demo.served_config', path=str(layout.config_file)))}",
            f"  {_shown(Message('demo.served_library', path=str(layout.upload_location)))}",
            "",
            _shown(Message("demo.what_to_look_at")),
            *shown,
            "",
            f"  curl -s {url}metrics | grep -E '^immich_backup_(last_success|coverage|dump|upload_location)'",
            "",
            _shown(Message("demo.warnings")),
            "",
            _shown(Message("demo.how_to_break")),
            *(f"  {line}" for line in breaks_text().splitlines()),
            "",
            _shown(Message("demo.ends")),
        )
    )


def break_text(kind: str, done: Message) -> str:
    """What a break did."""
    said = _shown(Message("demo.break_done", kind=kind, done=done))
    return f"\n{said}\n{_shown(Message('demo.waiting'))}"


def change_text(one: Break, before: Values, after: Values, now: datetime) -> str:
    """How the metrics changed."""
    known = (series for series in one.also if value_of(series, after) is not None)
    lines = [
        f"  {series}\n      {_value(series, before, now)} -> {_value(series, after, now)}"
        for series in (*one.shows, *known)
    ]
    if not changed(one.shows, before, after):
        lines.insert(0, _shown(Message("demo.not_noticed")))
    return "\n".join(lines)


def alerts_text(url: str, before: Collection[str], after: Collection[str]) -> str:
    """Which alerts the break raises, by those that the agent's findings named before and after it."""
    new = tuple(sorted(set(after) - set(before)))
    alerts = Message("demo.alerts", alerts=new) if new else Message("demo.no_alert_yet")
    return "\n".join(map(_shown, (alerts, Message("demo.look_again", url=url), Message("demo.ends"))))


def _value(series: Series, values: Values, now: datetime) -> str:
    return ENGLISH.plain(spoken(series, value_of(series, values), now))
