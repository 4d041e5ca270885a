"""No secret in a message, a traceback, a repr or in what `config show` prints, however broken the settings are."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from immich_backup_exporter.config import Configuration, show
from immich_backup_exporter.domain.errors import ConfigurationError
from support.rendered import rendered

Settle = Callable[..., Configuration]

SECRET = "hunter2hunter2"

BROKEN_FILES = [
    # the value of a secret key that is wrong
    "repositories: {nas: {repository: /r, password: [hunter2hunter2]}}",
    "repositories: {nas: {repository: /r, password: {hunter2hunter2: x}}}",
    "repositories: {nas: {repository: /r, password: {file: hunter2hunter2}}}",
    'repositories: {nas: {repository: /r, password: "hunter2hunter2\\n"}}',
    'repositories: {nas: {repository: /r, password: "hunter2hunter2\\0"}}',
    "repositories: {nas: {repository: /r, password_command: [hunter2hunter2]}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, password_file: /p}}",
    "repositories: {nas: {password: hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, environment: {A: [hunter2hunter2]}}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, environment: {A: {hunter2hunter2}}}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, environment: [A=hunter2hunter2]}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, environment: {A=hunter2hunter2: }}}",
    "repositories: {nas: {repository: /r, password: hunter2hunter2, environment: {RESTIC_HOST: hunter2hunter2}}}",
    "defaults: {password: hunter2hunter2, password_command: hunter2hunter2}",
    "push: {token: hunter2hunter2, token_file: hunter2hunter2}",
    # the password of a URL
    "repositories: {nas: {repository: 'https://user:hunter2hunter2@host/', password_file: /p}}",
    "repositories: {nas: {repository: 'rest:ftp://user:hunter2hunter2@host/', password_file: /p}}",
    "repositories: {nas: {repository: 'rest:https://user:hunter2hunter2@ho st:x/', password_file: /p}}",
    "repositories: {nas: {repository: 'foo:https://user:hunter2hunter2@host/', password_file: /p}}",
    "repositories: {nas: {repository: ['rest:https://user:hunter2hunter2@host/'], password_file: /p}}",
    "immich: {upload_location: 'sftp://user:hunter2hunter2@host/'}",
    "immich: {timezone: 'sftp://user:hunter2hunter2/x@host/'}",
    "state_dir: {'https://user:hunter2hunter2@host/': x}",
    # a secret that stands where YAML takes it for something else
    "repositories:\n  nas:\n    password:hunter2hunter2\n",
    "repositories: {nas: {password:hunter2hunter2}}",
    "repositories: {nas: {password hunter2hunter2}}",
    "repositories: {nas: {password=hunter2hunter2: x}}",
    "repositories: {password:hunter2hunter2}",
    "password:hunter2hunter2: x",
    "repositories: {nas: {repository: /r, password: *hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: !hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: !hunter2hunter2 x}}",
    "repositories: {nas: {repository: /r, password: &hunter2hunter2 x, host: &hunter2hunter2 y}}",
    "repositories: {nas: {repository: /r, password: @hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: %hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: `hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password: 'hunter2hunter2}}",
    'repositories: {nas: {repository: /r, password: "\\hunter2hunter2"}}',
    "repositories: {nas: {repository: /r, password: hunter2hunter2: x}}",
    "repositories:\n  nas:\n    password: hunter2hunter2\n   repository: /r\n",
    "%hunter2hunter2\na: 1",
    "hunter2hunter2",
    "- hunter2hunter2",
    # a mistyped key
    "repositories: {nas: {repository: /r, pasword: hunter2hunter2}}",
    "repositories: {nas: {repository: /r, password_fil: hunter2hunter2}}",
]

BROKEN_ENVIRONMENTS = [
    {"IMMICH_BACKUP_REPOSITORIES__NAS__PASWORD": SECRET},
    {"IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD": SECRET},
    {"IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD": f"{SECRET}\n"},
    {"IMMICH_BACKUP_REPOSITORIES__NAS": SECRET},
    {"IMMICH_BACKUP_REPOSITORIES": f'{{"nas": "{SECRET}'},
    {"IMMICH_BACKUP_REPOSITORIES": f'{{"nas": "{SECRET}"}}'},
    {"IMMICH_BACKUP_REPOSITORIES": f'{{"nas": {{"password": ["{SECRET}"]}}}}'},
    {"IMMICH_BACKUP_REPOSITORIES": f'{{"nas": {{"repository": "rest:x://u:{SECRET}@h"}}}}'},
    {"IMMICH_BACKUP_PUSH": SECRET},
    {"RESTIC_PASSWORD": SECRET},
    {"RESTIC_REPOSITORY": f"https://user:{SECRET}@host/", "RESTIC_PASSWORD": SECRET},
    {"RESTIC_REPOSITORY": "/r", "RESTIC_PASSWORD": SECRET, "RESTIC_PASSWORD_FILE": SECRET},
    {"RESTIC_REPOSITORY_FILE": "/nonexistent", "RESTIC_PASSWORD": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET},
]


def everything_said(settle: Settle, yaml: str | None, environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settle(yaml, environ)
    error = caught.value
    said = [*rendered(error.messages), repr(error.messages), str(error), repr(error)]
    return "\n".join([*said, *traceback.format_exception(error)])


@pytest.mark.parametrize("yaml", BROKEN_FILES)
def test_no_message_about_a_broken_file_holds_a_secret(settle: Settle, yaml: str) -> None:
    assert SECRET not in everything_said(settle, yaml, {})


@pytest.mark.parametrize("environ", BROKEN_ENVIRONMENTS)
def test_no_message_about_broken_variables_holds_a_secret(settle: Settle, environ: dict[str, str]) -> None:
    assert SECRET not in everything_said(settle, None, environ)


def test_the_debug_log_of_the_settings_library_stays_silent(
    settle: Settle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PYDANTIC_SETTINGS_DEBUG", "1")
    caplog.set_level("DEBUG", logger="pydantic_settings")
    yaml = f"repositories: {{nas: {{repository: /r, password: {SECRET}}}}}"
    settle(yaml, {"IMMICH_BACKUP_PUSH__TOKEN": SECRET, "PYDANTIC_SETTINGS_DEBUG": "1"})
    assert caplog.text == ""


def test_no_message_about_a_broken_repository_file_holds_what_is_in_it(settle: Settle, tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text(f"foo:https://user:{SECRET}@host/", encoding="utf-8")
    environ = {"RESTIC_REPOSITORY_FILE": str(path), "RESTIC_PASSWORD": "x"}
    assert SECRET not in everything_said(settle, None, environ)


def test_no_secret_is_in_what_is_printed_of_good_settings(settle: Settle) -> None:
    configuration = settle(
        """
defaults: {password_command: echo hunter2hunter2}
repositories:
  nas:
    repository: rest:https://user:hunter2hunter2@host/
    password: hunter2hunter2
    environment: {AWS_SECRET_ACCESS_KEY: hunter2hunter2}
  copy:
    repository: rest:https://user:hunter2hunter2@host/
    password_command: echo hunter2hunter2
push: {token: hunter2hunter2}
""",
        {"RESTIC_REPOSITORY": "rest:https://user:hunter2hunter2@host/"},
    )
    assert configuration.settings.repositories[0].access.password == SECRET
    printed = [
        show(configuration.model),
        repr(configuration),
        repr(configuration.model),
        str(configuration.model),
        repr(configuration.settings),
        *rendered(configuration.settings.warnings),
    ]
    assert SECRET not in "\n".join(printed)
