"""What the agent knows of itself: its state store, its configuration and its version of restic."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.messages import Message

from .core.announcer import Announcer
from .core.publisher import Publisher
from .ports import Store


class OwnState:
    """Publishes it. ``waiting`` tells whether something could not be written to the store yet."""

    def __init__(self, publisher: Publisher, store: Store, clock: Clock, waiting: Callable[[], bool]) -> None:
        self._publisher = publisher
        self._store = store
        self._clock = clock
        self._waiting = waiting
        self._announce = Announcer(Message("log.state_store"))
        self._notices_said = 0

    def store_in_trouble(self) -> None:
        """Writes failed or succeed again, or the store was found damaged and started over."""
        before, waiting = self._publisher.state.agent, self._waiting()
        self._announce.trouble(
            Message("log.state_store_writing"),
            Message("log.state_store_not_written") if waiting else None,
            Message("log.state_store_not_written_next"),
            state_dir=self._publisher.state.settings.state_dir,
        )
        self.say_notices()
        self._publisher.put_agent(
            replace(
                before,
                state_write_failures=self._store.write_failures,
                state_failing_since=(before.state_failing_since or self._clock.now()) if waiting else None,
                state_created=self._store.created,
            )
        )

    def say_notices(self) -> None:
        """Log what a person should know of the store, once."""
        for notice in self._store.notices[self._notices_said :]:
            structlog.get_logger().error(notice)
        self._notices_said = len(self._store.notices)

    def refused(self) -> None:
        """A new configuration was refused."""
        self._publisher.put_agent(replace(self._publisher.state.agent, reload_successful=False))

    def reloaded(self) -> None:
        """A new configuration was accepted."""
        now = self._clock.now()
        self._publisher.put_agent(replace(self._publisher.state.agent, reload_successful=True, reload_success=now))

    def found_restic(self, version: str | None) -> None:
        self._publisher.put_agent(replace(self._publisher.state.agent, restic_version=version))
