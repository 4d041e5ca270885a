import io
import json
import sys

import pytest
import structlog

from immich_backup_exporter.logs import configure_logs
from support.fakes import HandClock


@pytest.fixture(autouse=True)
def _leave_no_trace():  # type: ignore[no-untyped-def]
    yield
    structlog.reset_defaults()


def logged(
    capsys: pytest.CaptureFixture[str], log_format: str = "logfmt", level: str = "info", **fields: object
) -> str:
    configure_logs(level, log_format, HandClock())
    structlog.get_logger().warning("something is wrong", **fields)
    structlog.get_logger().debug("a detail")
    return capsys.readouterr().err


def test_a_line_has_the_fields_that_prometheus_people_know(capsys: pytest.CaptureFixture[str]) -> None:
    said = logged(capsys, repository="nas")
    assert said == 'ts=2026-11-23T12:00:00.000Z level=warn msg="something is wrong" repository=nas\n'


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(logged(capsys, "json", repository="nas")) == {
        "ts": "2026-11-23T12:00:00.000Z",
        "level": "warn",
        "msg": "something is wrong",
        "repository": "nas",
    }


def test_a_name_with_a_newline_or_broken_bytes_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = logged(capsys, host="a\nlevel=error msg=forged \udcff")
    assert said.count("\n") == 1
    assert r"a\nlevel=error" in said.replace("\\\\", "\\")


def test_debug_is_shown_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a detail" not in logged(capsys)
    assert "a detail" in logged(capsys, level="debug")


def test_a_log_that_nobody_reads_any_more_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    configure_logs("info", "logfmt", HandClock())
    structlog.get_logger().info("nobody hears this")
