"""Listing over HTTP against servers that misbehave, and against the real rest-server with TLS and a unix socket."""

import asyncio
import base64
import gc
import gzip
import logging
import socket
import subprocess
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from immich_backup_exporter.domain.errors import FailureReason, RepositoryError
from immich_backup_exporter.domain.repository import Listing
from immich_backup_exporter.restic import Deadlines, ResticRepository
from support import repositories
from support.rest_server import RestServer
from support.tools import free_port, tool
from support.waiting import eventually
from support.words import english

ID = "0123456789abcdef" * 4
SHORT = Deadlines(listing=1.0, rest_attempt=0.2)


async def listing(reader: ResticRepository) -> Listing:
    return await reader.list()


def test_both_folders_are_asked_for_with_the_credentials_of_the_url(reading: Any, answers: Any) -> None:
    answers.body = b'[{"name":"' + ID.encode() + b'","size":1}]'
    found = reading.ask(reading.reader(answers.url), listing)
    assert found.snapshot_ids == {ID}
    assert [lock.name for lock in found.locks] == [ID]
    assert answers.paths == ["/immich/snapshots/", "/immich/locks/"]
    assert {headers["Authorization"] for headers in answers.request_headers} == {
        "Basic " + base64.b64encode(b"agent:s3cret").decode()
    }
    assert {headers["Accept"] for headers in answers.request_headers} == {"application/vnd.x.restic.rest.v2"}


def test_one_connection_serves_many_polls(reading: Any, answers: Any) -> None:
    async def three_times(reader: ResticRepository) -> None:
        for _ in range(3):
            await reader.list()

    reading.ask(reading.reader(answers.url), three_times)
    assert len(answers.paths) == 6
    assert len(answers.connections) == 1


def test_credentials_can_come_from_the_environment_of_the_repository(reading: Any, answers: Any) -> None:
    url = answers.url.replace("agent:s3cret@", "")
    own = {"RESTIC_REST_USERNAME": "you", "RESTIC_REST_PASSWORD": "s3cret"}
    reading.ask(reading.reader(url, environment=own), listing)
    assert answers.request_headers[0]["Authorization"] == "Basic " + base64.b64encode(b"you:s3cret").decode()
    reading.ask(reading.reader(url, environ=own), listing)
    assert "Authorization" not in answers.request_headers[2]


def test_a_list_of_names_as_in_version_1_will_do(reading: Any, answers: Any) -> None:
    answers.body = b'["' + ID.encode() + b'"]'
    assert reading.ask(reading.reader(answers.url), listing).snapshot_ids == {ID}


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [
        (401, "unauthorized", 1),
        (403, "unauthorized", 1),
        (404, "not_found", 1),
        (400, "protocol", 1),
        (204, "protocol", 1),
        (301, "protocol", 1),
        (302, "protocol", 1),
        (307, "protocol", 1),
        (500, "unreachable", 3),
        (503, "unreachable", 3),
        (429, "unreachable", 3),
    ],
)
def test_an_answer_other_than_200_has_its_reason(
    reading: Any, answers: Any, status: int, reason: str, requests: int
) -> None:
    answers.status = status
    answers.headers = {"Location": "http://127.0.0.1:1/s3cret"}
    answers.body = b""
    assert reading.failure(reading.reader(answers.url), listing).reason.value == reason
    assert len(answers.paths) == requests


def test_a_redirect_is_not_followed_and_says_so(reading: Any, answers: Any) -> None:
    answers.status = 302
    answers.headers = {"Location": f"http://127.0.0.1:{answers.port}/elsewhere/"}
    error = reading.failure(reading.reader(answers.url), listing)
    assert "another address" in english(error.message)
    assert answers.paths == ["/immich/snapshots/"]


def test_a_passing_failure_is_tried_again(reading: Any, answers: Any) -> None:
    answers.failures_first = 2
    assert reading.ask(reading.reader(answers.url), listing).snapshot_ids == frozenset()
    assert len(answers.paths) == 4


@pytest.mark.parametrize(
    "body", [b"<html>s3cret</html>", b"", b"{}", b'[{"name":', b'[{"nom":"s3cret"}]', b"\xff\xfe\0"]
)
def test_garbage_is_a_protocol_failure(reading: Any, answers: Any, body: bytes) -> None:
    answers.body = body
    assert reading.failure(reading.reader(answers.url), listing).reason is FailureReason.PROTOCOL


@pytest.mark.parametrize("announced", [True, False])
def test_an_endless_answer_is_cut_off(
    reading: Any, answers: Any, monkeypatch: pytest.MonkeyPatch, *, announced: bool
) -> None:
    monkeypatch.setattr("immich_backup_exporter.restic.rest.LARGEST_ANSWER_BYTES", 100_000)
    answers.body, answers.announced = b" " * 1_000_000 + b"[]", announced
    assert reading.failure(reading.reader(answers.url), listing).reason is FailureReason.PROTOCOL


def test_an_answer_that_is_packed_although_it_may_not_be_is_a_protocol_failure(reading: Any, answers: Any) -> None:
    answers.body, answers.headers = gzip.compress(b"[]"), {"Content-Encoding": "gzip"}
    assert reading.failure(reading.reader(answers.url), listing).reason is FailureReason.PROTOCOL


