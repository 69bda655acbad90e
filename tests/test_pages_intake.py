"""The intake in a real browser and over HTTP: by keyboard alone, without scripts, by two people at once."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import Store
from advisor.store.records import LOCAL, SavedCase
from advisor.web.pages.intake.progress import PARTNER_LIST, Form
from conftest import ROOT
from support.sampling import sampled
from support.servers import Site
from support.visits import check_page, context_for, post, store_of, text_of

HOUSE = "Harbor House"
SCRIPT = "\"><img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
PARTNERED = Case(
    "Waiting for treatment",
    {"today.state": ("running",), "today.working": ("well",), "wanted.aim": ("exchange",)},
    (Partner(HOUSE, {"partner.category": ("providers",), "partner.vision": ("yes",)}), Partner("Tribal Court", {})),
)


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with context_for(browser, site) as context:
        yield context.new_page()


def begun(store: Store, case: Case = PARTNERED, scenarios: dict[str, Scenario] | None = None) -> str:
    return store.cases.create(LOCAL, CaseFile(case, scenarios or {}), at=datetime.now(UTC)).entry.id


def now(store: Store, case_id: str) -> SavedCase:
    return store.cases.read(LOCAL, case_id)


def answer(store: Store, case_id: str, **answers: tuple[str, ...]) -> None:
    """Somebody else saves answers about the agency."""
    saved = now(store, case_id)
    given = {**saved.file.case.answers, **{name.replace("__", "."): options for name, options in answers.items()}}
    file = replace(saved.file, case=replace(saved.file.case, answers=given))
    store.cases.save(LOCAL, case_id, saved.entry.revision, file, at=datetime.now(UTC))


def asked_on(response: httpx.Response) -> list[str]:
    return re.findall(r'name="asked" value="([^"]+)"', response.text)


# Keyboard, with scripts and without


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on what the selector finds."""
    wanted = page.locator(selector).first
    wanted.wait_for(state="attached")
    for _ in range(150):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"no way to {selector} by Tab on {page.url}")


