"""How the tests are divided among the parallel workers of a run: what stays together, and what begins first.

A file is the unit: what it makes once for all its tests is made once. The order is made for a run that ends for all
workers at about the same time, and in which some wait for programs while others compute.
"""

import zlib

TOGETHER = (
    "tests/dashboard/",
    "tests/integration/formats/",
    "tests/integration/immich/",
    "tests/rules/test_scenarios.py::test_exactly_what_should_fire_does[2",
    "tests/rules/test_scenarios.py::test_exactly_what_should_fire_does[3",
    "tests/rules/test_scenarios.py::test_what_no_story_reaches_is_told_beside_others",
)
"""Tests that share what takes long to make, by how they begin: real servers, worlds that were lived in for weeks."""

APART = (
    "tests/drift/test_alerts.py",
    "tests/e2e/test_demo.py",
    "tests/e2e/test_jobs.py",
    "tests/e2e/test_pages.py",
    "tests/e2e/test_serve.py",
    "tests/e2e/test_wrapped_jobs.py",
    "tests/integration/inspection/test_looking.py",
    "tests/integration/jobs/",
    "tests/rules/",
    "tests/years/",
)
"""Files that take long, and whose tests share nothing."""

LONGEST = (
    "tests/rules/test_scenarios.py::test_exactly_what_should_fire_does",
    "tests/dashboard/",
    "tests/e2e/test_howto_alerts.py",
    "tests/years/",
    "tests/e2e/test_runbooks.py",
    "tests/integration/checking/",
    "tests/drift/test_alerts.py",
    "tests/e2e/test_wrapped_jobs.py",
    "tests/e2e/test_demo.py",
)
"""They begin first, in this order: whatever long began last would be waited for alone."""

LAST = ("tests/rules/", "tests/unit/", "tests/contract/")
"""They come last, since they fill any gap; the rest of the rules, since they need what the scenarios recorded."""


def unit_of(test: str) -> str:
    """What of the suite one worker does from its first test to its last; `test` is the name that pytest gives it."""
    for start in TOGETHER:
        if test.startswith(start):
            return start
    return test if test.startswith(APART) else test.partition("::")[0]


def place(unit: str) -> tuple[int, int, int]:
    """Sorts units by when they begin: the longest, then everything well mixed, then what fills gaps."""
    for index, start in enumerate(LONGEST):
        if unit.startswith(start):
            return 0, index, 0
    return 2 if unit.startswith(LAST) else 1, 0, zlib.crc32(unit.encode())
