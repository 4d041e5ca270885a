"""Where panels are: Grafana's grid has 24 columns, units of 30 pixels, and 8 pixels between two."""

from support.board import board, panels

SCREEN_HEIGHT = 1080
GRAFANAS_OWN = 180
"""Navigation, title, variables and padding; on a wall (`?kiosk`) some of it is gone."""
UNIT, GAP = 30, 8


def place(panel: dict[str, object]) -> tuple[int, int, int, int]:
    grid = panel["gridPos"]
    assert isinstance(grid, dict)
    return grid["x"], grid["y"], grid["w"], grid["h"]


def wall() -> list[dict[str, object]]:
    """What stands above the first titled row."""
    everything = board()["panels"]
    first = next(panel["gridPos"]["y"] for panel in everything if panel["type"] == "row")
    return [panel for panel in everything if panel["gridPos"]["y"] < first]


def test_no_panel_is_outside_of_the_columns() -> None:
    assert [panel["title"] for panel in board()["panels"] if place(panel)[0] + place(panel)[2] > 24] == []


def test_no_two_panels_overlap() -> None:
    cells = [
        (column, row)
        for panel in board()["panels"]
        for column in range(place(panel)[0], place(panel)[0] + place(panel)[2])
        for row in range(place(panel)[1], place(panel)[1] + place(panel)[3])
    ]
    assert len(cells) == len(set(cells))


def test_the_wall_fits_on_one_screen_without_scrolling() -> None:
    bottom = max(place(panel)[1] + place(panel)[3] for panel in wall())
    assert bottom * UNIT + (bottom - 1) * GAP + GRAFANAS_OWN <= SCREEN_HEIGHT


def test_the_wall_leaves_no_hole() -> None:
    bottom = max(place(panel)[1] + place(panel)[3] for panel in wall())
    assert sum(place(panel)[2] * place(panel)[3] for panel in wall()) == 24 * bottom


def test_what_is_on_the_wall() -> None:
    assert [panel["title"] for panel in wall()] == [
        "Are the photos safe?",
        "What is firing",
        "Newest complete backup",
        "Age in % of its limit",
        "Newest good database dump",
        "Off-site copy",
        "The last 30 days",
    ]


def test_every_panel_has_a_number_of_its_own() -> None:
    numbers = [panel["id"] for panel in board()["panels"]]
    assert len(numbers) == len(set(numbers))


def test_nothing_is_stacked() -> None:
    stacked = [
        panel["title"]
        for panel in panels()
        if panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode", "none") != "none"
    ]
    assert stacked == []
