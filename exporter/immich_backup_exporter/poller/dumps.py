"""Looks at the upload location and reads the dumps that need it, each in a thread of its own."""

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from immich_backup_exporter.aio import Worker
from immich_backup_exporter.analysis.dumps import dump_facts, may_need_reading, to_validate, usable_dumps
from immich_backup_exporter.domain.clock import Clock, in_future
from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.immich import FOLDERS, DumpFile, DumpKind, UploadLook
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.domain.records import Acceptance, AcceptRequest, SeenDump
from immich_backup_exporter.domain.settings import DumpSettings
from immich_backup_exporter.domain.state import DumpFacts, State
from immich_backup_exporter.metrics.collector import immich_samples
from immich_backup_exporter.metrics.subject import Sample

from .core.announcer import Announcer
from .core.schedule import jittered
from .core.storing import StoreAccess
from .core.subjects import DUMP
from .ports import DumpReader, Store
from .source import Phase, Source

_LOOK_DEADLINE_SECONDS = 60.0

QUIET = {DumpKind.IMMICH: timedelta(seconds=10)}
"""How long a file must stand still before it is taken for finished. Immich renames a dump when it is done."""

QUIET_ELSE = timedelta(seconds=60)
"""The same for dumps that are written in place by something else."""

_RETRY_SECONDS = 900.0

_ALL_SECONDS = 1.0
"""How often, at most, all dumps are gone through while one after the other is read: there may be ten thousand."""

_NAMES_TOLD = 3


