"""Brings reports to where agents find them: into the spool, and to every agent that they are pushed to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import RunEvent, RunReport
from immich_backup_exporter.formats.run_report import encode
from immich_backup_exporter.jobs.spool import Spool, file_name

if TYPE_CHECKING:
    from immich_backup_exporter.jobs.push import Pusher

PUSH_SECONDS = 3.0
"""After its end a run waits this long, at most, for agents to accept its report; then the next run sends it."""


GRACE_SECONDS = 6.0
"""On top, for an attempt that is under way, and for machines that take seconds to load what sends."""


class Delivery:
    """Nothing here raises: what goes wrong becomes the complaint of :meth:`finish`."""

    def __init__(
        self,
        clock: Clock,
        spool_dir: str,
        *,
        push_urls: Sequence[str] = (),
        push_token_file: str | None = None,
        push_seconds: float = PUSH_SECONDS,
    ) -> None:
        self._clock = clock
        self._spool_dir = spool_dir
        self._push_urls = push_urls
        self._push_token_file = push_token_file
        self._push_seconds = push_seconds
        self._spool: Spool | None = None
        self._pushers: list[Pusher] | None = None
        self._start: RunReport | None = None
        self._start_written = False
        self._spool_failure: Message | None = None
        self._beats = 0

    def start(self, report: RunReport) -> None:
        """Tell that the run works."""
        self._start = report
        self._start_written = self._write(report)
        for pusher in self._all_pushers():
            pusher.put(_name(report), self._encoded(report))

    def beat(self) -> None:
        """Tell that the run still works; a start that could not be written is written now."""
        if self._start is None:
            return
        start = self._start
        if self._start_written:
            self._start_written = self._try(lambda spool: spool.touch(_name(start)))
        else:
            self._start_written = self._write(start)
        self._beats += 1
        sign = replace(start, event=RunEvent.BEAT, beat=self._beats)
        for pusher in self._all_pushers():
            pusher.beat(self._encoded(sign))

    def end(self, report: RunReport) -> bool:
        """Tell how the run ended. ``True`` once it is in the spool; pushing goes on in the background."""
        written = self._write(report)
        for pusher in self._all_pushers():
            pusher.put(_name(report), self._encoded(report))
        return written

    def finish(self, report: RunReport) -> Message | None:
        """Wait for the pushes, for a bounded time, and clean up. The complaint, if there is something to do.

        A report that waits safely for the next run is no reason to complain, and a spool that is missing is none where
        an agent accepted the report.
        """
        pushers = self._all_pushers()
        for pusher in pushers:
            pusher.hurry(self._push_seconds)
        limit = self._clock.monotonic() + self._push_seconds + GRACE_SECONDS
        accepted = [pusher.wait(max(0.0, limit - self._clock.monotonic())) for pusher in pushers]
        self._clean(report.job)
        for pusher in pushers:
            if pusher.failure is not None and not pusher.failure.transient:
                return pusher.failure.message
        if self._spool_failure is None or any(accepted) or any(pusher.kept for pusher in pushers):
            return None
        return self._spool_failure

    def _all_pushers(self) -> "list[Pusher]":
        if self._pushers is None:
            self._pushers = []
            if self._push_urls:
                from immich_backup_exporter.jobs.push import Pusher, outbox_for, token_reader

                read_token = token_reader(self._push_token_file)
                self._pushers = [
                    Pusher(url, read_token, outbox_for(url, self._spool), self._clock.monotonic)
                    for url in self._push_urls
                ]
        return self._pushers

    def _write(self, report: RunReport) -> bool:
        return self._try(lambda spool: spool.write(_name(report), self._encoded(report)))

    def _encoded(self, report: RunReport) -> bytes:
        return encode(replace(report, sent=self._clock.now()))

    def _try(self, use: Callable[[Spool], None]) -> bool:
        try:
            if self._spool is None:
                self._spool = Spool.open(self._spool_dir)
            use(self._spool)
        except OSError as error:
            self._spool_failure = Message("run.spool_not_written", folder=self._spool_dir, reason=error.strerror)
            return False
        self._spool_failure = None
        return True

    def _clean(self, job: str) -> None:
        if self._spool is not None:
            try:
                self._spool.clean(job, self._clock.now().timestamp())
            except OSError:
                return  # old reports stay a little longer


def _name(report: RunReport) -> str:
    return file_name(report.job, report.run_id, report.event.value)
