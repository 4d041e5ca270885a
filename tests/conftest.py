"""What every test gets without asking."""

from pathlib import Path

import pytest

from support import repositories


@pytest.fixture(scope="session", autouse=True)
def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One folder for prepared repositories and restic's cache, common to the parallel workers of this run."""
    base: Path = tmp_path_factory.getbasetemp()
    root = base.parent if base.name.startswith("popen-") else base
    folder = root / "shared"
    folder.mkdir(exist_ok=True)
    repositories.share(folder)
