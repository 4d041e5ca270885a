"""What is drawn over the time, over a month with one bad week, in the oldest Prometheus that is supported."""

import pytest

from support import board
from support.board import panel
from support.landscape import Answers, key
from support.month import DAYS, STEP, sequence

OK, UNKNOWN, WARNING, UNWATCHED, CRITICAL = 0, 2, 3, 4, 5
POINTS = DAYS * 86_400 // STEP + 1
EVENING = 8
"""Points at which the exporter was gone."""
RATES = {
    "Polls per hour",
    "restic processes per hour",
    "Time in restic",
    "Processor",
    "Own failures",
    "Read for it in a day",
    "Time for it in a day",
}
"""They look back over a window, so they begin later and bridge gaps."""
RANGES = [
    pytest.param(one, target, id=f"{one['title']}-{target['refId']}")
    for one, target in board.targets()
    if one["type"] == "timeseries" and one["title"] not in RATES | {"Runs per day by outcome"}
]


def rows(answers: Answers) -> dict[str, list[float]]:
    """The rows of the state timeline on the wall."""
    timeline = panel("The last 30 days")
    return {
        board.series_name(target, series["labels"]): sequence(series)
        for target in timeline["targets"]
        for series in answers[key(timeline, target)]["month"]
    }


def test_the_timeline_tells_the_month_as_it_was(month_answers: Answers) -> None:
    assert rows(month_answers) == {
        "Photos": [OK, UNWATCHED, OK, WARNING, CRITICAL, OK],
        "Backup nas · immich": [OK, UNKNOWN, OK, WARNING, CRITICAL, OK],
        "Backup offsite · immich": [
            OK,
            UNKNOWN,
            OK,
            WARNING,
            OK,
        ],  # no alert of it was filled in: late, by its own limit
        "Database dumps": [OK, UNKNOWN, OK],
        "Library disks": [OK, UNKNOWN, OK],
        "Job copy": [1, UNKNOWN, 1],
        "Job monthly": [OK, UNKNOWN, OK],
        "Job nightly": [OK, UNKNOWN, OK],
        "Repository nas": [OK, UNKNOWN, OK],
        "Repository offsite": [OK, UNKNOWN, OK],
        "Exporter nas:10321": [OK, UNKNOWN, OK],
    }


def test_the_timeline_has_no_gap_while_the_exporter_is_gone(month_answers: Answers) -> None:
    timeline = panel("The last 30 days")
    lengths = [
        len(series["values"])
        for target in timeline["targets"][:3]
        for series in month_answers[key(timeline, target)]["month"]
    ]
    assert lengths == [POINTS] * 4


@pytest.mark.parametrize(("one", "target"), RANGES)
def test_a_line_is_drawn_for_the_whole_month_but_the_evening_that_nobody_saw(
    month_answers: Answers, one: board.Panel, target: dict[str, str]
) -> None:
    lengths = {len(series["values"]) for series in month_answers[key(one, target)]["month"]}
    assert lengths <= {POINTS - EVENING}


@pytest.mark.parametrize("title", sorted(RATES))
def test_a_rate_is_drawn_over_the_month(month_answers: Answers, title: str) -> None:
    (first, *_) = panel(title)["targets"]
    lengths = {len(series["values"]) for series in month_answers[key(panel(title), first)]["month"]}
    assert min(lengths) > POINTS - 2 * EVENING


def test_sizes_are_drawn_with_what_is_usual_and_what_is_too_little(month_answers: Answers) -> None:
    sizes = panel("Size per snapshot")
    newest, usual, least = (
        [series["values"][-1][1] for series in month_answers[f"{sizes['id']} {ref}"]["month"]] for ref in "ABC"
    )
    assert [len(each) for each in (newest, usual, least)] == [2, 2, 2]
    assert least == pytest.approx([0.8 * value for value in usual])
    assert newest > least


def test_runs_are_counted_by_the_day(month_answers: Answers) -> None:
    runs = panel("Runs per day by outcome")
    per_day = {
        (series["labels"]["job_name"], series["labels"]["outcome"]): series["values"][-1][1]
        for series in month_answers[f"{runs['id']} A"]["month"]
    }
    assert per_day["nightly", "success"] == pytest.approx(1, abs=0.1)
    assert per_day["nightly", "crashed"] == 0
