from dataclasses import replace

import pytest

from immich_backup_exporter.checks.not_independent import CHECK
from immich_backup_exporter.domain.repository import Independence
from support.facts import NOW
from support.healthy import STATE, found, severity, silent, with_repository

ALONE = Independence(local=True, shares_library_disk=False, shares_id=False, shares_password=False)


def test_a_repository_that_shares_nothing_is_ok() -> None:
    assert severity(CHECK, with_repository(independence=ALONE)) == "ok"


@pytest.mark.parametrize(
    ("shared", "reason"),
    [("shares_library_disk", "library_disk"), ("shares_id", "id"), ("shares_password", "password")],
)
def test_sharing_anything_is_a_warning_with_its_reason(shared: str, reason: str) -> None:
    finding = found(CHECK, with_repository(independence=replace(ALONE, **{shared: True})))
    assert (finding.severity, finding.labels) == ("warning", {"repository": "nas", "reason": reason})


def test_each_reason_is_a_finding_of_its_own() -> None:
    both = with_repository(independence=replace(ALONE, shares_id=True, shares_password=True))
    assert [one.id for one in CHECK.find(both, NOW)] == [
        "NotIndependent/reason=id,repository=nas",
        "NotIndependent/reason=password,repository=nas",
    ]


def test_an_off_site_one_on_a_path_of_this_machine_is_a_warning() -> None:
    assert found(CHECK, with_repository({"offsite": True}, independence=ALONE)).sentence == (
        "It is marked off-site, but it is on this machine."
    )
    assert severity(CHECK, with_repository({"offsite": True}, independence=replace(ALONE, local=False))) == "ok"


def test_what_is_not_known_is_not_told() -> None:
    assert severity(CHECK, with_repository(independence=Independence(local=True))) == "ok"
    assert silent(CHECK, STATE)
