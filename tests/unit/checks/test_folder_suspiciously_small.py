import pytest

from immich_backup_exporter.checks.folder_suspiciously_small import CHECK
from immich_backup_exporter.domain.contents import ORIGINALS
from support.healthy import PAUSE, STATE, found, severity, silent
from support.insides import CONTENTS, MEGABYTE, with_contents, with_folders


@pytest.mark.parametrize(("upload", "expected"), [(30, "ok"), (29, "critical")])
def test_originals_below_the_ratio_are_critical_as_one(upload: int, expected: str) -> None:
    assert severity(CHECK, with_folders(upload=upload * MEGABYTE)) == expected


def test_the_originals_are_called_so() -> None:
    assert found(CHECK, with_folders(upload=1 * MEGABYTE)).labels == {
        "repository": "nas",
        "plan": "immich",
        "folder": "originals",
    }


def test_files_that_moved_from_upload_to_library_are_still_there() -> None:
    assert severity(CHECK, with_folders(upload=1 * MEGABYTE, library=99 * MEGABYTE)) == "ok"


def test_what_immich_makes_again_counts_only_where_it_is_required() -> None:
    assert severity(CHECK, with_folders(thumbs=1 * MEGABYTE)) == "ok"
    folders = with_folders(thumbs=1 * MEGABYTE).repositories[0].plans[0].contents.folders  # type: ignore[union-attr]
    required = {**CONTENTS.required, "thumbs": True}
    assert severity(CHECK, with_contents(folders=folders, required=required)) == "critical"


@pytest.mark.parametrize(("usual", "expected"), [(10_000_000.0, "ok"), (10_000_001.0, "critical")])
def test_a_small_folder_shrinks_with_a_single_file(usual: float, expected: str) -> None:
    folders = with_folders(profile=1000).repositories[0].plans[0].contents.folders  # type: ignore[union-attr]
    baselines = {"profile": usual, ORIGINALS: 100.0 * MEGABYTE}
    assert severity(CHECK, with_contents(folders=folders, size_baselines=baselines)) == expected


def test_on_the_first_days_nothing_is_usual() -> None:
    folders = with_folders(upload=1).repositories[0].plans[0].contents.folders  # type: ignore[union-attr]
    assert severity(CHECK, with_contents(folders=folders, size_baselines={})) == "ok"


def test_a_missing_folder_explains_it() -> None:
    assert silent(CHECK, with_folders(upload=0))


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_folders({"paused_until": PAUSE}, upload=1)) == "ok"


def test_before_anything_was_looked_into_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)
