"""Where settings come from, and which source wins."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.config import Configuration
from immich_backup_exporter.domain.immich import FOLDERS
from immich_backup_exporter.domain.settings import RepositorySettings
from support.rendered import rendered

Settle = Callable[..., Configuration]
Refused = Callable[..., list[str]]

ONE = "repositories: {nas: {repository: /r, password_file: /p}}\n"


def only(configuration: Configuration) -> RepositorySettings:
    (repository,) = configuration.settings.repositories
    return repository


# --- IMMICH_BACKUP_*


def test_the_environment_alone_is_enough(settle: Settle) -> None:
    settings = settle(
        None,
        {
            "IMMICH_BACKUP_REPOSITORIES__NAS__REPOSITORY": "s3:https://s3.example/bucket",
            "IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE": "/run/secrets/nas",
            "IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__AWS_ACCESS_KEY_ID": "key",
            "IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__AWS_SECRET_ACCESS_KEY__FILE": "/run/secrets/aws",
            "IMMICH_BACKUP_REPOSITORIES__NAS__OFFSITE": "yes",
            "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__TAGS": "immich, nightly",
            "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__PATHS": '["/data, with comma"]',
            "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__MIN_SIZE_RATIO": "0.9",
            "IMMICH_BACKUP_IMMICH__UPLOAD_LOCATION": "/srv/immich/",
            "IMMICH_BACKUP_IMMICH__DUMP__MAX_AGE": "30h",
            "IMMICH_BACKUP_STATE_DIR": "/state",
        },
    ).settings
    (repository,) = settings.repositories
    (plan,) = repository.plans
    assert repository.access.name == "nas"
    assert repository.access.url == "s3:https://s3.example/bucket"
    assert repository.access.password_file == "/run/secrets/nas"
    assert repository.access.environment == {"AWS_ACCESS_KEY_ID": "key"}
    assert repository.access.environment_files == {"AWS_SECRET_ACCESS_KEY": "/run/secrets/aws"}
    assert repository.offsite is True
    assert plan.tags == ("immich", "nightly")
    assert plan.paths == ("/data, with comma",)
    assert plan.min_size_ratio == 0.9
    assert settings.upload_location == "/srv/immich"
    assert settings.dump is not None
    assert settings.dump.folder == "/srv/immich/backups"
    assert settings.dump.max_age == timedelta(hours=30)
    assert (settings.state_dir, settings.cache_dir) == ("/state", "/state/cache")
    assert settings.warnings == ()


def test_the_environment_wins_over_the_file_key_by_key(settle: Settle) -> None:
    repository = only(
        settle(
            "repositories: {nas: {repository: /r, password_file: /p, poll_interval: 7m, offsite: true}}",
            {"IMMICH_BACKUP_REPOSITORIES__NAS__POLL_INTERVAL": "9m"},
        )
    )
    assert repository.poll_interval == timedelta(minutes=9)
    assert repository.offsite is True
    assert repository.access.url == "/r"


def test_the_environment_adds_repositories_to_those_of_the_file(settle: Settle) -> None:
    settings = settle(
        ONE,
        {
            "IMMICH_BACKUP_REPOSITORIES__OFFSITE_COPY__REPOSITORY": "/elsewhere",
            "IMMICH_BACKUP_REPOSITORIES__OFFSITE_COPY__PASSWORD": "x",
        },
    ).settings
    assert [repository.name for repository in settings.repositories] == ["nas", "offsite_copy"]


@pytest.mark.parametrize(
    ("variable", "value", "password", "password_file", "password_command"),
    [
        ("PASSWORD", "s", "s", None, None),
        ("PASSWORD_FILE", "/other", None, "/other", None),
        ("PASSWORD_COMMAND", "pass nas", None, None, "pass nas"),
    ],
)
def test_a_password_of_the_environment_replaces_the_other_kind_in_the_file(
    settle: Settle,
    variable: str,
    value: str,
    password: str | None,
    password_file: str | None,
    password_command: str | None,
) -> None:
    access = only(settle(ONE, {f"IMMICH_BACKUP_REPOSITORIES__NAS__{variable}": value})).access
    assert (access.password, access.password_file, access.password_command) == (
        password,
        password_file,
        password_command,
    )


def test_a_whole_section_may_be_json(settle: Settle) -> None:
    repository = only(
        settle(
            None,
            {
                "IMMICH_BACKUP_REPOSITORIES": '{"nas": {"repository": "/r", "password_file": "/p"}}',
                "IMMICH_BACKUP_REPOSITORIES__NAS__OFFSITE": "true",
            },
        )
    )
    assert repository.access.url == "/r"
    assert repository.offsite is True


def test_a_single_key_wins_over_the_json_of_its_section(settle: Settle) -> None:
    repository = only(
        settle(
            None,
            {
                "IMMICH_BACKUP_REPOSITORIES__NAS": (
                    '{"repository": "/r", "password_file": "/p", "plans": {"files": {"max_age": "1d", "host": "a"}}}'
                ),
                "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__FILES__MAX_AGE": "2d",
            },
        )
    )
    (plan,) = repository.plans
    assert (plan.host, plan.max_age) == ("a", timedelta(days=2))


def test_names_are_in_small_letters_but_those_of_the_backends_variables_stay(settle: Settle) -> None:
    variables = "IMMICH_BACKUP_REPOSITORIES__OFFSITE_COPY"
    settings = settle(
        None,
        {
            f"{variables}__REPOSITORY": "/r",
            f"{variables}__PASSWORD": "x",
            f"{variables}__ENVIRONMENT__AWS_PROFILE": "p",
            f"{variables}__ENVIRONMENT__http_proxy": "q",
            f"{variables}__PLANS__FILES__HOST": "Photos",
        },
    ).settings
    (repository,) = settings.repositories
    assert repository.name == "offsite_copy"
    assert repository.access.environment == {"AWS_PROFILE": "p", "http_proxy": "q"}
    assert [(plan.name, plan.host) for plan in repository.plans] == [("files", "Photos")]


@pytest.mark.parametrize(
    "value", ['{"access_token": "x"}', "[1]", "5", "true", "null", '"x"', "{", "[a]", '{"a":' * 100_000]
)
def test_what_the_backend_needs_is_passed_on_even_if_it_looks_like_json(settle: Settle, value: str) -> None:
    environ = {"IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__RCLONE_CONFIG_DRIVE_TOKEN": value}
    assert only(settle(ONE, environ)).access.environment == {"RCLONE_CONFIG_DRIVE_TOKEN": value}


@pytest.mark.parametrize(
    ("variable", "value"),
    [("A__FILE", "/run/secrets/a"), ("A", '{"file": "/run/secrets/a"}')],
)
def test_what_the_backend_needs_may_be_in_a_file(settle: Settle, variable: str, value: str) -> None:
    environ = {f"IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__{variable}": value}
    assert only(settle(ONE, environ)).access.environment_files == {"A": "/run/secrets/a"}


def test_a_file_for_the_backend_wins_over_a_value_beside_it(settle: Settle) -> None:
    variable = "IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__A"
    access = only(settle(ONE, {variable: "a", f"{variable}__FILE": "/a"})).access
    assert (access.environment, access.environment_files) == ({}, {"A": "/a"})


def test_the_backends_variables_may_be_one_json_and_single_ones_beside_it(settle: Settle) -> None:
    environ = {
        "IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT": '{"A": "a", "B": {"file": "/b"}}',
        "IMMICH_BACKUP_REPOSITORIES__NAS__ENVIRONMENT__C": "c",
    }
    access = only(settle(ONE, environ)).access
    assert (access.environment, access.environment_files) == ({"A": "a", "C": "c"}, {"B": "/b"})


@pytest.mark.parametrize(
    "value", ["upload, library", "upload,library,", '["upload", "library"]', ' ["upload","library"]']
)
def test_a_list_is_parted_by_commas_or_json(settle: Settle, value: str) -> None:
    name = "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__REQUIRED_FOLDERS"
    model = settle(ONE, {name: value}).model
    assert model.repositories["nas"].plans["immich"].required_folders == ("upload", "library")


def test_a_list_of_the_environment_replaces_that_of_the_file(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p, plans: {immich: {tags: [a, b]}}}}"
    (plan,) = only(settle(yaml, {"IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__TAGS": "c"})).plans
    assert plan.tags == ("c",)


def test_external_libraries_are_a_word_or_json(settle: Settle) -> None:
    name = "IMMICH_BACKUP_IMMICH__EXTERNAL"
    (library,) = settle(ONE, {name: '[{"container": "/p", "backed_up_as": "/q"}]'}).model.immich.external
    assert (library.container, library.backed_up_as) == ("/p", "/q")
    assert settle(ONE + "immich: {external: []}", {name: "ignore"}).model.immich.external == "ignore"


def test_a_password_stays_as_it_is_written(settle: Settle) -> None:
    name = "IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD"
    assert only(settle(ONE, {name: '["1, 2"]'})).access.password == '["1, 2"]'
    assert only(settle(ONE, {name: " 0x10 "})).access.password == " 0x10 "


def test_a_repository_of_the_environment_replaces_the_repository_file_of_the_file(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository_file: /nonexistent/url, password_file: /p}}"
    environ = {"IMMICH_BACKUP_REPOSITORIES__NAS__REPOSITORY": "/r"}
    assert only(settle(yaml, environ)).access.url == "/r"


def test_things_that_are_named_like_keys_do_not_exclude_each_other(settle: Settle) -> None:
    yaml = "repositories: {token: {repository: /a, password_file: /p}}"
    environ = {
        "IMMICH_BACKUP_REPOSITORIES__TOKEN_FILE__REPOSITORY": "/b",
        "IMMICH_BACKUP_REPOSITORIES__TOKEN_FILE__PASSWORD_FILE": "/p",
    }
    settings = settle(yaml, environ).settings
    assert [repository.name for repository in settings.repositories] == ["token", "token_file"]


def test_nothing_comes_from_the_process_but_what_is_handed_in(
    settle: Settle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = settle(ONE).model
    elsewhere = '{"leak": {"repository": "/leak", "password": "x"}}'
    monkeypatch.setenv("IMMICH_BACKUP_REPOSITORIES", elsewhere)
    monkeypatch.setenv("IMMICH_BACKUP_STATE_DIR", "/leak")
    monkeypatch.setenv("IMMICH_BACKUP_UNKNOWN", "x")
    monkeypatch.setenv("STATE_DIR", "/leak")
    monkeypatch.setenv("UPLOAD_LOCATION", "/leak")
    monkeypatch.setattr("sys.argv", ["x", "--state_dir", "/leak", "--offsite_required", "true"])
    (tmp_path / ".env").write_text("IMMICH_BACKUP_STATE_DIR=/leak\nSTATE_DIR=/leak\n", encoding="utf-8")
    without_prefix = {
        "REPOSITORIES": elsewhere,
        "STATE_DIR": "/leak",
        "RESTIC": "/leak",
        "immich_backup_state_dir": "/leak",
        "SOURCES": "x",
    }
    assert settle(ONE, without_prefix).model == expected


@pytest.mark.parametrize("value", ["", " ", "\t\n"])
def test_an_empty_variable_of_a_section_counts_as_not_set(settle: Settle, value: str) -> None:
    assert (
        settle(ONE, {"IMMICH_BACKUP_IMMICH": value, "IMMICH_BACKUP_IMMICH__DUMP__ALSO": value}).settings.warnings == ()
    )


def test_an_empty_variable_counts_as_not_set(settle: Settle) -> None:
    assert only(settle(ONE, {"IMMICH_BACKUP_REPOSITORIES__NAS__POLL_INTERVAL": ""})).poll_interval == timedelta(
        minutes=5
    )


def test_variables_that_kubernetes_injects_for_this_exporter_are_ignored(settle: Settle) -> None:
    settings = settle(
        ONE,
        {
            "IMMICH_BACKUP_EXPORTER_SERVICE_HOST": "10.0.0.1",
            "IMMICH_BACKUP_EXPORTER_PORT_10321_TCP_ADDR": "10.0.0.1",
            "IMMICH_BACKUP_EXPORTER_REVISION": "abc",
        },
    ).settings
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("IMMICH_BACKUP_STATEDIR", "is not a setting; did you mean IMMICH_BACKUP_STATE_DIR?"),
        (
            "IMMICH_BACKUP_IMMICH_UPLOAD_LOCATION",
            "is not a setting; did you mean IMMICH_BACKUP_IMMICH__UPLOAD_LOCATION?",
        ),
        (
            "IMMICH_BACKUP_REPOSITORY__NAS__PASSWORD_FIEL",
            "is not a setting; did you mean IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE?",
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__MAXAGE",
            "is not a setting; did you mean IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__MAX_AGE?",
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES_NAS_PASSWORD_FILE",
            ("is not a setting; two underscores separate levels, as in IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE"),
        ),
        (
            "IMMICH_BACKUP_STATE_DIR__X",
            "is not a setting; did you mean IMMICH_BACKUP_STATE_DIR?",
        ),
        (
            "IMMICH_BACKUP_SERVICE_HOST",
            (
                "is not a setting; if Kubernetes injected it for a service, "
                "set `enableServiceLinks: false` in the pod, else remove it"
            ),
        ),
        (
            "IMMICH_BACKUP_REST_PORT_8000_TCP_ADDR",
            (
                "is not a setting; if Kubernetes injected it for a service, "
                "set `enableServiceLinks: false` in the pod, else remove it"
            ),
        ),
        (
            "IMMICH_BACKUP_",
            ("is not a setting; two underscores separate levels, as in IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE"),
        ),
    ],
)
def test_an_unknown_variable_stops_the_start_and_the_right_name_is_suggested(
    refused: Refused, name: str, sentence: str
) -> None:
    assert refused(ONE, {name: "x"}) == [f"{name}: {sentence}"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS",
            "/r",
            (
                "IMMICH_BACKUP_REPOSITORIES__NAS: is a section; "
                "set its keys as IMMICH_BACKUP_REPOSITORIES__NAS__KEY, or give JSON"
            ),
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS",
            "{nas: /r}",
            "IMMICH_BACKUP_REPOSITORIES__NAS: is not valid JSON; correct it or set the single keys",
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES",
            "nas",
            "IMMICH_BACKUP_REPOSITORIES: is a section; set its keys as IMMICH_BACKUP_REPOSITORIES__KEY, or give JSON",
        ),
        (
            "IMMICH_BACKUP_IMMICH__EXTERNAL",
            "[{",
            'IMMICH_BACKUP_IMMICH__EXTERNAL: "[{" is neither ignore nor a list; write one of them',
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS__CHECK",
            "monthly",
            (
                "IMMICH_BACKUP_REPOSITORIES__NAS__CHECK: is a section; "
                "set its keys as IMMICH_BACKUP_REPOSITORIES__NAS__CHECK__KEY, or give JSON"
            ),
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS",
            '{"a":' * 100_000,
            "IMMICH_BACKUP_REPOSITORIES__NAS: is not valid JSON; correct it or set the single keys",
        ),
        (
            "IMMICH_BACKUP_IMMICH__DUMP__ALSO",
            '["*.sql"',
            "IMMICH_BACKUP_IMMICH__DUMP__ALSO: is not valid JSON; correct it or set the single keys",
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__HOLDS",
            "originals,files",
            (
                "IMMICH_BACKUP_REPOSITORIES__NAS__PLANS__IMMICH__HOLDS, repositories.nas.plans.immich.holds[1]: "
                '"files" is not one of originals, database; write one of them'
            ),
        ),
        (
            "IMMICH_BACKUP_REPOSITORIES__NAS__POLL_INTERVAL",
            "300",
            "IMMICH_BACKUP_REPOSITORIES__NAS__POLL_INTERVAL: 300 has no unit; write a duration such as 90s, 26h or 8d",
        ),
    ],
)
def test_a_wrong_value_of_a_variable_is_named_by_the_variable(
    refused: Refused, name: str, value: str, message: str
) -> None:
    assert refused(ONE, {name: value}) == [message]


# --- restic's own variables


def test_restics_own_variables_make_one_repository_with_one_plan(settle: Settle) -> None:
    settings = settle(
        None,
        {
            "RESTIC_REPOSITORY": "rest:https://backup.example/immich",
            "RESTIC_PASSWORD_FILE": "/run/secrets/restic",
            "RESTIC_REST_USERNAME": "immich",
            "RESTIC_REST_PASSWORD": "secret",
            "RESTIC_CACERT": "/ca.pem",
            "RESTIC_HOST": "elsewhere",
            "RESTIC_CACHE_DIR": "/their-cache",
            "AWS_ACCESS_KEY_ID": "a",
            "B2_ACCOUNT_ID": "b",
            "AZURE_ACCOUNT_NAME": "c",
            "GOOGLE_PROJECT_ID": "d",
            "OS_AUTH_URL": "e",
            "ST_AUTH": "f",
            "RCLONE_CONFIG": "g",
            "HOME": "/root",
            "UPLOAD_LOCATION": "/srv/immich",
        },
    ).settings
    (repository,) = settings.repositories
    assert repository.name == "default"
    assert repository.access.url == "rest:https://backup.example/immich"
    assert repository.access.password_file == "/run/secrets/restic"
    assert repository.access.environment == {
        "AWS_ACCESS_KEY_ID": "a",
        "AZURE_ACCOUNT_NAME": "c",
        "B2_ACCOUNT_ID": "b",
        "GOOGLE_PROJECT_ID": "d",
        "OS_AUTH_URL": "e",
        "RCLONE_CONFIG": "g",
        "RESTIC_CACERT": "/ca.pem",
        "RESTIC_REST_PASSWORD": "secret",
        "RESTIC_REST_USERNAME": "immich",
        "ST_AUTH": "f",
    }
    assert [plan.name for plan in repository.plans] == ["immich"]
    assert settings.upload_location == "/srv/immich"
    assert settings.cache_dir == "/var/lib/immich-backup-exporter/cache"
    assert rendered(settings.warnings) == (
        "`immich.upload_location` is not set and was taken from the variable UPLOAD_LOCATION.",
    )


def test_restics_repository_file_and_password_command_work_too(settle: Settle, tmp_path: Path) -> None:
    path = tmp_path / "repository"
    path.write_text("/backups/immich\n", encoding="utf-8")
    access = only(settle(None, {"RESTIC_REPOSITORY_FILE": str(path), "RESTIC_PASSWORD_COMMAND": "pass restic"})).access
    assert (access.url, access.password_command) == ("/backups/immich", "pass restic")


@pytest.mark.parametrize(
    ("environ", "messages"),
    [
        (
            {"RESTIC_REPOSITORY": "/r"},
            [
                (
                    "RESTIC_REPOSITORY: has no password; "
                    "set RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND or RESTIC_PASSWORD"
                )
            ],
        ),
        (
            {"RESTIC_REPOSITORY": "/r", "RESTIC_REPOSITORY_FILE": "/f", "RESTIC_PASSWORD": "x"},
            ["RESTIC_REPOSITORY: `repository` and `repository_file` exclude each other; keep one of them"],
        ),
        (
            {"RESTIC_REPOSITORY": "/r", "RESTIC_PASSWORD": "x", "UPLOAD_LOCATION": "./library"},
            ['UPLOAD_LOCATION: "./library" is not an absolute path; begin it with /'],
        ),
    ],
)
def test_a_wrong_variable_of_restic_is_named(refused: Refused, environ: dict[str, str], messages: list[str]) -> None:
    assert refused(None, environ) == messages


@pytest.mark.parametrize("environ", [{}, {"UPLOAD_LOCATION": "/srv/immich"}, {"IMMICH_BACKUP_STATE_DIR": "/state"}])
def test_nothing_at_all_is_refused_with_the_three_ways_to_configure(refused: Refused, environ: dict[str, str]) -> None:
    assert refused(None, environ) == [
        (
            "the configuration: no repository is declared; give a YAML file with --config.file; "
            "or set IMMICH_BACKUP_REPOSITORIES__NAME__REPOSITORY and IMMICH_BACKUP_REPOSITORIES__NAME__PASSWORD_FILE; "
            "or set restic's own RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE"
        )
    ]


@pytest.mark.parametrize(
    ("yaml", "environ"),
    [
        (ONE, {}),
        (
            None,
            {
                "IMMICH_BACKUP_REPOSITORIES__NAS__REPOSITORY": "/r",
                "IMMICH_BACKUP_REPOSITORIES__NAS__PASSWORD_FILE": "/p",
            },
        ),
    ],
)
def test_restics_variables_are_not_used_for_a_declared_repository_and_that_is_said(
    settle: Settle, yaml: str | None, environ: dict[str, str]
) -> None:
    theirs = {"RESTIC_REPOSITORY": "/theirs", "RESTIC_PASSWORD": "theirs", "AWS_ACCESS_KEY_ID": "theirs"}
    settings = settle(yaml, environ | theirs).settings
    (repository,) = settings.repositories
    assert repository.access.url == "/r"
    assert repository.access.password is None
    assert repository.access.environment == {}
    assert rendered(settings.warnings) == (
        "RESTIC_REPOSITORY is ignored, because there is a configuration file or IMMICH_BACKUP_REPOSITORIES.",
    )


def test_defaults_of_the_environment_serve_restics_repository(settle: Settle) -> None:
    environ = {"RESTIC_REPOSITORY": "/r", "IMMICH_BACKUP_DEFAULTS__PASSWORD_FILE": "/p"}
    assert only(settle(None, environ)).access.password_file == "/p"


def test_upload_location_is_taken_beside_a_file_that_does_not_set_it(settle: Settle) -> None:
    settings = settle(ONE, {"UPLOAD_LOCATION": "/srv/immich"}).settings
    assert settings.upload_location == "/srv/immich"
    assert rendered(settings.warnings) == (
        "`immich.upload_location` is not set and was taken from the variable UPLOAD_LOCATION.",
    )


def test_upload_location_is_taken_beside_a_section_without_keys(settle: Settle) -> None:
    settings = settle(ONE + "immich:\n  # upload_location: /mine\n", {"UPLOAD_LOCATION": "/srv/immich"}).settings
    assert settings.upload_location == "/srv/immich"


def test_a_declared_upload_location_wins_over_immichs_variable(settle: Settle) -> None:
    settings = settle(ONE + "immich: {upload_location: /mine}", {"UPLOAD_LOCATION": "/theirs"}).settings
    assert settings.upload_location == "/mine"
    assert settings.warnings == ()


# --- folders of the service manager


def test_systemds_folders_are_the_defaults(settle: Settle) -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "CACHE_DIRECTORY": "/var/cache/a"}
    settings = settle(ONE, environ).settings
    assert (settings.state_dir, settings.cache_dir) == ("/var/lib/a", "/var/cache/a")


def test_declared_folders_win_over_systemds(settle: Settle) -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/a", "CACHE_DIRECTORY": "/var/cache/a"}
    settings = settle(ONE + "state_dir: /s\ncache_dir: /c\n", environ).settings
    assert (settings.state_dir, settings.cache_dir) == ("/s", "/c")


# --- YAML


def test_merge_keys_and_anchors_work(settle: Settle) -> None:
    settings = settle(
        """
