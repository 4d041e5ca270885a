"""Every check, and all of them together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TypeVar

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import JobFacts, State

from . import (
    assets_dropped,
    assets_missing_from_snapshot,
    assets_missing_in_immich,
    backup_order_wrong,
    config_reload_failed,
    contents_unknown,
    dump_in_snapshot_invalid,
    dump_invalid,
    dump_missing,
    dump_not_in_snapshot,
    dump_stale,
    dump_suspiciously_small,
    dump_unfinished,
    dump_unverified,
    exporter_restarting,
    external_library_unproven,
    folder_missing,
    folder_suspiciously_small,
    history_too_short,
    job_crashed,
    job_failed,
    job_interrupted,
    job_overdue,
    job_overrunning,
    job_partial,
    job_succeeded_without_snapshot,
    media_not_in_snapshot,
    never_succeeded,
    no_offsite_copy,
    not_independent,
    plan_ambiguous,
    plan_matches_nothing,
    repository_access_denied,
    repository_check_failed,
    repository_check_overdue,
    repository_lock_stale,
    repository_unreachable,
    required_path_missing,
    snapshot_damaged,
    snapshots_in_future,
    snapshots_vanished,
    stale,
    state_not_writable,
    suspiciously_small,
    upload_location_missing,
)
from .check import Check, a_repository, the_agent

CHECKS: tuple[Check, ...] = (
    upload_location_missing.CHECK,
    repository_unreachable.CHECK,
    repository_access_denied.CHECK,
    repository_lock_stale.CHECK,
    repository_check_failed.CHECK,
    repository_check_overdue.CHECK,
    stale.CHECK,
    never_succeeded.CHECK,
    plan_matches_nothing.CHECK,
    suspiciously_small.CHECK,
    media_not_in_snapshot.CHECK,
    folder_missing.CHECK,
    folder_suspiciously_small.CHECK,
    dump_not_in_snapshot.CHECK,
    dump_in_snapshot_invalid.CHECK,
    assets_missing_from_snapshot.CHECK,
    assets_missing_in_immich.CHECK,
    assets_dropped.CHECK,
    backup_order_wrong.CHECK,
    required_path_missing.CHECK,
    external_library_unproven.CHECK,
    snapshot_damaged.CHECK,
    contents_unknown.CHECK,
    snapshots_vanished.CHECK,
    snapshots_in_future.CHECK,
    history_too_short.CHECK,
    plan_ambiguous.CHECK,
    dump_stale.CHECK,
    dump_missing.CHECK,
    dump_invalid.CHECK,
    dump_suspiciously_small.CHECK,
    dump_unverified.CHECK,
    dump_unfinished.CHECK,
    job_failed.CHECK,
    job_crashed.CHECK,
    job_partial.CHECK,
    job_interrupted.CHECK,
    job_succeeded_without_snapshot.CHECK,
    job_overdue.CHECK,
    job_overrunning.CHECK,
    no_offsite_copy.CHECK,
    not_independent.CHECK,
    config_reload_failed.CHECK,
    state_not_writable.CHECK,
    exporter_restarting.CHECK,
)
"""In the order in which their findings are shown: a cause before its effects, of one subject the most telling first."""


Said = tuple[tuple[Finding, ...], ...]
"""By check, in their order; last what sources found themselves."""

T = TypeVar("T")


def findings(state: State, now: datetime, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """What every check says of ``state`` at ``now``, in the order of the checks; then what sources found themselves."""
    of_each = (of_repository(alone, now, checks) for alone in each_alone(state))
    found = in_order((*of_each, of_the_rest(state, now, checks)))
    return tuple(_with_beginning(finding, state.since) for finding in found)


def each_alone(state: State) -> Iterator[State]:
    """For each repository all that is said of it follows from: the state with no other, nor jobs that work elsewhere.

    Two that are equal lead to the same findings at the same time. Their beginnings are left out.
    """
    jobs, found = defaultdict[str | None, list[JobFacts]](list), defaultdict[str | None, list[Finding]](list)
    for job in state.jobs:
        jobs[job.settings.repository].append(job)
    for finding in chain.from_iterable(state.findings.values()):
        found[finding.labels.get("repository")].append(finding)
    for facts in state.repositories:
        yield replace(
            state,
            repositories=(facts,),
            jobs=tuple(jobs.get(facts.name, ())),
            findings={"sources": tuple(found.get(facts.name, ()))},
            since={},
        )


def of_repository(alone: State, now: datetime, checks: Sequence[Check] = CHECKS) -> Said:
    """What is said of the one repository in ``alone``, by the checks that look at one after the other."""
    return (*[_found(check, alone, now) if check.by_repository else () for check in checks], ())


def of_the_rest(state: State, now: datetime, checks: Sequence[Check] = CHECKS) -> Said:
    """What the other checks say, and what sources found themselves."""
    return (
        *[() if check.by_repository else _found(check, state, now) for check in checks],
        tuple(chain.from_iterable(state.findings.values())),
    )


def in_order(said: Iterable[Sequence[Sequence[T]]]) -> Iterator[T]:
    """All that is said of each repository and of the rest, check after check."""
    for of_check in zip(*said, strict=True):
        yield from chain.from_iterable(of_check)


def _with_beginning(finding: Finding, since: Mapping[str, datetime]) -> Finding:
    if finding.severity is Severity.OK or finding.id not in since:
        return finding
    return replace(finding, since=since[finding.id])


def _found(check: Check, state: State, now: datetime) -> tuple[Finding, ...]:
    found: list[Finding] = []
    try:
        for finding in check.find(state, now):
            found.append(finding)  # noqa: PERF402 - those before a defect stay
    except Exception as error:  # noqa: BLE001 - a defect in one check must neither blank the others nor pass for health
        subject = a_repository(check, state.repositories[0]) if check.by_repository else the_agent(check)
        failed = Message("agent.check_failed", kind=type(error).__name__)
        found.append(subject.unknown(failed, Message("agent.check_failed_step")))
    return tuple(found)
