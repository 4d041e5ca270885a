from dataclasses import replace

from immich_backup_exporter.analysis.beginnings import beginnings
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from support.facts import NOW, hours_ago

STALE = Finding(
    check="Stale",
    about=About.PLAN,
    severity=Severity.WARNING,
    subject=Message("subjects.plan", repository="nas", plan="immich"),
    labels={"repository": "nas", "plan": "immich"},
    message=Message("plans.paused"),
)
ID = "Stale/plan=immich,repository=nas"


def test_a_finding_that_is_new_begins_now() -> None:
    assert beginnings([STALE], {}, NOW, settled=True) == {ID: NOW}


def test_one_that_was_there_before_goes_on_when_it_becomes_worse() -> None:
    worse = replace(STALE, severity=Severity.CRITICAL)
    assert beginnings([worse], {ID: hours_ago(3)}, NOW, settled=True) == {ID: hours_ago(3)}


def test_one_that_is_ok_or_gone_has_ended() -> None:
    assert beginnings([replace(STALE, severity=Severity.OK)], {ID: hours_ago(3)}, NOW, settled=True) == {}
    assert beginnings([], {ID: hours_ago(3)}, NOW, settled=True) == {}


def test_before_everything_was_looked_at_nothing_ends() -> None:
    assert beginnings([], {ID: hours_ago(3)}, NOW, settled=False) == {ID: hours_ago(3)}


def test_a_beginning_in_the_future_is_now() -> None:
    assert beginnings([STALE], {ID: hours_ago(-3)}, NOW, settled=True) == {ID: NOW}
