"""Checks user names and passwords against bcrypt hashes, off the event loop and once per password."""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping

import bcrypt

from immich_backup_exporter.aio import Worker

_REMEMBERED = 256
_WAITING = 32


class BusyError(Exception):
    """Too many unknown passwords wait for their check already."""


class Passwords:
    """Remembers verdicts under a keyed digest, never a password.

    One bcrypt at a time, so that guessing costs one core at most. Right and wrong verdicts are remembered apart, so
    that guessing cannot push out a scraper's right one.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._worker = Worker("passwords")
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._pending: dict[bytes, asyncio.Task[bool]] = {}

    async def accept(self, users: Mapping[str, str], authorization: str | None) -> bool:
        """Whether the ``Authorization`` header names one of ``users`` with its password. Raises ``BusyError``."""
        credentials = _basic(authorization)
        if credentials is None:
            return False
        name, password = credentials
        known = name in users
        # An unknown user costs as much as the dearest known one, so that time does not tell them apart.
        hashed = users[name] if known else max(users.values(), key=_cost)
        digest = self._digest(name if known else None, hashed, password)
        if digest in self._right:
            self._right.move_to_end(digest)
            return True
        if digest in self._wrong:
            return False
        check = self._pending.get(digest)
        if check is None:
            if len(self._pending) >= _WAITING:
                raise BusyError
            check = asyncio.create_task(self._check(digest, hashed, password, known))
            self._pending[digest] = check
            check.add_done_callback(lambda _: self._pending.pop(digest, None))
        return await asyncio.shield(check)

    def close(self) -> None:
        self._worker.close()

    async def _check(self, digest: bytes, hashed: str, password: bytes, known: bool) -> bool:
        right = await self._worker.call(lambda: _matches(password, hashed)) and known
        verdicts = self._right if right else self._wrong
        verdicts[digest] = None
        if len(verdicts) > _REMEMBERED:
            verdicts.popitem(last=False)
        return right

    def _digest(self, name: str | None, hashed: str, password: bytes) -> bytes:
        # No part can run into the next: a name holds no colon, a hash has one length. All unknown names are one, and
        # none that is known: it is empty.
        return hmac.digest(self._key, b":".join(((name or "").encode(), hashed.encode(), password)), "sha256")


def _matches(password: bytes, hashed: str) -> bool:
    # bcrypt itself reads 72 bytes; htpasswd and Go cut there without a word, Python's bcrypt 5 refuses to.
    return bcrypt.checkpw(password[:72], hashed.encode("ascii"))


def _cost(hashed: str) -> int:
    return int(hashed[4:6])


def _basic(authorization: str | None) -> tuple[str, bytes] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (name.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None
