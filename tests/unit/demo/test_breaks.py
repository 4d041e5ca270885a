"""What the breaks that need no repository do to the library, and what all of them promise."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.demo.breaks import BREAKS
from immich_backup_exporter.demo.scene import Scene
from immich_backup_exporter.words import ENGLISH

NEWEST = "immich-db-backup-20260314T020000-v3.1.0-pg14.19.sql.gz"
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_the_kinds_are_those_that_the_documentation_promises():
    assert list(BREAKS) == [
        "job-stopped",
        "empty-folder",
        "corrupt-dump",
        "truncated-dump",
        "missing-dump",
        "wrong-password",
        "repository-gone",
        "stale-lock",
        "small-backup",
        "clock-wrong",
        "unfinished-dump",
        "same-repository",
        "folder-left-out",
        "library-halved",
        "database-only",
        "compose-left-out",
        "photos-left-out",
        "photos-gone",
        "dump-left-out",
        "half-dump",
        "wrong-order",
        "database-set-back",
        "external-library",
        "unknown-schema",
    ]


@pytest.mark.parametrize("kind", BREAKS)
def test_every_kind_explains_itself_in_a_line_and_shows_in_a_metric_with_all_its_labels(kind):
    assert 20 < len(ENGLISH.render(BREAKS[kind].help)) < 90
    assert BREAKS[kind].shows
    for series in BREAKS[kind].shows:
        assert tuple(name for name, _ in series.labels) == series.metric.labels


def test_a_corrupt_dump_differs_by_one_bit_and_has_its_old_time(scene: Scene):
    dump = scene.layout.dumps / NEWEST
    before, moment = dump.read_bytes(), dump.stat().st_mtime_ns
    done = BREAKS["corrupt-dump"].apply(scene)
    after = dump.read_bytes()
    assert (int.from_bytes(before) ^ int.from_bytes(after)).bit_count() == 1
    assert len(after) == len(before)
    assert dump.stat().st_mtime_ns == moment
    assert NEWEST in ENGLISH.render(done)


def test_a_truncated_dump_keeps_its_beginning_and_its_time(scene: Scene):
    dump = scene.layout.dumps / NEWEST
    before, moment = dump.read_bytes(), dump.stat().st_mtime_ns
    BREAKS["truncated-dump"].apply(scene)
    after = dump.read_bytes()
    assert before.startswith(after)
    assert 0.59 < len(after) / len(before) < 0.61
    assert dump.stat().st_mtime_ns == moment


def test_missing_dumps_are_the_newest_three(scene: Scene):
    BREAKS["missing-dump"].apply(scene)
    assert sorted(path.name for path in scene.layout.dumps.glob("*.gz")) == [
        "immich-db-backup-20260310T020000-v3.1.0-pg14.19.sql.gz",
        "immich-db-backup-20260311T020000-v3.1.0-pg14.19.sql.gz",
    ]


def test_the_last_dump_is_never_removed(scene: Scene):
    for dump in sorted(scene.layout.dumps.glob("*.gz"))[2:]:
        dump.unlink()
    BREAKS["missing-dump"].apply(scene)
    assert [path.name for path in scene.layout.dumps.glob("*.gz")] == [
        "immich-db-backup-20260310T020000-v3.1.0-pg14.19.sql.gz"
    ]


def test_an_unfinished_dump_was_last_written_to_five_hours_ago(scene: Scene):
    BREAKS["unfinished-dump"].apply(scene)
    (dump,) = scene.layout.dumps.glob("immich-db-backup-*.sql.gz.tmp")
    assert NOW.timestamp() - dump.stat().st_mtime == 5 * 3600


def test_another_password_is_written_and_the_agent_told_to_reload(scene: Scene):
    told: list[str] = []
    scene.layout.nas.password_file.write_text("right\n")
    changed = replace(scene, reload=lambda: told.append("reload"))
    BREAKS["wrong-password"].apply(changed)
    assert scene.layout.nas.password_file.read_text() == "not the password\n"
    assert told == ["reload"]


def test_a_repository_that_is_gone_is_kept_elsewhere_in_the_folder(scene: Scene):
    scene.layout.nas.path.mkdir()
    BREAKS["repository-gone"].apply(scene)
    assert not scene.layout.nas.path.exists()
    assert os.listdir(scene.layout.moved_away) == ["nas"]
