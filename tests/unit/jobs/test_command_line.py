import pytest

from immich_backup_exporter.jobs.command_line import check_scope, may_skip


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


def test_the_scope_of_a_check_is_seen_in_its_arguments() -> None:
    assert check_scope(["restic", "-r", "/backups", "check", "--read-data"]) == "data"
    assert check_scope(["restic", "check", "--read-data-subset=5%"]) is None
    assert check_scope(["restic", "backup", "--read-data"]) is None
