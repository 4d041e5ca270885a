from immich_backup_exporter.analysis.dumps import dump_facts, to_validate, usable_dumps
from immich_backup_exporter.domain.immich import DumpKind
from immich_backup_exporter.domain.records import SeenDump
from immich_backup_exporter.domain.state import DumpFacts
from support.facts import INVALID, NOW, UNDECIDED, VALID, dump_file, dump_settings, hours_ago, seen
from support.words import english


def facts_of(*dumps: SeenDump) -> DumpFacts:
    return dump_facts(dump_settings(), hours_ago(1000), dumps, (), NOW, None)


def test_the_newest_finished_routine_dump_is_the_one_that_counts() -> None:
    facts = facts_of(
        seen(dump_file(1, hours=34)),
        seen(dump_file(2, hours=10)),
        seen(dump_file(3, hours=1, kind=DumpKind.UPLOADED)),
        seen(dump_file(4, hours=1, kind=DumpKind.RESTORE_POINT)),
    )
    assert facts.newest is not None
    assert facts.newest.time == hours_ago(10)
    assert facts.routine == 2


def test_a_deleted_dump_is_not_counted_but_stays_in_the_baseline() -> None:
    facts = facts_of(
        seen(dump_file(1, hours=90, size_bytes=300), gone=True),
        seen(dump_file(2, hours=60, size_bytes=400), gone=True),
        seen(dump_file(3, hours=30, size_bytes=500), gone=True),
        seen(dump_file(4, hours=10, size_bytes=450)),
    )
    assert facts.routine == 1
    assert facts.size_baseline_bytes == 400.0
    assert facts.size_delta_bytes == -50


def test_only_dumps_of_the_same_kind_are_compared() -> None:
    facts = facts_of(
        seen(dump_file(1, hours=30, size_bytes=90000, group="also:db/*.sql:plain")),
        seen(dump_file(2, hours=20, size_bytes=100)),
        seen(dump_file(3, hours=10, size_bytes=110)),
    )
    assert facts.size_delta_bytes == 10


def test_one_dump_whose_permissions_changed_counts_once_in_the_baseline() -> None:
    facts = facts_of(
        seen(dump_file(1, hours=40, size_bytes=100)),
        seen(dump_file(2, hours=30, size_bytes=100)),
        seen(dump_file(2, hours=30, size_bytes=100, fingerprint="changed")),
        seen(dump_file(3, hours=10, size_bytes=100)),
    )
    assert facts.size_baseline_bytes is None


def test_a_dump_is_valid_by_the_verdict_on_the_newest_that_has_one() -> None:
    waiting, bad, good = seen(dump_file(3, hours=2)), seen(dump_file(2, hours=26), INVALID), seen(dump_file(1), VALID)
    facts = facts_of(waiting, bad, seen(dump_file(1, hours=50), VALID))
    assert facts.valid is False
    assert facts.last_valid == hours_ago(50)
    assert facts_of(good).valid is True


def test_without_a_verdict_nothing_is_said_about_validity() -> None:
    facts = facts_of(seen(dump_file(1)))
    assert facts.valid is None
    assert facts.last_valid is None


def test_no_verdict_for_an_hour_is_unverified_and_a_younger_one_is_not_yet() -> None:
    facts = facts_of(
        seen(dump_file(2), first_seen=hours_ago(0.9)),
        seen(dump_file(3), UNDECIDED, first_seen=hours_ago(1.1)),
    )
    assert facts.unverified == 1


def test_dumps_older_than_one_with_a_verdict_need_none() -> None:
    facts = facts_of(seen(dump_file(2, hours=5), VALID), seen(dump_file(1, hours=30), first_seen=hours_ago(30)))
    assert facts.unverified == 0


def test_a_dump_dated_in_the_future_is_never_the_newest() -> None:
    facts = facts_of(seen(dump_file(1, hours=10)), seen(dump_file(2, hours=-1)))
    assert facts.newest is not None
    assert facts.newest.time == hours_ago(10)
    assert facts.in_future == 1


def test_a_copied_dump_is_as_old_as_its_name_says() -> None:
    copied = dump_file(1, hours=1, named_time=hours_ago(100))
    facts = facts_of(seen(copied))
    assert facts.newest is not None
    assert facts.newest.time == hours_ago(100)


def test_a_dump_that_took_hours_is_as_old_as_its_end() -> None:
    assert dump_file(1, hours=1, named_time=hours_ago(24)).time == hours_ago(1)


def test_the_newest_is_read_first_and_older_ones_only_until_one_is_whole() -> None:
    newest, second, third = dump_file(3, hours=2), dump_file(2, hours=26), dump_file(1, hours=50)
    assert to_validate(usable_dumps([seen(second), seen(newest), seen(third)], NOW)) == seen(newest)
    assert to_validate(usable_dumps([seen(newest, INVALID), seen(second), seen(third)], NOW)) == seen(second)
    assert to_validate(usable_dumps([seen(newest, VALID), seen(second), seen(third)], NOW)) is None


def test_a_verdict_that_could_not_be_reached_is_remembered_and_the_one_before_is_read() -> None:
    newest, second = dump_file(3, hours=2), dump_file(2, hours=26)
    assert to_validate(usable_dumps([seen(newest, UNDECIDED), seen(second)], NOW)) == seen(second)


def test_unfinished_dumps_are_counted_from_the_last_look() -> None:
    left_behind = dump_file(9, hours=5, unfinished=True)
    facts = dump_facts(dump_settings(), hours_ago(1000), [seen(dump_file(1))], [left_behind], NOW, None)
    assert facts.unfinished == 1
    assert facts.oldest_unfinished == hours_ago(5)


def test_before_the_first_look_no_count_is_known() -> None:
    facts = dump_facts(dump_settings(), hours_ago(1000), [], None, NOW, None)
    assert facts.routine is None
    assert facts.unfinished is None


def test_an_empty_folder_that_was_looked_at_has_no_dumps() -> None:
    assert facts_of().routine == 0


def test_the_verdict_on_a_bad_newest_dump_is_said() -> None:
    assert english(facts_of(seen(dump_file(1), INVALID)).sentence) == "The gzip data is damaged (checksum)."
