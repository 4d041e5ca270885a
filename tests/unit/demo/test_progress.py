"""Progress where the output is no terminal."""

import pytest

from immich_backup_exporter.demo.progress import shown
from support.words import message


def test_off_a_terminal_a_few_plain_lines_tell_how_far_it_is(capsys: pytest.CaptureFixture[str]):
    with shown(12) as step:
        for number in range(12):
            step(message(f"night {number}"))
    assert capsys.readouterr().out.splitlines() == [
        "[  0 %] night 0",
        "[ 16 %] night 2",
        "[ 33 %] night 4",
        "[ 50 %] night 6",
        "[ 66 %] night 8",
        "[ 83 %] night 10",
    ]


def test_on_a_terminal_a_bar_tells_the_step_and_is_wiped_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with shown(2) as step:
        step(message("night 1"))
        step(message("night 2"))
    printed = capsys.readouterr().out
    assert "night 2" in printed
    assert "50%" in printed
    assert printed.endswith("\x1b[2K")
