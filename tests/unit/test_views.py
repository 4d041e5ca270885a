"""What the landing page says of the published facts."""

import pytest

from immich_backup_exporter.analysis.dumps import dump_facts
from immich_backup_exporter.domain.records import SeenDump
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import AgentFacts, State
from immich_backup_exporter.views import landing, status
from immich_backup_exporter.web.landing import LandingLine
from support.facts import INVALID, NOW, VALID, dump_file, dump_settings, hours_ago, seen
from support.healthy import with_agent

GONE = "The dump folder does not exist."


def dump_line(*dumps: SeenDump, sentence: str | None) -> LandingLine:
    unfinished = () if sentence is None else None
    facts = dump_facts(dump_settings(), hours_ago(1000), dumps, unfinished, NOW, sentence)
    agent = AgentFacts(version="1", revision="r", state_created=NOW, reload_success=NOW)
    settings = AgentSettings(repositories=(), state_dir="/state", cache_dir="/cache")
    (line,) = landing(State(settings=settings, agent=agent, dump=facts), NOW).lines
    return line


@pytest.mark.parametrize(
    ("dumps", "detail"),
    [
        ((), GONE),
        ((seen(dump_file(1, hours=1)),), f"newest 1 hour ago when last seen. {GONE}"),
        ((seen(dump_file(1, hours=1), INVALID),), f"newest 1 hour ago when last seen. {GONE}"),
        ((seen(dump_file(1, hours=1), VALID),), f"newest 1 hour ago when last seen. {GONE}"),
    ],
)
def test_of_dumps_in_a_folder_that_cannot_be_looked_at_nothing_is_known_now(
    dumps: tuple[SeenDump, ...], detail: str
) -> None:
    line = dump_line(*dumps, sentence=GONE)
    assert (line.state, line.good, line.detail) == ("not known now", False, detail)


def test_a_broken_dump_in_a_folder_that_can_be_looked_at_would_not_restore() -> None:
    line = dump_line(seen(dump_file(1, hours=1), INVALID), sentence=None)
    assert (line.state, line.good) == ("would not restore", False)
    assert line.detail == "newest 1 hour ago. The gzip data is damaged."


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
