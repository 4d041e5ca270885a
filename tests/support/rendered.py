"""Several messages in English, as they are shown to people."""

from collections.abc import Iterable

from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.words import ENGLISH


def rendered(messages: Iterable[Text]) -> tuple[str, ...]:
    """The text of each."""
    return tuple(ENGLISH.render(message) for message in messages)
