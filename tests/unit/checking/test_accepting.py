from pathlib import Path

import pytest

from immich_backup_exporter.checking.accepting import AcceptOptions, accept
from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.store import RequestFolder
from support.fakes import HandClock
from support.rendered import rendered

CONFIG = """
repositories:
  nas: {repository: /nas, password: x, plans: {immich: {}, other: {}}}
  b2: {repository: /b2, password: x, plans: {immich: {}}}
"""


def options(tmp_path: Path, plan: str | None, reason: str = "") -> AcceptOptions:
    (tmp_path / "config.yaml").write_text(f"{CONFIG}state_dir: {tmp_path}\nimmich: {{upload_location: {tmp_path}}}\n")
    return AcceptOptions(config_file=str(tmp_path / "config.yaml"), plan=plan, reason=reason, environ={})


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("other", ("nas", "other")),
        ("nas/immich", ("nas", "immich")),
        ("b2/immich", ("b2", "immich")),
        (None, (None, None)),
    ],
)
def test_a_plan_is_found_by_its_name_or_with_its_repositorys(
    tmp_path: Path, plan: str | None, expected: tuple[str | None, str | None]
) -> None:
    accept(options(tmp_path, plan), HandClock())
    (left,) = RequestFolder(str(tmp_path)).look()
    assert (left.request.repository, left.request.plan) == expected


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ("immich", "--plan: immich is the name of several plans; say one of: nas/immich, b2/immich."),
        ("photos", "--plan: photos is not declared; say one of: nas/immich, nas/other, b2/immich."),
    ],
)
def test_a_plan_that_cannot_be_told_is_refused_with_the_names_that_there_are(
    tmp_path: Path, plan: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        accept(options(tmp_path, plan), HandClock())
    assert rendered(refused.value.messages) == (sentence,)
    assert RequestFolder(str(tmp_path)).look() == []


def test_a_reason_becomes_one_line_that_no_terminal_obeys(tmp_path: Path) -> None:
    accept(options(tmp_path, "other", " moved\n\x1b[31mthe videos\t"), HandClock())
    assert RequestFolder(str(tmp_path)).look()[0].request.reason == "moved [31mthe videos"
