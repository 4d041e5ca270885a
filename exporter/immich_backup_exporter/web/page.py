"""The page at ``/``: are my photos safe? Without a script and without a request to anywhere else."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape

from immich_backup_exporter.domain.messages import Argument, Message
from immich_backup_exporter.words import ENGLISH, Language

from .sparkline import sparkline

REFRESH_SECONDS = 60


class Level(StrEnum):
    """How something stands. Sets the colour; a sign and a word say it too."""

    GOOD = "good"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


_SIGNS = {Level.GOOD: "✓", Level.INFO: "i", Level.WARNING: "!", Level.CRITICAL: "✕", Level.UNKNOWN: "?"}


_LEVELS = {
    Level.GOOD: Message("page.good"),
    Level.INFO: Message("page.info"),
    Level.WARNING: Message("page.warning"),
    Level.CRITICAL: Message("page.critical"),
    Level.UNKNOWN: Message("page.unknown"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """An age against its limit; both in words, and the share of it that has passed."""

    age: Message
    limit: Message
    share: float
    """From 0; more than 1 is too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """Values over time, oldest first, and what they are in a sentence, for those who do not see the line."""

    values: tuple[float, ...]
    caption: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the page. Shown on one page after another, it is rendered once."""

    html: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By the language's code, once it was rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Piece):
    """One plan, job or repository, the dumps or the upload location."""

    kind: Message
    name: Argument
    level: Level
    state: Message
    """A word or two: ``fresh``, ``wrong password``, ``not polled yet``."""
    detail: Message | None = None
    meter: Meter | None = None
    spark: Spark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Piece):
    """Something that a person should know of, and what to do about it."""

    level: Level
    alert: str
    """The name of the alert that says the same."""
    subject: Message
    message: Message
    next_step: Message | None
    runbook: str
    """The address of the page that tells more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page shows."""

    version: str
    revision: str
    time: datetime
    """When it was made."""
    level: Level
    verdict: Message
    detail: Message
    """What stands below the verdict."""
    findings: tuple[Finding, ...] = ()
    """Worst first."""
    rows: tuple[Row, ...] = ()
    unknown: tuple[Message, ...] = ()
    """What the agent does not know, a sentence each."""


_STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--dim:#57606a;--line:#8884;
--good:#12692f;--info:#0b5cad;--warning:#8a5300;--critical:#b3131b;--unknown:#57606a;
--as-good:var(--good);--as-info:var(--info);--as-warning:var(--warning);--as-critical:var(--critical);
--as-unknown:var(--unknown)}
@media(prefers-color-scheme:dark){:root{--ground:#0e1116;--text:#e6e9ee;--dim:#9aa4b0;
--as-good:#4cc771;--as-info:#6cb2ff;--as-warning:#f0b34a;--as-critical:#ff8079;--as-unknown:#a9b3be}}
*{box-sizing:border-box}
body{font:17px/1.5 system-ui,sans-serif;margin:0;background:var(--ground);color:var(--text)}
h1,p,li,th,td:last-child{overflow-wrap:anywhere}
main,footer{max-width:68rem;margin:0 auto;padding:0 1rem}
header{color:#fff;padding:clamp(1rem,4vw,3rem) 1rem}
header>div{max-width:68rem;margin:0 auto;display:flex;gap:clamp(.8rem,3vw,2.5rem);align-items:center}
h1{font-size:clamp(1.9rem,6.5vw,4.5rem);line-height:1.1;margin:0;text-wrap:balance}
header p{font-size:clamp(1.05rem,2.4vw,1.6rem);margin:.6rem 0 0}
.sign{flex:none;display:inline-grid;place-items:center;border:.09em solid currentColor;border-radius:50%;
width:1.5em;height:1.5em;font-weight:700;line-height:1}
header .sign{font-size:clamp(2.4rem,9vw,6.5rem)}
h2{font-size:1.15rem;margin:2rem 0 .6rem}
.dim{color:var(--dim)}
code{font-size:.92em}
.tag{display:inline-flex;gap:.45em;align-items:center;font-weight:600}
.tag .sign{font-size:.72em}
.is-good{background:var(--good)}.is-info{background:var(--info)}.is-warning{background:var(--warning)}
.is-critical{background:var(--critical)}.is-unknown{background:var(--unknown)}
.as-good{color:var(--as-good)}.as-info{color:var(--as-info)}.as-warning{color:var(--as-warning)}
.as-critical{color:var(--as-critical)}.as-unknown{color:var(--as-unknown)}
ol,ul{list-style:none;margin:0;padding:0}
ol li{border-left:.35rem solid var(--line);padding:.2rem 0 .2rem .9rem;margin:0 0 1rem}
ol li.edge-critical{border-color:var(--as-critical)}ol li.edge-warning{border-color:var(--as-warning)}
ol li.edge-info{border-color:var(--as-info)}ol li p{margin:.15rem 0}
table{border-collapse:collapse;width:100%}
th{text-align:left;color:var(--dim);font-weight:400}
th,td{padding:.55rem 1rem .55rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td:last-child,th:last-child{padding-right:0}tbody th{color:var(--text);font-weight:600;min-width:9rem}
th small{display:block;font-weight:400;color:var(--dim)}
.age{white-space:nowrap}
meter{display:block;width:8.5rem;height:.7rem}
svg{display:block;width:8.5rem;height:2.2rem;overflow:visible}
polyline{fill:none;stroke:currentColor;stroke-width:1.5;vector-effect:non-scaling-stroke}
circle{fill:currentColor}
ul.dots li{padding-left:1.1rem;text-indent:-1.1rem}ul.dots li::before{content:"? ";color:var(--dim)}
footer{margin-top:2.5rem;padding-bottom:2rem;font-size:.9rem}
a{color:inherit}nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}
@media(max-width:46rem){thead{position:absolute;clip-path:inset(50%)}
tr,td,tbody th{display:block;border:0;padding:.1rem 0}
tr{padding:.8rem 0;border-bottom:1px solid var(--line)}td:empty{display:none}}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LINKS = ("/metrics", "/-/healthy", "/-/ready", "/api/v1/status")


_COLUMNS = (
    Message("page.column_what"),
    Message("page.column_state"),
    Message("page.column_age"),
    Message("page.column_last"),
    Message("page.column_detail"),
)
_CODE = re.compile("`([^`]+)`")


def render_page(page: Page, language: Language = ENGLISH) -> bytes:
    """The whole page. Every value is escaped; what is not UTF-8 in one becomes a question mark."""
    return _Renderer(language).page(page).encode("utf-8", "replace")


def prepare(pieces: Iterable[Finding | Row], language: Language = ENGLISH) -> None:
    """Render them for the pages that they will be on."""
    renderer = _Renderer(language)
    for piece in pieces:
        renderer.piece(piece)


class _Renderer:
    """Writes HTML in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def _text(self, said: Argument) -> str:
        return escape(self._language.plain(said))

    def _prose(self, message: Message | None) -> str:
        """Text in which what stands between backticks is shown as code."""
        return _CODE.sub(r"<code>\1</code>", self._text(message))

    def page(self, page: Page) -> str:
        return f"""<!DOCTYPE html>
<html lang="{escape(self._language.code)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<meta name="referrer" content="no-referrer">
<title>{_SIGNS[page.level]} {self._text(page.verdict)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header class="is-{page.level}"><div>
<span class="sign" aria-hidden="true">{_SIGNS[page.level]}</span>
<div><h1>{self._text(page.verdict)}</h1>
<p>{self._prose(page.detail)}</p></div>
</div></header>
<main>
{"".join(self._sections(page))}</main>
<footer class="dim">
<nav aria-label="{self._text(Message("page.for_programs"))}">
{_links()}
</nav>
<p>{self._text(_as_of(page))}</p>
</footer>
</body>
</html>
"""

    def _sections(self, page: Page) -> Iterator[str]:
        if page.findings:
            items = "".join(self.piece(one) for one in page.findings)
            yield f"<section><h2>{self._text(Message('page.what_to_do'))}</h2>\n<ol>\n{items}</ol></section>\n"
        if page.rows:
            head = "".join(f'<th scope="col">{self._text(column)}</th>' for column in _COLUMNS)
            rows = "".join(self.piece(row) for row in page.rows)
            yield (
                f"<section><h2>{self._text(Message('page.watched'))}</h2>\n"
                f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></section>\n"
            )
        if page.unknown:
            items = "".join(f"<li>{self._prose(one)}</li>\n" for one in page.unknown)
            yield (
                f"<section><h2>{self._text(Message('page.what_is_not_known'))}</h2>\n"
                f'<ul class="dots">\n{items}</ul></section>\n'
            )

    def piece(self, piece: Finding | Row) -> str:
        html = piece.html.get(self._language.code)
        if html is None:
            html = self._row(piece) if isinstance(piece, Row) else self._finding(piece)
            piece.html[self._language.code] = html
        return html

    def _finding(self, finding: Finding) -> str:
        fix = Message("page.fix_finding", alert=finding.alert, subject=finding.subject)
        return (
            f'<li class="edge-{finding.level}">{self._tag(finding.level, _LEVELS[finding.level])} '
            f'<span class="dim">{self._text(finding.subject)}</span>'
            f"<p>{self._prose(finding.message)}</p>"
            f'<p class="dim">{self._prose(finding.next_step)} '
            f'<a href="{escape(finding.runbook)}" rel="noreferrer" aria-label="{self._text(fix)}">'
            f"{self._text(Message('page.fix'))}</a></p></li>\n"
        )

    def _row(self, row: Row) -> str:
        spark = sparkline(row.spark.values, self._language.render(row.spark.caption)) if row.spark else ""
        return (
            f'<tr><th scope="row">{self._text(row.name)} <small>{self._text(row.kind)}</small></th>'
            f"<td>{self._tag(row.level, row.state)}</td>"
            f'<td class="age">{self._meter(row.meter) if row.meter else ""}</td>'
            f"<td>{spark}</td>"
            f"<td>{self._prose(row.detail)}</td></tr>\n"
        )

    def _tag(self, level: Level, word: Message) -> str:
        return (
            f'<span class="tag as-{level}"><span class="sign" aria-hidden="true">{_SIGNS[level]}</span>'
            f"{self._text(word)}</span>"
        )

    def _meter(self, meter: Meter) -> str:
        share = min(1.0, max(0.0, meter.share))
        return (
            f'{self._text(meter.age)} <span class="dim">{self._text(meter.limit)}</span>'
            f'<meter min="0" max="1" high="0.99" value="{share:.2f}" aria-hidden="true"></meter>'
        )


def _as_of(page: Page) -> Message:
    if page.revision:
        return Message("page.as_of_revision", version=page.version, revision=page.revision, time=page.time)
    return Message("page.as_of", version=page.version, time=page.time)


def _links() -> str:
    return "\n".join(f'<a href="{link}">{link}</a>' for link in _LINKS)
