"""What a REST server answers to ``GET <repository>/snapshots/``. Parsing only, no I/O.

Source: restic's manual, "REST Backend": an array of ``{"name", "size"}`` in version 2 of the API, of names in
version 1.
"""

import json
import re

ACCEPT = "application/vnd.x.restic.rest.v2"
"""Asks for version 2 of the API; a server that knows only version 1 ignores it."""

_NAME = re.compile(r"[0-9a-f]{64}")


class MalformedListing(ValueError):  # noqa: N818 - says what it is; an "Error" would say no more
    """The answer is not a listing. The message holds nothing of the answer."""


def names(data: bytes) -> frozenset[str]:
    """The names that are ids (64 hexadecimal digits); others, such as temporary files, are left out."""
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError):
        raise MalformedListing("The answer is not JSON.") from None
    if listed is None:  # how Go writes an empty list that was never made
        return frozenset()
    if not isinstance(listed, list):
        raise MalformedListing("The answer is not a list.")
    found: set[str] = set()
    for entry in listed:
        name = entry.get("name") if isinstance(entry, dict) else entry
        if not isinstance(name, str):
            raise MalformedListing("The answer is a list of something other than names.")
        if _NAME.fullmatch(name):
            found.add(name)
    return frozenset(found)
