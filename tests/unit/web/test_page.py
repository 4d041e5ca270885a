"""The page at `/`."""

import html.parser
import re
from dataclasses import replace

from immich_backup_exporter.domain.messages import sentences
from immich_backup_exporter.web.page import Finding, Level, Meter, Page, Row, Spark, render_page
from support.facts import NOW


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


RUNBOOK = "https://example.org/runbooks/Stale.md"
PAGE = Page(
    version="1.2.3",
    revision="abc",
    time=NOW,
    level=Level.GOOD,
    verdict=sentences("Safe."),
    detail=sentences("All is well."),
)
FINDING = Finding(
    level=Level.CRITICAL,
    alert="ImmichBackupStale",
    subject=sentences("nas / immich"),
    message=sentences("It is old."),
    next_step=sentences("Look at the `job`."),
    runbook=RUNBOOK,
)
ROW = Row(
    kind=sentences("backup"),
    name="nas / immich",
    level=Level.CRITICAL,
    state=sentences("stale"),
    detail=sentences("3 snapshots"),
    meter=Meter(age=sentences("3 days"), limit=sentences("of 26 hours"), share=2.77),
    spark=Spark(values=(1.0, 2.0, 1.0), caption=sentences("sizes: 1 to 2")),
)
FULL = replace(
    PAGE,
    level=Level.CRITICAL,
    verdict=sentences("At risk."),
    findings=(FINDING,),
    rows=(ROW,),
    unknown=(sentences("Whether it restores."),),
)

HOSTILE = "\"><script>alert(1)</script>&'"


def html_of(page):
    return render_page(page).decode()


def read(page):
    reader = _Reader()
    reader.feed(html_of(page))
    return reader


def test_every_value_is_escaped():
    hostile = sentences(HOSTILE)
    page = Page(
        version=HOSTILE,
        revision=HOSTILE,
        time=NOW,
        level=Level.GOOD,
        verdict=hostile,
        detail=hostile,
        findings=(
            Finding(
                level=Level.INFO,
                alert=HOSTILE,
                subject=hostile,
                message=hostile,
                next_step=hostile,
                runbook=HOSTILE,
            ),
        ),
        rows=(
            Row(
                kind=hostile,
                name=HOSTILE,
                level=Level.INFO,
                state=hostile,
                detail=hostile,
                meter=Meter(age=hostile, limit=hostile, share=0.5),
                spark=Spark(values=(1, 2), caption=hostile),
            ),
        ),
        unknown=(hostile,),
    )
    assert "<script" not in html_of(page)
    # the verdict stands in the title too, alert and subject in the name of the link
    assert html_of(page).count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#x27;") == 19


def test_the_page_is_well_formed_and_loads_nothing():
    reader = read(FULL)
    assert reader.open == []
    assert reader.links == [RUNBOOK, "/metrics", "/-/healthy", "/-/ready", "/api/v1/status"]
    assert not reader.tags & {"script", "link", "img", "iframe", "form", "object"}


def test_nothing_on_it_needs_more_than_its_own_style_sheet():
    assert not {name for name in read(FULL).attributes if name == "style" or name.startswith("on")}


def test_the_verdict_is_the_heading_and_the_title_and_has_a_sign():
    page = html_of(FULL)
    assert "<title>✕ At risk.</title>" in page
    assert '<header class="is-critical">' in page
    assert '<span class="sign" aria-hidden="true">✕</span>' in page
    assert "<h1>At risk.</h1>" in page


def test_it_refreshes_itself():
    assert '<meta http-equiv="refresh" content="60">' in html_of(PAGE)


def test_a_finding_says_what_to_do_and_where_to_read_on():
    page = html_of(FULL)
    assert "<p>It is old.</p>" in page
    assert (
        f'Look at the <code>job</code>. <a href="{RUNBOOK}" rel="noreferrer" '
        'aria-label="How to fix it: ImmichBackupStale, nas / immich">How to fix it</a>'
    ) in page
    assert "critical</span>" in page


def test_a_row_tells_its_state_by_a_sign_and_a_word_and_its_age_against_the_limit():
    page = html_of(FULL)
    assert '<th scope="row">nas / immich <small>backup</small></th>' in page
    assert '<span class="tag as-critical"><span class="sign" aria-hidden="true">✕</span>stale</span>' in page
    assert '3 days <span class="dim">of 26 hours</span>' in page
    assert '<meter min="0" max="1" high="0.99" value="1.00" aria-hidden="true">' in page


def test_a_sparkline_is_told_in_words_to_those_who_do_not_see_it():
    assert 'role="img" aria-label="sizes: 1 to 2"' in html_of(FULL)


def test_what_is_not_known_is_said():
    assert "<li>Whether it restores.</li>" in html_of(FULL)


def test_a_page_without_findings_has_no_list_of_them():
    assert "What to do" not in html_of(PAGE)


def test_the_style_does_not_depend_on_what_is_shown():
    styles = {re.search(r"<style>(.*?)</style>", html_of(page), re.DOTALL).group(1) for page in (PAGE, FULL)}
    assert len(styles) == 1


def test_a_name_that_is_not_utf8_does_not_break_the_page():
    row = replace(ROW, name="caf\udce9")
    assert b"caf? <small>backup</small>" in render_page(replace(PAGE, rows=(row,)))
