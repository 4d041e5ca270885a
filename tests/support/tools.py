"""Where the real programs are that tests run: restic in three versions, rest-server, Prometheus and its tools.

Beside this module: `support.rest_server` starts a rest-server, `support.repositories` makes restic repositories.
"""

import importlib.machinery
import importlib.util
import os
import socket
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".tools" / "bin"


@cache
def load_script(name: str) -> ModuleType:
    """A program of `scripts/` as a module: they have no suffix, so `import` does not find them."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(PROJECT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@cache
def _find(name: str) -> str | None:
    fetched = TOOLS / name
    if os.access(fetched, os.X_OK):
        return str(fetched)
    found = load_script("fetch-tools").find_on_path(name)
    return str(found) if found else None


def tool(name: str) -> str:
    """The absolute path of a program, such as `restic-0.18`, `rest-server` or `promtool-3`.

    Missing, it skips the test on a developer's machine. With CI=true it fails it: a gate that skips proves little.
    """
    path = _find(name)
    if path:
        return path
    missing = f"{name} is neither in .tools/bin nor in a usable version on PATH: run `make tools`"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
