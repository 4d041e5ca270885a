import pytest

from immich_backup_exporter.checks.assets_missing_from_snapshot import CHECK
from immich_backup_exporter.domain.contents import MissingKind
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import with_coverage, with_folders


def missing(number: int, gone: int | None = 0, settings: dict[str, object] | None = None) -> object:
    record = {"persistent": {MissingKind.ORIGINAL: number}, "persistent_gone": gone}
    return severity(CHECK, with_coverage(settings, record=record))


def test_nothing_missing_is_ok() -> None:
    assert found(CHECK, with_coverage()).sentence == "All 1,000 originals that the database knows are in the snapshot."


@pytest.mark.parametrize(("limit", "expected"), [(0, "critical"), (2, "critical"), (3, "ok")])
def test_more_than_allowed_for_the_second_dump_in_a_row_is_critical(limit: int, expected: str) -> None:
    assert missing(3, settings={"max_missing_assets": limit}) == expected


def test_what_is_gone_from_the_live_disk_too_is_no_fault_of_the_backup() -> None:
    assert missing(3, gone=3) == "ok"
    assert missing(3, gone=2) == "critical"


def test_where_the_live_disk_cannot_be_seen_all_of_them_count() -> None:
    assert missing(1, gone=None) == "critical"


def test_missing_once_is_noise_that_passes() -> None:
    finding = found(CHECK, with_coverage(counts={"missing": {MissingKind.ORIGINAL: 5}}))
    assert finding.severity == "ok"
    assert finding.sentence.startswith("5 of 1,000 originals are not in the newest snapshot")


def test_before_a_second_dump_nothing_is_persistent() -> None:
    state = with_coverage(record={"persistent": {}}, counts={"missing": {MissingKind.ORIGINAL: 5}})
    assert severity(CHECK, state) == "ok"


def test_a_folder_that_is_missing_or_shrank_explains_it() -> None:
    assert silent(CHECK, with_folders(profile=0))
    assert silent(CHECK, with_folders(upload=1))


def test_a_paused_plan_is_ok() -> None:
    assert missing(3, settings={"paused_until": PAUSE}) == "ok"


def test_before_any_comparison_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)
