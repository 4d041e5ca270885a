"""A file that cannot be read as settings: one clear sentence, with the line where there is one."""
# ruff: noqa: E501 - the messages stand whole

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.config import read
from immich_backup_exporter.domain.errors import ConfigurationError
from support.rendered import rendered

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

FILES = [
    ("", "config.yaml: is empty; declare a repository under `repositories`"),
    ("[a]", "config.yaml: must hold `key: value` at its top, not a list or a single value"),
    ("5", "config.yaml: must hold `key: value` at its top, not a list or a single value"),
    (
        "a: 1\na: 2",
        "config.yaml line 1, a: is written twice, in lines 1 and 2; keep one\nconfig.yaml: no repository is declared; add one under `repositories`\nconfig.yaml line 1, a: is not a known key; use one of immich, defaults, repositories, jobs, drills, offsite_required, push, state_dir, cache_dir, spool_dir, restic",
    ),
    (
        "repositories:\n  nas:\n    repository: /r\n    password_file: /p\n    repository: /r\n",
        "config.yaml line 3, repositories.nas.repository: is written twice, in lines 3 and 5; keep one",
    ),
    (
        "a: *hunter2",
        "config.yaml line 1 column 4: is not valid YAML: a value begins with a character that has a meaning in YAML; put it in quotes",
    ),
    (
        "a: !hunter2 x",
        "config.yaml line 1, a: has a tag (!) that means nothing here; put the value in quotes\nconfig.yaml: no repository is declared; add one under `repositories`\nconfig.yaml line 1, a: is not a known key; use one of immich, defaults, repositories, jobs, drills, offsite_required, push, state_dir, cache_dir, spool_dir, restic",
    ),
    (
        "a: @hunter2",
        "config.yaml line 1 column 4: is not valid YAML: a value begins with a character that has a meaning in YAML; put it in quotes",
    ),
    ("a: [1", "config.yaml line 1 column 6: is not valid YAML: a bracket or brace is not closed"),
    ("a:\n\tb: 1", "config.yaml line 2 column 1: is not valid YAML: a tab is used for indentation; use spaces"),
    (
        "a: b: c",
        "config.yaml line 1 column 5: is not valid YAML: there is a colon too many, or the indentation is wrong",
    ),
    ("\u0001", "config.yaml line 1: holds a control character; remove it"),
    ("a: &x [*x]", "config.yaml line 1: an anchor contains itself; write the values out"),
    (
        "---\na: 1\n---\nb: 2",
        "config.yaml line 3 column 1: is not valid YAML: there is more than one document; remove the line `---` between them",
    ),
    (
        "? [a]\n: 1",
        "config.yaml: has a list or a section as a key; write `key: value`\nconfig.yaml: no repository is declared; add one under `repositories`",
    ),
    (
        "<<: 5",
        "config.yaml: merges (<<) something that is not a section; refer to a section\nconfig.yaml: no repository is declared; add one under `repositories`",
    ),
    ("a: 'x", "config.yaml line 1 column 6: is not valid YAML: a quote is not closed"),
    (
        "immich:\n  dump:\n   enabled: true\n  external: ignore\n upload: x",
        "config.yaml line 5 column 2: is not valid YAML: the indentation is wrong, or text follows a closing quote",
    ),
]


@pytest.mark.parametrize(("yaml", "messages"), FILES)
def test_a_file_that_is_no_settings_is_refused_with_the_line_and_the_mend(
    refused: Callable[..., list[str]], yaml: str, messages: str
) -> None:
    assert "\n".join(refused(yaml)) == messages


def test_deep_nesting_is_refused_and_does_not_crash_the_process(refused: Callable[..., list[str]]) -> None:
    assert refused("[" * 200_000) == ["config.yaml: is nested too deeply; flatten it"]


def test_aliases_that_multiply_are_refused(refused: Callable[..., list[str]]) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
    )
    assert refused(bomb) == ["config.yaml: holds too much; this is surely another file"]


def _message(path: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(path, {}, now=NOW)
    return list(rendered(caught.value.messages))


def test_a_missing_file_is_named() -> None:
    assert _message("/nonexistent/config.yaml") == [
        "/nonexistent/config.yaml: does not exist; check the path after --config.file"
    ]


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    assert _message(str(tmp_path)) == [f"{tmp_path}: is a folder; give the path of the YAML file in it"]


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("repositories:\n  nas:\n    # Gerät\n".encode("latin-1"))
    assert _message(str(path)) == [f"{path} line 3: is not UTF-8 text; save it as UTF-8"]


def test_a_huge_file_is_refused_without_being_parsed(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"a: 1\n" * 300_000)
    assert _message(str(path)) == [f"{path}: is larger than 1.0 MiB; this is surely another file"]


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbfrepositories: {nas: {repository: /r, password_file: /p}}\n")
    assert [repository.name for repository in read(str(path), {}, now=NOW).settings.repositories] == ["nas"]
