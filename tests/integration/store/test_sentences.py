"""Files of format 7, which kept sentences, open with their facts kept and their sentences as messages."""

import sqlite3
from pathlib import Path

import pytest

from immich_backup_exporter.domain.immich import DumpOutcome
from immich_backup_exporter.domain.messages import Bytes, Message
from immich_backup_exporter.store import open_store
from immich_backup_exporter.store.schema import MIGRATIONS, migrate
from support.store_facts import StandingClock

TREES = ("aa" * 32, "bb" * 32, "cc" * 32)

DUMP = """INSERT INTO dump (fingerprint, name, path, kind, comparable_group, unfinished, size_bytes, modified,
    first_seen, finished, gone, outcome, sentence, unpacked_bytes)
    VALUES (?, 'a.sql.gz', '/srv/a.sql.gz', 'immich', 'immich:gz', 0, 5, ?, 1, 1, 0, ?, ?, 321)"""

CONTENTS = """INSERT INTO contents (tree, time, known, sentence, answered, dumps, missing_paths, dump_name, dump_path,
    dump_kind, dump_group, dump_size_bytes, dump_modified, dump_fingerprint, outcome, verdict_sentence,
    unpacked_bytes, holds_immich)
    VALUES (?, 1, 0, ?, '[]', 1, '[]', 'a.sql', '/a.sql', 'immich', 'immich:plain', 5, 1, 'f', ?, ?, 99, 1)"""

COVERAGE = """INSERT INTO coverage (tree, dump, time, dump_time, answered, trouble)
    VALUES (?, 'a dump', 1, 1772366400000000, '[]', ?)"""


@pytest.fixture
def before(quick_path: Path) -> sqlite3.Connection:
    """A file of format 7 with one snapshot of each tree."""
    connection = sqlite3.connect(quick_path / "state.sqlite3", isolation_level=None)
    migrate(connection, MIGRATIONS[:7])
    connection.execute("INSERT INTO agent (created) VALUES (1)")
    connection.execute("INSERT INTO repository (id, used) VALUES ('5e', 1772366400000000)")
    connection.executemany(
        """INSERT INTO snapshot (repository, id, present, time, tree, hostname, paths, tags)
            VALUES (1, ?, 1, 1772366400000000, ?, 'photos', '[]', '[]')""",
        zip("xyz", TREES, strict=True),
    )
    return connection


def test_verdicts_on_dumps_are_kept_and_say_the_same(quick_path: Path, before: sqlite3.Connection) -> None:
    said = "The dump is cut off among the rows of a table, after 321 bytes of text."
    before.execute(DUMP, ("f1", 1, "valid", "The dump is whole."))
    before.execute(DUMP, ("f2", 2, "invalid", said))
    before.execute(DUMP, ("f3", 3, "invalid", "It is cut off, said the first version."))
    before.execute(DUMP, ("f4", 4, None, None))
    before.close()

    store = open_store(str(quick_path), StandingClock())

    assert store.notices == ()
    whole, cut_off, unknown, unread = (dump.verdict for dump in store.load_dumps())
    assert whole is not None
    assert (whole.outcome, whole.sentence) == (DumpOutcome.VALID, Message("dump_verdicts.whole"))
    assert cut_off is not None
    assert (cut_off.outcome, cut_off.unpacked_bytes) == (DumpOutcome.INVALID, 321)
    assert cut_off.sentence == Message("dump_verdicts.cut_in_rows", size=Bytes(321))
    assert unknown is not None
    assert (unknown.outcome, unknown.sentence) == (DumpOutcome.INVALID, Message("earlier.dump_invalid"))
    assert unread is None
    store.close()


def test_contents_are_kept_and_say_the_same(quick_path: Path, before: sqlite3.Connection) -> None:
    before.execute(
        CONTENTS, (TREES[0], "None of Immich's folders is in the snapshot.", "invalid", "The file is empty.")
    )
    before.execute(CONTENTS, (TREES[1], "It is odd.", "undecided", "It is odd, too."))
    before.execute(CONTENTS, (TREES[2], None, None, None))
    before.close()

    store = open_store(str(quick_path), StandingClock())

    assert store.notices == ()
    trees = store.load_contents().trees
    assert trees[TREES[0]].answer.sentence == Message("inspection.nothing")
    first = trees[TREES[0]].verdict
    assert first is not None
    assert (first.outcome, first.sentence, first.unpacked_bytes) == (
        DumpOutcome.INVALID,
        Message("dump_verdicts.empty"),
        99,
    )
    assert trees[TREES[1]].answer.sentence == Message("earlier.contents_unknown")
    second = trees[TREES[1]].verdict
    assert second is not None
    assert (second.outcome, second.sentence) == (DumpOutcome.UNDECIDED, Message("earlier.dump_undecided"))
    assert (trees[TREES[2]].answer.sentence, trees[TREES[2]].verdict) == (None, None)
    store.close()


def test_why_there_was_no_coverage_is_kept(quick_path: Path, before: sqlite3.Connection) -> None:
    before.execute(COVERAGE, (TREES[0], "It holds more than 50,000,000 assets and was not counted further."))
    before.execute(COVERAGE, (TREES[1], "It is odd."))
    before.execute(COVERAGE, (TREES[2], None))
    before.close()

    store = open_store(str(quick_path), StandingClock())

    coverages = store.load_contents().coverages
    assert coverages[TREES[0], "a dump"].trouble == Message("dump_verdicts.too_many_assets", limit=50_000_000)
    assert coverages[TREES[1], "a dump"].trouble == Message("earlier.coverage")
    assert coverages[TREES[2], "a dump"].trouble is None
    store.close()


def test_a_sentence_of_bytes_that_are_no_text_costs_the_sentence_only(
    quick_path: Path, before: sqlite3.Connection
) -> None:
    before.execute(DUMP, ("f1", 1, "invalid", b"\xff\xfe"))
    before.close()

    store = open_store(str(quick_path), StandingClock())

    (dump,) = store.load_dumps()
    assert dump.verdict is not None
    assert (dump.verdict.outcome, dump.verdict.sentence) == (DumpOutcome.INVALID, Message("earlier.dump_invalid"))
    store.close()


@pytest.mark.parametrize("spoilt", ["The file is empty.", '{"kind":"message"}', "[]", 7, b"\xff"])
def test_a_row_whose_message_is_none_is_left_out(
    quick_path: Path, before: sqlite3.Connection, spoilt: str | int | bytes
) -> None:
    before.execute(CONTENTS, (TREES[0], None, None, None))
    before.execute(CONTENTS, (TREES[1], None, None, None))
    before.execute(COVERAGE, (TREES[0], None))
    before.execute(DUMP, ("f1", 1, "invalid", "The file is empty."))
    migrate(before)
    before.execute("UPDATE contents SET sentence = ? WHERE tree = ?", (spoilt, TREES[0]))
    before.execute("UPDATE coverage SET trouble = ?", (spoilt,))
    before.execute("UPDATE dump SET sentence = ?", (spoilt,))
    before.close()

    store = open_store(str(quick_path), StandingClock())

    assert set(store.load_contents().trees) == {TREES[1]}
    assert store.load_contents().coverages == {}
    (dump,) = store.load_dumps()
    assert (dump.file.fingerprint, dump.verdict) == ("f1", None)
    store.close()
