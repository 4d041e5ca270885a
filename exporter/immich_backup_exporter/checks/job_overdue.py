"""No run of a job has ended for too long, and nothing said of its plan explains it."""

from collections.abc import Iterator
from datetime import datetime

from immich_backup_exporter.domain.findings import About, Finding, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State

from .check import Check
from .conditions import is_overdue, never_came, pause, plan_of
from .outcomes import jobs


def find(state: State, now: datetime) -> Iterator[Finding]:
    for job, subject, paused in jobs(state, CHECK, now):
        limit = job.settings.max_age
        if limit is None:
            continue
        age, plan = now - (job.last_end or job.expected_since), plan_of(state, job)
        sentence = (
            Message("jobs.last_end", age=age, limit=limit)
            if job.last_end
            else Message("jobs.no_end", age=age, limit=limit)
        )
        if paused := paused or (pause(plan, now) if plan else None):
            yield subject.ok(paused)
        elif age <= limit:
            yield subject.ok(sentence)
        elif job.running_since is not None and now - job.running_since <= limit:
            yield subject.ok(sentences(sentence, Message("subjects.run_under_way")))
        elif plan is None or not (is_overdue(plan, now) or never_came(state, plan, now)):
            yield subject.warning(sentence, Message("jobs.overdue_step"))


CHECK = Check(name="JobOverdue", about=About.JOB, severities=(Severity.WARNING,), find=find)
