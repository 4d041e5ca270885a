"""The process that looks into snapshots: takes what restic prints from pipes, answers in a few numbers.

Its standard input is a socket. Each command is a line of JSON; with those that read something comes the descriptor to
read it from. Whether what was read is to be believed, it does not know: that is for whoever ran restic to say.
"""

import json
import os
import socket
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import datetime

from immich_backup_exporter.analysis.coverage import LISTED, Coverage, ExternalPaths, TreePaths, digest_of, joined
from immich_backup_exporter.analysis.paths import canonical, suffixes
from immich_backup_exporter.domain.clock import Clock, SystemClock
from immich_backup_exporter.domain.contents import CoverageAnswer, DumpAnswer, MissingFile, MissingKind
from immich_backup_exporter.domain.immich import DumpOutcome
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.immich_dump import ImmichDatabase, ImmichDump
from immich_backup_exporter.formats.pg_dump import DumpLimits, DumpValidator
from immich_backup_exporter.formats.tree_listing import MalformedListingError, TreeListing

from . import messages
from .aside import Aside
from .disk import LiveDisk, settled_folders
from .messages import Packet
from .survey import Survey, TooManyFilesError

_CHUNK_BYTES = 256 * 1024
_SAY_EVERY_SECONDS = 0.5


def main() -> None:
    """Serve the socket on standard input until it is closed."""
    with socket.socket(fileno=os.dup(0)) as channel:
        Inspection(channel, SystemClock()).run()


class Inspection:
    """One conversation: first what a tree holds, then how a dump compares with it."""

    def __init__(self, channel: socket.socket, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._descriptors: deque[int] = deque()
        self._paths = TreePaths()
        self._external: dict[bytes, set[int]] = {}
        self._mappings: Counter[bytes] = Counter()
        """How many there are of each container."""

    def run(self) -> None:
        commands: dict[str, Callable[[Packet], Packet]] = {
            "tree": self._tree,
            "external": self._external_tree,
            "live": self._live,
            "dump": self._dump,
        }
        self._say({"ready": True})
        for message in self._messages():
            self._say(commands[message["do"]](message))

    def _messages(self) -> Iterator[Packet]:
        buffer = b""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._channel, 65536, 4)
            self._descriptors.extend(descriptors)
            if not data:
                return
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                yield json.loads(line)

    def _say(self, message: Packet) -> None:
        self._channel.sendall(messages.line(message) + b"\n")

    def _pieces(self) -> Iterator[bytes]:
        """What comes through the next descriptor, to its end; tells how much that is from time to time."""
        descriptor = self._descriptors.popleft()
        read, said = 0, self._clock.monotonic()
        try:
            while piece := os.read(descriptor, _CHUNK_BYTES):
                read += len(piece)
                yield piece
                now = self._clock.monotonic()
                if now - said >= _SAY_EVERY_SECONDS:
                    self._say({"read": read})
                    said = now
        finally:
            os.close(descriptor)
            self._say({"read": read})

    # --- commands

    def _survey(self, message: Packet) -> Survey | Message:
        survey, listing = Survey(messages.to_question(message["question"]), self._clock.now()), TreeListing()
        trouble: Message | None = None
        for piece in self._pieces():
            if trouble is None:
                try:
                    survey.take(listing.feed(piece))
                except MalformedListingError:
                    trouble = Message("inspection.list_malformed")
                except TooManyFilesError:
                    trouble = Message("inspection.too_many_files")
        if trouble is None:
            try:
                listing.finish()
            except MalformedListingError:
                trouble = Message("inspection.list_cut_off")
        return trouble or survey

    def _tree(self, message: Packet) -> Packet:
        survey = self._survey(message)
        if isinstance(survey, Message):
            return {"trouble_reading": messages.from_sentence(survey)}
        answer, self._paths = survey.answer()
        self._external = {}
        self._mappings = Counter(_path(container) for container, _ in message["question"]["external"])
        self._take_external(message, survey)
        return {"tree": messages.from_tree(answer)}

    def _external_tree(self, message: Packet) -> Packet:
        """Another snapshot's tree, for the external libraries in it only."""
        survey = self._survey(message)
        if isinstance(survey, Message):
            return {"trouble_reading": messages.from_sentence(survey)}
        self._take_external(message, survey)
        return {"external": True}

    def _take_external(self, message: Packet, survey: Survey) -> None:
        question = messages.to_question(message["question"])
        for one, files in zip(question.external, survey.external(), strict=True):
            self._external.setdefault(_path(one.container), set()).update(files)

    def _live(self, message: Packet) -> Packet:
        before = datetime.fromisoformat(message["before"])
        return {"live": settled_folders(message["location"], message["folders"], before, self._clock)}

    def _dump(self, message: Packet) -> Packet:
        time_ = datetime.fromisoformat(message["time"])
        unpromised = Counter(_path(container) for container in message["unproven_external"])
        external = [
            ExternalPaths(container=container, files=files, promised=unpromised[container] < self._mappings[container])
            for container, files in self._external.items()
        ]
        cover: bool = message["cover"]
        dump = ImmichDump((lambda: Coverage(self._paths, external, time_)) if cover else None)
        parsing = Aside(dump.take)  # while the next piece is unpacked
        validator = DumpValidator(
            DumpLimits(),
            expect_gzip=message["gzip"],
            immichs_own=message["immichs_own"],
            immich=dump,
            take=parsing.put,
            settle=parsing.finish,
        )
        for piece in self._pieces():
            validator.feed(piece)
        verdict = validator.finish()
        parsing.finish()
        if not cover or verdict.outcome is not DumpOutcome.VALID:
            return messages.from_dump_answer(DumpAnswer(verdict=verdict))
        database = dump.database()
        coverage = None if database is None else _coverage(database, LiveDisk(message["location"], self._clock))
        return messages.from_dump_answer(DumpAnswer(verdict=verdict, coverage=coverage, trouble=dump.trouble))


def _coverage(database: ImmichDatabase, disk: LiveDisk) -> CoverageAnswer:
    coverage = database.coverage
    assert coverage is not None  # noqa: S101 - it was begun for the comparison
    listed: list[MissingFile] = []
    gone: list[bytes] = []
    blind = False
    for file in coverage.missing_files():
        on_disk = disk.holds(file.path)
        if file.kind is MissingKind.ORIGINAL:
            blind = blind or (on_disk is None and bool(suffixes(file.path)))
            if on_disk is False:
                gone.append(digest_of(file.item))
        if len(listed) < LISTED:
            listed.append(MissingFile(kind=file.kind, item=file.item, path=file.path, on_disk=on_disk))
    return CoverageAnswer(
        counts=coverage.counts(),
        immich_version=database.immich_version,
        schema_level=database.schema_level,
        media_location=database.media_location,
        missing=tuple(listed),
        digests={kind: coverage.digests(kind) for kind in MissingKind},
        gone=None if blind or not disk.visible else joined(gone),
    )


def _path(path: str) -> bytes:
    return canonical(path.rstrip("/").encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionError):
        sys.exit(1)  # the agent has gone
