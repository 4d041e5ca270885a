"""Keeps what was learned in SQLite, through restarts and crashes."""

from .persistence import persistence_warning
from .sqlite import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store", "persistence_warning"]
