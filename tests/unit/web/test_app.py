"""The routes, asked without a socket."""

import asyncio

import httpx
import pytest

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.web.app import create_app


def ask(metrics, agent, method, path, *, lifecycle_enabled=False, headers=None):
    async def run():
        app = create_app(metrics, agent, lifecycle_enabled=lifecycle_enabled)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent") as client:
            return await client.request(
                method, path, headers=headers or {"accept": "*/*", "accept-encoding": "identity"}
            )

    return asyncio.run(run())


def test_metrics_are_plain_text_for_a_client_without_a_wish(metrics, agent):
    answer = ask(metrics, agent, "GET", "/metrics")
    assert answer.status_code == 200
    assert answer.content == b"the metrics"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert "content-encoding" not in answer.headers
    assert metrics.asked == [(False, False)]


def test_metrics_are_openmetrics_for_a_client_that_prefers_it(metrics, agent):
    answer = ask(
        metrics,
        agent,
        "GET",
        "/metrics",
        headers={"accept": "application/openmetrics-text", "accept-encoding": "identity"},
    )
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert metrics.asked[0][0] is True


def test_healthy_needs_no_poll(metrics, agent):
    agent.polled = False
    answer = ask(metrics, agent, "GET", "/-/healthy")
    assert (answer.status_code, answer.text) == (200, "immich-backup-exporter is healthy.\n")


def test_not_ready_before_the_first_poll_has_ended(metrics, agent):
    agent.polled = False
    answer = ask(metrics, agent, "GET", "/-/ready")
    assert answer.status_code == 503
    assert answer.text == "immich-backup-exporter is not ready: the first poll has not ended yet.\n"


def test_ready_after_the_first_poll_has_ended(metrics, agent):
    assert ask(metrics, agent, "GET", "/-/ready").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_reload_is_forbidden_unless_it_was_enabled(metrics, agent, method):
    answer = ask(metrics, agent, method, "/-/reload")
    assert answer.status_code == 403
    assert answer.text == "Reloading over HTTP is off; start with --web.enable-lifecycle.\n"
    assert agent.reloads == 0


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_reload_reloads_once(metrics, agent, method):
    answer = ask(metrics, agent, method, "/-/reload", lifecycle_enabled=True)
    assert answer.status_code == 200
    assert agent.reloads == 1


def test_a_refused_configuration_is_told_to_who_asked_for_the_reload(metrics, agent):
    agent.reload_problems = ("state_dir: one.", Message("config.at", place="b", problem=Message("config.missing")))
    answer = ask(metrics, agent, "POST", "/-/reload", lifecycle_enabled=True)
    assert answer.status_code == 500
    assert answer.text == ("Not reloaded, the old configuration stays: state_dir: one.\nb: is missing; add it\n")


def test_reload_does_not_answer_get(metrics, agent):
    assert ask(metrics, agent, "GET", "/-/reload", lifecycle_enabled=True).status_code == 405
    assert agent.reloads == 0


def test_status_is_json(metrics, agent):
    agent.facts = {"repositories": [{"name": "nas", "up": True, "snapshots": None}]}
    answer = ask(metrics, agent, "GET", "/api/v1/status")
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == '{"repositories":[{"name":"nas","up":true,"snapshots":null}]}'


def test_a_name_that_is_not_utf8_does_not_break_the_status(metrics, agent):
    agent.facts = {"host": "caf\udce9 ü"}
    assert ask(metrics, agent, "GET", "/api/v1/status").content == b'{"host":"caf? \xc3\xbc"}'


def test_the_page_allows_its_own_style_and_nothing_else(metrics, agent):
    answer = ask(metrics, agent, "GET", "/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/metrics/", "/nothing", "/-/healthy/", "/api/v1/status/"])
def test_other_paths_are_not_found_and_not_redirected(metrics, agent, path):
    assert ask(metrics, agent, "GET", path).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/status"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(metrics, agent, method, path):
    answer = ask(metrics, agent, method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
