"""The page at `/` in a real Chromium, with its security policy in force."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from immich_backup_exporter.domain.errors import FailureReason
from immich_backup_exporter.domain.runs import Outcome
from immich_backup_exporter.domain.state import State
from immich_backup_exporter.presentation.page import overview
from immich_backup_exporter.web.page import CONTENT_SECURITY_POLICY, render_page
from support.facts import NOW, hours_ago
from support.healthy import REPOSITORY, STATE, with_dump, with_job, with_plan, with_repository, without_folder
from support.states import EMPTY
from support.tools import tool

HOSTILE = "<script>alert(1)</script>\"'&\u202e\udce9" + "x" * 300
FLAGS = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def named(name: str) -> State:
    """Every name that people choose or that comes from a repository is the given one."""
    plans = tuple(
        replace(plan, settings=replace(plan.settings, name=name), explanation=name) for plan in REPOSITORY.plans
    )
    access = replace(REPOSITORY.settings.access, name=name)
    repository = replace(
        REPOSITORY,
        settings=replace(REPOSITORY.settings, access=access),
        plans=plans,
        up=False,
        failure=FailureReason.UNKNOWN,
        failure_sentence=name,
        failure_next_step=name,
    )
    job = replace(STATE.jobs[0], settings=replace(STATE.jobs[0].settings, name=name, repository=name, plan=name))
    return replace(STATE, repositories=(repository,), jobs=(job,), upload_folders={name: False})


def twenty_repositories() -> State:
    repositories = tuple(
        replace(
            REPOSITORY, settings=replace(REPOSITORY.settings, access=replace(REPOSITORY.settings.access, name=name))
        )
        for name in (f"repository_{number}" for number in range(20))
    )
    return replace(STATE, repositories=repositories)


STATES = {
    "healthy": with_plan(sizes=(900, 950, 1000)),
    "stale": with_plan(last_success=hours_ago(70)),
    "missed": with_plan(last_success=hours_ago(30)),
    "never": with_plan(last_success=None, snapshots=0, newest=None),
    "bad_dump": with_dump(valid=False, sentence="The gzip data is damaged (checksum)."),
    "failed_job": with_job(last_outcome=Outcome.FAILED, last_exit_code=1, consecutive_failures=2),
    "unmounted": without_folder("library"),
    "wrong_password": with_repository(
        up=False, failure=FailureReason.WRONG_PASSWORD, failure_sentence="It is wrong.", failure_next_step="Set it."
    ),
    "first_minute": EMPTY,
    "nothing": replace(STATE, repositories=(), jobs=(), dump=None, upload_folders=None),
    "twenty": twenty_repositories(),
    "hostile": named(HOSTILE),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=tool("chromium"), args=FLAGS, chromium_sandbox=False)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Tab]:
    width, height, scheme = getattr(request, "param", (1280, 900, "light"))
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def show(tab: Tab, state: State) -> list[str]:
    """Load the page of a state; returns all that the browser complained of or asked for beside it."""
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda one: complaints.append(one.url) if one.url != "http://agent.test/" else None)
    page = render_page(overview(state, NOW))
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CONTENT_SECURITY_POLICY}
    tab.route("**/*", lambda route: route.fulfill(body=page, headers=headers))
    tab.goto("http://agent.test/")
    return complaints


PHONE, DESK, WALL = (360, 740, "light"), (1280, 900, "dark"), (1920, 1080, "light")
SHOWN = [*((PHONE, state) for state in STATES), (DESK, "twenty"), (DESK, "hostile"), (WALL, "stale")]


@pytest.mark.parametrize(("tab", "state"), SHOWN, indirect=["tab"], ids=[f"{size[0]}-{name}" for size, name in SHOWN])
def test_every_page_fits_its_window_and_breaks_no_rule(tab: Tab, state: str) -> None:
    assert show(tab, STATES[state]) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert tab.evaluate("document.querySelectorAll('script').length") == 0
    heading = tab.get_by_role("heading", level=1)
    box = heading.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < tab.viewport_size["height"]


@pytest.mark.parametrize("tab", [WALL], indirect=True)
def test_the_verdict_is_read_from_across_the_room(tab: Tab) -> None:
    show(tab, STATES["stale"])
    size = tab.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)")
    assert size >= 64


CONTRAST = """
() => {
  const linear = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).map(v => linear(v / 255));
                            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const clear = 'rgba(0, 0, 0, 0)';
  const ground = node => { const own = getComputedStyle(node).backgroundColor;
                           return own === clear && node.parentElement ? ground(node.parentElement) : own; };
  const ratio = node => { const pair = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a);
                          return (pair[0] + 0.05) / (pair[1] + 0.05); };
  return Math.min(...[...document.querySelectorAll('h1, p, span, td, th, small, a, li')].map(ratio));
}
"""


@pytest.mark.parametrize("tab", [(1280, 900, "light"), (1280, 900, "dark")], indirect=True, ids=["light", "dark"])
@pytest.mark.parametrize("state", ["stale", "missed", "first_minute"])
def test_every_word_stands_out_from_its_ground(tab: Tab, state: str) -> None:
    show(tab, STATES[state])
    assert tab.evaluate(CONTRAST) >= 4.5


def test_a_screen_reader_hears_the_verdict_the_rows_and_the_sizes(tab: Tab) -> None:
    show(tab, STATES["healthy"])
    assert tab.get_by_role("heading", level=1).inner_text() == "Your photos are safe."
    assert tab.get_by_role("rowheader", name="nas / immich backup").count() == 1
    assert (
        tab.get_by_role("img", name="sizes of the last snapshots: 900 bytes to 1,000 bytes, now 1,000 bytes").count()
        == 1
    )
    assert tab.get_by_role("columnheader").all_inner_texts() == ["What", "State", "Age", "Last 30", "Detail"]
