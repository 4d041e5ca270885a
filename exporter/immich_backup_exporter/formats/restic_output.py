"""What restic prints while it works, to the facts that a run report holds.

Read by the process that stands between a job and its caller, so: it imports nothing before the first line that needs
it, keeps no text, its memory is bounded whatever is printed, and it knows restic's lines among those of any program,
also behind what a script or a log puts before them (`[restic] `, a time, a level).

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
    b"read all ",
    b"read group #",
    b" data packs",
    b" packfiles",
    b" errors: [",
    b": does not exist",
    b"error for tree ",
    b"Pack ID does not match",
    b'[{"tags":',
    b" snapshots:",
    b"Applying Policy:",
    b"Would add to the repository",
    b"Would have removed",
    b" files deleted",
    b"unable to remove ",
    b"failed to remove one or more snapshots",
    b"Summary: Restored ",
)
"""Text without any of these holds nothing of interest, and most text is looked at no further."""

_BEGINNINGS = (
    b"snapshot ",
    b"using parent snapshot ",
    b"skipped creating snapshot",
    b"Would add to the repository",
    b"Would have removed the following snapshots",
    b"error: ",
    b"Warning: at least one source file could not be read",
    b"Fatal: repository contains errors",
    b"no errors were found",
    b"read ",
    b"pack ",
    b"error for tree ",
    b"Pack ID does not match",
    b"remove ",
    b"unable to remove ",
    b"failed to remove one or more snapshots",
    b"Applying Policy:",
    b"Summary: Restored ",
    b"[0:",
)
"""How restic's own lines begin that are read; `[0:` is the time of its progress."""


