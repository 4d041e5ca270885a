"""What ``restic ls --json`` prints about a snapshot's tree, one line for each file, folder or link.

Lines as 0.14, 0.18 and 0.19 write them differ in their ends only; what is needed stands at the beginning, always in the
same order. So one pattern reads a whole block of lines, and whatever it does not fit (names with quotes, ampersands or
characters that are no UTF-8, lines of a later version) is read as JSON.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

_NODE = re.compile(
    rb'^\{"name":"[^"\\]*","type":"([a-z]+)","path":"([^"\\]*)","uid":\d+,"gid":\d+,'
    rb'(?:"user":"[^"\\]*",)?(?:"group":"[^"\\]*",)?(?:"size":(\d+),)?"mode":\d+,"permissions":"[^"\\]*",'
    rb'"mtime":"([0-9:.TZ+-]+)",[^\n]*\}$',
    re.MULTILINE,
)
LONGEST_LINE_BYTES = 16 * 1024 * 1024


class MalformedListingError(Exception):
    """This is not what ``restic ls --json`` prints."""


class Node(NamedTuple):
    """One entry of a tree. The fields are as restic writes them."""

    type: bytes
    """``file dir symlink dev chardev fifo socket irregular``."""
    path: bytes
    """From the root of the tree, UTF-8; bytes of a name that are no UTF-8 have become U+FFFD."""
    size: bytes
    """In bytes, decimal; empty for what has none."""
    mtime: bytes


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
    found = _NODE.findall(block)
    if len(found) == block.count(b"\n"):
        return map(Node._make, found)
    return _one_by_one(block)


def _one_by_one(block: bytes) -> Iterator[Node]:
    for line in block.split(b"\n"):
        if not line.strip():
            continue
        said = _NODE.match(line)
        if said is not None:
            yield Node._make(group or b"" for group in said.groups())
        elif (node := _from_json(line)) is not None:
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
    return Node(
        type=kind.encode("utf-8", "replace"),
        path=path.encode("utf-8", "replace"),
        size=str(size).encode() if isinstance(size, int) and size >= 0 else b"",
        mtime=str(said.get("mtime", "")).encode("utf-8", "replace"),
    )


def modified(node: Node) -> datetime | None:
    """The node's modification time; ``None`` where it makes no sense."""
    try:
        time = datetime.fromisoformat(node.mtime.decode("ascii"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
