import pytest

from immich_backup_exporter.checks.plan_ambiguous import CHECK
from support.healthy import PAUSE, STATE, found, severity, silent, with_plan


def test_one_machine_is_ok() -> None:
    assert severity(CHECK, STATE) == "ok"


@pytest.mark.parametrize("hosts", [0, 1])
def test_none_and_one_are_ok(hosts: int) -> None:
    assert severity(CHECK, with_plan(hosts=hosts)) == "ok"


def test_two_machines_are_a_warning() -> None:
    finding = found(CHECK, with_plan(hosts=2))
    assert (finding.severity, finding.labels) == ("warning", {"repository": "nas", "plan": "immich"})


def test_ids_of_containers_as_host_names_are_a_warning_of_their_own() -> None:
    finding = found(CHECK, with_plan(hosts=1, container_hosts=12))
    assert finding.severity == "warning"
    assert finding.labels == {"repository": "nas", "plan": "immich", "reason": "containers"}
    assert finding.next_step == ("Give restic a fixed host name: `--host`, `RESTIC_HOST`, or `hostname:` in compose.")


def test_one_id_of_a_container_is_ok() -> None:
    assert severity(CHECK, with_plan(hosts=1, container_hosts=1)) == "ok"


def test_a_paused_plan_is_ok() -> None:
    assert severity(CHECK, with_plan({"paused_until": PAUSE}, hosts=2)) == "ok"


def test_before_the_first_look_there_is_nothing_to_say() -> None:
    assert silent(CHECK, with_plan(hosts=None))
