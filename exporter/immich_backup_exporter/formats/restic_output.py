"""What restic prints while it works, to the facts that a run report holds.

Read by the process that stands between a job and its caller, so: it imports nothing before the first line that needs
it, keeps no text, its memory is bounded whatever is printed, and it knows restic's lines among those of any program.

Sources: restic's scripting guide, and restic 0.14.0, 0.18.0 and 0.19.1 themselves. The three differ in the shape of
errors (0.14 prints the Go error's fields, or `{}`, where later ones have a message), in the length of ids in the
summary (8 digits in 0.14) and in the last line of a failure (plain text in 0.14, `exit_error` since 0.18).
"""

MAX_LINE_BYTES = 1 << 20
"""Longer lines are skipped: no line of restic that matters comes near it, but for a `forget --json` of thousands."""

MAX_SNAPSHOT_IDS = 64
"""A report names the last so many snapshots of its run."""

_HEX = frozenset(b"0123456789abcdef")

_MARKERS = (
    b'"message_type":"summary"',
    b'"message_type":"error"',
    b'"message_type":"exit_error"',
    b"snapshot ",
    b"skipped creating",
    b"rror: ",
    b" could not be read",
    b" does not exist, skipping",
    b"repository contains errors",
    b"no errors were found",
    b"read all data",
    b'[{"tags":',
    b" snapshots:",
    b"Applying Policy:",
    b"Would add to the repository",
)
"""Text without any of these holds nothing of interest, and most text is looked at no further."""


