"""What the demo tells its reader."""

from datetime import UTC, datetime

from immich_backup_exporter.demo.breaks import BREAKS
from immich_backup_exporter.demo.guide import alerts_text, breaks_text, change_text, guide_text
from immich_backup_exporter.demo.layout import Layout


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=UTC)


NOTHING = frozenset[tuple[str, str]]()
FILES = ("immich_backup_snapshot_files", frozenset([("repository", "nas"), ("plan", "immich")]))
VALID = ("immich_backup_dump_valid", NOTHING)
NOW = at(14)
BEFORE = {
    ("immich_backup_dumps", NOTHING): 14.0,
    ("immich_backup_dump_timestamp_seconds", NOTHING): at(12).timestamp(),
    ("immich_backup_last_valid_dump_timestamp_seconds", NOTHING): at(12).timestamp(),
}
AFTER = {
    ("immich_backup_dumps", NOTHING): 11.0,
    ("immich_backup_dump_timestamp_seconds", NOTHING): at(9).timestamp(),
    ("immich_backup_last_valid_dump_timestamp_seconds", NOTHING): at(9).timestamp(),
}


def test_the_guide_says_which_warning_a_demo_deserves(layout: Layout):
    text = guide_text(layout, "http://127.0.0.1:10321/", {}, NOW)
    assert "Two warnings are true here, from the first minute: NotIndependent for each repository." in text


def test_the_guide_says_where_it_is_and_what_a_metric_says_now(layout: Layout):
    text = guide_text(layout, "http://127.0.0.1:10321/", {VALID: 1.0}, NOW)
    assert "The demo is served: http://127.0.0.1:10321/\n" in text
    assert f"configuration  {layout.config_file} " in text
    assert "  that dump was read to its end, and is whole             1\n      immich_backup_dump_valid\n" in text


def test_every_kind_of_break_is_listed_with_what_it_is(layout: Layout):
    lines = breaks_text().splitlines()
    assert len(lines) == 24
    assert lines[2] == "corrupt-dump       a bit in the newest dump flipped: it unpacks to garbage"
    assert breaks_text().splitlines()[0] in guide_text(layout, "http://127.0.0.1:10321/", {}, NOW)


def test_a_change_is_told_as_before_and_after():
    text = change_text(BREAKS["missing-dump"], BEFORE, AFTER, NOW)
    assert text.splitlines()[:2] == ["  immich_backup_dumps", "      14 -> 11"]
    assert text.splitlines()[3].endswith(" (48 hours ago) -> 2026-03-09 12:00 UTC (5 days ago)")


def test_what_was_not_noticed_in_time_is_said_to_be_outstanding():
    text = change_text(BREAKS["missing-dump"], BEFORE, BEFORE, NOW)
    assert text.splitlines()[:3] == [
        "Not all of it was noticed in time; /metrics will show:",
        "  immich_backup_dumps",
        "      14 -> 14",
    ]


def test_what_restic_is_too_old_to_tell_is_left_out():
    assert "snapshot_files" not in change_text(BREAKS["small-backup"], {}, {}, NOW)
    assert "snapshot_files" in change_text(BREAKS["small-backup"], {}, {FILES: 2.0}, NOW)


def test_after_a_break_the_new_alerts_are_named_and_the_page_is_to_be_looked_at():
    before, after = {"ImmichBackupNotIndependent"}, {"ImmichBackupNotIndependent", "ImmichBackupStale"}
    assert alerts_text("http://127.0.0.1:10321/", before, after).splitlines() == [
        "These alerts follow from it, if they last: ImmichBackupStale.",
        "Look at the page again: http://127.0.0.1:10321/",
        "Ctrl-C ends it.",
    ]


def test_a_break_that_only_becomes_an_alert_later_says_so():
    text = alerts_text("http://127.0.0.1:10321/", set(), set())
    assert text.startswith("The agent does not conclude anything from it yet; an alert follows when it lasts.\n")
