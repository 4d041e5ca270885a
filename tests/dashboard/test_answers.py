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
    ("Originals that the database knows", "B"),  # the usual number, known after more looks than the demo had
    ("Size per folder", "B"),
    ("Size per folder", "C"),
    ("Immich's folders in the newest snapshot", "B"),  # plans that were never looked into
    ("Time without an inspection", "A"),
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
        (
            "What is firing",
            "insides",
            [
                "✖ AssetsMissingFromSnapshot nas immich",
                "✖ DumpInSnapshotInvalid nas immich",
                "▲ AssetsMissingInImmich nas immich",
            ],
        ),
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


# --- what is inside of snapshots

WHOLE, WOULD_NOT_RESTORE = 1, 0
THERE, MISSING, NEVER_LOOKED_INTO = 1, 0, 3


def last(answers: Answers, title: str, ref: str, kind: str) -> dict[str, float]:
    """The newest value of each series of a query."""
    one = panel(title)
    (target,) = [target for target in one["targets"] if target["refId"] == ref]
    return {
        board.series_name(target, series["labels"]): series["values"][-1][1]
        for series in answers[key(one, target)][kind]
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("healthy", {"nas · immich": 0, "offsite · immich": 0}),
        ("insides", {"nas · immich": 5, "offsite · immich": 1}),
        ("new", {"nas · immich": 1}),
        ("wrong-password", {"nas · immich": 2, "offsite · immich": 0}),
        ("small-backup", {"nas · immich": 5, "offsite · immich": 0}),
        ("gone", {"nas · immich": 2, "offsite · immich": 2}),
    ],
)
def test_a_plan_is_green_only_where_its_newest_snapshot_was_found_whole(
    answers: Answers, kind: str, expected: dict[str, float]
) -> None:
    assert last(answers, "Would it bring Immich back?", "A", kind) == expected


def test_a_dump_that_would_not_restore_is_told_from_one_that_is_whole(answers: Answers) -> None:
    title = "The dump in the newest snapshot"
    assert last(answers, title, "A", "insides") == {"nas · immich": WOULD_NOT_RESTORE, "offsite · immich": WHOLE}
    assert last(answers, title, "A", "small-backup") == {"nas · immich": 2, "offsite · immich": WHOLE}
    assert last(answers, title, "A", "new") == {"nas · immich": NEVER_LOOKED_INTO}


def test_what_the_backup_lacks_is_told_from_what_immich_lost(answers: Answers) -> None:
    lacks, lost = "Originals that the backup lacks", "Originals that Immich lost"
    assert last(answers, lacks, "B", "insides") == {"nas · immich, for good": 1, "offsite · immich, for good": 0}
    assert last(answers, lacks, "C", "insides") == {"nas · immich, limit": 0, "offsite · immich, limit": 0}
    assert last(answers, lost, "A", "insides") == {"nas · immich": 5, "offsite · immich": 0}


def test_what_is_usual_inside_of_a_snapshot_is_drawn_once_it_is_known(answers: Answers) -> None:
    assert last(answers, "Originals that the database knows", "B", "insides") == {"nas · immich, usual": 41}
    usual = last(answers, "Size per folder", "B", "insides")["nas · immich · originals, usual"]
    assert last(answers, "Size per folder", "C", "insides")["nas · immich · originals, least"] == 0.8 * usual


def test_a_folder_that_must_be_there_is_missing_and_one_that_nobody_looked_for_is_unknown(answers: Answers) -> None:
    title = "Immich's folders in the newest snapshot"
    folders = last(answers, title, "A", "small-backup")
    assert (folders["nas · immich · library"], folders["offsite · immich · library"]) == (MISSING, THERE)
    assert last(answers, title, "B", "new") == {"nas · immich": NEVER_LOOKED_INTO}


def test_the_time_without_a_look_is_drawn_beside_its_limit(answers: Answers) -> None:
    waited = last(answers, "Time without an inspection", "A", "insides")["offsite · immich, not looked into for"]
    assert 0 < waited < 600
    assert last(answers, "Time without an inspection", "C", "insides")["offsite · immich, limit"] == 26 * 3600


def test_what_is_read_in_a_day_is_drawn_beside_what_may_be(answers: Answers) -> None:
    assert last(answers, "Read for it in a day", "A", "insides")["nas"] > 0
    assert last(answers, "Read for it in a day", "B", "insides") == {
        "nas, limit": 10 * 2**30,
        "offsite, limit": 10 * 2**30,
    }
