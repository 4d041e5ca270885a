"""When restic may try again after it failed: names are listed far more often than a process is worth."""

from datetime import timedelta

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.errors import RepositoryError
from immich_backup_exporter.poller.core.schedule import restic_pause


class ResticPause:
    """One repository's. ``error`` is what restic failed with, until it succeeds."""

    def __init__(self, clock: Clock, poll_interval: timedelta) -> None:
        self._clock = clock
        self._poll_interval = poll_interval
        self._failures = 0
        self._until = 0.0
        self.error: RepositoryError | None = None

    def check(self) -> None:
        """Raises what restic failed with last, while it is too early to try again."""
        if self.error is not None and self._clock.monotonic() < self._until:
            raise self.error

    def failed(self, error: RepositoryError) -> None:
        """Wait, and the longer the more often it failed in a row."""
        self.error = error
        self._failures += 1
        # A poll comes a little early at times (jitter): half an interval of slack keeps it from missing its turn.
        pause = restic_pause(self._poll_interval, self._failures) - self._poll_interval / 2
        self._until = self._clock.monotonic() + pause.total_seconds()

    def over(self) -> None:
        """It succeeded, or there is nothing left to ask it for."""
        self.error, self._failures = None, 0

    def end(self) -> None:
        """Let it try at once."""
        self._until = 0.0
