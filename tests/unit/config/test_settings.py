"""What the agent works with, given what was written."""
# ruff: noqa: E501 - the messages stand whole

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from immich_backup_exporter.config import Configuration, rows
from immich_backup_exporter.config.ignored import IGNORED
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import (
    AgentSettings,
    ContentSettings,
    DumpSettings,
    ExternalMapping,
    InspectSettings,
    JobKind,
    JobSettings,
    PlanSettings,
    PushSettings,
    RepositorySettings,
)
from support.rendered import rendered

Settle = Callable[..., Configuration]

EVERY_KEY = Path(__file__).with_name("every_key.yaml").read_text(encoding="utf-8")


def test_every_key_of_the_contract_is_taken(settle: Settle) -> None:
    assert settle(EVERY_KEY).settings == AgentSettings(
        repositories=(
            RepositorySettings(
                access=RepositoryAccess(name="nas", url="/backups/immich", password_file="/run/secrets/nas"),
                poll_interval=timedelta(minutes=5),
                unreachable_after=timedelta(hours=1),
                offsite=False,
                check_max_age=timedelta(days=35),
                stats_interval=timedelta(days=2),
                inspect=InspectSettings(hours=(time(22), time(6, 30))),
                plans=(
                    PlanSettings(
                        name="immich",
                        host="photos",
                        tags=("immich",),
                        paths=("/data",),
                        backed_up_as="/data",
                        holds=("originals", "database"),
                        max_age=timedelta(hours=26),
                        min_size_ratio=0.8,
                        min_history=timedelta(days=30),
                        max_unreadable_files=2,
                        max_missing_assets=3,
                        dump_max_age=timedelta(hours=26),
                        required_folders=("library", "upload"),
                        required_paths=("/srv/immich-app/compose.yaml", "/srv/immich-app/.env"),
                        holds_external=True,
                        pair_with=("nas", "dumps"),
                        paused_until=datetime(2026, 12, 23, 23, 0, tzinfo=UTC),
                        ignore_snapshots=("0123abcd",),
                    ),
                    PlanSettings(
                        name="dumps",
                        tags=("dumps",),
                        holds=("database",),
                        dump_max_age=timedelta(hours=26),
                        pair_with=("nas", "immich"),
                    ),
                ),
            ),
        ),
        upload_location="/srv/immich",
        contents=ContentSettings(
            timezone="Europe/Berlin",
            also=("database-backup/*.sql",),
            external=(ExternalMapping(container="/mnt/photos", backed_up_as="/srv/photos", plan="immich"),),
        ),
        dump=DumpSettings(
            folder="/srv/immich/backups",
            upload_location="/srv/immich",
            timezone="Europe/Berlin",
            also=("database-backup/*.sql",),
            max_age=timedelta(hours=26),
            min_size_ratio=0.5,
            poll_interval=timedelta(minutes=5),
        ),
        jobs=(
            JobSettings(
                name="nightly",
                kind=JobKind.BACKUP,
                repository="nas",
                plan="immich",
                max_age=timedelta(hours=26),
                max_duration=timedelta(hours=6),
            ),
        ),
        push=PushSettings(token_file="/run/secrets/push_token"),
        offsite_required=True,
        state_dir="/var/lib/immich-backup-exporter",
        cache_dir="/var/cache/restic",
        spool_dir="/var/spool/immich-backup",
        restic="/opt/restic",
        warnings=(Message("config.ignored", keys=("`drills`",), count=1, lacks=Message("config.run_drills")),),
    )


def test_a_backup_job_is_for_the_only_plan_of_its_repository(settle: Settle) -> None:
    yaml = """
repositories:
  nas: {repository: /r, password_file: /p}
  two: {repository: /s, password_file: /p, plans: {photos: {}, database: {}}}
jobs:
  nightly: {kind: backup, repository: nas}
  either: {kind: backup, repository: two}
  monthly: {kind: check, repository: nas}
"""
    assert [(job.name, job.plan) for job in settle(yaml).settings.jobs] == [
        ("nightly", "immich"),
        ("either", None),
        ("monthly", None),
    ]


