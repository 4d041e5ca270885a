"""What the dashboard's queries answer: asked once per run of the tests, by whichever worker comes first."""

import time
from pathlib import Path

import pytest

from support import landscape, month
from support.landscape import Answers, answers_once
from support.repositories import shared_folder


@pytest.fixture(scope="session")
def answers() -> Answers:
    """Of real agents in every kind of trouble."""
    return answers_once(shared_folder(), landscape.answers, "landscape")


@pytest.fixture(scope="session")
def month_answers(answers: Answers) -> Answers:
    """Of a month that a real agent's answer was spread over."""

    def make(folder: Path) -> Answers:
        end = (time.time() - 4 * 3600) // month.STEP * month.STEP  # the last three hours cannot be filled in
        return month.answers(folder, (shared_folder() / "landscape" / "healthy.metrics").read_text(), end)

    return answers_once(shared_folder(), make, "month")
