import pytest

from immich_backup_exporter.checks.assets_missing_in_immich import CHECK
from support.healthy import PAUSE, STATE, severity, silent
from support.insides import with_coverage


@pytest.mark.parametrize(
    ("gone", "accepted", "expected"), [(0, 0, "ok"), (1, 0, "warning"), (7, 7, "ok"), (8, 7, "warning")]
)
def test_more_originals_gone_than_were_accepted_is_a_warning(gone: int, accepted: int, expected: str) -> None:
    assert severity(CHECK, with_coverage(record={"persistent_gone": gone}, accepted_gone=accepted)) == expected


def test_where_the_live_disk_cannot_be_seen_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_coverage(record={"persistent_gone": None}))
    assert silent(CHECK, STATE)


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_coverage({"paused_until": PAUSE}, record={"persistent_gone": 1})) == "ok"
