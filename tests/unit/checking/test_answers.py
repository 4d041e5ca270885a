from datetime import timedelta

import pytest

from immich_backup_exporter.checking.answers import Answer, Source, telling, worst_first
from immich_backup_exporter.domain.findings import About, Severity
from immich_backup_exporter.domain.messages import sentences
from immich_backup_exporter.presentation.findings import FindingInWords
from immich_backup_exporter.presentation.verdict import Verdict
from support.facts import NOW


def finding(severity: str, subject: str = "plan nas/immich", check: str = "Stale") -> FindingInWords:
    return FindingInWords(
        id=check,
        check=check,
        about=About.PLAN,
        severity=Severity(severity),
        subject=subject,
        sentence="It is so.",
        runbook_url="https://example.org/",
    )


def answer(*severities: str, verdict: Verdict = Verdict.SAFE) -> Answer:
    return Answer(
        source=Source.FRESH,
        origin=sentences("Now."),
        age=timedelta(0),
        time=NOW,
        version="1.2.3",
        findings=worst_first(finding(severity) for severity in severities),
        verdict=verdict,
    )


@pytest.mark.parametrize(
    ("severities", "worst", "exit_code"),
    [
        (("ok",), "ok", 0),
        (("ok", "info"), "info", 0),
        (("info", "unknown", "ok"), "unknown", 3),
        (("unknown", "warning"), "warning", 1),
        (("warning", "unknown", "critical", "ok"), "critical", 2),
        ((), "unknown", 3),
    ],
)
def test_critical_beats_warning_beats_unknown(severities: tuple[str, ...], worst: str, exit_code: int) -> None:
    assert (answer(*severities).worst, answer(*severities).exit_code) == (worst, exit_code)


def test_what_is_not_proven_safe_is_no_success() -> None:
    assert answer("ok", verdict=Verdict.NOT_WATCHED).exit_code == 3


def test_the_worst_comes_first_and_equals_stay_in_order() -> None:
    told = worst_first(
        [finding("ok"), finding("warning", check="A"), finding("critical"), finding("warning", check="B")]
    )
    assert [(one.severity.value, one.check) for one in told] == [
        ("critical", "Stale"),
        ("warning", "A"),
        ("warning", "B"),
        ("ok", "Stale"),
    ]


def test_of_a_subject_that_is_well_only_the_first_finding_tells() -> None:
    told = (
        finding("warning", "plan a"),
        finding("ok", "plan b", "First"),
        finding("ok", "plan b"),
        finding("ok", "plan a"),
    )
    assert telling(told) == told[:2]
