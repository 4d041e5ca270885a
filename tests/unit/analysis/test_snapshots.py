from datetime import timedelta

from immich_backup_exporter.analysis.selection import selection_key
from immich_backup_exporter.analysis.snapshots import (
    active_hosts,
    container_hosts,
    count_record,
    plan_facts,
    plan_history,
    without_size,
)
from immich_backup_exporter.domain.records import CountRecord, Gone, RepositoryRecord, Unreadable
from immich_backup_exporter.domain.repository import TreeSize
from immich_backup_exporter.domain.settings import PlanSettings
from immich_backup_exporter.domain.state import PlanFacts
from support.facts import NOW, hours_ago, plan, record, snapshot, snapshot_id
from support.words import english

LOCATION = "/srv/immich"
KEY = selection_key(plan(), LOCATION)


def facts_of(known: RepositoryRecord, settings: PlanSettings | None = None) -> PlanFacts:
    return plan_facts(settings or plan(), hours_ago(1000), LOCATION, known, NOW)


def test_newest_oldest_and_count_are_of_the_listed_snapshots() -> None:
    facts = facts_of(record(snapshot(1, hours=50), snapshot(2, hours=2), snapshot(3, hours=26)))
    assert facts.newest is not None
    assert facts.newest.id == snapshot_id(2)
    assert facts.last_success == hours_ago(2)
    assert facts.oldest == hours_ago(50)
    assert facts.snapshots == 3


def test_deltas_are_to_the_snapshot_before_the_newest() -> None:
    facts = facts_of(
        record(
            snapshot(1, hours=50, size_bytes=1, files=1),
            snapshot(2, hours=26, size_bytes=1000, files=10),
            snapshot(3, hours=2, size_bytes=700, files=12),
        )
    )
    assert facts.size_delta_bytes == -300
    assert facts.files_delta == 2


def test_one_snapshot_has_no_delta_and_no_baseline() -> None:
    facts = facts_of(record(snapshot(1)))
    assert facts.size_delta_bytes is None
    assert facts.size_baseline_bytes is None


def test_the_baseline_leaves_out_the_newest_and_survives_forget() -> None:
    history = [snapshot(number, hours=24.0 * (10 - number), size_bytes=100 * number) for number in range(1, 6)]
    facts = facts_of(record(*history, present=frozenset({snapshot_id(5)})))
    assert facts.snapshots == 1
    assert facts.size_baseline_bytes == 250.0


def test_another_machines_snapshots_are_in_no_number() -> None:
    facts = facts_of(
        record(snapshot(1, hours=30), snapshot(2, hours=1, hostname="laptop", paths=("/home",), size_bytes=5))
    )
    assert facts.last_success == hours_ago(30)
    assert facts.snapshots == 1
    assert facts.size_bytes == 1000


def test_a_snapshot_more_than_ten_minutes_ahead_is_counted_but_never_fresh() -> None:
    facts = facts_of(record(snapshot(1, hours=30), snapshot(2, hours=-11 / 60), snapshot(3, hours=-48)))
    assert facts.last_success == hours_ago(30)
    assert facts.in_future == 2
    assert facts.snapshots == 3


def test_a_snapshot_ten_minutes_ahead_is_ordinary() -> None:
    facts = facts_of(record(snapshot(1, hours=-10 / 60)))
    assert facts.in_future == 0
    assert facts.last_success == hours_ago(-10 / 60)


def test_only_future_snapshots_leave_no_last_success_and_need_no_explanation() -> None:
    facts = facts_of(record(snapshot(1, hours=-48)))
    assert facts.last_success is None
    assert english(facts.explanation) is None


def test_a_rewritten_snapshot_counts_once_also_while_the_first_is_still_listed() -> None:
    first = snapshot(1, hours=5, size_bytes=1000)
    rewritten = snapshot(2, hours=5, size_bytes=900, original=first.id)
    facts = facts_of(record(snapshot(3, hours=30), first, rewritten))
    assert facts.snapshots == 2
    assert facts.size_bytes == 900
    assert facts.size_delta_bytes == -100


