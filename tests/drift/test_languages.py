"""A second language: what it would lack beside English, and that what a person sees comes out of its texts alone."""

import importlib
import pkgutil

import pytest

from immich_backup_exporter import words
from immich_backup_exporter.checking.answers import Answer, Source, worst_first
from immich_backup_exporter.checking.table import print_table
from immich_backup_exporter.checks import CHECKS, findings
from immich_backup_exporter.domain.contents import MissingFile, MissingKind
from immich_backup_exporter.domain.messages import Message, sentences
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.findings import in_words
from immich_backup_exporter.presentation.page import overview
from immich_backup_exporter.presentation.verdict import Verdict
from immich_backup_exporter.web.page import render_page
from immich_backup_exporter.words import english
from support.facts import NOW
from support.languages import Shown, foreign, lacking, pseudo_language, texts_of
from support.troubles import STATES

PSEUDO = pseudo_language()
LANGUAGES = [module.name for module in pkgutil.iter_modules(words.__path__) if module.ispkg]

NAMES = {
    "UTC",
    "KiB",
    "MiB",
    "nas",
    "immich",
    "nightly",
    "library",
    "upload",
    "profile",
    "backups",
    "thumbs",
    "encoded",
    "video",
}
"""What stands outside of texts and is no word of ours: names, and units that are the same everywhere."""
ADDRESSES = {"https", "github", "com", "exporter", "backup", "blob", "main", "docs", "runbooks", "md"}


def strangers(pieces: list[str], *allowed: str) -> list[str]:
    known = NAMES | set(allowed)
    return [told for piece in pieces for told in foreign(piece) if told.partition(": ")[0] not in known]


# --- what a language lacks


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_has_the_texts_of_english(name: str) -> None:
    language = importlib.import_module(f"{words.__name__}.{name}")
    assert lacking(texts_of(language), texts_of(english)) == []


def test_what_a_language_lacks_is_listed() -> None:
    theirs = {"plans.age": "{age} alt.", "plans.extra": "Mehr.", "plans.size": "{bytes}"}
    ours = {"plans.age": "{age} old.", "plans.history": "{age}", "plans.size": "{size}"}
    assert lacking(theirs, than=ours) == [
        "plans.history is missing",
        "plans.extra is unknown",
        "plans.size has other arguments",
    ]


# --- the pseudo-language


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("⟦Ļåţé.⟧", []),
        ("nas", []),
        ("⟦þļåñ ⟪nas⟫⟧", []),
        ("⟦⟪⟦Å.⟧¶⟦Ɓ.⟧⟫⟧", []),
        ("late", ["late"]),
        ("⟦Ļåţé ⟪two hours⟫⟧", ["two", "hours"]),
        ("⟦Å.⟧ ⟦Ɓ.⟧", ["glued"]),
        ("⟦Å.⟧: ⟪⟧", ["marks that do not match"]),
        ("⟦Å⟧-⟦Ɓ⟧", ["glued"]),
        ("⟦⟪⟦Å.⟧, ⟦Ɓ.⟧⟫⟧", ["glued"]),
    ],
)
def test_what_does_not_come_out_of_a_text_is_found(shown: str, told: list[str]) -> None:
    assert [one.partition(":")[0] for one in foreign(shown) if one.partition(":")[0] not in NAMES] == told


def test_the_states_make_every_check_say_everything_that_its_alerts_say() -> None:
    said = {(one.check, one.severity) for state in STATES for one in findings(state, NOW)}
    assert [
        (check.name, severity)
        for check in CHECKS
        for severity in check.severities
        if (check.name, severity) not in said
    ] == []


@pytest.mark.parametrize("state", STATES)
def test_the_page_holds_no_word_that_is_not_a_text(state: State) -> None:
    page = Shown(render_page(overview(state, NOW), PSEUDO).decode())
    links = [piece for piece in page.pieces if piece.startswith("/")]
    assert links == ["/metrics", "/-/healthy", "/-/ready", "/api/v1/status"]
    assert page.lang == "en-XA"
    assert strangers([piece for piece in page.pieces if piece not in links], *ALERTS, "abc") == []


@pytest.mark.parametrize("state", STATES)
def test_the_page_has_in_every_language_the_same_parts(state: State) -> None:
    page = overview(state, NOW)
    assert len(Shown(render_page(page, PSEUDO).decode()).pieces) == len(Shown(render_page(page).decode()).pieces)


ALERTS = {f"ImmichBackup{check.name}" for check in CHECKS}


@pytest.mark.parametrize("state", STATES)
def test_the_table_holds_no_word_that_is_not_a_text(
    state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100000")
    monkeypatch.setattr("immich_backup_exporter.checking.table._SUBJECT_WIDTH", 1000)
    answer = Answer(
        source=Source.STORE,
        origin=sentences(Message("check.from_store", folder="/7", holder=Message("check.not_held"))),
        age=None,
        time=NOW,
        version="1.2.3",
        findings=worst_first(in_words(one, PSEUDO) for one in findings(state, NOW)),
        verdict=Verdict.WARNING,
    )
    files = [
        MissingFile(kind=MissingKind.ORIGINAL, item="1", path=b"/2", on_disk=True),
        MissingFile(kind=MissingKind.SIDECAR, item="1", path=b"/2", on_disk=False),
        MissingFile(kind=MissingKind.PROFILE, item="1", path=b"/2"),
    ]
    plan = Message("subjects.plan", repository="nas", plan="immich")
    print_table(answer, verbose=True, missing={plan: files}, language=PSEUDO)
    cells = [cell for line in capsys.readouterr().out.splitlines() for cell in line.split("  ") if cell.strip()]
    assert strangers([cell.strip() for cell in cells], *ALERTS, *ADDRESSES, "NAME") == []
