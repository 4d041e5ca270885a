"""The real agent on real repositories and dumps, seen as a user sees it: /metrics, the log, the exit code."""

import json
import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.agent import Agent, Scrape
from support.dumps import dump_text, gzipped
from support.repositories import (
    PASSWORD,
    PREPARED_TIMES,
    backup,
    make_library,
    make_repository,
    prepared_repository,
    prepared_upload_location,
    restic,
)
from support.rest_server import RestServer
from support.tools import tool
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, eventually

OTHER_PASSWORD = "another-secret-hunter2"


def repository(path: Path | str, **settings: object) -> dict[str, object]:
    return {"repository": str(path), "password": PASSWORD, "poll_interval": "1s", **settings}


def polled(*names: str) -> object:
    """A condition: each of these has been polled, well or badly."""
    return lambda scrape: all(scrape("repository_up", repository=name) is not None for name in names)


def up(*names: str) -> object:
    return lambda scrape: all(scrape("repository_up", repository=name) == 1 for name in names)


def write_dump(folder: Path, age: timedelta, content: bytes | None = None) -> Path:
    """A routine dump in Immich's current style that was finished `age` ago."""
    moment = datetime.now(UTC) - age
    file = folder / f"immich-db-backup-{moment:%Y%m%dT%H%M%S}-v3.1.0-pg14.19.sql.gz"
    file.write_bytes(gzipped(dump_text()) if content is None else content)
    os.utime(file, (moment.timestamp(), moment.timestamp()))
    return file


# --- the numbers


