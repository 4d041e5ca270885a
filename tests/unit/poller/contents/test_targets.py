from dataclasses import replace
from datetime import time

import pytest

from immich_backup_exporter.analysis.snapshots import PlanHistory
from immich_backup_exporter.domain.contents import CoverageRecord
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import (
    ContentSettings,
    ExternalMapping,
    InspectSettings,
    PlanSettings,
    RepositorySettings,
)
from immich_backup_exporter.poller.contents.known import KnownContents
from immich_backup_exporter.poller.contents.questions import Questions
from immich_backup_exporter.poller.contents.targets import Target, Targets
from support.facts import INVALID, NOW, VALID, dump_file, hours_ago, plan, repository, snapshot
from support.inspected import FakeInspected, FakeSnapshotReader, held

DUMP = dump_file(1)
PHOTOS = PlanSettings(name="photos", holds=("originals",), pair_with=("off", "dumps"))
DATABASE = PlanSettings(name="dumps", holds=("database",))


def night(number: int, *, hours: float) -> Snapshot:
    return snapshot(number, hours=hours, tree=f"tree {number}")


class Bench:
    """Repositories that are looked into; without any said, `nas` with one snapshot, 1, of the plan `immich`."""

    def __init__(self, *repositories: FakeInspected, settings: ContentSettings | None = None) -> None:
        self.repositories = repositories or (FakeInspected(snapshots={"immich": (night(1, hours=1),)}),)
        self.settings = settings or ContentSettings()
        self.known = KnownContents()
        self.known.declare(one.settings for one in self.repositories)
        plans = [plan for one in self.repositories for plan in one.settings.plans]
        self.questions = Questions(plans, self.settings, "/srv/immich")
        self.targets = Targets(self.repositories, self.settings, self.questions, self.known)
        for one in self.repositories:
            for settings in one.settings.plans:
                self.known.note_history(one.settings.name, settings, one.history(settings, NOW))

    @property
    def due(self) -> list[tuple[str, str]]:
        return [(target.full_name, target.snapshot.tree) for target in self.targets.due(NOW)]

    def looked(self, tree: str, **held_there) -> None:
        self.known.put_tree(tree, held(answered=self.questions.asked, **held_there))

    def compared(self, tree: str, **fields) -> None:
        values = {"dump": DUMP.fingerprint, "dump_time": DUMP.time, "answered": self.questions.asked, **fields}
        self.known.put_coverage(tree, CoverageRecord(**values))


def paired(*databases: Snapshot, photos: Snapshot | None = None) -> Bench:
    """The originals in `nas`, the database in `off`."""
    return Bench(
        FakeInspected(repository(plans=(PHOTOS,)), {"photos": (photos or night(1, hours=1),)}),
        FakeInspected(repository("off", plans=(DATABASE,)), {"dumps": databases}, repository_id="2" * 64),
    )


# --- one plan


def test_a_newest_snapshot_that_was_not_looked_into_is_due() -> None:
    older, newest = night(1, hours=25), night(2, hours=1)
    assert Bench(FakeInspected(snapshots={"immich": (older, newest)})).due == [("nas/immich", "tree 2")]


def test_a_plan_without_a_snapshot_has_nothing_due() -> None:
    assert Bench(FakeInspected()).due == []


def test_a_tree_that_answers_less_than_is_asked_now_is_looked_into_again() -> None:
    bench = Bench(settings=ContentSettings(timezone="Europe/Berlin"))
    bench.known.put_tree("tree 1", held(DUMP, verdict=VALID, answered=frozenset({"zone None"})))
    assert bench.due == [("nas/immich", "tree 1")]


def test_a_dump_without_a_verdict_is_read() -> None:
    bench = Bench()
    bench.looked("tree 1", dump=DUMP)
    bench.compared("tree 1")
    assert bench.due == [("nas/immich", "tree 1")]


def test_files_that_were_not_compared_with_their_dump_are_due() -> None:
    bench = Bench()
    bench.looked("tree 1", dump=DUMP, verdict=VALID)
    assert bench.due == [("nas/immich", "tree 1")]


def test_once_they_are_nothing_is() -> None:
    bench = Bench()
    bench.looked("tree 1", dump=DUMP, verdict=VALID)
    bench.compared("tree 1")
    assert bench.due == []


@pytest.mark.parametrize("found", [{}, {"dump": DUMP, "verdict": INVALID}], ids=["no dump", "no whole dump"])
def test_files_without_a_whole_dump_are_compared_with_none(found) -> None:
    bench = Bench()
    bench.looked("tree 1", **found)
    assert bench.due == []


def test_a_plan_that_holds_no_originals_is_compared_with_nothing() -> None:
    bench = Bench(FakeInspected(repository(plans=(DATABASE,)), {"dumps": (night(1, hours=1),)}))
    bench.looked("tree 1", dump=DUMP, verdict=VALID)
    assert bench.due == []


def test_a_folder_that_was_not_understood_is_not_looked_into_again() -> None:
    bench = Bench()
    bench.looked("tree 1", dump=DUMP, verdict=VALID)
    contents = bench.known.tree("tree 1")
    assert contents is not None
    bench.known.put_tree("tree 1", replace(contents, answer=replace(contents.answer, known=False)))
    assert bench.due == []


# --- which repository


def test_repositories_are_read_at_home_first_and_far_away_last() -> None:
    def one(name: str, number: int, *, offsite: bool, backend: str) -> FakeInspected:
        return FakeInspected(
            repository(name, offsite=offsite),
            {"immich": (night(number, hours=1),)},
            reader=FakeSnapshotReader(backend=backend),
        )

    bench = Bench(
        one("cloud", 1, offsite=True, backend="s3"),
        one("nas", 2, offsite=False, backend="rest"),
        one("cellar", 3, offsite=True, backend="local"),
        one("disk", 4, offsite=False, backend="local"),
    )
    assert [name for name, _ in bench.due] == ["disk/immich", "nas/immich", "cellar/immich", "cloud/immich"]


