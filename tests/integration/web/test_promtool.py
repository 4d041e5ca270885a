"""What this agent takes as a web configuration, Prometheus' own tool takes too."""

import subprocess

import pytest

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.web.watch import WebConfigFile
from support.tools import tool

TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"


def promtool(path):
    return subprocess.run(
        [tool("promtool-3"), "check", "web-config", str(path)], capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize(
    "text",
    [
        "",
        TLS,
        TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  client_allowed_sans: [a]\n",
        TLS + "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n",
        TLS + "  min_version: TLS13\n  max_version: TLS13\n",
        TLS + "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TLS_AES_128_GCM_SHA256]\n",
        TLS + "  prefer_server_cipher_suites: false\n  curve_preferences: [CurveP256]\n",
        f"basic_auth_users:\n  alice: {HASH}\n  yes: {HASH}\n  123: {HASH}\n",
        "http_server_config:\n  http2: false\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: ''\n",
        "rate_limit:\n  interval: 1m30s\n  burst: 20\n",
        "rate_limit:\n  interval: 0\n",
    ],
)
def test_it_is_taken_by_both(folder, text):
    path = folder / "web.yml"
    path.write_text(text)
    assert promtool(path) == 0
    WebConfigFile(str(path), print)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense: 1\n",
        TLS + "  certfile: a\n",
        TLS + "  min_version: SSL3\n",
        TLS + "  cipher_suites: [RC4]\n",
        TLS + "  client_ca_file: ca.crt\n",
        "tls_server_config: {cert_file: server.crt}\n",
        "tls_server_config: {cert_file: server.crt, key_file: missing.key}\n",
        "basic_auth_users: {alice: plain}\n",
        "http_server_config: {headers: {X-Mine: a}}\n",
        "http_server_config: {headers: {X-Frame-Options: allow}}\n",
        "rate_limit: {interval: often}\n",
        "basic_auth_users: {}\nbasic_auth_users: {}\n",
    ],
)
def test_it_is_refused_by_both(folder, text):
    path = folder / "web.yml"
    path.write_text(text)
    assert promtool(path) != 0
    with pytest.raises(ConfigurationError):
        WebConfigFile(str(path), print)
