"""`config check --probe`: what it tries and what it says; refused permissions are tried in tests/integration."""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.repository import RepositoryAccess
from immich_backup_exporter.domain.settings import AgentSettings, DumpSettings, RepositorySettings
from immich_backup_exporter.probing import access
from immich_backup_exporter.probing import probe as module
from immich_backup_exporter.probing.access import Refusal
from immich_backup_exporter.probing.probe import Finding, probe
from immich_backup_exporter.probing.run import printed
from immich_backup_exporter.words import ENGLISH
from support.waiting import late


async def fine(repository: RepositorySettings) -> None:
    """A repository that can be listed and opened."""


async def wrong_password(repository: RepositorySettings) -> None:
    raise RepositoryError(
        FailureReason.WRONG_PASSWORD, "The password opens none of its keys.", "Set another.", transient=False
    )


async def not_found(repository: RepositorySettings) -> None:
    raise RepositoryError(FailureReason.NOT_FOUND, "There is no repository.", "Check the address.", transient=False)


async def new_restic(program: str) -> str | None:
    return "0.18.0"


async def no_restic(program: str) -> str | None:
    return None


@pytest.fixture
def settings(tmp_path: Path) -> AgentSettings:
    """Everything that these settings name is there."""
    for folder in ("library", "upload", "profile", "backups", "thumbs", "encoded-video"):
        (tmp_path / "immich" / folder).mkdir(parents=True)
        (tmp_path / "immich" / folder / ".immich").write_text("1700000000000")
    for folder in ("keys", "snapshots", "locks", "index"):
        (tmp_path / "repository" / folder).mkdir(parents=True)
    (tmp_path / "repository" / "config").write_text("x")
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "key").write_text("secret\n")
    upload_location = str(tmp_path / "immich")
    return AgentSettings(
        repositories=(
            RepositorySettings(
                access=RepositoryAccess(
                    name="nas",
                    url=str(tmp_path / "repository"),
                    password_file=str(tmp_path / "password"),
                    environment_files={"AWS_KEY": str(tmp_path / "key")},
                ),
                poll_interval=timedelta(minutes=5),
            ),
        ),
        upload_location=upload_location,
        dump=DumpSettings(folder=f"{upload_location}/backups", upload_location=upload_location),
        state_dir=str(tmp_path / "state"),
        cache_dir=str(tmp_path / "state" / "cache"),
    )


def test_everything_that_is_there_is_found_good(settings: AgentSettings) -> None:
    findings = asyncio.run(probe(settings, try_repository=fine, restic_version=new_restic))
    assert [(told.subject, told.good, told.sentence) for told in map(worded, findings)] == [
        ("immich.upload_location", True, "can be used."),
        ("marker of library", True, "found."),
        ("marker of upload", True, "found."),
        ("marker of profile", True, "found."),
        ("marker of backups", True, "found."),
        ("marker of thumbs", True, "found."),
        ("marker of encoded-video", True, "found."),
        ("dump folder", True, "can be used."),
        ("repositories.nas.password_file", True, "can be used."),
        ("repositories.nas.environment.AWS_KEY", True, "can be used."),
        ("state_dir", True, "can be used."),
        ("cache_dir", True, "can be used."),
        ("restic", True, "is version 0.18."),
        ("repositories.nas", True, "was listed and opened."),
    ]


def test_trying_leaves_nothing_behind(settings: AgentSettings, tmp_path: Path) -> None:
    Path(settings.state_dir).mkdir()
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    asyncio.run(probe(settings, try_repository=fine, restic_version=new_restic))
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


class Told(NamedTuple):
    """A finding in English."""

    subject: str
    good: bool
    sentence: str
    next_step: str


def worded(finding: Finding) -> Told:
    subject, message = ENGLISH.render(finding.subject), ENGLISH.render(finding.message)
    return Told(subject=subject, good=finding.good, sentence=message, next_step=ENGLISH.render(finding.next_step))


def failed(settings: AgentSettings, **given: object) -> list[Told]:
    arguments: dict[str, object] = {"try_repository": fine, "restic_version": new_restic} | given
    findings = asyncio.run(probe(settings, **arguments))  # type: ignore[arg-type]  # the two callables above
    return [worded(finding) for finding in findings if not finding.good]


