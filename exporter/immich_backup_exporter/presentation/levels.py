"""How each thing on the page stands, by the findings about it."""

from collections.abc import Iterable

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.web.page import Level

LEVELS = {
    Severity.OK: Level.GOOD,
    Severity.INFO: Level.INFO,
    Severity.UNKNOWN: Level.UNKNOWN,
    Severity.WARNING: Level.WARNING,
    Severity.CRITICAL: Level.CRITICAL,
}

_NAMES = {
    About.REPOSITORY: ("repository",),
    About.PLAN: ("repository", "plan"),
    About.CONTENTS: ("repository", "plan"),
    About.JOB: ("job_name",),
}
"""The labels that tell one thing of a kind from another; others there is only one of."""


class Levels:
    """The worst of what is said of each thing; ``findings`` are worst first, and are read once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._worst: dict[tuple[str, ...], Finding] = {}
        for finding in findings:
            names = [finding.labels.get(label, "") for label in _NAMES.get(finding.about, ())]
            self._worst.setdefault((finding.about, *names), finding)

    def of(self, about: About, *names: str) -> Level:
        """Of one repository, plan (by repository and plan) or job, or of the only thing of its kind."""
        worst = self._worst.get((about, *names))
        return LEVELS[worst.severity if worst else Severity.UNKNOWN]

    def alarm(self, about: About, *names: str) -> str | None:
        """The check with the worst finding about it, where that is a warning or critical."""
        worst = self._worst.get((about, *names))
        return worst.check if worst and worst.severity in (Severity.WARNING, Severity.CRITICAL) else None


def unless_worse(level: Level) -> Level:
    """Of something that has not been seen yet nothing good can be said."""
    return Level.UNKNOWN if level in (Level.GOOD, Level.INFO) else level