def test_a_tag_does_not_make_yesterdays_snapshot_its_own_predecessor() -> None:
    tagged = snapshot(2, hours=5, original=snapshot_id(1))
    facts = facts_of(record(snapshot(1, hours=5), tagged, present=frozenset({tagged.id})))
    assert facts.size_delta_bytes is None


def test_a_size_found_out_later_is_known_by_tree() -> None:
    facts = facts_of(
        record(
            snapshot(1, size_bytes=None, files=None, tree="a" * 64),
            tree_sizes={"a" * 64: TreeSize(size_bytes=4242, files=None)},
        )
    )
    assert facts.size_bytes == 4242
    assert facts.files is None


def test_the_newest_and_the_fourteen_before_it_are_sized_newest_first() -> None:
    known = record(*(snapshot(number, hours=100.0 - number, size_bytes=None) for number in range(1, 21)))
    waiting = without_size(plan_history(plan(), LOCATION, known, NOW), {})
    assert [one.id for one in waiting] == [snapshot_id(number) for number in range(20, 5, -1)]


def test_snapshots_with_a_summary_are_not_sized() -> None:
    known = record(snapshot(1), snapshot(2, hours=2, size_bytes=None, tree="b" * 64))
    sizes = {"b" * 64: TreeSize(size_bytes=1, files=None)}
    assert without_size(plan_history(plan(), LOCATION, known, NOW), sizes) == ()


def test_a_plan_that_matches_nothing_explains_itself() -> None:
    facts = facts_of(record(snapshot(1, paths=("/data",))))
    assert facts.snapshots == 0
    assert facts.newest is None
    assert english(facts.explanation) == (
        "0 of 1 snapshot matches the upload location /srv/immich. Paths seen: /data in 1. Try `backed_up_as: /data`."
    )


def test_two_machines_that_both_back_up_are_two_hosts() -> None:
    both = [snapshot(1, hours=2), snapshot(2, hours=1, hostname="other")]
    assert active_hosts(both, timedelta(hours=26)) == 2


def test_a_renamed_machine_is_one_host_though_its_old_snapshots_are_kept() -> None:
    renamed = [snapshot(1, hours=48), snapshot(2, hours=24), snapshot(3, hours=0, hostname="new")]
    assert active_hosts(renamed, timedelta(hours=26)) == 1


def test_a_renamed_machine_with_a_history_is_one_host_also_when_the_first_new_backup_comes_soon() -> None:
    renamed = [snapshot(number, hours=100 - 24 * number) for number in range(1, 5)]
    assert active_hosts([*renamed, snapshot(5, hours=3, hostname="new")], timedelta(hours=26)) == 1


def test_two_machines_of_which_one_is_new_are_two_hosts_once_the_other_came_again() -> None:
    both = [snapshot(number, hours=100 - 24 * number) for number in range(1, 5)]
    both += [snapshot(5, hours=3, hostname="new"), snapshot(6, hours=0)]
    assert active_hosts(both, timedelta(hours=26)) == 2


def test_the_count_is_recorded_once_for_each_newest_snapshot() -> None:
    known = record(snapshot(1, hours=30), snapshot(2, hours=2))
    entry = count_record(KEY, plan_history(plan(), LOCATION, known, NOW), ())
    assert entry == CountRecord(plan=KEY, newest_id=snapshot_id(2), time=hours_ago(2), count=2)
    assert count_record(KEY, plan_history(plan(), LOCATION, known, NOW), (entry,)) is None


def test_the_baseline_of_counts_leaves_out_the_entry_of_the_newest() -> None:
    counts = tuple(
        CountRecord(plan=KEY, newest_id=snapshot_id(number), time=hours_ago(10.0 - number), count=count)
        for number, count in ((1, 30), (2, 31), (3, 30), (4, 5))
    )
    assert facts_of(record(snapshot(4), counts=counts)).snapshots_baseline == 30.0


