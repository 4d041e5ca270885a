"""Keeps what was learned in SQLite, through restarts and crashes."""
