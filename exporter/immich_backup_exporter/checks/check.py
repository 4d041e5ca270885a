"""What a check is, and who it speaks about."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.domain.state import JobFacts, PlanFacts, RepositoryFacts, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: a pure function of what is known and a time."""

    name: str
    """The alert's name without its prefix."""
    severities: tuple[Severity, ...]
    """Those of its alerts."""
    find: Callable[[State, datetime], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a finding is about; makes findings of one check about it."""

    check: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def ok(self, sentence: Text) -> Finding:
        return self._finding(Severity.OK, sentence, "")

    def info(self, sentence: Text, next_step: Text) -> Finding:
        return self._finding(Severity.INFO, sentence, next_step)

    def warning(self, sentence: Text, next_step: Text) -> Finding:
        return self._finding(Severity.WARNING, sentence, next_step)

    def critical(self, sentence: Text, next_step: Text) -> Finding:
        return self._finding(Severity.CRITICAL, sentence, next_step)

    def unknown(self, sentence: Text, next_step: Text) -> Finding:
        return self._finding(Severity.UNKNOWN, sentence, next_step)

    def _finding(self, severity: Severity, sentence: Text, next_step: Text) -> Finding:
        return Finding(
            check=self.check,
            severity=severity,
            subject=self.name,
            labels=self.labels,
            sentence=sentence,
            next_step=next_step,
        )


def the_agent(check: str) -> Subject:
    return Subject(check=check, name="agent")


def the_upload_location(check: str) -> Subject:
    return Subject(check=check, name="upload location")


def the_dumps(check: str) -> Subject:
    return Subject(check=check, name="database dumps")


def a_repository(check: str, facts: RepositoryFacts, **labels: str) -> Subject:
    return Subject(check=check, name=f"repository {facts.name}", labels={"repository": facts.name, **labels})


def a_plan(check: str, repository: RepositoryFacts, facts: PlanFacts) -> Subject:
    return Subject(
        check=check,
        name=f"plan {repository.name}/{facts.settings.name}",
        labels={"repository": repository.name, "plan": facts.settings.name},
    )


def a_folder(check: str, repository: RepositoryFacts, facts: PlanFacts, folder: str) -> Subject:
    plan = a_plan(check, repository, facts)
    return Subject(check=check, name=f"{plan.name}, folder {folder}", labels={**plan.labels, "folder": folder})


def a_job(check: str, facts: JobFacts) -> Subject:
    """A label without a value is none, as in Prometheus."""
    settings = facts.settings
    belongs = {"repository": settings.repository, "plan": settings.plan}
    labels = {label: value for label, value in belongs.items() if value}
    return Subject(check=check, name=f"job {facts.name}", labels={"job_name": facts.name, **labels})