def test_what_was_read_of_an_endless_answer_is_not_kept(
    reading: Any, answers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("immich_backup_exporter.restic.rest.LARGEST_ANSWER_BYTES", 4_000_000)
    answers.body, answers.announced = b" " * 5_000_000, False

    async def three_times(reader: ResticRepository) -> int:
        for _ in range(3):
            with suppress(RepositoryError):
                await reader.list()
        return tracemalloc.get_traced_memory()[0]

    gc.disable()  # what only a collection frees stays for as long as nothing else makes garbage
    tracemalloc.start()
    try:
        assert reading.ask(reading.reader(answers.url), three_times) < 3_000_000
    finally:
        tracemalloc.stop()
        gc.enable()


def test_a_closed_port_is_unreachable(reading: Any) -> None:
    url = f"rest:http://agent:s3cret@127.0.0.1:{free_port()}/immich/"
    error = reading.failure(reading.reader(url), listing)
    assert error.reason is FailureReason.UNREACHABLE
    assert error.transient


def test_an_unknown_host_is_unreachable(reading: Any) -> None:
    error = reading.failure(reading.reader("rest:http://s3cret.invalid/", deadlines=SHORT), listing)
    assert error.reason in (FailureReason.UNREACHABLE, FailureReason.TIMEOUT)


def test_a_black_hole_is_given_up_at_the_deadline(reading: Any, black_hole: str) -> None:
    error = reading.failure(reading.reader(black_hole, deadlines=SHORT), listing)
    assert error.reason is FailureReason.TIMEOUT
    assert error.transient


def test_a_server_that_speaks_no_http_is_a_protocol_failure(reading: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"rest:http://agent:s3cret@127.0.0.1:{server.getsockname()[1]}/"
        reader = reading.reader(url)

        async def shout(reader: ResticRepository) -> None:
            def answer() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"220 nas FTP server ready\r\n\r\n")

            await asyncio.gather(asyncio.to_thread(answer), reader.list())

        assert reading.failure(reader, shout).reason is FailureReason.PROTOCOL


def test_the_log_never_hears_of_a_request(reading: Any, answers: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reading.ask(reading.reader(answers.url), listing)
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    assert "127.0.0.1" not in caplog.text


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=nas", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.mark.parametrize("version", ["0.14", "0.18", "0.19"])
def test_a_certificate_is_trusted_by_its_authority_and_only_then(
    reading: Any, overheard: Any, certificate: tuple[Path, Path], tmp_path: Path, version: str
) -> None:
    cert, key = certificate
    repositories.make_repository(tmp_path / "served" / "immich")
    with RestServer(tmp_path / "served", tls_cert=cert, tls_key=key) as server:
        url = server.url("immich")
        trusted = {"environment": {"RESTIC_CACERT": str(cert)}}
        assert reading.ask(reading.reader(url, **trusted), listing).snapshot_ids == frozenset()
        assert len(reading.ask(reading.reader(url, version=version, **trusted), lambda reader: reader.open())) == 64
        system = {"environ": {"SSL_CERT_FILE": str(cert), "PATH": "/usr/bin:/bin"}}
        assert reading.ask(reading.reader(url, **system), listing).snapshot_ids == frozenset()
        assert len(reading.ask(reading.reader(url, version=version, **system), lambda reader: reader.open())) == 64

        for question in (listing, lambda reader: reader.open()):
            reader = reading.reader(url, restic=overheard.of(tool(f"restic-{version}")))
            error = reading.failure(reader, question, overheard.trying_again)
            assert error.reason is FailureReason.UNREACHABLE
            assert "certificate" in english(error.message)


def test_a_missing_authority_file_is_named(reading: Any) -> None:
    reader = reading.reader("rest:https://127.0.0.1:1/", environment={"RESTIC_CACERT": "/no/s3cret"})
    error = reading.failure(reader, listing)
    assert error.reason is FailureReason.PERMISSION
    assert "RESTIC_CACERT" in english(error.message)


def test_tls_to_a_server_without_it_is_unreachable_and_not_a_certificate(reading: Any, answers: Any) -> None:
    error = reading.failure(reading.reader(answers.url.replace("http:", "https:")), listing)
    assert error.reason is FailureReason.UNREACHABLE
    assert "TLS" in english(error.message)


def test_a_server_behind_a_unix_socket_is_listed_and_opened(reading: Any, tmp_path: Path) -> None:
    repositories.make_repository(tmp_path / "served" / "immich")
    path = tmp_path / "rest.sock"
    command = [tool("rest-server"), "--no-auth", "--path", str(tmp_path / "served"), "--listen", f"unix:{path}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        eventually(path.exists)
        try:
            url = f"rest:http+unix://{path}:/immich/"
            assert reading.ask(reading.reader(url), listing).snapshot_ids == frozenset()
            assert len(reading.ask(reading.reader(url), lambda reader: reader.open())) == 64
        finally:
            server.terminate()


def test_a_proxy_is_used_as_restic_uses_it(reading: Any, answers: Any) -> None:
    own = {"http_proxy": f"http://127.0.0.1:{answers.port}"}
    reading.ask(reading.reader("rest:http://backup.invalid/immich/", environment=own), listing)
    assert answers.paths == ["http://backup.invalid/immich/snapshots/", "http://backup.invalid/immich/locks/"]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://me:s3cret@127.0.0.1:1", "nonsense://s3cret"])
def test_a_proxy_that_cannot_be_used_is_a_failure(reading: Any, proxy: str) -> None:
    reader = reading.reader("rest:http://backup.invalid/", environment={"HTTP_PROXY": proxy})
    assert reading.failure(reader, listing).reason in (FailureReason.UNREACHABLE, FailureReason.PROTOCOL)
