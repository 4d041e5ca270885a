"""What the status says of the published facts."""

from immich_backup_exporter.presentation.status import status
from support.facts import NOW
from support.healthy import with_agent


def test_the_status_begins_with_what_was_found() -> None:
    (finding,) = [
        one for one in status(with_agent(reload_successful=False), NOW)["findings"] if one["severity"] != "ok"
    ]
    assert finding == {
        "check": "ConfigReloadFailed",
        "alert": "ImmichBackupConfigReloadFailed",
        "severity": "warning",
        "subject": "agent",
        "labels": {},
        "sentence": "The new configuration was refused; the one from 30 h ago stays in force.",
        "next_step": "Run `immich-backup-exporter config check`, mend what it names, and reload.",
        "runbook_url": "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"
        "ImmichBackupConfigReloadFailed.md",
    }
