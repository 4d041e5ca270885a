"""Takes the expressions of alert rules apart and puts them together again, changed in one place at a time.

Knows what those rules use of PromQL: selectors, numbers, calls, aggregations, parentheses and binary operators.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e\d+)?)|(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<braces>\{[^}]*\})"
    r"|(?P<range>\[[^\]]*\])|(?P<sign>==|!=|>=|<=|[-+*/%^<>(),]))"
)
_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(("==", "!=", ">", "<", ">=", "<="), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
}
_MODIFIERS = ("ignoring", "on", "group_left", "group_right", "bool")
_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!=", "!=": "=="}
_ALTERNATIVES = re.compile(r'(\w+)=~"([^"]*\|[^"]*)"')
_MATCHER = re.compile(r'\w+=~?"[^"]*"')


@dataclass(frozen=True, slots=True)
class Number:
    text: str


@dataclass(frozen=True, slots=True)
class Selector:
    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an aggregation, with its `by` or `without` in `name`."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Paren:
    inner: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    left: "Node"
    sign: str
    modifiers: str
    right: "Node"


Node = Number | Selector | Call | Paren | Binary


def parse(text: str) -> Node:
    """`ValueError` where the text uses anything else."""
    parser = _Parser(text)
    node = parser.expression(0)
    if parser.peek():
        raise ValueError(f"not understood: {parser.peek()} in {text}")
    return node


def text_of(node: Node) -> str:
    match node:
        case Number(text):
            return text
        case Selector(name, rest):
            return name + rest
        case Call(name, arguments):
            return f"{name} ({', '.join(map(text_of, arguments))})"
        case Paren(inner):
            return f"({text_of(inner)})"
        case Binary(left, sign, modifiers, right):
            return f"{text_of(left)} {sign} {modifiers}{text_of(right)}"


def mutants(node: Node) -> Iterator[tuple[str, Node]]:
    """Every way to break the expression in one place, with a word on what was done."""
    yield from _here(node)
    match node:
        case Call(name, arguments):
            for index, argument in enumerate(arguments):
                for what, changed in mutants(argument):
                    yield what, Call(name, (*arguments[:index], changed, *arguments[index + 1 :]))
        case Paren(inner):
            for what, changed in mutants(inner):
                yield what, Paren(changed)
        case Binary(left, _, _, right):
            for what, changed in mutants(left):
                yield what, replace(node, left=changed)
            for what, changed in mutants(right):
                yield what, replace(node, right=changed)


def _here(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Number(text):
            for other in _other_numbers(float(text)):
                yield f"{text} is {other}", Number(other)
        case Selector(name, rest):
            yield f"{name} is renamed", Selector(f"{name}_gone", rest)
            yield from _other_matchers(name, rest)
        case Binary(left, "unless", _, right):
            yield f"dropped: unless {_short(right)}", Paren(left)
        case Binary(left, "and" | "or" as sign, _, right):
            yield f"dropped: {sign} {_short(right)}", Paren(left)
            yield f"dropped: {_short(left)} {sign}", Paren(right)
        case Binary(left, sign, _, right) if sign in _FLIPPED:
            yield f"{sign} {_short(right)} is {_FLIPPED[sign]}", replace(node, sign=_FLIPPED[sign])
            if isinstance(left, Binary) and left.sign in _FLIPPED:
                yield f"dropped: {sign} {_short(right)}", left


def _other_numbers(number: float) -> list[str]:
    if number in (0, 1):
        return [str(int(1 - number))]
    return [f"{number * 2:g}", f"{number / 2:g}"]


def _other_matchers(name: str, rest: str) -> Iterator[tuple[str, Node]]:
    for match in _ALTERNATIVES.finditer(rest):
        label, choices = match[1], match[2].split("|")
        for choice in choices:
            left = "|".join(other for other in choices if other != choice)
            yield f"without {choice}", Selector(name, rest.replace(match[0], f'{label}=~"{left}"'))
    for matcher in _MATCHER.findall(rest):
        yield f"without {matcher}", Selector(name, rest.replace(matcher, ""))


def _short(node: Node) -> str:
    text = text_of(node)
    return text if len(text) <= 60 else f"{text[:60]}..."


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ValueError(f"not understood: {text[position:]}")
            self._tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        self._position = 0

    def peek(self) -> str:
        return self._tokens[self._position][1] if self._position < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    def _next(self) -> str:
        self._position += 1
        return self._tokens[self._position - 1][1]

    def _expect(self, text: str) -> None:
        found = self._next()
        if found != text:
            raise ValueError(f"{found} where {text} should be")

    def expression(self, least: int) -> Node:
        left = self._primary()
        while _PRECEDENCE.get(self.peek(), 0) > least:
            sign = self._next()
            modifiers = ""
            while self.peek() in _MODIFIERS:
                modifiers += self._next()
                modifiers += f" {self._labels()} " if self.peek() == "(" and self._is_labels() else " "
            left = Binary(left, sign, modifiers, self.expression(_PRECEDENCE[sign]))
        return left

    def _is_labels(self) -> bool:
        """After `group_left` a parenthesis may be labels or the operand: labels are names and commas only."""
        position = self._position + 1
        while self._tokens[position][0] == "name" or self._tokens[position][1] == ",":
            position += 1
        if self._tokens[position][1] != ")":
            return False
        names = [text for kind, text in self._tokens[self._position + 1 : position] if kind == "name"]
        return all("_" not in name or name == "job_name" for name in names)

    def _labels(self) -> str:
        self._expect("(")
        inside = ""
        while self.peek() != ")":
            inside += self._next()
        self._expect(")")
        return f"({inside.replace(',', ', ')})"

    def _primary(self) -> Node:
        kind = self._kind()
        token = self._next()
        if kind == "number":
            return Number(token)
        if token == "(":
            inner = self.expression(0)
            self._expect(")")
            return Paren(inner)
        if kind != "name":
            raise ValueError(f"not understood: {token}")
        if self.peek() in ("by", "without"):
            token = f"{token} {self._next()} {self._labels()}"
        if self.peek() == "(":
            self._next()
            arguments: list[Node] = []
            while self.peek() != ")":
                arguments.append(self.expression(0))
                if self.peek() == ",":
                    self._next()
            self._expect(")")
            return Call(token, tuple(arguments))
        rest = ""
        while self._kind() in ("braces", "range"):
            rest += self._next()
        return Selector(token, rest)
