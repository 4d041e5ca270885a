"""The web configuration file: what is taken, and what is refused with which words."""

import pytest

from immich_backup_exporter.domain.errors import ConfigurationError
from immich_backup_exporter.web.config import ClientAuth, Pem, RateLimit, load_web_config, parse_web_config
from support.rendered import rendered

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
UNVERIFIED = (
    "asks for a certificate without verifying it, which this agent cannot do; "
    "use RequireAndVerifyClientCert with a client_ca_file."
)
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"


def parse(text):
    return parse_web_config(text, "/etc/agent")


def problems(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    return list(rendered(caught.value.messages))


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "{}", "tls_server_config:\nbasic_auth_users: ~\n", "tls_server_config: {}"]
)
def test_an_empty_file_is_plain_http_for_everybody(text):
    config = parse(text)
    assert config.tls is None
    assert config.users == {}
    assert config.headers == {}
    assert config.rate_limit is None


def test_paths_start_at_the_folder_of_the_file():
    tls = parse(TLS).tls
    assert tls.cert == Pem(key="tls_server_config.cert_file", path="/etc/agent/server.crt")
    assert tls.key == Pem(key="tls_server_config.key_file", path="/etc/agent/server.key")
    assert tls.files == ("/etc/agent/server.crt", "/etc/agent/server.key")


def test_absolute_paths_stay():
    assert parse("tls_server_config: {cert_file: /a.crt, key_file: /a.key}").tls.files == ("/a.crt", "/a.key")


def test_tls_defaults_are_those_of_the_toolkit():
    tls = parse(TLS).tls
    assert (tls.min_version, tls.max_version) == ("TLS12", "TLS13")
    assert tls.client_auth is ClientAuth.NONE
    assert tls.prefer_server_ciphers is True
    assert (tls.ciphers, tls.curve) == ((), None)


def test_everything_about_tls_is_taken():
    tls = parse(
        TLS
        + """
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example, 192.0.2.1]
  min_version: TLS12
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384]
"""
    ).tls
    assert tls.client_auth is ClientAuth.REQUIRED
    assert tls.client_ca == Pem(key="tls_server_config.client_ca_file", path="/etc/agent/ca.crt")
    assert tls.client_allowed_sans == ("prometheus.example", "192.0.2.1")
    assert (tls.min_version, tls.max_version) == ("TLS12", "TLS12")
    assert tls.ciphers == ("ECDHE-RSA-AES256-GCM-SHA384",)
    assert tls.prefer_server_ciphers is False
    assert tls.curve == "secp384r1"


def test_suites_of_tls_13_alone_turn_tls_12_off():
    tls = parse(TLS + "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n").tls
    assert (tls.min_version, tls.ciphers) == ("TLS13", ())


def test_a_certificate_may_stand_in_the_file_and_its_key_is_not_shown():
    tls = parse("tls_server_config:\n  cert: |\n    CERTIFICATE\n  key: |\n    SECRET\n").tls
    assert (tls.cert.text, tls.key.text) == ("CERTIFICATE\n", "SECRET\n")
    assert tls.files == ()
    assert "SECRET" not in repr(tls)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "min_version: TLS10",
            "min_version: TLS 1.0 and 1.1 are broken and not offered; use TLS12 or TLS13.",
        ),
        (
            "max_version: TLS11",
            "max_version: TLS 1.0 and 1.1 are broken and not offered; use TLS12 or TLS13.",
        ),
        ("min_version: SSL3", "min_version: must be TLS12 or TLS13."),
        (
            "min_version: TLS13\n  max_version: TLS12",
            "max_version: TLS12 leaves no version of TLS to speak.",
        ),
        (
            "client_auth_type: RequireAnyClientCert",
            f"client_auth_type: RequireAnyClientCert {UNVERIFIED}",
        ),
        (
            "client_auth_type: RequestClientCert",
            f"client_auth_type: RequestClientCert {UNVERIFIED}",
        ),
        (
            "client_auth_type: Sometimes",
            "client_auth_type: must be NoClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert.",
        ),
        (
            "client_auth_type: RequireAndVerifyClientCert",
            "client_ca_file: is missing; RequireAndVerifyClientCert needs to know whose certificates are good.",
        ),
        (
            "client_ca_file: ca.crt",
            "client_ca_file: is set but client_auth_type asks no client for a certificate.",
        ),
        (
            "client_ca_file: ca.crt\n  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [a]",
            "client_allowed_sans: needs client_auth_type RequireAndVerifyClientCert.",
        ),
        (
            "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
            "cipher_suites: 'TLS_RSA_WITH_RC4_128_SHA' is not one of Go's secure cipher suites.",
        ),
        ("cipher_suites: TLS_AES_128_GCM_SHA256", "cipher_suites: expects a list."),
        (
            "curve_preferences: [CurveP256, X25519]",
            "curve_preferences: only one curve can be chosen; name one, or none for OpenSSL's choice.",
        ),
        (
            "curve_preferences: [P-256]",
            "curve_preferences: 'P-256' is not one of CurveP256, CurveP384, CurveP521, X25519.",
        ),
        ("prefer_server_cipher_suites: maybe", "prefer_server_cipher_suites: must be true or false."),
        ("certfile: x", "certfile: is not a known key."),
        ("cert: x", "cert: and cert_file are both set; keep one."),
        ("client_ca: [x]", "client_ca: expects one value."),
    ],
)
def test_what_cannot_be_done_with_tls_is_refused_with_the_reason(lines, sentence):
    assert problems(f"{TLS}  {lines}\n") == [f"--web.config.file: tls_server_config.{sentence}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tls_server_config: {cert_file: a}",
            "tls_server_config.key_file: is missing; TLS needs a certificate and its key.",
        ),
        (
            "tls_server_config: {key_file: a}",
            "tls_server_config.cert_file: is missing; TLS needs a certificate and its key.",
        ),
        ("tls_server_config: yes", "tls_server_config: expects keys and values."),
        ("- a list", "the file: expects keys and values."),
        ("basic_auth_user: {}", "basic_auth_user: is not a known key."),
        ("http_server_config: {http3: true}", "http_server_config.http3: is not a known key."),
        ("http_server_config: {http2: perhaps}", "http_server_config.http2: must be true or false."),
        ("http_server_config: {headers: {X-Mine: a}}", "http_server_config.headers.X-Mine: is not a known key."),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}",
            "http_server_config.headers.X-Frame-Options: must be deny or sameorigin.",
        ),
        (
            'http_server_config: {headers: {X-XSS-Protection: "a\\r\\nSet-Cookie: b"}}',
            "http_server_config.headers.X-XSS-Protection: must be one line of printable ASCII.",
        ),
        (
            "basic_auth_users: {alice: secret}",
            "basic_auth_users.alice: is not a bcrypt hash; make one with `htpasswd -nBC 10 NAME`.",
        ),
        (
            "basic_auth_users: {alice: }",
            "basic_auth_users.alice: is not a bcrypt hash; make one with `htpasswd -nBC 10 NAME`.",
        ),
        (
            f'basic_auth_users: {{"a:b": {HASH}}}',
            "basic_auth_users.a:b: is not a user name: it is empty or holds a colon.",
        ),
        (
            "rate_limit: {interval: often, burst: 1}",
            "rate_limit.interval: is not a duration such as 1s or 250ms; 0 turns the limit off.",
        ),
        (
            "rate_limit: {interval: 1s}",
            "rate_limit.burst: must be at least 1, otherwise no request would ever be answered.",
        ),
        ("rate_limit: {interval: 1s, burst: -1}", "rate_limit.burst: is not a whole number."),
        ("basic_auth_users: [", "is not valid YAML near line 1."),
        ("a: &x [*y]", "is not valid YAML near line 1."),
        ("rate_limit: {}\nrate_limit: {}", "has one key twice near line 2."),
        ("\x00", "is not valid YAML."),
    ],
)
def test_a_mistake_is_named_with_its_key(text, message):
    assert problems(text) == [f"--web.config.file: {message}"]


