from immich_backup_exporter.analysis.counts import count_key
from support.facts import plan

KEY = count_key(plan(), "/srv/immich")


def test_a_plan_that_selects_by_something_else_has_another_key_and_one_with_another_limit_has_not() -> None:
    assert count_key(plan(tags=("nightly",)), "/srv/immich") != KEY
    assert count_key(plan(), "/mnt/immich") != KEY
    assert count_key(plan(min_size_ratio=0.5, ignore_snapshots=("0123abcd",)), "/srv/immich") == KEY
