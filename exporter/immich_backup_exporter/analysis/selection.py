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
from dataclasses import replace

from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.repository import Snapshot
from immich_backup_exporter.domain.settings import PlanSettings

Predicate = Callable[[Snapshot], bool]

_NAMED = 3


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


def explain_no_match(plan: PlanSettings, upload_location: str | None, present: Sequence[Snapshot]) -> Message:
    """Why none of the listed snapshots is the plan's, what was seen instead, and what to try."""
    if not present:
        return Message("selection.empty_repository")
    asked = _what_was_asked(plan, upload_location)
    told = Message("selection.no_match", snapshots=len(present), asked=asked)
    if plan.host is not None and not any(snapshot.hostname == plan.host for snapshot in present):
        elsewhere = _hosts_of_the_library(plan, upload_location, present)
        if elsewhere:
            found, count = Counter(elsewhere).most_common(1)[0]
            return Message("selection.other_host", snapshots=count, found=found, host=plan.host)
        hosts = _most_common(snapshot.hostname for snapshot in present)
        return sentences(told, Message("selection.hosts_seen", hosts=hosts))
    if plan.tags and not any(set(plan.tags).issubset(snapshot.tags) for snapshot in present):
        tags = _most_common(tag for snapshot in present for tag in snapshot.tags)
        return sentences(told, Message("selection.tags_seen", tags=tags) if tags else Message("selection.no_tags_seen"))
    seen_paths = Counter(path for snapshot in present for path in snapshot.paths)
    seen = Message("selection.paths_seen", paths=_most_common(seen_paths.elements()))
    if plan.paths:
        return sentences(told, seen, Message("selection.try_stored_path"))
    candidate = _likely_location(seen_paths)
    if candidate is None or candidate == (plan.backed_up_as or upload_location):
        return sentences(told, seen, Message("selection.try_other_settings"))
    return sentences(told, seen, Message("selection.try_location", path=candidate))


def _hosts_of_the_library(
    plan: PlanSettings, upload_location: str | None, present: Sequence[Snapshot]
) -> tuple[str, ...]:
    """Of each snapshot that covers the upload location and would be the plan's if it asked for no host."""
    location = plan.backed_up_as or upload_location
    if location is None:
        return ()
    chosen = selector(replace(plan, host=None), upload_location, present)
    return tuple(one.hostname for one in present if chosen(one) and covers_location(one.paths, location, plan.holds))


def _what_was_asked(plan: PlanSettings, upload_location: str | None) -> tuple[Message, ...]:
    asked = []
    if plan.host is not None:
        asked.append(Message("selection.host", host=plan.host))
    if plan.tags:
        asked.append(Message("selection.tags", tags=plan.tags))
    if plan.paths:
        asked.append(Message("selection.paths", paths=plan.paths))
    elif location := plan.backed_up_as or upload_location:
        asked.append(Message("selection.location", path=location))
    if plan.ignore_snapshots:
        asked.append(Message("selection.not_ignored"))
    return tuple(asked) or (Message("selection.plan"),)


def _most_common(values: Iterable[str]) -> tuple[Message, ...]:
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Message("selection.seen_in", value=value, snapshots=count) for value, count in ranked[:_NAMED])


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