def test_when_every_snapshot_is_gone_the_baseline_of_counts_stays() -> None:
    counts = tuple(
        CountRecord(plan=KEY, newest_id=snapshot_id(number), time=hours_ago(10.0 - number), count=30)
        for number in (1, 2, 3)
    )
    facts = facts_of(record(snapshot(3), present=frozenset(), counts=counts))
    assert facts.snapshots == 0
    assert facts.last_success is None
    assert facts.snapshots_baseline == 30.0


def test_two_machines_that_take_turns_are_two_hosts_also_when_their_times_are_far_apart() -> None:
    turns = [
        snapshot(1, hours=38, hostname="a"),
        snapshot(2, hours=24, hostname="b"),
        snapshot(3, hours=14, hostname="a"),
        snapshot(4, hours=0, hostname="b"),
    ]
    assert active_hosts(turns, timedelta(hours=26)) == 2


def test_a_chain_of_rewrites_counts_once() -> None:
    first = snapshot(1, hours=5)
    tagged = snapshot(2, hours=5, original=first.id)
    rewritten = snapshot(3, hours=5, original=tagged.id, size_bytes=900)
    facts = facts_of(
        record(
            snapshot(9, hours=30),
            first,
            tagged,
            rewritten,
            present=frozenset({snapshot_id(9), tagged.id, rewritten.id}),
        )
    )
    assert facts.snapshots == 2
    assert facts.size_bytes == 900
    assert facts.size_delta_bytes == -100


def test_a_repository_whose_snapshots_cannot_be_read_is_not_called_empty() -> None:
    unreadable = {snapshot_id(1): Unreadable(attempts=1, retry_at=NOW)}
    assert english(facts_of(record(unreadable=unreadable)).explanation) == (
        "The repository lists 1 snapshot, and restic could read none of them."
    )


def test_a_repository_that_was_emptied_is_not_told_to_be_used_for_the_first_time() -> None:
    assert english(facts_of(record(snapshot(1), present=frozenset())).explanation) == (
        "The repository lists no snapshot any more; it held some before."
    )


def test_containers_that_change_their_names_are_one_machine() -> None:
    four_a_day = [snapshot(n, hours=60 - 6 * n, hostname=f"{n:012x}") for n in range(10)]
    assert active_hosts(four_a_day, timedelta(hours=26)) == 1
    assert container_hosts(four_a_day) == 10


def test_names_of_containers_stop_counting_once_the_newest_snapshot_has_another() -> None:
    before = [snapshot(n, hours=60 - 6 * n, hostname=f"{n:012x}") for n in range(9)]
    assert container_hosts([*before, snapshot(9, hours=1, hostname="photos")]) == 0
    assert container_hosts([]) == 0


def test_snapshots_that_live_on_under_another_host_have_not_vanished() -> None:
    old = [snapshot(n, hours=24 * (6 - n), hostname="demo") for n in range(1, 6)]
    new = [snapshot(n + 10, hours=24 * (6 - n), hostname="photos", original=snapshot_id(n)) for n in range(1, 6)]
    gone = {one.id: Gone(after=hours_ago(2), seen=hours_ago(1)) for one in old}
    settings = plan(host="demo")
    key = selection_key(settings, LOCATION)
    counts = tuple(CountRecord(plan=key, newest_id=one.id, time=one.time, count=5) for one in old)
    known = record(*old, *new, present=frozenset(one.id for one in new), gone=gone, counts=counts)
    facts = facts_of(known, settings)
    assert (facts.snapshots, facts.snapshots_baseline) == (0, 0)
    assert facts.explanation is not None
    assert english(facts.explanation) == "5 snapshots of host photos hold the library; the plan asks for host demo."
