"""Every page in its states as files: every page and template, every error, links that lead somewhere, and no server."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.routing import Route

from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded, load
from advisor.review.page import write_review
from advisor.review.screens import Screen
from advisor.screens.offline import SteadyIds, offline
from advisor.screens.visitor import visiting
from advisor.screens.write import write_screens
from advisor.service import Service
from advisor.web.templates import STATIC
from conftest import ROOT
from support.visits import violations

VOLUNTEERS = ROOT / "tests/rulebooks/volunteer-program"
NO_PAGE = re.compile(r"/api/|/error/|export|/documents/|/metrics|/sheet\.|/sign-in/|\.ics$")  # files, and what others show
LEADS_ON = {"next", "main-answer", "branch"}  # addresses that only send on to a page


@pytest.fixture(scope="module")
def volunteering(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(VOLUNTEERS / "rules", VOLUNTEERS / "prompts", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def screens(volunteering: Loaded, folder: Path) -> tuple[Screen, ...]:
    """The pages of a rulebook that has no examples: its own questions decide what they are shown with."""
    return write_screens(volunteering, folder)


@pytest.fixture(scope="module")
def html(screens: tuple[Screen, ...], folder: Path) -> dict[str, str]:
    return {screen.file: (folder / screen.file).read_text("utf-8") for screen in screens}


def test_every_page_and_every_error_is_there(screens: tuple[Screen, ...], volunteering: Loaded) -> None:
    with visiting(volunteering, STATIC) as visitor:
        served = [each for each in visitor.client.app.routes if isinstance(each, Route)]  # type: ignore[attr-defined]
    wanted = {each.name for each in served if "GET" in (each.methods or ()) and not NO_PAGE.search(each.path)}
    assert len(wanted) > 40
    assert wanted - LEADS_ON - {screen.page for screen in screens} == set()
    told = {key.removeprefix("what-") for key in volunteering.wording.pages["error-page"] if key.startswith("what-")}
    assert {screen.state for screen in screens if screen.page == "error"} == {f"error {code}" for code in told}
    states = {screen.state.partition(" ")[0] for screen in screens}
    assert states >= {"empty", "filled", "errors", "not-found", "locked", "deleted", "conflict", "signed-in", "signed-out"}
    said = volunteering.wording.documents["screens"]
    assert {f"state-{state}" for state in states} == {key for key in said if key.startswith("state-")}


def test_a_file_is_one_page_that_asks_no_server_for_anything(html: dict[str, str], folder: Path, volunteering: Loaded) -> None:
    unforeseen = volunteering.wording.pages["error-page"]["what-unforeseen"]
    assert len(html) > 200
    for file, text in html.items():
        assert text.count("<h1") == 1, file
        assert "<script" not in text, file
        assert (unforeseen in text) == (file == "pages/error-error-unforeseen.html"), file
        assert not re.search(r"\shx-|Traceback|\bundefined\b", text), file
        for target in re.findall(r'\s(?:href|src|action)="([^"#]*)[^"]*"', text):
            assert target == "" or (folder / "pages" / target).is_file(), (file, target)
    assert sum('href="static/styles.css"' in text for text in html.values()) == len(html)
    linked = sum(len(re.findall(r'href="[\w-]+\.html"', text)) for text in html.values())
    assert linked > 1000


def test_a_state_shows_what_it_is_called(screens: tuple[Screen, ...], html: dict[str, str], volunteering: Loaded) -> None:
    of = {(screen.page, screen.state): html[screen.file] for screen in reversed(screens)}
    pages = volunteering.wording.pages
    assert 'id="error-' in of["save-question", "errors"] or "usa-error-message" in of["save-question", "errors"]
    assert "usa-alert--error" in of["login-now", "locked"] or "usa-error-message" in of["login-now", "locked"]
    assert 'action="#"' in of["start", "signed-in"]
    assert pages["base"]["sign-out"] in of["start", "signed-in"]
    assert pages["base"]["sign-out"] not in of["login", "signed-out"]
    assert pages["error-page"]["what-not-found"] in of["case", "not-found"]
    assert of["save-section", "conflict"].count('type="radio"') >= 2


def test_the_page_of_all_words_leads_to_each(
    screens: tuple[Screen, ...], volunteering: Loaded, folder: Path, browser: Browser
) -> None:
    path = write_review(Service(volunteering, ChainEngine(volunteering.cache)), folder, screens=screens)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.get_by_label("Kind").select_option("screens")
    page.wait_for_function(f"document.querySelector('output').textContent === '{len(screens)} entries shown'")
    page.get_by_role("searchbox").fill("too many tries sign in")
    page.wait_for_function("document.querySelector('output').textContent === '1 entry shown'")
    page.locator(".entry:visible a").click()
    assert page.locator("h1").inner_text() == "Sign in"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily") != "serif"
    assert violations(page) == []
    context.close()


def test_ids_and_secrets_are_numbered_as_they_come_and_words_stay() -> None:
    ids, one, secret = SteadyIds(), "abcdefghijklmnopqrstuvwx27", "Ab3-" + "x" * 39
    assert ids.replaced(f"/cases/{one}/a {secret}") == f"/cases/{'1'.zfill(26)}/a {'2'.zfill(43)}"
    assert ids.replaced(f"{one}.") == f"{'1'.zfill(26)}."
    name = "advisor-a-class-of-just-as-many-letters-abc"
    assert len(name) == len(secret)
    assert ids.replaced(name) == name


def test_links_lead_to_files_and_forms_nowhere() -> None:
    page = '<a href="/a?b=1&amp;c=2#d">x</a><a href="/z">y</a><form action="/a" hx-get="/a"></form><script src="/s.js"></script>'
    made = offline(page, {"/a?b=1&c=2": "a.html"})
    assert made == '<a href="a.html">x</a><a>y</a><form action="#"></form>'


@pytest.mark.long
def test_they_are_the_same_each_time(loaded: Loaded, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        write_screens(loaded, folder)
    files = sorted(path.relative_to(one) for path in one.rglob("*.*"))
    assert files == sorted(path.relative_to(other) for path in other.rglob("*.*"))
    assert [file for file in files if (one / file).read_bytes() != (other / file).read_bytes()] == []
    assert not [file for file in files if str(tmp_path) in (one / file).read_text("utf-8")]
