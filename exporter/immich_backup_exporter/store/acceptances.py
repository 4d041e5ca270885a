"""What people accepted as usual: of each plan and of the dumps, the last."""

import sqlite3
from collections.abc import Mapping

from immich_backup_exporter.domain.records import Acceptance

from .rows import Write, facts, select
from .values import Value, from_integer, from_text, from_time, to_optional_integer, to_text, to_time

_PLAN = """INSERT OR REPLACE INTO plan_acceptance (repository, plan, time, reason, since, count)
    VALUES ((SELECT key FROM repository WHERE id = :repository), :plan, :time, :reason, :since, :count)"""


def of_plans(connection: sqlite3.Connection, key: int) -> dict[str, Acceptance]:
    """By plan, of the repository with this key."""
    query = "SELECT plan, time, reason, since, count FROM plan_acceptance WHERE repository = ?"
    return dict(facts(select(connection, query, (key,)), lambda row: (to_text(row["plan"]), _acceptance(row))))


def save_of_plans(repository_id: str, accepted: Mapping[str, Acceptance]) -> Write:
    rows = [
        {
            "repository": repository_id,
            "plan": from_text(plan),
            **_values(said),
            "count": from_integer(said.count),
        }
        for plan, said in sorted(accepted.items())
    ]
    return ((_PLAN, rows),)


def of_dumps(connection: sqlite3.Connection) -> Acceptance | None:
    query = "SELECT time, reason, since, NULL AS count FROM dump_acceptance ORDER BY time DESC"
    return next(facts(select(connection, query), _acceptance), None)


def save_of_dumps(acceptance: Acceptance) -> Write:
    return (
        ("DELETE FROM dump_acceptance", [()]),
        ("INSERT INTO dump_acceptance (time, reason, since) VALUES (:time, :reason, :since)", [_values(acceptance)]),
    )


def _values(acceptance: Acceptance) -> dict[str, Value]:
    return {
        "time": from_time(acceptance.time),
        "reason": from_text(acceptance.reason),
        "since": from_time(acceptance.since),
    }


def _acceptance(row: sqlite3.Row) -> Acceptance:
    return Acceptance(
        time=to_time(row["time"]),
        reason=to_text(row["reason"]),
        since=to_time(row["since"]),
        count=to_optional_integer(row["count"]),
    )
