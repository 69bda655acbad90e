"""The intake in a real browser and over HTTP: by keyboard alone, without scripts, by two people at once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import Store
from advisor.store.records import LOCAL, SavedCase
from advisor.web.pages.intake.progress import NAMING, Form
from serving import Site
from visiting import check_page, context_for, post, store_of, text_of

HOUSE = "Harbor House"
SCRIPT = "\"><img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
SLOW = 30_000  # milliseconds that a busy machine may take to work out a state
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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
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
        for _ in range(6):
            if page.url.partition("?")[0].endswith("/partners"):
                tab_to(page, "#name")
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
    assert saved.entry.answers == 5


def test_after_a_step_in_place_the_heading_has_the_focus_and_the_page_its_new_title(page: Page, store: Store) -> None:
    page.goto(f"/cases/{begun(store)}/sections/possible")
    page.locator("label[for='possible.authority']").click()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**from=*")
    expect(page.locator("h1")).to_be_focused()
    assert "in this part" in page.locator("main").inner_text()
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    page.locator("label[for='support.top-executives']").click()
    page.go_back()
    expect(page.locator("[id='possible.authority']")).to_be_checked()


def test_after_adding_a_partner_the_next_name_can_be_typed_at_once(page: Page, store: Store) -> None:
    page.goto(f"/cases/{begun(store)}/partners")
    for name in ("Shelter", "School"):
        page.locator("#name").press_sequentially(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(page.locator("#name")).to_be_focused()
        expect(page.locator("#name")).to_have_value("")
    expect(page.locator("#live")).to_have_text("The partner is on the list.")


def test_the_state_of_the_advice_comes_when_it_is_known(page: Page, store: Store) -> None:
    page.goto(f"/cases/{begun(store)}")
    expect(page.locator("#state")).to_contain_text("open questions can still change the advice", timeout=SLOW)
    expect(page.locator("#state")).to_contain_text("Best next question")
    expect(page.locator("#live")).to_be_empty()


def test_that_the_main_answer_stands_is_said_once(page: Page, store: Store) -> None:
    case = Case("Stands", {"today.state": ("nothing",), "wanted.priority": ("no",)})
    page.goto(f"/cases/{begun(store, case)}/sections/possible")
    page.locator("label[for='possible.law-4']").click()  # forbidden
    page.locator("label[for='possible.law-change-3']").click()  # and cannot be changed
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#state")).to_contain_text("The main answer stands", timeout=SLOW)
    expect(page.locator("#live")).to_have_text("The main answer stands, however the open questions turn out.")
    page.evaluate("document.getElementById('live').textContent = ''")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/benefits*")
    expect(page.locator("#state")).to_contain_text("The main answer stands", timeout=SLOW)
    expect(page.locator("#live")).to_be_empty()


# What the pages say and take


def test_the_list_says_what_is_done_and_where_you_were(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/possible"
    shown = client.get(path)
    fields: dict[str, str | list[str]] = {
        "revision": "1",
        "asked": asked_on(shown),
        "possible.authority": "management",
        "go": "list",
    }
    sent = post(client, path, {**fields})
    assert sent.status_code == 303
    said = text_of(client.get(sent.headers["location"]))
    assert "1 of 9 answered" in said
    assert re.search(rf"{HOUSE} 4 that matter most 2 of \d+ answered", said)
    assert "Where you were: What is the highest level at the agency" in said


def test_a_section_is_asked_to_its_end_and_goes_on_with_the_next(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    case_id = begun(store, Case("All of it", {}))
    form = Form(Case("", {}), loaded.relevance)
    path, seen = f"/cases/{case_id}/sections/situation", list[str]()
    while "/sections/" in path:
        shown = client.get(path)
        asked = asked_on(shown)
        assert 0 < len(asked) <= 5
        seen += asked
        revision = str(now(store, case_id).entry.revision)
        path = post(client, path.partition("?")[0], {"revision": revision, "asked": asked, "go": "on"}).headers["location"]
    stops = form.stops()
    assert path == f"/cases/{case_id}/partners"
    assert seen == [q.id for stop in stops[: stops.index(NAMING)] for q in form.questions(stop)]


def test_an_answer_brings_its_questions_on_the_page_after(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("New", {}))
    path = f"/cases/{case_id}/sections/situation"
    asked = asked_on(client.get(path))
    sent = post(client, path, {"revision": "1", "asked": asked, "go": "on", "today.state": "live"})
    assert asked_on(client.get(sent.headers["location"]))[0] == "today.practice"


def test_answers_to_questions_that_are_not_asked_any_more_are_set_aside_and_told(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/sections/situation"
    sent = post(client, path, {"revision": "1", "asked": asked_on(client.get(path)), "today.state": "none"})
    assert "1 of your answers is set aside" in text_of(client.get(sent.headers["location"]))
    listed = text_of(client.get(f"/cases/{case_id}"))
    assert "Answers set aside" in listed
    assert "How well is it working? Well: it does what it was set up for" in listed
    assert now(store, case_id).file.case.answers["today.working"] == ("well",)


def test_what_is_wrong_is_said_at_the_question_and_nothing_typed_is_lost(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Wrong", {}))
    path = f"/cases/{case_id}/sections/start"
    at = f"{path}?at=wanted.obstacle"
    fields: dict[str, str | list[str]] = {
        "wanted.obstacle": ["waiting", "none"],
        "wanted.experience": "seamless",
        "purpose.disproportionality": "yes",
    }
    sent = post(client, path, {"revision": "1", "asked": asked_on(client.get(at)), "go": "on", **fields})
    assert sent.status_code == 422
    page = unescape(sent.text)
    assert "There are 2 problems" in page
    assert 'href="#wanted.obstacle"' in page
    assert "“None of these” cannot stand together" in page
    assert "“seamless” is not among the answers" in page
    for value in ("waiting", "none", "yes"):
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


def test_the_way_back_saves_too(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Back", {}))
    path = f"/cases/{case_id}/sections/possible"
    second = post(client, path, {"revision": "1", "asked": asked_on(client.get(path)), "go": "on"}).headers["location"]
    asked = asked_on(client.get(second))
    back = post(client, path, {"revision": "1", "asked": asked, "go": "back", asked[0]: "unknown", asked[1]: "no"})
    assert back.headers["location"].partition("?")[2] == "from=possible.authority"
    assert now(store, case_id).file.case.answers == {asked[1]: ("no",)}
    first = post(client, path, {"revision": "2", "asked": asked_on(client.get(path)), "go": "back"}).headers["location"]
    assert "/sections/work" in first


def test_on_the_quick_path_what_is_skipped_or_not_known_does_not_come_again(client: httpx.Client, store: Store) -> None:
    case_id = begun(store, Case("Quick", {}))
    path, seen = f"/cases/{case_id}/next", list[str]()
    for number in range(6):
        shown = client.get(path)
        if shown.status_code == 303:  # who the partners are is asked on a page of its own
            been = parse_qs(urlsplit(shown.headers["location"]).query)["been"][0]
            path = f"/cases/{case_id}/partners"
            path = post(client, path, {"been": been, "go": "on"}).headers["location"]
            continue
        (question,) = asked_on(shown)
        assert question not in seen
        seen.append(question)
        (been,) = re.findall(r'name="been" value="([^"]*)"', shown.text)
        how = {"go": "skip"} if number % 2 else {"go": "on", question: "unknown"}
        fields = {"revision": "1", "been": been, "step": question, "asked": question, **how}
        path = post(client, f"/cases/{case_id}/next", {**fields}).headers["location"]
    assert now(store, case_id).entry.revision == 1
    back = post(client, f"/cases/{case_id}/next", {"revision": "1", "been": "~".join(seen), "step": "wanted.aim", "go": "back"})
    assert f"at={seen[-1]}" in back.headers["location"]


def test_on_the_quick_path_no_choice_is_an_error_that_says_what_to_do(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/next"
    sent = post(client, path, {"revision": "1", "step": "possible.authority", "asked": "possible.authority"})
    assert sent.status_code == 422
    assert "Choose an answer or “Don't know”, or skip this question." in text_of(sent)


def test_the_quick_path_ends_where_nothing_is_left_to_ask(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    left = ("purpose.measures", "equity.voice-missing")
    answers = {q.id: (q.options[0],) for q in loaded.rulebook.vocabulary.asked_of("agency") if q.id not in left}
    case_id = begun(store, Case("Enough", answers))
    path = f"/cases/{case_id}/next?been={'~'.join(('partners', *left))}"
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
    assert "can still change" in text_of(whole)


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


def test_a_partner_is_added_renamed_and_removed_with_what_is_said_about_it(client: httpx.Client, store: Store) -> None:
    branch = Scenario("Without", {}, {"Tribal Court": {"partner.seat": ("yes",)}}, drop=(HOUSE,))
    case_id = begun(store, scenarios={"Without": branch})
    path = f"/cases/{case_id}/partners"
    assert post(client, path, {"name": "  Lakeside \n Shelter ", "go": "add"}).status_code == 303
    assert [p.name for p in now(store, case_id).file.case.partners] == [HOUSE, "Tribal Court", "Lakeside Shelter"]
    renaming = f"{path}/1/name"
    assert post(client, renaming, {"revision": "2", "name": "Harbor Home"}).status_code == 303
    saved = now(store, case_id).file
    assert saved.case.partners[0] == Partner("Harbor Home", PARTNERED.partners[0].answers)
    assert saved.scenarios["Without"].drop == ("Harbor Home",)
    removing = f"{path}/1/remove"
    asked = text_of(client.get(removing))
    assert "2 answers about it go with it" in asked
    assert "Does this partner receive public money? Yes" in asked
    assert "Without" in asked
    assert post(client, removing, {"revision": "3"}).status_code == 303
    assert [p.name for p in now(store, case_id).file.case.partners] == ["Tribal Court", "Lakeside Shelter"]
    assert now(store, case_id).file.scenarios["Without"].drop == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Type the name"),
        (HOUSE.upper(), "is on the list already"),
        ("x" * 201, "201 characters"),
        (" \x00\n", "Type the name"),
    ],
)
def test_a_name_that_will_not_do_is_said_and_kept(client: httpx.Client, store: Store, name: str, said: str) -> None:
    case_id = begun(store)
    for path in (f"/cases/{case_id}/partners", f"/cases/{case_id}/partners/2/name"):
        sent = post(client, path, {"name": name, "revision": "1", "go": "add"})
        assert sent.status_code == 422
        assert said in text_of(sent)
        assert f'value="{name.strip() if name.isprintable() else ""}"' in sent.text
    assert now(store, case_id).entry.revision == 1


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
        "/next?at=1.partner.desire",
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
    assert answers["possible.law"] == ("required",)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_both_answers_are_shown_where_two_changed_one_and_a_choice_is_waited_for(
    browser: Browser, site: Site, store: Store, scripts: bool
) -> None:
    case_id = begun(store)
    with context_for(browser, site, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(f"/cases/{case_id}/sections/possible")
        page.locator("label[for='possible.authority']").click()
        page.locator("label[for='constraint.money']").click()
        answer(store, case_id, possible__authority=("top",))
        page.get_by_role("button", name="Save and go on").click()
        both = page.get_by_role("group", name="What is the highest level at the agency")
        expect(both).to_contain_text("Yours: Individual staff, on their own initiative")
        expect(both).to_contain_text("The governor, the legislature, or top administrators")
        assert both.locator("input:checked").count() == 0
        page.get_by_role("button", name="Save as chosen").click()
        expect(page.locator("#error-summary")).to_contain_text("Choose which to keep.")
        assert now(store, case_id).entry.revision == 2
        page.locator("label[for='choice-possible.authority']").click()
        page.get_by_role("button", name="Save as chosen").click()
        page.wait_for_url("**merged=1-3")
    answers = now(store, case_id).file.case.answers
    assert answers["possible.authority"] == ("individuals",)
    assert answers["constraint.money"] == ("enough",)


def test_on_the_quick_path_a_clash_is_shown_too_and_the_way_goes_on(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/next"
    fields = {"revision": "1", "step": "possible.authority", "asked": "possible.authority", "possible.authority": "management"}
    answer(store, case_id, possible__authority=("top",))
    parted = post(client, path, {"been": "wanted.priority", "go": "on", **fields})
    assert parted.status_code == 409
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', parted.text))
    again |= {"choice-possible.authority": "theirs"}
    kept = client.post(path, data=again)
    assert kept.status_code == 303
    assert "been=wanted.priority~possible.authority" in kept.headers["location"]
    assert now(store, case_id).file.case.answers["possible.authority"] == ("top",)


def test_a_partner_changed_before_it_is_removed_is_shown_again(client: httpx.Client, store: Store) -> None:
    case_id = begun(store)
    path = f"/cases/{case_id}/partners/1/remove"
    section = f"/cases/{case_id}/partners/1/sections/partners"
    post(client, section, {"revision": "1", "asked": "partner.desire", "partner.desire": "eager"})
    again = post(client, path, {"revision": "1"})
    assert again.status_code == 409
    assert "This partner was changed meanwhile" in text_of(again)
    assert "Eager: it pushes for it" in text_of(again)
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
    assert 'value="Family Court"' in told.text


# Accessible in every state


@pytest.mark.parametrize("path", ["", "/sections/data", "/partners/1/sections/partner-detail", "/partners/1/remove"])
def test_lists_of_answers_and_options_are_accessible(page: Page, store: Store, path: str) -> None:
    case = replace(PARTNERED, answers={"today.state": ("nothing",), "today.working": ("well",)})
    page.goto(f"/cases/{begun(store, case, {'Without': Scenario('Without', drop=(HOUSE,))})}{path}")
    check_page(page)


def test_the_pages_of_errors_and_clashes_are_accessible(page: Page, store: Store) -> None:
    case_id = begun(store)
    at = f"/cases/{case_id}"
    page.goto(f"{at}/sections/start?at=wanted.obstacle")
    for option in ("wanted.obstacle", "wanted.obstacle-6"):
        page.locator(f"label[for='{option}']").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#error-summary")).to_be_focused()
    check_page(page)
    page.goto(f"{at}/next?at=possible.authority")
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
    page.locator("#name").fill(HOUSE)
    page.keyboard.press("Enter")
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
