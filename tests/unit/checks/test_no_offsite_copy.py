from dataclasses import replace

from immich_backup_exporter.checks.no_offsite_copy import CHECK
from immich_backup_exporter.domain.settings import AgentSettings
from support.healthy import REPOSITORY, STATE, found, severity, silent, with_repository

REQUIRED = AgentSettings(offsite_required=True)


def test_where_none_is_required_there_is_nothing_to_say() -> None:
    assert silent(CHECK, STATE)


def test_required_and_none_marked_is_an_info_without_labels() -> None:
    finding = found(CHECK, replace(STATE, settings=REQUIRED))
    assert (finding.severity, finding.labels) == ("info", {})


def test_one_that_is_marked_is_enough() -> None:
    offsite = replace(with_repository({"offsite": True}), settings=REQUIRED)
    assert severity(CHECK, offsite) == "ok"
    assert severity(CHECK, replace(offsite, repositories=(REPOSITORY, *offsite.repositories))) == "ok"


def test_with_no_repository_at_all_there_is_nothing_to_say() -> None:
    assert silent(CHECK, replace(STATE, settings=REQUIRED, repositories=()))
