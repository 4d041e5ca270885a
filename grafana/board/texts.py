"""The board's words, which stand with all others."""

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.words import ENGLISH

Word = Message | str
"""A message, or what Grafana fills in, such as ``{{plan}}``."""


def say(word: Word) -> str:
    """In English."""
    return ENGLISH.plain(word)
