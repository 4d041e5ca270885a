"""`config show`, `config schema` and the reference page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from jsonschema import Draft202012Validator

from immich_backup_exporter.config import Configuration, rows, schema, show
from immich_backup_exporter.config.yaml_file import read_file

Settle = Callable[..., Configuration]


def test_show_prints_the_effective_settings(settle: Settle) -> None:
    written = """
immich: {upload_location: /srv/immich}
repositories:
  nas:
    repository: rest:https://user:hunter2@host/immich
    password: hunter2
    environment: {AWS_SECRET_ACCESS_KEY: hunter2, AWS_PROFILE: {file: /run/secrets/profile}}
    stats_interval: 0
    plans: {files: {holds: [originals], max_age: 36h, paused_until: 2026-12-24T00:00:00Z}}
"""
    assert (
        show(settle(written).model)
        == """\
immich:
  upload_location: /srv/immich
  dump:
    enabled: true
    max_age: 26h
    min_size_ratio: 0.5
    poll_interval: 5m
    also: []
  external: ignore
defaults: {}
repositories:
  nas:
    repository: rest:https://user:***@host/immich
    password: (hidden)
    environment:
      AWS_SECRET_ACCESS_KEY: (hidden)
      AWS_PROFILE:
        file: /run/secrets/profile
    offsite: false
    poll_interval: 5m
    unreachable_after: 1h
    stats_interval: 0s
    inspect:
      enabled: true
      max_lag: 26h
      max_bytes_per_day: 10GiB
    plans:
      files:
        tags: []
        paths: []
        holds:
        - originals
        max_age: 36h
        min_size_ratio: 0.8
        required_paths: []
        max_unreadable_files: 0
        max_missing_assets: 0
        paused_until: '2026-12-24T00:00:00Z'
        ignore_snapshots: []
jobs: {}
drills: {}
offsite_required: false
push: {}
state_dir: /var/lib/immich-backup-exporter
cache_dir: /var/lib/immich-backup-exporter/cache
spool_dir: /var/lib/immich-backup-exporter/spool
restic: restic
"""
    )


def test_what_is_shown_can_be_used_again(settle: Settle) -> None:
    first = settle(
        """
immich: {upload_location: /srv/immich, timezone: Europe/Berlin, external: [{container: /p, backed_up_as: /q}]}
repositories: {nas: {repository: "s3:bucket/x", password_file: /p, check: {}, stats_interval: 0}}
jobs: {nightly: {kind: backup, repository: nas, plan: immich, max_duration: 90m, paused_until: 2026-12-24}}
drills: {weekly: {repository: nas, plan: immich, schedule: "0 5 * * 0", budget: 2GiB}}
"""
    )
    assert settle(show(first.model)).model == first.model


def test_the_schema_says_which_dialect_it_is_and_forbids_unknown_keys() -> None:
    printed = schema()
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed["additionalProperties"] is False
    assert printed["$defs"]["Plan"]["additionalProperties"] is False
    assert printed["properties"]["repositories"]["propertyNames"] == {"pattern": "^[a-z0-9_]+$"}


def test_the_schema_takes_every_key_as_the_agent_does() -> None:
    Draft202012Validator.check_schema(schema())
    written = read_file(str(Path(__file__).with_name("every_key.yaml"))).data
    assert list(Draft202012Validator(schema()).iter_errors(written)) == []


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ({"repositoris": {}}, "$"),
        ({"repositories": {"NAS": {}}}, "$.repositories"),
        ({"repositories": {"nas": {"pasword": "x"}}}, "$.repositories.nas"),
        ({"repositories": {"nas": {"poll_interval": 5}}}, "$.repositories.nas.poll_interval"),
        ({"repositories": {"nas": {"plans": {"a": {"holds": ["files"]}}}}}, "$.repositories.nas.plans.a.holds[0]"),
        ({"repositories": {"nas": {"environment": {"A": {"fil": "/x"}}}}}, "$.repositories.nas.environment.A"),
        ({"immich": {"external": "ignored"}}, "$.immich.external"),
        ({"jobs": {"nightly": {}}}, "$.jobs.nightly"),
        ({"offsite_required": "perhaps"}, "$.offsite_required"),
    ],
)
def test_the_schema_refuses_what_the_agent_refuses(written: dict[str, Any], where: str) -> None:
    assert [error.json_path for error in Draft202012Validator(schema()).iter_errors(written)] == [where]


def test_every_default_of_the_schema_is_valid_beside_its_own_pattern() -> None:
    sections = [schema(), *schema()["$defs"].values()]
    fields = [one for section in sections for one in section.get("properties", {}).values() if "default" in one]
    assert len(fields) > 50
    for one in fields:
        assert list(Draft202012Validator({**one, "$defs": schema()["$defs"]}).iter_errors(one["default"])) == []


@pytest.mark.parametrize(
    ("definition", "key", "default"),
    [
        ("Check", "max_age", "35d"),
        ("Dump", "max_age", "26h"),
        ("Dump", "min_size_ratio", 0.5),
        ("Inspect", "max_bytes_per_day", "10GiB"),
        ("Repository", "stats_interval", "1d"),
        ("Plan", "max_missing_assets", 0),
    ],
)
def test_the_schema_writes_defaults_as_users_do(definition: str, key: str, default: object) -> None:
    assert schema()["$defs"][definition]["properties"][key]["default"] == default


def test_the_schema_lets_sections_be_empty() -> None:
    assert schema()["$defs"]["Plan"]["type"] == ["object", "null"]
    assert schema()["properties"]["jobs"]["type"] == ["object", "null"]


@pytest.mark.parametrize(
    ("definition", "key", "good", "bad"),
    [
        ("Plan", "max_age", "26h", "26"),
        ("Plan", "max_age", "1h30m", ""),
        ("Dump", "poll_interval", "5m", "5 minutes"),
        ("Inspect", "max_bytes_per_day", "10GiB", "10G"),
    ],
)
def test_the_schema_knows_how_units_are_written(definition: str, key: str, good: str, bad: str) -> None:
    pattern: Any = schema()["$defs"][definition]["properties"][key]["pattern"]
    assert re.search(pattern, good)
    assert not re.search(pattern, bad)


def test_the_schema_describes_every_key() -> None:
    sections = [schema(), *schema()["$defs"].values()]
    keys = {key: described for section in sections for key, described in section["properties"].items()}
    assert [key for key, described in keys.items() if not {"description", "$ref"} & described.keys()] == []


def test_the_reference_has_a_row_for_every_key() -> None:
    by_key = {row.key: row for row in rows()}
    assert by_key["repositories.NAME.plans.NAME.max_age"] == (
        "repositories.NAME.plans.NAME.max_age",
        "IMMICH_BACKUP_REPOSITORIES__NAME__PLANS__NAME__MAX_AGE",
        "duration, such as `26h`",
        "`26h`",
        "How old the newest complete backup may become.",
    )
    assert by_key["repositories.NAME.plans.NAME.holds"].kind == "list of `originals` or `database`"
    assert by_key["repositories.NAME.inspect.max_bytes_per_day"].default == "`10GiB`"
    assert by_key["jobs.NAME.kind"].default == "required"
    assert by_key["immich.external"].kind == "`ignore` or list"
    assert by_key["immich.external[].container"].kind == "absolute path"
    assert [row.key for row in rows() if not row.meaning.endswith(".")] == []


def test_shown_settings_are_yaml(settle: Settle) -> None:
    shown = show(settle("repositories: {nas: {repository: /r, password_file: /p}}").model)
    assert pyyaml.safe_load(shown)["repositories"]["nas"]["password_file"] == "/p"
