"""Reading apt's own source lists for the address of a Debian mirror."""

from pathlib import Path

import pytest

from debian_archive import Source, configured_mirrors, debian_mirrors, parse_deb822_sources, parse_one_line_sources

DEB822 = """\
Types: deb deb-src
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPL0BUBEADmW5
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
"""


def test_a_deb822_file_gives_its_enabled_binary_sources() -> None:
    assert parse_deb822_sources(DEB822) == [
        Source(
            uri="http://mirror.example/debian",
            suites=("bookworm", "bookworm-updates"),
            components=("main", "contrib"),
        )
    ]


def test_a_deb822_stanza_with_two_addresses_gives_two_sources() -> None:
    text = "Types: deb\nURIs: http://a.example/debian\n http://b.example/debian\nSuites: sid\nComponents: main\n"

    assert [source.uri for source in parse_deb822_sources(text)] == [
        "http://a.example/debian",
        "http://b.example/debian",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "deb http://mirror.example/debian trixie main contrib",
        "  deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/debian trixie main contrib# x",
    ],
)
def test_a_line_of_sources_list_gives_its_source(line: str) -> None:
    assert parse_one_line_sources(line) == [
        Source(uri="http://mirror.example/debian", suites=("trixie",), components=("main", "contrib"))
    ]


@pytest.mark.parametrize("line", ["# deb http://a.example/debian sid main", "deb-src http://a.example/debian sid main"])
def test_comments_and_source_packages_are_no_sources(line: str) -> None:
    assert parse_one_line_sources(line) == []


def test_a_mirror_of_debian_is_told_from_security_updates_and_from_vendors() -> None:
    sources = parse_one_line_sources(
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb https://vendor.example/apt stable main\n"
        "deb https://database.example/apt bookworm-pgdg main\n"
        "deb http://mirror.example/debian/ bookworm main\n"
        "deb cdrom:[Debian]/ bookworm main\n"
    )

    assert debian_mirrors(sources) == ["http://mirror.example/debian/", "https://vendor.example/apt"]


def test_both_formats_are_read_and_disabled_files_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
    (tmp_path / "sources.list.d/b.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/c.list.disabled").write_text("deb http://c.example/debian bookworm main\n")

    assert configured_mirrors(tmp_path) == ["http://a.example/debian", "http://mirror.example/debian"]


def test_without_sources_there_is_no_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)

    assert configured_mirrors(tmp_path) == []


def test_a_mirror_from_the_environment_overrides_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBIAN_MIRROR", "http://chosen.example/debian")
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")

    assert configured_mirrors(tmp_path) == ["http://chosen.example/debian"]
