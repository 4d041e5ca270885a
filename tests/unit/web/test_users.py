"""Passwords: who is let in, and what a check costs."""

import asyncio
import base64
import threading

import bcrypt
import pytest

from immich_backup_exporter.web import users as users_module
from immich_backup_exporter.web.users import BusyError, Passwords
from support.waiting import PATIENCE_SECONDS

ALICE = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
BOB = bcrypt.hashpw("pässword:with:colons".encode(), bcrypt.gensalt(5)).decode()
USERS = {"alice": ALICE, "bob": BOB.replace("$2b$", "$2y$")}


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def run(test):
    async def with_passwords():
        passwords = Passwords()
        try:
            await test(passwords)
        finally:
            passwords.close()

    asyncio.run(with_passwords())


@pytest.fixture
def checked(monkeypatch):
    """The hashes that bcrypt was asked about."""
    asked = []
    real = bcrypt.checkpw

    def checkpw(password, hashed):
        asked.append(hashed.decode())
        return real(password, hashed)

    monkeypatch.setattr(users_module.bcrypt, "checkpw", checkpw)
    return asked


def test_the_right_password_is_accepted():
    async def test(passwords):
        assert await passwords.accept(USERS, basic("alice:secret"))
        assert await passwords.accept(USERS, basic("bob:pässword:with:colons"))
        assert await passwords.accept(USERS, basic("alice:secret").replace("Basic", "bASIC"))

    run(test)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic é",
        "Bearer YWxpY2U6c2VjcmV0",
        basic("alice:wrong"),
        basic("alice:"),
        basic("alice"),
        basic(":secret"),
        basic("Alice:secret"),
        basic("bob:secret"),
        basic("mallory:secret"),
        "Basic /zpzZWNyZXQ=",
    ],
)
def test_everything_else_is_refused(authorization):
    async def test(passwords):
        assert not await passwords.accept(USERS, authorization)

    run(test)


def test_a_password_is_checked_once_and_then_remembered(checked):
    async def test(passwords):
        assert await passwords.accept(USERS, basic("alice:secret"))
        assert await passwords.accept(USERS, basic("alice:secret"))
        assert not await passwords.accept(USERS, basic("alice:wrong"))
        assert not await passwords.accept(USERS, basic("alice:wrong"))

    run(test)
    assert checked == [ALICE, ALICE]


def test_requests_that_arrive_together_share_one_check(checked):
    async def test(passwords):
        assert all(await asyncio.gather(*(passwords.accept(USERS, basic("alice:secret")) for _ in range(50))))

    run(test)
    assert checked == [ALICE]


def test_an_unknown_user_costs_a_check_at_the_highest_cost(checked):
    async def test(passwords):
        assert not await passwords.accept(USERS, basic("mallory:secret"))

    run(test)
    assert checked == [USERS["bob"]]


def test_an_unknown_user_is_refused_even_with_the_password_of_that_hash():
    async def test(passwords):
        assert not await passwords.accept(USERS, basic("mallory:pässword:with:colons"))
        assert not await passwords.accept(USERS, basic("mallory:pässword:with:colons"))

    run(test)


def test_a_new_hash_ends_what_was_remembered():
    async def test(passwords):
        assert await passwords.accept({"alice": ALICE}, basic("alice:secret"))
        assert not await passwords.accept({"alice": BOB}, basic("alice:secret"))
        assert not await passwords.accept({"bob": ALICE}, basic("alice:secret"))

    run(test)


def test_a_user_who_was_unknown_is_accepted_once_added():
    async def test(passwords):
        assert not await passwords.accept({"bob": ALICE}, basic("alice:secret"))
        assert await passwords.accept({"bob": ALICE, "alice": ALICE}, basic("alice:secret"))

    run(test)


def test_a_password_over_72_bytes_is_read_as_htpasswd_reads_it():
    hashed = {"long": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()}

    async def test(passwords):
        assert await passwords.accept(hashed, basic("long:" + "x" * 72 + "anything"))
        assert not await passwords.accept(hashed, basic("long:" + "x" * 71))

    run(test)


def test_guessing_does_not_push_out_a_right_password(checked, monkeypatch):
    monkeypatch.setattr(users_module, "_REMEMBERED", 2)

    async def test(passwords):
        assert await passwords.accept(USERS, basic("alice:secret"))
        for guess in ("1", "2", "3"):
            assert not await passwords.accept(USERS, basic(f"alice:{guess}"))
        checked.clear()
        assert await passwords.accept(USERS, basic("alice:secret"))
        assert checked == []
        assert not await passwords.accept(USERS, basic("alice:1"))
        assert checked == [ALICE]

    run(test)


def test_a_flood_of_guesses_is_turned_away_while_a_known_password_passes(monkeypatch):
    monkeypatch.setattr(users_module, "_WAITING", 2)

    async def test(passwords):
        assert await passwords.accept(USERS, basic("alice:secret"))
        guesses = [asyncio.create_task(passwords.accept(USERS, basic(f"alice:{guess}"))) for guess in ("1", "2")]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await passwords.accept(USERS, basic("alice:3"))
        assert await passwords.accept(USERS, basic("alice:secret"))
        assert await asyncio.gather(*guesses) == [False, False]

    run(test)


def test_the_event_loop_goes_on_during_a_check(monkeypatch):
    gone_on = threading.Event()
    monkeypatch.setattr(users_module.bcrypt, "checkpw", lambda *_: gone_on.wait(PATIENCE_SECONDS))

    async def test(passwords):
        check = asyncio.create_task(passwords.accept(USERS, basic("alice:secret")))
        asyncio.get_running_loop().call_later(0.01, gone_on.set)
        assert await check

    run(test)
