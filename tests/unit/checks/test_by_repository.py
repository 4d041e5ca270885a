"""Looking at one repository after the other finds what looking at all of them at once finds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from immich_backup_exporter.checks import CHECKS, findings
from immich_backup_exporter.checks.check import Check, a_repository
from immich_backup_exporter.domain.findings import About, Finding
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.words import ENGLISH
from support.facts import NOW
from support.several import ALL, SEVERAL
from support.troubles import STATES

LATER = NOW + timedelta(days=3)


def at_once(state: State, now: datetime) -> tuple[Finding, ...]:
    """Each check asked once, about everything."""
    of_sources = [finding for found in state.findings.values() for finding in found]
    return (*(finding for check in CHECKS for finding in check.find(state, now)), *of_sources)


@pytest.mark.parametrize("state", [*STATES, *SEVERAL])
@pytest.mark.parametrize("now", [NOW, LATER])
def test_the_findings_and_their_order_are_the_same(state: State, now: datetime) -> None:
    assert findings(state, now) == at_once(state, now)


def test_only_the_check_that_compares_repositories_looks_at_them_together() -> None:
    assert [check.name for check in CHECKS if check.together] == ["NoOffsiteCopy"]


def test_a_defect_in_the_facts_of_one_repository_leaves_the_others() -> None:
    def find(state: State, _: datetime) -> Iterator[Finding]:
        for repository in state.repositories:
            if repository.name == "r1":
                raise ZeroDivisionError
            yield a_repository(check, repository).ok(Message("repositories.independent"))

    check = Check(name="Drill", about=About.REPOSITORY, severities=(), find=find)
    state = replace(ALL, repositories=ALL.repositories[:3])
    told = [(ENGLISH.render(one.subject), one.severity.value) for one in findings(state, NOW, (check,))]
    assert told == [("repository r0", "ok"), ("repository r1", "unknown"), ("repository r2", "ok")]
