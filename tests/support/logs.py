"""What the agent wrote to its log, as text."""

from collections.abc import Iterable, Mapping
from typing import Any

from immich_backup_exporter.words import ENGLISH


def lines(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """The messages of what ``structlog.testing.capture_logs`` caught."""
    return [ENGLISH.render(entry["event"]) for entry in entries]
