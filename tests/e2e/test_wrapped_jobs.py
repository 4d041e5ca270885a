"""Real restics behind the real wrapper, watched by the real agent: what a user sees of a night."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from support import wrapped
from support.agent import Agent, Scrape
from support.repositories import PASSWORD, backup, make_library, make_repository
from support.tools import tool

TOKEN = "pushing-hunter2"


def config(library: Path, repository: Path, **jobs: Mapping[str, str]) -> dict[str, object]:
    nightly = {"kind": "backup", "repository": "nas", "max_age": "26h"}
    return {
        "jobs": {"nightly": nightly, **jobs},
        "push": {"token": TOKEN},
        "immich": {"upload_location": str(library), "dump": {"enabled": False}},
        "repositories": {"nas": {"repository": str(repository), "password": PASSWORD, "poll_interval": "1h"}},
    }


def night(
    agent: Agent,
    version: str,
    *command: str,
    password: str = PASSWORD,
    spool: Path | None = None,
    push: Path | None = None,
) -> int:
    """One run of restic behind the wrapper, in the library (whose folder's own times are then not in the tree).

    `push` holds the token. Returns the exit code.
    """
    environment = {
        "RESTIC_PASSWORD": password,
        "RESTIC_REPOSITORY": str(agent.folder / "repository"),
        "RESTIC_CACHE_DIR": str(agent.folder / "cache"),
    }
    return wrapped.run(
        spool or agent.state_dir / "spool",
        tool(f"restic-{version}"),
        *command,
        options=("--push.url", agent.url, "--push.token-file", str(push)) if push else (),
        env=environment,
        cwd=agent.folder / "library",
    ).returncode


def ended(count: int) -> object:
    """A condition: so many runs have ended."""
    return lambda s: sum(s("job_runs_total", job_name="nightly", outcome=one) for one in OUTCOMES) == count


OUTCOMES = ("success", "partial", "failed", "interrupted", "crashed")


def last(scrape: Scrape, job: str = "nightly") -> str | None:
    return next((one for one in OUTCOMES if scrape("job_last_outcome", job_name=job, outcome=one) == 1), None)


@pytest.mark.parametrize("version", ["0.14", "0.18", "0.19"])
def test_a_good_night_and_a_bad_one(tmp_path: Path, version: str) -> None:
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository", version)
    with Agent(tmp_path, config(library, repository), restic=version) as agent:
        agent.wait(lambda s: s("repository_up") == 1)
        assert night(agent, version, "backup", "--json", ".") == 0
        scrape = agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") is not None)
        assert last(scrape) == "success"
        assert scrape("job_last_success_snapshot_missing", job_name="nightly") == 0
        assert scrape("snapshots") == 1  # looked at because of the run: the next poll is due in an hour
        good = scrape("last_success_timestamp_seconds")
        assert good is not None
        assert night(agent, version, "backup", "--json", ".", password="wrong") == (1 if version == "0.14" else 12)
        scrape = agent.wait(ended(2))
        assert last(scrape) == "failed"
        assert scrape("job_consecutive_failures", job_name="nightly") == 1
        assert scrape("last_success_timestamp_seconds") == good


@pytest.mark.parametrize("version", ["0.18", "0.19"])
def test_a_night_in_which_nothing_changed_is_a_recovery_point(tmp_path: Path, version: str) -> None:
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository", version)
    with Agent(tmp_path, config(library, repository), restic=version) as agent:
        agent.wait(lambda s: s("repository_up") == 1)
        assert night(agent, version, "backup", "--json", "--skip-if-unchanged", ".") == 0
        scrape = agent.wait(lambda s: s("snapshots") == 1)
        first = scrape("last_success_timestamp_seconds")
        assert night(agent, version, "backup", "--json", "--skip-if-unchanged", ".") == 0
        agent.wait(ended(2))
        scrape = agent.wait(lambda s: s("last_success_timestamp_seconds") > first)
        assert scrape("job_last_success_snapshot_missing", job_name="nightly") == 0
        assert scrape("snapshots") == 1
        assert scrape("last_success_timestamp_seconds") == pytest.approx(
            scrape("job_last_start_timestamp_seconds", job_name="nightly")
        )


@pytest.mark.parametrize("version", ["0.14", "0.19"])
def test_a_silent_success_needs_a_snapshot_of_its_own(tmp_path: Path, version: str) -> None:
    """However its time was set and whatever host it names; and one that somebody made seconds before is none."""
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository", version)
    with Agent(tmp_path, config(library, repository), restic=version) as agent:
        agent.wait(lambda s: s("repository_up") == 1)
        backup(repository, library, version=version)
        time.sleep(2.5)  # more than two clocks of one machine can differ
        assert night(agent, version, "version") == 0
        agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") == 1)
        assert night(agent, version, "backup", "--quiet", "--time", "2026-01-01 00:00:00", ".") == 0
        agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") == 0)
        assert night(agent, version, "backup", "--quiet", "--host", "another", ".") == 0
        agent.wait(ended(3))
        scrape = agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") is not None)
        assert scrape("job_last_success_snapshot_missing", job_name="nightly") == 0


def test_a_silent_success_that_was_told_to_skip_is_a_recovery_point(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository")
    with Agent(tmp_path, config(library, repository)) as agent:
        agent.wait(lambda s: s("repository_up") == 1)
        assert night(agent, "0.18", "backup", "--quiet", "--skip-if-unchanged", ".") == 0
        first = agent.wait(lambda s: s("snapshots") == 1)("last_success_timestamp_seconds")
        assert night(agent, "0.18", "backup", "--quiet", "--skip-if-unchanged", ".") == 0
        scrape = agent.wait(lambda s: s("last_success_timestamp_seconds") > first)
        assert (scrape("snapshots"), scrape("job_last_success_snapshot_missing", job_name="nightly")) == (1, 0)


@pytest.mark.parametrize("version", ["0.14", "0.18", "0.19"])
def test_a_check_that_passes_and_one_that_finds_damage(tmp_path: Path, version: str) -> None:
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository", version)
    checking = {"kind": "check", "repository": "nas"}
    with Agent(tmp_path, config(library, repository, nightly=checking), restic=version) as agent:
        backup(repository, library, version=version)
        assert night(agent, version, "check", "--read-data") == 0
        scrape = agent.wait(lambda s: s("repository_check_success", scope="data") is not None)
        assert scrape("repository_check_success", scope="data") == 1
        assert scrape("repository_check_success", scope="structure") == 1
        pack = max((repository / "data").glob("*/*"), key=lambda file: file.stat().st_size)
        pack.chmod(0o600)
        pack.write_bytes(bytes(len(pack.read_bytes())))
        assert night(agent, version, "check", "--read-data") == 1
        scrape = agent.wait(lambda s: s("repository_check_success", scope="data") == 0)
        assert last(agent.wait(ended(2))) == "failed"


def test_a_run_on_a_host_without_a_spool_is_pushed(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    repository = make_repository(tmp_path / "repository")
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    with Agent(tmp_path, config(library, repository)) as agent:
        agent.wait(lambda s: s("repository_up") == 1)
        assert night(agent, "0.18", "backup", "--json", ".", spool=Path("/proc/none"), push=token_file) == 0
        scrape = agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") is not None)
        assert scrape("job_last_success_snapshot_missing", job_name="nightly") == 0
        assert scrape("job_runs_total", job_name="nightly", outcome="success") == 1
