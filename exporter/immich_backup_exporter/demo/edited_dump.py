"""Dumps of other databases than the demo's own, made out of the text of one of its dumps."""

import gzip
from dataclasses import dataclass
from uuid import UUID

_BEGIN = b"COPY public.asset ("
_END = b"\\.\n"
EXTERNAL_LIBRARY = "/mnt/pictures"
"""As Immich sees it in its container."""
EXTERNAL_PHOTOS = 24


@dataclass(frozen=True, slots=True)
class _Assets:
    """A dump's text, taken apart at its rows of assets."""

    before: bytes
    columns: bytes
    rows: list[bytes]
    after: bytes

    def text(self, rows: list[bytes]) -> bytes:
        return b"".join((self.before, _BEGIN, self.columns, b"\n", *rows, _END, self.after))


def with_fewer_assets(dump: bytes, share: float) -> bytes:
    """The database knows only that share of its assets, the oldest ones."""
    assets = _apart(dump)
    return _packed(assets.text(assets.rows[: int(len(assets.rows) * share)]))


def with_an_external_library(dump: bytes) -> bytes:
    """The database also knows photos in :data:`EXTERNAL_LIBRARY`, which is no part of the upload location."""
    assets = _apart(dump)
    names = [name.strip(b'" ') for name in assets.columns.split(b")")[0].split(b",")]
    own = dict(zip(names, assets.rows[0].rstrip(b"\n").split(b"\t"), strict=True))
    external = [
        own
        | {
            b"id": str(UUID(int=number, version=4)).encode(),
            b"originalPath": f"{EXTERNAL_LIBRARY}/IMG_{number + 1:04}.jpg".encode(),
            b"libraryId": str(UUID(int=0, version=4)).encode(),
            b"isExternal": b"t",
            b"checksumAlgorithm": b"sha1-path",
        }
        for number in range(EXTERNAL_PHOTOS)
    ]
    return _packed(assets.text([*assets.rows, *(b"\t".join(row[name] for name in names) + b"\n" for row in external)]))


def of_a_later_immich(dump: bytes) -> bytes:
    """The table of assets has a name that no version knows yet, as after an update of Immich."""
    return _packed(gzip.decompress(dump).replace(b"public.asset (", b"public.media_item ("))


def _apart(dump: bytes) -> _Assets:
    before, rest = gzip.decompress(dump).split(_BEGIN, 1)
    columns, rest = rest.split(b"\n", 1)
    rows, after = rest.split(_END, 1)
    return _Assets(before, columns, rows.splitlines(keepends=True), after)


def _packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)
