"""The web component in the example portal: a page of another origin with a strict content security policy, in a real browser."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from advisor.io.case_reader import read_case
from advisor.io.scenario_writer import case_file_json
from advisor.loading import Loaded
from advisor.model.scenario import CaseFile
from conftest import ROOT
from support.nginx import nginx
from support.portal import PortalServer, portal
from support.sampling import sampled
from support.servers import Site, serving
from support.visits import add_person, store_of, violations

SITUATION = {  # after which the partners are asked for
    "answers": {
        "you.kind": "local-agency",
        "proposal.ask": ["closer"],
        "wanted.aim": "common-outcomes",
        "wanted.work": "plan-together",
        "wanted.about": ["family-support"],
    }
}
HERE = "document.querySelector('partnership-advisor')"
FOCUSED = f"{HERE}.shadowRoot.activeElement?.textContent"


@pytest.fixture(scope="module")
def desk() -> Iterator[PortalServer]:
    with portal() as running:
        yield running


@pytest.fixture(scope="module")
def asked(desk: PortalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that lets the portal ask it."""
    with serving(tmp_path_factory.mktemp("asked"), settings={"ADVISOR_ALLOWED_ORIGINS": desk.origin}) as site:
        yield site


@pytest.fixture
def page(browser: Browser, desk: PortalServer, asked: Site) -> Iterator[Page]:
    """The portal, opened; nothing may be refused by its policy, and no script may fail."""
    desk.advisor = asked.address
    wrong: list[str] = []
    made = browser.new_page()
    made.on("console", lambda message: noted(message, wrong))
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.goto(desk.origin)
    yield made
    made.close()
    assert wrong == []


def noted(message: ConsoleMessage, wrong: list[str]) -> None:
    if message.type == "error" and "Failed to load resource" not in message.text:
        wrong.append(message.text)


def settle(page: Page) -> None:
    expect(page.locator("section[aria-busy]")).to_have_count(0)


def heading(page: Page) -> str:
    """What the component shows now, which has the focus too."""
    settle(page)
    found = page.locator("partnership-advisor .first").inner_text()
    assert page.evaluate(FOCUSED) == found
    return found


def told(page: Page, event: str) -> list[dict[str, object]]:
    """What the page was told by an event, the newest first."""
    lines = page.locator("#told li").all_inner_texts()
    return [json.loads(line.partition(" ")[2]) for line in lines if line.startswith(f"{event} ")]


def give(page: Page, case: object) -> None:
    """Set the case from a script of the page."""
    expect(page.locator("fieldset")).to_be_visible()
    page.evaluate(f"given => {{ {HERE}.case = given }}", case)


def give_situation(page: Page) -> None:
    """Answer what comes before the partners."""
    give(page, SITUATION)
    expect(page.get_by_role("heading", name="Which partners")).to_be_visible()


def case_of(name: str, loaded: Loaded) -> object:
    vocabulary = loaded.rulebook.vocabulary
    case = read_case(ROOT / "examples" / f"{name}.yaml", vocabulary)
    return json.loads(case_file_json(CaseFile(case, {}), vocabulary))


def test_questions_are_answered_by_keyboard_and_the_answer_says_why(page: Page) -> None:
    keyboard = page.keyboard
    expect(page.locator("fieldset")).to_be_visible()
    assert page.evaluate(FOCUSED) is None  # opening the page takes the focus from nobody
    give_situation(page)
    assert heading(page).startswith("Which partners")
    keyboard.press("Tab")
    keyboard.type("Harbor House")
    keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Harbor House is on the list.")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    questions = []
    for _ in range(5):
        questions.append(heading(page))
        several = page.locator("input[name=answer]").first.get_attribute("type") == "checkbox"
        keyboard.press("Tab")
        keyboard.press("Space" if several else "ArrowDown")
        keyboard.press("Enter")
        expect(page.locator("partnership-advisor .first")).not_to_have_text(questions[-1])
    assert len(set(questions)) == 5
    heading(page)
    page.get_by_role("button", name="Back", exact=True).press("Enter")
    assert heading(page) == questions[-1]
    assert page.locator("input:checked").count() == 1
    page.get_by_role("button", name="See the answer so far").press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    verdict = heading(page)
    page.locator("summary").first.press("Enter")
    expect(page.locator("details").first.locator("li").first).to_be_visible()
    answers, advice = told(page, "advisor-answer"), told(page, "advisor-advice")
    assert len(answers) == 5
    assert len(told(page, "advisor-question")) == 8
    assert advice[0]["verdict"] == verdict == page.locator("#verdict").inner_text()


