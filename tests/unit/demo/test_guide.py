"""What the demo tells its reader."""

from datetime import UTC, datetime

from immich_backup_exporter.demo.breaks import BREAKS
from immich_backup_exporter.demo.guide import breaks_text, change_text, guide_text
from immich_backup_exporter.demo.layout import Layout

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
VALID = ("immich_backup_dump_valid", frozenset[tuple[str, str]]())


def test_the_guide_says_where_it_is_and_what_a_metric_says_now(layout: Layout):
    text = guide_text(layout, "http://127.0.0.1:10321/", {VALID: 1.0}, NOW)
    assert "The demo is served: http://127.0.0.1:10321/\n" in text
    assert f"configuration  {layout.config_file} " in text
    assert "  that dump was read to its end, and is whole             1\n      immich_backup_dump_valid\n" in text


def test_every_kind_of_break_is_listed_with_what_it_is(layout: Layout):
    lines = breaks_text().splitlines()
    assert len(lines) == 11
    assert lines[2] == "corrupt-dump     a bit in the newest dump flipped: it unpacks to garbage"
    assert breaks_text().splitlines()[0] in guide_text(layout, "http://127.0.0.1:10321/", {}, NOW)


def test_a_change_is_told_as_before_and_after():
    text = change_text(BREAKS["corrupt-dump"], {VALID: 1.0}, {VALID: 0.0}, NOW)
    assert text.splitlines()[:2] == ["  immich_backup_dump_valid", "      1 -> 0"]
    assert text.splitlines()[3] == "      (absent) -> (absent)"
