"""Finds Immich in a tree whose entries stream by: its folders, their sizes, the dumps, and the paths of originals.

The folders are found by name wherever they are, and confirmed by the ``.immich`` markers in them: a snapshot made with
``restic backup .`` has ``/library``, one made in a container ``/data/library``, one of separate disks has each folder
somewhere else. Of a file nothing is kept but a hash of its path.
"""

import posixpath
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from immich_backup_exporter.analysis.coverage import TreePaths
from immich_backup_exporter.analysis.paths import (
    MOTION_SUFFIX,
    behind,
    canonical,
    is_litter,
    is_litter_folder,
    spelled_canonically,
    with_ancestors,
)
from immich_backup_exporter.domain.clock import in_future
from immich_backup_exporter.domain.contents import ORIGINAL_FOLDERS, FolderContents, TreeAnswer, TreeQuestion
from immich_backup_exporter.domain.immich import FOLDERS, MARKER, DumpFile, DumpKind
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats.dump_name import lies_beside_dumps, looks_like_dump, parse_dump_name
from immich_backup_exporter.formats.globs import glob_expression
from immich_backup_exporter.formats.tree_listing import Node, modified

MOST_FILES = 20_000_000
"""That are looked at. Paths of most are kept as hashes."""
MOST_DUMPS = 20_000
MOST_LINKS = 1000
"""That are called like a folder of Immich's and lie where nobody expects one."""
_FOLDERS = {name.encode(): name for name in FOLDERS}
_MARKER = MARKER.encode()
_PICTURES = (b".jpg", b".JPG", b".jpeg", b".heic", b".HEIC", b".png", b".mp4", b".MP4", b".mov", b".MOV", b".dng")
_FFFD = "\N{REPLACEMENT CHARACTER}".encode()


class TooManyFilesError(Exception):
    """The tree holds more than anything that is looked at."""


@dataclass(slots=True)
class _Folder:
    """A folder that has the name of one of Immich's."""

    path: bytes
    name: str
    marked: bool = False
    files: int = 0
    size_bytes: int = 0
    hashes: "array[int]" = field(default_factory=lambda: array("q"))
    litter: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def root(self) -> bytes:
        return self.path[: self.path.rfind(b"/")]


