"""Neither what clients do nor a fault of the agent's writes to standard error by itself, least of all a traceback.

Without handlers Python writes there what is logged; hence the tests look at the log of every logger, asyncio's too.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from immich_backup_exporter.words import ENGLISH
from support.waiting import PATIENCE_SECONDS

HEAD = b" HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
GARBAGE = b"zz\r\nno chunk\r\n"


async def read_body(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def answer_slowly(_: Request) -> PlainTextResponse:
    await asyncio.sleep(0.2)
    return PlainTextResponse("slow")


async def answer_in_parts(_: Request) -> StreamingResponse:
    async def parts():
        yield "first"
        await asyncio.sleep(0.2)
        yield "second"

    return StreamingResponse(parts())


async def break_off(_: Request) -> StreamingResponse:
    async def parts():
        yield "first"
        raise RuntimeError("a fault")

    return StreamingResponse(parts())


ROUTES = [
    Route("/body", read_body, methods=["POST"]),
    Route("/slow", answer_slowly, methods=["POST"]),
    Route("/parts", answer_in_parts, methods=["POST"]),
    Route("/broken", break_off),
]


@pytest.mark.parametrize(
    ("sent", "then"),
    [
        (b"POST /-/reload" + HEAD + CHUNKED, GARBAGE),  # after the answer
        (b"POST /-/reload" + HEAD + CHUNKED + GARBAGE, b""),  # with it
        (b"POST /slow" + HEAD + CHUNKED, GARBAGE),  # before it
        (b"POST /parts" + HEAD + CHUNKED, GARBAGE),  # inside it
        (b"POST /body" + HEAD + CHUNKED, GARBAGE),
        (b"POST /body" + HEAD + b"Content-Length: 10\r\n\r\nabc", b""),
        (b"POST /slow" + HEAD + b"\r\n", b"\x00\r\n\r\n"),
        (b"POST /slow" + HEAD + b"\r\n", b""),
        (b"GET /-/healthy" + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b""),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b""),
        (b"GET /" + b"a" * 100_000, b""),
        (b"GET /%ff%00" + HEAD + b"Authorization: Basic \xff\r\n\r\n", b""),
    ],
)
def test_a_client_that_misbehaves_leaves_no_trace(serve, caplog, sent, then):
    async def test():
        async with serve(routes=ROUTES) as running:
            _, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(sent)
            await asyncio.sleep(0.1)
            writer.write(then)
            await asyncio.sleep(0.1)
            writer.close()
            await asyncio.sleep(0.3)
            assert running.errors == []

    asyncio.run(test())
    assert caplog.text == ""


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"]
)
def test_a_client_that_speaks_no_tls_leaves_no_trace(serve, folder, caplog, sent):
    async def test():
        async with serve(web_config="tls_server_config: {cert_file: server.crt, key_file: server.key}") as running:
            _, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(sent)
            await asyncio.sleep(0.1)
            writer.close()
            assert running.errors == []

    asyncio.run(test())
    assert caplog.text == ""


def test_a_body_that_does_not_arrive_in_time_leaves_no_trace(serve, caplog, monkeypatch):
    monkeypatch.setattr("immich_backup_exporter.web.connection._REQUEST_SECONDS", 1)

    async def test():
        async with serve(routes=ROUTES) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"POST /body" + HEAD + b"Content-Length: 10\r\n\r\nabc")
            assert await reader.read() == b""
            writer.close()
            assert running.errors == []

    asyncio.run(test())
    assert caplog.text == ""


def test_a_fault_is_one_500_and_one_line(serve, caplog):
    async def fault():
        raise RuntimeError("the secret")

    async def test():
        async with serve() as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            running.metrics.before_answer = fault
            answer = await client.get(running.url("/metrics"))
            assert (answer.status_code, answer.text) == (500, "Internal Server Error")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert len(running.errors) == 1
            assert re.fullmatch(
                r"A request for '/metrics' was not answered: RuntimeError at web/app\.py:[0-9]+\. "
                r"This is a fault of the agent; please report it\.",
                ENGLISH.render(running.errors[0]),
            )
            running.metrics.before_answer = None
            assert (await client.get(running.url("/metrics"))).status_code == 200

    asyncio.run(test())
    assert caplog.text == ""


def test_a_fault_inside_an_answer_ends_the_connection_and_is_one_line(serve, caplog):
    async def test():
        async with serve(routes=ROUTES) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(running.url("/broken"))
            assert len(running.errors) == 1

    asyncio.run(test())
    assert caplog.text == ""


PROGRAM = """
import asyncio, sys
from immich_backup_exporter.web.server import WebServer
from immich_backup_exporter.words import ENGLISH

async def app(scope, receive, send):
    if scope["path"] == "/fault":
        raise RuntimeError("the secret")
    print("asked", flush=True)
    await asyncio.Event().wait()

def tell(message):
    print(ENGLISH.render(message), file=sys.stderr)

async def main():
    server = WebServer(app, addresses=["127.0.0.1:0"], on_error=tell)
    await server.start()
    print(server.ports[0], flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await server.stop()

asyncio.run(main())
"""


def test_a_process_with_a_fault_and_an_open_request_ends_with_one_line_on_standard_error():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        port = int(process.stdout.readline())
        assert httpx.get(f"http://127.0.0.1:{port}/fault", timeout=PATIENCE_SECONDS).status_code == 500
        with socket.create_connection(("127.0.0.1", port)) as open_request:
            open_request.sendall(b"GET /open" + HEAD + b"\r\n")
            assert process.stdout.readline() == "asked\n"
            _, errors = process.communicate("stop\n", timeout=PATIENCE_SECONDS)
            assert open_request.recv(12) == b"HTTP/1.1 500"
    assert process.returncode == 0
    assert re.fullmatch(r"A request for '/fault' was not answered: RuntimeError at .*please report it\.\n", errors)
