"""The sentences that versions up to format 7 kept, as the messages that stand for them now.

This belongs to a released step of :mod:`.schema` and does not change any more, neither the sentences nor the messages.
A sentence that is not listed here is from a still earlier version: its fact (the verdict's outcome, the counts) stays,
and the message says in general who found it.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from immich_backup_exporter.domain.messages import Bytes, Message

Build = Callable[["re.Match[str]"], Message]

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZE = r"(\d+(?:\.\d+)?) (bytes|KiB|MiB|GiB|TiB)"
_PARTS = {
    "header": Message("dump_verdicts.gzip_header"),
    "structure": Message("dump_verdicts.gzip_structure"),
    "checksum": Message("dump_verdicts.gzip_checksum"),
    "length": Message("dump_verdicts.gzip_length"),
}
_PART = f"({'|'.join(_PARTS)})"

_RAGGED_ROWS = (
    r"Rows of its table `(.*)` have the wrong number of columns: PostgreSQL refuses them\.",
    lambda found: Message("dump_verdicts.ragged_rows", table=found[1]),
)

_VERDICTS: Mapping[str, Message] = {
    "It begins with zero bytes and not as a dump, as files do after a power cut or with a bad disk.": Message(
        "dump_verdicts.begins_with_zeros"
    ),
    "It does not begin as a PostgreSQL dump.": Message("dump_verdicts.no_dump"),
    "It holds no text.": Message("dump_verdicts.no_text"),
    "It is a dump in pg_dump's custom format, which this agent cannot check.": Message("dump_verdicts.custom_format"),
    "It is named .gz but is not gzip data.": Message("dump_verdicts.no_gzip"),
    "Its line ends are doubled (CR CR LF), which PostgreSQL cannot restore.": Message(
        "dump_verdicts.doubled_line_ends"
    ),
    "Reading it took too long and was given up.": Message("dump_verdicts.took_too_long"),
    "Something that is not gzip data follows the gzip data.": Message("dump_verdicts.gzip_trailer"),
    "The dump is whole.": Message("dump_verdicts.whole"),
    "The file is empty.": Message("dump_verdicts.empty"),
    "The gzip data is cut off.": Message("dump_verdicts.gzip_cut_off"),
    "The text is UTF-16, which PostgreSQL cannot restore.": Message("dump_verdicts.utf16"),
}
_VERDICT_PATTERNS: Sequence[tuple[str, Build]] = (
    (
        rf"It unpacks to more than {_SIZE} and was not read further\.",
        lambda found: Message("dump_verdicts.too_large", limit=_size(found[1], found[2])),
    ),
    (
        r"It is compressed with (zstd|xz|bzip2|lz4); this agent can check gzip and plain text\.",
        lambda found: Message("dump_verdicts.compressed", program=found[1]),
    ),
    (
        rf"Something that is not gzip data follows the gzip data after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.gzip_trailer_after", size=_size(found[1], found[2])),
    ),
    (
        rf"The dump is cut off among the rows of a table, after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.cut_in_rows", size=_size(found[1], found[2])),
    ),
    (
        rf"The dump is cut off, or something follows its completion marker, after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.after_marker", size=_size(found[1], found[2])),
    ),
    (
        rf"The dump is cut off: after {_SIZE} of text it ends with the marker of the other kind of dump\.",
        lambda found: Message("dump_verdicts.other_marker", size=_size(found[1], found[2])),
    ),
    (
        rf"The dump is cut off: the completion marker is missing after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.no_marker", size=_size(found[1], found[2])),
    ),
    (
        rf"The dump is cut off: the line that closes its restriction is missing after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.no_unrestrict", size=_size(found[1], found[2])),
    ),
    (
        rf"The gzip data is cut off after {_SIZE} of text\.",
        lambda found: Message("dump_verdicts.gzip_cut_off_after", size=_size(found[1], found[2])),
    ),
    (
        rf"The gzip data is damaged \({_PART}\)\.",
        lambda found: Message("dump_verdicts.gzip_damaged", part=_PARTS[found[1]]),
    ),
    (
        rf"The gzip data is damaged after {_SIZE} of text \({_PART}\)\.",
        lambda found: Message(
            "dump_verdicts.gzip_damaged_after", size=_size(found[1], found[2]), part=_PARTS[found[3]]
        ),
    ),
    (
        rf"The text holds zero bytes, which no dump has, within its first {_SIZE}\.",
        lambda found: Message("dump_verdicts.zero_bytes", size=_size(found[1], found[2])),
    ),
    _RAGGED_ROWS,
)

_CONTENTS: Mapping[str, Message] = {
    "Folders that look like Immich's are in the snapshot, but none of their markers `.immich`: "
    "back these up too, a restored server does not start without them.": Message("inspection.no_markers"),
    "None of Immich's folders is in the snapshot.": Message("inspection.nothing"),
    "What was backed up is a symbolic link, and restic stored the link and nothing of what it leads to: "
    "back up the folder that it leads to.": Message("inspection.root_is_link"),
}
_CONTENTS_PATTERNS: Sequence[tuple[str, Build]] = (
    (
        (
            r"`([^`]+)` is a symbolic link, and restic stored the link and nothing of what it leads to: "
            r"back up the folder that it leads to\."
        ),
        lambda found: Message("inspection.folder_is_link", folder=found[1]),
    ),
)

_TROUBLES: Mapping[str, Message] = {
    "It holds a line that is longer than anything Immich writes and was not understood.": Message(
        "dump_verdicts.line_too_long"
    ),
    "It holds no table of assets in a shape that this version of the agent knows.": Message(
        "dump_verdicts.no_assets_table"
    ),
}
_TROUBLE_PATTERNS: Sequence[tuple[str, Build]] = (
    (
        r"It holds more than ([\d,]+) assets and was not counted further\.",
        lambda found: Message("dump_verdicts.too_many_assets", limit=int(found[1].replace(",", ""))),
    ),
    _RAGGED_ROWS,
)


def verdict(sentence: str, outcome: object) -> Message:
    """Of a verdict on a dump."""
    known = _found(sentence, _VERDICTS, _VERDICT_PATTERNS)
    if known is not None:
        return known
    if outcome == "valid":
        return Message("dump_verdicts.whole")
    return Message("earlier.dump_invalid") if outcome == "invalid" else Message("earlier.dump_undecided")


def contents(sentence: str, known: object) -> Message:
    """Of what a person should know of a snapshot's tree; ``known``: whether Immich's folders are."""
    general = Message("earlier.contents") if known else Message("earlier.contents_unknown")
    return _found(sentence, _CONTENTS, _CONTENTS_PATTERNS) or general


def trouble(sentence: str, _: object) -> Message:
    """Of why a tree was not compared with a dump."""
    return _found(sentence, _TROUBLES, _TROUBLE_PATTERNS) or Message("earlier.coverage")


def _found(sentence: str, exact: Mapping[str, Message], patterns: Sequence[tuple[str, Build]]) -> Message | None:
    if sentence in exact:
        return exact[sentence]
    return next((build(found) for pattern, build in patterns if (found := re.fullmatch(pattern, sentence))), None)


def _size(number: str, unit: str) -> Bytes:
    return Bytes(round(float(number) * _UNITS[unit]))
