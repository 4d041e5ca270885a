from dataclasses import replace

import pytest

from immich_backup_exporter.checks.dump_stale import CHECK
from support.facts import dump_file, hours_ago
from support.healthy import PAUSE, STATE, found, severity, silent, with_dump, without_folder


def test_a_fresh_dump_is_ok_and_says_age_and_limit() -> None:
    finding = found(CHECK, STATE)
    assert (finding.severity, finding.labels) == ("ok", {})
    assert finding.sentence == "The newest dump that is whole is 10 hours old; the limit is 26 hours."


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.1, "critical"), (2600, "critical")])
def test_a_stale_dump_is_critical_after_its_max_age(hours: float, expected: str) -> None:
    assert severity(CHECK, with_dump(last_valid=hours_ago(hours))) == expected


@pytest.mark.parametrize(("hours", "expected"), [(26, "ok"), (26.1, "critical")])
def test_where_none_could_be_read_the_newest_counts(hours: float, expected: str) -> None:
    state = with_dump(valid=None, last_valid=None, newest=dump_file(5, hours=hours))
    assert severity(CHECK, state) == expected


def test_a_newer_one_without_a_verdict_does_not_hide_an_old_whole_one() -> None:
    assert severity(CHECK, with_dump(newest=dump_file(5, hours=1), last_valid=hours_ago(30))) == "critical"


def test_a_broken_newest_one_is_for_another_check_to_say() -> None:
    assert silent(CHECK, with_dump(valid=False, last_valid=hours_ago(99)))


def test_an_unmounted_disk_explains_it() -> None:
    assert silent(CHECK, with_dump(state=without_folder("backups"), last_valid=hours_ago(99)))
    assert severity(CHECK, with_dump(state=without_folder("thumbs"), last_valid=hours_ago(99))) == "critical"


def test_a_pause_is_ok_until_it_is_over() -> None:
    assert severity(CHECK, with_dump({"paused_until": PAUSE}, last_valid=hours_ago(99))) == "ok"
    assert severity(CHECK, with_dump({"paused_until": hours_ago(0)}, last_valid=hours_ago(99))) == "critical"


def test_a_folder_out_of_sight_is_unknown_until_the_dump_is_too_old() -> None:
    blind = {"out_of_sight": True, "sentence": "The dump folder cannot be read."}
    assert severity(CHECK, with_dump(**blind)) == "unknown"
    assert severity(CHECK, with_dump(**blind, last_valid=hours_ago(27))) == "critical"


def test_without_a_dump_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_dump(newest=None, last_valid=None, valid=None))
    assert silent(CHECK, replace(STATE, dump=None))
