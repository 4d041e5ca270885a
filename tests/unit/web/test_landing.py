"""The page at `/`."""

import html.parser

from immich_backup_exporter.web.landing import Landing, LandingLine, render_landing


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


HOSTILE = "\"><script>alert(1)</script>&'"
LINE = LandingLine(kind=HOSTILE, name=HOSTILE, state=HOSTILE, good=False, detail=HOSTILE)


def test_every_value_is_escaped():
    page = render_landing(Landing(version=HOSTILE, revision=HOSTILE, lines=(LINE,))).decode()
    assert "<script" not in page
    assert page.count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#x27;") == 6


def test_the_page_is_well_formed_and_asks_nothing_of_other_servers():
    reader = _Reader()
    reader.feed(render_landing(Landing(version="1", revision="r", lines=(LINE, LINE))).decode())
    assert reader.open == []
    assert reader.links == ["/metrics", "/-/healthy", "/-/ready", "/api/v1/status"]
    assert not reader.tags & {"script", "link", "img", "iframe", "form"}


def test_a_state_is_told_by_a_word_and_coloured_by_what_it_means():
    lines = (
        LandingLine(kind="repository", name="nas", state="reachable", good=True),
        LandingLine(kind="plan", name="nas/immich", state="stale", good=False, detail="newest 3 days old"),
        LandingLine(kind="dump", name="database", state="not looked at yet", good=None),
    )
    page = render_landing(Landing(version="1", revision="r", lines=lines)).decode()
    assert '<td>nas</td><td class="good">reachable</td><td></td>' in page
    assert '<td>nas/immich</td><td class="bad">stale</td><td>newest 3 days old</td>' in page
    assert '<td>database</td><td class="dim">not looked at yet</td><td></td>' in page


def test_a_page_without_lines_says_so():
    assert b"Nothing is being watched yet." in render_landing(Landing(version="1", revision="r", lines=()))
