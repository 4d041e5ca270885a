"""What `run` was asked to do."""

import pytest

from immich_backup_exporter.jobs.options import parse_run
from immich_backup_exporter.words import ENGLISH


def test_everything_behind_the_dashes_is_the_command() -> None:
    options = parse_run(["--job", "nightly", "--", "restic", "--", "--job", "other"])
    assert (options.job, options.command, options.complaint) == ("nightly", ["restic", "--", "--job", "other"], None)


def test_without_dashes_the_command_begins_with_the_first_word_that_is_no_option() -> None:
    options = parse_run(["--job=nightly", "--read-data", "restic", "--job", "other"])
    assert (options.job, options.read_data, options.command) == ("nightly", True, ["restic", "--job", "other"])


def test_agents_to_push_to_add_up() -> None:
    options = parse_run(
        ["--push.url", "http://a", "--push.url=http://b", "--push.token-file", "t", "--job", "j", "--", "x"]
    )
    assert (options.push_urls, options.push_token_file) == (["http://a", "http://b"], "t")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--nope", "value", "--", "x"], "the option --nope is unknown"),
        (["--nope=secret", "--", "x"], "the option --nope is unknown"),
        (["--job", "--", "x"], "the option --job lacks its value"),
        (["--", "x"], "the option --job NAME is missing"),
        (["--skipped-exit-code", "0", "--", "x"], "--skipped-exit-code is not a whole number from 1 to 255"),
        (["--skipped-exit-code=256", "--", "x"], "--skipped-exit-code is not a whole number from 1 to 255"),
    ],
)
def test_the_command_is_found_behind_wrong_options(arguments: list[str], complaint: str) -> None:
    options = parse_run(arguments)
    assert (options.command, ENGLISH.render(options.complaint)) == (["x"], complaint)


def test_the_spool_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMMICH_BACKUP_SPOOL_DIR", "/somewhere")
    assert parse_run(["--job", "j", "--", "x"]).spool_dir == "/somewhere"
    assert parse_run(["--job", "j", "--spool-dir", "/else", "--", "x"]).spool_dir == "/else"
    monkeypatch.delenv("IMMICH_BACKUP_SPOOL_DIR")
    assert parse_run(["--job", "j", "--", "x"]).spool_dir == "/var/lib/immich-backup-exporter/spool"
