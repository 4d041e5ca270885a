"""Fixtures of the store's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.store_facts import folder_in_memory


@pytest.fixture
def quick_path() -> Iterator[Path]:
    """As `tmp_path`, for tests of many commits."""
    with folder_in_memory() as folder:
        yield folder
