"""Applies a change to the record in memory, as the state store does on disk."""

from collections.abc import Mapping
from dataclasses import replace

from immich_backup_exporter.domain.records import Gone, RepositoryChange, RepositoryRecord


def applied(record: RepositoryRecord, change: RepositoryChange) -> RepositoryRecord:
    """The record with the change in it."""
    added = {snapshot.id: snapshot for snapshot in change.added}
    kept = tuple(snapshot for snapshot in record.snapshots if snapshot.id not in added) if added else record.snapshots
    return replace(
        record,
        snapshots=kept + tuple(added.values()) if added else record.snapshots,
        present=(record.present - change.gone) | change.back | added.keys(),
        unreadable=record.unreadable if change.unreadable is None else change.unreadable,
        tree_sizes={**record.tree_sizes, **change.tree_sizes} if change.tree_sizes else record.tree_sizes,
        counts=record.counts + change.counts,
        last_poll_success=change.last_poll_success or record.last_poll_success,
        last_open_success=change.last_open_success or record.last_open_success,
        size=change.size or record.size,
        size_time=change.size_time or record.size_time,
        checks={**record.checks, **change.checks} if change.checks else record.checks,
        read_parts={**record.read_parts, **change.read_parts} if change.read_parts else record.read_parts,
        since=change.since or record.since,
        gone=_gone(record, change),
        accepted={**record.accepted, **change.accepted} if change.accepted else record.accepted,
    )


def _gone(record: RepositoryRecord, change: RepositoryChange) -> Mapping[str, Gone]:
    left = {id_: when for id_, when in record.gone.items() if id_ not in change.back}
    return left | dict.fromkeys(change.gone, change.gone_when) if change.gone_when else left
