"""Reports one run while it works, from a thread of its own: a spool that hangs must not hold up the command."""

import os
import threading
from dataclasses import replace
from datetime import datetime

from immich_backup_exporter.domain.clock import Clock
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.runs import BEAT_SECONDS, CheckScope, NoSnapshot, Outcome, RunEvent, RunReport
from immich_backup_exporter.jobs.delivery import Delivery

SPOOL_SECONDS = 5.0
"""A spool that takes longer than this for the last report hangs (a dead network disk)."""


class Reporter:
    """Begins to report when made. ``complaint`` holds what a person should know, once :meth:`end` has returned."""

    def __init__(
        self, delivery: Delivery, clock: Clock, job: str, started: datetime, beat_seconds: float = BEAT_SECONDS
    ) -> None:
        self._delivery = delivery
        self._clock = clock
        self._start = RunReport(
            run_id=os.urandom(16).hex(),
            job=job,
            event=RunEvent.START,
            started=started,
            host=host_name(),
            beat_seconds=beat_seconds,
        )
        self._end: RunReport | None = None
        self._ended = threading.Event()
        self._written = threading.Event()
        self._finished = threading.Event()
        self.complaint: Message | None = None
        try:
            threading.Thread(target=self._work, name="report", daemon=True).start()
        except RuntimeError:  # no more threads: only the end is reported, in ours
            self._thread_failed = True
        else:
            self._thread_failed = False

    def end(self, facts: dict[str, object], duration_seconds: float, push_seconds: float) -> None:
        """Report the end; returns once that is done, or after a bounded time."""
        self._end = ended_report(self._start, self._clock.now(), duration_seconds, facts)
        self._ended.set()
        if self._thread_failed:
            self._work()
        if not self._written.wait(SPOOL_SECONDS):
            self.complaint = Message("run.spool_hangs")
        elif not self._finished.wait(push_seconds + 1.0):
            self.complaint = None

    def _work(self) -> None:
        beat_seconds = self._start.beat_seconds or BEAT_SECONDS
        try:
            if not self._ended.is_set():  # a command that has ended already needs no start
                self._delivery.start(self._start)
            while not self._ended.wait(beat_seconds):
                self._delivery.beat()
            assert self._end is not None  # noqa: S101 - set before the event
            self._delivery.end(self._end)
            self._written.set()
            self.complaint = self._delivery.finish(self._end)
        except Exception as error:  # noqa: BLE001 - nothing of ours may reach the command's caller
            self.complaint = Message("run.not_recorded", kind=type(error).__name__)
        finally:
            self._written.set()
            self._finished.set()


def ended_report(start: RunReport, ended: datetime, duration_seconds: float, facts: dict[str, object]) -> RunReport:
    """The report of the end. ``facts`` are fields by name, their enumerations as plain texts."""
    given = dict(facts)
    for name, kind in (("no_snapshot", NoSnapshot), ("check_scope", CheckScope), ("stated_outcome", Outcome)):
        if given.get(name) is not None:
            given[name] = kind(str(given[name]))
    whole = replace(start, event=RunEvent.END, ended=ended, duration_seconds=round(duration_seconds, 3))
    return replace(whole, **given)  # type: ignore[arg-type]  # the wrapper's and the parser's own field names


def host_name() -> str | None:
    """This machine's name, if it is fit to be written down."""
    name = os.uname().nodename
    return name if name.isprintable() and 0 < len(name) <= 255 else None
