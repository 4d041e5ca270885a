"""What `restic ls --json` prints, read quickly and read as JSON: the same."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immich_backup_exporter.formats.tree_listing import MalformedListingError, TreeListing, modified, nodes_of

SNAPSHOT = b'{"time":"2026-11-25T08:22:17Z","tree":"4b","paths":["/a"],"struct_type":"snapshot"}\n'
FILE = (
    b'{"name":"a.jpg","type":"file","path":"/library/a.jpg","uid":0,"gid":0,"size":12,"mode":420,'
    b'"permissions":"-rw-r--r--","mtime":"2026-11-25T08:22:14.854133082+01:00","atime":"2026-11-25T08:22:14Z",'
    b'"ctime":"2026-11-25T08:22:14Z","inode":2162810,"message_type":"node","struct_type":"node"}\n'
)
OLD = FILE.replace(b',"inode":2162810,"message_type":"node"', b"")


def all_of(*pieces: bytes) -> list[tuple[bytes, bytes, bytes]]:
    listing = TreeListing()
    found = [node[:3] for piece in pieces for node in listing.feed(piece)]
    listing.finish()
    return found


NODE = (b"file", b"/library/a.jpg", b"12")


def test_lines_of_old_and_new_restics_are_read() -> None:
    assert all_of(SNAPSHOT + FILE + OLD) == [NODE, NODE]


def test_what_a_later_version_adds_is_passed_over() -> None:
    more = b'{"message_type":"summary","files":3}\n'
    assert all_of(SNAPSHOT + FILE + more + FILE.replace(b'"uid":0', b'"new":[1],"uid":0')) == [NODE, NODE]


@pytest.mark.parametrize(
    "output",
    [b"", b"\n", FILE, SNAPSHOT + FILE[:-20], SNAPSHOT + b"no JSON\n", SNAPSHOT + b"[]\n", SNAPSHOT[:-10]],
    ids=["nothing", "a line", "no snapshot", "cut off", "no JSON", "a list", "cut off early"],
)
def test_what_is_no_whole_listing_is_refused(output: bytes) -> None:
    with pytest.raises(MalformedListingError):
        all_of(output)


nodes = st.fixed_dictionaries(
    {
        "name": st.text(),
        "type": st.sampled_from(["file", "dir", "symlink", "fifo"]),
        "path": st.text(),
        "uid": st.integers(0, 2**32),
        "gid": st.integers(0, 2**32),
    },
    optional={"user": st.text(), "group": st.text(), "size": st.integers(0, 2**62)},
)


@settings(max_examples=300, deadline=None)
@given(st.lists(nodes, max_size=8), st.booleans())
def test_the_quick_way_and_json_agree(entries: list[dict[str, object]], escaped: bool) -> None:
    rest = {
        "mode": 420, "permissions": "-rw-r--r--", "mtime": "2026-01-01T00:00:00Z", "struct_type": "node",
    }  # fmt: skip
    lines = [json.dumps({**entry, **rest}, ensure_ascii=escaped, separators=(",", ":")) for entry in entries]
    block = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    expected = [
        (
            str(entry["type"]).encode(),
            str(entry["path"]).encode("utf-8", "replace"),
            str(entry.get("size", "")).encode(),
        )
        for entry in entries
    ]
    assert [node[:3] for node in nodes_of(block)] == expected


@given(st.lists(st.integers(0, 1200), max_size=8))
def test_nodes_do_not_depend_on_how_the_output_is_split(cuts: list[int]) -> None:
    output = SNAPSHOT + FILE + OLD + FILE
    edges = sorted({0, *(cut for cut in cuts if cut < len(output)), len(output)})
    assert all_of(*(output[start:end] for start, end in pairwise(edges))) == [NODE] * 3


@pytest.mark.parametrize("line", [FILE, FILE.replace(b"a.jpg", b"\\u0026.jpg")], ids=["quickly", "as JSON"])
def test_times_are_read_with_their_offset(line: bytes) -> None:
    (node,) = nodes_of(line)
    assert modified(node) == datetime(2026, 11, 25, 7, 22, 14, 854133, tzinfo=UTC)
    (nonsense,) = nodes_of(line.replace(b"2026-11-25T08:22:14.854133082+01:00", b"yesterday"))
    assert modified(nonsense) is None