@pytest.mark.parametrize("version", ["0.14", "0.18", "0.19"])
def test_every_number_of_a_local_repository_is_restics_own(tmp_path: Path, version: str) -> None:
    path = prepared_repository(tmp_path, version)
    config = {
        "immich": {"upload_location": str(prepared_upload_location(version)), "dump": {"enabled": False}},
        "repositories": {"nas": repository(path)},
    }
    with Agent(tmp_path, config, restic=version) as agent:
        scrape = agent.wait(lambda s: s("snapshot_size_bytes") and s("repository_size_bytes"))
    theirs = json.loads(restic(version, path, "snapshots", "--json", "--no-lock").stdout)
    stored = json.loads(restic(version, path, "stats", "--mode", "raw-data", "--json", "--no-lock").stdout)
    newest, previous = (
        json.loads(restic(version, path, "stats", "--json", "--no-lock", snapshot["id"]).stdout)
        for snapshot in (theirs[-1], theirs[-2])
    )
    assert scrape("snapshots") == len(theirs) == 3
    assert scrape("repository_snapshots") == 3
    assert scrape("last_success_timestamp_seconds") == PREPARED_TIMES[2].timestamp()
    assert scrape("snapshot_timestamp_seconds") == PREPARED_TIMES[2].timestamp()
    assert scrape("snapshot_oldest_timestamp_seconds") == PREPARED_TIMES[0].timestamp()
    assert scrape("snapshot_size_bytes") == newest["total_size"]
    assert scrape("snapshot_size_delta_bytes") == newest["total_size"] - previous["total_size"] == 6000
    assert scrape("repository_size_bytes") == stored["total_size"]
    assert scrape("repository_locks") == 0
    assert scrape.labels("snapshot_info")["snapshot"] == theirs[-1]["id"]
    assert scrape.labels("snapshot_info")["hostname"] == "photos"
    assert scrape.labels("exporter_restic_info")["version"].startswith(version)
    check = subprocess.run(
        [tool("promtool-3"), "check", "metrics"], input=scrape.text, capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


def test_a_rest_server_gives_the_same_numbers_and_a_new_snapshot_one_restic_process(tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    shutil.move(prepared_repository(tmp_path), served / "nas")
    with RestServer(served, users={"reader": OTHER_PASSWORD}) as server:
        url = server.url("nas", user="reader")
        config = {
            "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
            "repositories": {"nas": repository(url, stats_interval=0)},
        }
        with Agent(tmp_path, config) as agent:
            scrape = agent.wait(up("nas"))
            assert scrape("snapshots") == 3
            assert scrape("restic_commands_total", command="snapshots", outcome="success") == 1
            polls = scrape("repository_polls_total")
            agent.wait(lambda s: s("repository_polls_total") >= polls + 2)
            backup(url, prepared_upload_location(), time=PREPARED_TIMES[2] + timedelta(days=1))
            scrape = agent.wait(lambda s: s("snapshots") == 4)
            assert scrape("restic_commands_total", command="snapshots", outcome="success") == 2
            assert scrape("restic_commands_total", command="cat", outcome="success") == 1
            assert scrape("last_success_timestamp_seconds") == PREPARED_TIMES[2].timestamp() + 86400
            assert OTHER_PASSWORD not in scrape.text
            assert OTHER_PASSWORD not in agent.log


def test_nothing_is_ever_written_to_a_repository_or_the_upload_location(tmp_path: Path) -> None:
    path, library = prepared_repository(tmp_path), make_library(tmp_path / "library")

    def everything() -> list[tuple[str, int, int]]:
        return sorted(
            (str(file), file.lstat().st_mtime_ns, file.lstat().st_size)
            for root in (path, library)
            for file in (root, *root.rglob("*"))
        )

    before = everything()
    config = {"immich": {"upload_location": str(library)}, "repositories": {"nas": repository(path)}}
    with Agent(tmp_path, config) as agent:
        agent.wait(lambda s: s("repository_size_bytes") and (s("repository_polls_total") or 0) >= 3)
    assert everything() == before


def test_a_chain_of_rewrites_counts_once_and_a_copy_by_an_old_restic_is_not_sized_again(tmp_path: Path) -> None:
    path = prepared_repository(tmp_path)
    newest = json.loads(restic("0.18", path, "snapshots", "--json", "latest").stdout)[0]["id"]
    assert restic("0.18", path, "tag", "--add", "kept", newest).returncode == 0
    tagged = json.loads(restic("0.18", path, "snapshots", "--json", "latest").stdout)[0]["id"]
    assert restic("0.18", path, "rewrite", "--exclude", "IMG_0001.jpg", tagged).returncode == 0
    copy = make_repository(tmp_path / "copy", password=OTHER_PASSWORD)
    environment = {"RESTIC_FROM_PASSWORD": PASSWORD}
    copied = restic("0.14", copy, "copy", "--from-repo", path, tagged, password=OTHER_PASSWORD, env=environment)
    assert copied.returncode == 0, copied.stderr
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {
            "nas": repository(path, stats_interval=0),
            "copy": repository(copy, password=OTHER_PASSWORD, stats_interval=0),
        },
    }
    with Agent(tmp_path, config) as agent:
        agent.wait(up("nas", "copy"))
        scrape = agent.wait(lambda s: s("snapshot_files", repository="copy") is not None)
        assert scrape("repository_snapshots", repository="nas") == 4
        assert scrape("snapshots", repository="nas") == 3
        assert scrape("restic_commands_total", repository="copy", command="stats", outcome="success") is None
        assert scrape("snapshot_files", repository="copy") == scrape("snapshot_files", repository="nas") + 1


# --- dumps and markers


def test_dumps_are_found_validated_and_a_broken_one_is_told(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    shutil.rmtree(library / "backups")
    (library / "backups").mkdir()
    (library / "backups" / ".immich").touch()
    older = write_dump(library / "backups", timedelta(hours=26))
    good = write_dump(library / "backups", timedelta(hours=2))
    (library / "backups" / f"{good.name}.tmp").touch()
    shutil.copy(good, library / "backups" / f"uploaded-{good.name}")
    config = {
        "immich": {"upload_location": str(library), "timezone": "UTC", "dump": {"poll_interval": "1s"}},
        "repositories": {"nas": repository(make_repository(tmp_path / "repository"))},
    }
    with Agent(tmp_path, config) as agent:
        scrape = agent.wait(lambda s: s("dump_valid") is not None)
        assert scrape("dump_valid") == 1
        assert scrape("dumps") == 2
        assert scrape("dumps_unfinished") == 1
        assert scrape("dump_size_bytes") == good.stat().st_size
        assert scrape("dump_timestamp_seconds") == pytest.approx(good.stat().st_mtime, abs=0.001)
        assert scrape.labels("dump_info") == {"file": good.name, "immich_version": "3.1.0", "postgres_version": "14.19"}
        damaged = bytearray(good.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        good.write_bytes(damaged)
        os.utime(good, (time.time() - 3600, time.time() - 3600))
        scrape = agent.wait(lambda s: s("dump_valid") == 0 and s("last_valid_dump_timestamp_seconds"))
        assert scrape("last_valid_dump_timestamp_seconds") == pytest.approx(older.stat().st_mtime, abs=0.001)


def test_an_unmounted_disk_is_told_by_its_marker_and_its_dumps_stay_known(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    (library / "backups").rename(tmp_path / "elsewhere")
    (library / "backups").mkdir()
    config = {
        "immich": {"upload_location": str(library), "dump": {"poll_interval": "1s"}},
        "repositories": {"nas": repository(make_repository(tmp_path / "repository"))},
    }
    with Agent(tmp_path, config) as agent:
        scrape = agent.wait(lambda s: s("upload_location_up", folder="backups") is not None)
        assert scrape("upload_location_up", folder="backups") == 0
        assert scrape("upload_location_up", folder="library") == 1
        (library / "backups").rmdir()
        (tmp_path / "elsewhere").rename(library / "backups")
        agent.wait(lambda s: s("upload_location_up", folder="backups") == 1 and s("dumps") == 1)


# --- ways to configure


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text(PASSWORD + "\n")
    env = {
        "IMMICH_BACKUP_REPOSITORIES__NAS__REPOSITORY": str(prepared_repository(tmp_path)),
        "IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE": str(password_file),
        "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__PHOTOS__HOST": "photos",
        "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__PHOTOS__MAX_AGE": "8d",
        "IMMICH_BACKUP_EXPORTER_SERVICE_HOST": "10.0.0.1",
    }
    with Agent(tmp_path, env=env) as agent:
        scrape = agent.wait(up("nas"))
        assert scrape("snapshots", repository="nas", plan="photos") == 3
        assert scrape("plan_max_age_seconds", plan="photos") == 691200


def test_restics_own_variables_and_the_upload_location_are_enough(tmp_path: Path) -> None:
    env = {
        "RESTIC_REPOSITORY": str(prepared_repository(tmp_path)),
        "RESTIC_PASSWORD": PASSWORD,
        "RESTIC_HOST": "somebody-else",
        "UPLOAD_LOCATION": str(prepared_upload_location()),
    }
    with Agent(tmp_path, env=env) as agent:
        scrape = agent.wait(lambda s: s("repository_up") and s("upload_location_up", folder="library") is not None)
        assert scrape("snapshots", repository="default", plan="immich") == 3
        assert scrape("upload_location_up", folder="library") == 1


def test_several_repositories_with_several_plans_each(tmp_path: Path) -> None:
    first, second = prepared_repository(tmp_path), make_repository(tmp_path / "second", password=OTHER_PASSWORD)
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "letter.txt").write_text("dear")
    backup(first, documents, host="laptop", tags=["docs"])
    location = str(prepared_upload_location())
    config = {
        "repositories": {
            "nas": repository(
                first,
                plans={
                    "immich": {"backed_up_as": location},
                    "docs": {"host": "laptop", "tags": ["docs"], "paths": [str(documents)]},
                },
            ),
            "offsite": repository(second, password=OTHER_PASSWORD, offsite=True),
        },
        "offsite_required": True,
    }
    with Agent(tmp_path, config) as agent:
        scrape = agent.wait(up("nas", "offsite"))
        assert scrape("snapshots", plan="immich", repository="nas") == 3
        assert scrape("snapshots", plan="docs", repository="nas") == 1
        assert (
            scrape("last_success_timestamp_seconds", plan="immich", repository="nas") == PREPARED_TIMES[2].timestamp()
        )
        assert scrape("snapshots", plan="immich", repository="offsite") == 0
        assert scrape("last_success_timestamp_seconds", repository="offsite") is None
        assert scrape("repository_offsite", repository="offsite") == 1
        assert scrape("offsite_required") == 1


def test_a_plan_that_matches_nothing_explains_itself_once(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    config = {
        "immich": {"upload_location": str(library)},
        "repositories": {"nas": repository(prepared_repository(tmp_path))},
    }
    with Agent(tmp_path, config) as agent:
        agent.wait(lambda s: (s("repository_polls_total") or 0) >= 3)
        seen = prepared_upload_location()
        explanation = f"0 of 3 snapshots match the upload location {library}. Paths seen: {seen} in 3. "
        assert agent.log.count(explanation + f"Try `backed_up_as: {seen}`.") == 1
        assert explanation in agent.get("/api/v1/status")[1]


# --- isolation and bad input


def test_a_source_that_hangs_is_gone_or_has_a_wrong_password_slows_and_blanks_no_other(tmp_path: Path) -> None:
    good = prepared_repository(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    with RestServer(tmp_path / "served") as server:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            config = {
                "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
                "repositories": {
                    "hanging": repository(server.url("nas")),
                    "gone": repository(tmp_path / "nowhere"),
                    "empty": repository(empty),
                    "closed": repository("rest:http://127.0.0.1:9/nas"),
                    "wrong": repository(good, password=OTHER_PASSWORD),
                    "nas": repository(good),
                },
            }
            with Agent(tmp_path, config) as agent:
                scrape = agent.wait(polled("gone", "empty", "closed", "wrong", "nas"))
                assert scrape("snapshots", repository="nas") == 3
                assert scrape("repository_up", repository="hanging") is None
                reasons = {name: scrape.reason(name) for name in ("gone", "empty", "closed", "wrong", "nas")}
                assert reasons == {
                    "gone": "not_found",
                    "empty": "not_found",
                    "closed": "unreachable",
                    "wrong": "wrong_password",
                    "nas": None,
                }
                assert scrape("last_success_timestamp_seconds", repository="wrong") is None
                before = scrape("repository_polls_total", repository="nas")
                scrape = agent.wait(lambda s: s("repository_polls_total", repository="nas") >= before + 2)
                for name in ("gone", "closed", "wrong"):
                    assert len([line for line in agent.log.splitlines() if f"repository={name}" in line]) == 1
                assert PASSWORD not in agent.log + scrape.text
                assert OTHER_PASSWORD not in agent.log + scrape.text
                assert agent.stop() == 0
        finally:
            os.kill(server.pid, signal.SIGCONT)


def test_a_missing_restic_is_told_and_the_dumps_are_watched_all_the_same(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    config = {
        "immich": {"upload_location": str(library)},
        "repositories": {"nas": repository(prepared_repository(tmp_path))},
    }
    with Agent(tmp_path, config, restic=None) as agent:
        scrape = agent.wait(lambda s: s("repository_up") is not None and s("dumps") == 1)
        assert scrape.reason("nas") == "restic_missing"
        assert scrape("dumps") == 1


def test_the_cause_mended_the_failure_ends(tmp_path: Path) -> None:
    path = prepared_repository(tmp_path)
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {"nas": repository(path)},
    }
    with Agent(tmp_path, config) as agent:
        agent.wait(up("nas"))
        path.rename(tmp_path / "away")
        scrape = agent.wait(lambda s: s("repository_up") == 0)
        assert scrape.reason("nas") == "not_found"
        assert scrape("snapshots") == 3
        assert scrape("repository_locks") is None
        (tmp_path / "away").rename(path)
        scrape = agent.wait(up("nas"))
        assert scrape.reason("nas") is None


# --- life and death


def test_it_answers_before_the_first_poll_ends_with_every_expectation(tmp_path: Path) -> None:
    with RestServer(tmp_path / "served") as server:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            config = {"repositories": {"nas": repository(server.url("nas"))}}
            with Agent(tmp_path, config) as agent:
                scrape = agent.scrape()
                assert scrape("plan_max_age_seconds", repository="nas", plan="immich") == 93600
                assert scrape("repository_expected_since_timestamp_seconds") is not None
                assert scrape("repository_up") is None
                assert agent.get("/-/healthy")[0] == 200
                assert agent.get("/-/ready")[0] == 503
        finally:
            os.kill(server.pid, signal.SIGCONT)


def test_sigterm_ends_everything_also_with_restic_running(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "restic").write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep {FOREVER_SECONDS} &\necho $! >> {tmp_path}/pid\nwait\n"
    )
    (programs / "restic").chmod(0o755)
    with Agent(tmp_path, {"repositories": {"nas": repository(prepared_repository(tmp_path))}}) as agent:
        eventually(lambda: (tmp_path / "pid").exists() and len((tmp_path / "pid").read_text().split()) == 2)
        assert agent.stop() == 0
    for pid in (tmp_path / "pid").read_text().split():
        assert not Path(f"/proc/{pid}").exists() or "State:\tZ" in Path(f"/proc/{pid}/status").read_text()


def test_after_kill_9_the_first_scrape_holds_the_last_known_events_and_no_states(tmp_path: Path) -> None:
    path = prepared_repository(tmp_path)
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {"nas": repository(path)},
    }
    agent = Agent(tmp_path, config)
    agent.start()
    first = agent.wait(up("nas"))
    agent.kill()
    path.rename(tmp_path / "away")
    with agent:
        scrape = agent.scrape()
        for name in (
            "last_success_timestamp_seconds",
            "snapshots",
            "snapshot_size_bytes",
            "plan_expected_since_timestamp_seconds",
            "exporter_state_created_timestamp_seconds",
        ):
            assert scrape(name) == first(name)
            assert scrape(name) is not None
        assert scrape("repository_last_poll_success_timestamp_seconds") is not None
        failed = agent.wait(lambda s: s("repository_up") == 0)
        assert failed("snapshots") == 3


def test_a_damaged_state_file_is_set_aside_and_built_again(tmp_path: Path) -> None:
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {"nas": repository(prepared_repository(tmp_path))},
    }
    agent = Agent(tmp_path, config)
    with agent:
        agent.wait(up("nas"))
    (agent.state_dir / "state.sqlite3").write_bytes(b"this is no database" * 1000)
    with agent:
        scrape = agent.wait(up("nas"))
        assert scrape("snapshots") == 3
        assert "level=error" in agent.log
    assert len(list(agent.state_dir.glob("state.sqlite3.damaged-*Z"))) == 1


# --- reload


@pytest.mark.parametrize("way", ["signal", "http"])
def test_a_reload_takes_the_new_configuration_and_refuses_a_bad_one(tmp_path: Path, way: str) -> None:
    config = {
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {"nas": repository(prepared_repository(tmp_path))},
    }

    def reload(agent: Agent) -> None:
        if way == "signal":
            agent.signal(signal.SIGHUP)
        else:
            agent.get("/-/reload", "POST")

    with Agent(tmp_path, config, flags=("--web.enable-lifecycle",)) as agent:
        since = agent.wait(up("nas"))("plan_expected_since_timestamp_seconds")
        agent.config_file.write_text("repositories: {nas: {repository: /x, pasword: typo}}\n")
        reload(agent)
        scrape = agent.wait(lambda s: s("exporter_config_last_reload_successful") == 0)
        assert scrape("snapshots", repository="nas") == 3
        assert "pasword" in agent.log
        more = {**config["repositories"], "new": repository(make_repository(tmp_path / "new"), poll_interval="2s")}
        agent.configure({**config, "repositories": more})
        reload(agent)
        scrape = agent.wait(up("nas", "new"))
        assert scrape("exporter_config_last_reload_successful") == 1
        assert scrape("repository_poll_interval_seconds", repository="new") == 2
        assert scrape("plan_expected_since_timestamp_seconds", repository="nas") == since
        agent.configure(config)
        reload(agent)
        agent.wait(
            lambda s: (
                s("repository_up", repository="new") is None
                and s("repository_poll_interval_seconds", repository="new") is None
            )
        )


def test_reload_over_http_is_off_unless_asked_for(tmp_path: Path) -> None:
    with Agent(tmp_path, {"repositories": {"nas": repository(tmp_path / "none")}}) as agent:
        assert agent.get("/-/reload", "POST")[0] == 403


# --- what keeps it from starting


def fails_to_start(tmp_path: Path, *flags: str, env: dict[str, str] | None = None) -> str:
    """What the agent says, in one or a few lines without a traceback, before it ends with 1."""
    import sys

    result = subprocess.run(
        [sys.executable, "-m", "immich_backup_exporter", "serve", *flags],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "STATE_DIRECTORY": str(tmp_path / "state"),
            **(env or {}),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_no_configuration_at_all_tells_the_ways_to_configure(tmp_path: Path) -> None:
    said = fails_to_start(tmp_path)
    assert "--config.file" in said
    assert "RESTIC_REPOSITORY" in said


def test_every_problem_of_a_configuration_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(
        "repositories:\n  nas: {repository: /x, password: s3cr3t-value, poll_intervall: 5m, offsite: perhaps}\n"
    )
    said = fails_to_start(tmp_path, "--config.file", str(file))
    assert "repositories.nas.poll_intervall" in said
    assert "poll_interval" in said
    assert "repositories.nas.offsite" in said
    assert "s3cr3t-value" not in said


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with Agent(tmp_path, {"repositories": {"nas": repository(tmp_path / "none")}}) as agent:
        address = agent.url.removeprefix("http://")
        env = {"RESTIC_REPOSITORY": "/x", "RESTIC_PASSWORD": "x", "STATE_DIRECTORY": str(tmp_path / "other")}
        said = fails_to_start(tmp_path, "--web.listen-address", address, env=env)
    assert address.split(":")[1] in said
    assert len(said.strip().splitlines()) <= 4


def test_a_state_dir_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env = {"RESTIC_REPOSITORY": "/x", "RESTIC_PASSWORD": "x", "STATE_DIRECTORY": str(tmp_path / "file" / "state")}
    assert str(tmp_path / "file") in fails_to_start(tmp_path, env=env)


def test_a_second_agent_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with Agent(tmp_path, {"repositories": {"nas": repository(tmp_path / "none")}}):
        env = {"RESTIC_REPOSITORY": "/x", "RESTIC_PASSWORD": "x"}
        assert "another agent" in fails_to_start(tmp_path, env=env).lower()


def test_scrape_helper_tells_two_samples_from_one() -> None:
    with pytest.raises(AssertionError):
        Scrape('immich_backup_x{a="1"} 1\nimmich_backup_x{a="2"} 2\n')("x")
