"""`check` and `accept` beside a real agent, its state store and real restic."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
import pytest

from support.agent import Agent
from support.checking import NOWHERE, address, check, command
from support.repositories import PASSWORD, backup, make_library, make_repository, shared_folder
from support.store_facts import folder_in_memory
from support.unprivileged import open_folder
from support.waiting import PATIENCE_SECONDS


@pytest.fixture
def library() -> Path:
    """At one place for all tests of a process, so that they can share what was backed up from there."""
    folder = shared_folder() / f"checked-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    return make_library(folder)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """Where the first test leaves its repository before it does anything to it."""
    with folder_in_memory() as folder:
        yield folder / "nas"


@pytest.fixture
def nas(library: Path, prepared: Path) -> Iterator[Path]:
    """A repository with five nightly snapshots, the last one an hour old, not on the library's disk."""
    if not prepared.exists():
        repository = make_repository(prepared)
        for nights in (4, 3, 2, 1, 0):
            backup(repository, library, time=datetime.now(UTC) - timedelta(days=nights, hours=1))
    with folder_in_memory() as folder:
        yield Path(shutil.copytree(prepared, folder / "nas"))


def config(library: Path, repository: Path | str, **settings: object) -> dict[str, object]:
    """Nobody looks into the snapshots, unless told to."""
    declared = {
        "repository": str(repository),
        "password": PASSWORD,
        "poll_interval": "1s",
        "inspect": {"enabled": False},
        **settings,
    }
    return {
        "immich": {"upload_location": str(library), "dump": {"enabled": False}},
        "repositories": {"nas": declared},
    }


def polled(agent: Agent) -> None:
    agent.wait(lambda scrape: scrape("snapshots") == 5 and scrape("upload_location_up", folder="library"))


# --- from the running agent


def test_a_healthy_agent_is_asked_and_says_that_all_is_well(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
        checked = check(agent, *address(agent))
    assert (checked.exit_code, checked.trouble, checked.source) == (0, {}, "agent")
    assert checked.sentence.startswith(f"From the running agent at {agent.url.rstrip('/')}; it last looked ")
    assert checked.answer["severity"] == "ok"
    assert checked.answer["source"]["age_seconds"] < 60
    assert checked.said("Stale") == "The newest complete backup is 1 hour old; the limit is 26 hours."


def test_a_critical_finding_ends_with_two(tmp_path: Path, library: Path, nas: Path) -> None:
    (library / "library" / ".immich").unlink()
    with Agent(tmp_path, config(library, nas)) as agent:
        agent.wait(lambda scrape: scrape("upload_location_up", folder="library") == 0 and scrape("snapshots"))
        checked = check(agent, *address(agent))
    assert (checked.exit_code, checked.trouble) == (2, {"UploadLocationMissing": "critical"})
    assert checked.answer["severity"] == "critical"


def test_a_warning_ends_with_one(tmp_path: Path, library: Path, nas: Path) -> None:
    plans = {"immich": {"max_age": "45m"}}
    with Agent(tmp_path, config(library, nas, plans=plans)) as agent:
        polled(agent)
        checked = check(agent, *address(agent))
    assert (checked.exit_code, checked.trouble) == (1, {"Stale": "warning"})


def test_a_wrong_password_is_critical_at_once_and_nothing_else_is(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas, password="another")) as agent:
        agent.wait(lambda scrape: scrape.reason("nas"))
        checked = check(agent, *address(agent))
    assert (checked.exit_code, checked.trouble) == (2, {"RepositoryAccessDenied": "critical"})


def test_a_repository_that_never_answered_is_unknown_at_first(tmp_path: Path, library: Path) -> None:
    with Agent(tmp_path, config(library, "rest:http://127.0.0.1:9/nas")) as agent:
        agent.wait(lambda scrape: scrape.reason("nas"))
        checked = check(agent, *address(agent))
    assert checked.exit_code == 3
    assert checked.trouble == {"RepositoryUnreachable": "unknown", "NeverSucceeded": "unknown"}


