"""What looking into snapshots finds where photos, database and external libraries belong to different plans."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.settings import ContentSettings, ExternalMapping, InspectSettings, PlanSettings
from support.immich_database import asset_id, dump_text
from support.inspections import Bench, dump_of, make_library, write, write_dump
from support.light_repository import write_lock
from support.repositories import PASSWORD, backup, make_repository, restic
from support.tools import tool
from support.words import english

ORIGINAL = MissingKind.ORIGINAL
EVENING = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DUMPS = PlanSettings(name="dumps", paths=("/immich.sql",), holds=("database",))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return make_library(tmp_path / "srv" / "immich")


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "nas")


def photos(library: Path, partner: str = "nas") -> PlanSettings:
    return PlanSettings(name="photos", paths=(str(library),), holds=("originals",), pair_with=(partner, "dumps"))


def dump(repository: Path, text: bytes, time: datetime = EVENING) -> None:
    """As `pg_dump | restic backup --stdin`."""
    command = [tool("restic-0.18"), "-q", "-r", str(repository), "--no-cache", "backup", "--host", "photos", "--stdin"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(repository), "RESTIC_PASSWORD": PASSWORD, "TZ": "UTC"}
    when = f"{time:%Y-%m-%d %H:%M:%S}"
    subprocess.run(
        [*command, "--stdin-filename", "immich.sql", "--time", when], input=text, env=environment, check=True
    )


def copy(origin: Path, target: Path, *snapshots: str) -> None:
    done = restic(
        "0.18", target, "copy", "--from-repo", origin, *snapshots,
        env={"RESTIC_FROM_PASSWORD": PASSWORD, "RESTIC_FROM_REPOSITORY": str(origin)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def spoil_trees(repository: Path) -> None:
    """The data that snapshots refer to is gone; they are still listed."""
    shutil.rmtree(repository / "data")


def blob_types(repository: Path, pack: str) -> set[str]:
    index = []
    for name in restic("0.18", repository, "list", "index", "--no-lock").stdout.split():
        index += json.loads(restic("0.18", repository, "cat", "index", name, "--no-lock").stdout)["packs"]
    return {blob["type"] for one in index if one["id"] == pack for blob in one["blobs"]}


def looked_into(looked) -> list[int]:
    return [looked.commands.get(command, 0) for command in ("ls", "dump")]


# --- the database in another plan


def test_rows_that_postgresql_refuses_are_told_of_the_plan_with_the_dump(nas, library):
    text = dump_of(["library/admin/1.jpg"])
    dump(nas, text.replace(b"\n\\.\n", b"\ttoo many\n\\.\n", 1))
    backup(nas, library, time=EVENING + MINUTE)
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), DUMPS]})

    looked = looking.look()

    assert looked.contents("nas/dumps").dump_valid is False
    assert looked.plans["nas/photos"].coverage is None
    assert looked.plans["nas/photos"].contents_unknown_since is None
    assert looked_into(looking.look()) == [0, 0]


def test_files_that_were_copied_are_compared_with_the_dump_of_each_side_once(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    backup(nas, library, time=EVENING + MINUTE)
    copy(nas, off)
    dump(nas, dump_of(["library/admin/1.jpg"]))
    dump(off, dump_of(["library/admin/1.jpg", "library/gone.jpg"]), EVENING + timedelta(seconds=10))
    plans = {"nas": [photos(library), DUMPS], "off": [photos(library, "off"), DUMPS]}
    looking = Bench(repositories={"nas": nas, "off": off}, plans=plans)

    looked = looking.look()

    assert looked.coverage("nas/photos").counts.missing[ORIGINAL] == 0
    assert looked.coverage("off/photos").counts.missing[ORIGINAL] == 1
    assert looked_into(looking.look()) == [0, 0]


def test_the_same_files_in_two_plans_are_compared_with_the_dump_before_each_of_them_once(nas, library):
    hour = timedelta(hours=1)
    for number, tag in enumerate(("full", "hot")):
        dump(nas, dump_of(["library/admin/1.jpg", "library/gone.jpg"][: number + 1]), EVENING + number * hour)
        folders = ["library", "upload", "profile"]  # without the folders above, which change
        backup(nas, folders, cwd=library, time=EVENING + number * hour + MINUTE, tags=[tag])
    full, hot = (replace(photos(library), name=tag, tags=(tag,), paths=()) for tag in ("full", "hot"))
    looking = Bench(repositories={"nas": nas}, plans={"nas": [full, hot, DUMPS]})

    looked = looking.look()

    assert looked.plans["nas/hot"].newest.tree == looked.plans["nas/full"].newest.tree
    assert looked.coverage("nas/hot").counts.missing[ORIGINAL] == 1
    assert looked.coverage("nas/full").counts.missing[ORIGINAL] == 0
    assert looked_into(looking.look()) == [0, 0]


def test_a_copy_without_a_dump_of_its_own_is_as_whole_as_its_original(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    shutil.rmtree(library / "backups")
    dump(nas, dump_of(["library/admin/1.jpg", "library/gone.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    copy(nas, off)
    alone = PlanSettings(name="photos", paths=(str(library),), holds=("originals",))

    looked = Bench(
        repositories={"nas": nas, "off": off}, plans={"nas": [photos(library), DUMPS], "off": [alone]}
    ).look()

    assert looked.coverage("off/photos").counts.missing[ORIGINAL] == 1
    assert looked.plans["off/photos"].contents_unknown_since is None


def test_files_stay_compared_with_their_dump_once_that_was_forgotten(nas, library):
    hour = timedelta(hours=1)
    dump(nas, dump_of(["library/admin/1.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), DUMPS]})
    before = looking.look().coverage("nas/photos")
    dump(nas, dump_of(["library/admin/1.jpg", "library/uploaded-since.jpg"]), EVENING + hour)
    restic("0.18", nas, "forget", "--path", "/immich.sql", "--keep-last", "1")

    looked = looking.look()

    assert looked.coverage("nas/photos") == before
    assert looked.coverage("nas/photos").counts.missing[ORIGINAL] == 0
    assert looked_into(looked) == [1, 1]  # the new dump itself
    assert looked.plans["nas/photos"].contents_unknown_since is None


def test_a_dump_that_is_not_whole_is_passed_over_for_the_one_before(nas, library):
    dump(nas, dump_of(["library/admin/1.jpg", "library/gone.jpg"]))
    dump(nas, dump_of(["library/admin/1.jpg"])[:-300], EVENING + MINUTE)
    backup(nas, library, time=EVENING + 2 * MINUTE)
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), DUMPS]})

    looked = looking.look()

    assert looked.contents("nas/dumps").dump_valid is False
    assert looked.coverage("nas/photos").record.dump_time == EVENING
    assert looked.coverage("nas/photos").counts.missing[ORIGINAL] == 1


def test_without_its_partner_a_plan_tells_nothing_of_what_older_files_came_to(nas, library):
    shutil.rmtree(library / "backups")
    dump(nas, dump_of(["library/admin/1.jpg", "library/gone.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), DUMPS]})
    paired = looking.look()
    looking.plans["nas"] = [replace(photos(library), pair_with=None), DUMPS]
    write(library / "library/gone.jpg", "back again")
    backup(nas, library, time=EVENING + 2 * MINUTE)

    alone = looking.look()

    assert paired.coverage("nas/photos").counts.missing[ORIGINAL] == 1
    assert alone.plans["nas/photos"].coverage is None
    assert alone.plans["nas/photos"].contents_unknown_since is None


def test_a_partner_that_is_pruned_is_waited_for(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    dump(off, dump_of(["library/admin/1.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    plans = {"nas": [photos(library, "off")], "off": [DUMPS]}
    looking = Bench(repositories={"nas": nas, "off": off}, plans=plans)
    made = (datetime.now(UTC) - MINUTE).isoformat()
    write_lock(off, PASSWORD, {"time": made, "exclusive": True, "hostname": "elsewhere", "username": "root", "pid": 1})

    waiting = looking.look()
    for lock in (off / "locks").iterdir():
        lock.unlink()

    assert waiting.plans["nas/photos"].contents is not None
    assert waiting.plans["nas/photos"].coverage is None
    assert looking.look().coverage("nas/photos").counts.assets == 1


def test_an_old_dump_among_the_files_does_not_take_the_place_of_the_paired_plans(nas, library):
    write_dump(library, dump_of(["library/admin/1.jpg"]), EVENING - timedelta(days=200))
    dump(nas, dump_of(["library/admin/1.jpg", "library/gone.jpg", "library/lost.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), DUMPS]})

    coverage = looking.look().coverage("nas/photos")

    assert coverage.record.dump_time == EVENING
    assert (coverage.counts.assets, coverage.counts.missing[ORIGINAL]) == (3, 2)


def test_a_dump_that_cannot_be_read_does_not_keep_the_files_from_being_looked_into(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    dump(off, dump_of(["library/admin/1.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    spoil_trees(off)
    plans = {"nas": [photos(library, "off")], "off": [DUMPS]}
    looking = Bench(repositories={"nas": nas, "off": off}, plans=plans)

    plan = looking.look().plans["nas/photos"]

    assert plan.contents is not None
    assert plan.contents.folders["library"].files == 2
    assert plan.contents_unknown_since == EVENING + MINUTE
    assert english(plan.inspection_sentence) == (
        "The database is in the plan off/dumps, whose newest snapshot is not known yet."
    )


def test_a_dump_that_is_damaged_is_the_fault_of_the_plan_that_holds_it(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    dump(off, dump_of(["library/admin/1.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    plans = {"nas": [photos(library, "off")], "off": [DUMPS]}
    looking = Bench(repositories={"nas": nas, "off": off}, plans=plans)
    for pack in (off / "data").glob("*/*"):
        if pack.stat().st_size > 0 and "data" in blob_types(off, pack.name):
            pack.unlink()

    looking.look()
    looked = looking.look()

    assert looked.plans["off/dumps"].damaged is True
    assert looked.plans["nas/photos"].damaged is False
    assert english(looked.plans["nas/photos"].inspection_sentence).startswith("The dump in the plan off/dumps: ")


@pytest.mark.parametrize("text", [None, b"--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n"], ids=["none", "cut off"])
def test_what_is_wrong_with_the_dump_of_another_plan_is_told_there_only(nas, library, text):
    if text is None:
        other = library.parent / "other"
        write(other / "readme.txt", "nothing")
        backup(nas, other, time=EVENING)
    else:
        dump(nas, text)
    backup(nas, library, time=EVENING + MINUTE)
    holder = DUMPS if text is not None else PlanSettings(name="dumps", paths=(str(other),), holds=("database",))
    looking = Bench(repositories={"nas": nas}, plans={"nas": [photos(library), holder]})

    looking.look()
    plan = looking.look().plans["nas/photos"]

    assert (plan.contents_unknown_since, english(plan.inspection_sentence)) == (None, None)


def test_a_repository_that_nobody_is_to_look_into_is_not_read_for_its_partner_either(tmp_path, nas, library):
    off = make_repository(tmp_path / "off")
    dump(off, dump_of(["library/admin/1.jpg"]))
    backup(nas, library, time=EVENING + MINUTE)
    plans = {"nas": [photos(library, "off")], "off": [DUMPS]}
    looking = Bench(repositories={"nas": nas, "off": off}, plans=plans, not_inspected=frozenset({"off"}))

    looked = looking.look()

    assert looked_into(looked) == [1, 0]
    assert "off" not in looked.read_bytes
    assert looked.plans["nas/photos"].contents_unknown_since is None


# --- external libraries in another plan


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "srv" / "pictures"
    for at in (11, 12):
        write(folder / f"{at}.jpg", str(at))
    return folder


@pytest.fixture
def drawer(tmp_path: Path, pictures: Path) -> Path:
    made = make_repository(tmp_path / "drawer")
    backup(made, pictures, time=EVENING)
    return made


def with_external(tmp_path: Path, nas: Path, drawer: Path, pictures: Path, **fields) -> Bench:
    """A library of one photo beside an external one of three, of which two are in the repository `drawer`."""
    text = dump_text(
        [(asset_id(1), "/data/library/admin/1.jpg")],
        external=[(asset_id(at), f"/mnt/pictures/{at}.jpg") for at in (11, 12, 13)],
    )
    library = make_library(tmp_path / "home" / "immich", ["library/admin/1.jpg"], dump=text)
    backup(nas, library, time=EVENING)
    mapping = ExternalMapping(container="/mnt/pictures", backed_up_as=str(pictures), plan="drawer/pictures")
    holder = PlanSettings(name="pictures", paths=(str(pictures),), holds_external=True)
    return Bench(
        repositories={"nas": nas, "drawer": drawer},
        plans={"nas": [PlanSettings(name="immich", paths=(str(library),))], "drawer": [holder]},
        settings=ContentSettings(external=(mapping,)),
        **fields,
    )


def external(looked) -> tuple[int, int, int]:
    counts = looked.coverage().counts
    return counts.external_proven, counts.external_unproven, counts.missing[ORIGINAL]


def test_a_plan_that_holds_an_external_library_alone_needs_nothing_of_immich(tmp_path, nas, drawer, pictures):
    looked = with_external(tmp_path, nas, drawer, pictures).look()

    contents = looked.contents("drawer/pictures")
    assert external(looked) == (2, 0, 1)
    assert not any(contents.required.values())
    assert contents.dumps is None
    assert looked.plans["drawer/pictures"].contents_unknown_since is None


def test_a_holder_that_is_away_leaves_its_pictures_unproven_and_is_asked_once_it_is_back(
    tmp_path, nas, drawer, pictures
):
    looking = with_external(tmp_path, nas, drawer, pictures)
    away = drawer.with_name("away")
    looking.look(steps=0)
    drawer.rename(away)

    without = looking.look()
    again = looking.look()
    away.rename(drawer)
    back = looking.look()

    assert external(without) == (0, 3, 0)
    assert looked_into(again) == [0, 0]
    assert external(back) == (2, 0, 1)


def test_a_holder_that_is_damaged_leaves_its_pictures_unproven(tmp_path, nas, drawer, pictures):
    looking = with_external(tmp_path, nas, drawer, pictures)
    spoil_trees(drawer)

    looked = looking.look()

    assert external(looked) == (0, 3, 0)
    assert looked.coverage().counts.assets == 1


def test_a_holder_whose_budget_is_spent_while_it_is_read_leaves_the_rest_to_be_judged(tmp_path, nas, drawer, pictures):
    for at in range(1000, 1400):
        write(pictures / f"{at}.jpg", "another")
    backup(drawer, pictures, time=EVENING + MINUTE)
    budget = InspectSettings(max_bytes_per_day=40_000)

    looked = with_external(tmp_path, nas, drawer, pictures, inspect=budget).look()

    assert looked.read_bytes["drawer"] > 40_000 > looked.read_bytes["nas"]
    assert looked.coverage().counts.assets == 1
    assert external(looked)[2] == 0


def test_a_holder_that_nobody_is_to_look_into_is_not_read(tmp_path, nas, drawer, pictures):
    looked = with_external(tmp_path, nas, drawer, pictures, not_inspected=frozenset({"drawer"})).look()

    assert external(looked) == (0, 3, 0)
    assert "drawer" not in looked.read_bytes
