import unicodedata

import pytest

from immich_backup_exporter.analysis.selection import covers, explain_no_match, selector
from support.facts import plan, snapshot
from support.words import english

LOCATION = "/srv/immich"


@pytest.mark.parametrize("path", ["/srv/immich", "/srv/immich/", "/srv", "/"])
def test_a_path_covers_itself_and_what_is_below_it(path: str) -> None:
    assert covers(path, "/srv/immich")


@pytest.mark.parametrize("path", ["/srv/immich2", "/srv/immich/library", "/srv/imm", "srv/immich"])
def test_a_path_covers_neither_its_siblings_nor_what_is_above_it(path: str) -> None:
    assert not covers(path, "/srv/immich")


@pytest.mark.parametrize(
    "paths",
    [("/srv/immich",), ("/srv",), ("/",), ("/srv/immich/library", "/srv/immich/backups"), ("/srv/immich/upload",)],
)
def test_by_default_snapshots_whose_paths_cover_the_upload_location_are_taken(paths: tuple[str, ...]) -> None:
    one = snapshot(1, paths=paths)
    assert selector(plan(), LOCATION, [one])(one)


@pytest.mark.parametrize("paths", [("/etc",), ("/srv/immich/backups",), ("/data",), ("/srv/immich-old",), ()])
def test_by_default_snapshots_of_anything_else_are_not_taken(paths: tuple[str, ...]) -> None:
    one = snapshot(1, paths=paths)
    assert not selector(plan(), LOCATION, [one])(one)


def test_a_plan_that_holds_only_the_database_takes_snapshots_of_the_dump_folder() -> None:
    one = snapshot(1, paths=("/srv/immich/backups",))
    assert selector(plan(holds=("database",)), LOCATION, [one])(one)


def test_backed_up_as_replaces_the_upload_location() -> None:
    container, other = snapshot(1, paths=("/data",)), snapshot(2, paths=(LOCATION,))
    chosen = selector(plan(backed_up_as="/data"), LOCATION, [container, other])
    assert chosen(container)
    assert not chosen(other)


def test_host_and_every_tag_must_fit() -> None:
    chosen = selector(plan(host="photos", tags=("immich", "nightly")), None, [])
    assert chosen(snapshot(1, tags=("nightly", "immich", "x")))
    assert not chosen(snapshot(2, tags=("immich",)))
    assert not chosen(snapshot(3, hostname="laptop", tags=("immich", "nightly")))


def test_paths_must_all_be_among_the_snapshots_own() -> None:
    chosen = selector(plan(paths=("/a", "/b/")), LOCATION, [])
    assert chosen(snapshot(1, paths=("/b", "/a", "/c")))
    assert not chosen(snapshot(2, paths=("/a",)))


@pytest.mark.parametrize(("written", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_paths_are_the_same_however_they_are_composed(written: str, stored: str) -> None:
    said, found = (unicodedata.normalize(form, "/srv/Größe") for form in (written, stored))
    one = snapshot(1, paths=(found,))

    assert selector(plan(paths=(said,)), None, [])(one)
    assert selector(plan(backed_up_as=f"{said}/immich"), None, [])(one)
    assert selector(plan(), said, [])(one)
    assert f"Try `backed_up_as: {found}`." in english(explain_no_match(plan(), LOCATION, [one]))


def test_another_folder_of_the_same_host_does_not_hide_that_the_photos_stopped() -> None:
    photos, etc = snapshot(1, hours=100), snapshot(2, hours=1, paths=("/etc",))
    chosen = selector(plan(host="photos"), LOCATION, [photos, etc])
    assert chosen(photos)
    assert not chosen(etc)


def test_a_host_alone_is_enough_where_its_snapshots_name_the_location_otherwise() -> None:
    container = snapshot(1, paths=("/data",))
    assert selector(plan(host="photos"), LOCATION, [container])(container)


def test_without_any_hint_every_snapshot_is_the_plans() -> None:
    one = snapshot(1, paths=("/anything",))
    assert selector(plan(), None, [one])(one)


def test_ignored_snapshots_are_left_out_by_the_beginning_of_their_id_also_after_a_rewrite() -> None:
    chosen = selector(plan(ignore_snapshots=("0" * 62 + "0a",)), LOCATION, [])
    assert not chosen(snapshot(10))
    assert not chosen(snapshot(11, original=snapshot(10).id))
    assert chosen(snapshot(12))


def test_no_match_by_path_names_the_paths_seen_and_what_to_try() -> None:
    present = [snapshot(number, paths=("/data",)) for number in range(400)]
    present += [snapshot(number, paths=("/etc",)) for number in range(400, 412)]
    assert english(explain_no_match(plan(), LOCATION, present)) == (
        "0 of 412 snapshots match the upload location /srv/immich. "
        "Paths seen: /data in 400, /etc in 12. Try `backed_up_as: /data`."
    )


def test_no_match_by_path_names_the_folder_above_immichs_own() -> None:
    present = [snapshot(1, paths=("/mnt/photos/library",))]
    assert english(explain_no_match(plan(), LOCATION, present)).endswith("Try `backed_up_as: /mnt/photos`.")


def test_no_match_by_host_names_the_hosts_seen() -> None:
    etc = ("/etc",)
    present = [
        snapshot(1, hostname="nas", paths=etc),
        snapshot(2, hostname="nas", paths=etc),
        snapshot(3, hostname="laptop", paths=etc),
    ]
    assert english(explain_no_match(plan(host="photos"), LOCATION, present)) == (
        "0 of 3 snapshots match host photos and the upload location /srv/immich. "
        "Hosts seen: nas in 2, laptop in 1; try one of them as host."
    )


def test_snapshots_of_another_host_that_hold_the_library_are_told() -> None:
    present = [
        snapshot(1, hostname="nas"),
        snapshot(2, hostname="nas"),
        snapshot(3, paths=("/etc",), hostname="laptop"),
    ]
    assert english(explain_no_match(plan(host="photos"), LOCATION, present)) == (
        "2 snapshots of host nas hold the library; the plan asks for host photos."
    )


def test_no_match_by_tag_names_the_tags_seen() -> None:
    present = [snapshot(1, tags=("daily",)), snapshot(2, tags=("daily",))]
    assert english(explain_no_match(plan(tags=("immich",)), None, present)) == (
        "0 of 2 snapshots match tags immich. Tags seen: daily in 2; try one of them in tags."
    )


def test_no_match_by_tag_where_no_snapshot_has_one_says_so() -> None:
    assert english(explain_no_match(plan(tags=("immich",)), None, [snapshot(1, tags=())])) == (
        "0 of 1 snapshot matches tags immich. "
        "None of them has a tag; let the backup set the tags, or leave them out of the plan."
    )


def test_no_match_by_a_path_asks_for_it_as_restic_stored_it() -> None:
    present = [snapshot(1, paths=("/data",))]
    assert english(explain_no_match(plan(paths=("/a", "/b"), ignore_snapshots=("ff",)), LOCATION, present)) == (
        "0 of 1 snapshot matches paths /a, /b and what is not ignored. "
        "Paths seen: /data in 1. Write a path in paths as restic stored it."
    )


def test_an_empty_repository_is_said_to_be_empty() -> None:
    assert english(explain_no_match(plan(), LOCATION, [])) == (
        "The repository holds no snapshot at all; run the backup once."
    )
