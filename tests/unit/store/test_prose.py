"""The sentences that versions up to format 7 kept are the same sentences as messages."""

import pytest

from immich_backup_exporter.store import prose
from support.words import english


@pytest.mark.parametrize(
    "sentence",
    [
        "It begins with zero bytes and not as a dump, as files do after a power cut or with a bad disk.",
        "It does not begin as a PostgreSQL dump.",
        "It holds no text.",
        "It is a dump in pg_dump's custom format, which this agent cannot check.",
        "It is compressed with bzip2; this agent can check gzip and plain text.",
        "It is compressed with lz4; this agent can check gzip and plain text.",
        "It is compressed with xz; this agent can check gzip and plain text.",
        "It is compressed with zstd; this agent can check gzip and plain text.",
        "It is named .gz but is not gzip data.",
        "It unpacks to more than 256.0 GiB and was not read further.",
        "Its line ends are doubled (CR CR LF), which PostgreSQL cannot restore.",
        "Reading it took too long and was given up.",
        "Rows of its table `asset` have the wrong number of columns: PostgreSQL refuses them.",
        "Something that is not gzip data follows the gzip data after 1.0 KiB of text.",
        "Something that is not gzip data follows the gzip data.",
        "The dump is cut off among the rows of a table, after 321 bytes of text.",
        "The dump is cut off, or something follows its completion marker, after 3.1 MiB of text.",
        "The dump is cut off: after 10.0 KiB of text it ends with the marker of the other kind of dump.",
        "The dump is cut off: the completion marker is missing after 12.3 MiB of text.",
        "The dump is cut off: the line that closes its restriction is missing after 1.5 TiB of text.",
        "The dump is whole.",
        "The file is empty.",
        "The gzip data is cut off after 512.0 KiB of text.",
        "The gzip data is cut off.",
        "The gzip data is damaged (checksum).",
        "The gzip data is damaged (header).",
        "The gzip data is damaged (length).",
        "The gzip data is damaged (structure).",
        "The gzip data is damaged after 1.0 GiB of text (checksum).",
        "The text holds zero bytes, which no dump has, within its first 64.0 KiB.",
        "The text is UTF-16, which PostgreSQL cannot restore.",
    ],
)
def test_a_verdict_says_what_it_said(sentence: str) -> None:
    assert english(prose.verdict(sentence, "invalid")) == sentence


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("invalid", "An earlier version of the agent found that this dump would not restore."),
        ("undecided", "An earlier version of the agent could not decide whether this dump is whole."),
        ("probable", "An earlier version of the agent could not decide whether this dump is whole."),
        ("valid", "The dump is whole."),
    ],
)
def test_a_verdict_in_other_words_keeps_its_outcome(outcome: str, said: str) -> None:
    assert english(prose.verdict("It is cut off after 3.1 parsecs.", outcome)) == said


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "Folders that look like Immich's are in the snapshot, but none of their markers `.immich`: "
            "back these up too, a restored server does not start without them."
        ),
        "None of Immich's folders is in the snapshot.",
        (
            "What was backed up is a symbolic link, and restic stored the link and nothing of what it leads to: "
            "back up the folder that it leads to."
        ),
        (
            "`library` is a symbolic link, and restic stored the link and nothing of what it leads to: "
            "back up the folder that it leads to."
        ),
    ],
)
def test_what_was_said_of_contents_is_said_still(sentence: str) -> None:
    assert english(prose.contents(sentence, 1)) == sentence


def test_what_was_said_of_contents_in_other_words_is_said_in_general() -> None:
    assert english(prose.contents("Hm.", 1)) == (
        "An earlier version of the agent found something about Immich's folders in this snapshot."
    )
    assert english(prose.contents("Hm.", 0)) == (
        "An earlier version of the agent could not find Immich's folders in this snapshot."
    )


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "It holds a line that is longer than anything Immich writes and was not understood.",
            "It holds a line that is longer than anything that Immich writes and was not understood.",
        ),
        (
            "It holds no table of assets in a shape that this version of the agent knows.",
            "It holds no table of assets in a form that this version of the agent knows.",
        ),
        (
            "It holds more than 50,000,000 assets and was not counted further.",
            "It holds more than 50,000,000 assets and was not counted further.",
        ),
        (
            "Rows of its table `user` have the wrong number of columns: PostgreSQL refuses them.",
            "Rows of its table `user` have the wrong number of columns: PostgreSQL refuses them.",
        ),
        (
            "It is odd.",
            "An earlier version of the agent could not count the files that the database in this dump refers to.",
        ),
    ],
)
def test_why_there_was_no_coverage_is_said_still(sentence: str, said: str) -> None:
    assert english(prose.trouble(sentence, None)) == said
