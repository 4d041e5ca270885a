"""Which snapshots of a repository are a plan's.

``host``, ``tags`` and ``paths`` narrow as restic's own flags do. The upload location narrows too: a snapshot *covers*
it when its paths contain the folders that the plan holds. That rule is always applied where the plan says how its
snapshots see the location (``backed_up_as``) or gives nothing else to go by. Beside ``host`` or ``tags`` it is applied
once any snapshot that they select ever covered the location, so that the same machine's ``/etc`` cannot hide that the
photos' backup stopped, while a backup made in a container, where the location has another name, needs no further
setting.
"""

import functools
import hashlib
import posixpath
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings

Predicate = Callable[[Snapshot], bool]

_NAMED_PATHS = 3


def covers(path: str, target: str) -> bool:
    """Whether ``path`` is ``target`` or one of the folders above it."""
    path = _tidy(path)
    target = _tidy(target)
    return path in (target, "/") or target.startswith(path + "/")


@functools.lru_cache(maxsize=256)  # the thousands of snapshots of a repository have few different paths
def covers_location(paths: tuple[str, ...], location: str, holds: tuple[str, ...]) -> bool:
    """Whether a snapshot's ``paths`` contain what a plan that holds these parts needs of the upload location.

    Originals move from ``upload`` to ``library``, so either of the two will do here; whether both are in it is a
    question for its contents. A plan that holds originals may get its database dump by other means.
    """
    folders = ("library", "upload") if "originals" in holds else ("backups",)
    return any(covers(path, posixpath.join(location, folder)) for path in paths for folder in folders)


def selector(plan: PlanSettings, upload_location: str | None, known: Iterable[Snapshot]) -> Predicate:
    """The plan's predicate over snapshots. ``known`` are all that this agent ever saw of the repository."""
    chosen = _explicit(plan)
    location = plan.backed_up_as or upload_location
    if location is None or (plan.paths and plan.backed_up_as is None):
        return chosen

    def covering(snapshot: Snapshot) -> bool:
        return chosen(snapshot) and covers_location(snapshot.paths, location, plan.holds)

    if plan.backed_up_as is None and (plan.host or plan.tags) and not any(covering(snapshot) for snapshot in known):
        return chosen
    return covering


def selection_key(plan: PlanSettings, upload_location: str | None) -> str:
    """The plan's name with whatever selects its snapshots: what was counted of others is no measure for these."""
    selection = (plan.host, plan.tags, plan.paths, plan.backed_up_as, plan.holds, upload_location)
    return f"{plan.name}/{hashlib.sha256(repr(selection).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _explicit(plan: PlanSettings) -> Predicate:
    tags = set(plan.tags)
    paths = {_tidy(path) for path in plan.paths}

    def chosen(snapshot: Snapshot) -> bool:
        return (
            (plan.host is None or snapshot.hostname == plan.host)
            and tags.issubset(snapshot.tags)
            and paths.issubset(_tidy(path) for path in snapshot.paths)
            and not any(snapshot.is_called(name) for name in plan.ignore_snapshots)
        )

    return chosen


def explain_no_match(plan: PlanSettings, upload_location: str | None, present: Sequence[Snapshot]) -> str:
    """Why none of the listed snapshots is the plan's, what was seen instead, and what to try."""
    if not present:
        return "The repository holds no snapshot at all; run the backup once."
    asked = _what_was_asked(plan, upload_location)
    told = f"0 of {len(present)} snapshots match {asked}"
    if plan.host is not None and not any(snapshot.hostname == plan.host for snapshot in present):
        return (
            f"{told}; hosts seen: {_most_common(snapshot.hostname for snapshot in present)}; try one of them as host."
        )
    if plan.tags and not any(set(plan.tags).issubset(snapshot.tags) for snapshot in present):
        seen = _most_common(tag for snapshot in present for tag in snapshot.tags) or "none"
        return f"{told}; tags seen: {seen}; try one of them in tags."
    seen_paths = Counter(path for snapshot in present for path in snapshot.paths)
    told = f"{told}; paths seen: {_most_common(seen_paths.elements())}"
    if plan.paths:
        return f"{told}; a path in paths must be written as restic stored it."
    candidate = _likely_location(seen_paths)
    if candidate is None or candidate == (plan.backed_up_as or upload_location):
        return f"{told}; look at the plan's other settings."
    return f"{told}; try backed_up_as: {candidate}"


def _what_was_asked(plan: PlanSettings, upload_location: str | None) -> str:
    asked = []
    if plan.host is not None:
        asked.append(f"host {plan.host}")
    if plan.tags:
        asked.append(f"tags {', '.join(plan.tags)}")
    if plan.paths:
        asked.append(f"paths {', '.join(plan.paths)}")
    elif plan.backed_up_as or upload_location:
        asked.append(f"the upload location {plan.backed_up_as or upload_location}")
    if plan.ignore_snapshots:
        asked.append("what is not ignored")
    return " and ".join(asked) or "the plan"


def _most_common(values: Iterable[str]) -> str:
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{value} in {count}" for value, count in ranked[:_NAMED_PATHS])


def _likely_location(paths: Counter[str]) -> str | None:
    """The commonest path; where it is one of Immich's own folders, the folder above it."""
    if not paths:
        return None
    path = posixpath.normpath(paths.most_common(1)[0][0])
    return posixpath.dirname(path) if posixpath.basename(path) in {"library", "upload", "backups"} else path


def _tidy(path: str) -> str:
    """As it is compared: composed too, since macOS and some network file systems decompose names."""
    tidy = posixpath.normpath(path) if path else path
    return tidy if tidy.isascii() else unicodedata.normalize("NFC", tidy)
