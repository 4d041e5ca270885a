import sys
import unicodedata
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.domain.contents import ExternalLibrary, TreeQuestion
from immich_backup_exporter.inspection.survey import Survey
from support.words import english

MORNING = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def a_file(path: str, *, time: str = "2026-03-01T02:00:00Z") -> tuple[bytes, bytes, bytes, bytes]:
    return b"file", path.encode(), b"7", b'"mtime":"' + time.encode() + b'"'


def a_folder(path: str) -> tuple[bytes, bytes, bytes, bytes]:
    return b"dir", path.encode(), b"", b""


def survey_of(nodes, paths=("/srv/immich",), **question):
    survey = Survey(TreeQuestion(snapshot_time=MORNING, snapshot_paths=paths, **question), NOW)
    survey.take(nodes)
    return survey


def answer(nodes, paths=("/srv/immich",), **question):
    return survey_of(nodes, paths, **question).answer()


UPLOAD_LOCATION = [
    a_folder("/srv/immich/library"),
    a_file("/srv/immich/profile/.immich"),
    a_file("/srv/immich/upload/.immich"),
    a_file("/srv/immich/upload/x/2.jpg"),
    a_file("/srv/immich/upload/x/3.jpg"),
]


def test_a_mount_point_left_behind_hides_no_folder_on_a_disk_of_its_own() -> None:
    disk = [a_file("/mnt/disk/library/.immich"), a_file("/mnt/disk/library/admin/1.jpg")]

    found, paths = answer([*disk, *UPLOAD_LOCATION], ("/mnt/disk/library", "/srv/immich"), hints=("/srv/immich",))

    assert (found.folders["library"].files, found.folders["upload"].files) == (1, 2)
    assert hash(b"library/admin/1.jpg") in paths.originals


def test_litter_in_a_mount_point_hides_no_folder_on_a_disk_of_its_own() -> None:
    disk = [a_file(f"/mnt/disk/library/{name}") for name in (".immich", "1.jpg", "2.jpg", "3.jpg")]
    litter = [a_file("/srv/immich/library/.DS_Store")]

    found, _ = answer([*disk, *litter, *UPLOAD_LOCATION], ("/mnt/disk/library", "/srv/immich"), hints=("/srv/immich",))

    assert (found.folders["library"].files, found.folders["upload"].files) == (3, 2)


def test_a_file_that_was_backed_up_alone_keeps_its_own_time() -> None:
    found, _ = answer([a_file("/srv/immich.sql.gz", time="2026-02-10T02:00:00Z")], ("/srv/immich.sql.gz",))

    assert found.dump is not None
    assert found.dump.time == datetime(2026, 2, 10, 2, 0, tzinfo=UTC)


def test_a_pattern_below_the_upload_location_is_found_though_the_originals_lie_on_another_disk() -> None:
    disk = [a_file(f"/mnt/disk/library/{name}") for name in (".immich", "1.jpg", "2.jpg", "3.jpg")]
    dump = a_file("/srv/immich/database-backup/immich.sql")

    found, _ = answer([*disk, dump, *UPLOAD_LOCATION], ("/mnt/disk", "/srv/immich"), also=("database-backup/*.sql",))

    assert found.dump is not None
    assert found.dump.name == "database-backup/immich.sql"


def test_a_pattern_below_the_upload_location_is_found_where_nothing_else_was_backed_up() -> None:
    dumps = [a_file(f"/srv/immich/database-backup/{name}.sql") for name in ("immich", "older")]

    found, _ = answer(dumps, ("/srv/immich/database-backup",), also=("database-backup/*.sql",), hints=("/srv/immich",))

    assert found.dumps == 2


@pytest.mark.parametrize(
    ("paths", "stored"),
    [
        (("/mnt/immich",), "/mnt/immich/.env"),
        (("/mnt/immich",), "/.env"),  # `restic backup .`
        (("/mnt/immich",), "/immich/.env"),  # `restic backup immich`
        (("/mnt/immich/.env",), "/.env"),
        (("/etc", "/mnt", "/srv/other"), "/immich/.env"),
        (("/",), "/mnt/immich/.env"),
    ],
)
def test_a_required_path_is_found_whole_or_below_what_was_backed_up(paths: tuple[str, ...], stored: str) -> None:
    found, _ = answer([a_file(stored)], paths, required_paths=("/mnt/immich/.env",))

    assert found.missing_paths == ()


@pytest.mark.parametrize("stored", ["/env", "/mnt/.env", "/mich/.env"])
def test_a_required_path_is_not_found_below_anything_else(stored: str) -> None:
    found, _ = answer([a_file(stored)], ("/mnt/im", "/mnt/immich", "/x"), required_paths=("/mnt/immich/.env",))

    assert found.missing_paths == ("/mnt/immich/.env",)


def calls(number: int) -> int:
    """Of all functions, while a snapshot is looked at in which each of so many files was backed up by its own path."""
    paths = tuple(f"/srv/immich/library/admin/{at % 100}/{at}.jpg" for at in range(number))
    nodes = [a_file("/srv/immich/library/.immich"), *(a_file(path) for path in paths)]
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        answer(nodes, paths, hints=("/srv/immich",), required_paths=("/srv/immich/.env",))
    finally:
        sys.setprofile(None)
    return counted