class OutputReader:
    """Fed with one stream of a command's output, in pieces of any size."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._skipping = False
        self._counts: dict[str, int] = {}
        self._values: dict[str, object] = {}
        self._snapshot_ids: list[str] = []
        self._unread: set[str] = set()
        """Saved snapshots for which restic could not read a source, by the lines of this stream."""
        self._trouble = False
        """A source could not be read since the last snapshot of this stream."""
        self._planned = 0
        """Snapshots that a `forget` said it removes; that it did, it says later."""

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
        counts = dict(self._counts)
        if self._planned:
            counts["planned"] = counts.get("planned", 0) + self._planned
        if self._trouble:
            counts["loose"] = counts.get("loose", 0) + 1
        unread = [one for one in self._snapshot_ids if one in self._unread]
        return {"counts": counts, "values": dict(self._values), "ids": list(self._snapshot_ids), "unread": unread}

    def _take(self, text: bytes) -> None:
        if any(marker in text for marker in _MARKERS):
            for line in text.split(b"\n"):
                if len(line) <= MAX_LINE_BYTES:
                    self._line(line.removeprefix(b"\x1b[2K"))

    def _line(self, line: bytes) -> None:
        if b'{"message_type":"status"' in line:
            return
        if b"\x1b" in line:
            line = _uncoloured(line)
        if b'{"message_type":' in line:
            if b'"summary"' in line or b'"error"' in line or b'"exit_error"' in line:
                self._json(line[line.index(b'{"message_type":') :])
        elif b'[{"tags":' in line:
            self._forget(line[line.index(b'[{"tags":') :])
        else:
            self._plain(_unprefixed(line.rstrip(b"\r")))

    def _json(self, line: bytes) -> None:
        message = _decoded(line)
        if not isinstance(message, dict):
            return
        kind = message.get("message_type")
        if kind == "summary":
            self._summary(message)
        elif kind == "error" and message.get("during") == "archival":
            self._count("tree_errors" if _is_tree(message.get("error")) else "json_errors")
            self._trouble = True
        elif kind == "error":
            self._damage(str(message.get("message")).encode("utf-8", "replace"))
        elif kind == "exit_error":
            if "repository contains errors" in str(message.get("message")):
                self._values["damaged"] = True
            if "could not be read" in str(message.get("message")):
                self._warn()
            if "failed to remove one or more snapshots" in str(message.get("message")):
                self._count("forget_failures")

    def _summary(self, message: dict[str, object]) -> None:
        if "num_errors" in message:
            errors = _natural(message["num_errors"])
            if errors is not None:
                self._values["check_errors"] = errors
            if errors == 0:
                self._values.setdefault("damaged", False)
            elif message.get("broken_packs"):
                self._values["damaged_data"] = True
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
        elif message.keys() <= _RESTORED:
            restored = _natural(message.get("total_files", 0)) or _natural(message.get("files_skipped", 0))
            self._count("restores" if restored else "empty_restores")

    def _forget(self, line: bytes) -> None:
        groups = _decoded(line)
        if isinstance(groups, list):
            for group in groups:
                removed = group.get("remove") if isinstance(group, dict) else None
                self._count("listed", len(removed) if isinstance(removed, list) else 0)
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
            self._warn()
        elif line.endswith(b" does not exist, skipping"):
            self._count("tree_errors")
            self._count("skipped_paths")
            self._trouble = True
        elif line.startswith(b"Summary: Restored "):
            empty = line.startswith(b"Summary: Restored 0 files/dirs") and b"skipped" not in line
            self._count("empty_restores" if empty else "restores")
        elif not self._plain_check(line):
            self._plain_forget(line)

    def _plain_check(self, line: bytes) -> bool:
        """Lines of `check`; ``False`` where it is none."""
        if line.startswith(b"Fatal: repository contains errors"):
            self._values["damaged"] = True
        elif line.startswith(b"no errors were found"):
            self._values.setdefault("damaged", False)
        elif self._damage(line):
            return True
        elif line.startswith(b"read ") and (part := _reading(line)) is not None:
            self._values["check_scope"] = "data"
            self._values["check_part"] = part or None
        else:
            return False
        return True

    def _damage(self, line: bytes) -> bool:
        """Whether the line says what is damaged: contents of a pack, or what any check looks at."""
        if line.startswith(b"Pack ID does not match") or (line.startswith(b"pack ") and b" contains " in line):
            self._values["damaged_data"] = True
        elif line.startswith(b"error for tree ") or (line.startswith(b"pack ") and b": does not exist" in line):
            self._values.setdefault("damaged_data", False)
        else:
            return False
        return True

    def _plain_forget(self, line: bytes) -> None:
        if line.startswith(b"remove ") and line.endswith(b" snapshots:"):
            number = line[7:-11]
            if number.isdigit() and len(number) < 10:
                self._planned += int(number)
                self._count("forgets")
        elif line.startswith(b"Applying Policy:"):
            self._count("forgets")
        elif line.startswith(b"Would have removed the following snapshots"):
            self._planned = 0
        elif line.startswith(b"unable to remove ") and b"snapshot/" in line:
            self._count("unremoved")
        elif line.startswith(b"failed to remove one or more snapshots"):
            self._count("forget_failures")
        elif self._planned and line.startswith(b"[") and line.endswith(b" files deleted"):
            # The first such line after the list is of its snapshots; `--prune` deletes other files later.
            number = line[:-14].rpartition(b" / ")[0].rpartition(b" ")[2]
            if number.isdigit() and len(number) < 10:
                self._count("removed", int(number))
                self._planned = 0

    def _saved(self, snapshot_id: bytes) -> None:
        if _is_id(snapshot_id):
            self._snapshot_ids.append(snapshot_id.decode())
            del self._snapshot_ids[:-MAX_SNAPSHOT_IDS]
            if self._trouble:
                self._unread.add(snapshot_id.decode())
            self._trouble = False

    def _warn(self) -> None:
        """A backup says last, after its snapshot, that it could not read a source."""
        self._count("warnings")
        if self._trouble or not self._snapshot_ids:
            self._count("loose")
        else:
            self._unread.add(self._snapshot_ids[-1])
        self._trouble = False

    def _count(self, name: str, number: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + number


def conclude(raws: list[dict[str, object]], exit_code: int | None) -> dict[str, object]:
    """The facts from all streams of one command, by the names of the fields of ``RunReport``; unknown ones left out."""
    counts: dict[str, int] = {}
    facts: dict[str, object] = {}
    ids: list[str] = []
    unread: set[str] = set()
    for raw in raws:
        given = raw["counts"]
        assert isinstance(given, dict)  # noqa: S101 - made by `raw` above
        for name, number in given.items():
            counts[name] = counts.get(name, 0) + number
        values = raw["values"]
        assert isinstance(values, dict)  # noqa: S101 - made by `raw` above
        damaged = facts.get("damaged") or values.get("damaged")
        damaged_data = facts.get("damaged_data") or values.get("damaged_data")
        facts |= {name: value for name, value in values.items() if value is not None}
        if damaged is not None:
            facts["damaged"] = damaged
        if damaged_data is not None:
            facts["damaged_data"] = damaged_data
        found, lacking = raw["ids"], raw["unread"]
        assert isinstance(found, list)  # noqa: S101 - made by `raw` above
        assert isinstance(lacking, list)  # noqa: S101 - made by `raw` above
        ids += found
        unread.update(lacking)
    if facts.get("damaged") is not True:
        facts.pop("damaged_data", None)
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
    if counts.get("skipped_paths"):
        facts["skipped_paths"] = counts["skipped_paths"]
    unremoved = max(counts.get("unremoved", 0), int("forget_failures" in counts))
    # 3 is of a backup or of a forget; it is explained where one of them said so.
    told = exit_code != 3 or warned or trees or unremoved
    if files or trees or (counts.get("backups") and (exit_code == 0 or (exit_code == 3 and unremoved and not warned))):
        facts["unreadable_files"] = files
    if ids and told and not counts.get("loose") and (exit_code != 0 or unread):
        facts["whole_ids"] = tuple(one for one in ids[-MAX_SNAPSHOT_IDS:] if one not in unread)
    if unremoved:
        facts["unremoved_snapshots"] = unremoved
    if counts.get("forgets"):
        facts["removed_snapshots"] = _removed(counts, exit_code)
    if counts.get("empty_restores") and not counts.get("restores"):
        facts["restored_nothing"] = True
    return facts


def _removed(counts: dict[str, int], exit_code: int | None) -> int:
    """What `forget` removed: what it said afterwards, and what it planned where nothing speaks against it."""
    planned = counts.get("planned", 0) if exit_code == 0 else 0
    listed = max(0, counts.get("listed", 0) - counts.get("unremoved", 0))
    if counts.get("listed") and "forget_failures" in counts and "unremoved" not in counts:
        listed = 0
    return counts.get("removed", 0) + planned + listed


_RESTORED = frozenset(
    (
        *("message_type", "seconds_elapsed", "total_files", "files_restored", "files_skipped", "files_deleted"),
        *("total_bytes", "bytes_restored", "bytes_skipped"),
    )
)
"""What a summary of `restore` may hold, those that are 0 left out: nothing at all where no path matched."""


def _uncoloured(line: bytes) -> bytes:
    """Without the sequences that set a terminal's colours."""
    first, *rest = line.split(b"\x1b[")
    return first + b"".join(one.lstrip(b"0123456789;")[1:] for one in rest)


