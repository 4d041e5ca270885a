"""What every request passes first, asked without a socket."""

import asyncio
import json
import re

import bcrypt
import httpx
import pytest
from starlette.responses import PlainTextResponse

from immich_backup_exporter.web import guard as guard_module
from immich_backup_exporter.web.config import RateLimit, WebConfig
from immich_backup_exporter.web.guard import Guard
from immich_backup_exporter.web.users import BusyError
from immich_backup_exporter.words import ENGLISH

USERS = {"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()}
OWN_POLICY = PlainTextResponse("ok", headers={"Content-Security-Policy": "style-src 'self'"})


def ask(config, *, path="/-/healthy", count=1, app=None, auth=None, pause_seconds=0.0, errors=None):
    async def run():
        guard = Guard(app or PlainTextResponse("ok"), lambda: config, [].append if errors is None else errors.append)
        answers = []
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(guard, raise_app_exceptions=False), base_url="http://agent"
        ) as client:
            for _ in range(count):
                answers.append(await client.get(path, auth=auth))
                await asyncio.sleep(pause_seconds)
        guard.close()
        return answers

    return asyncio.run(run())


def test_every_answer_carries_the_security_headers():
    (answer,) = ask(WebConfig())
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "deny"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_an_answers_own_header_beats_the_default():
    (answer,) = ask(WebConfig(), app=OWN_POLICY)
    assert answer.headers.get_list("content-security-policy") == ["style-src 'self'"]


def test_a_configured_header_beats_both_and_a_blank_one_removes():
    headers = {"Content-Security-Policy": "sandbox", "X-Frame-Options": "", "Strict-Transport-Security": "max-age=60"}
    (answer,) = ask(WebConfig(headers=headers), app=OWN_POLICY)
    assert answer.headers.get_list("content-security-policy") == ["sandbox"]
    assert answer.headers["strict-transport-security"] == "max-age=60"
    assert "x-frame-options" not in answer.headers


def test_without_users_nobody_is_asked():
    assert ask(WebConfig())[0].status_code == 200


@pytest.mark.parametrize("auth", [None, ("alice", "wrong"), ("mallory", "secret")])
def test_who_has_no_right_password_is_asked_for_one(auth):
    (answer,) = ask(WebConfig(users=USERS), auth=auth)
    assert (answer.status_code, answer.text) == (401, "Unauthorized\n")
    assert answer.headers["www-authenticate"] == "Basic"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_who_has_the_right_password_passes():
    assert ask(WebConfig(users=USERS), auth=("alice", "secret"))[0].status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/runs/nightly", "/api/v1/runs/nightly/start"])
@pytest.mark.parametrize("auth", [None, ("alice", "wrong")])
def test_run_reports_need_no_user(path, auth):
    assert ask(WebConfig(users=USERS), path=path, auth=auth)[0].status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/api/v1",
        "/api/v1/",
        "/api/v1/status",
        "/api/v1/run",
        "/api/v1/runsandmore",
        "/API/v1/runs",
        "/x/api/v1/runs",
        "//api/v1/runs",
        "/api//v1/runs",
        "/api/v1/runs%00",
        "/?/api/v1/runs",
    ],
)
def test_everything_else_needs_one(path):
    assert ask(WebConfig(users=USERS), path=path)[0].status_code == 401


def test_run_reports_count_towards_the_limit_of_requests():
    limit = RateLimit(interval_seconds=60, burst=1)
    answers = ask(WebConfig(users=USERS, rate_limit=limit), path="/api/v1/runs", count=2)
    assert [answer.status_code for answer in answers] == [200, 429]


def test_a_fault_is_told_in_one_line_with_its_place_and_without_its_words():
    async def fault(scope, receive, send):
        json.loads("the secret")

    errors = []
    (answer,) = ask(WebConfig(), path="/metrics%0Ax", app=fault, errors=errors)
    assert answer.status_code == 500
    assert len(errors) == 1
    assert re.fullmatch(
        r"A request for '/metrics\\nx' was not answered: JSONDecodeError at web/guard\.py:[0-9]+\. "
        r"This is a fault of the agent; please report it\.",
        ENGLISH.render(errors[0]),
    )


def test_too_many_passwords_at_once_are_answered_with_503(monkeypatch):
    async def busy(*_):
        raise BusyError

    monkeypatch.setattr(guard_module.Passwords, "accept", busy)
    (answer,) = ask(WebConfig(users=USERS), auth=("alice", "secret"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_requests_over_the_limit_are_refused():
    limit = RateLimit(interval_seconds=60, burst=2)
    assert [answer.status_code for answer in ask(WebConfig(rate_limit=limit), count=4)] == [200, 200, 429, 429]


def test_the_limit_lets_one_more_pass_after_each_interval():
    limit = RateLimit(interval_seconds=0.05, burst=1)
    answers = ask(WebConfig(rate_limit=limit), count=3, pause_seconds=0.06)
    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_the_limit_counts_before_a_password_is_checked():
    limit = RateLimit(interval_seconds=60, burst=1)
    answers = ask(WebConfig(users=USERS, rate_limit=limit), count=2)
    assert [answer.status_code for answer in answers] == [401, 429]
