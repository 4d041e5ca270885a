import pytest

from immich_backup_exporter.jobs.command_line import check_facts, may_skip, only_tries


@pytest.mark.parametrize(
    "command",
    [
        "restic backup --skip-if-unchanged /srv",
        "/usr/local/bin/restic-0.18 -q -r /backups backup /srv --skip-if-unchanged=true",
        "nice -n 19 sudo -u backup restic --quiet backup --skip-if-unchanged /srv",
        "docker exec restic restic -q backup --skip-if-unchanged /srv",
        "ssh photos restic -q backup --skip-if-unchanged /srv",
    ],
)
def test_a_restic_that_was_told_to_skip_made_a_snapshot_unless_nothing_had_changed(command: str) -> None:
    assert may_skip(command.split()) == "unless_changed"


def test_a_script_that_holds_such_a_call_may_have_ended_well_for_another_reason() -> None:
    assert may_skip(["sh", "-c", "restic -q backup --skip-if-unchanged /srv; echo done"]) == "perhaps"
    assert may_skip(["/usr/local/bin/backup.sh", "--skip-if-unchanged"]) == "perhaps"


@pytest.mark.parametrize("command", ["restic backup /srv", "restic backup --skip-if-unchanged=false /srv", "true"])
def test_who_was_not_told_to_skip_skips_nothing(command: str) -> None:
    assert may_skip(command.split()) is None


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        ("restic -r /backups check --read-data", {"check_scope": "data"}),
        ("restic check --read-data-subset=100%", {"check_scope": "data"}),
        ("restic check --read-data-subset=5%", {"check_scope": "data", "check_part": "sample"}),
        ("restic check --read-data-subset 5G", {"check_scope": "data", "check_part": "sample"}),
        ("restic check --read-data-subset=2/4", {"check_scope": "data", "check_part": "2/4"}),
        ("/usr/bin/restic-0.19 check --read-data-subset 02/4 --json", {"check_scope": "data", "check_part": "2/4"}),
        ("restic check --read-data latest", {"check_scope": "data", "check_part": "filtered"}),
        ("restic check --read-data-subset=2/4 latest", {"check_scope": "data", "check_part": "filtered"}),
        ("restic check --tag photos", {"check_part": "filtered"}),
        ("restic check --host=nas", {"check_part": "filtered"}),
        ("restic check --path /srv", {"check_part": "filtered"}),
        ("restic check -r /backups --retry-lock 5m", {}),
        ("restic check --read-data=false", {}),
        ("restic backup --read-data", {}),
        ("photocheck check --read-data", {}),
    ],
)
def test_what_a_check_looks_at_is_seen_in_its_arguments(command: str, facts: dict[str, object]) -> None:
    assert check_facts(command.split()) == facts


@pytest.mark.parametrize("command", ["restic forget --dry-run --keep-last 3", "restic forget -n", "restic forget -qn"])
def test_a_forget_that_only_tries_is_seen_in_its_arguments(command: str) -> None:
    assert only_tries(command.split())


@pytest.mark.parametrize(
    "command", ["restic forget --keep-last 3 --prune", "restic backup -n", "restic forget --dry-run=false --no-lock"]
)
def test_a_forget_that_removes_is_told_from_one_that_only_tries(command: str) -> None:
    assert not only_tries(command.split())
