"""Run reports over HTTP: whole ones as JSON, and calls that a shell with nothing but wget can make."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.domain.records import Receipt
from immich_backup_exporter.domain.runs import Outcome, RunReport
from immich_backup_exporter.formats.run_report import MAX_BYTES, PATH, ReportError, decode
from immich_backup_exporter.words import ENGLISH

_MOST_DRAINED = 1024 * 1024

_ANSWERS = {
    Receipt.TAKEN: (200, Message("run_reports.taken")),
    Receipt.KNOWN: (200, Message("run_reports.known")),
    Receipt.UNDECLARED: (404, Message("run_reports.undeclared")),
    Receipt.NOT_KEPT: (503, Message("run_reports.not_kept")),
}


class RunIntake(Protocol):
    """Takes reports in."""

    async def push_token(self) -> str | None:
        """What reports have to bring; ``None``: they are not taken. Raises ``SourceError`` where it cannot be read."""
        ...

    async def take_run(self, report: RunReport) -> Receipt: ...

    async def begin_run(self, job: str) -> Receipt: ...

    async def finish_run(self, job: str, exit_code: int | None) -> Receipt: ...


def run_routes(intake: RunIntake) -> list[Route]:
    """The routes below :data:`PATH`. Each asks for the token before it looks at anything else."""

    async def post_report(request: Request) -> Response:
        refusal = await _refusal(request, intake)
        if refusal is not None:
            return refusal
        body = await _body(request)
        if body is None:
            return _too_large()
        try:
            report = decode(body)
        except ReportError as error:
            return _said(error.explanation, 400)
        return _answer(await intake.take_run(report))

    async def post_start(request: Request) -> Response:
        refusal = await _refusal(request, intake)
        if refusal is not None:
            return refusal
        if await _body(request) is None:
            return _too_large()
        return _answer(await intake.begin_run(request.path_params["job"]))

    async def post_end(request: Request) -> Response:
        refusal = await _refusal(request, intake)
        if refusal is not None:
            return refusal
        if await _body(request) is None:
            return _too_large()
        if request.query_params.multi_items() == [("outcome", Outcome.SKIPPED.value)]:
            return _answer(await intake.finish_run(request.path_params["job"], None))
        exit_code = _exit_code(request.query_params.getlist("exit_code"))
        if exit_code is None:
            return _said(Message("run_reports.no_exit_code"), 400)
        return _answer(await intake.finish_run(request.path_params["job"], exit_code))

    return [
        Route(PATH, post_report, methods=["POST"]),
        Route(PATH + "/{job}/start", post_start, methods=["POST"]),
        Route(PATH + "/{job}", post_end, methods=["POST"]),
    ]


async def _refusal(request: Request, intake: RunIntake) -> Response | None:
    try:
        token = await intake.push_token()
    except SourceError as error:
        return _said(error.explanation, 503)
    if token is None:
        return _said(Message("run_reports.not_taken"), 404)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        return _said(Message("run_reports.no_token"), 401, {"WWW-Authenticate": "Bearer"})
    # Headers are bytes, and were made text one by one.
    if not hmac.compare_digest(_digest(given.strip().encode("latin-1")), _digest(token.encode())):
        return _said(Message("run_reports.wrong_token"), 403)
    return None


def _digest(token: bytes) -> bytes:
    """Of one length whatever the token's is, so that comparing takes the same time for all."""
    return hashlib.sha256(token).digest()


async def _body(request: Request) -> bytes | None:
    """What was sent; ``None`` where it is more than a report can be.

    A little too much is read to its end all the same: a client that is still sending when the connection is closed
    never sees the answer.
    """
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size <= MAX_BYTES:
            body += part
        elif size > _MOST_DRAINED:
            break
    return bytes(body) if size <= MAX_BYTES else None


def _too_large() -> Response:
    # What is left of it will not be read, so the connection cannot be used again.
    return _said(Message("run_reports.too_large", limit=MAX_BYTES), 413, {"Connection": "close"})


def _exit_code(given: list[str]) -> int | None:
    if len(given) != 1 or not (given[0].isascii() and given[0].isdecimal() and len(given[0]) <= 3):
        return None
    return int(given[0]) if int(given[0]) <= 255 else None


def _answer(receipt: Receipt) -> Response:
    status, message = _ANSWERS[receipt]
    return _said(message, status)


def _said(message: Message, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{ENGLISH.render(message)}\n", status, headers)
