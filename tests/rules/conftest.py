"""Where scenarios are played."""

import shutil
from collections.abc import Iterator

import pytest

from support.store_facts import folder_in_memory
from support.truth import masters

ROOM_BYTES = 500_000_000


@pytest.fixture(scope="session", autouse=True)
def _worlds() -> Iterator[None]:
    """In memory where there is room."""
    with folder_in_memory() as folder:
        if shutil.disk_usage(folder).free > ROOM_BYTES:
            masters.live_in(folder)
        yield
