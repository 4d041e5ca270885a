"""Paths that refuse, tried by a process that really may not use them.

As root the process becomes another user; as anybody else the owner has locked itself out. Either way nobody may enter.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.unprivileged import NOBODY, ROOT, open_folder

OWNER = 1000 if ROOT else os.geteuid()
GROUP = 1000 if ROOT else os.getegid()
UID = NOBODY if ROOT else os.geteuid()
GID = NOBODY if ROOT else os.getegid()

TRY = """
import json, sys
from datetime import UTC, datetime
from immich_backup_exporter.config import read
from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.probing import access
from immich_backup_exporter.words import ENGLISH
from support.unprivileged import step_down
what, path, uid, gid, where = sys.argv[1:]
now = datetime(2026, 11, 23, tzinfo=UTC)
step_down(int(uid), int(gid))
if what == "read":
    try:
        read(path, {}, now=now)
        print(json.dumps(None))
    except ConfigurationError as error:
        print(json.dumps([ENGLISH.render(message) for message in error.messages]))
else:
    access.in_container = lambda: where == "container"
    refusal = access.file(path, secret=True) if what == "secret" else getattr(access, what)(path)
    print(json.dumps(refusal and [ENGLISH.render(refusal.message), ENGLISH.render(refusal.next_step)]))
"""


def attempt(what: str, path: Path, where: str = "container") -> list[str] | None:
    done = subprocess.run(
        [sys.executable, "-c", TRY, what, str(path), str(UID), str(GID), where],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    result: list[str] | None = json.loads(done.stdout)
    return result


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def locked(path: Path) -> Path:
    """Gives the path to the owner and lets nobody in."""
    if ROOT:
        os.chown(path, OWNER, GROUP)
    path.chmod(0o000)
    return path


RUN_AS = (
    f'Run the agent as that user (`user: "{OWNER}:{GROUP}"` in compose), '
    'or as root that may read everything (`user: "0:0"` with `cap_add: [DAC_READ_SEARCH]`)'
)


def test_the_folder_that_refuses_is_named_and_not_only_the_one_below_it(place: Path) -> None:
    library = place / "immich" / "library"
    library.mkdir(parents=True)
    locked(place / "immich")
    assert attempt("folder", library) == [
        (
            f"this process (uid {UID}, gid {GID}) may not read {library}: "
            f"{place}/immich belongs to uid {OWNER}, gid {GROUP} and has the mode d--------- (0000)."
        ),
        f"{RUN_AS}, or let everybody in: `chmod o+x {place}/immich`.",
    ]


def test_a_folder_that_refuses_itself_is_named(place: Path) -> None:
    (place / "immich").mkdir()
    locked(place / "immich")
    assert attempt("folder", place / "immich") == [
        (
            f"this process (uid {UID}, gid {GID}) may not read {place}/immich: "
            f"{place}/immich belongs to uid {OWNER}, gid {GROUP} and has the mode d--------- (0000)."
        ),
        f"{RUN_AS}, or let everybody in: `chmod o+rx {place}/immich`.",
    ]


def test_a_file_that_refuses_is_named(place: Path) -> None:
    (place / "password").write_text("secret")
    locked(place / "password")
    assert attempt("file", place / "password") == [
        (
            f"this process (uid {UID}, gid {GID}) may not read {place}/password: "
            f"{place}/password belongs to uid {OWNER}, gid {GROUP} and has the mode ---------- (0000)."
        ),
        f"{RUN_AS}, or let everybody in: `chmod o+r {place}/password`.",
    ]


def test_on_a_host_no_container_is_spoken_of(place: Path) -> None:
    (place / "immich").mkdir()
    locked(place / "immich")
    refused = attempt("folder", place / "immich", where="host")
    assert refused is not None
    assert refused[1] == (
        f"Run the agent as that user (uid {OWNER}) or as root, or let everybody in: `chmod o+rx {place}/immich`."
    )


def test_only_the_group_is_let_into_a_secret(place: Path) -> None:
    (place / "password").write_text("secret")
    locked(place / "password")
    refused = attempt("secret", place / "password", where="host")
    assert refused is not None
    assert refused[1] == (
        f"Run the agent as that user (uid {OWNER}) or as root, or let its group in: "
        f"`chgrp {GID} {place}/password` and `chmod g+r {place}/password`, or give it a copy of its own with mode 0600."
    )


def test_the_way_to_a_link_is_followed_to_what_refuses(place: Path) -> None:
    (place / "disk" / "immich").mkdir(parents=True)
    (place / "link").symlink_to(place / "disk" / "immich")
    locked(place / "disk")
    refused = attempt("folder", place / "link")
    assert refused is not None
    assert f"{place}/disk belongs to uid {OWNER}" in refused[0]


def test_a_folder_that_cannot_be_written_is_named_with_the_chown_that_lets_it_in(place: Path) -> None:
    (place / "state").mkdir()
    locked(place / "state")
    assert attempt("writable_folder", place / "state") == [
        (
            f"this process (uid {UID}, gid {GID}) may not write {place}/state: "
            f"{place}/state belongs to uid {OWNER}, gid {GROUP} and has the mode d--------- (0000)."
        ),
        f"Give it to this user: `chown {UID}:{GID} {place}/state`, or set another folder.",
    ]


def test_a_folder_that_cannot_be_made_is_named_by_what_stands_in_the_way(place: Path) -> None:
    (place / "var").mkdir()
    locked(place / "var")
    refused = attempt("writable_folder", place / "var" / "lib" / "agent")
    assert refused == [
        (
            f"this process (uid {UID}, gid {GID}) may not write {place}/var/lib/agent: "
            f"{place}/var belongs to uid {OWNER}, gid {GROUP} and has the mode d--------- (0000)."
        ),
        f"Give it to this user: `chown {UID}:{GID} {place}/var`, or set another folder.",
    ]


def test_a_configuration_file_that_may_not_be_read_is_named_with_who_cannot_read_it(place: Path) -> None:
    (place / "config.yaml").write_text("repositories: {}")
    locked(place / "config.yaml")
    assert attempt("read", place / "config.yaml") == [
        f"{place}/config.yaml: cannot be read by uid {UID}; make it readable for this user"
    ]


def test_a_repository_file_that_may_not_be_read_is_refused(place: Path) -> None:
    (place / "url").write_text("/r")
    locked(place / "url")
    (place / "config.yaml").write_text(f"repositories: {{nas: {{repository_file: {place}/url, password_file: /p}}}}")
    (place / "config.yaml").chmod(0o644)
    assert attempt("read", place / "config.yaml") == [
        (
            f"{place}/config.yaml line 1, repositories.nas.repository_file: "
            "this user may not read the file; `config check --probe` tells who may"
        )
    ]


def test_what_can_be_used_is_not_complained_about(place: Path) -> None:
    (place / "password").write_text("secret")
    (place / "password").chmod(0o644)
    (place / "state").mkdir(mode=0o777)
    (place / "state").chmod(0o777)
    assert attempt("folder", place) is None
    assert attempt("file", place / "password") is None
    assert attempt("writable_folder", place / "state") is None
    assert attempt("writable_folder", place / "state" / "made" / "later") is None
