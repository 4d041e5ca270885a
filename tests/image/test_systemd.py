"""The systemd units under a real systemd, with all their locks: the agent, a backup that reports to it, the timer."""

import os
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from support.engine import Container, done, shared_folder
from support.repositories import PASSWORD, make_library, make_repository
from support.tools import PROJECT

AGENT = "immich-backup-exporter.service"
BACKUP = "immich-backup.service"
PAGE = (PROJECT / "docs" / "how-to" / "systemd.md").read_text()
(INSTALL,) = re.findall(r"(?m)^```sh\n(.*?)^```$", PAGE, re.DOTALL)
(SECRETS,) = re.findall(r"(?m)^```ini\n# \S+/secrets.conf\n(.*?)^```$", PAGE, re.DOTALL)
CHECKOUT = (
    "alert_rules",
    "contrib",
    "exporter",
    "grafana",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements.txt",
)
# The page's commands, but for those that ask systemd, which does not run yet.
DOCKERFILE = f"""
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends \\
    ca-certificates python3 python3-venv restic systemd systemd-sysv && rm -rf /var/lib/apt/lists/*
WORKDIR /checkout
COPY . .
RUN {" && ".join(line for line in INSTALL.splitlines() if not line.startswith("systemctl"))}
RUN cp contrib/systemd/immich-backup.* /etc/systemd/system/
STOPSIGNAL SIGRTMIN+3
CMD ["/lib/systemd/systemd"]
"""
CONFIG = """
immich: {upload_location: /srv/immich, dump: {enabled: false}}
repositories: {nas: {repository: /backups/immich, poll_interval: 5s}}
jobs: {nightly: {kind: backup, repository: nas, plan: immich, max_age: 26h}}
"""
BROKEN = """
[Service]
ExecStart=
ExecStart=/opt/immich-backup-exporter/bin/immich-backup-exporter run --job nightly -- /usr/bin/restic backup /nowhere
"""
AS_A_MACHINE = (
    ("--systemd=always",)
    if os.environ.get("ENGINE", "").endswith("podman")
    else ("--cgroupns=private", "--tmpfs=/run", "--tmpfs=/run/lock")
)


class Machine(Container):
    image = "docker.io/library/immich-backup-exporter-machine"

    def systemctl(self, *arguments: str) -> str:
        result = self.run("systemctl", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr + self.journal()
        return result.stdout.strip()

    def property(self, unit: str, name: str) -> str:
        return self.systemctl("show", unit, f"--property={name}", "--value")

    def journal(self) -> str:
        return self.run("journalctl", "--no-pager", "--lines=50").stdout

    def booted(self) -> None:
        deadline = time.monotonic() + 60
        while self.run("systemctl", "is-system-running").stdout.strip() not in {"running", "degraded"}:
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.2)
        # systemd does this itself, but in a container; without it no unit gets its credentials.
        assert self.run("mount", "--make-rshared", "/").returncode == 0


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A booted machine with the units, a library and an empty repository of root's; the agent runs."""
    with shared_folder() as folder:
        context = folder / "checkout"
        context.mkdir()
        subprocess.run(["cp", "-r", *(PROJECT / name for name in CHECKOUT), context], check=True)
        (context / "Dockerfile").write_text(DOCKERFILE)
        done("build", "--quiet", "--tag", Machine.image, context)
        make_library(folder / "immich")
        make_repository(folder / "backups")
        (folder / "etc").mkdir()
        (folder / "etc" / "config.yaml").write_text(CONFIG)
        (folder / "etc" / "restic_password").write_text(PASSWORD)
        (folder / "etc" / "restic_password").chmod(0o400)
        (folder / "etc" / "cloud.secret").write_text("hunter2")
        mounts = {"immich": "/srv/immich:ro", "backups": "/backups/immich", "etc": "/etc/immich-backup-exporter:ro"}
        volumes = [f"--volume={folder / name}:{inside}" for name, inside in mounts.items()]
        with Machine("--privileged", *AS_A_MACHINE, *volumes) as machine:
            machine.booted()
            machine.systemctl("start", AGENT)
            yield machine


def test_the_agent_runs_and_reaches_everything(machine: Machine) -> None:
    scrape = machine.wait(lambda scrape: scrape("repository_up", repository="nas"))
    assert scrape("upload_location_up", folder="library") == 1
    assert scrape("exporter_state_write_failures_total") == 0
    assert "process_start_time_seconds" in scrape.text
    assert machine.property(AGENT, "ActiveState") == "active"


def test_the_agent_has_a_user_of_its_own_and_one_capability(machine: Machine) -> None:
    status = machine.run("cat", f"/proc/{machine.property(AGENT, 'MainPID')}/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert int(fields["Uid"].split()[0]) >= 61184  # systemd's range for such users
    assert {fields[name] for name in ("CapEff", "CapPrm", "CapBnd")} == {"0000000000000004"}
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"


def test_a_backup_is_made_and_its_run_reported(machine: Machine) -> None:
    machine.systemctl("start", BACKUP)
    assert machine.property(BACKUP, "Result") == "success"
    scrape = machine.wait(lambda scrape: scrape("job_last_success_snapshot_missing", job_name="nightly") == 0)
    assert scrape("job_last_outcome", job_name="nightly", outcome="success") == 1
    assert scrape("snapshots", repository="nas") == 1
    assert scrape("last_success_timestamp_seconds", repository="nas") is not None


def test_a_backup_that_fails_fails_the_unit_and_is_reported(machine: Machine) -> None:
    folder = f"/run/systemd/system/{BACKUP}.d"
    machine.run("mkdir", "-p", folder)
    machine.run("sh", "-c", f"printf '%s' \"$0\" > {folder}/broken.conf", BROKEN)
    machine.systemctl("daemon-reload")
    assert machine.run("systemctl", "start", BACKUP).returncode == 1
    machine.wait(lambda scrape: scrape("job_last_outcome", job_name="nightly", outcome="failed"))


def test_reload_reads_the_configuration_again(machine: Machine) -> None:
    name = "exporter_config_last_reload_success_timestamp_seconds"
    before = machine.scrape()(name)
    machine.systemctl("reload", AGENT)
    machine.wait(lambda scrape: scrape(name) != before)


def test_a_further_secret_is_handed_to_the_agent_and_to_nobody_else(machine: Machine) -> None:
    folder = f"/etc/systemd/system/{AGENT}.d"
    machine.run("mkdir", "-p", folder)
    machine.run("sh", "-c", f"printf '%s' \"$0\" > {folder}/secrets.conf", SECRETS)
    machine.systemctl("daemon-reload")
    machine.systemctl("restart", AGENT)
    secret = f"/run/credentials/{AGENT}/cloud.secret"
    assert secret in PAGE
    pid = machine.property(AGENT, "MainPID")
    user = machine.run("stat", "-c", "%u", f"/proc/{pid}").stdout.strip()
    assert machine.run("setpriv", "--reuid", user, "--clear-groups", "cat", secret).stdout == "hunter2"
    assert machine.run("setpriv", "--reuid", "nobody", "--clear-groups", "cat", secret).stdout == ""


def test_the_timer_starts_the_backup_after_immichs_dump(machine: Machine) -> None:
    machine.systemctl("start", "immich-backup.timer")
    timer = machine.systemctl("list-timers", "--all", "--no-legend", "immich-backup.timer")
    assert " 03:0" in timer
    assert BACKUP in timer


def test_stopping_it_is_no_failure(machine: Machine) -> None:
    machine.systemctl("stop", AGENT)
    assert machine.property(AGENT, "Result") == "success"
    assert machine.property(AGENT, "ExecMainStatus") == "0"
