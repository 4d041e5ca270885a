"""The page at ``/``: what this is, where to go, and how each source is, without a script or a request elsewhere."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingLine:
    """One repository, plan, folder or the dumps."""

    kind: str
    """``repository``, ``plan``, ``dump`` ..."""
    name: str
    state: str
    """A word or two: ``reachable``, ``wrong password``, ``not polled yet``."""
    good: bool | None
    """``None``: not known, or neither good nor bad. Only sets the colour; the word says it too."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What the page shows."""

    version: str
    revision: str
    lines: tuple[LandingLine, ...]


_STYLE = """
:root{color-scheme:light dark;--good:#1a7f37;--bad:#c62828;--dim:#667;--line:#8884}
@media(prefers-color-scheme:dark){:root{--good:#4ac26b;--bad:#ff7b72;--dim:#99a}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}p{margin:.3rem 0 1rem}.dim,th{color:var(--dim);font-weight:400}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:1rem 0 1.5rem}
table{border-collapse:collapse;width:100%}th{text-align:left}
th,td{padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
@media(max-width:40rem){thead{display:none}td{display:block;border:0;padding:0}
tr{display:block;padding:.6rem 0;border-bottom:1px solid var(--line)}}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LINKS = ("/metrics", "/-/healthy", "/-/ready", "/api/v1/status")
_CLASSES = {True: "good", False: "bad", None: "dim"}


def render_landing(landing: Landing) -> bytes:
    """The whole page. Every value is escaped; what is not UTF-8 in one becomes a question mark."""
    links = "\n".join(f'<a href="{link}">{link}</a>' for link in _LINKS)
    rows = "\n".join(_row(line) for line in landing.lines)
    revision = f'<p class="dim">revision {escape(landing.revision)}</p>' if landing.revision else ""
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>immich-backup-exporter</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>immich-backup-exporter <span class="dim">{escape(landing.version)}</span></h1>
<p>Tells Prometheus whether the restic backups and database dumps of an Immich library are good.</p>
<nav>
{links}
</nav>
<main>
<table>
<thead><tr>{"".join(f'<th scope="col">{title}</th>' for title in ("Kind", "Name", "State", "Detail"))}</tr></thead>
<tbody>
{rows or '<tr><td colspan="4" class="dim">Nothing is being watched yet.</td></tr>'}
</tbody>
</table>
</main>
{revision}
</body>
</html>
"""
    return page.encode("utf-8", "replace")


def _row(line: LandingLine) -> str:
    return (
        f'<tr><td class="dim">{escape(line.kind)}</td><td>{escape(line.name)}</td>'
        f'<td class="{_CLASSES[line.good]}">{escape(line.state)}</td><td>{escape(line.detail)}</td></tr>'
    )
