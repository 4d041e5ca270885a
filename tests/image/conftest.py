"""Tests of the image need a container engine: `make image-test` gives them one. `make test` leaves them out."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import engine

collect_ignore_glob = [] if os.environ.get("ENGINE") else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def _image() -> None:
    engine.build()


@pytest.fixture(scope="session")
def household() -> Iterator[engine.Household]:
    with engine.shared_folder() as folder:
        yield engine.Household(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with engine.shared_folder() as folder:
        yield folder