def press_on(page: Page, selector: str) -> None:
    """Go to a control by Tab, press Enter, and wait for the page that comes."""
    before = page.url
    tab_to(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_function("before => location.href !== before && document.readyState === 'complete'", arg=before)


@pytest.mark.parametrize("scripts", sampled([True, False], 2), ids=["with scripts", "without scripts"])
def test_the_intake_is_gone_through_by_keyboard_alone(browser: Browser, site: Site, store: Store, scripts: bool) -> None:
    with context_for(browser, site, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto("/")
        tab_to(page, "#name")
        page.keyboard.type("By keyboard")
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases/*")
        case_id = page.url.rpartition("/")[2].partition("?")[0]
        press_on(page, "main a.usa-button")
        tab_to(page, "[id='words:agency']")
        page.keyboard.type("Kent County")
        press_on(page, "button[value=on]")
        for _ in range(7):
            if page.url.partition("?")[0].endswith("/partners"):
                tab_to(page, "#names")
                page.keyboard.type(HOUSE)
                press_on(page, "button[value=on]")
                continue
            tab_to(page, "main fieldset input, main select")
            if page.locator("main input[type=checkbox]").count() or page.locator("main input[type=radio]").count():
                page.keyboard.press("Space")
            else:
                page.keyboard.press("ArrowDown")
            press_on(page, "button[value=on]")
        press_on(page, "#state a[href$='/advice']")
        expect(page.locator("h1")).to_be_visible()
        assert page.url.endswith(f"/cases/{case_id}/advice")
    saved = now(store, case_id)
    assert [p.name for p in saved.file.case.partners] == [HOUSE]
    assert saved.entry.answers == 6
    assert saved.file.case.words == {"agency": "Kent County"}


def test_after_a_step_in_place_the_heading_has_the_focus_and_the_page_its_new_title(page: Page, store: Store) -> None:
    page.goto(f"/cases/{begun(store)}/sections/possible")
    page.locator("label[for='possible.authority']").click()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**from=*")
    expect(page.locator("h1")).to_be_focused()
    assert "in this part" in page.locator("main").inner_text()
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    page.locator("main .usa-radio__label").first.click()
    page.go_back()
    expect(page.locator("[id='possible.authority']")).to_be_checked()


def test_names_are_taken_as_fast_as_they_are_typed_and_what_is_typed_meanwhile_stays(page: Page, store: Store) -> None:
    case_id = begun(store, Case("Fast", {}))
    page.goto(f"/cases/{case_id}/partners")
    page.route("**/partners", slow)
    page.locator("#names").press_sequentially("".join(f"Partner {n}\n" for n in range(1, 13)))
    page.get_by_role("button", name="Add to the list").click()
    page.locator("#names").press_sequentially("Shelter\nSchool")
    expect(page.locator("#live")).to_have_text("The partners are on the list.")
    expect(page.locator("#names")).to_have_value("Shelter\nSchool")
    expect(page.locator("#names")).to_be_focused()
    page.get_by_role("button", name="Add to the list").click()
    expect(page.get_by_role("heading", name="School", exact=True)).to_be_visible()
    names = [partner.name for partner in now(store, case_id).file.case.partners]
    assert names == [*(f"Partner {n}" for n in range(1, 13)), "Shelter", "School"]


def test_what_could_not_be_sent_is_told_is_kept_and_is_sent_again(page: Page, store: Store) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/questions/possible.authority")
    page.locator("[name='possible.authority'][value=head] + label").click()
    page.context.set_offline(True)
    page.get_by_role("button", name="Save and go on").click()
    failure = page.get_by_role("alert").filter(has_text="The advisor cannot be reached")
    expect(failure).to_be_focused()
    expect(failure).to_contain_text("What you entered is still on this page.")
    expect(page.locator("[name='possible.authority'][value=head]")).to_be_checked()
    page.context.set_offline(False)
    page.route("**/questions/**", full)
    failure.get_by_role("button", name="Try again").click()
    failure = page.get_by_role("alert").filter(has_text="The saved cases cannot be reached")
    expect(failure).to_contain_text("Nothing was changed.")
    check_page(page)
    page.unroute("**/questions/**")
    page.reload()
    expect(page.locator("main").get_by_text("What you entered here before is back.")).to_be_visible()
    expect(page.locator("[name='possible.authority'][value=head]")).to_be_checked()
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/questions/possible.authority"))
    assert now(store, case_id).file.case.answers["possible.authority"] == ("head",)
    page.goto(f"/cases/{case_id}/questions/possible.authority")
    assert page.locator("main").get_by_text("What you entered here before is back.").count() == 0


def test_what_was_typed_and_not_saved_is_back_on_the_page_that_was_left(page: Page, store: Store) -> None:
    case_id = begun(store)
    back = page.locator("main").get_by_text("What you entered here before is back.")
    page.goto(f"/cases/{case_id}/words")
    page.locator("[name='words:purpose']").fill("Nobody waits for treatment")
    page.get_by_role("navigation").get_by_role("link", name=PARTNERED.name).click()  # away, by a link
    page.wait_for_url(f"**/cases/{case_id}")
    page.goto(f"/cases/{case_id}/words")
    expect(back).to_be_visible()
    expect(page.locator("[name='words:purpose']")).to_have_value("Nobody waits for treatment")
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/words"))
    assert now(store, case_id).file.case.words["purpose"] == "Nobody waits for treatment"

    page.goto(f"/cases/{case_id}/questions/possible.authority")
    page.locator("[name='possible.authority'][value=head] + label").click()
    page.get_by_role("button", name="Skip for now").click()
    expect(page).not_to_have_url(re.compile("/questions/possible.authority"))
    expect(back).to_have_count(0)
    assert "possible.authority" not in now(store, case_id).file.case.answers
    page.goto(f"/cases/{case_id}/questions/possible.authority")
    expect(back).to_be_visible()
    expect(page.locator("[name='possible.authority'][value=head]")).to_be_checked()


def test_what_is_asked_is_named_in_ones_own_words_and_called_that_afterward(page: Page, store: Store) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/questions/proposal.ask")
    page.locator("[name='proposal.ask'][value=paper] + label").click()
    name = page.locator("[name='note:proposal.ask=paper']")
    expect(name).to_be_visible()
    name.fill("sign the county's compact")
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/questions/proposal.ask"))
    page.goto(f"/cases/{case_id}/questions/proposal.main")
    named = "Sign a document (“sign the county's compact”)"
    expect(page.get_by_text(named).first).to_be_visible()
    check_page(page)


def test_what_may_be_said_of_each_thing_on_the_table_is_asked_of_each_by_itself(page: Page, store: Store) -> None:
    asked = ("paper", "take")
    notes = {("proposal.ask", "take"): "the foundation's $40,000"}
    case_id = begun(store, replace(PARTNERED, answers={**PARTNERED.answers, "proposal.ask": asked}, notes=notes))
    page.goto(f"/cases/{case_id}/questions/proposal.main")
    page.locator("[name='proposal.main'][value=paper] + label").click()
    money = page.get_by_role("group", name="Take money, a gift or staff from somebody (“the foundation's $40,000”)")
    money.get_by_text("It would hurt some families, or take from them what they count on", exact=True).click()
    money.locator("summary:visible").click()
    money.locator("textarea:visible").fill("They would have to give their names.")
    rest = page.get_by_role("group", name="Which of these hold of nothing else?")
    rest.get_by_text("You will not do it, whatever comes with it").click()
    check_page(page)
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/questions/proposal.main"))
    saved = now(store, case_id).file.case
    assert {name: saved.answers.get(name) for name in ("proposal.main", "proposal.harm", "proposal.refuse", "proposal.idle")} == {
        "proposal.main": ("paper",),
        "proposal.harm": ("take",),
        "proposal.refuse": ("none",),
        "proposal.idle": None,
    }
    assert saved.notes["proposal.harm", "take"] == "They would have to give their names."
    page.goto(f"/cases/{case_id}/questions/proposal.main")
    expect(rest.get_by_role("checkbox", name="You will not do it, whatever comes with it")).to_be_checked()
    page.get_by_role("button", name="Tick them all").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/questions/proposal.main"))
    assert now(store, case_id).file.case.answers["proposal.harm"] == ("take", "that-is-all")
    assert now(store, case_id).file.case.answers["proposal.idle"] == ("none",)


@pytest.mark.long
def test_on_a_slow_network_a_save_is_seen_under_way_and_arrives(page: Page, store: Store) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/questions/possible.authority")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1200, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    network.send("Network.emulateNetworkConditions", slow)
    saving = page.locator(".advisor-saving")
    expect(saving).to_be_hidden()
    page.locator("[name='possible.authority'][value=head] + label").click()
    page.get_by_role("button", name="Save and go on").click(no_wait_after=True)
    expect(saving).to_be_visible()
    expect(page).not_to_have_url(re.compile("/questions/possible.authority"))
    expect(saving).to_be_hidden()
    assert now(store, case_id).file.case.answers["possible.authority"] == ("head",)


def slow(route: Route) -> None:
    """A server that takes its time."""
    time.sleep(0.5)
    route.continue_()


def full(route: Route) -> None:
    """What a server answers whose disk is full."""
    said = "<main><h1>The saved cases cannot be reached</h1><p>Nothing was changed.</p></main>"
    if route.request.method == "POST":
        route.fulfill(status=503, content_type="text/html", body=said)
    else:
        route.continue_()


def test_the_state_of_the_advice_comes_when_it_is_known(page: Page, store: Store) -> None:
    page.goto(f"/cases/{begun(store)}")
    expect(page.locator("#state")).to_contain_text("until the main answer stands")
    expect(page.locator("#state")).to_contain_text("Best next question")
    expect(page.locator("#live")).to_be_empty()


def test_that_the_main_answer_stands_is_said_once(page: Page, store: Store) -> None:
    case = Case(
        "Stands",
        {"today.state": ("nothing",), "today.required": ("no",), "proposal.ask": ("none",), "possible.law": ("forbids",)},
    )
    page.goto(f"/cases/{begun(store, case)}/sections/possible?at=possible.law-change")
    page.locator("label[for='possible.law-change-5']").click()  # and cannot be changed
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#state")).to_contain_text("The main answer stands")
    expect(page.locator("#live")).to_have_text("The main answer stands. No open question can change it.")
    page.evaluate("document.getElementById('live').textContent = ''")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/people*")
    expect(page.locator("#state")).to_contain_text("The main answer stands")
    expect(page.locator("#live")).to_be_empty()


# What the pages say and take


def test_the_list_says_what_is_done_and_where_you_were(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/possible"
    shown = client.get(path)
    fields: dict[str, str | list[str]] = {
        "revision": "1",
        "asked": asked_on(shown),
        "possible.authority": "managers",
        "go": "list",
    }
    sent = post(client, path, {**fields})
    assert sent.status_code == 303
    said = text_of(client.get(sent.headers["location"]))
    assert re.search(r"What is possible now 3 that matter most 1 of \d+ answered", said)
    assert re.search(rf"{HOUSE} \d that matter most 2 of \d+ answered", said)
    assert f"Where you were: {loaded.wording.asked('possible.authority')}" in said


def test_a_section_is_asked_to_its_end_and_goes_on_with_the_next(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    case_id = begun(store, Case("All of it", {}))
    form = Form(Case("", {}), loaded.relevance)
    path, seen = f"/cases/{case_id}/sections/start", list[str]()
    while "/sections/" in path:
        shown = client.get(path)
        asked = asked_on(shown)
        assert 0 < len(asked) <= 5
        seen += asked
        revision = str(now(store, case_id).entry.revision)
        path = post(client, path.partition("?")[0], {"revision": revision, "asked": asked, "go": "on"}).headers["location"]
    sections = form.sections()
    assert path == f"/cases/{case_id}/partners"
    assert seen == [q.id for section in sections[: sections.index(PARTNER_LIST)] for q in form.questions(section)]


def test_an_answer_brings_its_questions_on_the_page_after(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("New", {}))
    path = f"/cases/{case_id}/sections/today"
    asked = asked_on(client.get(path))
    sent = post(client, path, {"revision": "1", "asked": asked, "go": "on", "today.state": "running"})
    assert asked_on(client.get(sent.headers["location"]))[0] == "today.practice"


def test_answers_to_questions_that_are_not_asked_any_more_are_set_aside_and_told(
    client: httpx.Client, store: Store, loaded: Loaded
) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/today"
    sent = post(client, path, {"revision": "1", "asked": asked_on(client.get(path)), "today.state": "nothing"})
    assert "1 of your answers is set aside" in text_of(client.get(sent.headers["location"]))
    listed = text_of(client.get(f"/cases/{case_id}"))
    assert "Answers set aside" in listed
    assert f"{loaded.wording.asked('today.working')} {loaded.wording.option('today.working', 'well')}" in listed
    assert now(store, case_id).file.case.answers["today.working"] == ("well",)


def test_what_is_wrong_is_said_at_the_question_and_nothing_typed_is_lost(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Wrong", {}))
    path = f"/cases/{case_id}/sections/wanted"
    at = f"{path}?at=wanted.obstacle"
    fields: dict[str, str | list[str]] = {
        "wanted.obstacle": ["waiting", "none"],
        "note:wanted.obstacle=waiting": "Eleven weeks",
        "wanted.records": "all",
        "wanted.money": "gift",
    }
    assert {"wanted.obstacle", "wanted.records", "wanted.money"} <= {*asked_on(client.get(at))}
    sent = post(client, path, {"revision": "1", "asked": asked_on(client.get(at)), "go": "on", **fields})
    assert sent.status_code == 422
    page = unescape(sent.text)
    assert "There are 2 problems" in page
    assert 'href="#wanted.obstacle"' in page
    assert "cannot stand together" in page
    assert "“all” is not among the answers" in page
    assert ">Eleven weeks</textarea>" in page
    for value in ("waiting", "none", "gift"):
        assert re.search(rf'value="{value}" checked', page)
    assert now(store, case_id).entry.revision == 1


def test_a_question_says_why_it_is_asked_and_what_it_rests_on(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    said = text_of(client.get(f"/cases/{begun(store)}/sections/start"))
    wording, rulebook = loaded.wording.questions["wanted.aim"], loaded.rulebook
    assert " ".join(wording.why.split()) in said
    assert " ".join(wording.help.split()) in said
    source = rulebook.sources[rulebook.vocabulary.questions["wanted.aim"].sources[0]]
    assert source.says in said
    assert rulebook.documents[source.document] in said


def test_dont_know_takes_an_answer_back(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/start"
    post(client, path, {"revision": "1", "asked": ["wanted.aim"], "wanted.aim": "unknown"})
    assert "wanted.aim" not in now(store, case_id).file.case.answers


def test_the_way_back_saves_too(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    case_id = begun(store, Case("Back", {}))
    path = f"/cases/{case_id}/sections/possible"
    second = post(client, path, {"revision": "1", "asked": asked_on(client.get(path)), "go": "on"}).headers["location"]
    asked = asked_on(client.get(second))
    options = loaded.rulebook.vocabulary.questions[asked[1]].options
    back = post(client, path, {"revision": "1", "asked": asked, "go": "back", asked[0]: "unknown", asked[1]: options[0]})
    assert back.headers["location"].partition("?")[2] == "from=possible.authority"
    assert now(store, case_id).file.case.answers == {asked[1]: (options[0],)}
    first = post(client, path, {"revision": "2", "asked": asked_on(client.get(path)), "go": "back"}).headers["location"]
    assert first == f"/cases/{case_id}/partners"


def test_one_question_at_a_time_what_is_skipped_or_not_known_does_not_come_again(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Quick", {}))
    path, seen = f"/cases/{case_id}/next", list[str]()
    while len(seen) < 6:
        shown = client.get(path)
        if shown.status_code == 303:
            path = shown.headers["location"]
            continue
        address = urlsplit(path)
        been = parse_qs(address.query)["been"][0]
        if "/questions/" in path:
            asked = asked_on(shown)
            assert not {*asked} & {*seen}
            seen += asked
            how = {"go": "skip"} if len(seen) % 2 else {"go": "on", asked[0]: "unknown"}
            path = post(client, address.path, {"revision": "1", "been": been, "asked": asked, **how}).headers["location"]
        else:  # free words, and who the partners are, are asked on pages of their own
            path = post(client, address.path, {"revision": "1", "been": been, "go": "on"}).headers["location"]
    assert now(store, case_id).entry.revision == 1
    back = post(client, f"/cases/{case_id}/questions/people.burden", {"revision": "1", "been": "~".join(seen), "go": "back"})
    assert f"/questions/{seen[-1]}?" in back.headers["location"]
    assert "You left this open." in text_of(client.get(back.headers["location"]))
    assert "You left this open." not in text_of(client.get(f"/cases/{case_id}/questions/people.burden"))


def test_one_question_at_a_time_no_choice_is_an_error_that_says_what_to_do(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/questions/possible.authority"
    sent = post(client, path, {"revision": "1", "asked": "possible.authority", "go": "on"})
    assert sent.status_code == 422
    assert "Choose an answer or “Don't know”, or skip this question." in text_of(sent)


def test_a_question_about_partners_is_one_page_and_one_save(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/questions/partner.conflict"
    assert asked_on(client.get(path)) == ["1.partner.conflict", "2.partner.conflict"]
    fields: dict[str, str | list[str]] = {
        "revision": "1",
        "asked": ["1.partner.conflict", "2.partner.conflict"],
        "go": "on",
        "been": "wanted.aim",
    }
    answers = {"1.partner.conflict": "none", "2.partner.conflict": "managed", "2.note:partner.conflict": "They told us."}
    sent = post(client, path, {**fields, **answers})
    assert sent.headers["location"] == f"/cases/{case_id}/next?been=wanted.aim~partner.conflict"
    saved = now(store, case_id)
    assert [each.answers["partner.conflict"] for each in saved.file.case.partners] == [("none",), ("managed",)]
    assert saved.file.case.partners[1].notes == {("partner.conflict", ""): "They told us."}
    assert saved.entry.revision == 2


def test_what_is_asked_beside_a_question_stands_on_its_page(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    asked = [f"{number}.{name}" for name in ("partner.reach", "partner.status") for number in (1, 2)]
    shown = client.get(f"/cases/{case_id}/questions/partner.reach")
    assert asked_on(shown) == asked
    assert text_of(shown).index("How far would it go") < text_of(shown).index("Is it on board?")
    fields: dict[str, str | list[str]] = {"revision": "1", "asked": asked, "go": "on", "been": "-"}
    answers = {"1.partner.reach": "merge", "1.partner.status": "on-board", "2.partner.status": "asked"}
    sent = post(client, f"/cases/{case_id}/questions/partner.reach", {**fields, **answers})
    assert sent.headers["location"] == f"/cases/{case_id}/next?been=partner.reach"
    saved = [each.answers for each in now(store, case_id).file.case.partners]
    assert [each.get("partner.reach") for each in saved] == [("merge",), None]
    assert [each["partner.status"] for each in saved] == [("on-board",), ("asked",)]


def test_where_one_partner_of_a_page_clashes_nothing_is_saved_until_a_side_is_chosen(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/questions/partner.reach"
    section = f"/cases/{case_id}/partners/2/sections/partners"
    post(client, section, {"revision": "1", "asked": "partner.reach", "partner.reach": "against"})
    fields: dict[str, str | list[str]] = {
        "revision": "1",
        "asked": ["1.partner.reach", "2.partner.reach"],
        "go": "on",
        "been": "-",
    }
    parted = post(client, path, {**fields, "1.partner.reach": "merge", "2.partner.reach": "exchange"})
    assert parted.status_code == 409
    assert "Tribal Court" in text_of(parted)
    assert now(store, case_id).entry.revision == 2
    again: dict[str, str | list[str]] = {"choice-2.partner.reach": "mine"}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', parted.text):
        again[name] = [*again.get(name, ()), value]
    kept = post(client, path, again)
    assert kept.status_code == 303
    answers = [each.answers["partner.reach"] for each in now(store, case_id).file.case.partners]
    assert answers == [("merge",), ("exchange",)]


def test_a_change_comes_back_to_where_it_was_made_from(page: Page, store: Store, loaded: Loaded) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/answers")
    ask = loaded.wording.asked("partner.reach")
    page.get_by_role("link", name=f"Change {ask} (Tribal Court)").click()
    expect(page.get_by_role("heading", name=ask)).to_be_visible()
    page.locator("[name='2.partner.reach'][value=merge] + label").click()
    page.get_by_role("button", name="Save and return").click()
    expect(page).to_have_url(re.compile(f"/cases/{case_id}/answers"))
    expect(page.locator("main").get_by_text("Your answer is saved.")).to_be_visible()
    check_page(page)
    assert now(store, case_id).file.case.partners[1].answers["partner.reach"] == ("merge",)


def go_to_the_moment(page: Page, path: str) -> None:
    """Go on from a step to where the main answer is told: a busy machine takes longer to know it than a page waits."""
    while "/main-answer" not in page.request.get(path).url:
        pass
    page.goto(path)


def test_the_moment_it_stands_is_a_page_of_its_own_told_once(page: Page, store: Store) -> None:
    stopped = {
        "today.state": ("nothing",),
        "today.required": ("no",),
        "possible.law-change": ("no",),
        "proposal.ask": ("none",),
    }
    case_id = begun(store, Case("Forbidden", stopped))
    page.goto(f"/cases/{case_id}/questions/possible.law?been=partners")
    page.locator("[name='possible.law'][value=forbids] + label").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page).not_to_have_url(re.compile("/questions/possible.law"))
    go_to_the_moment(page, f"/cases/{case_id}/next?been=partners~possible.law")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main")).to_contain_text("Do not go ahead.")
    expect(page.locator("#state")).to_contain_text("The main answer stands. No open question can change it.")
    check_page(page)
    page.get_by_role("link", name="Go on with the questions").click()
    expect(page).to_have_url(re.compile(f"/cases/{case_id}/questions/"))
    page.go_back()
    expect(page.locator("h1")).to_have_text("The main answer stands")


def test_where_only_what_was_left_open_could_turn_the_answer_it_is_told_as_far_as_it_is_known(
    page: Page, store: Store, loaded: Loaded
) -> None:
    vocabulary = loaded.rulebook.vocabulary
    told = dict(read_case_file(ROOT / "examples/domestic-violence-networking.yaml", vocabulary).case.answers)
    del told["possible.authority"]  # so much is told that the solver is quick to say what hangs on the rest
    case_id = begun(store, Case("Far", told))
    left = dict.fromkeys(vocabulary.together[question][0] for question in vocabulary.questions if question not in told)
    go_to_the_moment(page, f"/cases/{case_id}/next?been={'~'.join(('partners', *left))}")
    expect(page.locator("h1")).to_have_text("The answer as far as you know now")
    expect(page.locator("#state")).to_contain_text("It hangs on questions that you left open.")
    check_page(page)
    page.locator(".advisor-hangs-on a").first.click()
    expect(page).to_have_url(re.compile(f"/cases/{case_id}/questions/"))
    page.go_back()
    page.get_by_role("link", name="Read the whole advice").click()
    expect(page).to_have_url(re.compile(f"/cases/{case_id}/advice"))


def test_back_goes_to_the_question_before_forward_on_again_and_reload_stays(page: Page, store: Store, loaded: Loaded) -> None:
    case_id = begun(store, Case("Ways", {"wanted.work": ("exchange",)}))
    asked = loaded.wording.asked
    page.goto(f"/cases/{case_id}/questions/wanted.records?been=partners")
    page.locator("[name='wanted.records'][value=none] + label").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("h1")).not_to_have_text(asked("wanted.records"))
    after = page.locator("h1").inner_text()
    address = page.url
    page.reload()
    expect(page.locator("h1")).to_have_text(after)
    page.go_back()
    expect(page.locator("h1")).to_have_text(asked("wanted.records"))
    expect(page.locator("[name='wanted.records'][value=none]")).to_be_checked()
    page.go_forward()
    expect(page.locator("h1")).to_have_text(after)
    assert page.url == address


def test_one_question_at_a_time_ends_where_nothing_is_left_to_ask(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    left = ("wanted.measures", "around.changed")
    answers = {q.id: (q.options[0],) for q in loaded.rulebook.vocabulary.asked_of("agency") if q.id not in left}
    case_id = begun(store, Case("Enough", answers))
    path = f"/cases/{case_id}/next?been={'~'.join(('partners', 'main-answer', *left))}"
    said = text_of(client.get(path))
    while "Looking for the next question" in said:  # a busy machine takes longer than a page waits
        said = text_of(client.get(path))
    assert "Nothing more to ask for now" in said
    for question in left:
        assert loaded.wording.asked(question) in said


def test_the_state_is_a_page_without_scripts_and_a_part_of_one_for_htmx(client: httpx.Client, store: Store) -> None:
    path = f"/cases/{begun(store)}/state"
    whole = client.get(path)
    while "being worked out" in whole.text:  # it comes when it is known; each look waits some seconds
        whole = client.get(path)
    part = client.get(path, headers={"HX-Request": "true"})
    assert "<!doctype html>" in whole.text
    assert "<html" not in part.text
    assert part.text.count('id="state"') == whole.text.count('id="state"') == 1
    assert "Still open" in text_of(whole)


@pytest.mark.parametrize(
    "path",
    ["sections/nothing", "sections/partners", "partners/1/sections/start", "partners/9/sections/partners",
     "partners/0/sections/partners", "partners/9/name", "partners/0/remove"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client: httpx.Client, store: Store, path: str) -> None:
    case_id = begun(store)
    assert client.get(f"/cases/{case_id}/{path}").status_code == 404
    sent = post(client, f"/cases/{case_id}/{path}", {"revision": "1", "asked": "wanted.aim", "name": "X"})
    assert sent.status_code == 404
    assert now(store, case_id).entry.revision == 1


@pytest.mark.parametrize("revision", ["", "0", "7", "-1", "one", "9" * 40])
def test_a_form_from_no_revision_is_refused(client: httpx.Client, store: Store, revision: str) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/start"
    fields = {"revision": revision, "asked": "wanted.aim", "wanted.aim": "one-entity"}
    assert post(client, path, {**fields}).status_code == 404
    assert now(store, case_id).entry.revision == 1


# Partners


def test_a_partner_is_added_renamed_and_removed_with_what_is_said_about_it(
    client: httpx.Client, store: Store, loaded: Loaded
) -> None:
    scenario = Scenario("Without", {}, {"Tribal Court": {"partner.seat": ("decides",)}}, drop=(HOUSE,))
    case_id = begun(store, scenarios={"Without": scenario})
    path = f"/cases/{case_id}/partners"
    assert post(client, path, {"names": "  Lakeside \t Shelter ", "go": "add"}).status_code == 303
    assert [p.name for p in now(store, case_id).file.case.partners] == [HOUSE, "Tribal Court", "Lakeside Shelter"]
    renaming = f"{path}/1/name"
    assert post(client, renaming, {"revision": "2", "name": "Harbor Home"}).status_code == 303
    saved = now(store, case_id).file
    assert saved.case.partners[0] == Partner("Harbor Home", PARTNERED.partners[0].answers)
    assert saved.scenarios["Without"].drop == ("Harbor Home",)
    removing = f"{path}/1/remove"
    asked = text_of(client.get(removing))
    assert "2 answers about it go with it" in asked
    assert f"{loaded.wording.asked('partner.vision')} {loaded.wording.option('partner.vision', 'yes')}" in asked
    assert "Without" in asked
    assert post(client, removing, {"revision": "3"}).status_code == 303
    assert [p.name for p in now(store, case_id).file.case.partners] == ["Tribal Court", "Lakeside Shelter"]
    assert now(store, case_id).file.scenarios["Without"].drop == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Type a name"),
        (HOUSE.upper(), "is on the list already"),
        ("x" * 201, "201 characters"),
        (" \x00\n", "Type a name"),
    ],
)
def test_a_name_that_will_not_do_is_said_and_kept(client: httpx.Client, store: Store, name: str, said: str) -> None:
    case_id = begun(store)
    for path in (f"/cases/{case_id}/partners", f"/cases/{case_id}/partners/2/name"):
        sent = post(client, path, {"name": name, "names": name, "revision": "1", "go": "add"})
        assert sent.status_code == 422
        assert said in text_of(sent)
        assert (name.strip() if name.isprintable() else "") in sent.text
    assert now(store, case_id).entry.revision == 1


def test_a_list_is_pasted_with_its_marks_and_saved_whole_or_not_at_all(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Pasted", {}))
    path = f"/cases/{case_id}/partners"
    twice = post(client, path, {"names": "- Shelter\n- School\n- SHELTER", "go": "add"})
    assert twice.status_code == 422
    assert "“SHELTER” is on the list already" in text_of(twice)
    assert now(store, case_id).entry.revision == 1
    assert post(client, path, {"names": "1. Shelter\r\n2) School\n\n  • 3rd Street Clinic\n", "go": "on"}).status_code == 303
    assert [each.name for each in now(store, case_id).file.case.partners] == ["Shelter", "School", "3rd Street Clinic"]


def test_a_script_in_a_name_shows_as_text_on_every_page(page: Page, store: Store) -> None:
    case_id = begun(store, Case(SCRIPT, {"today.working": ("well",)}, (Partner(SCRIPT, {"partner.mou": ("none",)}),)))
    asked = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    paths = (
        "",
        "/partners",
        "/partners/1/name",
        "/partners/1/remove",
        "/partners/1/sections/partners",
        "/questions/partner.reach",
        "/answers",
        "/state",
    )
    for path in paths:
        page.goto(f"/cases/{case_id}{path}")
        assert SCRIPT in page.locator("body").inner_text()
        assert page.locator("img").count() == 0
        assert page.title() != "hit"
    assert not asked


# Two at once


def test_what_another_changed_is_taken_over_and_told(page: Page, store: Store) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/sections/possible")
    answer(store, case_id, possible__authority=("top",), wanted__aim=("common-goal",))
    page.locator("label[for='possible.law']").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="This case was changed meanwhile")).to_be_visible()
    expect(page.locator(".usa-alert")).to_contain_text("What is the furthest-reaching thing")
    answers = now(store, case_id).file.case.answers
    assert answers["possible.authority"] == ("top",)
    assert answers["wanted.aim"] == ("common-goal",)
    assert answers["possible.law"] == ("requires",)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_both_answers_are_shown_where_two_changed_one_and_a_choice_is_waited_for(
    browser: Browser, site: Site, store: Store, loaded: Loaded, scripts: bool
) -> None:
    case_id = begun(store)
    with context_for(browser, site, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(f"/cases/{case_id}/sections/possible")
        page.locator("label[for='possible.authority']").click()
        page.locator("label[for='possible.law']").click()
        answer(store, case_id, possible__authority=("top",))
        page.get_by_role("button", name="Save and go on").click()
        both = page.get_by_role("group", name=loaded.wording.asked("possible.authority"))
        expect(both).to_contain_text(f"Yours: {loaded.wording.option('possible.authority', 'against')}")
        expect(both).to_contain_text(loaded.wording.option("possible.authority", "top"))
        assert both.locator("input:checked").count() == 0
        page.get_by_role("button", name="Save as chosen").click()
        expect(page.locator("#error-summary")).to_contain_text("Choose which to keep.")
        assert now(store, case_id).entry.revision == 2
        page.locator("label[for='choice-possible.authority']").click()
        page.get_by_role("button", name="Save as chosen").click()
        page.wait_for_url("**merged=1-3")
    answers = now(store, case_id).file.case.answers
    assert answers["possible.authority"] == ("against",)
    assert answers["possible.law"] == ("requires",)


def test_one_question_at_a_time_a_clash_is_shown_too_and_the_way_goes_on(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/questions/possible.authority"
    fields = {"revision": "1", "asked": "possible.authority", "possible.authority": "managers"}
    answer(store, case_id, possible__authority=("top",))
    parted = post(client, path, {"been": "wanted.priority", "go": "on", **fields})
    assert parted.status_code == 409
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', parted.text))
    again |= {"choice-possible.authority": "theirs"}
    kept = client.post(path, data=again)
    assert kept.status_code == 303
    assert "been=wanted.priority~possible.authority" in kept.headers["location"]
    assert now(store, case_id).file.case.answers["possible.authority"] == ("top",)


def test_a_partner_changed_before_it_is_removed_is_shown_again(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/partners/1/remove"
    section = f"/cases/{case_id}/partners/1/sections/partners"
    post(client, section, {"revision": "1", "asked": "partner.reach", "partner.reach": "merge"})
    again = post(client, path, {"revision": "1"})
    assert again.status_code == 409
    assert "This partner was changed meanwhile" in text_of(again)
    assert loaded.wording.option("partner.reach", "merge") in text_of(again)
    assert post(client, path, {"revision": "2"}).status_code == 303
    assert post(client, path, {"revision": "2"}).status_code == 303
    assert [p.name for p in now(store, case_id).file.case.partners] == ["Tribal Court"]


def test_two_names_for_one_partner_are_shown_and_chosen_from(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/partners/1/name"
    post(client, path, {"revision": "1", "name": "Theirs"})
    parted = post(client, path, {"revision": "1", "name": "Ours"})
    assert parted.status_code == 409
    assert "Yours: Ours" in text_of(parted)
    fields = {"revision": "1", "name": "Ours", "deciding": "yes", "seen-name": "2"}
    assert post(client, path, {**fields}).status_code == 422
    assert post(client, path, {**fields, "choice-name": "theirs"}).status_code == 303
    assert now(store, case_id).file.case.partners[0].name == "Theirs"
    assert post(client, path, {**fields, "choice-name": "mine"}).status_code == 303
    assert now(store, case_id).file.case.partners[0].name == "Ours"


def test_a_partner_taken_off_before_it_is_renamed_is_told_with_the_name_kept(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/partners/2"
    post(client, f"{path}/remove", {"revision": "1"})
    told = post(client, f"{path}/name", {"revision": "1", "name": "Family Court"})
    assert told.status_code == 409
    assert "Tribal Court is not on the list any more" in text_of(told)
    assert ">Family Court</textarea>" in told.text


# Accessible in every state


@pytest.mark.parametrize(
    "path", ["", "/words", "/sections/proposal?at=worry.about", "/partners/1/sections/partner-detail", "/partners/1/remove"]
)
def test_lists_of_answers_and_options_are_accessible(page: Page, store: Store, path: str) -> None:
    case = replace(PARTNERED, answers={"today.state": ("nothing",), "today.working": ("well",)})
    page.goto(f"/cases/{begun(store, case, {'Without': Scenario('Without', drop=(HOUSE,))})}{path}")
    check_page(page)


def test_the_pages_of_errors_and_clashes_are_accessible(page: Page, store: Store) -> None:
    case_id = begun(store)
    at = f"/cases/{case_id}"
    page.goto(f"{at}/sections/wanted?at=wanted.obstacle")
    page.locator("label[for='wanted.obstacle']").click()
    page.locator("[name='wanted.obstacle'][value=none] + label").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#error-summary")).to_be_focused()
    check_page(page)
    page.goto(f"{at}/questions/possible.authority")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#error-summary")).to_be_focused()
    check_page(page)
    page.locator("label[for='possible.authority']").click()
    answer(store, case_id, possible__authority=("top",))
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("h1")).to_have_text("Two answers to the same question: please choose")
    check_page(page)
    page.locator("label[for='choice-possible.authority']").click()
    page.get_by_role("button", name="Save as chosen").click()
    expect(page.get_by_role("heading", name="This case was changed meanwhile")).to_be_visible()
    check_page(page)
    page.goto(f"{at}/partners")
    page.locator("#names").fill(HOUSE)
    page.get_by_role("button", name="Add to the list").click()
    expect(page.locator("#error-summary")).to_be_focused()
    check_page(page)
    page.goto(f"{at}/partners/2/sections/partners")
    page.locator("label[for='partner.category']").click()
    saved = now(store, case_id)
    fewer = replace(saved.file, case=replace(saved.file.case, partners=saved.file.case.partners[:1]))
    store.cases.save(LOCAL, case_id, saved.entry.revision, fewer, at=datetime.now(UTC))
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("h1")).to_have_text("Tribal Court is off the list: please choose")
    check_page(page)


# Free words, notes, lists, and what does not fit together


def test_free_words_are_said_kept_and_taken_back(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("New", {}))
    assert client.get(f"/cases/{case_id}/next").headers["location"] == f"/cases/{case_id}/words?been=-"
    path = f"/cases/{case_id}/words"
    fields = {"revision": "1", "go": "on", "words:agency": " Kent \n County ", "words:result": SCRIPT}
    assert post(client, path, {**fields}).headers["location"] == f"/cases/{case_id}/sections/start"
    assert now(store, case_id).file.case.words == {"agency": "Kent County", "result": SCRIPT}
    shown = client.get(path).text
    assert ">Kent County</textarea>" in shown
    assert SCRIPT not in shown
    assert SCRIPT in unescape(shown)
    too_long = post(client, path, {"revision": "2", "words:agency": "x" * 601, "words:offer": "Rooms"})
    assert too_long.status_code == 422
    assert "has 601 characters; 600 are the most" in text_of(too_long)
    assert ">Rooms</textarea>" in too_long.text
    post(client, path, {"revision": "2", "words:agency": ""})
    assert now(store, case_id).file.case.words == {"result": SCRIPT}
    assert "In your own words</a> <span" in re.sub(r"\s+", " ", client.get(f"/cases/{case_id}").text)


def test_a_note_stands_beside_its_answer_and_goes_with_an_option_that_is_not_ticked_any_more(
    client: httpx.Client, store: Store
) -> None:
    case_id = begun(store, Case("Notes", {}))
    path = f"/cases/{case_id}/sections/start"
    fields: dict[str, str | list[str]] = {
        "asked": ["proposal.ask", "wanted.aim"],
        "proposal.ask": ["start", "pay"],
        "note:proposal.ask=start": "Beds",
        "note:proposal.ask=pay": "400,000 a year",
        "note:proposal.ask=wait": "Not ticked",
        "wanted.aim": "exchange",
        "note:wanted.aim": SCRIPT,
    }
    assert post(client, path, {"revision": "1", **fields}).status_code == 303
    notes = now(store, case_id).file.case.notes
    assert notes == {("proposal.ask", "start"): "Beds", ("proposal.ask", "pay"): "400,000 a year", ("wanted.aim", ""): SCRIPT}
    shown = client.get(path).text
    assert ">400,000 a year</textarea>" in shown
    assert SCRIPT not in shown
    post(client, path, {"revision": "2", **fields, "proposal.ask": ["pay"]})
    assert ("proposal.ask", "start") not in now(store, case_id).file.case.notes
    told = text_of(client.get(f"/cases/{case_id}/history"))
    assert "What makes you say so, to" in told
    assert "Beds nothing" in told
    post(client, path, {"revision": "3", "asked": "wanted.aim", "wanted.aim": "purchase"})
    assert now(store, case_id).file.case.notes["wanted.aim", ""] == SCRIPT, "a form without the field leaves the note alone"


def test_two_notes_to_one_answer_are_shown_and_chosen_from(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/start"
    form = {"revision": "1", "asked": "wanted.aim", "wanted.aim": "exchange"}
    post(client, path, {**form, "note:wanted.aim": "Theirs, of May"})
    parted = post(client, path, {**form, "note:wanted.aim": "Ours"})
    assert parted.status_code == 409
    assert "Yours: Ours" in text_of(parted)
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', parted.text))
    assert client.post(path, data={**again, "choice-note:wanted.aim": "mine"}).status_code == 303
    assert now(store, case_id).file.case.notes == {("wanted.aim", ""): "Ours"}


def test_a_note_shows_below_an_option_once_it_is_ticked_and_the_list_is_closed_at_its_end(page: Page, store: Store) -> None:
    case_id = begun(store)
    page.goto(f"/cases/{case_id}/sections/proposal?at=worry.about")
    option = page.locator("[name='worry.about'][value=money]")
    beneath = page.locator(".usa-checkbox", has=option).locator("details")
    expect(beneath).to_be_hidden()
    page.locator(".usa-checkbox", has=option).locator("label").first.click()
    expect(beneath).to_be_visible()
    beneath.locator("summary").click()
    beneath.locator("textarea").fill("It runs out in June")
    last = page.locator("fieldset", has=option).locator("input[type=checkbox]").last
    assert last.get_attribute("value") == "that-is-all"
    assert page.get_by_text("what is not ticked is not confirmed").count() == 1
    check_page(page)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url(lambda url: "at=worry.about" not in url)
    assert now(store, case_id).file.case.notes == {("worry.about", "money"): "It runs out in June"}


def test_only_what_is_on_the_table_can_be_refused(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Asked", {"proposal.ask": ("start", "pay")}))
    shown = client.get(f"/cases/{case_id}/sections/proposal?at=proposal.refuse").text
    offered = re.findall(r'name="proposal.refuse" value="([^"]+)"', shown)
    assert offered == ["start", "pay", "none", "unknown", "that-is-all"]


def test_answers_that_do_not_fit_together_are_shown_at_once_with_the_way_to_resolve_them(page: Page, store: Store) -> None:
    case = Case("Clash", {"wanted.aim": ("exchange",)}, (Partner(HOUSE, {"partner.reach": ("against",)}),))
    case_id = begun(store, case)
    page.goto(f"/cases/{case_id}/sections/start?at=wanted.work")
    assert page.locator("#contradictions").count() == 0
    page.locator("label[for='wanted.work-3']").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#contradictions")).to_contain_text("The aim is only to share information")
    expect(page.locator("#contradictions")).to_contain_text("Know of each other and pass on information")
    page.locator("#contradictions a").first.click()
    expect(page.locator("label[for='wanted.aim']")).to_be_visible()
    check_page(page)
    page.goto(f"/cases/{case_id}/partners/1/sections/partners?at=partner.status")
    page.locator("label[for='partner.status']").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#contradictions")).to_contain_text(HOUSE)
    page.locator("#contradictions a").last.click()
    page.wait_for_url("**/questions/partner.reach?back=*")


def test_what_could_not_be_carried_over_is_told_on_the_page_of_the_case(client: httpx.Client) -> None:
    old = b"answers: {purpose.aim: exchange, purpose.written: yes}\npartners: [{name: A, answers: {partner.desire: willing}}]\n"
    sent = client.post("/import", files={"file": ("old.yaml", old)})
    assert sent.status_code == 303
    said = text_of(client.get(sent.headers["location"]))
    assert "2 earlier answers could not be carried over" in said
    assert "purpose.written yes" in said
    assert "partner.desire (A) willing" in said


def test_no_word_and_no_note_is_in_a_log(client: httpx.Client, store: Store, site: Site) -> None:
    case_id = begun(store, Case("Logged", {}))
    said = {"revision": "1", "words:agency": "Kestrel words"}
    post(client, f"/cases/{case_id}/words", {**said})
    path = f"/cases/{case_id}/sections/start"
    form = {"asked": "wanted.aim", "wanted.aim": "exchange", "note:wanted.aim": "Kestrel note"}
    post(client, path, {"revision": "2", **form})
    post(client, path, {"revision": "2", **form, "note:wanted.aim": "Kestrel clash"})
    post(client, path, {"revision": "2", **form, "note:wanted.aim": "Kestrel" * 100})
    wrong = b"notes: {wanted.aims: Kestrel wrong}\nanswers: {wanted.aim: Kestrel}"
    client.post("/import", files={"file": ("wrong.yaml", wrong)})
    client.post("/api/v1/assess", json={"notes": {"wanted.aim": "Kestrel sent"}, "words": {"agenzy": "Kestrel"}})
    for page in ("advice", "history", "state", "export/yaml"):
        client.get(f"/cases/{case_id}/{page}")
    post(client, f"/cases/{case_id}/delete", {})
    lines = "\n".join(site.logged)
    assert '"route": "/cases/{case_id}/words"' in lines
    assert "estrel" not in lines