class OutputReader:
    """Fed with one stream of a command's output, in pieces of any size."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._skipping = False
        self._counts: dict[str, int] = {}
        self._values: dict[str, object] = {}
        self._snapshot_ids: list[str] = []

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Never raises on their account."""
        last = data.rfind(b"\n")
        if self._skipping:
            if last < 0:
                return
            data = data[data.index(b"\n") + 1 :]
            last = data.rfind(b"\n")
            self._skipping = False
        if last < 0:
            self._tail += data
        else:
            whole = bytes(self._tail) + data[: last + 1] if self._tail else data[: last + 1]
            self._tail = bytearray(data[last + 1 :])
            self._take(whole)
        if len(self._tail) > MAX_LINE_BYTES:
            self._tail = bytearray()
            self._skipping = True

    def raw(self) -> dict[str, object]:
        """What was counted so far, as plain values that :mod:`marshal` takes; for :func:`conclude`."""
        if self._tail:
            self._take(bytes(self._tail))
            self._tail = bytearray()
        return {"counts": dict(self._counts), "values": dict(self._values), "ids": list(self._snapshot_ids)}

    def _take(self, text: bytes) -> None:
        if any(marker in text for marker in _MARKERS):
            for line in text.split(b"\n"):
                if len(line) <= MAX_LINE_BYTES:
                    self._line(line.removeprefix(b"\x1b[2K"))

    def _line(self, line: bytes) -> None:
        if line.startswith(b'{"message_type":"status"'):
            return
        if line.startswith(b"{"):
            if b'"summary"' in line or b'"error"' in line or b'"exit_error"' in line:
                self._json(line)
        elif line.startswith(b'[{"tags":'):
            self._forget(line)
        else:
            self._plain(line)

    def _json(self, line: bytes) -> None:
        message = _decoded(line)
        if not isinstance(message, dict):
            return
        kind = message.get("message_type")
        if kind == "summary":
            self._summary(message)
        elif kind == "error" and message.get("during") == "archival":
            self._count("tree_errors" if _is_tree(message.get("error")) else "json_errors")
        elif kind == "exit_error":
            if "repository contains errors" in str(message.get("message")):
                self._values["damaged"] = True
            if "could not be read" in str(message.get("message")):
                self._count("warnings")

    def _summary(self, message: dict[str, object]) -> None:
        if "num_errors" in message:
            errors = _natural(message["num_errors"])
            if errors is not None:
                self._values["check_errors"] = errors
            if errors == 0:
                self._values.setdefault("damaged", False)
        elif "total_files_processed" in message or "files_new" in message:
            self._count("backups")
            self._values["files"] = _natural(message.get("total_files_processed"))
            self._values["bytes"] = _natural(message.get("total_bytes_processed"))
            added = message.get("data_added_packed", message.get("data_added"))
            self._values["added_bytes"] = _natural(added)
            snapshot_id = message.get("snapshot_id")
            if isinstance(snapshot_id, str) and snapshot_id:
                self._saved(snapshot_id.encode())
            else:
                self._count("dry_runs" if message.get("dry_run") else "unchanged")

    def _forget(self, line: bytes) -> None:
        groups = _decoded(line)
        if isinstance(groups, list):
            for group in groups:
                removed = group.get("remove") if isinstance(group, dict) else None
                self._count("removed", len(removed) if isinstance(removed, list) else 0)
            self._count("forgets")

    def _plain(self, line: bytes) -> None:
        if line.startswith(b"snapshot ") and b" saved" in line:
            words = line.split(b" ")
            if words[2].startswith(b"saved"):
                self._count("backups")
                self._saved(words[1])
        elif line.startswith(b"using parent snapshot "):
            parent = line.rsplit(b" ", 1)[1]
            if _is_id(parent):
                self._values["parent_id"] = parent.decode()
        elif line.startswith(b"skipped creating snapshot"):
            self._count("backups")
            self._count("unchanged")
        elif line.startswith(b"Would add to the repository"):
            self._count("backups")
            self._count("dry_runs")
        elif line.startswith(b"error: "):
            # "Open: open FOLDER" is 0.14's way to say that a folder cannot be listed.
            tree = line.startswith(b"error: Open: ") or b"readdirnames" in line
            self._count("plain_tree_errors" if tree else "plain_errors")
        elif line.startswith(b"Warning: at least one source file could not be read"):
            self._count("warnings")
        elif line.endswith(b" does not exist, skipping"):
            self._count("tree_errors")
        elif line.startswith(b"Fatal: repository contains errors"):
            self._values["damaged"] = True
        elif line.startswith(b"no errors were found"):
            self._values.setdefault("damaged", False)
        elif line.startswith(b"read all data"):
            self._values["check_scope"] = "data"
        elif line.startswith(b"remove ") and line.endswith(b" snapshots:"):
            number = line[7:-11]
            if number.isdigit() and len(number) < 10:
                self._count("removed", int(number))
                self._count("forgets")
        elif line.startswith(b"Applying Policy:"):
            self._count("forgets")

    def _saved(self, snapshot_id: bytes) -> None:
        if _is_id(snapshot_id):
            self._snapshot_ids.append(snapshot_id.decode())
            del self._snapshot_ids[:-MAX_SNAPSHOT_IDS]

    def _count(self, name: str, number: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + number


def conclude(raws: list[dict[str, object]], exit_code: int | None) -> dict[str, object]:
    """The facts from all streams of one command, by the names of the fields of ``RunReport``; unknown ones left out."""
    counts: dict[str, int] = {}
    facts: dict[str, object] = {}
    ids: list[str] = []
    for raw in raws:
        given = raw["counts"]
        assert isinstance(given, dict)  # noqa: S101 - made by `raw` above
        for name, number in given.items():
            counts[name] = counts.get(name, 0) + number
        values = raw["values"]
        assert isinstance(values, dict)  # noqa: S101 - made by `raw` above
        damaged = facts.get("damaged") or values.get("damaged")
        facts |= {name: value for name, value in values.items() if value is not None}
        if damaged is not None:
            facts["damaged"] = damaged
        found = raw["ids"]
        assert isinstance(found, list)  # noqa: S101 - made by `raw` above
        ids += found
    if ids:
        facts["snapshot_ids"] = tuple(ids[-MAX_SNAPSHOT_IDS:])
    if counts.get("unchanged"):
        facts["no_snapshot"] = "unchanged"
    elif counts.get("dry_runs"):
        facts["no_snapshot"] = "dry_run"
    # "error: ..." can be any program's line; restic's warning at the end vouches for those of restic.
    warned = counts.get("warnings", 0) > 0
    trees = counts.get("tree_errors", 0) + (counts.get("plain_tree_errors", 0) if warned else 0)
    files = counts.get("json_errors", 0) + (counts.get("plain_errors", 0) if warned else 0)
    if trees:
        facts["unreadable_trees"] = trees
    if files or trees or (counts.get("backups") and exit_code == 0):
        facts["unreadable_files"] = files
    if counts.get("forgets"):
        facts["removed_snapshots"] = counts.get("removed", 0)
    return facts


def _decoded(line: bytes) -> object:
    import json  # most commands print no line that needs it

    try:
        decoded: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return decoded


def _is_id(text: bytes) -> bool:
    return len(text) in (8, 64) and _HEX.issuperset(text)


def _is_tree(error: object) -> bool:
    """Whether a whole folder could not be read. 0.14's `{}` does not say; a file's error has fields there."""
    if not isinstance(error, dict) or not error:
        return True
    return "readdirnames" in str(error.get("message"))


def _natural(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    return None