repositories:
  nas: &nas {repository: /r, password_file: /p, poll_interval: 7m}
  copy: {<<: *nas, repository: /elsewhere}
"""
    ).settings
    assert [(r.access.url, r.access.password_file, r.poll_interval) for r in settings.repositories] == [
        ("/r", "/p", timedelta(minutes=7)),
        ("/elsewhere", "/p", timedelta(minutes=7)),
    ]


def test_words_that_old_yaml_takes_for_truth_values_stay_text(settle: Settle) -> None:
    (plan,) = only(
        settle("repositories: {nas: {repository: /r, password_file: /p, offsite: on, plans: {immich: {host: no}}}}")
    ).plans
    assert plan.host == "no"


def test_a_snapshot_id_of_digits_that_begins_with_0_stays_as_it_was_typed(settle: Settle) -> None:
    (plan,) = only(
        settle(
            "repositories: {nas: {repository: /r, password_file: /p, plans: {immich: {ignore_snapshots: [01234567]}}}}"
        )
    ).plans
    assert plan.ignore_snapshots == ("01234567",)


def test_sections_without_keys_are_fine(settle: Settle) -> None:
    yaml = """
repositories:
  nas:
    repository: /r
    password_file: /p
    environment:
    plans:
      files:
jobs:
"""
    assert [plan.name for plan in only(settle(yaml)).plans] == ["files"]


def test_every_folder_of_immich_can_be_required(settle: Settle) -> None:
    yaml = (
        "repositories: {nas: {repository: /r, password_file: /p, "
        "plans: {immich: {required_folders: [library, upload, profile, backups, thumbs, encoded-video]}}}}"
    )
    model = settle(yaml).model
    assert model.repositories["nas"].plans["immich"].required_folders == FOLDERS