@pytest.mark.parametrize(
    ("contained", "next_step"),
    [
        (True, "Correct the path, or mount it; the path is the one inside the container."),
        (False, "Correct the path, or mount it."),
    ],
)
def test_a_path_that_is_missing_is_told_with_the_nearest_folder(
    settings: AgentSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contained: bool, next_step: str
) -> None:
    monkeypatch.setattr(access, "in_container", lambda: contained)
    lost = replace(settings, upload_location=f"{tmp_path}/disk/immich", dump=None, repositories=())
    assert failed(lost)[0] == Told(
        subject="immich.upload_location",
        good=False,
        sentence=f"{tmp_path}/disk/immich does not exist; nearest existing folder: {tmp_path}.",
        next_step=next_step,
    )


def test_a_link_to_nothing_is_told(settings: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/nonexistent/immich")
    lost = replace(settings, upload_location=f"{tmp_path}/link", dump=None, repositories=())
    assert failed(lost)[0].sentence == f"{tmp_path}/link is a link to nothing."


def test_an_empty_password_file_is_told(settings: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    assert failed(settings) == [
        Told(
            subject="repositories.nas.password_file",
            good=False,
            sentence=f"{tmp_path}/password is empty.",
            next_step="Write the value into it.",
        )
    ]


def test_a_fifo_for_a_password_file_is_refused_without_waiting_for_it(settings: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    os.mkfifo(tmp_path / "key")
    (finding,) = failed(settings)
    assert finding.sentence == f"{tmp_path}/key is not a regular file."


def test_a_file_in_place_of_the_state_folder_is_told(settings: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    finding = failed(settings)[0]
    assert (finding.subject, finding.sentence) == ("state_dir", f"{tmp_path}/state is not a folder.")


def test_a_path_that_hangs_is_given_up_and_the_others_are_tried_meanwhile(
    settings: AgentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, tried = threading.Event(), list[str]()
    try_path = module._try_path

    async def noted(subject: str, test: Callable[[], Refusal | None]) -> Finding:
        finding = await try_path(subject, test)
        tried.append(subject)
        return finding

    monkeypatch.setattr(module, "_try_path", noted)
    monkeypatch.setattr(module.access, "folder", lambda _path: released.wait())
    looks = probe(settings, try_repository=fine, restic_version=new_restic)
    findings = asyncio.run(late(looks, lambda: len(tried) == 10))
    released.set()
    assert [(finding.subject, finding.sentence) for finding in findings if not finding.good] == [
        ("immich.upload_location", "did not answer within 15 seconds."),
        ("dump folder", "did not answer within 15 seconds."),
    ]


@pytest.mark.parametrize(("version", "sentence"), [("0.13.1", "the program is older than 0.14.")])
def test_an_old_restic_is_told(settings: AgentSettings, version: str, sentence: str) -> None:
    async def old_restic(program: str) -> str | None:
        return version

    assert failed(settings, restic_version=old_restic) == [
        Told(
            subject="restic",
            good=False,
            sentence=sentence,
            next_step="Install restic 0.14 or newer, or set `restic` to the path of the program.",
        )
    ]


def test_a_missing_restic_is_told(settings: AgentSettings) -> None:
    (finding,) = failed(settings, restic_version=no_restic)
    assert finding.sentence == "`restic` is not installed or not on PATH."


def test_a_repository_that_does_not_open_says_why_in_the_sources_words(settings: AgentSettings) -> None:
    assert failed(settings, try_repository=wrong_password) == [
        Told(
            subject="repositories.nas",
            good=False,
            sentence="The password opens none of its keys.",
            next_step="Set another.",
        )
    ]


def test_a_local_repository_that_is_not_there_names_the_path(settings: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "repository" / "config").unlink()
    (finding,) = failed(settings, try_repository=not_found)
    assert finding.sentence == (
        f"{tmp_path}/repository/config does not exist; nearest existing folder: {tmp_path}/repository."
    )


def test_a_finding_is_printed_with_its_next_step_below() -> None:
    finding = Finding(subject="state_dir", good=False, message="is full.", next_step="Empty it.")
    assert printed(finding) == "FAILED state_dir: is full.\n       Empty it."
    version = Finding(subject="restic", good=True, message=Message("probe.restic_version", version="0.18"))
    assert printed(version) == "ok     restic: is version 0.18."
