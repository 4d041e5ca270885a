"""TLS with real clients: versions, client certificates, renewal while it runs."""

import asyncio
import shutil
import socket
import ssl
import sys

import httpx
import pytest

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.web import server as server_module
from immich_backup_exporter.web.config import Pem, TlsSettings
from immich_backup_exporter.web.tls import build_context
from support.rendered import rendered
from support.waiting import FOREVER_SECONDS, PATIENCE_SECONDS

TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
KEPT = "The last good web configuration stays in use."
MUTUAL = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"


def connect(port, context, request=b"GET /-/healthy HTTP/1.0\r\n\r\n"):
    """The TLS version, the cipher, the name in the server's certificate and the first bytes of the answer."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        spoken = secured.version(), secured.cipher()[0], secured.getpeercert()["subject"][0][0][1]
        secured.sendall(request)
        return *spoken, secured.recv(12)


async def ask(running, context):
    return await asyncio.to_thread(connect, running.port, context)


@pytest.mark.parametrize(
    ("highest", "spoken"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_both_versions_of_tls_are_spoken(serve, folder, certificates, highest, spoken):
    async def test():
        context = certificates.client_context()
        context.maximum_version = highest
        async with serve(web_config=TLS) as running:
            version, _, subject, answer = await ask(running, context)
            assert (version, subject, answer) == (spoken, "server", b"HTTP/1.1 200")
            assert running.server.urls[0] == f"https://127.0.0.1:{running.port}/"

    asyncio.run(test())


def test_the_lowest_version_is_kept(serve, folder, certificates):
    async def test():
        context = certificates.client_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        async with serve(web_config=TLS + "  min_version: TLS13\n") as running:
            with pytest.raises(ssl.SSLError, match="protocol version"):
                await ask(running, context)

    asyncio.run(test())


def test_the_highest_version_the_cipher_and_the_curve_are_kept(serve, folder, certificates):
    limits = (
        "  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]\n"
        "  curve_preferences: [CurveP384]\n"
    )

    async def test():
        wrong_curve = certificates.client_context()
        wrong_curve.set_ecdh_curve("prime256v1")
        async with serve(web_config=TLS + limits) as running:
            version, cipher, _, _ = await ask(running, certificates.client_context())
            assert (version, cipher) == ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305")
            with pytest.raises(ssl.SSLError, match="handshake failure"):
                await ask(running, wrong_curve)

    asyncio.run(test())


@pytest.mark.skipif(sys.version_info < (3, 11, 7), reason="the ssl module of Debian 12's Python cannot choose X25519")
def test_x25519_is_kept(serve, folder, certificates):
    async def test():
        other_curve = certificates.client_context()
        other_curve.set_ecdh_curve("prime256v1")
        async with serve(web_config=TLS + "  curve_preferences: [X25519]\n") as running:
            assert (await ask(running, certificates.client_context()))[3] == b"HTTP/1.1 200"
            with pytest.raises(ssl.SSLError, match="handshake failure"):
                await ask(running, other_curve)

    asyncio.run(test())


def test_plain_http_on_the_tls_port_is_turned_away_at_once(serve, folder):
    async def test():
        async with serve(web_config=TLS) as running, asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"GET /-/healthy HTTP/1.0\r\n\r\n")
            assert await reader.read() == b""
            writer.close()

    asyncio.run(test())


def test_a_certificate_is_renewed_while_it_runs(serve, folder, certificates):
    async def test():
        async with serve(web_config=TLS) as running:
            assert (await ask(running, certificates.client_context()))[2] == "server"
            certificates.install("renewed", folder)
            assert (await ask(running, certificates.client_context()))[2] == "renewed"
            assert running.errors == []

    asyncio.run(test())


def test_a_half_renewed_certificate_leaves_the_old_one_in_use_and_is_reported_once(serve, folder, certificates):
    async def test():
        async with serve(web_config=TLS) as running:
            shutil.copy(certificates.path("renewed.crt"), folder / "server.crt")
            for _ in range(3):
                assert (await ask(running, certificates.client_context()))[2] == "server"
            mismatch = "tls_server_config.key_file: does not belong to the certificate."
            assert rendered(running.errors) == (f"--web.config.file: {mismatch} {KEPT}",)
            shutil.copy(certificates.path("renewed.key"), folder / "server.key")
            assert (await ask(running, certificates.client_context()))[2] == "renewed"

    asyncio.run(test())


def test_a_new_configuration_may_name_files_that_come_later(serve, folder, certificates):
    async def test():
        async with serve(web_config=TLS) as running:
            (folder / "web.yml").write_text("tls_server_config: {cert_file: later.crt, key_file: later.key}")
            assert (await ask(running, certificates.client_context()))[2] == "server"
            shutil.copy(certificates.path("renewed.key"), folder / "later.key")
            shutil.copy(certificates.path("renewed.crt"), folder / "later.crt")
            assert (await ask(running, certificates.client_context()))[2] == "renewed"
            assert len(running.errors) == 1

    asyncio.run(test())


def test_tls_is_not_turned_off_while_it_runs(serve, folder, certificates):
    async def test():
        async with serve(web_config=TLS) as running:
            (folder / "web.yml").write_text("")
            assert (await ask(running, certificates.client_context()))[3] == b"HTTP/1.1 200"
            assert rendered(running.errors) == (f"--web.config.file: turning TLS on or off needs a restart. {KEPT}",)

    asyncio.run(test())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_with_a_certificate_of_the_authority_is_let_in(serve, folder, certificates, version):
    async def test():
        context = certificates.client_context(certificate="client")
        context.maximum_version = version
        async with serve(web_config=MUTUAL) as running:
            assert (await ask(running, context))[3] == b"HTTP/1.1 200"

    asyncio.run(test())


@pytest.mark.parametrize(
    ("version", "alert"),
    [(ssl.TLSVersion.TLSv1_2, "alert handshake failure"), (ssl.TLSVersion.TLSv1_3, "alert certificate required")],
)
def test_a_client_without_a_certificate_is_told_that_it_needs_one(serve, folder, certificates, version, alert):
    async def test():
        context = certificates.client_context()
        context.maximum_version = version
        async with serve(web_config=MUTUAL) as running:
            with pytest.raises(ssl.SSLError, match=alert):
                await ask(running, context)

    asyncio.run(test())


def test_a_client_with_a_certificate_of_another_authority_is_turned_away(serve, folder, certificates):
    async def test():
        async with serve(web_config=MUTUAL) as running:
            shutil.copy(certificates.path("renewed.crt"), folder / "ca.crt")
            with pytest.raises(ssl.SSLError, match="alert unknown ca"):
                await ask(running, certificates.client_context(certificate="client"))

    asyncio.run(test())


def test_clients_of_a_private_authority_without_key_usage_are_let_in_by_every_python(serve, folder, certificates):
    async def test():
        shutil.copy(certificates.path("plain-ca.crt"), folder / "ca.crt")
        async with serve(web_config=MUTUAL) as running:
            assert (await ask(running, certificates.client_context(certificate="plain")))[3] == b"HTTP/1.1 200"

    asyncio.run(test())


def test_a_certificate_for_servers_lets_no_client_in(serve, folder, certificates):
    async def test():
        async with serve(web_config=MUTUAL) as running:
            with pytest.raises(ssl.SSLError, match="alert unsupported certificate"):
                await ask(running, certificates.client_context(certificate="renewed"))

    asyncio.run(test())


def test_asking_for_client_certificates_begins_without_a_restart(serve, folder, certificates):
    async def test():
        async with serve(web_config=TLS) as running:
            assert (await ask(running, certificates.client_context()))[3] == b"HTTP/1.1 200"
            (folder / "web.yml").write_text(MUTUAL)
            with pytest.raises(ssl.SSLError, match="certificate required"):
                await ask(running, certificates.client_context())

    asyncio.run(test())


def test_a_certificate_is_optional_where_it_is_only_verified_if_given(serve, folder, certificates):
    async def test():
        async with serve(web_config=MUTUAL.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")) as running:
            assert (await ask(running, certificates.client_context()))[3] == b"HTTP/1.1 200"
            assert (await ask(running, certificates.client_context(certificate="client")))[3] == b"HTTP/1.1 200"

    asyncio.run(test())


@pytest.mark.parametrize("name", ["client.example", "127.0.0.1", "0:0:0::1"])
def test_a_client_with_an_allowed_name_is_let_in(serve, folder, certificates, name):
    async def test():
        async with serve(web_config=f"{MUTUAL}  client_allowed_sans: [nobody, '{name}']\n") as running:
            assert (await ask(running, certificates.client_context(certificate="client")))[3] == b"HTTP/1.1 200"

    asyncio.run(test())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_without_an_allowed_name_gets_no_answer(serve, folder, certificates, version):
    async def test():
        context = certificates.client_context(certificate="client")
        context.maximum_version = version
        async with serve(web_config=f"{MUTUAL}  client_allowed_sans: [client]\n") as running:
            try:
                answer = (await ask(running, context))[3]
            except OSError:
                answer = b""
            assert answer == b""

    asyncio.run(test())


def test_a_certificate_inside_the_configuration_is_used(serve, certificates):
    def indented(name):
        return certificates.path(name).read_text().replace("\n", "\n    ")

    async def test():
        inline = (
            f"tls_server_config:\n  cert: |\n    {indented('server.crt')}\n  key: |\n    {indented('server.key')}\n"
        )
        async with serve(web_config=inline) as running:
            assert (await ask(running, certificates.client_context()))[2] == "server"

    asyncio.run(test())


def test_it_stops_while_tls_connections_are_open_without_waiting_for_their_end(
    serve, folder, certificates, monkeypatch
):
    monkeypatch.setattr(server_module, "_SHUTDOWN_SECONDS", FOREVER_SECONDS)

    async def test():
        async with (
            serve(web_config=TLS) as running,
            httpx.AsyncClient(timeout=PATIENCE_SECONDS, verify=certificates.client_context()) as client,
        ):
            await client.get(running.url("/-/healthy"))
            silent = socket.create_connection(("127.0.0.1", running.port))
            await asyncio.sleep(0.05)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await running.server.stop()
            silent.close()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("broken", "content", "sentence"),
    [
        ("server.key", "", "tls_server_config.cert_file: this or the key is not usable PEM."),
        ("server.crt", "nonsense", "tls_server_config.cert_file: this or the key is not usable PEM."),
        ("ca.crt", "nonsense", "tls_server_config.client_ca_file: holds no certificate in PEM."),
        ("ca.crt", "", "tls_server_config.client_ca_file: holds no certificate in PEM."),
    ],
)
def test_a_broken_certificate_ends_the_start(serve, folder, broken, content, sentence):
    (folder / broken).write_text(content)

    async def test():
        with pytest.raises(ConfigurationError) as caught:
            async with serve(web_config=MUTUAL):
                pass
        assert rendered(caught.value.messages) == (f"--web.config.file: {sentence}",)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (
            {"curve": "no-such-curve"},
            (
                "curve_preferences: this Python and its OpenSSL cannot choose no-such-curve; leave the key out, "
                "which allows X25519 among others, or name CurveP256."
            ),
        ),
        (
            {"ciphers": ("no-such-cipher",)},
            "cipher_suites: this machine's OpenSSL offers none of them; name others or none.",
        ),
    ],
)
def test_what_openssl_cannot_do_is_refused_in_a_sentence(folder, wish, sentence):
    cert = Pem(key="cert_file", path=str(folder / "server.crt"))
    key = Pem(key="key_file", path=str(folder / "server.key"))
    with pytest.raises(ConfigurationError) as caught:
        build_context(TlsSettings(cert=cert, key=key, **wish))
    assert rendered(caught.value.messages) == (f"--web.config.file: tls_server_config.{sentence}",)


def test_a_missing_certificate_ends_the_start(serve, folder):
    (folder / "server.key").unlink()

    async def test():
        with pytest.raises(ConfigurationError) as caught:
            async with serve(web_config=TLS):
                pass
        assert rendered(caught.value.messages) == (
            "--web.config.file: tls_server_config.key_file: cannot be read: No such file or directory.",
        )

    asyncio.run(test())


def test_a_key_with_a_passphrase_is_refused_instead_of_asking_the_terminal(serve, folder, certificates):
    certificates.run("ec", "-in", "server.key", "-aes256", "-passout", "pass:x", "-out", "locked.key")
    shutil.copy(certificates.path("locked.key"), folder / "server.key")

    async def test():
        with pytest.raises(ConfigurationError) as caught:
            async with serve(web_config=TLS):
                pass
        key = "tls_server_config.key_file"
        problem = Message("web_config.key_with_passphrase", key=key)
        assert caught.value.messages == (Message("web_config.at", problem=problem),)

    asyncio.run(test())
