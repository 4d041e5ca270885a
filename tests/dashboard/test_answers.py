"""Every query of every panel, in a real Prometheus that scraped real agents, healthy and in every kind of trouble."""

import pytest

from support import board
from support.board import Shown, panel, shown
from support.landscape import BROKEN, KINDS, Answers, key

GREEN = "green"
EVERY_QUERY = [pytest.param(one, target, id=f"{one['title']}-{target['refId']}") for one, target in board.targets()]
DRAWN = [
    pytest.param(one, target, id=f"{one['title']}-{target['refId']}")
    for one, target in board.targets()
    if one["type"] != "stat"
]
MAY_LACK = {"repository", "plan", "job_name", "alert"}
"""Labels that not every alert has."""
NOTHING_TO_SHOW_WHEN_HEALTHY = {
    ("Age in % of its limit", "B"),  # plans without a backup
    ("Number of backups", "B"),  # the usual number, known after more nights than the demo has
    ("Whether they can be read", "B"),  # reasons of failures
    ("Age of the oldest lock", "A"),
    ("Age of the last check", "B"),  # of repositories that were never checked
}
OF_JOBS = {
    ("The last 30 days", "E"),
    ("How the last run ended", "A"),
    ("Duration of the last run", "A"),
    ("Duration of the last run", "B"),
    ("Duration of the last run", "C"),
    ("Runs per day by outcome", "A"),
    *(("Jobs", ref) for ref in "ABCDEFG"),
    ("Result of the last check", "A"),
    ("Age of the last check", "A"),
    ("Age of the last check", "C"),
}
"""Only the healthy one and `failed-job` have jobs."""
BLANK = {
    "failed-job": set(),
    # One snapshot is left: there is none before it to compare it with.
    "job-stopped": OF_JOBS | {("Newest snapshot of each plan", "F"), ("Newest snapshot of each plan", "H")},
}
"""What shows nothing in trouble that shows something when all is well, where that is not `OF_JOBS`."""


def tiles(answers: Answers, title: str, kind: str) -> list[Shown]:
    one = panel(title)
    return [tile for target in one["targets"] for tile in shown(one, target["refId"], answers[key(one, target)][kind])]


def said(answers: Answers, title: str, kind: str) -> list[str]:
    """What stands on the tiles of a panel: the text in the place of a value, and the name."""
    return [f"{tile.text} {tile.name}".strip() for tile in tiles(answers, title, kind)]


# --- the verdict


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("healthy", "✔ YES"),
        ("new", "… WAIT"),
        ("paused", "… WAIT"),
        ("job-stopped", "✖ NO"),
        ("empty-folder", "✖ NO"),
        ("corrupt-dump", "✖ NO"),
        ("truncated-dump", "✖ NO"),
        ("missing-dump", "✖ NO"),
        ("wrong-password", "✖ NO"),
        ("repository-gone", "✖ NO"),
        ("stale-lock", "▲ CHECK"),
        ("small-backup", "✖ NO"),
        ("clock-wrong", "▲ CHECK"),
        ("unfinished-dump", "▲ CHECK"),
        ("insides", "✖ NO"),
        ("failed-job", "✖ NO"),
        ("gone", "✖ NOT WATCHED"),
        ("never-there", "✖ NOT WATCHED"),
        ("everyone", "✖ NO"),
    ],
)
def test_the_verdict_is_what_the_trouble_deserves(answers: Answers, kind: str, answer: str) -> None:
    (tile,) = tiles(answers, "Are the photos safe?", kind)
    assert tile.text == answer


def test_there_is_a_verdict_for_every_kind_of_trouble(answers: Answers) -> None:
    assert set(answers["without rules"]) == set(KINDS)
    assert set(BROKEN) < set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "healthy"])
def test_nothing_but_health_is_green(answers: Answers, kind: str) -> None:
    assert [tile.colour for tile in tiles(answers, "Are the photos safe?", kind)] != [GREEN]


def test_without_the_alert_rules_nobody_knows(answers: Answers) -> None:
    verdict = panel("Are the photos safe?")
    (tile,) = shown(verdict, "A", answers["without rules"]["healthy"])
    assert (tile.text, tile.colour) == ("? UNKNOWN", "purple")


@pytest.mark.parametrize("kind", BROKEN)
def test_what_fires_is_said_and_so_is_the_verdict(answers: Answers, kind: str) -> None:
    firing = {tile.colour for tile in tiles(answers, "What is firing", kind)}
    (verdict,) = tiles(answers, "Are the photos safe?", kind)
    assert ("red" in firing, GREEN in firing) == (verdict.text.startswith("✖"), False)


# --- the tiles


def test_when_all_is_well_every_tile_is_green_and_says_so(answers: Answers) -> None:
    assert said(answers, "What is firing", "healthy") == ["✔ Nothing"]
    assert said(answers, "Newest complete backup", "healthy") == ["✔ nas · immich", "✔ offsite · immich"]
    assert said(answers, "Newest good database dump", "healthy") == ["✔ whole"]
    assert said(answers, "Off-site copy", "healthy") == ["✔ offsite · immich"]


