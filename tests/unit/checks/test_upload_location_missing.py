from dataclasses import replace

from immich_backup_exporter.checks.upload_location_missing import CHECK
from immich_backup_exporter.domain.settings import AgentSettings
from support.healthy import STATE, found, severity, silent, without_folder


def test_every_folder_there_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


def test_one_folder_gone_is_critical_without_labels_and_named() -> None:
    finding = found(CHECK, without_folder("library"))
    assert (finding.severity, finding.labels) == ("critical", {})
    assert "in library:" in finding.sentence


def test_where_nobody_looked_it_says_so() -> None:
    assert severity(CHECK, replace(STATE, upload_folders=None)) == "info"


def test_where_the_agent_cannot_see_it_there_is_nothing_to_say() -> None:
    assert silent(CHECK, replace(STATE, settings=AgentSettings(), upload_folders=None))