def test_the_spool_can_be_elsewhere_also_by_its_variable(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p}}"
    assert settle(f"{yaml}\nspool_dir: /srv/spool").settings.spool_dir == "/srv/spool"
    assert settle(yaml, {"IMMICH_BACKUP_SPOOL_DIR": "/srv/other"}).settings.spool_dir == "/srv/other"


def test_the_push_token_is_in_no_text_of_the_settings(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p}}\npush: {token: hunter2}"
    settings = settle(yaml).settings
    assert settings.push.token == "hunter2"
    assert "hunter2" not in repr(settings)


def test_the_least_that_can_be_written_has_all_defaults(settle: Settle) -> None:
    assert settle("repositories: {nas: {repository: /r, password_file: /p}}").settings == AgentSettings(
        repositories=(
            RepositorySettings(
                access=RepositoryAccess(name="nas", url="/r", password_file="/p"),
                poll_interval=timedelta(minutes=5),
                unreachable_after=timedelta(hours=1),
                stats_interval=timedelta(days=1),
                plans=(PlanSettings(name="immich", dump_max_age=timedelta(hours=26)),),
            ),
        ),
        state_dir="/var/lib/immich-backup-exporter",
        cache_dir="/var/lib/immich-backup-exporter/cache",
        spool_dir="/var/lib/immich-backup-exporter/spool",
    )


def test_nothing_is_said_about_features_that_are_turned_off(settle: Settle) -> None:
    yaml = """
immich: {external: ignore}
repositories: {nas: {repository: /r, password_file: /p, inspect: {enabled: false}}}
jobs: {}
"""
    assert settle(yaml).settings.warnings == ()


def test_hours_of_inspections_are_taken(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p, inspect: {hours: '22:00 - 06:30'}}}"
    (repository,) = settle(yaml).settings.repositories
    assert repository.inspect.hours == (time(22), time(6, 30))


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ("nights", '"nights" is not a span of hours; write the hours in quotes, such as "22:00-06:00"'),
        ("25:00-06:00", '"25:00-06:00" is not a span of hours; write the hours in quotes, such as "22:00-06:00"'),
        (
            "06:00-06:00",
            (
                '"06:00-06:00" is not a span of hours, it ends when it begins; '
                'write the hours in quotes, such as "22:00-06:00"'
            ),
        ),
    ],
)
def test_hours_that_are_none_are_refused(refused: Callable[..., list[str]], hours: str, sentence: str) -> None:
    yaml = f"repositories: {{nas: {{repository: /r, password_file: /p, inspect: {{hours: '{hours}'}}}}}}"
    assert refused(yaml) == [f"config.yaml line 1, repositories.nas.inspect.hours: {sentence}"]


def test_external_libraries_that_are_said_to_be_ignored_are_told_from_those_nobody_spoke_of(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p}}"
    assert settle(yaml).settings.contents.external_ignored is False
    assert settle(yaml + "\nimmich: {external: ignore}").settings.contents.external_ignored is True


@pytest.mark.parametrize(
    ("url", "interval"),
    [
        ("/backups", timedelta(minutes=5)),
        ("local:/backups", timedelta(minutes=5)),
        ("rest:https://backup.example/immich", timedelta(minutes=5)),
        ("s3:https://s3.example/bucket", timedelta(minutes=30)),
        ("sftp:user@host:/backups", timedelta(minutes=30)),
        ("b2:bucket:path", timedelta(minutes=30)),
        ("rclone:remote:path", timedelta(minutes=30)),
        ("azure:container:/", timedelta(minutes=30)),
        ("gs:bucket:/", timedelta(minutes=30)),
        ("swift:container:/", timedelta(minutes=30)),
    ],
)
def test_repositories_are_polled_often_where_listing_is_cheap(settle: Settle, url: str, interval: timedelta) -> None:
    yaml = f"repositories: {{nas: {{repository: '{url}', password_file: /p}}}}"
    (repository,) = settle(yaml).settings.repositories
    assert repository.poll_interval == interval


