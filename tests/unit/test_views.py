"""What the landing page says of the published facts."""

import pytest
from immich_backup_exporter.web.landing import LandingLine

from immich_backup_exporter.analysis.dumps import dump_facts
from immich_backup_exporter.domain.records import SeenDump
from immich_backup_exporter.domain.settings import AgentSettings
from immich_backup_exporter.domain.state import AgentFacts, State
from immich_backup_exporter.views import landing
from support.facts import INVALID, NOW, VALID, dump_file, dump_settings, hours_ago, seen

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
