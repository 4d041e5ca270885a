"""The page about the simulated years is what `make truth` writes today, and tells that nothing was missed."""

import re

from support.tools import PROJECT
from support.years.faults import KINDS
from support.years.report import HEAD, HOW, INTRO, OUTCOME
from support.years.styles import STYLES

PAGE = (PROJECT / "docs" / "explanation" / "simulated-years.md").read_text(encoding="utf-8")
ROWS = [line[2:-2].split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]


def test_the_page_is_written_by_the_tool_of_today() -> None:
    assert [part in PAGE for part in (INTRO, OUTCOME, HOW, "\n".join(f"- {style.about}" for style in STYLES))] == [
        True,
        True,
        True,
        True,
    ]


def test_the_page_has_a_row_for_every_kind_of_fault() -> None:
    assert tuple(ROWS[0]) == HEAD
    described = [(kind.make.__doc__ or "").splitlines()[0] for kind in KINDS]
    assert [row[0] for row in ROWS[2:] if row[0]] == described


def test_the_page_tells_of_ten_healthy_years_and_of_200_faults_of_which_none_was_missed() -> None:
    told = re.search(
        r"^10 of 10 healthy years raised no alert\. "
        r"Of (\d+) faults that must be found (\d+) were, and of (\d+) that are no trouble (\d+) raised no alert\.$",
        PAGE,
        re.MULTILINE,
    )
    assert told is not None
    harmful, found, harmless, silent = map(int, told.groups())
    assert harmful == found
    assert harmless == silent
    assert harmful + harmless >= 200
