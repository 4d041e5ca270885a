"""Whether the files that a database refers to are in a tree: sets of hashes against rows that stream by.

Of a file in the tree nothing is kept but a hash of its path (64 bits, seeded anew in each process), of a row that finds
its file nothing but that hash. With a million of each, one pair that is mixed up has odds of one in twenty million.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from immich_backup_exporter.domain.contents import CoverageCounts, MissingFile, MissingKind

from .paths import MOTION_SUFFIX, canonical, suffixes, tidy

LISTED = 1000
"""How many missing files are named."""
EXAMINED = 20_000
"""Up to how many missing files are looked for on the live disk."""
COMPARED = 250_000
"""Up to how many missing ones are remembered to be compared with those of another dump."""

DIGEST_BYTES = 8

SETTLED_AFTER = timedelta(days=1)
"""An asset that is older than this when the dump is made has been moved to where it belongs."""

_ROOTS = (b"/usr/src/app/upload/", b"/data/", b"./upload/", b"upload/")
"""What Immich's containers ever called the upload location."""

_TRUE = b"t"
_DELETED = b"deleted"
_NONE = (b"", b"\\N")


@dataclass(slots=True, kw_only=True)
class TreePaths:
    """Hashes of the paths in a tree, below the upload location: ``hash(b"library/admin/a.jpg")``."""

    originals: set[int] = field(default_factory=set)
    """In ``library`` and ``upload``, litter left out."""
    others: set[int] = field(default_factory=set)
    """Litter there, everything in ``profile``, and the videos of motion photos in ``encoded-video``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPaths:
    """A folder of an external library, and what of it is in a snapshot."""

    container: bytes
    """As Immich sees it."""
    files: Collection[int]
    """Hashes of the paths below it."""
    promised: bool = True
    """Whether a plan is said to hold it and its snapshot is known: only then is missing what is not there."""


_UNKNOWN = -1
"""The owner of what comes without one."""


class _Missing:
    """What is missing of one kind: all by a digest of its id and by owner, the first ones with their paths."""

    def __init__(self) -> None:
        self.digests: list[bytes] = []
        self.owners = array("l")
        self.named: list[tuple[int, bytes, bytes]] = []
        """Position, id and path."""

    def add(self, item: bytes, path: bytes, owner: int) -> None:
        if len(self.named) < EXAMINED:
            self.named.append((len(self.digests), item, path))
        self.digests.append(hashlib.blake2b(item, digest_size=DIGEST_BYTES).digest())
        self.owners.append(owner)

    def left(self, removed: Collection[int], path_is_removed: "_IsRemoved") -> Iterator[int]:
        """Positions of those that count."""
        hidden = {place for place, _, path in self.named if self.owners[place] == _UNKNOWN and path_is_removed(path)}
        return (at for at, owner in enumerate(self.owners) if owner not in removed and at not in hidden)

    def left_with_names(self, removed: Collection[int], path_is_removed: "_IsRemoved") -> Iterator[tuple[bytes, bytes]]:
        """Id and path of those that count, as far as names are kept."""
        for place, item, path in self.named:
            owner = self.owners[place]
            if owner not in removed and not (owner == _UNKNOWN and path_is_removed(path)):
                yield item, path


class _IsRemoved:
    """Whether a path is below the folder of a user who is being removed.

    Only for what comes without its owner: a user's storage label can be any name, that of a folder of Immich's too.
    """

    def __init__(self, names: Collection[bytes], prefix: int) -> None:
        self._names = names
        self._prefix = prefix
        """Where the paths begin that are below the upload location, if that is known."""

    def __call__(self, path: bytes) -> bool:
        if not self._names:
            return False
        ends = suffixes(canonical(path))
        below = canonical(path)[self._prefix :]
        if self._prefix and below in ends:
            ends = [below]
        return any(end.split(b"/", 2)[1] in self._names for end in ends)


class Coverage:
    """One database's rows, compared with what a tree holds. Fields come as COPY wrote them, values decoded."""

    def __init__(self, tree: TreePaths, external: Sequence[ExternalPaths], dump_time: datetime) -> None:
        self._tree = tree
        self._external = sorted(external, key=lambda one: len(one.container), reverse=True)
        self._settled = dump_time - SETTLED_AFTER
        self._seen: set[int] = set()
        self._prefix = 0
        self._owner_number: dict[bytes, int] = {}
        self._assets: Counter[bytes] = Counter()
        self._missing = {kind: _Missing() for kind in MissingKind}
        self._folder_missing: Counter[str] = Counter()
        self._settled_missing: Counter[str] = Counter()
        self._regenerable: Counter[int] = Counter()
        self._external_proven: Counter[int] = Counter()
        self._external_unproven: Counter[int] = Counter()
        self._waived: set[bytes] = set()
        """Assets that are being deleted, or that Immich itself knows to be gone: nothing of them must be there."""
        self._outside: set[int] = set()
        """Hashes of the ids of external assets whose path could be taken for one below the upload location."""
        self._removed_owners: set[bytes] = set()
        self._removed_names: set[bytes] = set()
        self.rows = 0

    # --- rows

    def assets(
        self,
        *,
        ids: Sequence[bytes],
        owners: Sequence[bytes],
        paths: Sequence[bytes],
        external: Sequence[bytes],
        statuses: Sequence[bytes],
        created: Sequence[bytes] | None = None,
        offline: Sequence[bytes] | None = None,
        sidecars: Sequence[bytes] | None = None,
    ) -> None:
        """Rows of the table of assets; ``sidecars`` are paths, where the table has them."""
        self.rows += len(ids)
        originals, prefix = self._tree.originals, self._prefix
        # Nearly always a whole block of rows is in order, and a few calls of C can tell.
        if prefix and _TRUE not in external and _DELETED not in statuses:
            hashes = [hash(path[prefix:]) for path in paths]
            found = originals.intersection(hashes)
            if len(found) == len(hashes):
                self._seen |= found
                self._assets.update(owners)
                if sidecars is not None and any(path not in _NONE for path in sidecars):
                    for item, owner, path in zip(ids, owners, sidecars, strict=True):
                        self._sidecar(item, path, self._number(owner))
                return
        for at, path in enumerate(paths):
            item, owner = ids[at], owners[at]
            if statuses[at] == _DELETED:
                self._waived.add(item)
                self._find(path)
            elif external[at] == _TRUE:
                self._external_asset(item, path, owner, offline is not None and offline[at] == _TRUE)
            else:
                key = hash(path[self._prefix :])
                if key in originals:
                    self._seen.add(key)
                    self._assets[owner] += 1
                else:
                    self._internal_asset(item, path, owner, created[at] if created is not None else None)
            if sidecars is not None:
                self._sidecar(item, sidecars[at], self._number(owner))

    def sidecars(self, ids: Sequence[bytes], paths: Sequence[bytes]) -> None:
        """Rows of the table of files, those of sidecars only; ``ids`` are the assets'. After all assets."""
        for item, path in zip(ids, paths, strict=True):
            self._sidecar(item, path, _UNKNOWN)

    def users(
        self,
        ids: Sequence[bytes],
        statuses: Sequence[bytes] | None,
        labels: Sequence[bytes] | None,
        images: Sequence[bytes] | None,
    ) -> None:
        """Rows of the table of users: status, storage label and profile image."""
        for at, item in enumerate(ids):
            removed = statuses is not None and statuses[at] in (b"removing", b"deleted")
            if removed:
                self._removed_owners.add(item)
                self._removed_names.add(item)
                if labels is not None and labels[at] not in _NONE:
                    self._removed_names.add(canonical(labels[at]))
            if images is None or images[at] in _NONE:
                continue
            if not self._find(images[at]) and not removed:
                self._missing[MissingKind.PROFILE].add(item, images[at], self._number(item))

    def moved(self, ids: Sequence[bytes], paths: Sequence[bytes]) -> None:
        """Files that are being moved just now: an asset whose file is at the new place already is not missing."""
        arrived = {item for item, path in zip(ids, paths, strict=True) if path not in _NONE and self._find(path)}
        if not arrived:
            return
        missing = self._missing[MissingKind.ORIGINAL]
        back = {place for place, item, _ in missing.named if item in arrived}
        kept = _Missing()
        kept.digests = [digest for at, digest in enumerate(missing.digests) if at not in back]
        kept.owners = array("l", (owner for at, owner in enumerate(missing.owners) if at not in back))
        shift = 0
        for place, item, path in missing.named:
            if place in back:
                shift += 1
            else:
                kept.named.append((place - shift, item, path))
        self._missing[MissingKind.ORIGINAL] = kept

    def _internal_asset(self, item: bytes, path: bytes, owner: bytes, created: bytes | None) -> None:
        motion = path.endswith(MOTION_SUFFIX) and b"encoded-video/" in path
        found = self._find(path)
        if motion:
            if not found:
                self._regenerable[self._number(owner)] += 1
            return
        self._assets[owner] += 1
        if not found:
            self._missing[MissingKind.ORIGINAL].add(item, path, self._number(owner))
            folder = self._folder(path)
            self._folder_missing[folder] += 1
            if created is not None and _moment_is_before(created, self._settled):
                self._settled_missing[folder] += 1

    def _external_asset(self, item: bytes, path: bytes, owner: bytes, offline: bool) -> None:
        if suffixes(path):
            self._outside.add(hash(item))
        if offline:
            self._waived.add(item)
            return
        number = self._number(owner)
        proven = self._external_file(path)
        if proven is None:
            self._external_unproven[number] += 1
        elif proven:
            self._external_proven[number] += 1
        else:
            self._missing[MissingKind.ORIGINAL].add(item, path, number)

    def _external_file(self, path: bytes) -> bool | None:
        """Whether a mapping's snapshot holds it; ``None`` where it does not, and nobody promised that it would."""
        promised = False
        for spelling in (canonical(path), canonical(tidy(path))):
            library = next((one for one in self._external if spelling.startswith(one.container + b"/")), None)
            if library is None:
                return None
            if hash(spelling[len(library.container) + 1 :]) in library.files:
                return True
            promised = library.promised
        return False if promised else None

    def _sidecar(self, item: bytes, path: bytes, owner: int) -> None:
        if path in _NONE:
            return
        if hash(item) in self._outside or not suffixes(path):
            there = self._external_file(path) is not False  # where nobody says that it is backed up, none is missing
        else:
            there = self._find(path)
        if not there and item not in self._waived:
            self._missing[MissingKind.SIDECAR].add(item, path, owner)

    def _find(self, path: bytes) -> bool:
        """Whether the tree holds it below the upload location, whatever that is called in ``path``."""
        for spelling in dict.fromkeys((path, canonical(path), canonical(tidy(path)))):
            for end in suffixes(spelling):
                key = hash(end)
                if key in self._tree.originals:
                    self._seen.add(key)
                    self._prefix = len(spelling) - len(end)
                    return True
                if key in self._tree.others:
                    return True
        return False

    def _folder(self, path: bytes) -> str:
        """Which of Immich's folders a file is in that was not found: by where those are that were."""
        for start in (self._prefix, *(len(root) for root in _ROOTS if path.startswith(root))):
            folder = path[start:].split(b"/", 1)[0]
            if start and folder in (b"library", b"upload"):
                return folder.decode()
        ends = suffixes(path)
        return ends[0].split(b"/", 1)[0].decode() if ends else ""

    def _number(self, owner: bytes) -> int:
        return self._owner_number.setdefault(owner, len(self._owner_number))

    # --- what it comes to

    @property
    def assets_seen(self) -> int:
        """All rows of internal originals, whoever owns them."""
        return self._assets.total()

    @property
    def files_found(self) -> int:
        """Files of the tree that rows refer to."""
        return len(self._seen) + self._external_proven.total()

    def counts(self) -> CoverageCounts:
        """The sums, once all tables have been read."""
        removed = self._removed()
        left = {kind: list(missing.left(removed, self._is_removed())) for kind, missing in self._missing.items()}
        return CoverageCounts(
            assets=sum(count for owner, count in self._assets.items() if owner not in self._removed_owners),
            external_proven=_total(self._external_proven, removed),
            external_unproven=_total(self._external_unproven, removed),
            missing={kind: len(places) for kind, places in left.items()},
            regenerable_missing=_total(self._regenerable, removed),
            unknown_files=len(self._tree.originals) - len(self._seen),
            folder_missing=dict(self._folder_missing),
            settled_missing=dict(self._settled_missing),
        )

    def missing_files(self) -> Iterator[MissingFile]:
        """Those that count, by name as far as names are kept."""
        for kind, missing in self._missing.items():
            for item, path in missing.left_with_names(self._removed(), self._is_removed()):
                yield MissingFile(kind=kind, item=_text(item), path=path)

    def digests(self, kind: MissingKind) -> bytes:
        """The ids of what is missing, eight bytes each, in order; of more than :data:`COMPARED` the smallest."""
        missing = self._missing[kind]
        return joined(missing.digests[at] for at in missing.left(self._removed(), self._is_removed()))

    def _removed(self) -> set[int]:
        """The numbers of the owners who are being removed."""
        return {number for owner, number in self._owner_number.items() if owner in self._removed_owners}

    def _is_removed(self) -> _IsRemoved:
        return _IsRemoved(self._removed_names, self._prefix)


def joined(digests: "Iterator[bytes] | Collection[bytes]") -> bytes:
    """Digests of eight bytes as one text, sorted, each once."""
    return b"".join(sorted(set(digests))[:COMPARED])


def digest_of(item: str) -> bytes:
    """How an id stands in :meth:`Coverage.digests`."""
    return hashlib.blake2b(item.encode("utf-8", "surrogateescape"), digest_size=DIGEST_BYTES).digest()


def common(*digests: bytes) -> bytes:
    """What is in all of them."""
    sets = [{one[at : at + DIGEST_BYTES] for at in range(0, len(one), DIGEST_BYTES)} for one in digests]
    return joined(set.intersection(*sets)) if sets else b""


def _total(counts: Mapping[int, int], removed: Collection[int]) -> int:
    return sum(count for owner, count in counts.items() if owner not in removed)


def _moment_is_before(written: bytes, moment: datetime) -> bool:
    """``written`` as PostgreSQL does: ``2026-01-31 02:00:00.5+00``."""
    try:
        return datetime.fromisoformat(written.decode("ascii")) < moment
    except (ValueError, TypeError):
        return False


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
