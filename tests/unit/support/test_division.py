"""How the tests are divided among workers."""

import pytest

from support.division import APART, LAST, LONGEST, TOGETHER, place, unit_of
from support.tools import PROJECT

STORY = "tests/rules/test_scenarios.py::test_exactly_what_should_fire_does"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/e2e/test_howto_alerts.py::test_a", "tests/e2e/test_howto_alerts.py::test_b[x::y]", True),
        ("tests/e2e/test_howto_alerts.py::test_a", "tests/e2e/test_alertmanager.py::test_a", False),
        ("tests/dashboard/test_answers.py::test_a", "tests/dashboard/test_month.py::test_b", True),
        ("tests/e2e/test_jobs.py::test_a", "tests/e2e/test_jobs.py::test_b", False),
        (f"{STORY}[2-part0-a]", f"{STORY}[2-part7-b]", True),
        (f"{STORY}[2-part0-a]", f"{STORY}[3-part0-a]", False),
        ("tests/rules/test_survivors.py::test_a[0]", "tests/rules/test_survivors.py::test_a[1]", False),
    ],
)
def test_what_is_made_once_is_needed_by_one_worker(one: str, other: str, together: bool) -> None:
    assert (unit_of(one) == unit_of(other)) is together


def test_the_longest_begin_first_and_what_fills_gaps_last() -> None:
    tests = [
        f"{STORY}[3-part0-a]",
        "tests/e2e/test_howto_alerts.py::test_a",
        "tests/integration/web/test_tls.py::test_a",
    ]
    tests += ["tests/rules/test_survivors.py::test_a[0]"]
    places = [place(unit_of(test)) for test in tests]
    assert places == sorted(places)


@pytest.mark.parametrize("start", [*TOGETHER, *APART, *LONGEST, *LAST])
def test_what_is_named_is_there(start: str) -> None:
    file, _, test = start.partition("::")
    assert (PROJECT / file).exists()
    assert not test or f"def {test.partition('[')[0]}" in (PROJECT / file).read_text()