@pytest.mark.parametrize(
    ("settings", "up"),
    [
        (repository(inspect=InspectSettings(enabled=False)), True),
        (repository(inspect=InspectSettings(hours=(time(22, 0), time(6, 0)))), True),
        (repository(), False),
        (repository(), None),
    ],
    ids=["turned off", "not at noon", "unreachable", "not polled yet"],
)
def test_what_may_not_be_looked_into_now_is_not(settings: RepositorySettings, up: bool | None) -> None:
    inspected = FakeInspected(settings, {"immich": (night(1, hours=1),)}, up=up)
    assert Bench(inspected, settings=ContentSettings(timezone="UTC")).due == []


# --- two plans


def test_a_partner_is_looked_into_before_the_files_that_need_its_dump() -> None:
    assert paired(night(2, hours=2)).due[:2] == [("off/dumps", "tree 2"), ("nas/photos", "tree 1")]


def test_files_are_compared_with_the_newest_of_their_partners_dumps_from_before_them() -> None:
    bench = paired(night(2, hours=26), night(3, hours=2), night(4, hours=0.5))
    bench.looked("tree 1")
    bench.looked("tree 3", dump=DUMP, verdict=VALID)
    source = bench.targets.source(next(bench.targets.due(NOW)), held(), NOW)
    assert source is not None
    assert (source.holder.full_name, source.holder.snapshot.tree, source.elsewhere) == ("off/dumps", "tree 3", True)


def test_a_dump_that_is_not_whole_gives_way_to_the_one_before() -> None:
    bench = paired(night(2, hours=26), night(3, hours=2))
    bench.looked("tree 1")
    bench.looked("tree 2", dump=DUMP, verdict=VALID)
    bench.looked("tree 3", dump=dump_file(3), verdict=INVALID)
    source = bench.targets.source(next(bench.targets.due(NOW)), held(), NOW)
    assert source is not None
    assert source.holder.snapshot.tree == "tree 2"


def test_files_that_met_a_later_dump_of_their_partner_are_not_compared_with_an_earlier_one() -> None:
    kept, forgotten = night(2, hours=26), night(3, hours=2)
    bench = paired(kept)
    bench.known.note_history(
        "off", DATABASE, PlanHistory(present=(kept,), usable=(kept,), before_newest=(), known=(kept, forgotten))
    )
    bench.looked("tree 1")
    bench.looked("tree 2", dump=DUMP, verdict=VALID)
    bench.looked("tree 3", dump=dump_file(3, hours=2), verdict=VALID)
    bench.compared("tree 1", dump="f3", dump_time=hours_ago(2))
    assert bench.due == []


def test_while_a_partners_repository_is_away_nothing_is_compared() -> None:
    bench = paired(night(2, hours=2))
    bench.looked("tree 1")
    bench.looked("tree 2", dump=DUMP, verdict=VALID)
    assert bench.due == [("nas/photos", "tree 1")]
    bench.repositories[1].up = False
    assert bench.due == []


def test_a_plan_is_told_once_that_its_partners_dump_is_missing_and_once_that_it_is_back() -> None:
    bench = paired(night(2, hours=2))
    assert list(bench.targets.changed()) == []
    bench.looked("tree 2")
    assert list(bench.targets.changed()) == [bench.repositories[0]]
    assert list(bench.targets.changed()) == []
    bench.looked("tree 2", dump=DUMP, verdict=VALID)
    assert list(bench.targets.changed()) == [bench.repositories[0]]


# --- external libraries

FOTOS = ExternalMapping(container="/mnt/fotos", backed_up_as="/srv/fotos", plan="fotos")


def with_fotos(*fotos: Snapshot) -> Bench:
    settings = repository(plans=(plan(), PlanSettings(name="fotos", holds=())))
    return Bench(
        FakeInspected(settings, {"immich": (night(1, hours=1),), "fotos": fotos}),
        settings=ContentSettings(external=(FOTOS,)),
    )


def test_a_library_in_a_plan_without_a_snapshot_cannot_be_answered_yet() -> None:
    bench = with_fotos()
    target = next(bench.targets.due(NOW))
    assert bench.targets.unanswerable(target, NOW) == {"external /mnt/fotos=/srv/fotos"}


def test_files_are_compared_again_once_it_can() -> None:
    bench = with_fotos()
    bench.looked("tree 1", dump=DUMP, verdict=VALID)
    bench.compared("tree 1", answered=bench.questions.asked - {"external /mnt/fotos=/srv/fotos"})
    assert bench.due == []
    bench.repositories[0].snapshots = {**bench.repositories[0].snapshots, "fotos": (night(9, hours=1),)}
    bench.looked("tree 9")
    assert bench.due == [("nas/immich", "tree 1")]


def test_a_plan_of_the_same_repository_is_meant_before_one_of_another() -> None:
    fotos = PlanSettings(name="fotos", holds=())
    off = FakeInspected(repository("off", plans=(plan(), fotos)), {"fotos": (night(2, hours=1),)})
    nas = FakeInspected(repository(plans=(plan(), fotos)), {"fotos": (night(3, hours=1),)})
    bench = Bench(off, nas)
    found = bench.targets.holder("fotos", Target(nas, plan(), night(1, hours=1)), NOW)
    assert found is not None
    assert found.full_name == "nas/fotos"
    found = bench.targets.holder("off/fotos", Target(nas, plan(), night(1, hours=1)), NOW)
    assert found is not None
    assert found.full_name == "off/fotos"
