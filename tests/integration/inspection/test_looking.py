"""What looking into real snapshots finds, with every supported restic."""

import os
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.settings import (
    ContentSettings,
    ExternalMapping,
    InspectSettings,
    PlanSettings,
)
from support.immich_database import asset_id, cluster_text, dump_text
from support.inspections import DUMP_TIME, Bench, dump_of, make_library, write, write_dump
from support.repositories import PASSWORD, backup, make_repository, restic
from support.tools import tool
from support.words import english

ORIGINAL, SIDECAR = MissingKind.ORIGINAL, MissingKind.SIDECAR
SNAPSHOT_TIME = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
TOMORROW = timedelta(days=1)


@pytest.fixture(params=["0.14", "0.18", "0.19"])
def version(request):
    return request.param


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "repository")


@pytest.fixture
def library(tmp_path):
    return make_library(tmp_path / "srv" / "immich")


def bench(repository: Path, version: str = "0.18", **fields) -> Bench:
    return Bench(version=version, repositories={"nas": repository}, **fields)


def test_a_whole_backup_is_found_to_be_whole(version, repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, version=version)

    looked = bench(repository, version).look()

    contents, coverage = looked.contents(), looked.coverage()
    assert {name: found.files for name, found in contents.folders.items()} == {
        "library": 2, "upload": 1, "profile": 0, "backups": 1, "thumbs": 0, "encoded-video": 0,
    }  # fmt: skip
    assert contents.folders["library"].size_bytes == 38
    assert contents.snapshot.time == SNAPSHOT_TIME
    assert (contents.dumps, contents.dump.time, contents.dump_valid) == (1, DUMP_TIME, True)
    assert (coverage.counts.assets, coverage.counts.missing[ORIGINAL], coverage.counts.unknown_files) == (3, 0, 0)
    assert coverage.record.immich_version == "2.7.5"
    assert coverage.record.gone is None
    assert looked.commands["ls"] == 1
    assert looked.commands["dump"] == 1
    assert looked.read_bytes["nas"] > contents.dump.size_bytes


def test_what_was_left_out_is_missing_and_named(version, repository, library):
    exclude = ["2.jpg", "3.jpg"]
    backup(repository, library, time=SNAPSHOT_TIME, version=version, exclude=exclude)
    looking = bench(repository, version)

    looked = looking.look()

    assert looked.coverage().counts.missing[ORIGINAL] == 2
    assert looked.coverage().record.persistent[ORIGINAL] == 0
    missing = looking.store.load_missing(looked.coverage().snapshot.tree, looked.coverage().record.dump)
    assert [(one.item, one.path) for one in missing.files] == [
        (asset_id(2), b"/data/library/admin/2.jpg"), (asset_id(3), b"/data/upload/x/3.jpg"),
    ]  # fmt: skip


def test_nothing_is_looked_into_twice(version, repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, version=version)
    looking = bench(repository, version)
    looking.look()

    again = looking.look()

    assert "ls" not in again.commands
    assert "dump" not in again.commands
    assert again.coverage().counts.assets == 3


