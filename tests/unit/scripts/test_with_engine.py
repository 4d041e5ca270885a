"""What `scripts/with-engine` can say without an engine; `make image-test` runs the rest of it."""

from pathlib import Path

import pytest

from support.tools import load_script


def test_it_makes_the_image_that_the_dockerfile_begins_with() -> None:
    assert load_script("with-engine")._base_image() == ("debian:trixie-slim", "trixie")


def test_another_beginning_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = load_script("with-engine")
    (tmp_path / "Dockerfile").write_text("FROM alpine\n")
    monkeypatch.setattr(script, "PROJECT", tmp_path)
    with pytest.raises(script.EngineError, match="ARG DEBIAN="):
        script._base_image()


def test_who_is_not_root_is_told_so_and_what_else_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = load_script("with-engine")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.argv", ["with-engine", "true"])
    assert script.main() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "needs root" in said.err
    assert "ENGINE=docker" in said.err
