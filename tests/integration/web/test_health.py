"""The health check against real servers, alive and not."""

import asyncio
import socket

import pytest

from immich_backup_exporter.web import health
from immich_backup_exporter.words import ENGLISH

TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
MUTUAL = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
USERS = "basic_auth_users:\n  alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n"


def healthcheck(addresses, web_config_file):
    healthy, message = health.healthcheck(addresses, web_config_file)
    return healthy, ENGLISH.render(message)


def check(serve, web_config, *, host="127.0.0.1", listen="127.0.0.1:0", config_path=None):
    async def run():
        async with serve(web_config=web_config, addresses=[listen]) as running:
            return await asyncio.to_thread(healthcheck, [f"{host}:{running.port}"], config_path)

    return asyncio.run(run())


def test_a_running_agent_is_healthy(serve):
    assert check(serve, None) == (True, "The agent is healthy.")


@pytest.mark.parametrize("host", ["", "0.0.0.0", "[::]", "127.0.0.1", "[::1]"])
def test_an_agent_on_every_interface_is_found(serve, host):
    assert check(serve, None, listen=":0", host=host) == (True, "The agent is healthy.")


def test_an_agent_with_tls_is_healthy_whatever_name_its_certificate_carries(serve, folder):
    assert check(serve, TLS, config_path=str(folder / "web.yml")) == (True, "The agent is healthy.")


@pytest.mark.parametrize("versions", ["", "  max_version: TLS12\n"])
def test_an_agent_that_wants_a_client_certificate_is_alive(serve, folder, versions):
    assert check(serve, MUTUAL + versions, config_path=str(folder / "web.yml")) == (
        True,
        "The agent is alive: it asked for a client certificate, which the health check does not have.",
    )


def test_an_agent_that_wants_a_password_is_alive(serve, tmp_path):
    assert check(serve, USERS, config_path=str(tmp_path / "web.yml")) == (
        True,
        "The agent is alive: it asked for a password, which the health check does not know.",
    )


@pytest.mark.parametrize("web_config", [TLS, ""])
def test_a_web_configuration_that_broke_since_does_not_make_the_agent_unhealthy(serve, folder, web_config):
    broken = folder / "broken.yml"
    broken.write_text("nonsense: 1")
    assert check(serve, web_config, config_path=str(broken)) == (True, "The agent is healthy.")


def test_nothing_on_the_port_is_not_healthy():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert healthcheck([f"127.0.0.1:{port}"], None) == (
        False,
        "Nothing listens on the agent's port; it is not running, or listens elsewhere.",
    )


def test_an_agent_that_accepts_and_never_answers_is_not_healthy(monkeypatch):
    monkeypatch.setattr(health, "_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert healthcheck([f"127.0.0.1:{silent.getsockname()[1]}"], None) == (
            False,
            "The agent did not answer within 0.2 seconds.",
        )


def test_plain_http_where_tls_was_configured_is_not_healthy(serve, folder):
    (folder / "other.yml").write_text(TLS)
    assert check(serve, None, config_path=str(folder / "other.yml")) == (
        False,
        "The agent does not answer in TLS as its web configuration says.",
    )


def test_another_program_on_the_port_is_not_healthy():
    async def run():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(healthcheck, [f"127.0.0.1:{port}"], None)

    assert asyncio.run(run()) == (
        False,
        "The agent's port answered with status 404; another program may listen there.",
    )


def test_a_port_that_the_agent_chose_itself_cannot_be_asked():
    assert healthcheck([":0"], None) == (
        False,
        "The agent chose its port itself (:0) and cannot be found; give it a fixed port.",
    )


def test_a_mistyped_address_is_named():
    assert healthcheck(["10321"], None)[1].startswith("--web.listen-address: '10321' is not an address;")