def test_a_copy_in_another_repository_needs_no_inspection(tmp_path, library):
    nas, cloud = make_repository(tmp_path / "nas"), make_repository(tmp_path / "cloud")
    backup(nas, library, time=SNAPSHOT_TIME)
    done = restic(
        "0.18", cloud, "copy", "--from-repo", nas,
        env={"RESTIC_FROM_PASSWORD": PASSWORD, "RESTIC_FROM_REPOSITORY": str(nas)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    looked = Bench(repositories={"nas": nas, "cloud": cloud}).look()

    assert looked.commands["ls"] == 1
    assert looked.coverage("cloud/immich").counts.assets == 3
    assert looked.contents("cloud/immich").dump_valid is True


# --- however it was backed up


def separate_paths(repository, library, version):
    folders = [library / name for name in ("library", "upload", "profile", "backups")]
    backup(repository, folders, time=SNAPSHOT_TIME, version=version)


def from_inside(repository, library, version):
    backup(repository, ".", time=SNAPSHOT_TIME, version=version, cwd=library)


def from_above(repository, library, version):
    backup(repository, "immich", time=SNAPSHOT_TIME, version=version, cwd=library.parent)


def with_other_things(repository, library, version):
    write(library.parent / "other" / "upload" / "x.txt", "none of Immich's")
    write(library.parent / "immich-app" / "compose.yaml", "services:")
    backup(repository, library.parent, time=SNAPSHOT_TIME, version=version)


def on_several_disks(repository, library, version):
    disk = library.parent / "disk"
    disk.mkdir()
    shutil.move(library / "library", disk / "library")
    backup(repository, [library, disk / "library"], time=SNAPSHOT_TIME, version=version)


def beside_another_immich(repository, library, version):
    make_library(library.parent / "test-immich", ["library/admin/other.jpg"])
    backup(repository, library.parent, time=SNAPSHOT_TIME, version=version)


@pytest.mark.parametrize(
    "way",
    [separate_paths, from_inside, from_above, with_other_things, on_several_disks, beside_another_immich],
)
@pytest.mark.parametrize("seen", [True, False], ids=["beside the agent", "with nothing but the repository"])
def test_the_same_is_found_however_it_was_backed_up(repository, library, way, seen):
    way(repository, library, "0.18")

    looked = bench(repository, upload_location=library if seen else None).look()

    assert looked.contents().folders["library"].files == 2
    assert looked.contents().folders["upload"].files == 1
    assert looked.contents().dump_valid is True
    assert looked.coverage().counts.missing[ORIGINAL] == 0
    assert looked.coverage().counts.assets == 3


def test_relative_backups_are_found_with_old_and_new_restics(version, repository, library):
    from_inside(repository, library, version)

    assert bench(repository, version).look().coverage().counts.missing[ORIGINAL] == 0


def test_backed_up_as_chooses_between_two_immichs(repository, library):
    other = make_library(library.parent / "test-immich", ["library/admin/other.jpg"])
    backup(repository, library.parent, time=SNAPSHOT_TIME)
    plan = PlanSettings(name="immich", backed_up_as=str(other))

    looked = bench(repository, plans={"nas": [plan]}).look()

    assert looked.contents().folders["library"].files == 1
    assert looked.coverage().counts.assets == 1


def test_a_source_that_is_a_symbolic_link_is_named(version, repository, library, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(library)
    backup(repository, link, time=SNAPSHOT_TIME, version=version)

    contents = bench(repository, version).look().contents()

    assert contents.folders["library"].files == 0
    assert contents.required["library"] is contents.required["upload"] is True
    assert english(contents.sentence) == (
        "What was backed up is a symbolic link, and restic stored the link and nothing of what it leads to: "
        "back up the folder that it leads to."
    )


def test_a_folder_that_is_a_symbolic_link_is_named(repository, library, tmp_path):
    shutil.move(library / "library", tmp_path / "elsewhere")
    (library / "library").symlink_to(tmp_path / "elsewhere")
    backup(repository, library, time=SNAPSHOT_TIME)

    contents = bench(repository).look().contents()

    assert contents.folders["library"].files == 0
    assert contents.folders["upload"].files == 1
    assert english(contents.sentence) == (
        "`library` is a symbolic link, and restic stored the link and nothing of what it leads to: "
        "back up the folder that it leads to."
    )


def test_a_folder_that_is_a_symbolic_link_is_named_among_any_number_of_others(repository, library, tmp_path):
    (tmp_path / "aaa").mkdir()
    for number in range(1100):
        (tmp_path / "aaa" / str(number)).symlink_to("/x")
    shutil.move(library / "library", tmp_path / "elsewhere")
    (library / "library").symlink_to(tmp_path / "elsewhere")
    backup(repository, [tmp_path / "aaa", library], time=SNAPSHOT_TIME)

    assert english(bench(repository).look().contents().sentence).startswith("`library` is a symbolic link")


def test_without_markers_the_contents_are_not_known(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=[".immich"])

    plan = bench(repository).look().plans["nas/immich"]

    assert plan.contents is None
    assert english(plan.inspection_sentence) == (
        "Folders that look like Immich's are in the snapshot, but none of their markers `.immich`: "
        "back these up too, a restored server does not start without them."
    )


def test_a_snapshot_of_something_else_holds_nothing(repository, tmp_path):
    write(tmp_path / "etc" / "hosts", "127.0.0.1")
    backup(repository, tmp_path / "etc", time=SNAPSHOT_TIME)
    plan = PlanSettings(name="immich", host="photos")

    contents = bench(repository, plans={"nas": [plan]}).look().contents()

    assert sum(found.files for found in contents.folders.values()) == 0
    assert (contents.dumps, contents.dump) == (0, None)
    assert english(contents.sentence) == "None of Immich's folders is in the snapshot."


# --- dumps


def test_a_damaged_dump_in_the_snapshot_is_invalid_and_proves_nothing(version, repository, library):
    dump = write_dump(library, dump_of(["library/admin/1.jpg"]))
    dump.write_bytes(dump.read_bytes()[:-20])
    backup(repository, library, time=SNAPSHOT_TIME, version=version)

    looked = bench(repository, version).look()

    assert looked.contents().dump_valid is False
    assert english(looked.contents().dump_sentence).startswith("The gzip data is cut off")
    assert looked.plans["nas/immich"].coverage is None


@pytest.mark.parametrize("holds", [("originals", "database"), ("database",)])
def test_a_dump_that_postgresql_refuses_is_invalid_whatever_the_plan_holds(repository, library, holds):
    write_dump(library, dump_of(["library/admin/1.jpg"]).replace(b"/admin/1.jpg", b"\t/admin/1.jpg"))
    backup(repository, library, time=SNAPSHOT_TIME)

    looked = bench(repository, plans={"nas": [PlanSettings(name="immich", holds=holds)]}).look()

    assert looked.contents().dump_valid is False
    assert english(looked.contents().dump_sentence) == (
        "Rows of its table `asset` have the wrong number of columns: PostgreSQL refuses them."
    )
    assert looked.plans["nas/immich"].coverage is None


def test_a_dump_with_ragged_rows_in_a_table_that_tells_nothing_about_files_is_invalid_too(repository, library):
    exif = b'\nCOPY public.asset_exif ("assetId", make) FROM stdin;\n1\tCanon\tEOS\n\\.\n\n'
    text = dump_of(["library/admin/1.jpg"])
    end = text.rindex(b"--\n-- PostgreSQL database dump complete")
    write_dump(library, text[:end] + exif + text[end:])
    backup(repository, library, time=SNAPSHOT_TIME)

    contents = bench(repository).look().contents()

    assert english(contents.dump_sentence) == (
        "Rows of its table `asset_exif` have the wrong number of columns: PostgreSQL refuses them."
    )


def test_the_newest_routine_dump_is_taken(repository, library):
    newer = write_dump(library, dump_of(["library/admin/1.jpg"]), DUMP_TIME + timedelta(minutes=30))
    for name in ("uploaded-x.sql.gz", "restore-point-" + newer.name, newer.name + ".tmp"):
        (newer.parent / name).write_bytes(b"no dump")
    backup(repository, library, time=SNAPSHOT_TIME)

    looked = bench(repository).look()

    assert (looked.contents().dumps, looked.contents().dump.name) == (2, newer.name)
    assert looked.coverage().counts.assets == 1


def test_a_dump_that_something_else_made_is_found_where_the_pattern_says(repository, library):
    shutil.rmtree(library / "backups")
    write(library / "database-backup" / "immich-database.sql", "")
    (library / "database-backup" / "immich-database.sql").write_bytes(dump_of(["library/admin/1.jpg"]))
    backup(repository, library, time=SNAPSHOT_TIME)
    settings = ContentSettings(also=("database-backup/*.sql",))

    looked = bench(repository, settings=settings).look()

    assert looked.contents().dump.name == "database-backup/immich-database.sql"
    assert looked.contents().dump_valid is True
    assert looked.coverage().counts.assets == 1
    assert looked.contents().required["backups"] is False


def stdin_backup(repository: Path, text: bytes, time: datetime, version: str) -> None:
    command = [tool(f"restic-{version}"), "-q", "-r", str(repository), "backup", "--host", "photos"]
    command += ["--stdin", "--stdin-filename", "immich.sql", "--time", f"{time:%Y-%m-%d %H:%M:%S}"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(repository), "RESTIC_PASSWORD": PASSWORD, "TZ": "UTC"}
    subprocess.run([*command, "--no-cache"], input=text, env=environment, check=True)


def test_a_dump_from_stdin_in_another_plan_is_compared_with_the_files(version, repository, library):
    shutil.rmtree(library / "backups")
    stdin_backup(repository, dump_of(["library/admin/1.jpg", "library/gone.jpg"]), SNAPSHOT_TIME, version)
    backup(repository, library, time=SNAPSHOT_TIME + timedelta(minutes=5), version=version)
    files = PlanSettings(name="files", paths=(str(library),), holds=("originals",), pair_with=("nas", "database"))
    database = PlanSettings(name="database", paths=("/immich.sql",), holds=("database",))

    looked = bench(repository, version, plans={"nas": [files, database]}).look()

    assert looked.contents("nas/database").dump_valid is True
    assert looked.contents("nas/database").dump.time == SNAPSHOT_TIME
    assert looked.coverage("nas/files").counts.assets == 2
    assert looked.coverage("nas/files").counts.missing[ORIGINAL] == 1
    assert looked.coverage("nas/files").record.dump_time == SNAPSHOT_TIME
    assert looked.plans["nas/database"].coverage is None
    assert looked.commands["ls"] == 2


def test_in_a_cluster_the_database_that_changed_last_is_compared(repository, tmp_path):
    names = ["library/admin/1.jpg", "library/admin/2.jpg", "library/admin/3.jpg"]
    left_behind = dump_of(["library/admin/1.jpg", "library/old.jpg", *(f"library/{at}.jpg" for at in range(9))])
    in_use = dump_of(names).replace(b"2026-01-01 00:00:00+00", b"2026-01-02 00:00:00+00")
    text = cluster_text({"immich": left_behind, "photos": in_use})
    library = make_library(tmp_path / "immich", names, dump=text)
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["3.jpg"])

    looked = bench(repository).look()

    assert looked.contents().dump_valid is True
    assert (looked.coverage().counts.assets, looked.coverage().counts.missing[ORIGINAL]) == (3, 1)


def test_an_unknown_schema_leaves_the_coverage_unknown(repository, tmp_path):
    text = dump_text([(asset_id(1), "/data/library/1.jpg")], table="photo")
    library = make_library(tmp_path / "immich", ["library/1.jpg"], dump=text)
    backup(repository, library, time=SNAPSHOT_TIME)
    looking = bench(repository)

    looked = looking.look()

    assert looked.contents().dump_valid is True
    assert looked.plans["nas/immich"].coverage is None
    assert english(looked.plans["nas/immich"].inspection_sentence) == (
        "It holds no table of assets in a form that this version of the agent knows."
    )
    assert "ls" not in looking.look().commands


# --- names


def test_names_in_any_spelling_are_found(version, repository, tmp_path):
    composed = unicodedata.normalize("NFC", "grüße ñ.jpg")
    names = [
        composed, "a & b <c>.jpg", "quo\"te'.jpg", "comma, (1).jpg", "📷 \u00a0.jpg", "+1.jpg", "back$slash.jpg",
    ]  # fmt: skip
    library = make_library(tmp_path / "immich", [f"library/admin/{name}" for name in names])
    (library / "library/admin" / composed).rename(library / "library/admin" / unicodedata.normalize("NFD", composed))
    backup(repository, library, time=SNAPSHOT_TIME, version=version)

    coverage = bench(repository, version).look().coverage()

    assert (coverage.counts.assets, coverage.counts.missing[ORIGINAL], coverage.counts.unknown_files) == (7, 0, 0)


@pytest.mark.parametrize(("written", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_settings_mean_what_is_stored_in_another_spelling(version, repository, tmp_path, written, stored):
    def both(path: Path) -> tuple[Path, str]:
        return Path(unicodedata.normalize(stored, str(path))), unicodedata.normalize(written, str(path))

    (photos, photos_said), (other, other_said) = both(tmp_path / "Größe"), both(tmp_path / "Übung")
    library = make_library(other, ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    make_library(tmp_path / "test", ["library/admin/1.jpg", "library/admin/2.jpg"])
    write(other / "Süd" / "immich.sql", "")
    (other / "Süd" / "immich.sql").write_bytes(dump_of(["library/admin/1.jpg"]))
    for number in (11, 12, 13):
        write(photos / f"{number}.jpg", "x")
    backup(repository, [library, photos, tmp_path / "test"], time=SNAPSHOT_TIME, version=version)
    mapping = ExternalMapping(container="/mnt/photos", backed_up_as=photos_said, plan="immich")
    plan = PlanSettings(
        name="immich", host="photos", backed_up_as=other_said, required_paths=(photos_said, f"{other_said}/Süd")
    )
    settings = ContentSettings(external=(mapping,), also=(unicodedata.normalize(written, "Süd/*.sql"),))

    looked = bench(repository, version, plans={"nas": [plan]}, settings=settings).look()

    assert looked.contents().folders["library"].files == 1
    assert looked.contents().missing_paths == ()
    assert looked.contents().dumps == 2


def test_a_name_that_is_no_utf8_matches_its_replacement(version, repository, tmp_path):
    text = dump_text([(asset_id(1), "/data/library/a\ufffd\ufffdb.jpg"), (asset_id(2), "/data/library/c\ufffd.jpg")])
    library = make_library(tmp_path / "immich", [], dump=text)
    Path(os.fsdecode(os.fsencode(library / "library") + b"/a\xffb.jpg")).write_text("x")
    Path(os.fsdecode(os.fsencode(library / "library") + b"/c\xe2\x82.jpg")).write_text("x")
    backup(repository, library, time=SNAPSHOT_TIME, version=version)

    assert bench(repository, version).look().coverage().counts.missing[ORIGINAL] == 0


def test_files_that_no_row_knows_are_counted_without_litter(repository, library):
    for name in ("library/unknown.jpg", "upload/x/unknown.xmp", "profile/unknown.jpg", "thumbs/unknown.webp"):
        write(library / name, "x")
    for name in (
        "library/.DS_Store", "library/@eaDir/1.jpg/SYNO.jpg", "library/Thumbs.db", "upload/.stfolder/x",
        "library/._1.jpg", "library/#recycle/1.jpg",
    ):  # fmt: skip
        write(library / name, "x")
    backup(repository, library, time=SNAPSHOT_TIME)

    assert bench(repository).look().coverage().counts.unknown_files == 2


# --- what must be there


def test_required_paths_are_looked_for(version, repository, library):
    write(library.parent / "immich-app" / "compose.yaml", "services:")
    backup(repository, [library, library.parent / "immich-app"], time=SNAPSHOT_TIME, version=version)
    there, missing = str(library.parent / "immich-app/compose.yaml"), str(library.parent / "immich-app/.env")
    plan = PlanSettings(name="immich", required_paths=(there, missing, str(library.parent / "immich-app")))

    contents = bench(repository, version, plans={"nas": [plan]}, upload_location=library).look().contents()

    assert contents.missing_paths == (missing,)


def test_a_new_required_path_has_the_tree_looked_into_again(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME)
    looking = bench(repository)
    looking.look()
    looking.plans = {"nas": [PlanSettings(name="immich", required_paths=("/etc/hosts",))]}

    looked = looking.look()

    assert looked.commands["ls"] == 1
    assert looked.contents().missing_paths == ("/etc/hosts",)


def test_a_folder_that_was_left_out_is_required_by_the_live_disk(repository, library):
    write(library / "profile" / "me.jpg", "me")
    backup(repository, library, exclude=["profile/me.jpg", "*.jpg"])
    looking = bench(repository, upload_location=library)

    contents = looking.look().contents()

    assert contents.required == {
        "library": True, "upload": True, "profile": True, "backups": True, "thumbs": False, "encoded-video": False,
    }  # fmt: skip
    assert contents.folders["library"].files == 0


def test_a_folder_that_was_left_out_is_required_by_the_database(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["library/admin"])

    contents = bench(repository).look().contents()

    assert (contents.required["library"], contents.folders["library"].files) == (True, 0)
    assert (contents.required["upload"], contents.required["profile"]) == (True, False)


def test_originals_that_moved_to_the_other_folder_leave_no_required_one_behind(repository, library):
    shutil.move(library / "upload/x/3.jpg", library / "library/admin/moved.jpg")
    backup(repository, library, time=SNAPSHOT_TIME)

    contents = bench(repository).look().contents()

    assert contents.folders["upload"].files == 0
    assert contents.required["upload"] is False


# --- two dumps


def second_night(repository: Path, library: Path, exclude=(), originals=None) -> None:
    write_dump(library, dump_of(originals or ["library/admin/1.jpg", "library/admin/2.jpg", "upload/x/3.jpg"]),
               DUMP_TIME + TOMORROW)  # fmt: skip
    backup(repository, library, time=SNAPSHOT_TIME + TOMORROW, exclude=exclude)


def test_what_two_dumps_in_a_row_miss_is_persistently_missing(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["2.jpg", "3.jpg"])
    looking = bench(repository)
    looking.look()
    second_night(repository, library, exclude=["1.jpg", "2.jpg"])

    coverage = looking.look().coverage()

    assert coverage.counts.missing[ORIGINAL] == 2
    assert coverage.record.persistent[ORIGINAL] == 1


def test_two_snapshots_after_one_dump_prove_nothing_persistent(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["2.jpg"])
    looking = bench(repository)
    looking.look()
    backup(repository, library, time=SNAPSHOT_TIME + timedelta(hours=6), exclude=["2.jpg", "3.jpg"])

    coverage = looking.look().coverage()

    assert coverage.counts.missing[ORIGINAL] == 2
    assert coverage.record.persistent[ORIGINAL] == 0


def test_a_later_snapshot_of_the_same_dump_is_noise_for_the_next_one(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME)
    looking = bench(repository)
    looking.look()
    backup(repository, library, time=SNAPSHOT_TIME + timedelta(hours=6), exclude=["2.jpg"])
    looking.look()
    second_night(repository, library, exclude=["2.jpg"])

    assert looking.look().coverage().record.persistent[ORIGINAL] == 0


def test_files_that_never_change_are_missing_for_good_under_the_second_dump_of_another_plan(repository, library):
    shutil.rmtree(library / "backups")
    files = PlanSettings(name="files", tags=("files",), holds=("originals",), pair_with=("nas", "database"))
    database = PlanSettings(name="database", paths=("/immich.sql",), holds=("database",))
    looking = bench(repository, plans={"nas": [files, database]})
    trees = set()

    def night(number: int, *originals: str) -> int:
        moment = SNAPSHOT_TIME + number * TOMORROW
        stdin_backup(repository, dump_of(originals), moment, "0.18")
        folders = ["library", "upload", "profile"]  # without the folders above, which change
        backup(repository, folders, cwd=library, time=moment + timedelta(minutes=5), tags=["files"])
        coverage = looking.look().coverage("nas/files")
        trees.add(coverage.snapshot.tree)
        return coverage.record.persistent[ORIGINAL]

    assert night(0, "library/admin/1.jpg", "library/gone.jpg", "library/noise.jpg") == 0
    assert night(1, "library/admin/1.jpg", "library/gone.jpg") == 1
    looking.plans["nas"][0] = replace(files, required_paths=("/other",))  # the same is asked once more
    assert looking.look().coverage("nas/files").record.persistent[ORIGINAL] == 1
    assert night(2, "library/admin/1.jpg", "library/gone.jpg", "library/new.jpg") == 1
    assert len(trees) == 1


def test_what_is_gone_from_the_live_disk_too_is_counted_apart(repository, library):
    (library / "library/admin/1.jpg").unlink()
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["2.jpg"])
    looking = bench(repository, upload_location=library)
    first = looking.look()
    second_night(repository, library, exclude=["2.jpg"])

    second = looking.look()

    assert (first.coverage().counts.missing[ORIGINAL], first.coverage().record.gone) == (2, 1)
    assert second.coverage().record.persistent[ORIGINAL] == 2
    assert (second.coverage().record.gone, second.coverage().record.persistent_gone) == (1, 1)


def test_nothing_is_gone_from_a_disk_that_is_not_mounted(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["2.jpg"])
    (library / "library/.immich").unlink()
    (library / "library/admin/2.jpg").unlink()

    coverage = bench(repository, upload_location=library).look().coverage()

    assert coverage.counts.missing[ORIGINAL] == 1
    assert coverage.record.gone is None


# --- external libraries


def external_dump(library: Path) -> bytes:
    return dump_text(
        [(asset_id(1), "/data/library/admin/1.jpg")],
        external=[(asset_id(at), f"/mnt/photos/{at}.jpg") for at in (11, 12, 13)],
    )


def test_external_libraries_count_where_they_are_mapped(version, repository, tmp_path):
    library = make_library(tmp_path / "immich", ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    for number in (11, 12):
        write(tmp_path / "photos" / f"{number}.jpg", "x")
    backup(repository, [library, tmp_path / "photos"], time=SNAPSHOT_TIME, version=version)
    mapping = ExternalMapping(container="/mnt/photos", backed_up_as=str(tmp_path / "photos"), plan="immich")

    unmapped = bench(repository, version).look().coverage().counts
    mapped = bench(repository, version, settings=ContentSettings(external=(mapping,))).look().coverage().counts

    assert (unmapped.external_proven, unmapped.external_unproven, unmapped.missing[ORIGINAL]) == (0, 3, 0)
    assert (mapped.external_proven, mapped.external_unproven, mapped.missing[ORIGINAL]) == (2, 0, 1)
    assert mapped.assets == 1


def test_of_an_external_library_that_no_plan_is_said_to_hold_nothing_is_missing(repository, tmp_path):
    library = make_library(tmp_path / "immich", ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    for number in (11, 12):
        write(tmp_path / "photos" / f"{number}.jpg", "x")
    backup(repository, [library, tmp_path / "photos"], time=SNAPSHOT_TIME)
    loose = ExternalMapping(container="/mnt/photos", backed_up_as=str(tmp_path / "photos"))
    said = replace(loose, backed_up_as="/elsewhere", plan="immich")

    def counted(*mappings: ExternalMapping) -> tuple[int, int, int]:
        counts = bench(repository, settings=ContentSettings(external=mappings)).look().coverage().counts
        return counts.external_proven, counts.external_unproven, counts.missing[ORIGINAL]

    assert counted(loose) == (2, 1, 0)
    assert counted(loose, said) == (2, 0, 1)


def test_an_external_library_can_be_in_another_plan(tmp_path):
    nas, cloud = make_repository(tmp_path / "nas"), make_repository(tmp_path / "cloud")
    library = make_library(tmp_path / "immich", ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    for number in (11, 12, 13):
        write(tmp_path / "photos" / f"{number}.jpg", "x")
    backup(nas, library, time=SNAPSHOT_TIME)
    backup(cloud, tmp_path / "photos", time=SNAPSHOT_TIME)
    mapping = ExternalMapping(container="/mnt/photos", backed_up_as=str(tmp_path / "photos"), plan="cloud/outside")
    plans = {"nas": [PlanSettings(name="immich")], "cloud": [PlanSettings(name="outside", host="photos")]}

    looked = Bench(
        repositories={"nas": nas, "cloud": cloud}, plans=plans, settings=ContentSettings(external=(mapping,))
    ).look()

    assert looked.coverage().counts.external_proven == 3
    assert looked.coverage().counts.missing[ORIGINAL] == 0


def test_an_external_library_can_be_in_a_snapshot_whose_root_is_the_folder_above_it(version, repository, tmp_path):
    library = make_library(tmp_path / "immich", ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    for number in (11, 12):
        write(tmp_path / "photos" / f"{number}.jpg", "x")
    backup(repository, "photos", time=SNAPSHOT_TIME - TOMORROW, version=version, cwd=tmp_path, tags=["outside"])
    backup(repository, library, time=SNAPSHOT_TIME, version=version, tags=["immich"])
    mapping = ExternalMapping(container="/mnt", backed_up_as="/", plan="outside")
    plans = [PlanSettings(name="immich", tags=("immich",)), PlanSettings(name="outside", tags=("outside",))]

    looked = bench(repository, version, plans={"nas": plans}, settings=ContentSettings(external=(mapping,))).look()

    assert looked.coverage("nas/immich").counts.external_proven == 2
    assert looked.coverage("nas/immich").counts.missing[ORIGINAL] == 1


def test_an_external_library_is_looked_for_once_the_plan_that_holds_it_answers(tmp_path):
    nas, cloud = make_repository(tmp_path / "nas"), make_repository(tmp_path / "cloud")
    library = make_library(tmp_path / "immich", ["library/admin/1.jpg"], dump=external_dump(tmp_path))
    for number in (11, 12, 13):
        write(tmp_path / "photos" / f"{number}.jpg", "x")
    backup(nas, library, time=SNAPSHOT_TIME)
    backup(cloud, tmp_path / "photos", time=SNAPSHOT_TIME)
    mapping = ExternalMapping(container="/mnt/photos", backed_up_as=str(tmp_path / "photos"), plan="cloud/outside")
    plans = {"nas": [PlanSettings(name="immich")], "cloud": [PlanSettings(name="outside", host="photos")]}
    cloud.rename(tmp_path / "away")
    looking = Bench(
        repositories={"nas": nas, "cloud": cloud}, plans=plans, settings=ContentSettings(external=(mapping,))
    )
    without = looking.look().coverage().counts
    (tmp_path / "away").rename(cloud)

    looked = looking.look()

    assert (without.external_proven, without.external_unproven) == (0, 3)
    assert (looked.coverage().counts.external_proven, looked.coverage().counts.external_unproven) == (3, 0)
    assert "ls" not in looking.look().commands


# --- what stops it


def test_the_budget_stops_it_cleanly_and_says_so(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME)
    looking = bench(repository, inspect=InspectSettings(max_bytes_per_day=100))

    looked = looking.look()

    assert looked.plans["nas/immich"].contents is None
    assert english(looked.plans["nas/immich"].inspection_sentence) == (
        "The agent stopped looking into it: the limit of what it reads from the repository in a day "
        "(`inspect.max_bytes_per_day`) is reached."
    )
    assert looking.look().commands.get("ls") is None


def test_what_is_turned_off_is_not_looked_into(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME)

    looked = bench(repository, inspect=InspectSettings(enabled=False)).look()

    assert "ls" not in looked.commands
    assert looked.plans["nas/immich"].contents is None


def test_a_live_dump_that_is_the_same_file_is_not_read_from_the_repository(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["2.jpg"])

    looked = bench(repository, upload_location=library, watches_dumps=True).look()

    assert looked.contents().dump_valid is True
    assert looked.coverage().counts.missing[ORIGINAL] == 1
    assert "dump" not in looked.commands


def test_a_live_dump_that_was_written_again_is_another_file(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME)
    write_dump(library, dump_of(["library/admin/other.jpg"]))

    looked = bench(repository, upload_location=library, watches_dumps=True).look()

    assert looked.coverage().counts.assets == 3
    assert looked.commands["dump"] == 1


def test_a_folder_that_was_left_out_of_a_backdated_backup_is_required_all_the_same(repository, library):
    backup(repository, library, time=SNAPSHOT_TIME, exclude=["library/admin"])

    contents = bench(repository, upload_location=library).look().contents()

    assert (contents.required["library"], contents.folders["library"].files) == (True, 0)
