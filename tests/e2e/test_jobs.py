"""Jobs, from the reports that their runs leave to /metrics: the real agent, real spool files, real HTTP clients."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
import pytest

from immich_backup_exporter.domain.runs import CheckScope, NoSnapshot, RunEvent, RunReport
from immich_backup_exporter.formats.run_report import encode
from immich_backup_exporter.jobs.spool import Spool, file_name
from support.agent import Agent, Scrape
from support.repositories import PASSWORD, backup, prepared_repository, prepared_upload_location, restic
from support.waiting import PATIENCE_SECONDS

TOKEN = "pushing-hunter2"
OUTCOMES = ("success", "partial", "failed", "interrupted", "crashed")


def config(tmp_path: Path, repository: Path | None = None, **more: object) -> dict[str, object]:
    settings: dict[str, object] = {
        "jobs": {
            "nightly": {
                "kind": "backup",
                "repository": "nas",
                "plan": "immich",
                "max_age": "26h",
                "max_duration": "6h",
            },
            "monthly": {"kind": "check", "repository": "nas"},
        },
        "push": {"token": TOKEN},
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {
            "nas": {"repository": str(repository or tmp_path / "missing"), "password": PASSWORD, "poll_interval": "1h"}
        },
    }
    return {**settings, **more}


def report(number: int, event: RunEvent, *, minutes: float = 10.0, **fields: object) -> RunReport:
    """Of a run that began so many minutes ago and ended a minute after that."""
    started = datetime.now(UTC) - timedelta(minutes=minutes)
    whole = RunReport(run_id=f"{number:032x}", job="nightly", event=event, started=started, beat_seconds=30.0)
    if event is RunEvent.END:
        whole = replace(whole, ended=started + timedelta(minutes=1), duration_seconds=60.0, exit_code=0)
    return replace(whole, **fields)  # type: ignore[arg-type]


def leave(spool: Path, *reports: RunReport) -> None:
    """What a wrapper leaves in the spool."""
    folder = Spool.open(str(spool))
    for one in reports:
        folder.write(file_name(one.job, one.run_id, one.event.value), encode(one))
    folder.close()


def outcome(scrape: Scrape, job: str = "nightly") -> str | None:
    return next((one for one in OUTCOMES if scrape("job_last_outcome", job_name=job, outcome=one) == 1), None)


def post(agent: Agent, path: str, data: bytes = b"", token: str = TOKEN) -> tuple[int, str]:
    """With wget as an image without Python has it: a header, data and an address."""
    command = [
        "wget",
        "-q",
        "-S",
        "-O",
        "-",
        "--content-on-error",
        "--tries=1",
        f"--header=Authorization: Bearer {token}",
    ]
    file = agent.folder / "body"
    file.write_bytes(data)
    ran = subprocess.run(
        [*command, f"--post-file={file}", agent.url + path],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return int(ran.stderr.split("HTTP/1.1 ")[-1].split()[0]), ran.stdout


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """One that watches two jobs and a repository out of reach."""
    with Agent(tmp_path, config(tmp_path)) as running:
        yield running


def test_a_job_never_seen_is_there_from_the_first_scrape(agent: Agent) -> None:
    scrape = agent.scrape()
    assert scrape("job_running", job_name="nightly") == 0
    assert scrape("job_consecutive_failures", job_name="nightly") == 0
    assert [scrape("job_runs_total", job_name="nightly", outcome=one) for one in OUTCOMES] == [0, 0, 0, 0, 0]
    assert scrape("job_max_age_seconds", job_name="nightly") == 26 * 3600
    assert scrape("job_max_duration_seconds", job_name="nightly") == 6 * 3600
    assert scrape("job_max_age_seconds", job_name="monthly") is None
    assert scrape("job_expected_since_timestamp_seconds", job_name="nightly") is not None
    assert scrape("job_last_outcome", job_name="nightly", outcome="success") is None
    assert scrape.labels("job_info", job_name="nightly") == {
        "job_name": "nightly",
        "kind": "backup",
        "repository": "nas",
        "plan": "immich",
    }


def test_reports_in_the_spool_become_metrics_and_survive_restart_and_kill(tmp_path: Path) -> None:
    agent = Agent(tmp_path, config(tmp_path))
    spool = agent.state_dir / "spool"
    with agent:
        leave(spool, report(1, RunEvent.START))
        agent.wait(lambda s: s("job_running", job_name="nightly") == 1)
        ended = report(1, RunEvent.END, exit_code=3, unreadable_files=4)
        leave(spool, ended)
        scrape = agent.wait(lambda s: outcome(s) == "partial")
        assert scrape("job_running", job_name="nightly") == 0
        assert scrape("job_last_exit_code", job_name="nightly") == 3
        assert scrape("job_last_unreadable_files", job_name="nightly") == 4
        assert scrape("job_last_duration_seconds", job_name="nightly") == 60
        assert scrape("job_last_end_timestamp_seconds", job_name="nightly") == pytest.approx(ended.ended.timestamp())
        expected = scrape("job_expected_since_timestamp_seconds", job_name="nightly")
        agent.kill()
    with agent:
        scrape = agent.scrape()
        assert outcome(scrape) == "partial"
        assert scrape("job_expected_since_timestamp_seconds", job_name="nightly") == expected
        agent.stop()
    shutil.rmtree(spool)
    with agent:
        scrape = agent.wait(lambda s: outcome(s) == "partial")
        assert scrape("job_runs_total", job_name="nightly", outcome="partial") == 1


def test_the_spool_belongs_to_the_agents_group_and_nobody_else(agent: Agent) -> None:
    status = (agent.state_dir / "spool").stat()
    assert oct(status.st_mode) == "0o42770"


def test_a_spool_that_is_missing_is_said_once_and_found_when_it_comes(tmp_path: Path) -> None:
    spool = tmp_path / "elsewhere" / "spool"
    with Agent(tmp_path, config(tmp_path, spool_dir=str(spool))) as agent:
        agent.wait_for_log("The spool folder does not exist.")
        spool.parent.mkdir()
        leave(spool, report(1, RunEvent.END, exit_code=1))
        agent.wait(lambda s: outcome(s) == "failed")
        assert agent.log.count("The spool folder does not exist.") == 1


def test_files_that_cannot_be_believed_are_said_and_change_nothing(agent: Agent) -> None:
    spool = agent.state_dir / "spool"
    secret = agent.folder / "secret"
    secret.write_bytes(encode(report(1, RunEvent.END)))
    (spool / file_name("nightly", f"{1:032x}", "end")).symlink_to(secret)
    (spool / file_name("nightly", f"{2:032x}", "end")).write_bytes(b"{")
    os.mkfifo(spool / file_name("nightly", f"{3:032x}", "end"))
    foreign = spool / file_name("nightly", f"{4:032x}", "end")
    foreign.write_bytes(encode(report(4, RunEvent.END)))
    if os.geteuid() == 0:
        os.chown(foreign, 12345, 12345)
    else:
        foreign.chmod(0o666)
    leave(spool, report(5, RunEvent.END, exit_code=12))
    scrape = agent.wait(lambda s: outcome(s) == "failed")
    assert scrape("job_runs_total", job_name="nightly", outcome="success") == 0
    agent.wait_for_log("4 of its reports are not believed")


def test_reports_of_a_job_that_is_not_declared_are_said_and_count_once_it_is(tmp_path: Path) -> None:
    with Agent(tmp_path, config(tmp_path)) as agent:
        leave(agent.state_dir / "spool", report(1, RunEvent.END, job="weekly"))
        agent.wait_for_log("reports of `weekly`, which no job declares")
        agent.configure(config(tmp_path, jobs={"weekly": {"kind": "other"}}))
        os.kill(agent.pid, 1)
        scrape = agent.wait(lambda s: outcome(s, "weekly") == "success")
        assert scrape("job_running", job_name="nightly") is None


# --- pushed


def test_a_start_and_an_end_by_wget_are_one_run(agent: Agent) -> None:
    assert post(agent, "/api/v1/runs/nightly/start") == (200, "The report was taken in.\n")
    assert agent.scrape()("job_running", job_name="nightly") == 1
    assert post(agent, "/api/v1/runs/nightly?exit_code=0")[0] == 200
    scrape = agent.scrape()
    assert scrape("job_running", job_name="nightly") == 0
    assert outcome(scrape) == "success"
    assert scrape("job_runs_total", job_name="nightly", outcome="success") == 1


def test_a_pushed_report_counts_once_however_often_it_is_sent_and_is_there_after_a_kill(agent: Agent) -> None:
    data = encode(report(1, RunEvent.END, exit_code=1))
    assert post(agent, "/api/v1/runs", data) == (200, "The report was taken in.\n")
    agent.kill()
    agent.start()
    assert post(agent, "/api/v1/runs", data) == (200, "The report was known already; it counts once.\n")
    scrape = agent.scrape()
    assert scrape("job_runs_total", job_name="nightly", outcome="failed") == 1
    assert scrape("job_consecutive_failures", job_name="nightly") == 1


def test_what_must_not_be_taken_is_refused_and_no_secret_is_told(agent: Agent) -> None:
    good = encode(report(1, RunEvent.END))
    assert post(agent, "/api/v1/runs", good, token="wrong")[0] == 403
    assert post(agent, "/api/v1/runs", encode(report(1, RunEvent.END, job="other")))[0] == 404
    assert post(agent, "/api/v1/runs", good[:50])[0] == 400
    assert post(agent, "/api/v1/runs", good.ljust(20_000))[0] == 413
    assert post(agent, "/api/v1/runs/nightly?exit_code=x")[0] == 400
    assert post(agent, "/api/v1/runs/other/start")[0] == 404
    assert outcome(agent.scrape()) is None
    assert TOKEN not in agent.log + agent.scrape().text + agent.get("/api/v1/status")[1] + agent.get("/")[1]


def test_a_report_from_the_future_is_one_of_now(agent: Agent) -> None:
    ahead = datetime.now(UTC) + timedelta(days=400)
    assert post(agent, "/api/v1/runs", encode(report(1, RunEvent.END, started=ahead, ended=ahead)))[0] == 200
    ended = agent.scrape()("job_last_end_timestamp_seconds", job_name="nightly")
    assert ended == pytest.approx(datetime.now(UTC).timestamp(), abs=30)


def test_without_a_token_nothing_is_taken(tmp_path: Path) -> None:
    with Agent(tmp_path, config(tmp_path, push={})) as agent:
        status, text = post(agent, "/api/v1/runs/nightly/start")
        assert status == 404
        assert "push.token_file" in text


def test_reports_need_the_token_and_no_user_where_everything_else_needs_one(tmp_path: Path) -> None:
    web_config = tmp_path / "web.yml"
    password = bcrypt.hashpw(b"page-password", bcrypt.gensalt(4)).decode()
    web_config.write_text(f"basic_auth_users: {{prometheus: '{password}'}}\n")
    with Agent(tmp_path, config(tmp_path), flags=("--web.config.file", str(web_config))) as agent:
        assert agent.get("/metrics")[0] == 401
        assert post(agent, "/api/v1/runs/nightly/start")[0] == 200
        assert post(agent, "/api/v1/runs/nightly/start", token="wrong")[0] == 403


def test_a_token_file_can_change_while_the_agent_runs(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("first\n")
    with Agent(tmp_path, config(tmp_path, push={"token_file": str(token_file)})) as agent:
        assert post(agent, "/api/v1/runs/nightly/start", token="first")[0] == 200
        token_file.write_text("second\n")
        assert post(agent, "/api/v1/runs/nightly/start", token="first")[0] == 403
        assert post(agent, "/api/v1/runs/nightly/start", token="second")[0] == 200
        token_file.unlink()
        assert post(agent, "/api/v1/runs/nightly/start", token="second")[0] == 503
        agent.wait_for_log("The push token cannot be read.")


# --- with a repository


def newest(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(restic("0.18", path, "snapshots", "--json", "--no-lock").stdout)[-1]
    return found


def test_a_backup_that_says_so_is_looked_at_soon_and_one_without_a_snapshot_is_found_out(tmp_path: Path) -> None:
    path = prepared_repository(tmp_path)
    with Agent(tmp_path, config(tmp_path, path)) as agent:
        agent.wait(lambda s: s("snapshots") == 3)
        backup(path, prepared_upload_location())
        leave(agent.state_dir / "spool", report(1, RunEvent.END, snapshot_ids=(newest(path)["id"],)))
        scrape = agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") == 0)
        assert scrape("snapshots") == 4  # although the next poll is due in an hour
        leave(agent.state_dir / "spool", report(2, RunEvent.END, minutes=2, snapshot_ids=("f" * 64,)))
        agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") == 1)


def test_a_failed_run_takes_the_last_success_back_and_an_unchanged_one_moves_it_on(tmp_path: Path) -> None:
    path = prepared_repository(tmp_path)
    with Agent(tmp_path, config(tmp_path, path)) as agent:
        spool = agent.state_dir / "spool"
        scrape = agent.wait(lambda s: s("snapshots") == 3)
        before = scrape("last_success_timestamp_seconds")
        last = newest(path)
        leave(spool, report(1, RunEvent.END, minutes=9, exit_code=1, snapshot_ids=(last["id"][:8],)))
        scrape = agent.wait(lambda s: s("last_success_timestamp_seconds") != before)
        assert scrape("last_success_timestamp_seconds") < before
        assert scrape("snapshot_timestamp_seconds") == before
        unchanged = report(2, RunEvent.END, no_snapshot=NoSnapshot.UNCHANGED, parent_id=last["id"][:8], minutes=3)
        leave(spool, unchanged)
        scrape = agent.wait(lambda s: s("job_last_success_snapshot_missing", job_name="nightly") == 0)
        assert scrape("last_success_timestamp_seconds") == pytest.approx(unchanged.started.timestamp())


def test_damage_that_a_check_reported_is_the_repositorys(tmp_path: Path) -> None:
    with Agent(tmp_path, config(tmp_path, prepared_repository(tmp_path))) as agent:
        agent.wait(lambda s: s("snapshots") == 3)
        spool = agent.state_dir / "spool"
        check = report(1, RunEvent.END, job="monthly", minutes=9, check_scope=CheckScope.DATA)
        leave(spool, replace(check, damaged=True, exit_code=1))
        agent.wait(lambda s: s("repository_check_success", scope="data") == 0)
        leave(spool, report(2, RunEvent.END, job="monthly", minutes=6, exit_code=11))
        leave(spool, report(3, RunEvent.END, job="monthly", minutes=3))
        scrape = agent.wait(lambda s: s("repository_check_success", scope="structure") == 1)
        assert scrape("repository_check_success", scope="data") == 0
        assert scrape("repository_check_timestamp_seconds", scope="data") == pytest.approx(check.ended.timestamp())


def test_a_running_backup_is_in_progress_for_its_plan(tmp_path: Path) -> None:
    with Agent(tmp_path, config(tmp_path, prepared_repository(tmp_path))) as agent:
        agent.wait(lambda s: s("plan_run_in_progress") == 0)
        leave(agent.state_dir / "spool", report(1, RunEvent.START))
        agent.wait(lambda s: s("plan_run_in_progress") == 1)
        leave(agent.state_dir / "spool", report(1, RunEvent.END))
        agent.wait(lambda s: s("plan_run_in_progress") == 0)


def test_jobs_are_on_the_page_and_in_the_status(agent: Agent) -> None:
    post(agent, "/api/v1/runs/nightly?exit_code=1")
    job = json.loads(agent.get("/api/v1/status")[1])["jobs"]["nightly"]
    assert (job["last_outcome"], job["last_exit_code"], job["runs"]["failed"]) == ("failed", 1, 1)
    page = agent.get("/")[1]
    assert '<span class="dim">job nightly</span><p>The last run failed' in page
    assert '<th scope="row">nightly <small>job (backup)</small></th>' in page
