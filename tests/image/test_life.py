"""Start, health, signals, what is left behind, disks that come later."""

import subprocess
import time
from pathlib import Path

from support.engine import HARDENED, STATE, Container, Household, done, engine, inspect
from support.waiting import eventually

OWNER = ("--user", "1234:1234")
# The command leaves a child of its own behind, whose parent is then the container's first process.
LEAVES_A_CHILD = "sh -c '(sleep 1 &) ; cat /password'"


def by_command(household: Household, command: str) -> list[str]:
    """The household's options, with the password from a command."""
    options = [option for option in household.options() if "PASSWORD_FILE" not in option]
    return [*options, f"--env=IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_COMMAND={command}"]


def stop(container: Container) -> None:
    """SIGTERM; after a minute the engine kills it, and its exit code is not 0."""
    done("stop", "--time", "60", container.name)


def test_the_health_check_of_the_image_asks_the_agent(household: Household) -> None:
    with Container(*HARDENED, *OWNER, *household.options()) as container:
        container.wait(lambda scrape: scrape("exporter_time_seconds"))
        check = inspect(container.name)["Config"]["Healthcheck"]
        assert check["Test"] == ["CMD", "immich-backup-exporter", "healthcheck"]
        assert container.run(*check["Test"][1:]).returncode == 0
    with Container(*HARDENED, "--entrypoint", "sleep", command=("60",)) as container:
        assert container.run(*check["Test"][1:]).returncode == 1


def test_sigterm_ends_it_with_0(household: Household) -> None:
    with Container(*HARDENED, *OWNER, *household.options()) as container:
        container.wait(lambda scrape: scrape("repository_up", repository="nas"))
        stop(container)
        assert inspect(container.name)["State"]["ExitCode"] == 0


def test_sigterm_ends_it_with_0_while_a_program_hangs_that_it_started(household: Household) -> None:
    with Container(*HARDENED, *OWNER, *by_command(household, "sleep 600")) as container:
        container.wait(lambda scrape: scrape("exporter_time_seconds"))
        assert "sleep 600" in container.run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
        stop(container)
        assert inspect(container.name)["State"]["ExitCode"] == 0


def zombies(container: Container) -> list[str]:
    states = container.run("sh", "-c", "cat /proc/[0-9]*/status").stdout
    return [line for line in states.splitlines() if line.startswith("State:\tZ")]


def test_what_programs_leave_behind_is_reaped(household: Household) -> None:
    with Container(*HARDENED, *OWNER, *by_command(household, LEAVES_A_CHILD)) as container:
        container.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
        time.sleep(2)
        assert zombies(container) == []


def test_without_tini_it_would_stay(household: Household) -> None:
    """The test above can fail."""
    alone = ("--entrypoint", "immich-backup-exporter")
    options = [*HARDENED, *OWNER, *by_command(household, LEAVES_A_CHILD), *alone]
    with Container(*options, command=("serve",)) as container:
        container.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
        eventually(lambda: zombies(container))


def test_a_new_container_remembers_by_the_volume(household: Household) -> None:
    volume = done("volume", "create").strip()
    options = (*HARDENED, *OWNER, *household.options(f"{volume}:{STATE}"))
    try:
        with Container(*options) as container:
            first = container.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
        with Container(*options) as container:
            second = container.wait(lambda scrape: scrape("last_success_timestamp_seconds", repository="nas"))
    finally:
        engine("volume", "rm", volume)
    born = "exporter_state_created_timestamp_seconds"
    assert first(born) == second(born) is not None


def test_a_disk_that_is_mounted_later_shows_up_inside(household: Household, folder: Path) -> None:
    disk = folder / "disk"
    disk.mkdir()
    moved = [option.replace(f"{household.upload_location}:", f"{disk}:", 1) for option in household.options()]
    with Container(*HARDENED, *OWNER, *moved) as container:
        assert container.run("ls", str(household.upload_location)).stdout == ""
        subprocess.run(["mount", "--bind", household.upload_location, disk], check=True)
        try:
            assert container.run("ls", f"{household.upload_location}/library").stdout == "admin\n"
        finally:
            subprocess.run(["umount", disk], check=True)


def test_the_demo_runs_in_it() -> None:
    command = ("demo", "--web.listen-address", ":10321", "--days", "5")
    with Container(*HARDENED, command=command) as container:
        container.wait(lambda scrape: scrape("dumps"))