def test_the_answer_says_how_close_in_what_form_what_to_sign_settle_and_do(page: Page, loaded: Loaded) -> None:
    give(page, case_of("domestic-violence-waiting-list", loaded))
    settle(page)
    page.get_by_role("button", name="See the answer so far").click()
    expect(page.locator(".verdict")).to_be_visible()
    assert heading(page) == "Go ahead, on conditions"
    shown = " ".join(page.get_by_role("region", name="Partnership advisor").inner_text().split())
    for part in (
        "How closely to work together Collaboration",
        "An oversight group",
        "A memorandum of understanding",
        "Settle first",
        "What to do",
    ):
        assert part in shown
    assert "Have each family agree before its record moves" in shown
    assert "Have Harbor House see our families first" in shown  # what is asked, and its answer
    (advice,) = told(page, "advisor-advice")
    assert (advice["proceed"], advice["dimension"]) == ("form-with-conditions", "collaboration")
    assert page.evaluate(f"{HERE}.case")["partners"][0]["name"] == "Harbor House"


def test_an_answer_that_stands_is_shown_before_any_further_question(page: Page, loaded: Loaded) -> None:
    give(page, case_of("hidden-conflict-of-interest", loaded))
    expect(page.get_by_text("The main answer stands.")).to_be_visible()
    (settled,) = told(page, "advisor-settled")
    assert settled["proceed"] == "do-not-form"
    page.get_by_role("button", name="Go on with the questions").click()
    expect(page.locator("fieldset")).to_be_visible()


def test_an_answer_is_changed_and_a_wrong_one_is_told_at_its_field_and_not_kept(page: Page, loaded: Loaded) -> None:
    give(page, {"answers": {"wanted.obstacle": ["waiting"], "wanted.aim": "exchange"}})
    settle(page)
    page.get_by_role("button", name="Your answers").click()
    page.get_by_role("button", name=f"Change your answer to: {loaded.wording.asked('wanted.obstacle')}").click()
    heading(page)
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Save and return").click()
    expect(page.locator("fieldset")).to_have_accessible_description(
        re.compile("There is a problem: The last answers cannot stand together")
    )
    assert page.evaluate(f"{HERE}.case")["answers"]["wanted.obstacle"] == ["waiting"]


def test_it_asks_what_the_server_names_next_and_goes_back_over_the_partners(page: Page, asked: Site, loaded: Loaded) -> None:
    answers = {name: answer for name, answer in SITUATION["answers"].items() if name != "wanted.about"}
    give(page, {"answers": answers})
    settle(page)
    shown, back = page.locator("partnership-advisor .first"), page.get_by_role("button", name="Back", exact=True)
    names: list[str] = []
    skip: list[str] = []
    with asked.client() as client:
        for kind in ("question", "partners", "question", "question"):
            sent = {"case": {"answers": answers}, "skip": skip, "named": "partners" in names, "after": skip[-1] if skip else None}
            told = client.post("/api/v1/next-step", json=sent).json()
            assert told["step"] == kind
            names.append(loaded.wording.asked(told["question"]) if kind == "question" else kind)
            skip += [told["question"]] if kind == "question" else []
            expect(shown).to_have_text(names[-1] if kind == "question" else re.compile("^Which partners"))
            assert back.count() == (len(names) > 1)
            page.get_by_role("button", name="Don't know" if kind == "question" else "Continue", exact=True).click()
            settle(page)
    assert skip[0] == "wanted.about"
    for name in reversed(names):
        back.click()
        expect(shown).to_have_text(re.compile("^Which partners") if name == "partners" else name)
    expect(back).to_have_count(0)


def test_who_names_nobody_or_the_same_partner_twice_is_told_so(page: Page) -> None:
    give_situation(page)
    field = page.get_by_label("Name of a partner")
    page.get_by_role("button", name="Add this partner").click()
    expect(field).to_have_accessible_description(re.compile("Name each organization.*There is a problem: Write a name first"))
    for _ in range(2):
        field.fill("Harbor House")
        field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Take Harbor House off the list").click()
    expect(page.get_by_role("status")).to_have_text("Harbor House is off the list.")


