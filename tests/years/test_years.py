"""A sample of the simulated years: two months of three installations, and a fault of every kind. `make truth` runs all.

The agent remembers no more than the last 14 values of anything, so that two months hold all that a year does, but for
the seasons.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import PROJECT
from support.years.truth import Case, Span, digest, live_faulty, live_healthy, style_of

TWO_MONTHS = Span(days=120, lived=52, first=35, last=50)

FAULTS = {
    "wrapped": (
        ("exporter_down", True),
        ("state_not_writable", True),
        ("unreachable", False),
        ("lock_stale", True),
        ("check_failed", True),
        ("never_succeeded", True),
        ("snapshots_vanished", True),
        ("suspiciously_small", True),
        ("plan_ambiguous", False),
        ("dump_invalid", True),
        ("dump_unfinished", True),
        ("job_crashed", True),
        ("job_partial", False),
        ("job_without_snapshot", True),
    ),
    "offsite": (
        ("exporter_restarting", True),
        ("poll_stalled", True),
        ("access_denied", True),
        ("no_offsite", True),
        ("stale", True),
        ("snapshots_in_future", True),
        ("history_too_short", True),
        ("upload_location_missing", True),
        ("dump_stale", True),
        ("dump_missing", True),
        ("dump_small", True),
        ("job_overrunning", True),
    ),
    "busy": (
        ("exporter_vanished", False),
        ("clock_skew", True),
        ("reload_refused", True),
        ("unreachable", True),
        ("stale", False),
        ("plan_ambiguous", True),
        ("dump_unverified", True),
        ("job_failed", True),
        ("job_interrupted", True),
        ("job_partial", True),
        ("job_overdue", True),
    ),
}


@pytest.mark.parametrize("style", sorted(FAULTS))
def test_two_healthy_months_raise_no_alert_and_a_fault_in_them_the_right_one(style: str, tmp_path: Path) -> None:
    states = tmp_path / "states"
    assert live_healthy(style_of(style), TWO_MONTHS, states).alerts == ()
    verdicts = [
        live_faulty(Case(kind=kind, number=0, style=style, harmful=harmful), TWO_MONTHS, states)
        for kind, harmful in FAULTS[style]
    ]
    assert [f"{one}: {problem}" for one in verdicts for problem in one.problems] == []
    assert [one.kind for one in verdicts if one.harmful and not one.found] == []


def test_the_same_seed_makes_the_same_samples_in_another_process() -> None:
    code = "from support.years.truth import digest; print(digest('unchanged', 12))"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "tests"), "PYTHONHASHSEED": "7", "TZ": "Pacific/Chatham"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest("unchanged", 12)
    assert digest("unchanged", 12, seed=2) != digest("unchanged", 12)