def test_an_agent_with_another_configuration_is_told_in_one_sentence(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
        agent.configure(config(library, nas, plans={"photos": {}}))
        checked = check(agent, *address(agent))
    assert (checked.exit_code, checked.answer) == (3, {})
    assert checked.complaint.endswith(
        "has another configuration: it watches nas, nas/immich, and this one declares nas, nas/photos. "
        "Reload it, or say where the right one listens (--web.listen-address).\n"
    )
    assert checked.complaint.count("\n") == 1


def test_the_status_of_the_agent_holds_the_findings(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
        _, text = agent.get("/api/v1/status")
    assert '"alert":"ImmichBackupStale","severity":"ok"' in text
    assert str(nas) not in text


# --- TLS and users


def web_config(tmp_path: Path, *, tls: bool = False, user: bool = False) -> Path:
    text = ""
    if tls:
        key = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            str(tmp_path / "server.key"),
        ]
        names = ["-subj", "/CN=elsewhere", "-addext", "subjectAltName=DNS:elsewhere.example"]
        made = ["-out", str(tmp_path / "server.crt"), "-days", "30"]
        subprocess.run(["openssl", "req", "-x509", *key, *names, *made], check=True, capture_output=True)
        text += "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
    if user:
        text += f"basic_auth_users:\n  alice: {bcrypt.hashpw(b'secret-hunter2', bcrypt.gensalt(4)).decode()}\n"
    path = tmp_path / "web.yml"
    path.write_text(text)
    return path


def test_an_agent_with_tls_is_asked_whatever_name_its_certificate_carries(
    tmp_path: Path, library: Path, nas: Path
) -> None:
    web = str(web_config(tmp_path, tls=True))
    with Agent(tmp_path, config(library, nas), flags=("--web.config.file", web)) as agent:
        agent.wait_for_log("listening")
        until_kept(agent)
        checked = check(agent, *address(agent), "--web.config.file", web)
    assert (checked.exit_code, checked.source) == (0, "agent")
    assert checked.sentence.startswith("From the running agent at https://127.0.0.1:")


def test_an_agent_with_users_is_asked_with_a_password_or_its_store_is(tmp_path: Path, library: Path, nas: Path) -> None:
    web = str(web_config(tmp_path, tls=True, user=True))
    (tmp_path / "password").write_text("secret-hunter2\n")
    known = ("--web.user", "alice", "--web.password-file", str(tmp_path / "password"))
    with Agent(tmp_path, config(library, nas), flags=("--web.config.file", web)) as agent:
        until_kept(agent)
        asked = check(agent, *address(agent), "--web.config.file", web, *known)
        unasked = check(agent, *address(agent), "--web.config.file", web)
        (tmp_path / "password").write_text("wrong")
        refused = check(agent, *address(agent), "--web.config.file", web, *known)
    assert (asked.exit_code, asked.source, asked.trouble) == (0, "agent", {})
    assert (unasked.exit_code, unasked.source, unasked.trouble) == (0, "store", {"UploadLocationMissing": "info"})
    assert "; an agent holds it. The agent was asked, but it asked for a password" in unasked.sentence
    assert (refused.exit_code, refused.source) == (0, "store")


def until_kept(agent: Agent) -> None:
    """Wait until the agent has written down what it found: it may not be asked by everybody."""
    agent._wait_for(lambda: kept(agent) == 5 or None)


def kept(agent: Agent) -> int:
    database = agent.state_dir / "state.sqlite3"
    if not database.exists():
        return 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=PATIENCE_SECONDS) as connection:
        found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'snapshot'").fetchone()[0]
        count: int = connection.execute("SELECT count(*) FROM snapshot").fetchone()[0] if found else 0
    connection.close()
    return count


# --- from the store


