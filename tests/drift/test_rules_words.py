"""The annotations of the rules are the texts that stand with all other words."""

import re

import pytest
import yaml

from immich_backup_exporter.domain.findings import ALERT_PREFIX
from immich_backup_exporter.rules import annotated
from immich_backup_exporter.shipped import RULES, shipped
from immich_backup_exporter.words import ENGLISH
from immich_backup_exporter.words.english import alerts
from immich_backup_exporter.words.language import Language

RULE_LIST = [rule for group in yaml.safe_load(shipped(RULES))["groups"] for rule in group["rules"]]


def test_the_rule_file_has_the_words_of_english() -> None:
    assert annotated(shipped(RULES), ENGLISH) == shipped(RULES), "run `make rules`"


def test_every_text_belongs_to_a_rule() -> None:
    parts = {
        f"{rule['alert'].removeprefix(ALERT_PREFIX)}.{rule['labels']['severity']}.{part}"
        for rule in RULE_LIST
        for part in ("summary", "description")
    }
    assert set(alerts.TEXTS) == parts


def test_another_language_changes_nothing_but_summaries_and_descriptions() -> None:
    other = annotated(shipped(RULES), _upper())
    annotations = [rule["annotations"] for group in yaml.safe_load(other)["groups"] for rule in group["rules"]]
    assert [one["summary"] for one in annotations] == [rule["annotations"]["summary"].upper() for rule in RULE_LIST]
    assert _without_words(other) == _without_words(shipped(RULES))


@pytest.mark.parametrize(
    "text", ["No: yes", "{{ $value }} files", "50 % # of it", 'A "quoted" one:', "- none", "x" * 300]
)
def test_any_text_comes_back_from_the_file_as_it_is(text: str) -> None:
    rules = (
        "groups:\n  - name: a\n    rules:\n"
        "      - alert: ImmichBackupStale\n        labels:\n          severity: warning\n        annotations:\n"
        "          runbook_url: https://example.org\n"
    )
    language = Language(code="xx", texts=lambda _: _Every(text), form=lambda _: 0, units={})
    (rule,) = yaml.safe_load(annotated(rules, language))["groups"][0]["rules"]
    assert rule["annotations"] == {"summary": text, "description": text, "runbook_url": "https://example.org"}


class _Every(dict[str, str]):
    """One text for every name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, name: str) -> str:
        return self._text


def _upper() -> Language:
    texts = {name: text.upper() for name, text in alerts.TEXTS.items()}
    return Language(code="xx", texts=lambda _: texts, form=lambda _: 0, units={})


def _without_words(text: str) -> str:
    return re.sub(r"(?m)^          (summary|description): .*\n(?:            .*\n)*", "", text)
