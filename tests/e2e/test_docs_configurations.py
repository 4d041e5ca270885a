"""Every whole configuration in README and documentation is taken by `config check`, without a word."""

import re
from pathlib import Path

import pytest
import yaml

from immich_backup_exporter import cli
from support.tools import PROJECT

PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])
WHOLE = [
    pytest.param(text, id=f"{page.relative_to(PROJECT)}-{number}")
    for page in PAGES
    for number, text in enumerate(re.findall(r"(?m)^```yaml\n(.*?)^```$", page.read_text(), re.DOTALL))
    if "repositories" in (yaml.safe_load(text) or {}) and "password" in text
]


def test_there_are_some() -> None:
    assert len(WHOLE) >= 6


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_configuration_is_taken(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RESTIC_REPOSITORY", raising=False)
    file = tmp_path / "config.yaml"
    file.write_text(text)
    code = cli.run(["config", "check", "--config.file", str(file)])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
