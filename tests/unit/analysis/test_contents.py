"""What a plan's snapshots hold and what has to be in them, from what is known of trees."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from immich_backup_exporter.analysis.contents import Covered, comparable, contents_facts, coverage_facts
from immich_backup_exporter.domain.contents import (
    CoverageCounts,
    CoverageRecord,
    FolderContents,
    MissingKind,
    TreeAnswer,
    TreeContents,
)
from immich_backup_exporter.domain.immich import FOLDERS, DumpOutcome, DumpVerdict
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import Snapshot
from support.facts import NOW, dump_file, hours_ago, plan, snapshot
from support.words import english

ORIGINAL, PROFILE = MissingKind.ORIGINAL, MissingKind.PROFILE


def tree(
    files: Mapping[str, int], *, dumps: int = 1, known: bool = True, settled=frozenset(), holds_immich: bool = True
) -> TreeContents:
    folders = {name: FolderContents(files=files.get(name, 0), size_bytes=files.get(name, 0) * 10) for name in FOLDERS}
    return TreeContents(
        answer=TreeAnswer(
            known=known,
            holds_immich=holds_immich,
            folders=folders,
            dumps=dumps,
            dump=dump_file(5) if dumps else None,
        ),
        answered=frozenset(),
        settled_folders=settled,
    )


def covered(
    dump: str = "d1", *, assets: int = 10, missing=None, folders=None, settled=None, unknown: int = 0, gone=None
) -> CoverageRecord:
    return CoverageRecord(
        dump=dump,
        dump_time=NOW,
        answered=frozenset(),
        gone=gone,
        counts=CoverageCounts(
            assets=assets,
            external_proven=0,
            external_unproven=0,
            missing={ORIGINAL: 0, **(missing or {})},
            regenerable_missing=0,
            unknown_files=unknown,
            folder_missing=folders or {},
            settled_missing=settled or {},
        ),
    )


def by_tree(coverages: Mapping[str, CoverageRecord]) -> Covered:
    return lambda one: coverages.get(one.tree)


def night(number: int) -> Snapshot:
    """The snapshot of that many nights ago, in a tree called by the number."""
    return snapshot(number, hours=24.0 * number, tree=f"tree {number}")


NIGHTS = tuple(night(number) for number in (4, 3, 2, 1))
WHOLE = {"library": 8, "upload": 2, "profile": 1, "backups": 14}


def required(found: TreeContents, record: CoverageRecord | None = None, before=(), **settings) -> dict[str, bool]:
    trees = {f"tree {number}": one for number, one in enumerate((found, *before), 1)}
    coverages = {} if record is None else {"tree 1": record}
    facts = contents_facts(plan(**settings), NIGHTS, NIGHTS, trees, by_tree(coverages))
    assert facts is not None
    return dict(facts.required)


def test_the_newest_snapshot_whose_contents_are_known_counts() -> None:
    trees = {"tree 1": tree({}, known=False), "tree 2": tree(WHOLE), "tree 3": tree({"library": 1})}

    facts = contents_facts(plan(), NIGHTS, NIGHTS, trees, by_tree({}))

    assert facts is not None
    assert facts.snapshot == night(2)
    assert facts.folders["library"].files == 8


def test_nothing_is_known_before_anything_was_inspected() -> None:
    assert contents_facts(plan(), NIGHTS, NIGHTS, {}, by_tree({})) is None


def test_usual_sizes_are_of_the_inspected_snapshots_before() -> None:
    trees = {f"tree {number}": tree({"library": number, "upload": 100}) for number in (1, 2, 3, 4)}

    facts = contents_facts(plan(), NIGHTS, NIGHTS, trees, by_tree({}))

    assert facts is not None
    assert (facts.size_baselines["library"], facts.size_baselines["originals"]) == (30.0, 1030.0)
    assert "backups" not in facts.size_baselines


@pytest.mark.parametrize(
    ("outcome", "valid", "sentence"),
    [
        (DumpOutcome.VALID, True, None),
        (DumpOutcome.INVALID, False, "The file is empty."),
        (DumpOutcome.UNDECIDED, None, "The file is empty."),
    ],
)
def test_a_dump_without_a_verdict_is_neither_valid_nor_invalid(outcome, valid, sentence) -> None:
    verdict = DumpVerdict(outcome=outcome, sentence=Message("dump_verdicts.empty"), unpacked_bytes=1)

    facts = contents_facts(plan(), NIGHTS, NIGHTS, {"tree 1": replace(tree(WHOLE), verdict=verdict)}, by_tree({}))

    assert facts is not None
    assert (facts.dump_valid, english(facts.dump_sentence)) == (valid, sentence)


# --- folders that have to hold files


def test_folders_that_hold_files_are_required_of_what_the_plan_holds() -> None:
    found = tree({**WHOLE, "thumbs": 5})
    assert [name for name, needed in required(found).items() if needed] == ["library", "upload", "profile", "backups"]
    assert [name for name, needed in required(found, holds=("database",)).items() if needed] == ["backups"]


def test_what_was_configured_goes_before_all_else() -> None:
    assert [name for name, needed in required(tree(WHOLE), required_folders=("thumbs",)).items() if needed] == [
        "thumbs"
    ]


def test_an_empty_folder_is_required_where_the_live_disk_held_files() -> None:
    assert required(tree({"upload": 2}, settled=frozenset(("library",))))["library"] is True
    assert required(tree({"upload": 2}, settled=frozenset()))["library"] is False


UNSEEN = tree({"upload": 2}, settled=None)


def test_an_empty_folder_is_required_where_the_database_has_old_assets_in_it() -> None:
    assert required(UNSEEN, covered(settled={"library": 3}))["library"] is True


def test_assets_that_moved_to_the_other_folder_require_nothing() -> None:
    assert required(UNSEEN, covered(settled={"library": 3}, unknown=3))["library"] is False
    assert required(UNSEEN, covered(settled={}))["library"] is False


SEEN = tree({"upload": 2}, settled=frozenset())


def test_beside_the_live_disk_an_empty_folder_is_required_by_any_asset_that_is_still_there() -> None:
    assert required(SEEN, covered(folders={"library": 3}, gone=0))["library"] is True
    assert required(SEEN, covered(folders={"library": 3}, gone=3))["library"] is False
    assert required(SEEN, covered(folders={"library": 3}, unknown=2, gone=1))["library"] is False


def test_profile_images_that_are_missing_require_their_folder() -> None:
    assert required(UNSEEN, covered(missing={PROFILE: 1}))["profile"] is True
    assert required(UNSEEN, covered())["profile"] is False


def test_without_disk_and_database_a_folder_that_always_held_files_is_required() -> None:
    before = [tree({"library": 10, "upload": 2, "profile": 1, "backups": 14})] * 3
    found = tree({"upload": 2}, dumps=0, settled=None)
    assert required(found, before=before) == {
        "library": True, "upload": True, "profile": True, "backups": True, "thumbs": False, "encoded-video": False,
    }  # fmt: skip


def test_without_disk_and_database_originals_may_move() -> None:
    before = [tree({"library": 10, "upload": 2})] * 3
    assert required(tree({"library": 12}, dumps=0, settled=None), before=before)["upload"] is False


def test_where_nothing_is_of_immich_originals_are_required_and_nothing_is_of_a_new_one() -> None:
    nothing = required(tree({}, dumps=0, settled=None, holds_immich=False))
    assert [folder for folder in FOLDERS if nothing[folder]] == ["library", "upload"]
    assert not any(required(tree({}, dumps=0, settled=None)).values())
    only_database = required(tree({}, settled=None, holds_immich=False), holds=frozenset(("database",)))
    assert not any(only_database.values())


def test_one_snapshot_that_held_none_is_enough_not_to_ask_for_it() -> None:
    before = [tree({"library": 10, "profile": 1}), tree({"library": 10}), tree({"library": 10, "profile": 1})]
    assert required(tree({"library": 10}, settled=None), before=before)["profile"] is False


def test_dumps_that_are_elsewhere_do_not_require_their_folder() -> None:
    assert required(tree({"library": 1}, dumps=1, settled=frozenset(("backups",))))["backups"] is False
    assert required(tree({"library": 1}, dumps=0, settled=frozenset(("backups",))))["backups"] is True


# --- coverage


def test_the_newest_snapshot_that_was_compared_counts() -> None:
    coverages = {
        "tree 1": CoverageRecord(
            dump="d", dump_time=NOW, answered=frozenset(), trouble=Message("dump_verdicts.no_assets_table")
        ),
        "tree 2": covered(assets=20),
    }

    facts = coverage_facts(NIGHTS, NIGHTS, by_tree(coverages))

    assert facts is not None
    assert (facts.snapshot, facts.counts.assets, facts.assets_baseline) == (night(2), 20, None)


def test_the_usual_number_of_assets_is_that_of_the_snapshots_before() -> None:
    facts = coverage_facts(
        NIGHTS, NIGHTS, by_tree({f"tree {number}": covered(assets=number) for number in (1, 2, 3, 4)})
    )

    assert facts is not None
    assert facts.assets_baseline == 3.0


def at(dump: str) -> CoverageRecord:
    """Compared with the dump of that many nights ago."""
    return replace(covered(dump), dump_time=hours_ago(24.0 * int(dump[1:]) + 1))


def test_a_tree_is_compared_with_the_first_of_its_dump_and_the_first_of_the_dump_before() -> None:
    coverages = by_tree({"tree 4": at("d4"), "tree 3": at("d4"), "tree 2": at("d2")})
    assert comparable(NIGHTS, night(1), "d2", coverages) == (("tree 2", "d2"), ("tree 4", "d4"))
    assert comparable(NIGHTS, night(2), "d2", coverages) == (("tree 4", "d4"),)
    assert comparable(NIGHTS, night(1), "d1", coverages) == (("tree 2", "d2"),)


def test_under_its_first_dump_nothing_can_be_persistent() -> None:
    assert comparable(NIGHTS, night(1), "d2", by_tree({"tree 2": at("d2")})) is None
    assert comparable(NIGHTS, night(1), "d1", by_tree({})) is None


def test_files_that_did_not_change_are_compared_with_themselves_under_the_dump_before() -> None:
    same = [replace(one, tree="tree") for one in NIGHTS]
    nightly = {night(number).time: at(f"d{number}") for number in (1, 2, 3, 4)}
    assert comparable(same, same[-1], "d1", lambda one: nightly[one.time]) == (("tree", "d2"),)


def test_a_tree_lacks_nothing_where_all_that_is_missing_is_gone_from_the_disk_too() -> None:
    assert covered().lacks_nothing
    assert not covered(missing={ORIGINAL: 2}, gone=1).lacks_nothing
    assert covered(missing={ORIGINAL: 2}, gone=2).lacks_nothing
    assert not covered(missing={ORIGINAL: 2}).lacks_nothing
    assert not replace(covered(), counts=None).lacks_nothing


def test_the_time_of_a_coverage_is_the_snapshots() -> None:
    facts = coverage_facts(NIGHTS, NIGHTS, by_tree({"tree 1": covered()}))
    assert facts is not None
    assert facts.snapshot.time == hours_ago(24) == NOW - timedelta(days=1)
