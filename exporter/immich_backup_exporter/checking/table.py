"""An answer as a table for people and as JSON for programs."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from immich_backup_exporter.domain.contents import MissingFile
from immich_backup_exporter.domain.findings import WORST_FIRST, Severity
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.presentation.findings import FindingInWords, finding_fields
from immich_backup_exporter.words import ENGLISH, Language

from .answers import Answer, telling
from .missing import listed

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.UNKNOWN: "bold magenta",
    Severity.INFO: "bold cyan",
    Severity.OK: "green",
}
_WORDS = {
    Severity.CRITICAL: Message("check.critical"),
    Severity.WARNING: Message("check.warning"),
    Severity.UNKNOWN: Message("check.unknown"),
    Severity.INFO: Message("check.info"),
    Severity.OK: Message("check.ok"),
}
_SUBJECT_WIDTH = 24


def print_table(
    answer: Answer,
    *,
    verbose: bool,
    missing: Mapping[Message, Sequence[MissingFile]] | None = None,
    language: Language = ENGLISH,
) -> None:
    """Print it to standard output, in colour where that is a terminal and NO_COLOR is not set.

    ``missing`` are files by plan, to be listed below.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # names come from outside: one broken byte must not end it all
    console = Console(highlight=False, emoji=False, markup=False)
    if console.is_terminal:
        _print(console, answer, verbose=verbose, missing=missing or {}, language=language)
        return
    with console.capture() as captured:
        _print(console, answer, verbose=verbose, missing=missing or {}, language=language)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))  # the table's cells are padded


def _print(
    console: Console,
    answer: Answer,
    *,
    verbose: bool,
    missing: Mapping[Message, Sequence[MissingFile]],
    language: Language,
) -> None:
    shown = answer.findings if verbose else telling(answer.findings)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=_SUBJECT_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for finding in shown:
        table.add_row(
            Text(language.render(_WORDS[finding.severity]), _STYLES[finding.severity]),
            Text(finding.subject),
            _said(finding, verbose=verbose),
        )
    console.print(Text(language.render(answer.origin)))
    console.print()
    console.print(table)
    console.print()
    console.print(Text(language.render(_summary(answer, len(shown)))))
    for subject, files in missing.items():
        console.print()
        console.print(Text(language.render(Message("check.missing_files", subject=subject, files=len(files)))))
        for file in files:
            console.print(Text(f"  {language.render(listed(file))}"), soft_wrap=True)
    runbooks = dict.fromkeys(finding.runbook_url for finding in shown if finding.next_step)
    if runbooks:
        console.print(Text(language.render(Message("check.runbooks", number=len(runbooks)))))
    for url in runbooks:
        console.print(Text(f"  {url}"), soft_wrap=True)


def _said(finding: FindingInWords, *, verbose: bool) -> Text:
    text = Text(finding.sentence)
    if finding.next_step:
        text.append(f"\n{finding.next_step}")
    if finding.next_step or verbose:
        text.append(f"\n{finding.alert}", "dim")
    return text


def _summary(answer: Answer, shown: int) -> Message:
    counts = Counter(finding.severity for finding in answer.findings)
    total, hidden = len(answer.findings), len(answer.findings) - shown
    conclusions = Message(
        "check.conclusions",
        number=total,
        counts=tuple(_number(severity, counts[severity]) for severity in WORST_FIRST if counts[severity]),
    )
    return sentences(conclusions, Message("check.hidden", number=hidden) if hidden else None)


def _number(severity: Severity, number: int) -> Message:
    match severity:
        case Severity.CRITICAL:
            return Message("check.number_critical", number=number)
        case Severity.WARNING:
            return Message("check.number_warning", number=number)
        case Severity.UNKNOWN:
            return Message("check.number_unknown", number=number)
        case Severity.INFO:
            return Message("check.number_info", number=number)
        case Severity.OK:
            return Message("check.number_ok", number=number)


def print_json(answer: Answer, language: Language = ENGLISH) -> None:
    fields = {
        "version": answer.version,
        "time": answer.time.isoformat(),
        "source": {
            "kind": answer.source.value,
            "sentence": language.render(answer.origin),
            "age_seconds": None if answer.age is None else answer.age.total_seconds(),
        },
        "verdict": answer.verdict.value,
        "severity": answer.worst.value,
        "exit_code": answer.exit_code,
        "findings": [finding_fields(finding) for finding in answer.findings],
    }
    print(json.dumps(fields, indent=2))
