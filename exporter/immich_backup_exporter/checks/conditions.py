"""Conditions that more than one check asks about: what one finds explains what another would say."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.records import Acceptance
from immich_backup_exporter.domain.state import DumpFacts, JobFacts, PlanFacts, RepositoryFacts, State

DENIALS = (FailureReason.WRONG_PASSWORD, FailureReason.UNAUTHORIZED, FailureReason.PERMISSION)
"""Failures that no waiting fixes."""


def plans(state: State) -> Iterator[tuple[RepositoryFacts, PlanFacts]]:
    for repository in state.repositories:
        for plan in repository.plans:
            yield repository, plan


def unseen_for(repository: RepositoryFacts, now: datetime) -> timedelta:
    """How long ago it was last read; of one that never was, how long it has been expected."""
    return now - (repository.last_poll_success or repository.expected_since)


def long_unreachable(repository: RepositoryFacts, now: datetime) -> bool:
    """Whether it has been out of reach for so long that everything about its plans follows from that."""
    return unseen_for(repository, now) > 2 * repository.settings.unreachable_after


def is_denied(repository: RepositoryFacts) -> bool:
    """Whether the last poll of this process was refused, or found nothing in its place."""
    return repository.failure in (*DENIALS, FailureReason.NOT_FOUND)


def pause(facts: PlanFacts | DumpFacts | JobFacts, now: datetime) -> Message | None:
    """What to say of something that is paused; ``None`` where it is not."""
    until = facts.settings.paused_until
    return Message("subjects.paused", until=until) if until is not None and until > now else None


def acceptance(said: Acceptance | None) -> Message | None:
    """What to add where the user accepted a size as normal; ``None`` elsewhere."""
    if said is None:
        return None
    reason = " ".join(said.reason.split())
    if not reason:
        return Message("subjects.accepted", time=said.time)
    return Message("subjects.accepted_because", time=said.time, reason=reason)


def out_of_sight(dump: DumpFacts) -> Message:
    """Why the folder of the dumps cannot be looked at."""
    return sentences(dump.sentence or Message("dumps.out_of_sight"))


def dump_folder_unmounted(state: State) -> bool:
    """Whether the marker in Immich's folder of dumps is gone, which explains whatever is wrong with them."""
    return (state.upload_folders or {}).get("backups") is False


def dump_is_old(state: State, now: datetime) -> bool:
    """Whether the newest good dump on the live disk is too old, which explains one in a snapshot that is."""
    dump = state.dump
    newest = (dump.last_valid or (dump.newest.time if dump.newest else None)) if dump else None
    return dump is not None and newest is not None and now - newest > dump.settings.max_age


def is_overdue(plan: PlanFacts, now: datetime) -> bool:
    """Whether the newest complete backup is older than it may be."""
    return plan.last_success is not None and now - plan.last_success > plan.settings.max_age


def never_came(state: State, plan: PlanFacts, now: datetime) -> bool:
    """Whether a complete backup has been waited for in vain, for whatever reason."""
    if plan.last_success is not None:
        return False
    if not state.remembers:
        return plan.snapshots is not None
    return now - plan.expected_since > plan.settings.max_age


def matches_nothing(state: State, repository: RepositoryFacts, plan: PlanFacts, now: datetime) -> bool:
    """Whether the repository holds snapshots, none of them is the plan's, and nothing explains that better."""
    if plan.snapshots != 0 or not repository.snapshots or pause(plan, now):
        return False
    return not (plan.snapshots_baseline or never_came(state, plan, now))


def plan_of(state: State, job: JobFacts) -> PlanFacts | None:
    """The plan that the job works for."""
    wanted = job.settings.repository, job.settings.plan
    return next((plan for repository, plan in plans(state) if (repository.name, plan.settings.name) == wanted), None)
