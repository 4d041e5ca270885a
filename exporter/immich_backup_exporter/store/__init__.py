"""Keeps what was learned in SQLite, through restarts and crashes."""

from .persistence import persistence_warning
from .requests import RequestFolder, leave_request
from .sqlite import SqliteStore, open_store

__all__ = ["RequestFolder", "SqliteStore", "leave_request", "open_store", "persistence_warning"]
