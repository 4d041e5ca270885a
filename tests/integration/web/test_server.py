"""The server on real sockets."""

import asyncio
import gzip
import os
import signal
import socket

import httpx
import pytest

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.web import connection as connection_module
from immich_backup_exporter.web import server as server_module
from immich_backup_exporter.web.listen import ListenError
from support.rendered import rendered
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS, put_forward


async def get(url, **headers):
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        return await client.get(url, headers=headers)


def test_metrics_are_sent_as_the_client_wishes(serve):
    async def test():
        async with serve() as running:
            plain = await get(running.url("/metrics"), accept="*/*", **{"accept-encoding": "identity"})
            assert plain.content == b"# TYPE a gauge\na 1\n"
            assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert plain.headers["content-length"] == "19"
            best = await get(
                running.url("/metrics"), accept="application/openmetrics-text", **{"accept-encoding": "gzip"}
            )
            assert best.text == "# TYPE a gauge\na 1\n# EOF\n"
            assert best.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
            assert best.headers["content-encoding"] == "gzip"
            assert best.headers["vary"] == "Accept, Accept-Encoding"

    asyncio.run(test())


def test_gzip_on_the_wire_is_whole(serve):
    async def test():
        async with serve() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            assert gzip.decompress(answer.partition(b"\r\n\r\n")[2]) == b"# TYPE a gauge\na 1\n"

    asyncio.run(test())


def test_head_is_answered_as_get_without_the_body(serve):
    async def test():
        async with serve() as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            for path in ("/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/status"):
                whole = await client.get(running.url(path), headers={"accept-encoding": "identity"})
                head = await client.head(running.url(path), headers={"accept-encoding": "identity"})
                assert head.status_code == 200
                assert head.content == b""
                assert head.headers["content-length"] == whole.headers["content-length"]

    asyncio.run(test())


def test_the_answer_names_the_time_but_no_software(serve):
    async def test():
        async with serve() as running:
            answer = await get(running.url("/-/healthy"))
            assert "date" in answer.headers
            assert "server" not in answer.headers
            assert answer.headers["x-content-type-options"] == "nosniff"

    asyncio.run(test())


def test_several_addresses_are_served_at_once(serve):
    async def test():
        async with serve(addresses=["127.0.0.1:0", "[::1]:0", ":0"]) as running:
            first, second, both = running.server.ports
            for url in (
                f"http://127.0.0.1:{first}/-/healthy",
                f"http://[::1]:{second}/-/healthy",
                f"http://127.0.0.1:{both}/-/healthy",
                f"http://[::1]:{both}/-/healthy",
            ):
                assert (await get(url)).status_code == 200
            assert running.server.urls == (
                f"http://127.0.0.1:{first}/",
                f"http://[::1]:{second}/",
                f"http://localhost:{both}/",
            )

    asyncio.run(test())


def test_a_busy_port_ends_the_start_with_one_sentence(serve):
    async def test():
        async with serve() as running:
            with pytest.raises(ListenError) as caught:
                async with serve(addresses=[f"127.0.0.1:{running.port}"]):
                    pass
            assert caught.value.message == Message("web.address_in_use", address=f"127.0.0.1:{running.port}")

    asyncio.run(test())


def test_a_web_configuration_that_cannot_be_used_ends_the_start(serve, tmp_path):
    async def test():
        with pytest.raises(ConfigurationError) as caught:
            async with serve(web_config=tmp_path / "missing.yml"):
                pass
        assert rendered(caught.value.messages) == ("--web.config.file: cannot be read: No such file or directory.",)

    asyncio.run(test())


def test_fifty_scrapes_at_once_are_answered(serve):
    async def test():
        async with serve() as running:
            running.metrics.before_answer = asyncio.Barrier(50).wait  # answers nobody before 50 have asked
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                answers = await asyncio.gather(*(client.get(running.url("/metrics")) for _ in range(50)))
            assert [answer.status_code for answer in answers] == [200] * 50

    asyncio.run(test())


def test_connections_that_send_nothing_hold_up_nobody(serve, monkeypatch):
    monkeypatch.setattr(connection_module, "_REQUEST_SECONDS", FOREVER_SECONDS)

    async def test():
        async with serve() as running:
            idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(100)]
            for number, connection in enumerate(idle):
                connection.send(b"GET /metrics HTTP/1.1\r\nX-Slow: "[:number])
            try:
                assert (await get(running.url("/metrics"))).status_code == 200
            finally:
                for connection in idle:
                    connection.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /metrics HTTP/1.1\r\nX-Slow: ",
        b"POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
    ],
)
def test_a_connection_whose_request_does_not_arrive_is_closed(serve, sent):
    async def test():
        async with serve() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(sent)
            await asyncio.sleep(0.05)
            put_forward(connection_module._REQUEST_SECONDS)
            await reader.read()
            writer.close()

    asyncio.run(test())


def test_a_kept_connection_whose_next_request_does_not_arrive_is_closed(serve, monkeypatch):
    async def test():
        async with serve() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"is healthy.\n")
            monkeypatch.setattr(connection_module, "_REQUEST_SECONDS", 0.2)
            writer.write(b"GET /met")
            await reader.read()
            writer.close()

    asyncio.run(test())


def test_a_kept_connection_outlives_the_time_for_one_request(serve):
    async def test():
        async with serve() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            for _ in range(2):
                writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
                answer = await reader.readuntil(b"is healthy.\n")
                assert answer.startswith(b"HTTP/1.1 200 ")
                put_forward(2 * connection_module._REQUEST_SECONDS)
                await asyncio.sleep(0.05)
            writer.close()

    asyncio.run(test())


def test_garbage_is_answered_with_400(serve, caplog):
    async def test():
        async with serve() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"\x16\x03\x01 not http\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            writer.close()

    asyncio.run(test())
    assert caplog.text == ""


def test_it_stops_while_a_connection_is_kept_open_without_waiting_for_its_end(serve, monkeypatch):
    monkeypatch.setattr(server_module, "_SHUTDOWN_SECONDS", FOREVER_SECONDS)

    async def test():
        async with serve() as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            await client.get(running.url("/-/healthy"))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await running.server.stop()
            with pytest.raises(httpx.ConnectError):
                await get(running.url("/-/healthy"))

    asyncio.run(test())


def test_it_stops_while_a_request_never_ends(serve, caplog):
    async def test():
        asked = asyncio.Event()

        async def never():
            asked.set()
            await asyncio.Event().wait()

        async with serve() as running:
            running.metrics.before_answer = never
            scrape = asyncio.create_task(get(running.url("/metrics")))
            await asked.wait()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await running.server.stop()
            assert (await scrape).status_code == 500
            assert running.errors == []

    asyncio.run(test())
    assert caplog.text == ""


def test_signals_stay_the_agents(serve):
    async def test():
        received = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, received.set)
        handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        async with serve() as running:
            assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await received.wait()
            assert (await get(running.url("/-/healthy"))).status_code == 200

    asyncio.run(test())


def test_waiting_ends_when_the_server_has_stopped(serve):
    async def test():
        async with serve() as running:
            waiting = asyncio.create_task(running.server.wait())
            await asyncio.sleep(0)
            assert not waiting.done()
            await running.server.stop()
            await waiting

    asyncio.run(test())
