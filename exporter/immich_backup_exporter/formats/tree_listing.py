"""What ``restic ls --json`` prints about a snapshot's tree, one line for each file, folder or link.

Lines as 0.14, 0.18 and 0.19 write them begin alike: name, type and path. A line without a backslash has quotes only
where JSON has them, so that it can be cut at these; any other one (names with quotes, ampersands or characters that are
no UTF-8, lines of a later version) is read as JSON, which takes several times as long.
"""

import json
from collections.abc import Iterator
from datetime import datetime

Node = tuple[bytes, bytes, bytes, bytes]
"""One entry of a tree: its type (``file dir symlink dev chardev fifo socket irregular``), its path from the root of the
tree in UTF-8 (bytes of a name that are no UTF-8 have become U+FFFD), its size in bytes (decimal, empty for what has
none) and whatever else restic wrote, for :func:`modified`."""

_BEGIN, _END = b'{"name":"', b'"struct_type":"node"}'
_SIZE, _MTIME = b'"size":', b'"mtime":"'
LONGEST_LINE_BYTES = 16 * 1024 * 1024


class MalformedListingError(Exception):
    """This is not what ``restic ls --json`` prints."""


class TreeListing:
    """Takes the output in pieces of any size and yields nodes.

    The first line is the snapshot's. restic 0.14 ends with 0 and prints nothing at all where the snapshot that it was
    asked for is not there (tried), so without that line nothing was listed.
    """

    def __init__(self) -> None:
        self._carry = b""
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[Node]:
        """The nodes of all whole lines so far. Raises :class:`MalformedListingError`."""
        end = piece.rfind(b"\n") + 1
        if end == 0:
            self._carry += piece
            if len(self._carry) > LONGEST_LINE_BYTES:
                raise MalformedListingError
            return iter(())
        block, self._carry = self._carry + piece[:end], piece[end:]
        if not self._begun:
            first, _, block = block.partition(b"\n")
            if not _is_snapshot(first):
                raise MalformedListingError
            self._begun = True
        return nodes_of(block)

    def finish(self) -> None:
        """There is no more. Raises :class:`MalformedListingError` where a line is cut off, or there was none."""
        if not self._begun or self._carry.strip():
            raise MalformedListingError


def _is_snapshot(line: bytes) -> bool:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and "snapshot" in (said.get("struct_type"), said.get("message_type"))


def nodes_of(block: bytes) -> Iterator[Node]:
    """The nodes of some whole lines."""
    for line in block.split(b"\n"):
        if b"\\" not in line and line.startswith(_BEGIN) and line.endswith(_END):
            parts = line.split(b'"', 12)
            if len(parts) == 13 and parts[5] == b"type" and parts[9] == b"path":
                rest = parts[12]
                at = rest.find(_SIZE)
                size = rest[at + len(_SIZE) : rest.find(b",", at)] if at >= 0 else b""
                yield parts[7], parts[11], size, rest
                continue
        if line.strip() and (node := _from_json(line)) is not None:
            yield node


def _from_json(line: bytes) -> Node | None:
    """``None`` for whatever a later version adds that is no node."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise MalformedListingError from None
    if not isinstance(said, dict):
        raise MalformedListingError
    kind, path = said.get("type"), said.get("path")
    if said.get("struct_type", said.get("message_type")) != "node":
        return None
    if not isinstance(kind, str) or not isinstance(path, str):
        raise MalformedListingError
    size = said.get("size")
    return (
        kind.encode("utf-8", "replace"),
        path.encode("utf-8", "replace"),
        str(size).encode() if isinstance(size, int) and size >= 0 else b"",
        _MTIME + str(said.get("mtime", "")).encode("utf-8", "replace") + b'"',
    )


def modified(node: Node) -> datetime | None:
    """The node's modification time; ``None`` where it makes no sense."""
    written = node[3].partition(_MTIME)[2].partition(b'"')[0]
    try:
        time = datetime.fromisoformat(written.decode("ascii"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