@pytest.mark.parametrize(
    ("title", "kind", "expected"),
    [
        ("Newest complete backup", "job-stopped", ["✖ nas · immich overdue", "✖ offsite · immich overdue"]),
        ("Off-site copy", "job-stopped", ["✖ offsite · immich overdue"]),
        ("Newest complete backup", "small-backup", ["✖ nas · immich bad", "✔ offsite · immich"]),
        ("Newest complete backup", "clock-wrong", ["▲ nas · immich look", "✔ offsite · immich"]),
        ("Newest complete backup", "wrong-password", ["? nas · immich not readable", "✔ offsite · immich"]),
        ("Newest complete backup", "paused", ["… nas · immich excused", "… offsite · immich excused"]),
        ("Newest good database dump", "paused", ["… paused"]),
        ("What is firing", "paused", ["✔ Nothing"]),
        ("Newest complete backup", "new", ["none yet … nas · immich not due"]),
        ("Off-site copy", "new", ["none ○ not asked for"]),
        ("Newest good database dump", "corrupt-dump", ["✖ newest is damaged, last good"]),
        ("Newest good database dump", "missing-dump", ["✖ too old"]),
        ("Newest good database dump", "unfinished-dump", ["▲ whole, but look"]),
        ("Newest complete backup", "gone", ["unknown ? nas · immich", "unknown ? offsite · immich"]),
        ("Newest good database dump", "gone", ["unknown ? database dump"]),
        ("Off-site copy", "gone", ["unknown ? no exporter"]),
        ("Newest complete backup", "never-there", ["none ? No plan is watched"]),
        ("Newest good database dump", "never-there", ["unknown ? no exporter"]),
        ("What is firing", "never-there", ["✖ No exporter answers"]),
        ("What is firing", "failed-job", ["✖ JobFailed nas immich nightly"]),
        ("What is firing", "stale-lock", ["▲ RepositoryLockStale nas"]),
    ],
)
def test_a_tile_says_what_is_wrong_in_words(answers: Answers, title: str, kind: str, expected: list[str]) -> None:
    assert sorted(said(answers, title, kind)) == sorted(expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("title", [one["title"] for one in board.panels() if one["type"] == "stat"])
def test_a_panel_of_tiles_is_never_empty(answers: Answers, title: str, kind: str) -> None:
    assert tiles(answers, title, kind) != []


@pytest.mark.parametrize("kind", KINDS)
def test_colour_stands_beside_an_icon(answers: Answers, kind: str) -> None:
    icons = {"green": "✔", "blue": "…", "purple": "?", "orange": "▲", "red": "✖", "dark-red": "✖", "#5f6368": "○"}
    shown_tiles = [
        tile for one in board.panels() if one["type"] == "stat" for tile in tiles(answers, one["title"], kind)
    ]
    assert [tile for tile in shown_tiles if icons[tile.colour] not in f"{tile.text} {tile.name}"] == []


# --- every query


@pytest.mark.parametrize(("one", "target"), EVERY_QUERY)
def test_every_series_has_the_labels_that_it_is_called_by(
    answers: Answers, one: board.Panel, target: dict[str, str]
) -> None:
    needed = set(board.legend_labels(target)) - (MAY_LACK if one["title"] == "What is firing" else set())
    lacking = [
        (kind, series["labels"])
        for kind, found in answers[key(one, target)].items()
        for series in found
        if not needed <= set(series["labels"])
    ]
    assert lacking == []


@pytest.mark.parametrize(("one", "target"), EVERY_QUERY)
def test_no_two_series_of_a_query_have_one_name(answers: Answers, one: board.Panel, target: dict[str, str]) -> None:
    found = [answers[key(one, target)][kind] for kind in KINDS if kind != "everyone"]
    if one["type"] == "table":
        names = [[str(sorted(series["labels"].items())) for series in each] for each in found]
    else:
        names = [[board.series_name(target, series["labels"]) for series in each] for each in found]
    assert [each for each in names if len(set(each)) != len(each)] == []


@pytest.mark.parametrize(("one", "target"), DRAWN)
def test_there_is_something_to_see_when_all_is_well(answers: Answers, one: board.Panel, target: dict[str, str]) -> None:
    nothing = (one["title"], target["refId"]) in NOTHING_TO_SHOW_WHEN_HEALTHY
    assert (answers[key(one, target)]["healthy"] == []) is nothing


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if kind != "gone"])
def test_in_trouble_nothing_goes_blank_that_was_there(answers: Answers, kind: str) -> None:
    blank = {
        (one["title"], target["refId"])
        for one, target in board.targets()
        if one["type"] != "stat" and answers[key(one, target)]["healthy"] and not answers[key(one, target)][kind]
    }
    assert blank == BLANK.get(kind, OF_JOBS)


def test_what_is_seen_in_trouble_only_is_seen_then(answers: Answers) -> None:
    reasons, locks = panel("Whether they can be read"), panel("Age of the oldest lock")
    (why,) = answers[f"{reasons['id']} B"]["wrong-password"]
    assert why["labels"]["reason"] == "wrong_password"
    (age,) = answers[f"{locks['id']} A"]["stale-lock"]
    assert age["values"][-1][1] == pytest.approx(3 * 3600, abs=300)


def test_each_plan_has_one_row_in_the_table_of_snapshots(answers: Answers) -> None:
    table = panel("Newest snapshot of each plan")
    rows = [
        [
            (series["labels"]["repository"], series["labels"]["plan"])
            for series in answers[key(table, target)]["healthy"]
        ]
        for target in table["targets"]
    ]
    assert [sorted(each) for each in rows] == [[("nas", "immich"), ("offsite", "immich")]] * len(rows)
