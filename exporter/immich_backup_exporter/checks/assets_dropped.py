"""The newest dump lists far fewer assets than usual."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, Share, sentences
from immich_backup_exporter.domain.state import State

from .check import Check, a_plan
from .conditions import acceptance, pause, plans

LEAST = 0.8
"""Share of the usual number."""


def find(state: State, now: datetime) -> Iterator[Finding]:
    for repository, plan in plans(state):
        coverage = plan.coverage
        if coverage is None:
            continue
        subject, assets, usual = a_plan(CHECK, repository, plan), coverage.counts.assets, coverage.assets_baseline
        if paused := pause(plan, now):
            yield subject.ok(paused)
        elif usual and assets / usual < LEAST:
            yield subject.warning(
                _sentence(assets, usual),
                Message("contents.assets_dropped_step", repository=repository.name, plan=plan.settings.name),
            )
        else:
            yield subject.ok(sentences(_sentence(assets, usual), acceptance(plan.accepted)))


def _sentence(assets: int, usual: float | None) -> Message:
    if not usual:
        return Message("contents.assets", assets=assets)
    return Message("contents.assets_of_the_usual", assets=assets, share=Share(assets / usual))


CHECK = Check(name="AssetsDropped", about=About.CONTENTS, severities=(Severity.WARNING,), find=find)
