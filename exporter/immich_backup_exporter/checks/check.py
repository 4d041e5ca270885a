"""What a check is, and who it speaks about."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from immich_backup_exporter.domain.contents import ORIGINALS
from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import JobFacts, PlanFacts, RepositoryFacts, State

_OF_A_REPOSITORY = (About.REPOSITORY, About.PLAN, About.CONTENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: a pure function of what is known and a time."""

    name: str
    """The alert's name without its prefix."""
    about: About
    severities: tuple[Severity, ...]
    """Those of its alerts."""
    find: Callable[[State, datetime], Iterator[Finding]]
    together: bool = False
    """It compares several repositories, so that its findings name none of them."""

    @property
    def by_repository(self) -> bool:
        """Whether it looks at one repository after the other, and says the same of each one alone."""
        return self.about in _OF_A_REPOSITORY and not self.together


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a finding is about; makes findings of one check about it."""

    check: Check
    name: Message
    labels: Mapping[str, str] = field(default_factory=dict)

    def labelled(self, **labels: str) -> "Subject":
        """The same with more labels."""
        return replace(self, labels={**self.labels, **labels})

    def ok(self, message: Message) -> Finding:
        return self._finding(Severity.OK, message)

    def info(self, message: Message, next_step: Message) -> Finding:
        return self._finding(Severity.INFO, message, next_step)

    def warning(self, message: Message, next_step: Message) -> Finding:
        return self._finding(Severity.WARNING, message, next_step)

    def critical(self, message: Message, next_step: Message) -> Finding:
        return self._finding(Severity.CRITICAL, message, next_step)

    def unknown(self, message: Message, next_step: Message) -> Finding:
        return self._finding(Severity.UNKNOWN, message, next_step)

    def _finding(self, severity: Severity, message: Message, next_step: Message | None = None) -> Finding:
        return Finding(
            check=self.check.name,
            about=self.check.about,
            severity=severity,
            subject=self.name,
            labels=self.labels,
            message=message,
            next_step=next_step,
        )


def the_agent(check: Check) -> Subject:
    return Subject(check=check, name=Message("subjects.agent"))


def the_upload_location(check: Check) -> Subject:
    return Subject(check=check, name=Message("subjects.upload_location"))


def the_dumps(check: Check) -> Subject:
    return Subject(check=check, name=Message("subjects.dumps"))


def the_repositories(check: Check) -> Subject:
    """All of them together."""
    return Subject(check=check, name=Message("subjects.repositories"))


def a_repository(check: Check, facts: RepositoryFacts, **labels: str) -> Subject:
    name = Message("subjects.repository", repository=facts.name)
    return Subject(check=check, name=name, labels={"repository": facts.name, **labels})


def a_plan(check: Check, repository: RepositoryFacts, facts: PlanFacts) -> Subject:
    name, labels = _plan(repository.name, facts.settings.name)
    return Subject(check=check, name=name, labels=labels)


@lru_cache(maxsize=10_000)
def _plan(repository: str, plan: str) -> tuple[Message, Mapping[str, str]]:
    """Half of all checks speak about each plan, and the page asks all of them."""
    return Message("subjects.plan", repository=repository, plan=plan), {"repository": repository, "plan": plan}


def a_folder(check: Check, repository: RepositoryFacts, facts: PlanFacts, folder: str) -> Subject:
    """One of Immich's folders in the snapshots of a plan, or those of originals together."""
    plan = a_plan(check, repository, facts)
    name = (
        Message("subjects.originals", plan=plan.name)
        if folder == ORIGINALS
        else Message("subjects.folder", plan=plan.name, folder=folder)
    )
    return Subject(check=check, name=name, labels={**plan.labels, "folder": folder})


def a_job(check: Check, facts: JobFacts) -> Subject:
    """A label without a value is none, as in Prometheus."""
    settings = facts.settings
    belongs = {"repository": settings.repository, "plan": settings.plan}
    labels = {label: value for label, value in belongs.items() if value}
    name = Message("subjects.job", job=facts.name)
    return Subject(check=check, name=name, labels={"job_name": facts.name, **labels})
