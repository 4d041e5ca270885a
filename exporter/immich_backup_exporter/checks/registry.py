"""Every check, and all of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.domain.findings import Finding, Severity
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.state import State

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
from .check import Check, the_agent

CHECKS: tuple[Check, ...] = (
    repository_unreachable.CHECK,
    repository_access_denied.CHECK,
    repository_lock_stale.CHECK,
    repository_check_failed.CHECK,
    repository_check_overdue.CHECK,
    no_offsite_copy.CHECK,
    not_independent.CHECK,
    stale.CHECK,
    never_succeeded.CHECK,
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
    upload_location_missing.CHECK,
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
    config_reload_failed.CHECK,
    state_not_writable.CHECK,
    exporter_restarting.CHECK,
)
"""In the order in which their findings are shown; of one subject the most telling first."""


def findings(state: State, now: datetime, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """What every check says of ``state`` at ``now``, in the order of the checks; then what sources found themselves."""
    found = (finding for check in checks for finding in _found(check, state, now))
    of_sources = (finding for of_source in state.findings.values() for finding in of_source)
    return tuple(_with_beginning(finding, state.since) for finding in (*found, *of_sources))


def _with_beginning(finding: Finding, since: Mapping[str, datetime]) -> Finding:
    if finding.severity is Severity.OK or finding.id not in since:
        return finding
    return replace(finding, since=since[finding.id])


def _found(check: Check, state: State, now: datetime) -> Iterator[Finding]:
    try:
        yield from check.find(state, now)
    except Exception as error:  # noqa: BLE001 - a defect in one check must neither blank the others nor pass for health
        yield the_agent(check).unknown(
            Message("agent.check_failed", kind=type(error).__name__), Message("agent.check_failed_step")
        )
