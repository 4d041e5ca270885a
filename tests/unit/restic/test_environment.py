import os
from pathlib import Path

import pytest

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.restic import environment
from support.words import english

AGENT = {
    "PATH": "/usr/bin",
    "HOME": "/home/agent",
    "LANG": "C.UTF-8",
    "https_proxy": "http://proxy:3128",
    "SSH_AUTH_SOCK": "/run/ssh",
    "RESTIC_HOST": "other",
    "RESTIC_REPOSITORY": "/somewhere",
    "RESTIC_REPOSITORY_FILE": "/s3cret-url",
    "RESTIC_PASSWORD": "s3cret",
    "RESTIC_PASSWORD_FILE": "/s3cret",
    "RESTIC_PASSWORD_COMMAND": "echo s3cret",
    "RESTIC_PROGRESS_FPS": "1",
    "RESTIC_CACHE_DIR": "/somewhere",
    "RESTIC_REST_PASSWORD": "s3cret",
    "AWS_SECRET_ACCESS_KEY": "s3cret",
    "IMMICH_BACKUP_PUSH__TOKEN": "s3cret",
    "GOMAXPROCS": "1",
}


def access(**changes: object) -> RepositoryAccess:
    return RepositoryAccess(**{"name": "nas", "url": "/backups", "password": "own"} | changes)  # type: ignore[arg-type]  # values of a test


def test_a_process_gets_what_it_needs_and_nothing_by_chance(tmp_path: Path) -> None:
    built = environment.build(access(environment={"B2_ACCOUNT_ID": "me"}), AGENT, str(tmp_path))
    assert built.variables == {
        "PATH": "/usr/bin",
        "HOME": "/home/agent",
        "LANG": "C.UTF-8",
        "https_proxy": "http://proxy:3128",
        "SSH_AUTH_SOCK": "/run/ssh",
        "B2_ACCOUNT_ID": "me",
        "RESTIC_REPOSITORY": "/backups",
        "RESTIC_PASSWORD": "own",
        "RESTIC_CACHE_DIR": str(tmp_path),
    }
    assert built.flags == ()


def test_its_own_variables_come_before_inherited_ones_but_not_before_the_agents_decisions(tmp_path: Path) -> None:
    own = {
        "HOME": "/home/other",
        "RESTIC_HOST": "other",
        "RESTIC_REPOSITORY": "/elsewhere",
        "RESTIC_PASSWORD": "other",
        "RESTIC_CACHE_DIR": "/elsewhere",
        "RESTIC_KEY_HINT": "abcd",
    }
    variables = environment.build(access(environment=own), AGENT, str(tmp_path)).variables
    assert variables["HOME"] == "/home/other"
    assert variables["RESTIC_KEY_HINT"] == "abcd"
    assert variables["RESTIC_REPOSITORY"] == "/backups"
    assert variables["RESTIC_PASSWORD"] == "own"
    assert variables["RESTIC_CACHE_DIR"] == str(tmp_path)
    assert "RESTIC_HOST" not in variables


def test_only_one_way_to_give_the_password_is_used(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    with_file = environment.build(access(password=None, password_file=str(file)), AGENT, str(tmp_path)).variables
    assert with_file["RESTIC_PASSWORD_FILE"] == str(file)
    assert "RESTIC_PASSWORD" not in with_file
    with_command = environment.build(access(password=None, password_command="pass nas"), AGENT, str(tmp_path)).variables
    assert with_command["RESTIC_PASSWORD_COMMAND"] == "pass nas"
    assert "RESTIC_PASSWORD_FILE" not in with_command


def test_a_home_is_there_even_where_the_agent_has_none(tmp_path: Path) -> None:
    assert environment.build(access(), {}, str(tmp_path)).variables["HOME"] == str(tmp_path)


def test_what_0_14_reads_only_as_flags_or_from_the_address_is_given_so(tmp_path: Path) -> None:
    own = {
        "RESTIC_CACERT": "/ca.pem",
        "RESTIC_TLS_CLIENT_CERT": "/me.pem",
        "RESTIC_REST_USERNAME": "me",
        "RESTIC_REST_PASSWORD": "s3/cret",
    }
    built = environment.build(access(url="rest:https://nas/", environment=own), AGENT, str(tmp_path))
    assert built.flags == ("--cacert=/ca.pem", "--tls-client-cert=/me.pem")
    assert built.variables["RESTIC_REPOSITORY"] == "rest:https://me:s3%2Fcret@nas/"
    assert "s3" not in repr(built)


def test_a_value_from_a_file_is_read_each_time_and_loses_only_its_last_newline(tmp_path: Path) -> None:
    file = tmp_path / "key"
    settings = access(environment_files={"B2_ACCOUNT_KEY": str(file)})
    file.write_text("first \n\n")
    assert environment.build(settings, AGENT, str(tmp_path)).variables["B2_ACCOUNT_KEY"] == "first \n"
    file.write_bytes(b"second\xff\r\n")
    assert environment.build(settings, AGENT, str(tmp_path)).variables["B2_ACCOUNT_KEY"] == "second\udcff"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"environment_files": {"B2_ACCOUNT_KEY": "/no/s3cret"}}, "B2_ACCOUNT_KEY"),
        ({"environment_files": {"B2_ACCOUNT_KEY": "/"}}, "B2_ACCOUNT_KEY"),
        ({"password": None, "password_file": "/no/s3cret"}, "password_file"),
    ],
)
def test_a_secret_that_cannot_be_read_is_named_by_its_setting(
    changes: dict[str, object], named: str, tmp_path: Path
) -> None:
    with pytest.raises(RepositoryError) as raised:
        environment.build(access(**changes), AGENT, str(tmp_path))
    assert raised.value.reason is FailureReason.PERMISSION
    assert named in english(raised.value.message)
    assert "s3cret" not in repr(raised.value) + english(raised.value)


def test_a_nul_in_a_secret_is_an_error_without_the_secret(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError) as raised:
        environment.build(access(password="s3\0cret"), AGENT, str(tmp_path))
    assert raised.value.reason is FailureReason.PROTOCOL
    assert "cret" not in repr(raised.value) + english(raised.value)


def test_the_cache_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    environment.build(access(), AGENT, str(tmp_path / "state" / "cache"))
    assert os.stat(tmp_path / "state" / "cache").st_mode & 0o777 == 0o700


def test_without_a_usable_cache_folder_restic_goes_on_without_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    built = environment.build(access(), AGENT, str(tmp_path / "file"))
    assert built.flags == ("--no-cache",)
    assert "RESTIC_CACHE_DIR" not in built.variables
