"""Every message has its text and every text its message, with the same arguments."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from immich_backup_exporter.words import english
from immich_backup_exporter.words.template import fields
from support.languages import texts_of
from support.tools import PROJECT

SOURCES = (PROJECT / "exporter" / "immich_backup_exporter", PROJECT / "grafana")


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every ``Message(...)`` in the code, and where it stands."""
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            yield from _calls_in(path)


def _calls_in(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
            yield f"{path.relative_to(PROJECT)}:{node.lineno}", node


def written() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """The ids that the code writes, each with where that is and the arguments it gives."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for place, call in calls():
        if call.args and isinstance(call.args[0], ast.Constant):
            found[str(call.args[0].value)].append((place, frozenset(word.arg for word in call.keywords if word.arg)))
    return found


MAKERS = ("domain/messages.py", "formats/message_json.py")
"""What makes a message again from its parts."""


def test_every_message_is_written_with_its_id_and_its_arguments_by_name() -> None:
    wrong = [
        place
        for place, call in calls()
        if not (call.args and isinstance(call.args[0], ast.Constant) and all(word.arg for word in call.keywords))
    ]
    assert [place for place in wrong if not any(maker in place for maker in MAKERS)] == []


def test_every_message_has_a_text() -> None:
    assert {id_: places[0][0] for id_, places in written().items() if id_ not in texts_of(english)} == {}


ANNOTATIONS = "alerts."
"""Texts that Prometheus fills in; `test_rules_words.py` holds them to the rules."""


def test_every_text_belongs_to_a_message() -> None:
    unused = texts_of(english).keys() - written().keys()
    assert sorted(id_ for id_ in unused if not id_.startswith(ANNOTATIONS)) == []


def test_a_message_has_the_arguments_that_its_text_names() -> None:
    known = texts_of(english)
    assert [
        (place, id_, sorted(given ^ fields(known[id_])))
        for id_, places in written().items()
        for place, given in places
        if id_ in known and given != fields(known[id_])
    ] == []
