"""An answer as a table for people and as JSON for programs."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from immich_backup_exporter.domain.contents import MissingFile
from immich_backup_exporter.domain.findings import RUNBOOKS, WORST_FIRST, Finding, Severity
from immich_backup_exporter.presentation.status import finding_fields
from immich_backup_exporter.words import ENGLISH

from .answers import Answer, telling
from .missing import told

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.UNKNOWN: "bold magenta",
    Severity.INFO: "bold cyan",
    Severity.OK: "green",
}
_SUBJECT_WIDTH = 24


def print_table(answer: Answer, *, verbose: bool, missing: Mapping[str, Sequence[MissingFile]] | None = None) -> None:
    """Print it to standard output, in colour where that is a terminal and NO_COLOR is not set.

    ``missing`` are files by plan, to be listed below.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # names come from outside: one broken byte must not end it all
    console = Console(highlight=False, emoji=False, markup=False)
    shown = answer.findings if verbose else telling(answer.findings)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=_SUBJECT_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for finding in shown:
        table.add_row(
            Text(finding.severity.value.upper(), _STYLES[finding.severity]),
            Text(finding.subject),
            _said(finding, verbose=verbose),
        )
    console.print(Text(answer.told_by))
    console.print()
    console.print(table)
    console.print()
    console.print(Text(_summary(answer, len(shown))))
    for subject, files in (missing or {}).items():
        console.print(Text(f"\nNot in the newest snapshot of {subject}, {len(files)} listed:"))
        for file in files:
            console.print(Text(f"  {told(file)}"), soft_wrap=True)
    if any(finding.next_step for finding in shown):
        console.print(Text(f"Runbooks: {RUNBOOKS}NAME.md"), soft_wrap=True)


def _said(finding: Finding, *, verbose: bool) -> Text:
    text = Text(ENGLISH.render(finding.sentence))
    if finding.next_step:
        text.append(f"\n{ENGLISH.render(finding.next_step)}")
    if finding.next_step or verbose:
        text.append(f"\n{finding.alert}", "dim")
    return text


def _summary(answer: Answer, shown: int) -> str:
    counts = Counter(finding.severity for finding in answer.findings)
    told = ", ".join(f"{counts[severity]} {severity.value}" for severity in WORST_FIRST if counts[severity])
    hidden = len(answer.findings) - shown
    more = f" {hidden} more with --verbose." if hidden else ""
    return f"{len(answer.findings)} conclusions: {told}.{more}"


def print_json(answer: Answer) -> None:
    fields = {
        "version": answer.version,
        "time": answer.time.isoformat(),
        "source": {
            "kind": answer.source.value,
            "sentence": answer.told_by,
            "age_seconds": None if answer.age is None else answer.age.total_seconds(),
        },
        "severity": answer.worst.value,
        "exit_code": answer.exit_code,
        "findings": [finding_fields(finding) for finding in answer.findings],
    }
    print(json.dumps(fields, indent=2))
