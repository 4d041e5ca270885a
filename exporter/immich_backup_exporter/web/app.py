"""The routes. They ask two objects that are handed in and know nothing of repositories."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.words import ENGLISH

from .negotiation import OPENMETRICS, TEXT, wants_gzip, wants_openmetrics
from .page import CONTENT_SECURITY_POLICY
from .runs import RunIntake, run_routes


class MetricsSource(Protocol):
    """Has the metrics ready."""

    async def render(self, *, openmetrics: bool, gzip: bool) -> bytes:
        """The metrics as they were rendered when facts were last published; causes no work."""
        ...


class Agent(Protocol):
    """What the pages ask the agent. None of it waits, except for ``reload``."""

    def ready(self) -> bool:
        """Whether the first poll of everything has ended, well or not."""
        ...

    async def reload(self) -> Sequence[Text]:
        """Read the configuration again. Empty: it is in force; else what is wrong with it, and the old one stays."""
        ...

    def status(self) -> Mapping[str, object]:
        """Facts and findings of plain types, for JSON. No NaN, no time without ``isoformat``."""
        ...

    def page(self) -> bytes:
        """What people see at ``/``, as HTML; made anew only where it has changed."""
        ...


def create_app(
    metrics: MetricsSource, agent: Agent, *, lifecycle_enabled: bool, runs: RunIntake | None = None
) -> Starlette:
    """The application without users, TLS and security headers: those are :class:`~.guard.Guard`'s."""

    async def get_metrics(request: Request) -> Response:
        openmetrics = wants_openmetrics(request.headers.get("accept", ""))
        gzip = wants_gzip(request.headers.get("accept-encoding", ""))
        headers = {"Vary": "Accept, Accept-Encoding", "Content-Type": OPENMETRICS if openmetrics else TEXT}
        if gzip:
            headers["Content-Encoding"] = "gzip"
        return Response(await metrics.render(openmetrics=openmetrics, gzip=gzip), headers=headers)

    async def get_page(_: Request) -> Response:
        return HTMLResponse(agent.page(), headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})

    async def get_healthy(_: Request) -> Response:
        return _said(Message("web.healthy"))

    async def get_ready(_: Request) -> Response:
        if agent.ready():
            return _said(Message("web.ready"))
        return _said(Message("web.not_ready"), 503)

    async def post_reload(_: Request) -> Response:
        if not lifecycle_enabled:
            return _said(Message("web.reloading_off"), 403)
        problems = await agent.reload()
        if not problems:
            return _said(Message("web.reloaded"))
        return _said(Message("web.not_reloaded", problems="\n".join(map(ENGLISH.render, problems))), 500)

    async def get_status(_: Request) -> Response:
        text = json.dumps(agent.status(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # Names may hold bytes that are not UTF-8; they must not break the answer.
        return Response(text.encode("utf-8", "replace"), media_type="application/json")

    app = Starlette(
        routes=[
            Route("/metrics", get_metrics),
            Route("/", get_page),
            Route("/-/healthy", get_healthy),
            Route("/-/ready", get_ready),
            Route("/-/reload", post_reload, methods=["POST", "PUT"]),
            Route("/api/v1/status", get_status),
            *(run_routes(runs) if runs is not None else ()),
        ]
    )
    # A scraper that follows no redirects would otherwise record nothing for "/metrics/", without saying why.
    app.router.redirect_slashes = False
    return app


def _said(message: Message, status: int = 200) -> Response:
    return PlainTextResponse(f"{ENGLISH.render(message)}\n".encode(errors="replace"), status)
