from immich_backup_exporter.domain.settings import InspectSettings, PlanSettings
from immich_backup_exporter.poller.contents.pairs import Pairs, pairs
from support.facts import repository

PHOTOS = PlanSettings(name="photos", holds=("originals",))
DATABASE = PlanSettings(name="dumps", holds=("database",))


def test_plans_that_name_no_other_have_no_partner() -> None:
    assert pairs([repository(plans=(PHOTOS,)), repository("off", plans=(DATABASE,))]) == Pairs()


def test_a_plan_names_its_partner() -> None:
    photos = PlanSettings(name="photos", holds=("originals",), pair_with=("off", "dumps"))
    found = pairs([repository(plans=(photos,)), repository("off", plans=(DATABASE,))])
    assert found.partners == {("nas", "photos"): ("off", "dumps")}


def test_the_plan_with_the_database_names_its_partner() -> None:
    dumps = PlanSettings(name="dumps", holds=("database",), pair_with=("nas", "photos"))
    found = pairs([repository(plans=(PHOTOS,)), repository("off", plans=(dumps,))])
    assert found.partners == {("nas", "photos"): ("off", "dumps")}


def test_a_plan_without_the_database_is_no_partner() -> None:
    photos = PlanSettings(name="photos", holds=("originals",), pair_with=("off", "more"))
    more = PlanSettings(name="more", holds=("originals",))
    assert pairs([repository(plans=(photos,)), repository("off", plans=(more,))]).partners == {}


def test_a_plan_without_originals_needs_no_partner() -> None:
    videos = PlanSettings(name="videos", holds=("encoded-video",), pair_with=("off", "dumps"))
    assert pairs([repository(plans=(videos,)), repository("off", plans=(DATABASE,))]).partners == {}


def test_a_plan_is_not_its_own_partner() -> None:
    whole = PlanSettings(name="immich", holds=("originals", "database"), pair_with=("nas", "immich"))
    assert pairs([repository(plans=(whole,))]).partners == {}


def test_repositories_that_are_not_looked_into_are_known() -> None:
    off = repository("off", inspect=InspectSettings(enabled=False))
    assert pairs([repository(), off]).not_inspected == {"off"}