def test_the_work_grows_with_the_number_of_paths_that_were_backed_up_and_not_with_its_square() -> None:
    assert calls(2000) < 15 * calls(200)


@pytest.mark.parametrize("paths", [("/srv/pictures",), ("/",)])
def test_an_external_library_can_be_the_whole_tree(paths: tuple[str, ...]) -> None:
    library = ExternalLibrary(container="/mnt", backed_up_as="/")

    (found,) = survey_of([a_file("/pictures/1.jpg"), a_file("/2.jpg")], paths, external=(library,)).external()

    assert found == {hash(b"pictures/1.jpg"), hash(b"2.jpg")}


def a_link(path: str) -> tuple[bytes, bytes, bytes, bytes]:
    return b"symlink", path.encode(), b"", b""


@pytest.mark.parametrize("name", ["1", "library"])
@pytest.mark.parametrize("paths", [("/srv/immich",), ("/srv",)])
def test_a_link_in_place_of_a_folder_is_told_among_any_number_of_others(paths: tuple[str, ...], name: str) -> None:
    others = [a_link(f"/aaa/{number}/{name}") for number in range(1100)]

    found, _ = answer([*others, a_link("/srv/immich/library"), *UPLOAD_LOCATION[1:]], paths, hints=("/srv/immich",))

    assert english(found.sentence).startswith("`library` is a symbolic link")


def test_a_link_beside_immichs_folders_is_told_wherever_these_are() -> None:
    others = [a_link(f"/aaa/{number}") for number in range(1100)]

    found, _ = answer([*others, a_link("/srv/immich/library"), *UPLOAD_LOCATION[1:]], ("/",))

    assert english(found.sentence).startswith("`library` is a symbolic link")


def test_a_source_that_is_a_link_is_told_among_any_number_of_others() -> None:
    found, _ = answer([*(a_link(f"/aaa/{number}") for number in range(1100)), a_link("/srv/immich")])

    assert english(found.sentence).startswith("What was backed up is a symbolic link")


# --- the same name, composed by one program and decomposed by another

FORMS = pytest.mark.parametrize(("written", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
NAMED = "/srv/Größe"


@FORMS
@pytest.mark.parametrize("base", ["/", NAMED])
def test_a_required_path_is_found_however_it_is_composed(written: str, stored: str, base: str) -> None:
    nodes = [a_file(unicodedata.normalize(stored, f"{NAMED}/Übung.env")), a_file("/other.env")]
    asked = tuple(unicodedata.normalize(form, f"{NAMED}/Übung.env") for form in (written, stored))

    found, _ = answer(nodes, (unicodedata.normalize(stored, base),), required_paths=(*asked, "/missing.env"))

    assert found.missing_paths == ("/missing.env",)


@FORMS
def test_an_external_library_is_found_however_it_is_composed(written: str, stored: str) -> None:
    nodes = [a_file(unicodedata.normalize(stored, f"{NAMED}/{name}.jpg")) for name in ("Übung/1", "2")]
    library = ExternalLibrary(container="/mnt", backed_up_as=unicodedata.normalize(written, NAMED))

    (found,) = survey_of(nodes, ("/srv",), external=(library,)).external()

    assert found == {hash("Übung/1.jpg".encode()), hash(b"2.jpg")}


@FORMS
def test_the_upload_location_chooses_between_two_immichs_however_it_is_composed(written: str, stored: str) -> None:
    folder = unicodedata.normalize(stored, NAMED)
    nodes = [a_file(f"{folder}/library/{name}") for name in (".immich", "1.jpg")]
    nodes += [a_file(f"/srv/test/library/{name}") for name in (".immich", "1.jpg", "2.jpg")]

    found, _ = answer(nodes, ("/srv",), hints=(unicodedata.normalize(written, NAMED),))

    assert found.folders["library"].files == 1


@FORMS
@pytest.mark.parametrize("pattern", ["Süd/*.sql", "S?d/Größe.sql", f"{NAMED}/Süd/*.sql", f"{NAMED}/**/Gr??e.sql"])
@pytest.mark.parametrize("originals", [True, False])
def test_another_dump_is_found_however_it_is_composed(written: str, stored: str, pattern: str, originals: bool) -> None:
    name = unicodedata.normalize(stored, "Süd/Größe.sql")
    folder = unicodedata.normalize(stored, NAMED)
    nodes = [a_file(f"{folder}/library/{name}") for name in (".immich", "1.jpg") if originals]
    hint = unicodedata.normalize(written, NAMED)

    found, _ = answer(
        [*nodes, a_file(f"{folder}/{name}"), a_file(f"{folder}/Süd/other.txt")],
        ("/srv",),
        also=(unicodedata.normalize(written, pattern),),
        hints=(hint,),
    )

    assert found.dump is not None
    assert (found.dumps, found.dump.name, found.dump.path) == (1, name, f"{folder}/{name}")


def test_brackets_in_the_upload_locations_name_are_no_pattern() -> None:
    nodes = [a_file(f"/srv/[my] photos/{name}") for name in ("library/.immich", "dumps/immich.sql")]

    found, _ = answer(nodes, ("/srv",), also=("dumps/*.sql",))

    assert found.dumps == 1
