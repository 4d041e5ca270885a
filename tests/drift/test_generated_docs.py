"""The written pages say what the code says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from immich_backup_exporter.metrics.catalog import CATALOG
from support.tools import PROJECT, load_script

GENERATE = [sys.executable, str(PROJECT / "scripts" / "generate-docs")]
PAGES = ("README.md", "DESIGN.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs", "benchmarks", "contrib", "tests")
NAME = re.compile(r"\bimmich_backup_(?!exporter\b)[a-z0-9_]*[a-z0-9]\b")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)")


def pages() -> Iterator[Path]:
    for name in PAGES:
        page = PROJECT / name
        yield from page.rglob("*.md") if page.is_dir() else [page]


def test_the_reference_pages_are_what_the_code_says() -> None:
    checked = subprocess.run([*GENERATE, "--check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_page_that_differs_from_the_code_is_named(tmp_path: Path) -> None:
    subprocess.run([*GENERATE, "--folder", str(tmp_path)], check=True)
    settings = tmp_path / "settings.md"
    settings.write_text(settings.read_text().replace("26h", "27h"))
    checked = subprocess.run(
        [*GENERATE, "--check", "--folder", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 1
    assert checked.stderr == f"{settings} is not what the code says: run `make docs`\n"


def test_the_metrics_page_has_every_metric_once() -> None:
    rows = re.findall(r"(?m)^\| `(immich_backup_\w+)` \|", load_script("generate-docs").metrics_page())
    assert sorted(rows) == sorted(metric.full_name for metric in CATALOG)


def test_the_commands_page_has_the_flags_of_run_and_record() -> None:
    page = (PROJECT / "docs" / "reference" / "commands.md").read_text()
    assert re.findall(r"(?m)^  (--[a-z.-]+)", section(page, "run")) == [
        "--job",
        "--spool-dir",
        "--push.url",
        "--push.token-file",
        "--read-data",
        "--read-data-subset",
        "--skipped-exit-code",
    ]
    assert "| `--spool-dir DIR` | where to leave the report for the agent" in section(page, "record")
    assert "| `--unchanged` | restic made no snapshot because nothing had changed |" in section(page, "record")


def section(page: str, command: str) -> str:
    return page.split(f"## `{command}`\n")[1].split("\n## ")[0]


def test_every_metric_that_is_written_about_is_in_the_catalogue() -> None:
    known = {metric.full_name for metric in CATALOG}
    strangers = {(page.name, name) for page in pages() for name in NAME.findall(page.read_text()) if name not in known}
    assert strangers == set()


def test_every_link_between_the_pages_leads_somewhere() -> None:
    dead = {
        (str(page.relative_to(PROJECT)), target)
        for page in pages()
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    }
    assert dead == set()
