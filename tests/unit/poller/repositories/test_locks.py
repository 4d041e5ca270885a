from immich_backup_exporter.domain.repository import LockName
from immich_backup_exporter.poller.repositories.locks import Locks
from support.facts import NOW, hours_ago


def test_without_a_lock_nothing_is_in_progress() -> None:
    locks = Locks().listed((), NOW)
    assert (locks.facts.count, locks.facts.oldest, locks.in_progress(NOW)) == (0, None, False)


def test_a_lock_is_as_old_as_its_file() -> None:
    locks = Locks().listed(
        [LockName(name="a", modified=hours_ago(0.2)), LockName(name="b", modified=hours_ago(2))], NOW
    )
    assert (locks.facts.count, locks.facts.oldest) == (2, hours_ago(2))


def test_a_lock_without_a_time_is_as_old_as_its_first_listing() -> None:
    locks = Locks().listed([LockName(name="a")], hours_ago(3)).listed([LockName(name="a")], NOW)
    assert locks.facts.oldest == hours_ago(3)


def test_so_is_one_with_a_time_ahead() -> None:
    ahead = LockName(name="a", modified=hours_ago(-5))
    assert Locks().listed([ahead], hours_ago(3)).listed([ahead], NOW).facts.oldest == hours_ago(3)


def test_a_lock_that_is_refreshed_shows_a_backup_in_progress() -> None:
    assert Locks().listed([LockName(name="a", modified=hours_ago(0.49))], NOW).in_progress(NOW)


def test_one_that_was_not_refreshed_for_half_an_hour_shows_none() -> None:
    assert not Locks().listed([LockName(name="a", modified=hours_ago(0.5))], NOW).in_progress(NOW)


def test_fresh_locks_for_more_than_a_day_are_no_backup_in_progress() -> None:
    locks = Locks().listed([LockName(name="a", modified=hours_ago(24))], hours_ago(24))
    locks = locks.listed([LockName(name="b", modified=hours_ago(0.1))], hours_ago(0.1))
    assert locks.in_progress(hours_ago(0.1))
    assert not locks.in_progress(NOW)
