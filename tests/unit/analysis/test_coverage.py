from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.analysis.coverage import Coverage, ExternalPaths, TreePaths
from immich_backup_exporter.domain.contents import MissingKind

ORIGINAL, SIDECAR, PROFILE = MissingKind.ORIGINAL, MissingKind.SIDECAR, MissingKind.PROFILE


def coverage(*files: bytes, external: Sequence[ExternalPaths] = ()) -> Coverage:
    return Coverage(TreePaths(originals={hash(one) for one in files}), external, datetime(2026, 3, 1, tzinfo=UTC))


def take(
    comparison: Coverage,
    path: bytes,
    *,
    external: bytes = b"f",
    status: bytes = b"active",
    offline: bytes = b"f",
    owner: bytes = b"o",
    sidecar: bytes | None = None,
) -> None:
    comparison.assets(
        ids=[b"a"],
        owners=[owner],
        paths=[path],
        external=[external],
        statuses=[status],
        offline=[offline],
        sidecars=None if sidecar is None else [sidecar],
    )


def test_a_sidecar_of_an_external_asset_is_not_sought_below_the_upload_location() -> None:
    comparison = coverage()
    take(comparison, b"/mnt/media/library/1.jpg", external=b"t")
    comparison.sidecars([b"a"], [b"/mnt/media/library/1.jpg.xmp"])

    assert comparison.counts().missing[SIDECAR] == 0


def test_the_same_in_a_column_of_the_assets() -> None:
    comparison = coverage()
    take(comparison, b"/mnt/media/upload/1.jpg", external=b"t", sidecar=b"/mnt/media/upload/1.jpg.xmp")

    assert comparison.counts().missing[SIDECAR] == 0


def test_a_sidecar_of_a_mapped_external_asset_is_missing_where_its_snapshot_lacks_it() -> None:
    library = ExternalPaths(container=b"/mnt/media/library", files={hash(b"1.jpg")})
    comparison = coverage(external=[library])
    take(comparison, b"/mnt/media/library/1.jpg", external=b"t")
    comparison.sidecars([b"a"], [b"/mnt/media/library/1.jpg.xmp"])

    assert comparison.counts().external_proven == 1
    assert comparison.counts().missing[SIDECAR] == 1


def test_of_an_external_library_that_no_plan_promises_nothing_is_missing() -> None:
    library = ExternalPaths(container=b"/mnt/media", files={hash(b"1.jpg"), hash(b"3.jpg")}, promised=False)
    comparison = coverage(external=[library])
    for number in (b"1", b"2"):
        path = b"/mnt/media/" + number + b".jpg"
        take(comparison, path, external=b"t", sidecar=path + b".xmp")
    take(comparison, b"/mnt/media//3.jpg", external=b"t")
    comparison.sidecars([b"a"], [b"/mnt/media/other.xmp"])

    counts = comparison.counts()
    assert (counts.external_proven, counts.external_unproven) == (2, 1)
    assert not any(counts.missing.values())


def test_a_sidecar_of_an_asset_that_immich_knows_to_be_offline_is_not_missing() -> None:
    comparison = coverage(external=[ExternalPaths(container=b"/mnt/photos", files=())])
    take(comparison, b"/mnt/photos/1.jpg", external=b"t", offline=b"t", sidecar=b"/mnt/photos/1.jpg.xmp")
    comparison.sidecars([b"a"], [b"/mnt/photos/1.jpg.xmp"])

    assert comparison.counts().missing[SIDECAR] == 0


@pytest.mark.parametrize("label", [b"upload", b"library", b"profile", b"b"])
def test_a_removed_users_name_hides_nothing_of_which_the_owner_is_known(label: bytes) -> None:
    comparison = coverage(b"library/a/there.jpg")
    take(comparison, b"upload/library/a/there.jpg")
    take(comparison, b"upload/upload/a/1.jpg", sidecar=b"upload/upload/a/1.xmp")
    take(comparison, b"upload/library/b/1.jpg", sidecar=b"upload/library/b/1.xmp")
    take(comparison, b"upload/library/r/1.jpg", owner=b"r", sidecar=b"upload/library/r/1.xmp")
    images = [b"upload/profile/o/1.jpg", b"upload/profile/r/1.jpg"]
    comparison.users([b"o", b"r"], [b"active", b"removing"], [b"\\N", label], images)

    assert comparison.counts().missing == {ORIGINAL: 2, SIDECAR: 2, PROFILE: 1}
    assert len(list(comparison.missing_files())) == 5
    assert len(comparison.digests(ORIGINAL)) == 8  # of one id twice


def test_a_removed_users_name_tells_whose_a_sidecar_is_that_comes_without_owner() -> None:
    comparison = coverage(b"library/a/there.jpg")
    take(comparison, b"/usr/src/app/upload/library/a/there.jpg")
    comparison.users([b"o", b"r"], [b"active", b"removing"], [b"\\N", b"upload"], None)
    paths = [b"upload/o/1.xmp", b"library/a/1.xmp", b"library/upload/1.xmp", b"upload/r/1.xmp"]
    comparison.sidecars([b"1", b"2", b"3", b"4"], [b"/usr/src/app/upload/" + path for path in paths])

    assert comparison.counts().missing[SIDECAR] == 2
    assert [one.item for one in comparison.missing_files()] == ["1", "2"]


def test_files_of_an_asset_that_is_being_deleted_are_known_as_long_as_they_are_there() -> None:
    comparison = coverage(b"library/1.jpg", b"library/1.jpg.xmp", b"library/1.xmp", b"library/stray.jpg")
    take(comparison, b"/data/library/1.jpg", status=b"deleted", sidecar=b"/data/library/1.xmp")
    comparison.sidecars([b"a", b"a"], [b"/data/library/1.jpg.xmp", b"/data/library/gone.xmp"])

    assert comparison.counts().unknown_files == 1
    assert comparison.counts().missing[SIDECAR] == 0
