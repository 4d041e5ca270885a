"""Since when findings are other than ok; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity


def beginnings(
    findings: Iterable[Finding], before: Mapping[str, datetime], now: datetime, *, settled: bool
) -> dict[str, datetime]:
    """When each finding that is not ok began, by its id. A finding that only becomes worse or better goes on.

    ``settled`` is whether everything was looked at since the agent started: before that, what is no longer found may
    only not be known yet, and goes on, too. A beginning that a clock set back puts into the future is now.
    """
    troubles = {finding.id for finding in findings if finding.severity is not Severity.OK}
    going_on = troubles if settled else troubles | before.keys()
    return {id_: min(before.get(id_, now), now) for id_ in sorted(going_on)}