class DumpPoller(Source):
    """What is known of the upload location and its dumps.

    ``look`` is what the last poller of this process found of the same location. ``random`` draws from [0, 1) and
    spreads the polls.
    """

    name = "immich"
    awaited = True

    def __init__(
        self,
        settings: DumpSettings | None,
        reader: DumpReader,
        store: StoreAccess,
        clock: Clock,
        publish: Callable[[UploadLook | None, DumpFacts | None], None],
        *,
        look: UploadLook | None = None,
        random: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._store = store
        self._clock = clock
        self._publish = publish
        self._announce = Announcer(Message("dump_polling.upload_location"))
        self._announce_dumps = Announcer(Message("dump_polling.dumps"))
        self._looker = Worker("upload location")
        self._validator = Worker("dump validation")
        self._dumps: dict[str, SeenDump] = {}
        self._unfinished: tuple[DumpFile, ...] | None = None
        self._standing: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self.look = look
        self._random = random
        self._expected_since = clock.now()
        self._sentence: Text | None = None
        self._accepted: Acceptance | None = None
        self._skipped: tuple[str, ...] = ()
        self._candidates: list[str] = []
        self._candidates_since: float | None = None
        self._unpublished = False
        self._stopped = False

    @property
    def subjects(self) -> frozenset[str]:
        return frozenset() if self._settings is None else frozenset((DUMP,))

    def restore(self, store: Store) -> None:
        """Take up what the state store holds, before anything runs."""
        if self._settings is not None:
            self._expected_since = store.expected_since(DUMP, self._clock.now())
            self._dumps = {dump.file.fingerprint: dump for dump in store.load_dumps()}
            self._accepted = store.load_dump_acceptance()
        self._publish_all()

    async def close(self) -> None:
        """End a validation that is under way; a call that hangs in a dead mount is left behind."""
        self._stopped = True
        self._looker.close()
        self._validator.close()

    def samples(self, state: State) -> Iterable[Sample]:
        return immich_samples(state)

    async def poll(self) -> timedelta:
        """Look once, publish, and say when to look again."""
        try:
            self.look = await self._looker.call(self._reader.look, _LOOK_DEADLINE_SECONDS)
        except TimeoutError:
            self.look = UploadLook(folders=dict.fromkeys(FOLDERS, False))
        self._say_markers(self.look)
        if self._settings is not None:
            await self._scan(self.look)
        await self._store.retry()
        self._publish_all()
        return timedelta(seconds=jittered(self._pause(), self._random()))

    async def look_once(self, phase: Phase) -> None:  # noqa: ARG002 - there is one
        await self.poll()
        await self.work()

    # --- the folder

    async def _scan(self, look: UploadLook) -> None:
        try:
            scan = await self._looker.call(self._reader.scan, _LOOK_DEADLINE_SECONDS)
        except SourceError as error:
            self._fail(error.message, error.next_step)
            return
        except TimeoutError:
            deadline = timedelta(seconds=_LOOK_DEADLINE_SECONDS)
            self._fail(
                Message("dump_polling.folder_hangs", deadline=deadline), Message("dump_polling.folder_hangs_step")
            )
            return
        if not scan.files and self._dumps and not look.folders.get("backups", True):
            self._fail(Message("dump_polling.folder_unmounted"), Message("dump_polling.folder_unmounted_step"))
            return
        self._sentence = None
        self._announce_dumps.trouble(Message("dump_polling.folder"), None)
        self._say_skipped(scan.skipped)
        await self._take(scan.files)

    def _fail(self, sentence: Text, next_step: Text) -> None:
        self._sentence = sentence
        self._unfinished = None
        self._announce_dumps.trouble(Message("dump_polling.folder"), sentence, next_step)

    async def _take(self, files: Sequence[DumpFile]) -> None:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        self._unfinished = tuple(file for file in files if file.unfinished)
        written = [file for file in files if not file.unfinished]
        self._standing = {file.fingerprint: self._standing.get(file.fingerprint, monotonic) for file in written}
        there = {file.name: file for file in written}
        changes: list[SeenDump] = []
        for dump in self._dumps.values():
            current = there.get(dump.file.name)
            replaced = current is not None and current.fingerprint != dump.file.fingerprint
            gone = current is None or (replaced and self._stands(current, now))
            if gone != dump.gone and not (replaced and not gone):
                changes.append(replace(dump, gone=gone))
        changes += [
            SeenDump(file=file, first_seen=now, finished=True)
            for file in written
            if file.fingerprint not in self._dumps and self._stands(file, now)
        ]
        self._candidates_since = None
        await self._keep(changes)

    def _stands(self, file: DumpFile | None, now: datetime) -> bool:
        """Whether nothing was written to the file for a while, by its own time or as long as it has been watched."""
        if file is None:
            return False
        quiet = QUIET.get(file.kind, QUIET_ELSE)
        watched = self._clock.monotonic() - self._standing[file.fingerprint]
        return quiet <= now - file.modified or watched >= quiet.total_seconds()

    async def _keep(self, changes: Sequence[SeenDump]) -> None:
        if changes:
            self._dumps.update({dump.file.fingerprint: dump for dump in changes})
            await self._store.call(lambda store: store.save_dumps(changes))

    def _pause(self) -> timedelta:
        """Until the next look: sooner while a file has yet to stand still."""
        interval = self._settings.poll_interval if self._settings else timedelta(minutes=5)
        waiting = any(fingerprint not in self._dumps for fingerprint in self._standing)
        return min(interval, *QUIET.values()) if waiting else interval

    # --- the contents

    async def work(self) -> None:
        """Read the dumps that need it, one after the other."""
        published: float | None = None
        while await self._validate_next():
            now = self._clock.monotonic()
            if self._unpublished and (published is None or now - published >= _ALL_SECONDS):
                published = now
                self._publish_all()
        if self._unpublished:
            self._publish_all()

    async def _validate_next(self) -> bool:
        """Read one dump if one needs it. Returns whether there may be another."""
        dump = self._next_to_validate()
        if dump is None:
            return False
        file = dump.file
        try:
            verdict = await self._validator.call(lambda: self._reader.validate(file, lambda: self._stopped))
        except SourceError as error:
            self._announce_dumps.trouble(Message("dump_polling.newest"), error.message, error.next_step)
            return False
        current = self._dumps.get(file.fingerprint)
        if verdict is None or current is None:
            return False  # it changed or went meanwhile: the next look tells
        if verdict.transient:
            self._not_before[file.fingerprint] = self._clock.monotonic() + _RETRY_SECONDS
            self._announce_dumps.trouble(Message("dump_polling.newest"), verdict.sentence, file=file.name)
            return True
        await self._keep([replace(current, verdict=verdict)])
        self._unpublished = True
        return True

    def _next_to_validate(self) -> SeenDump | None:
        now = self._clock.monotonic()
        if self._candidates_since is None or now - self._candidates_since >= _ALL_SECONDS:
            self._candidates_since = now
            usable = usable_dumps(self._dumps.values(), self._clock.now())
            self._candidates = [dump.file.fingerprint for dump in usable if may_need_reading(dump)]
        ready = (fingerprint for fingerprint in self._candidates if self._not_before.get(fingerprint, now) <= now)
        return to_validate(self._dumps[fingerprint] for fingerprint in ready)

    async def accept(self, request: AcceptRequest, *, unseen: bool = False) -> bool:  # noqa: ARG002 - never looks again
        """Take the newest dump's size for what is usual. Returns whether the request is done with.

        One that was taken in before changes nothing.
        """
        if in_future(request.time, self._clock.now()):
            return False  # left by a clock that was ahead: it would stand before every later one
        before = self._accepted
        if self._settings is not None and (before is None or before.time < request.time):
            newest = next(iter(usable_dumps(self._dumps.values(), self._clock.now())), None)
            since = newest.file.time if newest else request.time
            said = self._accepted = Acceptance(time=request.time, reason=request.reason, since=since)
            await self._store.call(lambda store: store.save_dump_acceptance(said))
            self._publish_all()
            self._announce_dumps.news(Message("dump_polling.accepted"), reason=request.reason)
        return True

    # --- for those who found a dump in a snapshot

    def find(self, dump: DumpFile) -> SeenDump | None:
        """The live file that is the same one, by name, size and time, if there is a verdict on it."""
        name = posixpath.basename(dump.name)
        for seen in self._dumps.values():
            file = seen.file
            same = (file.size_bytes, file.modified) == (dump.size_bytes, dump.modified)
            if same and posixpath.basename(file.name) == name and not seen.gone and seen.verdict is not None:
                return seen
        return None

    async def open(self, file: DumpFile) -> int | None:
        """A descriptor to read that very version of a live file from."""
        try:
            return await self._looker.call(lambda: self._reader.open(file), _LOOK_DEADLINE_SECONDS)
        except (OSError, TimeoutError):
            return None

    async def unchanged(self, descriptor: int, file: DumpFile) -> bool:
        """Whether it is still that version."""
        try:
            return await self._looker.call(lambda: self._reader.unchanged(descriptor, file), _LOOK_DEADLINE_SECONDS)
        except (OSError, TimeoutError):
            return False

    # --- what follows

    def _publish_all(self) -> None:
        self._unpublished = False
        self._publish(self.look, self._facts())

    def _facts(self) -> DumpFacts | None:
        if self._settings is None:
            return None
        seen = tuple(self._dumps.values())
        facts = dump_facts(
            self._settings,
            self._expected_since,
            seen,
            self._unfinished,
            self._clock.now(),
            self._sentence,
            self._accepted,
        )
        if self._sentence is None:
            name = {"file": facts.newest.name} if facts.newest else {}
            self._announce_dumps.trouble(Message("dump_polling.newest"), facts.sentence, **name)
        return facts

    def _say_skipped(self, names: tuple[str, ...]) -> None:
        if names and names != self._skipped:
            self._announce_dumps.told(
                Message(
                    "dump_polling.skipped",
                    files=len(names),
                    names=names[:_NAMES_TOLD],
                    more="" if len(names) <= _NAMES_TOLD else Message("dump_polling.more_names"),
                ),
                bad=True,
            )
        self._skipped = names

    def _say_markers(self, look: UploadLook) -> None:
        missing = tuple(folder for folder, up in look.folders.items() if not up)
        self._announce.trouble(
            Message("dump_polling.markers"),
            Message("dump_polling.marker_missing", folders=missing) if missing else None,
            Message("dump_polling.marker_missing_step"),
        )