def _unprefixed(line: bytes) -> bytes:
    """The line from where restic's own text begins.

    Scripts and logs put a name, a time or a level before it. Words of a sentence are no prefix.
    """
    for beginning in _BEGINNINGS:
        at = line.find(beginning)
        if at == 0 or (at > 0 and _is_prefix(line[:at])):
            return line[at:].rstrip(b'"') if at else line
    return line


def _is_prefix(text: bytes) -> bool:
    before = text.rstrip()
    if len(before) == len(text):
        return before[-1:] in b'"]:|>'
    return not before[-1:].islower() and before[-1:] not in b"<(,;'/"


def _reading(line: bytes) -> str | None:
    """Which packs a check reads, as ``check_part``; empty for all; ``None`` where the line is of something else."""
    filtered = b" filtered " in line
    if line.startswith((b"read all data", b"read all filtered data")):
        return "filtered" if filtered else ""
    if line.startswith(b"read group #"):  # read group #2 of 7 data packs (out of total 12 packs in 4 groups)
        words = line.replace(b"#", b"").split(b" ")
        number, total = words[2], line.rpartition(b" in ")[2].partition(b" ")[0]
        if not (number.isdigit() and total.isdigit() and len(number) < 5 and len(total) < 5):
            return None
        if filtered or not 1 <= int(number) <= int(total):
            return "filtered"
        return f"{int(number)}/{int(total)}" if total != b"1" else ""
    words = line.split(b" ")
    if len(words) > 3 and words[1][:1].isdigit() and line.endswith((b"packfiles", b"data packs", b" packs")):
        if filtered:
            return "filtered"
        return "" if words[1] == b"100.0%" else "sample"
    return None


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
