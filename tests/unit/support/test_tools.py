"""A missing program skips on a developer's machine and fails in CI."""

import pytest

from support import tools


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_find", lambda _: None)


def test_a_missing_program_fails_the_test_in_ci(monkeypatch: pytest.MonkeyPatch, nothing_found: None) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=r"restic-0.18 is neither .* run `make tools`"):
        tools.tool("restic-0.18")


def test_a_missing_program_skips_the_test_elsewhere(monkeypatch: pytest.MonkeyPatch, nothing_found: None) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="run `make tools`"):
        tools.tool("restic-0.18")


def test_a_free_port_is_given_to_one_who_listens() -> None:
    assert 1024 <= tools.free_port() <= 65535
