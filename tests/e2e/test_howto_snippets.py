"""What the how-to pages about reporting runs tell to write down works as it stands there.

Nothing in a snippet is changed but the addresses and paths of `Sandbox.places`. What other programs would do with
their part is done here as they document it: cron's lines, systemd's variables, Compose's `$$`, the order and the
environment of hooks, Go's templates.
"""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from immich_backup_exporter.domain.runs import Outcome, RunEvent
from support import pages, wrapped
from support.agent import Agent, Scrape
from support.repositories import PASSWORD, prepared_repository, prepared_upload_location
from support.tools import PROJECT, tool
from support.waiting import PATIENCE_SECONDS

PAGES = PROJECT / "docs" / "how-to"
SNIPPETS = {
    "jobs": ("run-reports", "monthly_check:\n"),
    "cron": ("run-reports", "# /etc/cron.d/immich-backup"),
    "spool": ("run-reports", "# as root"),
    "spool dir": ("run-reports", "export IMMICH_BACKUP_SPOOL_DIR"),
    "docker": ("run-reports", "# compose.yaml"),
    "token": ("run-reports", "# a token of 32 random bytes"),
    "push": ("run-reports", "push:\n"),
    "pushing": ("run-reports", "--push.url http"),
    "queries": ("run-reports", "time() -"),
    "agent": ("systemd", "python3 -m venv"),  # run by tests/image/test_systemd.py, as is the next
    "agent's secrets": ("systemd", "secrets.conf"),
    "unit": ("systemd", "immich-backup.service\n[Unit]"),
    "timer": ("systemd", "OnCalendar="),
    "drop-in": ("systemd", "ExecStopPost="),
    "resticprofile": ("resticprofile", "# profiles.yaml"),
    "resticprofile check": ("resticprofile", "resticprofile immich.check"),
    "autorestic": ("autorestic", "# .autorestic.yml"),
    "autorestic check": ("autorestic", "-- autorestic check"),
    "backrest by http": ("backrest", "by HTTP"),
    "backrest by spool": ("backrest", "by the spool"),
    "backrest skipped": ("backrest", "# for CONDITION_SNAPSHOT_SKIPPED"),
    "resticker": ("resticker", "mazzolino/restic"),
    "script with wget": ("cron-script", "with wget"),
    "script with curl": ("cron-script", "with curl"),
}
OUTCOMES = ("success", "partial", "failed", "interrupted", "crashed")
SNAPSHOT = "0123456789abcdef" * 4

# Root without the right to read everything.
AS_ANYBODY = "setpriv --bounding-set=-dac_override,-dac_read_search" if os.geteuid() == 0 else ""

# What a tool with hooks does: it stays, and starts each hook as a child of its own.
RUN_HOOKS = "import subprocess, sys\nfor hook in sys.argv[2:]: subprocess.run([sys.argv[1], '-c', hook], check=True)"


def blocks(page: str) -> list[str]:
    return pages.blocks(PAGES / f"{page}.md")


def snippet(name: str) -> str:
    page, mark = SNIPPETS[name]
    (found,) = [block for block in blocks(page) if mark in block]
    return found