def test_without_an_agent_the_store_answers_and_says_how_old_it_is(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
    before = listing(agent.state_dir)
    checked = check(agent, *NOWHERE)
    assert (checked.exit_code, checked.source) == (0, "store")
    assert checked.trouble == {"UploadLocationMissing": "info"}
    assert f"From the state in {agent.state_dir}, last written " in checked.sentence
    assert "; no agent runs. Nothing listens on the agent's port" in checked.sentence
    assert checked.answer["source"]["age_seconds"] < 120
    assert listing(agent.state_dir) == before


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_state_that_nobody_renewed_for_long_is_critical(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
    with sqlite3.connect(agent.state_dir / "state.sqlite3") as connection:
        connection.execute("UPDATE repository SET last_poll_success = last_poll_success - 10800000000")
    connection.close()
    checked = check(agent, *NOWHERE)
    assert (checked.exit_code, checked.trouble["RepositoryUnreachable"]) == (2, "critical")


def test_the_store_answers_while_an_agent_holds_it(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
        checked = check(agent, *NOWHERE)
        assert agent.scrape()("exporter_state_write_failures_total") == 0
    assert (checked.exit_code, checked.source) == (0, "store")
    assert "; an agent holds it." in checked.sentence


def test_a_user_who_may_only_read_gets_an_answer(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
    with open_folder() as readable:
        shutil.copytree(agent.state_dir, readable / "state")
        for path in (readable, *readable.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        result = as_a_reader(readable / "state", agent)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"From the state in {readable}/state, last written " in result.stdout


AS_A_READER = """
import sys
from immich_backup_exporter.cli import run
from support.unprivileged import step_down

step_down()
sys.exit(run(["check", "--config.file", "/dev/stdin", "--web.listen-address", "127.0.0.1:9"]))
"""


def as_a_reader(state_dir: Path, agent: Agent) -> subprocess.CompletedProcess[str]:
    with agent.config_file.open() as configured:
        return subprocess.run(
            [sys.executable, "-c", AS_A_READER],
            env={**agent._env, "STATE_DIRECTORY": str(state_dir), "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=configured,
            capture_output=True,
            text=True,
            check=False,
        )


def test_with_nothing_to_ask_it_says_so(tmp_path: Path, library: Path, nas: Path) -> None:
    agent = Agent(tmp_path, config(library, nas))
    checked = check(agent, *NOWHERE)
    assert (checked.exit_code, checked.answer) == (3, {})
    assert checked.complaint == (
        "immich-backup-exporter: Nothing listens on the agent's port; it is not running, or listens elsewhere.\n"
        f"immich-backup-exporter: There is no state in {agent.state_dir}: no agent has run with this state_dir.\n"
        "immich-backup-exporter: Start the agent, or look yourself with `check --fresh`.\n"
    )
    assert not agent.state_dir.exists()


def test_a_wrong_configuration_is_unknown_and_names_the_key(tmp_path: Path, library: Path, nas: Path) -> None:
    agent = Agent(tmp_path, {**config(library, nas), "repositorys": {}})
    checked = check(agent, *NOWHERE)
    assert checked.exit_code == 3
    assert "repositorys" in checked.complaint


@pytest.mark.parametrize("content", [b"not a database, but some text that is long enough", b""])
def test_a_damaged_store_is_one_sentence(tmp_path: Path, library: Path, nas: Path, content: bytes) -> None:
    agent = Agent(tmp_path, config(library, nas))
    agent.state_dir.mkdir()
    (agent.state_dir / "state.sqlite3").write_bytes(content)
    checked = check(agent, *NOWHERE)
    assert checked.exit_code == 3
    assert "Traceback" not in checked.complaint
    assert str(agent.state_dir / "state.sqlite3") in checked.complaint or content == b""


# --- fresh


def test_a_fresh_look_needs_neither_agent_nor_state(tmp_path: Path, library: Path, nas: Path) -> None:
    agent = Agent(tmp_path, config(library, nas))
    agent.state_dir.mkdir()
    first = check(agent, "--fresh")
    assert (first.exit_code, first.trouble, first.source) == (0, {}, "fresh")
    assert first.sentence == "Everything was looked at just now; what was learned is kept."
    for _ in range(2):
        shutil.rmtree(library / "library" / "admin", ignore_errors=True)
        backup(nas, library)
    second = check(agent, "--fresh")
    assert (second.exit_code, second.trouble) == (2, {"SuspiciouslySmall": "critical"})


def test_a_fresh_look_sees_what_the_agent_does_not_yet_and_leaves_its_state_alone(
    tmp_path: Path, library: Path, nas: Path
) -> None:
    with Agent(tmp_path, config(library, nas, poll_interval="1h")) as agent:
        polled(agent)
        shrink(nas, library)
        state = agent.state_dir / "state.sqlite3"
        before = state.read_bytes()
        asked, fresh = check(agent, *address(agent)), check(agent, "--fresh")
        assert state.read_bytes() == before
    assert asked.trouble == {}
    assert (fresh.exit_code, fresh.trouble) == (2, {"SuspiciouslySmall": "critical"})
    assert fresh.sentence == "Everything was looked at just now; nothing was written down."


def test_a_fresh_look_goes_into_the_newest_snapshot_too(tmp_path: Path, library: Path, nas: Path) -> None:
    checked = check(Agent(tmp_path, config(library, nas, inspect={"enabled": True})), "--fresh")
    assert (checked.exit_code, checked.trouble["DumpInSnapshotInvalid"]) == (2, "critical")
    assert checked.said("NotIndependent") == "It shares neither disk nor password with anything, as far as can be seen."


def test_a_fresh_look_at_what_is_not_there_is_critical(tmp_path: Path, library: Path) -> None:
    checked = check(Agent(tmp_path, config(library, tmp_path / "none")), "--fresh")
    assert (checked.exit_code, checked.trouble) == (2, {"RepositoryAccessDenied": "critical"})


# --- the table


def test_the_table_is_plain_and_fits_where_it_is_piped(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas, plans={"immich": {"max_age": "45m"}})) as agent:
        polled(agent)
        result = command(agent, "check", *address(agent))
        verbose = command(agent, "check", "--verbose", *address(agent))
    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert "\x1b" not in result.stdout
    assert max(len(line) for line in lines if "Runbooks: " not in line) <= 80
    assert lines[2].startswith("WARNING  plan nas/immich")
    assert "Look at what the backup job last said, and run it." in result.stdout
    assert "ImmichBackupStale" in result.stdout
    assert "OK       repository nas" in result.stdout
    assert "ImmichBackupPlanAmbiguous" not in result.stdout
    assert "ImmichBackupPlanAmbiguous" in verbose.stdout


# --- accept


def shrink(nas: Path, library: Path) -> None:
    shutil.rmtree(library / "library" / "admin")
    backup(nas, library)


def requests(agent: Agent) -> list[str]:
    return [name for name in os.listdir(agent.state_dir) if name.startswith("accept-")]


def test_an_accepted_size_is_usual_within_seconds_and_stays_so(tmp_path: Path, library: Path, nas: Path) -> None:
    with Agent(tmp_path, config(library, nas)) as agent:
        polled(agent)
        shrink(nas, library)
        agent.wait(lambda scrape: scrape("snapshots") == 6)
        assert check(agent, *address(agent)).trouble == {"SuspiciouslySmall": "critical"}
        result = command(agent, "accept", "--plan", "immich", "--reason", "moved the\nvideos")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == "Accepted for plan nas/immich; the agent goes by it from now on.\n"
        checked = check(agent, *address(agent))
        assert checked.trouble == {}
        assert checked.said("SuspiciouslySmall").endswith(": moved the videos.")
        assert 'reason="moved the videos"' in agent.log
        assert '"reason":"moved the videos"' in agent.get("/api/v1/status")[1]
        shutil.rmtree(library / "upload" / "4f")
        backup(nas, library)
        agent.wait(lambda scrape: scrape("snapshots") == 7)
        assert check(agent, *address(agent)).trouble == {"SuspiciouslySmall": "critical"}
    assert requests(agent) == []
    assert "SuspiciouslySmall" in check(agent, *NOWHERE).trouble


def test_without_an_agent_what_is_accepted_counts_at_once_and_when_it_starts(
    tmp_path: Path, library: Path, nas: Path
) -> None:
    agent = Agent(tmp_path, config(library, nas))
    with agent:
        polled(agent)
        shrink(nas, library)
        agent.wait(lambda scrape: scrape("snapshots") == 6)
    assert check(agent, *NOWHERE).trouble["SuspiciouslySmall"] == "critical"
    for _ in range(2):
        result = command(agent, "accept", "--plan", "nas/immich")
        assert "; `check` goes by it, and the agent takes it in when it starts." in result.stdout
    assert "SuspiciouslySmall" not in check(agent, *NOWHERE).trouble
    assert check(agent, "--fresh").trouble == {}
    with agent:
        agent._wait_for(lambda: not requests(agent) or None)
        assert check(agent, *address(agent)).trouble == {}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--plan", "photos"), "--plan: photos is not declared; say one of: nas/immich."),
        (("--dump",), "--dump: this configuration watches no database dumps."),
    ],
)
def test_what_is_not_declared_is_not_accepted(
    tmp_path: Path, library: Path, nas: Path, flags: tuple[str, ...], sentence: str
) -> None:
    agent = Agent(tmp_path, config(library, nas))
    result = command(agent, "accept", *flags)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"immich-backup-exporter: {sentence}\n"


def test_a_state_folder_that_is_not_there_is_said(tmp_path: Path, library: Path, nas: Path) -> None:
    agent = Agent(tmp_path, config(library, nas))
    result = command(agent, "accept", "--plan", "immich")
    assert result.returncode == 1
    assert f"Nothing can be left in the state folder {agent.state_dir} (No such file or directory)." in result.stderr
