"""What is read out of dumps that PostgreSQL wrote of databases in Immich's shape, of every era."""

import itertools
from datetime import UTC, datetime

import pytest

from immich_backup_exporter.analysis.coverage import Coverage, ExternalPaths, TreePaths
from immich_backup_exporter.domain.contents import MissingKind
from immich_backup_exporter.domain.immich import DumpOutcome, Holds
from immich_backup_exporter.formats.immich_dump import ImmichDump
from immich_backup_exporter.formats.pg_dump import DumpValidator
from support.dumps import HOSTILE_ROWS
from support.immich_database import ERAS, OWNER, asset, asset_id, user
from support.words import english

LATER = datetime(2026, 3, 1, tzinfo=UTC)
OTHER = "0f0b3c1e-2222-4000-8000-000000000002"
ORIGINAL, SIDECAR, PROFILE = MissingKind.ORIGINAL, MissingKind.SIDECAR, MissingKind.PROFILE
_numbers = itertools.count()

HOSTILE_NAMES = [
    "a tab\tin it.jpg",
    "a line\nfeed.jpg",
    "a return\r.jpg",
    "back\\slash.jpg",
    "\\N",
    "\\.",
    "it's 'quoted'.jpg",
    'double "quoted".jpg',
    "$$dollars$$.jpg",
    "\b\f\v.jpg",
    "grüße 📷\u00a0.jpg",
    "nfd-a\u0308.jpg",
    "x" * 200 + ".jpg",
    "-- a comment.jpg",
    "tab\\tab.jpg",
]


def tree(*paths: str) -> TreePaths:
    paths_ = TreePaths()
    for path in paths:
        which = paths_.originals if path.startswith(("library/", "upload/")) else paths_.others
        which.add(hash(path.encode()))
    return paths_


def judged(text: bytes, dump: ImmichDump):
    validator = DumpValidator(immich=dump)
    validator.feed(text)
    return validator.finish()


def read(text: bytes, paths: TreePaths, external=(), piece_bytes: int = 100_000):
    dump = ImmichDump(lambda: Coverage(paths, external, LATER))
    validator = DumpValidator(immich=dump)
    for start in range(0, len(text), piece_bytes):
        validator.feed(text[start : start + piece_bytes])
    assert validator.finish().outcome is DumpOutcome.VALID
    found = dump.database()
    assert found is not None, english(dump.trouble)
    return found


@pytest.fixture(params=sorted(ERAS))
def era(request):
    return ERAS[request.param]


@pytest.fixture
def database(postgres):
    name = f"immich_{next(_numbers)}"
    postgres.sql("postgres", f"CREATE DATABASE {name};")
    yield name
    postgres.sql("postgres", f"DROP DATABASE {name} WITH (FORCE);")


def fill(postgres, database, era, statements):
    postgres.sql(database, era.schema() + HOSTILE_ROWS.replace("note", "zz_note") + statements)


def test_assets_of_every_era_are_counted_and_missing_ones_named(postgres, database, era):
    base = era.base
    fill(
        postgres,
        database,
        era,
        user(era)
        + asset(era, asset_id(1), f"{base}/library/admin/1.jpg")
        + asset(era, asset_id(2), f"{base}/upload/{OWNER}/ab/cd/2.jpg")
        + asset(era, asset_id(3), f"{base}/library/admin/3.jpg", status="trashed")
        + asset(era, asset_id(4), f"{base}/library/admin/4.jpg", status="deleted")
        + asset(era, asset_id(5), f"{base}/encoded-video/{OWNER}/ab/cd/5-MP.mp4")
        + asset(era, asset_id(6), "/mnt/photos/6.jpg", external=True)
        + asset(era, asset_id(7), f"{base}/library/admin/7.jpg"),
    )

    found = read(
        postgres.dump(database),
        tree("library/admin/1.jpg", f"upload/{OWNER}/ab/cd/2.jpg", "library/admin/7.jpg", "library/admin/unknown.jpg"),
    )

    counts = found.coverage.counts()
    assert (found.immich_version, counts.assets) == (era.version, 4)
    assert counts.missing == {ORIGINAL: 1, SIDECAR: 0, PROFILE: 0}
    assert [one.item for one in found.coverage.missing_files()] == [asset_id(3)]
    assert counts.regenerable_missing == 1
    assert (counts.external_proven, counts.external_unproven) == (0, 1)
    assert counts.unknown_files == 1
    assert counts.settled_missing == {"library": 1}
    assert found.media_location == (base if era.media_location else None)


