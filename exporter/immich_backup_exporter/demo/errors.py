"""What keeps the demo from going on."""

from immich_backup_exporter.domain.errors import ExplainedError


class DemoError(ExplainedError):
    """The demo cannot go on. The message says why and what to do about it."""