@pytest.mark.parametrize("width", sampled([320, 1280], 2))
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Browser, desk: PortalServer, asked: Site, loaded: Loaded, width: int
) -> None:
    desk.advisor = asked.address
    page = browser.new_page(bypass_csp=True, viewport={"width": width, "height": 900})
    page.goto(desk.origin)
    give_situation(page)
    page.get_by_label("Name of a partner").fill("W" * 150)
    page.get_by_role("button", name="Add this partner").click()
    expect(page.get_by_role("button", name="Take WW")).to_be_visible()
    states = {"partners": violations(page)}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Continue").click()
    heading(page)
    page.get_by_role("button", name="Continue").click()
    states["question"] = violations(page)
    page.evaluate(f"given => {{ {HERE}.case = given }}", case_of("domestic-violence-waiting-list", loaded))
    settle(page)
    page.get_by_role("button", name="See the answer so far").click()
    expect(page.locator(".verdict")).to_be_visible()
    page.evaluate(f"{HERE}.shadowRoot.querySelectorAll('details').forEach(each => {{ each.open = true }})")
    states["advice"] = violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Your answers").click()
    assert heading(page) == "Your answers"
    states["answers"] = violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert {name: found for name, found in states.items() if found} == {}


def test_colors_and_the_level_of_headings_are_the_pages(page: Page) -> None:
    button = page.get_by_role("button", name="Continue")
    expect(button).to_have_css("background-color", "rgb(31, 81, 48)")
    page.evaluate(f"{HERE}.setAttribute('heading-level', '4')")
    expect(page.locator("partnership-advisor h4.first")).to_be_visible()


def test_a_site_that_may_not_ask_is_told_so(browser: Browser, desk: PortalServer, asked: Site) -> None:
    desk.advisor = asked.address
    page = browser.new_page()
    page.goto(desk.stranger)
    expect(page.get_by_role("alert")).to_contain_text(f"takes no questions from this site, {desk.stranger}")
    assert told(page, "advisor-error")[0]["code"] == "refused-origin"
    page.close()


def test_a_server_that_stops_is_told_and_the_answers_stay(browser: Browser, desk: PortalServer, tmp_path: Path) -> None:
    with serving(tmp_path, settings={"ADVISOR_ALLOWED_ORIGINS": desk.origin}) as site:
        desk.advisor = site.address
        page = browser.new_page()
        page.goto(desk.origin)
        page.get_by_role("radio").first.check()
        site.process.terminate()
        site.process.wait(20)
        page.get_by_role("button", name="Continue").click()
        expect(page.locator(".wrong")).to_contain_text("The advisor cannot be reached.")
        expect(page.get_by_role("radio").first).to_be_checked()
        page.get_by_role("button", name="Your answers").click()
        expect(page.get_by_role("alert")).to_contain_text("The advisor cannot be reached.")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        assert told(page, "advisor-error")[0]["code"] == "unreachable"
        page.evaluate(f"{HERE}.setAttribute('server', '{site.address}/nowhere')")  # no words either: the page's own are shown
        expect(page.get_by_text("If no question appears here, the advisor cannot be reached.")).to_be_visible()
        page.goto(desk.origin)  # the script is not to be had either
        expect(page.get_by_text("If no question appears here, the advisor cannot be reached.")).to_be_visible()
        page.close()


def token_on(site: Site, loaded: Loaded) -> str:
    """A token of somebody on this server, which has accounts from then on."""
    store = store_of(site, loaded)
    _, token = store.tokens.create(add_person(store, "ann", "leader"), "portal", at=datetime.now(UTC))
    store.close()
    return token


def asks_with(token: str, browser: Browser, desk: PortalServer) -> None:
    """Open the portal: without a token it is refused; with one the first question is put."""
    page = browser.new_page()
    page.goto(desk.origin)
    expect(page.get_by_role("alert")).to_contain_text("A valid API token is needed.")
    page.evaluate(f"token => {{ {HERE}.token = token }}", token)
    expect(page.get_by_role("radio").first).to_be_visible()
    page.close()


@pytest.mark.long
def test_where_there_are_accounts_it_asks_with_the_token_that_the_page_sets(
    browser: Browser, desk: PortalServer, tmp_path: Path, loaded: Loaded
) -> None:
    with serving(tmp_path, settings={"ADVISOR_ALLOWED_ORIGINS": desk.origin}) as site:
        desk.advisor = site.address
        asks_with(token_on(site, loaded), browser, desk)


@pytest.mark.elsewhere
@pytest.mark.parametrize("strips", [True, False])
def test_it_asks_a_server_under_a_path_behind_nginx(
    browser: Browser, desk: PortalServer, tmp_path: Path, loaded: Loaded, strips: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    public = f"http://localhost:{port}/tools/advisor"
    settings = {"ADVISOR_PORT": port, "ADVISOR_PUBLIC_URL": public, "ADVISOR_ALLOWED_ORIGINS": desk.origin}
    with serving(tmp_path, settings=settings) as site:
        token = token_on(site, loaded)
        with nginx(site.address, "/tools/advisor", tmp_path, strips=strips) as address:
            desk.advisor = address
            asks_with(token, browser, desk)
