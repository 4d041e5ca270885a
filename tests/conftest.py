"""What every test gets without asking, and how the tests are divided among parallel workers."""

import gc
import os
from pathlib import Path
from typing import Any

import pytest

from support import division, repositories, signals


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings() -> None:
    """As if no caller had set them: neither `nohup` nor a strict umask shows in what a test starts or makes."""
    signals.set_own()
    os.umask(0o022)


@pytest.fixture(scope="session", autouse=True)
def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One folder for prepared repositories and restic's cache, common to the parallel workers of this run."""
    base: Path = tmp_path_factory.getbasetemp()
    root = base.parent if base.name.startswith("popen-") else base
    folder = root / "shared"
    folder.mkdir(exist_ok=True)
    repositories.share(folder)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: division.place(division.unit_of(item.nodeid)))


def pytest_collection_finish() -> None:
    gc.freeze()  # the tests themselves and what they import stay: no look for garbage has to go through them


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):  # type: ignore[misc]  # a library without types
        def _split_scope(self, nodeid: str) -> str:
            return division.unit_of(nodeid)

    config.option.loadscopereorder = False  # the workers put them in order
    return Scheduler(config, log)
