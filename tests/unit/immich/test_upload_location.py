"""Markers and the list of dumps, on real folders."""

import os
import socket
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpKind, DumpScan
from immich_backup_exporter.immich.upload_location import UploadLocation
from support.words import english, saying

ROUTINE = "immich-db-backup-20260115T020000-v2.7.5-pg14.19.sql.gz"
ENDED = datetime(2026, 1, 15, 2, 4, tzinfo=UTC)
NOTHING = {
    "library": False,
    "upload": False,
    "profile": False,
    "backups": False,
    "thumbs": False,
    "encoded-video": False,
}


def put(path, contents=b"-- dump", ended=ENDED):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    os.utime(path, (ended.timestamp(), ended.timestamp()))
    return path


# Markers


def test_every_folder_with_a_marker_is_up(root, watch):
    for folder in FOLDERS:
        put(root / folder / ".immich", b"1768442400000")

    assert watch().look().folders == dict.fromkeys(NOTHING, True)


def test_an_empty_folder_is_not_up_and_neither_is_a_missing_one(root, watch):
    put(root / "library" / ".immich")
    (root / "upload").mkdir()

    assert watch().look().folders == NOTHING | {"library": True}


def test_without_the_upload_location_nothing_is_up(root):
    gone = UploadLocation(str(root / "gone"), None, SystemClock())

    assert gone.look().folders == NOTHING
    assert gone.scan() == DumpScan()


def test_a_marker_that_is_no_regular_file_is_no_marker(root, watch):
    (root / "library" / ".immich").mkdir(parents=True)
    (root / "upload").mkdir()
    os.mkfifo(root / "upload" / ".immich")
    (root / "profile").mkdir()
    (root / "profile" / ".immich").symlink_to(put(root / "elsewhere"))

    assert watch().look().folders == NOTHING


def test_a_marker_that_may_not_be_read_is_no_marker(root, watch, as_ordinary_user):
    put(root / "library" / ".immich").chmod(0o000)
    put(root / "upload" / ".immich")

    with as_ordinary_user():
        assert watch().look().folders == NOTHING | {"upload": True}


# Dumps


def test_a_routine_dump_is_seen_with_all_that_its_name_tells(root, watch):
    path = put(root / "backups" / ROUTINE)
    state = path.stat()

    assert watch(timezone="Europe/Berlin").scan().files == (
        DumpFile(
            name=ROUTINE,
            path=str(path),
            kind=DumpKind.IMMICH,
            group="immich:gz",
            unfinished=False,
            size_bytes=7,
            modified=ENDED,
            named_time=datetime(2026, 1, 15, 1, 0, tzinfo=UTC),
            immich_version="2.7.5",
            postgres_version="14.19",
            fingerprint=f"{state.st_dev}:{state.st_ino}:7:{state.st_mtime_ns}:{state.st_ctime_ns}",
        ),
    )


def test_each_kind_of_dump_is_its_own_group(root, watch):
    for name in (
        ROUTINE,
        ROUTINE + ".tmp",
        "uploaded-mine.sql",
        f"restore-point-{ROUTINE}",
        "other-db-backup-1.sql.gz",
        "mine.sql",
        ".immich",
        "notes.txt",
    ):
        put(root / "backups" / name)

    assert sorted((file.name, file.kind, file.group, file.unfinished) for file in watch().scan().files) == [
        (ROUTINE, DumpKind.IMMICH, "immich:gz", False),
        (ROUTINE + ".tmp", DumpKind.IMMICH, "immich:gz", True),
        ("mine.sql", DumpKind.OTHER, "other:plain", False),
        ("other-db-backup-1.sql.gz", DumpKind.OTHER, "other:gz", False),
        ("restore-point-" + ROUTINE, DumpKind.RESTORE_POINT, "restore-point:gz", False),
        ("uploaded-mine.sql", DumpKind.UPLOADED, "uploaded:plain", False),
    ]


def test_what_is_no_regular_file_is_no_dump_whatever_its_name(root, watch):
    backups = root / "backups"
    (backups / "folder.sql.gz").mkdir()
    os.mkfifo(backups / "fifo.sql.gz")
    (backups / "link.sql.gz").symlink_to(put(root / "real"))
    (backups / "dangling.sql.gz").symlink_to(root / "gone")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(backups / "socket.sql.gz"))
        found = watch(also=("backups/*.gz", "backups/fifo.sql.gz", "backups/link.sql.gz")).scan()

    assert found == DumpScan(
        skipped=("dangling.sql.gz", "fifo.sql.gz", "folder.sql.gz", "link.sql.gz", "socket.sql.gz")
    )


def test_dumps_made_by_other_means_are_found_and_routine(root, watch):
    put(root / "database-backup" / "immich-database.sql")
    put(root / "nas" / "2026" / "01" / "db.sql.gz.tmp")
    put(root / "nas" / "2026" / "01" / "db.dump")
    outside = put(root / "backups" / "x" / ROUTINE)

    found = watch(also=("database-backup/*.sql", "nas/**/db*", f"{root}/*/x/*.gz")).scan().files

    assert sorted((file.name, file.kind, file.group, file.unfinished, file.routine) for file in found) == [
        (f"backups/x/{ROUTINE}", DumpKind.ALSO, f"also:{root}/*/x/*.gz:gz", False, True),
        ("database-backup/immich-database.sql", DumpKind.ALSO, "also:database-backup/*.sql:plain", False, True),
        ("nas/2026/01/db.dump", DumpKind.ALSO, "also:nas/**/db*:plain", False, True),
        ("nas/2026/01/db.sql.gz.tmp", DumpKind.ALSO, "also:nas/**/db*:gz", True, True),
    ]
    assert [file.named_time for file in found if file.path == str(outside)] == [datetime(2026, 1, 15, 2, tzinfo=UTC)]


