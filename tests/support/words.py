"""What is said, in English, as it is shown to people."""

from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.words import ENGLISH


def english(said: Text | None) -> str | None:
    """The text of a message; ``None`` stays ``None``."""
    return None if said is None else ENGLISH.render(said)