class Sandbox:
    """A machine's worth of places in a scratch folder: programs, a library, a repository, secrets, a spool."""

    def __init__(self, folder: Path, agent_url: str = "http://127.0.0.1:1") -> None:
        self.folder = folder
        self.bin = folder / "programs"
        self.spool = folder / "spool"
        self.password_file = folder / "nas.password"
        self.token_file = folder / "push_token"
        self.bin.mkdir(parents=True)
        self.password_file.write_text(PASSWORD)
        self.token_file.write_text("pushing-hunter2\n")
        self.program("restic", f'exec {tool("restic-0.18")} "$@"')
        self.program("wget", f'exec {tool("busybox")} wget "$@"')
        self.program("sleep", "exit 0")
        self.program("groupadd", f'echo "$@" > {folder}/groupadd')
        self.program(
            "immich-backup-exporter",
            f"export PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}\n"
            f'exec {sys.executable} -m immich_backup_exporter "$@"',
        )
        self.places = {
            "/opt/immich-backup-exporter/bin": str(self.bin),
            "/usr/bin/restic": str(self.bin / "restic"),
            "/srv/immich": str(prepared_upload_location()),
            "/backups/immich": str(folder / "repository-0.18"),
            "/etc/immich-backup-exporter/nas.password": str(self.password_file),
            "/etc/immich-backup-exporter/push_token": str(self.token_file),
            "/run/secrets/push_token": str(self.token_file),
            "/var/spool/immich-backup-exporter": str(folder / "other-spool"),
            "-g immich-backup ": f"-g {os.getegid()} ",
            "http://192.168.1.20:10321": agent_url,
        }

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def snippet(self, name: str) -> str:
        """As it stands in the page, with this sandbox's places."""
        text = snippet(name)
        for place, here in self.places.items():
            text = text.replace(place, here)
        return text

    def break_restic(self, how: str) -> None:
        """`partial`: a file cannot be read, by root neither; `failed`: the password is wrong; `success`: not at all."""
        if how == "partial":
            library = shutil.copytree(self.places["/srv/immich"], self.folder / "immich")
            next(library.glob("library/**/*.jpg")).chmod(0)
            self.places["/srv/immich"] = str(library)
            self.program("restic", f'exec {AS_ANYBODY} {tool("restic-0.18")} "$@"')
        if how == "failed":
            self.password_file.write_text("wrong")

    def run(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "IMMICH_BACKUP_SPOOL_DIR": str(self.spool),
        }
        return subprocess.run(
            [*map(str, command)],
            env=environment | dict(env or {}),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def sh(self, script: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self.run("sh", "-c", script, **more)

    def hooks(self, shell: str, *hooks: str, env: Mapping[str, str] | None = None) -> None:
        """One run of a tool that starts these hooks."""
        ran = self.run(sys.executable, "-c", RUN_HOOKS, shell, *hooks, env=env)
        assert (ran.returncode, ran.stderr) == (0, "")

    def outcome(self) -> str | None:
        """Of the one run whose end is in the spool; its start, if there is one, belongs to it."""
        ended = wrapped.end(self.spool)
        assert {report.run_id for report in wrapped.reports(self.spool)} == {ended.run_id}
        return ended.outcome


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Without an agent: what matters is what lies in the spool."""
    sandbox = Sandbox(tmp_path)
    prepared_repository(tmp_path)
    sandbox.spool.mkdir()
    return sandbox


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """Configured by the pages' own YAML, and with a token that was made as they say."""
    folder = tmp_path_factory.mktemp("agent")
    sandbox = Sandbox(folder / "sandbox")
    made = sandbox.sh(sandbox.snippet("token"))
    assert (made.returncode, made.stderr) == (0, "")
    config = {
        **yaml.safe_load(sandbox.snippet("jobs")),
        **yaml.safe_load(sandbox.snippet("push")),
        "immich": {"upload_location": str(prepared_upload_location()), "dump": {"enabled": False}},
        "repositories": {
            "nas": {"repository": str(prepared_repository(folder)), "password": PASSWORD, "poll_interval": "1h"}
        },
    }
    with Agent(folder, config) as running:
        yield running


@pytest.fixture
def beside(tmp_path: Path, agent: Agent) -> Sandbox:
    """A sandbox whose spool and address are the running agent's."""
    sandbox = Sandbox(tmp_path, agent.url)
    prepared_repository(tmp_path)
    sandbox.spool = agent.state_dir / "spool"
    sandbox.token_file.write_text((agent.folder / "sandbox" / "push_token").read_text())
    return sandbox


def last(scrape: Scrape, job: str = "nightly") -> tuple[str | None, float]:
    """How the job's last run ended, and how many ended so far."""
    outcome = next((one for one in OUTCOMES if scrape("job_last_outcome", job_name=job, outcome=one) == 1), None)
    return outcome, sum(scrape("job_runs_total", job_name=job, outcome=one) or 0 for one in OUTCOMES)


def comes_to(agent: Agent, outcome: str, before: Scrape, job: str = "nightly") -> Scrape:
    """One more run of the job than before, and this is how it ended."""
    return agent.wait(lambda scrape: last(scrape, job) == (outcome, last(before, job)[1] + 1))


def cron_lines(crontab: str) -> tuple[dict[str, str], list[str]]:
    """Variables and commands of a file in /etc/cron.d, whose lines name a user after the five fields of the time."""
    lines = [line for line in crontab.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines if not line[0].isdigit())
    return variables, [line.split(maxsplit=6)[6] for line in lines if line[0].isdigit()]


def unit_lines(unit: str, key: str) -> list[str]:
    return re.findall(rf"(?m)^{key}=-?(.*)$", unit)


def test_no_snippet_in_the_pages_is_left_out_here() -> None:
    named = {page for page, _ in SNIPPETS.values()}
    written = sorted((page, block) for page in named for block in blocks(page))
    assert sorted((SNIPPETS[name][0], snippet(name)) for name in SNIPPETS) == written


# --- run-reports


def test_the_lines_for_cron_are_seen_by_the_agent(beside: Sandbox, agent: Agent) -> None:
    variables, (backup, check) = cron_lines(beside.snippet("cron"))
    before = agent.scrape()
    ran = beside.sh(backup, env=variables)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "snapshot " in ran.stdout
    scrape = comes_to(agent, "success", before)
    assert scrape("job_max_age_seconds", job_name="nightly") == 26 * 3600
    assert beside.sh(check, env=variables).returncode == 0
    comes_to(agent, "success", before, "monthly_check")
    agent.wait(lambda scrape: scrape("repository_check_success", repository="nas", scope="data") == 1)


@pytest.mark.parametrize(("how", "exit_code"), [("partial", 3), ("failed", 12)])
def test_what_cron_starts_ends_as_without_the_wrapper_and_is_told(
    beside: Sandbox, agent: Agent, how: str, exit_code: int
) -> None:
    beside.break_restic(how)
    variables, (backup, _) = cron_lines(beside.snippet("cron"))
    before = agent.scrape()
    assert beside.sh(backup, env=variables).returncode == exit_code
    comes_to(agent, how, before)


def test_the_spool_folder_is_made_for_a_group_and_used(sandbox: Sandbox) -> None:
    made = sandbox.sh(sandbox.snippet("spool"))
    assert (made.returncode, made.stderr) == (0, "")
    assert (sandbox.folder / "groupadd").read_text() == "--system immich-backup\n"
    spool = sandbox.folder / "other-spool"
    assert oct(spool.stat().st_mode) == "0o42770"
    variables, _ = cron_lines(sandbox.snippet("cron"))
    assert sandbox.sh(sandbox.snippet("spool dir"), env=variables).returncode == 0
    assert wrapped.end(spool).outcome is Outcome.SUCCESS


def test_an_agent_in_docker_finds_the_spool_by_the_variable_in_the_compose_file(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    service = yaml.safe_load(sandbox.snippet("docker"))["services"]["immich-backup-exporter"]
    ((outside, inside, mode),) = [volume.split(":") for volume in service["volumes"]]
    assert mode == "ro"
    sandbox.sh(sandbox.snippet("spool"))
    sandbox.spool = Path(outside)
    sandbox.sh("immich-backup-exporter record --job nightly --exit-code 3")
    env = {name: value.replace(inside, outside) for name, value in service["environment"].items()}
    config = {"jobs": {"nightly": {"kind": "other"}}, "immich": {"upload_location": str(tmp_path)}}
    with Agent(tmp_path, config, env=env) as agent:
        agent.wait(lambda scrape: last(scrape) == ("partial", 1))


def test_the_token_is_long_and_its_owners_alone(sandbox: Sandbox) -> None:
    sandbox.token_file.unlink()
    assert sandbox.sh(sandbox.snippet("token")).returncode == 0
    assert len(sandbox.token_file.read_text().strip()) == 44
    assert stat.S_IMODE(sandbox.token_file.stat().st_mode) == 0o600


def test_another_host_pushes_its_reports(beside: Sandbox, agent: Agent) -> None:
    beside.spool = beside.folder / "own-spool"
    beside.spool.mkdir()
    variables, _ = cron_lines(beside.snippet("cron"))
    before = agent.scrape()
    ran = beside.sh(beside.snippet("pushing"), env=variables)
    assert (ran.returncode, ran.stderr) == (0, "")
    comes_to(agent, "success", before)


# --- systemd


def test_the_unit_runs_the_backup_and_reports_it(sandbox: Sandbox) -> None:
    unit = sandbox.snippet("unit")
    env = dict(line.split("=", 1) for line in unit_lines(unit, "Environment"))
    (command,) = unit_lines(unit, "ExecStart")
    ran = sandbox.run(*shlex.split(command), env=env)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sandbox.outcome() == "success"
    assert len(wrapped.end(sandbox.spool).snapshot_ids) == 1


@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ("SERVICE_RESULT=success EXIT_CODE=exited EXIT_STATUS=0", "success"),
        ("SERVICE_RESULT=exit-code EXIT_CODE=exited EXIT_STATUS=3", "partial"),
        ("SERVICE_RESULT=exit-code EXIT_CODE=exited EXIT_STATUS=1", "failed"),
        ("SERVICE_RESULT=signal EXIT_CODE=killed EXIT_STATUS=INT", "interrupted"),
        ("SERVICE_RESULT=signal EXIT_CODE=killed EXIT_STATUS=KILL", "failed"),
        ("SERVICE_RESULT=timeout EXIT_CODE=killed EXIT_STATUS=TERM", "failed"),
        ("SERVICE_RESULT=oom-kill EXIT_CODE=killed EXIT_STATUS=KILL", "failed"),
        ("SERVICE_RESULT=resources", "failed"),
    ],
)
def test_the_drop_in_reports_how_systemd_says_that_the_unit_ended(
    sandbox: Sandbox, variables: str, outcome: str
) -> None:
    (start,) = unit_lines(sandbox.snippet("drop-in"), "ExecStartPre")
    (stop,) = unit_lines(sandbox.snippet("drop-in"), "ExecStopPost")
    run = {"INVOCATION_ID": "6ab9af147b8c4a3ebe36e7a5f8611697"}
    result = dict(variable.split("=") for variable in variables.split())
    assert sandbox.run(*shlex.split(start), env=run).returncode == 0
    assert [report.event for report in wrapped.reports(sandbox.spool)] == [RunEvent.START]
    assert sandbox.run(*shlex.split(stop), env=run | result).returncode == 0
    assert sandbox.outcome() == outcome


def test_a_start_that_a_condition_prevented_is_not_reported(sandbox: Sandbox) -> None:
    (stop,) = unit_lines(sandbox.snippet("drop-in"), "ExecStopPost")
    assert sandbox.run(*shlex.split(stop), env={"SERVICE_RESULT": "exec-condition"}).returncode == 0
    assert wrapped.reports(sandbox.spool) == []


def test_what_the_drop_in_records_is_seen_by_the_agent(beside: Sandbox, agent: Agent) -> None:
    (start,) = unit_lines(beside.snippet("drop-in"), "ExecStartPre")
    (stop,) = unit_lines(beside.snippet("drop-in"), "ExecStopPost")
    run = {"INVOCATION_ID": os.urandom(16).hex()}
    before = agent.scrape()
    beside.run(*shlex.split(start), env=run)
    agent.wait(lambda scrape: scrape("job_running", job_name="nightly") == 1)
    result = {"SERVICE_RESULT": "exit-code", "EXIT_CODE": "exited", "EXIT_STATUS": "11"}
    beside.run(*shlex.split(stop), env=run | result)
    scrape = comes_to(agent, "failed", before)
    assert scrape("job_last_exit_code", job_name="nightly") == 11
    assert scrape("job_running", job_name="nightly") == 0


def test_the_timer_says_what_it_did_when_systemd_was_asked_about_it() -> None:
    assert re.findall(r"(?m)^\w+=.*$", snippet("timer")) == [
        "Description=Back up Immich every night",
        "OnCalendar=*-*-* 03:00",
        "RandomizedDelaySec=10min",
        "Persistent=true",
        "WantedBy=timers.target",
    ]


# --- resticprofile, autorestic


@pytest.mark.parametrize(
    ("last_hook", "variables", "outcome"),
    [
        ("run-after", {}, "success"),
        ("run-after-fail", {"ERROR": "exit status 3", "ERROR_EXIT_CODE": "3"}, "partial"),
        ("run-after-fail", {"ERROR": "exit status 11", "ERROR_EXIT_CODE": "11"}, "failed"),
        ("run-after-fail", {"ERROR": "signal: killed", "ERROR_EXIT_CODE": "-1"}, "failed"),
        ("run-after-fail", {"ERROR": "no such profile"}, "failed"),
    ],
)
def test_the_hooks_of_resticprofile_report_one_run(
    sandbox: Sandbox, last_hook: str, variables: dict[str, str], outcome: str
) -> None:
    section = yaml.safe_load(sandbox.snippet("resticprofile"))["immich"]["backup"]
    always = {"PROFILE_NAME": "immich", "PROFILE_COMMAND": "backup"}
    sandbox.hooks("sh", section["run-before"], section[last_hook], env=always | variables)
    assert sandbox.outcome() == outcome


@pytest.mark.parametrize(
    ("last_hook", "variables", "outcome"),
    [
        ("success", {"AUTORESTIC_SNAPSHOT_ID_0": "3949d2fb", "AUTORESTIC_EXIT_CODE_0": "0"}, "success"),
        ("success", {}, "success"),
        ("failure", {"AUTORESTIC_SNAPSHOT_ID_0": "3949d2fb", "AUTORESTIC_EXIT_CODE_0": "3"}, "partial"),
        ("failure", {"AUTORESTIC_SNAPSHOT_ID_0": "", "AUTORESTIC_EXIT_CODE_0": "1"}, "failed"),
        ("failure", {"AUTORESTIC_EXIT_CODE_0": "0"}, "failed"),
        ("failure", {}, "failed"),
    ],
)
def test_the_hooks_of_autorestic_report_one_run(
    sandbox: Sandbox, last_hook: str, variables: dict[str, str], outcome: str
) -> None:
    hooks = yaml.safe_load(sandbox.snippet("autorestic"))["locations"]["immich"]["hooks"]
    sandbox.hooks("bash", *hooks["before"], *hooks[last_hook], env={"AUTORESTIC_LOCATION": "immich"} | variables)
    assert sandbox.outcome() == outcome


def test_autorestics_snapshot_is_named(sandbox: Sandbox) -> None:
    hooks = yaml.safe_load(sandbox.snippet("autorestic"))["locations"]["immich"]["hooks"]
    sandbox.hooks("bash", *hooks["success"], env={"AUTORESTIC_SNAPSHOT_ID_0": "3949d2fb"})
    assert wrapped.end(sandbox.spool).snapshot_ids == ("3949d2fb",)


def test_a_report_that_cannot_be_written_stops_no_backup(sandbox: Sandbox) -> None:
    sandbox.spool = Path("/proc/nowhere")
    before = [
        yaml.safe_load(sandbox.snippet("resticprofile"))["immich"]["backup"]["run-before"],
        yaml.safe_load(sandbox.snippet("autorestic"))["locations"]["immich"]["hooks"]["before"][0],
    ]
    ran = [sandbox.sh(hook) for hook in before]
    assert [one.returncode for one in ran] == [0, 0]
    assert ["the spool folder /proc/nowhere cannot be written" in one.stderr for one in ran] == [True, True]


@pytest.mark.parametrize("name", ["resticprofile check", "autorestic check"])
def test_a_check_by_another_tool_is_reported_by_the_wrapper(sandbox: Sandbox, name: str) -> None:
    _, (line,) = cron_lines(sandbox.snippet(name))
    sandbox.program(name.split()[0], f"echo {name}; exit 1")
    ran = sandbox.sh(line)
    assert (ran.returncode, ran.stdout) == (1, f"{name}\n")
    assert wrapped.end(sandbox.spool).job == "monthly_check"
    assert sandbox.outcome() == "failed"


# --- Backrest


def backrest(sandbox: Sandbox, name: str, event: str, error: str = "") -> None:
    """What Backrest does with a command hook: the template filled in, the script fed to the shell of its first line."""
    script = sandbox.snippet(name).replace("{{ .Event }}", f"CONDITION_SNAPSHOT_{event}")
    script = script.replace("{{ .SnapshotId }}", "" if event in ("START", "ERROR") else SNAPSHOT)
    script = script.replace("{{ if .Error }}exit 0{{ end }}", "exit 0" if error else "")
    assert "{{" not in script
    shell, _, rest = script.partition("\n")
    ran = sandbox.run(*shlex.split(shell.removeprefix("#!")), stdin=rest)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_backrest_in_a_container_reports_over_http(beside: Sandbox, agent: Agent) -> None:
    before = agent.scrape()
    backrest(beside, "backrest by http", "START")
    assert agent.scrape()("job_running", job_name="nightly") == 1
    backrest(beside, "backrest by http", "SUCCESS")
    before = comes_to(agent, "success", before)
    backrest(beside, "backrest by http", "START")
    backrest(beside, "backrest by http", "ERROR", "exit status 11")
    before = comes_to(agent, "failed", before)
    backrest(beside, "backrest by http", "START")
    backrest(beside, "backrest by http", "WARNING", "partial backup")
    backrest(beside, "backrest by http", "SUCCESS", "partial backup")
    comes_to(agent, "partial", before)


@pytest.mark.parametrize(
    ("events", "error", "outcome", "snapshots"),
    [
        (["SUCCESS"], "", "success", (SNAPSHOT,)),
        (["WARNING", "SUCCESS"], "partial backup", "partial", (SNAPSHOT,)),
        (["ERROR"], "exit status 11", "failed", ()),
    ],
)
def test_backrest_on_a_host_reports_the_snapshot(
    sandbox: Sandbox, events: Sequence[str], error: str, outcome: str, snapshots: tuple[str, ...]
) -> None:
    for event in events:
        backrest(sandbox, "backrest by spool", event, error)
    assert sandbox.outcome() == outcome
    assert wrapped.end(sandbox.spool).snapshot_ids == snapshots


def test_an_unchanged_backup_by_backrest_says_so(sandbox: Sandbox) -> None:
    assert sandbox.sh(sandbox.snippet("backrest skipped")).returncode == 0
    assert wrapped.end(sandbox.spool).no_snapshot == "unchanged"
    assert sandbox.outcome() == "success"


# --- resticker, scripts


def resticker(sandbox: Sandbox, variable: str) -> subprocess.CompletedProcess[str]:
    """What Compose makes of the value, and resticker of that: a command a line, and an end at the first that fails."""
    commands = yaml.safe_load(sandbox.snippet("resticker"))["services"]["backup"]["environment"][variable]
    loop = 'set -e; printf "%s\\n" "$COMMANDS" | while IFS= read -r cmd; do eval "$cmd"; done'
    return sandbox.run("bash", "-c", loop, env={"COMMANDS": commands.replace("$$", "$")})


@pytest.mark.parametrize(
    ("variable", "outcome"),
    [
        ("POST_COMMANDS_SUCCESS", "success"),
        ("POST_COMMANDS_INCOMPLETE", "partial"),
        ("POST_COMMANDS_FAILURE", "failed"),
    ],
)
def test_the_commands_of_resticker_report_over_http(beside: Sandbox, agent: Agent, variable: str, outcome: str) -> None:
    before = agent.scrape()
    assert resticker(beside, "PRE_COMMANDS").stderr == ""
    assert agent.scrape()("job_running", job_name="nightly") == 1
    assert resticker(beside, variable).stderr == ""
    comes_to(agent, outcome, before)


def test_an_agent_that_is_away_stops_no_backup_of_resticker(sandbox: Sandbox) -> None:
    ran = resticker(sandbox, "PRE_COMMANDS")
    assert ran.returncode == 0
    assert "can't connect" in ran.stderr


@pytest.mark.parametrize("name", ["script with wget", "script with curl"])
@pytest.mark.parametrize(("how", "exit_code"), [("success", 0), ("partial", 3), ("failed", 12)])
def test_the_script_reports_over_http_and_ends_as_restic_did(
    beside: Sandbox, agent: Agent, name: str, how: str, exit_code: int
) -> None:
    beside.break_restic(how)
    before = agent.scrape()
    ran = beside.sh(beside.snippet(name))
    assert ran.returncode == exit_code
    scrape = comes_to(agent, how, before)
    assert scrape("job_last_exit_code", job_name="nightly") == exit_code
    assert scrape("job_running", job_name="nightly") == 0


@pytest.mark.parametrize("name", ["script with wget", "script with curl"])
def test_the_script_backs_up_though_the_agent_is_away(sandbox: Sandbox, name: str) -> None:
    sandbox.program("curl", f'exec {shutil.which("curl")} "$@" --retry 0')
    ran = sandbox.sh(sandbox.snippet(name))
    assert ran.returncode == 0
    assert "snapshot " in ran.stdout
