"""Users of the web configuration, asked through a real server."""

import asyncio
import threading

import bcrypt
import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from immich_backup_exporter.web import users as users_module
from immich_backup_exporter.words import ENGLISH
from support.waiting import PATIENCE_SECONDS

ALICE = bcrypt.hashpw(b"secret", bcrypt.gensalt(10)).decode().replace("$2b$", "$2y$")
BOB = bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()
USERS = f"basic_auth_users:\n  alice: {ALICE}\n"


@pytest.mark.parametrize(
    "path", ["/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/status", "/api/v1/run", "/nothing"]
)
def test_everything_needs_a_password(serve, path):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            refused = await client.get(running.url(path))
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Basic"
            assert refused.text == "Unauthorized\n"

    asyncio.run(test())


def test_a_reload_needs_a_password(serve):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            assert (await client.post(running.url("/-/reload"))).status_code == 401
            assert (await client.post(running.url("/-/reload"), auth=("alice", "secret"))).status_code == 200

    asyncio.run(test())


@pytest.mark.parametrize(
    "path", ["/api/v1/runs", "/api/v1/runs/", "/api/v1/runs/no/such", "/api/v1/runs/%2e%2e/status"]
)
def test_nothing_but_run_reports_is_served_where_no_password_is_needed(serve, path):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            assert (await client.get(running.url(path))).status_code == 404

    asyncio.run(test())


def test_a_run_report_with_its_token_reaches_its_handler(serve):
    async def report(request):
        return PlainTextResponse(request.headers["authorization"])

    async def test():
        routes = [Route("/api/v1/runs", report, methods=["POST"])]
        async with (
            serve(web_config=USERS, routes=routes) as running,
            httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client,
        ):
            answer = await client.post(running.url("/api/v1/runs"), headers={"authorization": "Bearer token"})
            assert (answer.status_code, answer.text) == (200, "Bearer token")

    asyncio.run(test())


def test_only_the_right_password_is_accepted(serve):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            assert (await client.get(running.url("/metrics"), auth=("alice", "secret"))).status_code == 200
            assert (await client.get(running.url("/metrics"), auth=("alice", "wrong"))).status_code == 401
            assert (await client.get(running.url("/metrics"), auth=("bob", "secret"))).status_code == 401
            assert (await client.get(running.url("/metrics"), auth=("alice", "x" * 500))).status_code == 401

    asyncio.run(test())


def test_users_change_without_a_restart(serve, tmp_path):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            assert (await client.get(running.url("/"), auth=("alice", "secret"))).status_code == 200
            (tmp_path / "web.yml").write_text(f"basic_auth_users:\n  bob: {BOB}\n")
            assert (await client.get(running.url("/"), auth=("alice", "secret"))).status_code == 401
            assert (await client.get(running.url("/"), auth=("bob", "other"))).status_code == 200
            assert running.errors == []

    asyncio.run(test())


@pytest.mark.parametrize("broken", ["basic_auth_users: {alice: plain}", "basic_auth_users: [", "\x00"])
def test_a_broken_file_opens_nothing_and_is_reported_once(serve, tmp_path, broken):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            (tmp_path / "web.yml").write_text(broken)
            for _ in range(3):
                assert (await client.get(running.url("/"))).status_code == 401
                assert (await client.get(running.url("/"), auth=("alice", "secret"))).status_code == 200
            assert len(running.errors) == 1
            assert ENGLISH.render(running.errors[0]).endswith("The last good web configuration stays in use.")

    asyncio.run(test())


def test_a_file_that_is_gone_opens_nothing_and_is_taken_again_when_it_is_back(serve, tmp_path):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            (tmp_path / "web.yml").unlink()
            assert (await client.get(running.url("/"))).status_code == 401
            assert len(running.errors) == 1
            (tmp_path / "web.yml").write_text("")
            assert (await client.get(running.url("/"))).status_code == 200

    asyncio.run(test())


def test_many_first_requests_with_one_password_are_answered_together(serve):
    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            scrapes = [client.get(running.url("/metrics"), auth=("alice", "secret")) for _ in range(50)]
            assert [answer.status_code for answer in await asyncio.gather(*scrapes)] == [200] * 50

    asyncio.run(test())


def test_a_known_password_passes_while_guesses_are_checked(serve, monkeypatch):
    begun, may_go_on = threading.Event(), threading.Event()
    real = bcrypt.checkpw

    def held(password, hashed):
        begun.set()
        assert may_go_on.wait(PATIENCE_SECONDS)
        return real(password, hashed)

    async def test():
        async with serve(web_config=USERS) as running, httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            assert (await client.get(running.url("/metrics"), auth=("alice", "secret"))).status_code == 200
            monkeypatch.setattr(users_module.bcrypt, "checkpw", held)
            guesses = [asyncio.create_task(client.get(running.url("/"), auth=("alice", str(n)))) for n in range(10)]
            await asyncio.to_thread(begun.wait)
            answer = await client.get(running.url("/metrics"), auth=("alice", "secret"))
            assert answer.status_code == 200
            assert not any(guess.done() for guess in guesses)
            may_go_on.set()
            assert [guess.status_code for guess in await asyncio.gather(*guesses)] == [401] * 10

    asyncio.run(test())
