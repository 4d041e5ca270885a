"""Reads settings written in a test, under a file name that stays the same in every message."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from immich_backup_exporter.config import Configuration, read
from immich_backup_exporter.domain.errors import ConfigurationError
from support.rendered import rendered

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def settle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Configuration]:
    """`settle(yaml, environ)`: what the agent makes of them; `yaml=None` is no file."""
    monkeypatch.chdir(tmp_path)

    def settle(yaml: str | None, environ: Mapping[str, str] | None = None) -> Configuration:
        if yaml is None:
            return read(None, environ or {}, now=NOW)
        Path("config.yaml").write_text(yaml, encoding="utf-8")
        return read("config.yaml", environ or {}, now=NOW)

    return settle


@pytest.fixture
def refused(settle: Callable[..., Configuration]) -> Callable[..., list[str]]:
    """`refused(yaml, environ)`: the messages with which the agent refuses them."""

    def refused(yaml: str | None, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            settle(yaml, environ)
        return list(rendered(caught.value.messages))

    return refused
