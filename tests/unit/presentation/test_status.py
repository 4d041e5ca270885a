"""What the status says of the published facts."""

from immich_backup_exporter.presentation.status import status
from support.facts import NOW
from support.healthy import with_agent


def test_the_status_begins_with_what_was_found() -> None:
    (finding,) = [
        one for one in status(with_agent(reload_successful=False), NOW)["findings"] if one["severity"] != "ok"
    ]
    assert finding == {
        "id": "ConfigReloadFailed",
        "check": "ConfigReloadFailed",
        "alert": "ImmichBackupConfigReloadFailed",
        "about": "agent",
        "severity": "warning",
        "since": None,
        "subject": "agent",
        "labels": {},
        "sentence": "The new configuration was refused; the one from 30 hours ago stays in force.",
        "next_step": "Run `immich-backup-exporter config check`, fix what it names, and reload.",
        "runbook_url": "https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/runbooks/"
        "ImmichBackupConfigReloadFailed.md",
    }
