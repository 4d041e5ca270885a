import pytest

from immich_backup_exporter.restic.proxy import proxy_for

PROXY = {"HTTPS_PROXY": "http://proxy:3128", "HTTP_PROXY": "http://plain:3128"}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://backup.example/", "http://proxy:3128"),
        ("http://backup.example/", "http://plain:3128"),
        ("https://localhost/", None),
        ("https://127.0.0.1:8000/", None),
        ("https://[::1]:8000/", None),
    ],
)
def test_the_scheme_chooses_the_proxy_and_this_machine_needs_none(url: str, proxy: str | None) -> None:
    assert proxy_for(url, PROXY) == proxy


def test_small_letters_count_where_capitals_are_missing() -> None:
    assert proxy_for("https://h/", {"https_proxy": "small:1", "HTTP_PROXY": "other"}) == "http://small:1"
    assert proxy_for("https://h/", {"https_proxy": "small:1", "HTTPS_PROXY": "http://big:1"}) == "http://big:1"
    assert proxy_for("https://h/", {}) is None


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("*", True),
        ("backup.example", True),
        ("example", True),
        (".example", True),
        ("*.example", True),
        (" x , EXAMPLE ", True),
        ("backup.example:443", True),
        ("backup.example:8443", False),
        ("ackup.example", False),
        ("other", False),
        ("", False),
        (",", False),
    ],
)
def test_no_proxy_names_hosts_and_domains(no_proxy: str, direct: bool) -> None:
    assert (proxy_for("https://backup.example/", PROXY | {"no_proxy": no_proxy}) is None) == direct


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("192.0.2.7", True),
        ("192.0.2.0/24", True),
        ("192.0.2.7:8000", True),
        ("192.0.2.7:443", False),
        ("192.0.3.0/24", False),
        ("192.0.2.0/99", False),
    ],
)
def test_no_proxy_names_addresses_and_networks(no_proxy: str, direct: bool) -> None:
    assert (proxy_for("https://192.0.2.7:8000/", PROXY | {"NO_PROXY": no_proxy}) is None) == direct