class Survey:
    """Takes the nodes of one tree."""

    def __init__(self, question: TreeQuestion, now: datetime) -> None:
        self._question = question
        self._now = now
        self._bases = tuple(spelled_canonically(path) for path in question.snapshot_paths)
        parents = (above for base in self._bases for above in (base, posixpath.dirname(base)) if above != b"/")
        self._parents = {above: place for place, above in enumerate(dict.fromkeys(parents))}
        """What may be cut off a path, and which of these comes first: there can be a path for each file."""
        self._folders: dict[bytes, _Folder] = {}
        self._expected = self._expected_roots()
        self._links: list[bytes] = []
        self._dumps: list[Node] = []
        self._asked: dict[bytes, list[str]] = {}
        for path in question.required_paths:
            for spelling in self._spellings(path):
                self._asked.setdefault(spelling, []).append(path)
        self._there: set[str] = set()
        self._external = [
            (spelling.rstrip(b"/") + b"/", array("q"))
            for one in question.external
            for spelling in self._spellings(one.backed_up_as)
        ]
        self._external_of = [len(self._spellings(one.backed_up_as)) for one in question.external]
        last = [posixpath.basename(pattern.rstrip("/")).replace("**", "*") for pattern in question.also]
        names = "|".join(_expression(one).removeprefix("/") for one in last)
        self._also_name = re.compile(names) if last else None
        self._stdin: list[Node] = []
        self._files = 0
        self._folder: bytes | None = None
        self._here: list[_Folder] = []
        self._outside: list[tuple[int, array[int]]] = []
        self._litter_here = False
        self._plain: tuple[_Folder, int] | None = None
        """Where pictures are originals and nothing else, and where their path begins that counts."""

    def _spellings(self, path: str) -> list[bytes]:
        """How a path of the machine can stand in the tree: whole, or below one of the paths that were backed up.

        ``restic backup .`` stores what is in the folder, ``restic backup folder`` the folder without those above it.
        All of them are :func:`canonical`, as whatever is compared with them has to be.
        """
        whole = spelled_canonically(posixpath.normpath(path))
        found = [above for above in with_ancestors(whole) if above in self._parents]
        found.sort(key=self._parents.__getitem__)
        return [whole, *(whole[len(above) :] for above in found)]

    def take(self, nodes: Iterable[Node]) -> None:
        """The next nodes, in restic's order. Raises :class:`TooManyFilesError`."""
        asked = self._asked
        for node in nodes:
            kind, path, size, _ = node
            if kind == b"file":
                cut = path.rfind(b"/")
                if path[:cut] != self._folder:
                    self._enter(path[:cut])
                name = path[cut + 1 :]
                self._files += 1
                usual = name.endswith(_PICTURES) and not name.startswith(b".") and path.isascii()
                if usual and self._plain is not None and path not in asked:
                    # Nearly every file there is: no litter, no dump, nothing that was asked for.
                    folder, start = self._plain
                    folder.files += 1
                    folder.size_bytes += int(size or 0)
                    folder.hashes.append(hash(path[start:]))
                    continue
                for folder in self._here:
                    if name == _MARKER and len(folder.path) == cut:
                        folder.marked = True
                    else:
                        self._count(folder, path, name, size)
                for start, hashes in self._outside:
                    hashes.append(hash(canonical(path[start:])))
                if name.endswith((b".sql.gz", b".sql")) or self._files == 1 or self._may_be_also(name):
                    self._note_dump(node, name)
            elif kind == b"symlink":
                self._note_link(canonical(path))
            elif kind == b"dir" and path[path.rfind(b"/") + 1 :] in _FOLDERS:
                self._folders.setdefault(path, _Folder(path, _FOLDERS[path[path.rfind(b"/") + 1 :]]))
            if asked and (spelled := canonical(path)) in asked:
                self._there.update(asked[spelled])

    def _note_link(self, path: bytes) -> None:
        """Keep it if it can stand for Immich: in its place, else by its name."""
        parent, _, name = path.rpartition(b"/")
        if path in self._expected or (name in _FOLDERS and (parent in self._expected or len(self._links) < MOST_LINKS)):
            self._links.append(path)

    def _may_be_also(self, name: bytes) -> bool:
        return self._also_name is not None and self._also_name.fullmatch(canonical(name).decode()) is not None

    def _enter(self, folder: bytes) -> None:
        self._folder = folder
        self._here = []
        self._outside = []
        if self._external:
            inside = folder + b"/"
            spelled = canonical(inside)
            self._outside = [
                (behind(inside, prefix.count(b"/")), hashes)
                for prefix, hashes in self._external
                if spelled.startswith(prefix)
            ]
        self._litter_here = is_litter_folder(folder)
        if self._files > MOST_FILES:
            raise TooManyFilesError
        place = 0
        while place >= 0:
            place = folder.find(b"/", place + 1)
            above = folder if place < 0 else folder[:place]
            name = above[above.rfind(b"/") + 1 :]
            if name in _FOLDERS:
                self._here.append(self._folders.setdefault(above, _Folder(above, _FOLDERS[name])))
        self._plain = None
        if len(self._here) == 1 and not (self._outside or self._litter_here or self._also_name):
            (only,) = self._here
            if only.name in ORIGINAL_FOLDERS:
                self._plain = only, len(only.path) - len(only.name)

    def _count(self, folder: _Folder, path: bytes, name: bytes, size: bytes) -> None:
        folder.files += 1
        folder.size_bytes += int(size or 0)
        kind = folder.name
        if kind in ("library", "upload"):
            relative = path[len(folder.path) - len(kind) :]
            litter = self._litter_here or (
                (name.startswith(b".") or name.endswith((b".db", b".ini")) or b"@Syno" in name) and is_litter(name)
            )
            (folder.litter if litter else folder.hashes).append(hash(canonical(relative)))
        elif kind == "profile" or (kind == "encoded-video" and name.endswith(MOTION_SUFFIX)):
            folder.litter.append(hash(canonical(path[len(folder.path) - len(kind) :])))

    def _note_dump(self, node: Node, name: bytes) -> None:
        if self._files == 1:
            self._stdin.append(node)
        if len(self._dumps) < MOST_DUMPS and name != _MARKER and _FFFD not in node[1]:
            self._dumps.append(node)

    # --- what was found

    def answer(self) -> tuple[TreeAnswer, TreePaths]:
        """Once all nodes have been taken."""
        chosen, sentence, known = self._choose()
        folders = {
            name: FolderContents(
                files=chosen[name].files if name in chosen else 0,
                size_bytes=chosen[name].size_bytes if name in chosen else 0,
            )
            for name in FOLDERS
        }
        dumps = self._routine(chosen) if known else []
        answer = TreeAnswer(
            known=known,
            holds_immich=bool(chosen) or not known,
            sentence=sentence,
            folders=folders if known else {},
            dumps=len(dumps),
            dump=max(dumps, key=lambda dump: (dump.time, dump.name), default=None),
            missing_paths=tuple(path for path in self._question.required_paths if path not in self._there),
        )
        return answer, _paths_of(chosen)

    def external(self) -> list[set[int]]:
        """For each external library of the question: hashes of the paths below it."""
        sets, at = [], 0
        for spellings in self._external_of:
            found: set[int] = set()
            for _, hashes in self._external[at : at + spellings]:
                found.update(hashes)
            sets.append(found)
            at += spellings
        return sets

    def _choose(self) -> tuple[dict[str, _Folder], Message | None, bool]:
        """Immich's folders by name, what a person should know, and whether that is certain."""
        roots: dict[bytes, dict[str, _Folder]] = {}
        for folder in self._folders.values():
            roots.setdefault(folder.root, {})[folder.name] = folder
        confirmed = {root: found for root, found in roots.items() if any(one.marked for one in found.values())}
        if not confirmed:
            return self._without_markers(roots)
        spelled = {canonical(root): root for root in confirmed}
        by_hint = next((spelled[root] for root in self._expected if root in spelled), None)
        main = by_hint if by_hint is not None else max(confirmed, key=lambda root: _weight(confirmed[root]))
        chosen = dict(confirmed[main])
        # Folders that lie on disks of their own have other parents, and may have left their mount points behind, which
        # have no marker; another Immich has the same folders again.
        for root in sorted(confirmed, key=lambda root: _weight(confirmed[root]), reverse=True):
            marked = {name: one for name, one in confirmed[root].items() if one.marked}
            if root != main and not any(name in chosen and chosen[name].marked for name in marked):
                chosen |= marked
        return chosen, self._stored_link(chosen, main), True

    def _expected_roots(self) -> dict[bytes, None]:
        """The likeliest first; no list, since there can be as many as files."""
        bases = (spelling for base in self._question.snapshot_paths for spelling in self._spellings(base))
        return dict.fromkeys((*self._hinted_roots(), *(base.rstrip(b"/") for base in bases)))

    def _hinted_roots(self) -> list[bytes]:
        return [spelling.rstrip(b"/") for hint in self._question.hints for spelling in self._spellings(hint)]

    def _without_markers(
        self, roots: dict[bytes, dict[str, _Folder]]
    ) -> tuple[dict[str, _Folder], Message | None, bool]:
        for root, found in roots.items():
            filled = {name for name, one in found.items() if one.files}
            if filled.intersection(ORIGINAL_FOLDERS) and (canonical(root) in self._expected or len(filled) > 1):
                return {}, Message("inspection.no_markers"), False
        return {}, self._stored_link({}, None) or Message("inspection.nothing"), True

    def _stored_link(self, chosen: dict[str, _Folder], main: bytes | None) -> Message | None:
        """What was stored as a symbolic link instead of what it leads to."""
        parents = self._expected.keys() | ({canonical(main)} if main is not None else set())
        for link in self._links:
            parent, _, name = link.rpartition(b"/")
            if name in _FOLDERS and parent in parents and _FOLDERS[name] not in chosen:
                return Message("inspection.folder_is_link", folder=_FOLDERS[name])
            if link in parents and not chosen:
                return Message("inspection.root_is_link")
        return None

    def _routine(self, chosen: dict[str, _Folder]) -> list[DumpFile]:
        """The finished routine dumps."""
        zone = ZoneInfo(self._question.timezone) if self._question.timezone else None
        backups = chosen["backups"].path if "backups" in chosen else None
        roots = list(dict.fromkeys(canonical(one.root) for one in chosen.values())) or self._hinted_roots() or [b""]
        patterns = [(pattern, self._pattern(pattern, roots)) for pattern in self._question.also]
        found = [self._stdin_dump(zone)]
        for file in self._dumps:
            time = modified(file)
            if time is None or in_future(time, self._now):
                continue  # a wrong clock's, which would hide all newer ones
            folder, _, name = file[1].rpartition(b"/")
            text = _text(name)
            said = parse_dump_name(text, time, zone)
            if said.unfinished:
                continue
            if folder == backups and looks_like_dump(text) and said.kind is DumpKind.IMMICH:
                found.append(_dump_file(file, time, text, DumpKind.IMMICH, zone))
                continue
            if folder == backups and said.kind is not DumpKind.OTHER:
                continue  # a broad pattern makes no restore point a routine dump
            if lies_beside_dumps(_text(name)):
                continue
            spelled = canonical(file[1])
            for pattern, matches in patterns:
                if matches.fullmatch(spelled.decode()):
                    above = max((root for root in roots if spelled.startswith(root + b"/")), key=len, default=b"")
                    shown = file[1][behind(file[1], above.count(b"/") + 1) :] if above else file[1]
                    found.append(_dump_file(file, time, _text(shown), DumpKind.ALSO, zone, pattern))
                    break
        return [dump for dump in found if dump is not None]

    def _pattern(self, pattern: str, roots: Sequence[bytes]) -> "re.Pattern[str]":
        """``pattern`` is below the upload location, whose folders may have different ``roots``, or a whole path."""
        absolute = pattern.startswith("/")
        whole = spelled_canonically(posixpath.normpath(pattern)).decode()
        relative = [] if absolute else [whole]
        for hint in self._question.hints if absolute else ():
            below = spelled_canonically(posixpath.normpath(hint)).decode().rstrip("/") + "/"
            if whole.startswith(below):
                relative.append(whole[len(below) :])
        expressions = [glob_expression(one.decode()) for one in self._spellings(pattern)] if absolute else []
        expressions += [re.escape(root.decode()) + glob_expression(one) for one in relative for root in roots]
        return re.compile("|".join(expressions))

    def _stdin_dump(self, zone: ZoneInfo | None) -> DumpFile | None:
        """A snapshot made with ``--stdin``: one file, and its path is the snapshot's only one."""
        if self._files != 1 or len(self._bases) != 1 or not self._stdin:
            return None
        file = self._stdin[0]
        if canonical(file[1]) != self._bases[0]:
            return None
        # What restic reads from there gets the snapshot's time, which is when the program that wrote it was started.
        # A file that was backed up alone has its own: it may have been lying there for weeks.
        time = modified(file) or self._question.snapshot_time
        return _dump_file(file, time, _text(file[1]), DumpKind.ALSO, zone, "stdin")


