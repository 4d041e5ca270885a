"""Keeps what was learned in SQLite, through restarts and crashes."""

from .copies import copy_store, empty_store, is_held, is_own, written
from .persistence import persistence_warning
from .requests import RequestFolder, leave_request
from .sqlite import SqliteStore, open_store

__all__ = [
    "RequestFolder",
    "SqliteStore",
    "copy_store",
    "empty_store",
    "is_held",
    "is_own",
    "leave_request",
    "open_store",
    "persistence_warning",
    "written",
]