def test_sidecars_and_profile_images_of_every_era_are_looked_for(postgres, database, era):
    base = era.base
    fill(
        postgres,
        database,
        era,
        user(era, image=f"{base}/profile/{OWNER}/me.jpg")
        + user(era, OTHER, image=f"{base}/profile/{OTHER}/you.jpg")
        + asset(era, asset_id(1), f"{base}/library/admin/1.jpg", sidecar=f"{base}/library/admin/1.jpg.xmp")
        + asset(era, asset_id(2), f"{base}/library/admin/2.jpg", sidecar=f"{base}/library/admin/2.jpg.xmp"),
    )

    found = read(
        postgres.dump(database),
        tree("library/admin/1.jpg", "library/admin/1.jpg.xmp", "library/admin/2.jpg", f"profile/{OWNER}/me.jpg"),
    )

    assert found.coverage.counts().missing == {ORIGINAL: 0, SIDECAR: 1, PROFILE: 1}
    assert [(one.kind, one.item) for one in found.coverage.missing_files()] == [
        (SIDECAR, asset_id(2)), (PROFILE, OTHER),
    ]  # fmt: skip
    assert found.coverage.counts().unknown_files == 0


@pytest.mark.parametrize("status", ["removing", "deleted"])
def test_users_who_are_being_removed_do_not_count(postgres, database, era, status):
    base = era.base
    fill(
        postgres,
        database,
        era,
        user(era)
        + user(era, OTHER, status=status, label="bob", image=f"{base}/profile/{OTHER}/you.jpg")
        + asset(era, asset_id(1), f"{base}/library/admin/1.jpg")
        + asset(era, asset_id(2), f"{base}/library/bob/2.jpg", owner=OTHER, sidecar=f"{base}/library/bob/2.jpg.xmp")
        + asset(era, asset_id(3), f"{base}/library/bob/3.jpg", owner=OTHER),
    )

    found = read(postgres.dump(database), tree("library/admin/1.jpg", "library/bob/3.jpg"))

    counts = found.coverage.counts()
    assert (counts.assets, counts.missing) == (1, {ORIGINAL: 0, SIDECAR: 0, PROFILE: 0})


@pytest.mark.parametrize("piece_bytes", [1, 7, 4096, 10_000_000])
def test_hostile_names_are_found_however_the_text_is_split(postgres, database, piece_bytes):
    era = ERAS["2.7"]
    rows = "".join(
        asset(era, asset_id(at), f"/data/library/admin/{name}", sidecar=f"/data/library/admin/{name}.xmp")
        for at, name in enumerate(HOSTILE_NAMES)
    )
    postgres.sql(database, era.schema() + rows)
    composed = [name.replace("a\u0308", "ä") for name in HOSTILE_NAMES]
    held = tree(*(f"library/admin/{name}{end}" for name in composed for end in ("", ".xmp")))

    found = read(postgres.dump(database), held, piece_bytes=piece_bytes)

    assert found.coverage.counts().assets == 15
    assert list(found.coverage.missing_files()) == []
    assert found.coverage.counts().unknown_files == 0


def test_a_hostile_name_that_is_missing_is_named_as_it_is(postgres, database):
    era = ERAS["2.7"]
    postgres.sql(database, era.schema() + asset(era, asset_id(1), "/data/library/a\tb\\c\n.jpg"))

    found = read(postgres.dump(database), tree())

    assert [one.path for one in found.coverage.missing_files()] == [b"/data/library/a\tb\\c\n.jpg"]


def test_windows_line_ends_change_nothing(postgres, database):
    era = ERAS["3.1"]
    fill(postgres, database, era, user(era) + asset(era, asset_id(1), "/photos/library/1.jpg"))
    text = postgres.dump(database).replace(b"\n", b"\r\n")

    assert read(text, tree("library/1.jpg")).coverage.counts().missing[ORIGINAL] == 0
    assert read(text, tree("library/1.jpg"), piece_bytes=13).coverage.counts().assets == 1


def test_paths_of_several_eras_in_one_library_are_found(postgres, database):
    era = ERAS["3.1"]
    bases = ["upload", "./upload", "/usr/src/app/upload", "/data", "/data/", "/mnt/library/immich"]
    rows = [asset(era, asset_id(at), f"{base}/upload/x/{at}.jpg") for at, base in enumerate(bases)]
    rows += [asset(era, asset_id(100 + at), f"{base}/library/{at}.jpg") for at, base in enumerate(bases)]
    postgres.sql(database, era.schema() + "".join(rows))
    held = [f"{folder}/{at}.jpg" for folder in ("upload/x", "library") for at in range(6)]

    found = read(postgres.dump(database), tree(*held))

    assert (found.coverage.counts().assets, found.coverage.counts().missing[ORIGINAL]) == (12, 0)
    assert found.coverage.counts().unknown_files == 0


