"""Sentences stand in `words/` only. What is text elsewhere is none for people, or is reference documentation."""

import ast
import re
from collections.abc import Iterator

import pytest

from support.tools import PROJECT

SOURCE = PROJECT / "exporter" / "immich_backup_exporter"

MODULES = {
    "words": "the texts",
    "metrics": "HELP texts, which /metrics and the reference show as they are",
    "config/models.py": "descriptions of settings, for the schema and the reference",
    "config/types.py": "the same",
    "config/yaml_file.py": "PyYAML's own texts, to recognise them",
    "demo/dumps.py": "the text of pg_dump",
    "demo/settings.py": "a file that the demo writes",
    "demo/stack.py": "a file that the demo writes",
    "formats/gzip_stream.py": "zlib's own texts, to recognise them",
    "formats/restic_output.py": "restic's own texts, to recognise them",
    "jobs/options.py": "the help of `run`",
    "jobs/record.py": "the help of `record`",
    "restic/errors.py": "the texts of restic and of backends, to recognise them",
    "store/prose.py": "sentences of earlier versions, frozen",
}
"""Modules and packages whose literals are not looked at, and why."""

CALLS = {
    **dict.fromkeys(("add_argument", "add_parser", "ArgumentParser", "ArgumentTypeError", "_command"), "argparse"),
    **dict.fromkeys(("add_subparsers",), "argparse"),
    **dict.fromkeys(("AssertionError", "AttributeError", "RuntimeError", "TypeError", "ValueError"), "a defect"),
    **dict.fromkeys(("MalformedListing", "MalformedOutput", "NoMessageError"), "caught and translated at the seam"),
    **dict.fromkeys(("UnexpectedAnswerError", "TimeoutError"), "caught and translated at the seam"),
    "PydanticCustomError": "stands for the message in its context",
    "SSLCertVerificationError": "ends a connection; asyncio's debug log alone shows it",
    "UnknownTextError": "a defect",
    "Worker": "the name of a thread",
    "compile": "a regular expression",
    "write_text": "the contents of a file of the demo",
}
"""Calls whose arguments are not looked at, by the last part of the name, and why."""

_SQL = re.compile(r"[\s(]*(?:ALTER|CREATE|DELETE|DROP|INSERT|PRAGMA|REPLACE|SELECT|UPDATE|VACUUM|WITH) ", re.ASCII)
_NOT_PROSE = re.compile(r"<[^>]*>|[^{}]*\{[^{}]*:[^{}]*\}|\w+ \|")
"""Tags of HTML, rules of CSS, and types that are written as text."""
_WORD = re.compile(r"[\"(`]*[A-Za-z]?[a-z]+(?:'[a-z]+)?[.,:;!?)\"`]*")


def prose(source: str) -> Iterator[tuple[int, str]]:
    """The literals with three words or more that nothing above excuses, each with its line."""
    tree = ast.parse(source)
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call) and _name(node.func) in CALLS:
            continue
        if isinstance(node, ast.Assert):
            continue  # a defect
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if (text := _literal(node)) is not None:
            if not _SQL.match(text) and len([one for one in _bare(text).split() if _WORD.fullmatch(one)]) >= 3:
                yield node.lineno, text  # type: ignore[attr-defined]
            pending += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.FormattedValue)]
            continue
        pending += ast.iter_child_nodes(node)


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _literal(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values)
    return None


def _bare(text: str) -> str:
    bare = _NOT_PROSE.sub(" ", text)
    return bare if bare == text else _bare(bare)  # rules of CSS hold others


def test_no_sentence_stands_outside_of_the_words() -> None:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE)
        if not {str(place), place.parts[0]} & MODULES.keys():
            found += [f"{path.relative_to(PROJECT)}:{line}: {text!r}" for line, text in prose(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('print("It is too old.")', [1]),
        ('x = 1\ny = f"{x} is too old"', [2]),
        ('x = {"a": ("The disk is full.",)}', [1]),
        ('raise DemoError("nothing can be read")', [1]),
        ("x = f\"{y('It is too old.')}\"", [1]),
        ('page = "<p>It is too old</p>"', [1]),
        ('"""It is too old."""', []),
        ('raise ValueError("it is too old")', []),
        ('x = "SELECT name FROM plans"', []),
        ('x = re.compile("it is too old")', []),
        ("x = \"<small class='of the day'>old</small>\"", []),
        ('x = f"{a} {b} {c}"', []),
        ('x = "two words"', []),
    ],
)
def test_a_sentence_is_found_and_what_is_none_is_not(source: str, lines: list[int]) -> None:
    assert [line for line, _ in prose(source)] == lines


def test_every_excused_module_is_there() -> None:
    assert [name for name in MODULES if not (SOURCE / name).exists()] == []