def _dump_file(
    file: Node, time: datetime, name: str, kind: DumpKind, zone: ZoneInfo | None, pattern: str = ""
) -> DumpFile:
    said = parse_dump_name(posixpath.basename(name), time, zone)
    return DumpFile(
        name=name,
        path=_text(file[1]),
        kind=kind,
        group=f"{kind.value}:{pattern}:{'gz' if said.compressed else 'plain'}",
        unfinished=False,
        size_bytes=int(file[2] or 0),
        modified=time,
        named_time=said.named_time,
        immich_version=said.immich_version,
        postgres_version=said.postgres_version,
        fingerprint=f"{name}:{int(file[2] or 0)}:{time.isoformat()}",
    )


def _paths_of(chosen: dict[str, _Folder]) -> TreePaths:
    paths = TreePaths()
    for folder in chosen.values():
        paths.originals.update(folder.hashes)
        paths.others.update(folder.litter)
    return paths


def _weight(found: dict[str, _Folder]) -> tuple[int, int]:
    originals = sum(found[name].files for name in ORIGINAL_FOLDERS if name in found)
    return originals, sum(one.files for one in found.values())


def _expression(pattern: str) -> str:
    return glob_expression(spelled_canonically(pattern).decode())


def _text(path: bytes) -> str:
    return path.decode("utf-8", "replace")