def test_external_libraries_are_found_by_their_mapping(postgres, database, era):
    fill(
        postgres,
        database,
        era,
        user(era)
        + asset(era, asset_id(1), "/mnt/photos/a/1.jpg", external=True, sidecar="/mnt/photos/a/1.jpg.xmp")
        + asset(era, asset_id(2), "/mnt/photos/2.jpg", external=True, sidecar="/mnt/photos/2.xmp")
        + asset(era, asset_id(3), "/mnt/photos/3.jpg", external=True)
        + asset(era, asset_id(4), "/mnt/photos/gone.jpg", external=True, offline=True)
        + asset(era, asset_id(5), "/mnt/elsewhere/5.jpg", external=True, sidecar="/mnt/elsewhere/5.xmp")
        + asset(era, asset_id(6), "/mnt/unknown/6.jpg", external=True),
    )
    library = ExternalPaths(
        container=b"/mnt/photos", files={hash(path) for path in (b"a/1.jpg", b"a/1.jpg.xmp", b"2.jpg")}
    )
    unknown = ExternalPaths(container=b"/mnt/unknown", files=(), promised=False)

    counts = read(postgres.dump(database), tree(), (library, unknown)).coverage.counts()

    assert (counts.assets, counts.external_proven, counts.external_unproven) == (0, 2, 2)
    assert counts.missing == {ORIGINAL: 1, SIDECAR: 1, PROFILE: 0}


def test_a_file_that_has_just_been_moved_is_not_missing(postgres, database, era):
    base = era.base
    fill(
        postgres,
        database,
        era,
        asset(era, asset_id(1), f"{base}/upload/x/1.jpg")
        + asset(era, asset_id(2), f"{base}/upload/x/2.jpg")
        + f"""INSERT INTO move_history VALUES (gen_random_uuid(), '{asset_id(1)}', 'original',
            '{base}/upload/x/1.jpg', '{base}/library/admin/1.jpg');""",
    )

    found = read(postgres.dump(database), tree("library/admin/1.jpg"))

    assert [one.item for one in found.coverage.missing_files()] == [asset_id(2)]
    assert found.coverage.counts().unknown_files == 0


def test_in_a_cluster_dump_only_immichs_database_counts(postgres, database):
    era = ERAS["1.132"]
    fill(
        postgres,
        database,
        era,
        user(era) + "".join(asset(era, asset_id(at), f"upload/library/{at}.jpg") for at in range(3)),
    )
    postgres.sql(
        "postgres", 'CREATE DATABASE "a foreign one"; CREATE DATABASE inventory; CREATE DATABASE zz_only_assets;'
    )
    foreign = ERAS["3.1"]
    postgres.sql("inventory", "CREATE TABLE asset (id int, price int); INSERT INTO asset VALUES (1, 2), (3, 4);")
    postgres.sql("a foreign one", "CREATE TABLE asset (id int); INSERT INTO asset VALUES (1);")
    postgres.sql(
        "zz_only_assets",
        f"CREATE TABLE asset ({foreign.columns});"
        + "".join(asset(foreign, asset_id(50 + at), f"/data/library/x{at}.jpg") for at in range(9)),
    )
    try:
        text = postgres.dump_all("--database", database)
    finally:
        postgres.sql(
            "postgres", 'DROP DATABASE "a foreign one"; DROP DATABASE inventory; DROP DATABASE zz_only_assets;'
        )

    found = read(text, tree("library/0.jpg", "library/1.jpg"))

    assert (found.database, found.immich_version) == (database, "1.132.3")
    assert found.coverage.counts().assets == 3
    assert [one.item for one in found.coverage.missing_files()] == [asset_id(2)]


def test_an_empty_library_is_known_to_be_empty(postgres, database, era):
    fill(postgres, database, era, "")

    assert read(postgres.dump(database), tree()).coverage.counts().assets == 0


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE asset",
        'ALTER TABLE asset RENAME COLUMN "originalPath" TO "path"',
        "ALTER TABLE asset RENAME TO item",
        "ALTER TABLE asset DROP COLUMN status",
    ],
)
def test_an_unknown_schema_is_unknown_and_not_empty(postgres, database, change):
    era = ERAS["3.1"]
    fill(postgres, database, era, asset(era, asset_id(1), "/photos/library/1.jpg") + f"{change};")
    dump = ImmichDump(lambda: Coverage(tree(), (), LATER))
    contents = judged(postgres.dump(database), dump).contents

    assert contents is not None
    assert contents.holds is Holds.UNKNOWN
    assert dump.database() is None
    assert english(dump.trouble) == "It holds no table of assets in a form that this version of the agent knows."


def test_inserts_instead_of_rows_are_unknown_and_not_empty(postgres, database):
    era = ERAS["3.1"]
    fill(postgres, database, era, asset(era, asset_id(1), "/photos/library/1.jpg"))
    dump = ImmichDump(lambda: Coverage(tree(), (), LATER))
    contents = judged(postgres.dump(database, "--inserts"), dump).contents

    assert contents is not None
    assert contents.holds is Holds.UNKNOWN
    assert dump.database() is None


def test_a_row_with_another_number_of_columns_is_damage(postgres, database):
    era = ERAS["3.1"]
    fill(postgres, database, era, asset(era, asset_id(1), "/photos/library/1.jpg"))
    text = postgres.dump(database).replace(b"/photos/library/1.jpg", b"/photos/library\t/1.jpg")
    verdict = judged(text, ImmichDump(lambda: Coverage(tree(), (), LATER)))

    assert verdict.outcome is DumpOutcome.INVALID
    assert (
        english(verdict.sentence)
        == "Rows of its table `asset` have the wrong number of columns: PostgreSQL refuses them."
    )
