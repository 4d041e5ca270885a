from immich_backup_exporter.analysis.lineage import Lineage
from immich_backup_exporter.domain.repository import Snapshot, TreeSize
from support.facts import snapshot, snapshot_id

TREE = "a" * 64


def lineage(*snapshots: Snapshot) -> Lineage:
    known = Lineage()
    known.add(snapshots, {})
    return known


def copy_without_summary(**fields: object) -> Snapshot:
    bare = {"size_bytes": None, "files": None, "added_bytes": None, "duration_seconds": None, "tree": TREE}
    return snapshot(2, **{**bare, "original": snapshot_id(1), **fields})


def test_a_copy_inherits_what_is_known_of_its_original() -> None:
    first = snapshot(1, tree=TREE, added_bytes=7, duration_seconds=2.5, program_version="restic 0.18.0")
    inherited = lineage(first).inherited(copy_without_summary())
    assert inherited.id == snapshot_id(2)
    assert (inherited.size_bytes, inherited.files, inherited.added_bytes) == (1000, 10, 7)
    assert (inherited.duration_seconds, inherited.program_version) == (2.5, "restic 0.18.0")


def test_what_it_knows_itself_stays() -> None:
    inherited = lineage(snapshot(1, tree=TREE, added_bytes=7)).inherited(copy_without_summary(added_bytes=0))
    assert inherited.added_bytes == 0


def test_a_rewritten_snapshot_of_another_tree_inherits_nothing() -> None:
    rewritten = copy_without_summary(tree="b" * 64)
    assert lineage(snapshot(1, tree=TREE)).inherited(rewritten) == rewritten


def test_a_size_found_out_elsewhere_is_known_by_tree() -> None:
    known = Lineage()
    known.add((), {TREE: TreeSize(size_bytes=42, files=None)})
    assert known.inherited(copy_without_summary(original=None)).size_bytes == 42


def test_the_origin_is_followed_through_forgotten_snapshots_and_other_repositories() -> None:
    known = lineage(snapshot(1), snapshot(2, original=snapshot_id(1)), snapshot(3, original=snapshot_id(2)))
    assert known.origin(snapshot(4, original=snapshot_id(3))) == snapshot_id(1)


def test_an_origin_that_nobody_knows_is_as_far_as_it_goes() -> None:
    assert lineage().origin(snapshot(4, original=snapshot_id(3))) == snapshot_id(3)
    assert lineage().origin(snapshot(4)) == snapshot_id(4)


def test_a_circle_of_originals_has_an_end() -> None:
    known = lineage(snapshot(1, original=snapshot_id(2)), snapshot(2, original=snapshot_id(1)))
    assert known.origin(snapshot(1, original=snapshot_id(2))) == snapshot_id(2)
