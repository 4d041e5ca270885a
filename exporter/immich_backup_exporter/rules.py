"""The alert rules with their annotations in one language or another; the words stand with all others in ``words``."""

import re
from collections.abc import Iterator

from .domain.findings import ALERT_PREFIX
from .words import Language

_RULE = re.compile(
    rf"^      - alert: {ALERT_PREFIX}(?P<name>\w+)\n(?:(?!      - alert:).*\n)*?(?=          runbook_url:)",
    re.MULTILINE,
)
_SEVERITY = re.compile(r"^          severity: (\w+)", re.MULTILINE)
_ANNOTATIONS = re.compile(r"^        annotations:\n", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z](?:(?!: | #|:$).)*")
"""What YAML takes for text without quotes."""
_WORD = re.compile(r"(?:\{\{.*?\}\}|\S)+")
_DURATION = "$value | humanizeDuration"
_AS_PEOPLE_SAY = """$value | humanizeDuration | reReplaceAll "(d [0-9]+h).*" "$1" | reReplaceAll "(m) [0-9.]+s" "$1\""""
"""Two units at most and no seconds beside minutes: ``4d 22h``, ``22h 9m``, ``9m``."""
_WIDTH = 120
_KEY = " " * 10
_FOLDED = " " * 12


def annotated(rules: str, language: Language) -> str:
    """The text of a rule file with the summaries and descriptions of a language; everything else stays as it is."""

    def with_words(rule: re.Match[str]) -> str:
        text = rule[0]
        severity = _SEVERITY.search(text)
        start = _ANNOTATIONS.search(text)
        if start is None:
            raise ValueError(f"the rule {rule['name']} has no annotations")
        words = f"{rule['name']}.{severity[1] if severity else 'none'}"
        texts = {part: language.text(f"alerts.{words}.{part}") for part in ("summary", "description")}
        lines = (_annotation(part, said.replace(_DURATION, _AS_PEOPLE_SAY)) for part, said in texts.items())
        return text[: start.end()] + "".join(lines)

    return _RULE.sub(with_words, rules)


def _annotation(name: str, text: str) -> str:
    one_line = f"{_KEY}{name}: {text if _PLAIN.fullmatch(text) else _quoted(text)}\n"
    if len(one_line) <= _WIDTH + 1:
        return one_line
    return f"{_KEY}{name}: >-\n" + "".join(f"{_FOLDED}{line}\n" for line in _folded(text))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _folded(text: str) -> Iterator[str]:
    """Lines that YAML joins by a blank each; what Prometheus fills in is not torn apart."""
    line = ""
    for word in _WORD.findall(text):
        if line and len(_FOLDED) + len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