def test_a_dump_outside_the_upload_location_is_named_by_its_whole_path(root, watch, tmp_path):
    put(tmp_path / "db.sql")

    assert [file.name for file in watch(also=(f"{tmp_path}/*.sql",)).scan().files] == [f"{tmp_path}/db.sql"]


def test_a_pattern_makes_immichs_own_dumps_neither_double_nor_other(root, watch):
    for name in (ROUTINE, "uploaded-mine.sql.gz", f"restore-point-{ROUTINE}", "mine.sql.gz", ".immich"):
        put(root / "backups" / name)

    found = watch(also=("backups/*", "backups/.*", f"{root}/backups/mine.sql.gz")).scan().files

    assert sorted((file.name, file.kind) for file in found) == [
        ("backups/mine.sql.gz", DumpKind.ALSO),
        (ROUTINE, DumpKind.IMMICH),
        (f"restore-point-{ROUTINE}", DumpKind.RESTORE_POINT),
        ("uploaded-mine.sql.gz", DumpKind.UPLOADED),
    ]


def test_names_that_are_not_utf_8_or_hold_control_characters_are_printable(root, watch):
    (root / "backups" / os.fsdecode(b"caf\xe9\n\x1b[1m.sql")).write_bytes(b"")
    (root / "backups" / "grüße 📷.sql").write_bytes(b"")

    found = watch().scan().files

    assert sorted(file.name for file in found) == ["caf\\xe9\\n\\x1b[1m.sql", "grüße 📷.sql"]
    assert min(os.fsencode(file.path) for file in found).endswith(b"/caf\xe9\n\x1b[1m.sql")


def test_a_file_from_before_or_after_all_calendars_is_no_obstacle(root, watch):
    os.utime(put(root / "backups" / "a.sql"), ns=(0, -(10**18)))
    os.utime(put(root / "backups" / "b.sql"), ns=(0, 15 * 10**18))

    years = {file.name: file.modified.year for file in watch().scan().files}

    assert years["a.sql"] == 1938
    assert years["b.sql"] in {2445, 2446}  # where ext4 ends, or as given


@pytest.mark.parametrize("also", [(), ("nas/*.sql",)])
def test_a_missing_dump_folder_is_an_error_with_a_next_step(root, watch, also):
    (root / "backups").rmdir()

    with pytest.raises(SourceError) as error:
        watch(also=also).scan()

    assert english(error.value.message) == "The dump folder does not exist."
    assert english(error.value.next_step) == (
        "Mount the upload location, or set `immich.upload_location` to where this agent sees it."
    )


def test_a_file_in_the_dump_folders_place_is_an_error(root, watch):
    (root / "backups").rmdir()
    put(root / "backups")

    with pytest.raises(SourceError, check=saying("The dump folder is not a folder")):
        watch().scan()


@pytest.mark.parametrize("mode", [0o000, 0o644, 0o711])
def test_a_dump_folder_that_may_not_be_read_is_an_error(root, watch, as_ordinary_user, mode):
    put(root / "backups" / ROUTINE)
    (root / "backups").chmod(mode)

    with as_ordinary_user(), pytest.raises(SourceError) as error:
        watch().scan()

    assert english(error.value.message) == "The dump folder cannot be read: this agent's user is not allowed to."
    assert english(error.value.next_step) == "Give its user the right to read and enter Immich's folder `backups`."


def test_a_folder_of_a_pattern_that_may_not_be_read_is_an_error(root, watch, as_ordinary_user):
    put(root / "nas" / "db.sql")
    (root / "nas").chmod(0o700)

    with (
        as_ordinary_user(),
        pytest.raises(
            SourceError,
            check=saying(r"A folder of `immich.dump.also` cannot be read: this agent's user is not allowed to"),
        ),
    ):
        watch(also=("nas/*.sql",)).scan()


def test_no_path_is_in_an_error(root, watch):
    (root / "backups").rmdir()

    with pytest.raises(SourceError) as error:
        watch().scan()

    assert str(root) not in english(error.value)


def test_dumps_that_vanish_during_the_scan_are_passed_over(root, watch, monkeypatch):
    put(root / "backups" / "a.sql")
    put(root / "backups" / "b.sql")
    scandir = os.scandir

    class Listing:
        """What was listed before one of the files went."""

        def __init__(self, folder):
            with scandir(folder) as entries:
                self.entries = list(entries)
            (root / "backups" / "a.sql").unlink()

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(os, "scandir", Listing)

    assert [file.name for file in watch().scan().files] == ["b.sql"]


def test_ten_thousand_dumps_are_all_found(root, watch):
    for number in range(10_000):
        (root / "backups" / f"immich-db-backup-{1735693200000 + number}.sql.gz").touch()

    assert len(watch().scan().files) == 10_000
