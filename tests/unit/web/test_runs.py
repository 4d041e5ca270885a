"""Run reports over HTTP, asked without a socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from immich_backup_exporter.domain.errors import SourceError
from immich_backup_exporter.domain.records import Receipt
from immich_backup_exporter.domain.runs import RunReport
from immich_backup_exporter.formats.run_report import encode
from immich_backup_exporter.web.app import create_app
from support.facts import end
from support.words import message

TOKEN = "pushing-hunter2"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
REPORT = encode(end(1, exit_code=3))
PATHS = ("/api/v1/runs", "/api/v1/runs/nightly/start", "/api/v1/runs/nightly?exit_code=0")


@dataclass
class FakeIntake:
    token: str | None = TOKEN
    receipt: Receipt = Receipt.TAKEN
    error: SourceError | None = None
    taken: list[object] = field(default_factory=list)

    async def push_token(self) -> str | None:
        if self.error is not None:
            raise self.error
        return self.token

    async def take_run(self, report: RunReport) -> Receipt:
        self.taken.append(report)
        return self.receipt

    async def begin_run(self, job: str) -> Receipt:
        self.taken.append(("start", job))
        return self.receipt

    async def finish_run(self, job: str, exit_code: int) -> Receipt:
        self.taken.append(("end", job, exit_code))
        return self.receipt


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


def post(metrics, agent, intake, path, content=b"", headers: Mapping[str, str] = BEARER, method="POST"):
    async def run():
        app = create_app(metrics, agent, lifecycle_enabled=False, runs=intake)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(run())


def test_a_report_is_taken(metrics, agent, intake):
    answer = post(metrics, agent, intake, "/api/v1/runs", REPORT)
    assert (answer.status_code, answer.text) == (200, "The report was taken in.\n")
    assert intake.taken == [end(1, exit_code=3)]


def test_a_report_that_was_known_is_accepted_again(metrics, agent, intake):
    intake.receipt = Receipt.KNOWN
    assert post(metrics, agent, intake, "/api/v1/runs", REPORT).status_code == 200


def test_a_start_and_an_end_need_nothing_but_an_address(metrics, agent, intake):
    assert post(metrics, agent, intake, "/api/v1/runs/nightly/start").status_code == 200
    assert post(metrics, agent, intake, "/api/v1/runs/nightly?exit_code=3").status_code == 200
    assert intake.taken == [("start", "nightly"), ("end", "nightly", 3)]


def test_a_call_can_say_that_nothing_was_tried(metrics, agent, intake):
    assert post(metrics, agent, intake, "/api/v1/runs/nightly?outcome=skipped").status_code == 200
    assert intake.taken == [("end", "nightly", None)]
    assert post(metrics, agent, intake, "/api/v1/runs/nightly?outcome=failed").status_code == 400


def test_a_job_may_be_called_start(metrics, agent, intake):
    post(metrics, agent, intake, "/api/v1/runs/start/start")
    post(metrics, agent, intake, "/api/v1/runs/start?exit_code=0")
    assert intake.taken == [("start", "start"), ("end", "start", 0)]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_configured_token_there_is_nothing_here(metrics, agent, intake, path):
    intake.token = None
    answer = post(metrics, agent, intake, path, REPORT)
    assert answer.status_code == 404
    assert answer.text == (
        "Run reports are not taken: set `push.token_file` in the agent's configuration to a file with a token.\n"
    )
    assert intake.taken == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", TOKEN])
def test_a_missing_token_is_asked_for(metrics, agent, intake, path, header):
    answer = post(metrics, agent, intake, path, REPORT, {} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.text == "The push token is missing: send the header `Authorization: Bearer TOKEN`.\n"
    assert intake.taken == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "x" * 100_000, "\xff"])
def test_a_wrong_token_is_refused(metrics, agent, intake, path, token):
    answer = post(metrics, agent, intake, path, REPORT, {"Authorization": f"Bearer {token}".encode("latin-1")})
    assert (answer.status_code, answer.text) == (403, "The push token is wrong.\n")
    assert intake.taken == []


def test_a_token_may_hold_any_letter_and_its_scheme_any_case(metrics, agent, intake):
    intake.token = "geheim-ü"
    headers = {"Authorization": "bearer geheim-ü".encode()}
    assert post(metrics, agent, intake, "/api/v1/runs", REPORT, headers).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_token_that_cannot_be_read_is_a_fault_of_the_agent(metrics, agent, intake, path):
    intake.error = SourceError(message("The push token cannot be read."), message("Mend it."))
    answer = post(metrics, agent, intake, path, REPORT)
    assert (answer.status_code, answer.text) == (503, "The push token cannot be read. Mend it.\n")


@pytest.mark.parametrize("path", PATHS)
def test_an_undeclared_job_is_not_found(metrics, agent, intake, path):
    intake.receipt = Receipt.UNDECLARED
    answer = post(metrics, agent, intake, path, REPORT)
    assert answer.status_code == 404
    assert answer.text == "No job of that name is declared; declare it under `jobs` in the agent's configuration.\n"


@pytest.mark.parametrize("path", PATHS)
def test_what_could_not_be_written_down_is_to_be_sent_again(metrics, agent, intake, path):
    intake.receipt = Receipt.NOT_KEPT
    assert post(metrics, agent, intake, path, REPORT).status_code == 503


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The report is not one whole JSON text in UTF-8."),
        (REPORT[: len(REPORT) // 2], "The report is not one whole JSON text in UTF-8."),
        (b"\xff\xfe", "The report is not one whole JSON text in UTF-8."),
        (b"[" * 9000, "The report is not one whole JSON text in UTF-8."),
        (b"[]", "The report is not a JSON object."),
        (b"{}", "The report's version is missing: version must be 1."),
        (b'{"version":1}', "The report's run_id is not 32 lower-case hexadecimal digits."),
    ],
)
def test_nonsense_is_refused_with_a_sentence(metrics, agent, intake, content, sentence):
    answer = post(metrics, agent, intake, "/api/v1/runs", content)
    assert (answer.status_code, answer.text) == (400, sentence + "\n")
    assert intake.taken == []


@pytest.mark.parametrize("path", PATHS)
def test_what_is_too_large_is_refused_also_when_its_size_is_not_announced(metrics, agent, intake, path):
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 1024

    for content in (b" " * (16 * 1024 + 1), parts()):
        answer = post(metrics, agent, intake, path, content)
        assert (answer.status_code, answer.text) == (413, "The report is larger than 16384 bytes.\n")
    assert intake.taken == []


def test_the_largest_report_is_taken(metrics, agent, intake):
    assert post(metrics, agent, intake, "/api/v1/runs", REPORT.ljust(16 * 1024)).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["", "?exit_code=", "?exit_code=-1", "?exit_code=256", "?exit_code=zero", "?exitcode=0", "?exit_code=0&exit_code=1",
     "?exit_code=1.0", "?exit_code=%C2%B2", "?exit_code=0000000000"],
)  # fmt: skip
def test_an_end_that_does_not_say_how_is_refused_with_a_sentence(metrics, agent, intake, query):
    answer = post(metrics, agent, intake, f"/api/v1/runs/nightly{query}")
    assert answer.status_code == 400
    assert answer.text == (
        "The address must say how the run ended: ?exit_code=N, once, a whole number from 0 to 255, or "
        "?outcome=skipped.\n"
    )
    assert intake.taken == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_reports_are_posted(metrics, agent, intake, method, path):
    assert post(metrics, agent, intake, path, method=method).status_code == 405
