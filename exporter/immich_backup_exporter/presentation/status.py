"""The published state for programs (``/api/v1/status``).

No file names of the library but the dump's, no text of restic, no address of a repository.
"""

from collections.abc import Mapping
from datetime import datetime

from immich_backup_exporter.checks import findings
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Acceptance
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import (
    ContentsFacts,
    CoverageFacts,
    DumpFacts,
    JobFacts,
    PlanFacts,
    RepositoryFacts,
    State,
)
from immich_backup_exporter.words import ENGLISH

from .findings import finding_fields, in_words
from .verdict import verdict


def status(state: State, now: datetime) -> Mapping[str, object]:
    """Findings and facts as plain types for JSON; times are ISO 8601 in UTC, what is not known is null."""
    found = findings(state, now)
    return {
        "version": state.agent.version,
        "time": _iso(now),
        "verdict": verdict(state, found, now).value,
        "findings": [finding_fields(in_words(one, ENGLISH)) for one in found],
        "repositories": {facts.name: _repository_status(facts) for facts in state.repositories},
        "upload_location": state.upload_folders and dict(state.upload_folders),
        "dump": state.dump and _dump_status(state.dump),
        "jobs": {facts.name: _job_status(facts) for facts in state.jobs},
        "warnings": [ENGLISH.render(warning) for warning in state.settings.warnings],
    }


def _repository_status(facts: RepositoryFacts) -> Mapping[str, object]:
    return {
        "backend": facts.backend,
        "up": facts.up,
        "failure": facts.failure and facts.failure.value,
        "sentence": _worded(facts.failure_sentence),
        "next_step": _worded(facts.failure_next_step),
        "last_poll": _iso(facts.last_poll),
        "last_poll_success": _iso(facts.last_poll_success),
        "last_open_success": _iso(facts.last_open_success),
        "snapshots": facts.snapshots,
        "locks": facts.locks and facts.locks.count,
        "size_bytes": facts.size and facts.size.size_bytes,
        "checks": {
            scope.value: {"time": _iso(check.time), "success": check.success} for scope, check in facts.checks.items()
        },
        "plans": {plan.settings.name: _plan_status(plan) for plan in facts.plans},
    }


def _plan_status(facts: PlanFacts) -> Mapping[str, object]:
    return {
        "last_success": _iso(facts.last_success),
        "last_success_unchanged": facts.last_success_unchanged,
        "run_in_progress": facts.run_in_progress,
        "max_age_seconds": facts.settings.max_age.total_seconds(),
        "paused_until": _iso(facts.settings.paused_until),
        "snapshots": facts.snapshots,
        "newest": facts.newest and facts.newest.id,
        "size_bytes": facts.size_bytes,
        "size_baseline_bytes": facts.size_baseline_bytes,
        "files": facts.files,
        "files_baseline": facts.files_baseline,
        "in_future": facts.in_future,
        "hosts": facts.hosts,
        "explanation": _worded(facts.explanation),
        "snapshots_baseline": facts.snapshots_baseline,
        "accepted": facts.accepted and _acceptance(facts.accepted),
        "inspection": _worded(facts.inspection_sentence),
        "damaged": facts.damaged,
        "contents": facts.contents and _contents_status(facts.contents),
        "coverage": facts.coverage and _coverage_status(facts.coverage),
    }


def _contents_status(facts: ContentsFacts) -> Mapping[str, object]:
    dump = facts.dump
    return {
        "snapshot": facts.snapshot.id,
        "time": _iso(facts.snapshot.time),
        "sentence": _worded(facts.sentence),
        "folders": {
            name: {
                "files": found.files,
                "size_bytes": found.size_bytes,
                "size_baseline_bytes": facts.size_baselines.get(name),
                "required": facts.required.get(name),
            }
            for name, found in facts.folders.items()
        },
        "required_paths_missing": len(facts.missing_paths),
        "dumps": facts.dumps,
        "dump": dump
        and {
            "time": _iso(dump.time),
            "size_bytes": dump.size_bytes,
            "valid": facts.dump_valid,
            "sentence": _worded(facts.dump_sentence),
        },
    }


def _coverage_status(facts: CoverageFacts) -> Mapping[str, object]:
    counts, record = facts.counts, facts.record
    return {
        "snapshot": facts.snapshot.id,
        "time": _iso(facts.snapshot.time),
        "dump": _iso(record.dump_time),
        "immich_version": record.immich_version,
        "schema_level": record.schema_level,
        "media_location": record.media_location,
        "assets": counts.assets,
        "assets_baseline": facts.assets_baseline,
        "external_proven": counts.external_proven,
        "external_unproven": counts.external_unproven,
        "missing": {kind.value: count for kind, count in counts.missing.items()},
        "persistently_missing": {kind.value: count for kind, count in record.persistent.items()},
        "missing_on_disk": record.gone,
        "persistently_missing_on_disk": record.persistent_gone,
        "regenerable_missing": counts.regenerable_missing,
        "unknown_files": counts.unknown_files,
    }


def _job_status(facts: JobFacts) -> Mapping[str, object]:
    settings = facts.settings
    return {
        "kind": settings.kind.value,
        "repository": settings.repository,
        "plan": settings.plan,
        "expected_since": _iso(facts.expected_since),
        "max_age_seconds": settings.max_age and settings.max_age.total_seconds(),
        "max_duration_seconds": settings.max_duration and settings.max_duration.total_seconds(),
        "paused_until": _iso(settings.paused_until),
        "last_start": _iso(facts.last_start),
        "last_end": _iso(facts.last_end),
        "last_success": _iso(facts.last_success),
        "last_outcome": facts.last_outcome and facts.last_outcome.value,
        "last_skipped": facts.last_skipped,
        "last_exit_code": facts.last_exit_code,
        "last_duration_seconds": facts.last_duration_seconds,
        "last_unreadable_files": facts.last_unreadable_files,
        "last_success_snapshot_missing": facts.last_success_snapshot_missing,
        "running": facts.running,
        "running_since": _iso(facts.running_since),
        "consecutive_failures": facts.consecutive_failures,
        "runs": {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome},
    }


def _dump_status(facts: DumpFacts) -> Mapping[str, object]:
    return {
        "newest": _iso(facts.newest.time if facts.newest else None),
        "size_bytes": facts.newest and facts.newest.size_bytes,
        "size_baseline_bytes": facts.size_baseline_bytes,
        "valid": facts.valid,
        "last_valid": _iso(facts.last_valid),
        "dumps": facts.routine,
        "unfinished": facts.unfinished,
        "unverified": facts.unverified,
        "sentence": _worded(facts.sentence),
        "accepted": facts.accepted and _acceptance(facts.accepted),
    }


def _acceptance(accepted: Acceptance) -> Mapping[str, object]:
    return {"time": _iso(accepted.time), "reason": accepted.reason}


def _worded(message: Message | None) -> str | None:
    return None if message is None else ENGLISH.render(message)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