def test_all_mistakes_are_named_at_once():
    assert problems("nonsense: 1\nbasic_auth_users: {bob: x}\nrate_limit: {burst: x}") == [
        "--web.config.file: basic_auth_users.bob: is not a bcrypt hash; make one with `htpasswd -nBC 10 NAME`.",
        "--web.config.file: rate_limit.burst: is not a whole number.",
        "--web.config.file: nonsense: is not a known key.",
    ]


def test_no_message_and_no_representation_holds_a_secret():
    (message,) = problems("basic_auth_users: {alice: hunter2}")
    assert "hunter2" not in message
    (message,) = problems("tls_server_config: {key: 'hunter2\n  cert: a")
    assert "hunter2" not in message
    assert HASH not in repr(parse(f"basic_auth_users: {{alice: {HASH}}}"))


def test_users_keep_names_that_yaml_would_read_as_something_else():
    users = parse(f"basic_auth_users:\n  alice: {HASH}\n  yes: {HASH}\n  123: {HASH}\n  Jörg: {HASH}").users
    assert users == {"alice": HASH, "yes": HASH, "123": HASH, "Jörg": HASH}


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_every_kind_of_bcrypt_hash_is_taken(kind):
    hashed = HASH.replace("2y", kind)
    assert parse(f"basic_auth_users: {{alice: {hashed}}}").users == {"alice": hashed}


def test_headers_are_taken_and_a_blank_one_is_kept_as_blank():
    headers = parse(
        "http_server_config: {http2: false, headers: {Strict-Transport-Security: max-age=60, X-Frame-Options: ''}}"
    ).headers
    assert headers == {"Strict-Transport-Security": "max-age=60", "X-Frame-Options": ""}


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1s", 1.0), ("250ms", 0.25), ("1m30s", 90.0), ("1.5h", 5400.0), ("500us", 0.0005)]
)
def test_the_interval_of_the_rate_limit_is_a_duration_as_in_go(interval, seconds):
    limit = parse(f"rate_limit: {{interval: {interval}, burst: 20}}").rate_limit
    assert limit == RateLimit(interval_seconds=seconds, burst=20)


@pytest.mark.parametrize(
    "text", ["rate_limit: {interval: 0}", "rate_limit: {interval: 0s, burst: 5}", "rate_limit: {burst: 5}"]
)
def test_no_interval_means_no_limit(text):
    assert parse(text).rate_limit is None


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path):
    assert refusal(tmp_path / "missing.yml") == ("--web.config.file: cannot be read: No such file or directory.",)
    assert refusal(tmp_path) == ("--web.config.file: cannot be read: Is a directory.",)
    (tmp_path / "latin.yml").write_bytes(b"basic_auth_users: {caf\xe9: x}")
    assert refusal(tmp_path / "latin.yml") == ("--web.config.file: is not UTF-8 text.",)


def refusal(path):
    with pytest.raises(ConfigurationError) as caught:
        load_web_config(str(path))
    return rendered(caught.value.messages)