def test_a_repository_without_a_password_takes_the_default_one(settle: Settle) -> None:
    yaml = """
defaults: {password_command: pass restic}
repositories:
  nas: {repository: /a}
  own: {repository: /b, password: "own"}
"""
    nas, own = settle(yaml).settings.repositories
    assert (nas.access.password, nas.access.password_command) == (None, "pass restic")
    assert (own.access.password, own.access.password_command) == ("own", None)


def test_a_repository_file_is_read_and_its_line_break_dropped(settle: Settle, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("s3:https://s3.example/bucket\n", encoding="utf-8")
    yaml = f"repositories: {{nas: {{repository_file: {tmp_path}/url, password_file: /p}}}}"
    (repository,) = settle(yaml).settings.repositories
    assert repository.access.url == "s3:https://s3.example/bucket"
    assert repository.poll_interval == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"",
            "the file holds no repository that restic takes (the repository's URL is empty); write only its path or URL",
        ),
        (
            b"a\nb\n",
            (
                "the file holds no repository that restic takes "
                "(the repository's URL holds a line break or another control character); write only its path or URL"
            ),
        ),
        (b"\xff\xfe", "the file cannot be read as text; write only the repository's path or URL into it"),
    ],
)
def test_a_repository_file_that_holds_none_is_refused(
    refused: Callable[..., list[str]], tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "url").write_bytes(content)
    yaml = f"repositories: {{nas: {{repository_file: {tmp_path}/url, password_file: /p}}}}"
    assert refused(yaml) == [f"config.yaml line 1, repositories.nas.repository_file: {sentence}"]


def test_two_repositories_at_one_place_are_told(settle: Settle) -> None:
    yaml = """
defaults: {password_file: /p}
repositories:
  a: {repository: "rest:https://user:one@host/immich"}
  b: {repository: "rest:https://other:two@host:443/immich/"}
"""
    assert rendered(settle(yaml).settings.warnings) == (
        "The repositories `a` and `b` are at the same place: one is not a second copy of the other.",
    )


def test_a_repository_polled_more_seldom_than_it_may_be_unreachable_is_told(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p, poll_interval: 2h}}"
    assert rendered(settle(yaml).settings.warnings) == (
        (
            "`repositories.nas.unreachable_after` is not longer than its `poll_interval`: "
            "one failed look counts as unreachable. Set it to at least twice the interval."
        ),
    )


def test_dumps_are_not_watched_without_an_upload_location(settle: Settle) -> None:
    yaml = "immich: {dump: {enabled: true}}\nrepositories: {nas: {repository: /r, password_file: /p}}"
    assert settle(yaml).settings.dump is None


def test_dumps_are_not_watched_where_they_are_turned_off(settle: Settle) -> None:
    yaml = """
immich: {upload_location: /srv/immich, dump: {enabled: false}}
repositories: {nas: {repository: /r, password_file: /p}}
"""
    settings = settle(yaml).settings
    assert settings.upload_location == "/srv/immich"
    assert settings.dump is None


def test_an_agent_may_watch_the_dumps_only_and_says_so(settle: Settle) -> None:
    settings = settle("immich: {upload_location: /srv/immich}").settings
    assert settings.repositories == ()
    assert rendered(settings.warnings) == (
        "No repository is declared under `repositories`: only the dumps are watched.",
    )


def test_stats_can_be_turned_off(settle: Settle) -> None:
    yaml = "repositories: {nas: {repository: /r, password_file: /p, stats_interval: 0}}"
    (repository,) = settle(yaml).settings.repositories
    assert repository.stats_interval is None


def test_paths_lose_what_means_nothing(settle: Settle) -> None:
    yaml = """
immich: {upload_location: /srv//immich/}
repositories: {nas: {repository: /r, password_file: /p, plans: {immich: {backed_up_as: /data/./}}}}
"""
    settings = settle(yaml).settings
    assert settings.upload_location == "/srv/immich"
    assert settings.repositories[0].plans[0].backed_up_as == "/data"


def test_every_ignored_key_is_a_key() -> None:
    assert {".".join(map(str, row.pattern)).replace("*", "NAME") for row in IGNORED} <= {row.key for row in rows()}
