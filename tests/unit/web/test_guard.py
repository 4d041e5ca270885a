"""What every request passes first, asked without a socket."""

import asyncio

import bcrypt
import httpx
import pytest
from starlette.responses import PlainTextResponse

from immich_backup_exporter.web import guard as guard_module
from immich_backup_exporter.web.config import RateLimit, WebConfig
from immich_backup_exporter.web.guard import Guard
from immich_backup_exporter.web.users import BusyError

USERS = {"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()}
OWN_POLICY = PlainTextResponse("ok", headers={"Content-Security-Policy": "style-src 'self'"})


def ask(config, *, count=1, app=None, auth=None, pause_seconds=0.0):
    async def run():
        guard = Guard(app or PlainTextResponse("ok"), lambda: config)
        answers = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://agent") as client:
            for _ in range(count):
                answers.append(await client.get("/-/healthy", auth=auth))
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
