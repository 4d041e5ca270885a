"""Requests to take what there is now for what is usual: small files in the state folder, that the agent takes in.

Any user who may write to the folder can leave one, whether an agent runs or not. Each appears whole, by a rename, under
a name of its own, and is known again by its time: reading one twice, or not being allowed to delete it, is harmless.
"""

import json
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import AcceptRequest

LONGEST_REASON = 500
"""In characters; a longer one is cut off."""

_NAME = re.compile(r"accept-[0-9a-f]{32}\.json")
_LARGEST_BYTES = 16384
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRequest:
    """A request and the name of its file."""

    name: str
    request: AcceptRequest


def leave_request(state_dir: str, request: AcceptRequest, token: str) -> str:
    """Write the request for the agent, readable for whoever it runs as; returns the file's path.

    ``token`` is 32 hexadecimal digits drawn at random. Raises ``OSError``.
    """
    path = os.path.join(state_dir, f"accept-{token}.json")
    fields = {
        "time": request.time.isoformat(),
        "reason": request.reason[:LONGEST_REASON],
        "repository": request.repository,
        "plan": request.plan,
    }
    new = path + ".new"
    try:
        with open(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="ascii"
        ) as file:
            json.dump(fields, file)
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # the agent may run as another user
            os.fsync(file.fileno())
        os.rename(new, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise
    return path


class RequestFolder:
    """Reads the requests in a state folder; blocking. Raises ``SourceError``, nothing else."""

    def __init__(self, state_dir: str) -> None:
        self._path = state_dir

    def look(self) -> list[LeftRequest]:
        """Every request that makes sense, oldest first. What does not is no request: anybody may put files there."""
        try:
            names = sorted(name for name in os.listdir(self._path) if _NAME.fullmatch(name))
        except OSError as error:
            message = Message("state.folder_not_looked_at", error=error.strerror)
            raise SourceError(message, Message("state.folder_not_looked_at_step")) from None
        found = [LeftRequest(name=name, request=request) for name in names[:_MOST] if (request := self._read(name))]
        return sorted(found, key=lambda left: (left.request.time, left.name))

    def remove(self, name: str) -> None:
        """Delete one that was taken in, where the folder lets us."""
        with suppress(OSError):
            os.unlink(os.path.join(self._path, name))

    def _read(self, name: str) -> AcceptRequest | None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with open(os.open(os.path.join(self._path, name), flags), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None
                return _request(json.loads(file.read(_LARGEST_BYTES)))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _request(fields: object) -> AcceptRequest | None:
    if not isinstance(fields, dict):
        return None
    time = datetime.fromisoformat(fields["time"])
    texts = [fields[key] for key in ("reason", "repository", "plan")]
    reason, repository, plan = texts
    if time.tzinfo is None or not isinstance(reason, str) or (repository is None) is not (plan is None):
        return None
    if not all(text is None or isinstance(text, str) for text in texts):
        return None
    return AcceptRequest(time=time, reason=reason[:LONGEST_REASON], repository=repository, plan=plan)
