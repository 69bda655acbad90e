"""What if, scenarios, comparisons and goals as pages: in a real browser with and without scripts, and by the command line."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from starlette.datastructures import QueryParams
from typer.testing import CliRunner

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded, load
from advisor.model.case import Case, Partner
from advisor.model.references import QuestionRef, Setting
from advisor.model.scenario import CaseFile, Scenario, between
from advisor.model.vocabulary import THAT_IS_ALL
from advisor.render.comparison_view import LISTS
from advisor.store.database import Store
from advisor.store.records import LOCAL
from advisor.web.pages.scenarios.changes import TriedChanges, read_changes_in, work_out
from conftest import ROOT
from support.command_line import app
from support.servers import Site, serving
from support.visits import check_page, post, store_of, text_of

VOCABULARY = load().rulebook.vocabulary
SCRIPT = "<script>document.title = 'taken'</script>"
CLOSER = Scenario("Closer", {"wanted.aim": ("common-outcomes",)})


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


def example(name: str = "readme") -> CaseFile:
    return read_case_file(ROOT / "examples" / f"{name}.yaml", VOCABULARY)


def saved(store: Store, file: CaseFile | None = None, *scenarios: Scenario) -> str:
    file = file or example()
    file = CaseFile(file.case, {**file.scenarios, **{each.name: each for each in scenarios}})
    return store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id


def command_line(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def toggle(page: Page, name: str) -> None:
    """Choose an option by its label, as a pointer does."""
    page.locator("label", has_text=name).click()


SLOTS = st.sampled_from(
    [QuestionRef(question.id) for question in VOCABULARY.asked_of("agency")]
    + [
        QuestionRef(question.id, name)
        for question in VOCABULARY.asked_of("partner")
        for name in ("Lakeside Shelter", "A=b, c:d@e & <f>")
    ]
)


@st.composite
def what_is_tried(draw: st.DrawFn) -> TriedChanges:
    answers = {}
    for slot in draw(st.lists(SLOTS, max_size=5, unique=True)):
        question = VOCABULARY.questions[slot.question]
        most = 2 if question.kind == "several" else 1
        alone = ("none", THAT_IS_ALL)
        chosen = draw(st.lists(st.sampled_from([o for o in question.options if o not in alone]), max_size=most, unique=True))
        answers[slot] = tuple(option for option in question.options if option in chosen)
    shown = draw(st.lists(SLOTS, max_size=2, unique=True))
    add = draw(st.sampled_from([(), ("New body",)]))
    drop = draw(st.sampled_from([(), ("Lakeside Shelter",)]))
    return TriedChanges("", answers, tuple(ref for ref in shown if ref not in answers), add, drop)


@given(what_is_tried())
def test_what_is_tried_in_an_address_is_read_back_as_it_was(tried: TriedChanges) -> None:
    assert read_changes_in(QueryParams(tried.fields()), VOCABULARY) == tried


@given(what_is_tried())
def test_what_is_tried_changes_just_the_answers_it_says(tried: TriedChanges) -> None:
    case = example().case
    case = replace(case, partners=(*case.partners, Partner("A=b, c:d@e & <f>", {"partner.reach": ("exchange",)})))
    applied = work_out(tried, CaseFile(case, {}), VOCABULARY, "it")
    assert applied.before == case
    assert [p.name for p in applied.after.partners] == [p.name for p in case.partners if p.name not in tried.drop] + list(
        tried.add
    )
    for ref, options in tried.answers.items():
        held: list[Any] = [applied.after]
        if ref.partner is not None:
            held = [each for each in applied.after.partners if each.name == ref.partner]
        assert [each.answers.get(ref.question, ()) for each in held] == [options] * len(held)
    assert between("it", case, applied.after) == applied.scenario


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        ("readme", {"wanted.aim": "common-outcomes", "wanted.work": "change-practice", "possible.authority": "head"}),
        ("housing-need-above-the-limit", {"wanted.aim": "exchange", "partner.reach@City Housing Authority": "exchange"}),
        ("no-result-both-want", {"wanted.outcome": "agreed"}),
    ],
)
def test_the_page_finds_what_the_command_line_finds(of: str, changes: dict[str, str], client: httpx.Client, store: Store) -> None:
    arguments = []
    for slot, value in changes.items():
        arguments += ["--set", str(Setting(QuestionRef.parse(slot), value))]
    said = command_line("whatif", str(ROOT / "examples" / f"{of}.yaml"), *arguments)
    answer = client.get(f"/cases/{saved(store, example(of))}/what-if", params=changes)
    text = text_of(answer)
    count = len(said["differences"])
    assert f"{count} points differ." in text
    came = [each for each in said["differences"] if each["topic"] in LISTS]
    for each in came:
        assert each["title"] in text
    assert [n for n in range(1, len(said["answers"]) + 1) if f"{n}. " not in text] == []
    assert answer.text.count('advisor-tag--new">') == sum(not each["values"][0] for each in came)


def test_a_change_shows_at_once_and_stands_in_the_address(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store)}/advice")
    page.locator("section[aria-labelledby=close] > details > summary").click()
    why = page.locator("section[aria-labelledby=close] details.advisor-why").first
    why.locator("summary").click()
    why.get_by_role("link", name="Try another").first.click()
    expect(page.locator("#result")).to_contain_text("Nothing yet")
    aim = page.get_by_role("radio", name="Reach results for families that all of them answer for")
    aim.focus()
    page.keyboard.press("Space")
    expect(page.locator("#result")).to_contain_text("points differ")
    expect(aim).to_be_focused()
    expect(page.locator("#live")).to_contain_text("points differ")
    expect(page).to_have_url(re.compile("wanted.aim=common-outcomes"))
    address = page.url
    toggle(page, "Know of each other")
    expect(page.locator("#result")).to_contain_text("What you try is what is answered now.")
    page.goto(address)
    expect(page.locator("#result")).to_contain_text("points differ")
    check_page(page)


def test_a_question_is_found_while_it_is_typed(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store)}/what-if")
    page.get_by_label("Look for a question").press_sequentially("furthest-reaching")
    expect(page.locator("#picker")).to_contain_text("1 question found.")
    expect(page.locator("#live")).to_have_text("1 found")
    page.get_by_role("link", name="What is the furthest-reaching thing").click()
    expect(page.get_by_role("group", name="What is the furthest-reaching thing")).to_be_visible()


def test_the_whole_way_works_by_keyboard_without_scripts(plain: Page, store: Store) -> None:
    case_id = saved(store)
    plain.goto(f"/cases/{case_id}/what-if")
    plain.get_by_label("Look for a question").focus()
    plain.keyboard.type("furthest-reaching")
    plain.keyboard.press("Enter")
    plain.get_by_role("link", name="What is the furthest-reaching thing").focus()
    plain.keyboard.press("Enter")
    plain.get_by_role("radio", name="Reach results for families").focus()
    plain.keyboard.press("Space")
    plain.get_by_label("A partner to add").focus()
    plain.keyboard.type("City Schools")
    plain.keyboard.press("Enter")
    expect(plain.locator("#result")).to_contain_text("City Schools is added")
    plain.get_by_label("Keep it as a scenario named").focus()
    plain.keyboard.type("With schools")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("heading", level=1)).to_have_text("Scenario: With schools")
    expect(plain.locator("main")).to_contain_text("The scenario is kept.")
    kept = store.cases.read(LOCAL, case_id).file.scenarios
    assert kept == {"With schools": Scenario("With schools", CLOSER.answers, {}, ("City Schools",))}
    plain.get_by_role("link", name="Its advice").click()
    expect(plain.locator(".advisor-scenario")).to_contain_text("Scenario: With schools. This is not the case as it stands.")


def test_a_scenario_is_kept_as_it_was_tried(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, None, CLOSER)
    fields: dict[str, str | list[str]] = {
        "on": "Closer",
        "drop": "Lakeside Shelter",
        "wanted.duties": "yes",
        "wanted.obstacle": ["waiting", "shared-families"],
    }
    assert (
        post(
            client,
            f"/cases/{case_id}/scenarios",
            {**fields, "name": " Further  ", "revision": "1"},
        ).status_code
        == 303
    )
    kept = store.cases.read(LOCAL, case_id).file.scenarios["Further"]
    assert kept.on == "Closer"
    assert kept.drop == ("Lakeside Shelter",)
    assert kept.answers["wanted.duties"] == ("yes",)
    assert set(kept.answers["wanted.obstacle"]) == {"waiting", "shared-families"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("  ", "Give the scenario a name"),
        ("x" * 201, "A name has at most 200 characters"),
        ("cLOSER", "The case has a scenario of that name already"),
        ("New", "There is nothing to keep"),
    ],
)
def test_a_scenario_that_cannot_be_kept_says_why_and_loses_nothing(
    name: str, said: str, client: httpx.Client, store: Store
) -> None:
    case_id = saved(store, None, CLOSER)
    tried = {"wanted.aim": "exchange"} if name == "New" else {"wanted.aim": "common-goal"}
    answer = post(
        client,
        f"/cases/{case_id}/scenarios",
        {**tried, "name": name, "revision": "1"},
    )
    assert answer.status_code == 422
    assert text_of(answer).count(said) == 2
    assert f'name="wanted.aim" value="{tried["wanted.aim"]}" checked' in answer.text
    assert store.cases.read(LOCAL, case_id).entry.revision == 1


def test_what_is_tried_on_what_was_changed_meanwhile_is_told_and_can_be_kept_again(page: Page, store: Store) -> None:
    case_id = saved(store)
    page.goto(f"/cases/{case_id}/what-if?wanted.aim=common-outcomes")
    file = example()
    other = CaseFile(replace(file.case, answers={**file.case.answers, "wanted.duties": ("yes",)}), {})
    store.cases.save(LOCAL, case_id, 1, other, at=datetime.now(UTC))
    page.get_by_label("Keep it as a scenario named").fill("Mine")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("alert")).to_contain_text("The case was changed while you looked at it")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Keep it as a scenario named")).to_have_value("Mine")
    check_page(page)
    assert not store.cases.read(LOCAL, case_id).file.scenarios
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scenario: Mine")
    now = store.cases.read(LOCAL, case_id).file
    assert now.case == other.case
    assert now.scenarios == {"Mine": Scenario("Mine", CLOSER.answers)}


def test_a_scenario_is_renamed_with_those_that_build_on_it_and_deleted_only_alone(page: Page, store: Store) -> None:
    above = Scenario("Above", {"wanted.duties": ("yes",)}, on="Closer")
    case_id = saved(store, None, CLOSER, above)
    page.goto(f"/cases/{case_id}/scenarios?name=Closer")
    expect(page.locator("main")).to_contain_text("Other scenarios build on it: Above. Delete those first.")
    assert page.get_by_role("button", name="Delete").count() == 0
    page.get_by_label("New name").fill("above")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#new-error")).to_contain_text("The case has a scenario of that name already")
    check_page(page)
    page.get_by_label("New name").fill(f"Nearer {SCRIPT}")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Scenario: Nearer {SCRIPT}")
    kept = store.cases.read(LOCAL, case_id).file.scenarios
    assert kept[f"Nearer {SCRIPT}"] == replace(CLOSER, name=f"Nearer {SCRIPT}")
    assert kept["Above"] == replace(above, on=f"Nearer {SCRIPT}")
    page.goto(f"/cases/{case_id}/scenarios?name=Above")
    check_page(page)
    page.get_by_role("button", name="Delete this scenario").click()
    expect(page.locator("main")).to_contain_text("The scenario is deleted.")
    assert list(store.cases.read(LOCAL, case_id).file.scenarios) == [f"Nearer {SCRIPT}"]


def test_the_address_of_a_branch_leads_for_good_to_the_scenario(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, None, replace(CLOSER, name=SCRIPT))
    answer = client.get(f"/cases/{case_id}/branches", params={"name": SCRIPT}, follow_redirects=False)
    assert answer.status_code == 308
    shown = client.get(answer.headers["Location"])
    assert (shown.status_code, shown.url.path) == (200, f"/cases/{case_id}/scenarios")
    assert f"Scenario: {SCRIPT}" in text_of(shown)


def test_a_scenario_that_others_build_on_is_not_deleted_even_by_an_old_form(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, None, CLOSER, Scenario("Above", {"wanted.duties": ("yes",)}, on="Closer"))
    fields = {"name": "Closer", "revision": "1"}
    answer = post(client, f"/cases/{case_id}/scenarios/delete", fields)
    assert answer.status_code == 422
    assert list(store.cases.read(LOCAL, case_id).file.scenarios) == ["Closer", "Above"]


def test_two_who_rename_one_scenario_are_told(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, None, CLOSER)
    assert post(client, f"/cases/{case_id}/name", name="Otherwise", revision="1").status_code in (303, 422)
    file = store.cases.read(LOCAL, case_id).file
    changed = CaseFile(replace(file.case, name="Changed by somebody"), file.scenarios)
    store.cases.save(LOCAL, case_id, store.cases.read(LOCAL, case_id).entry.revision, changed, at=datetime.now(UTC))
    answer = post(client, f"/cases/{case_id}/scenarios/rename", name="Closer", new="Mine", revision="1")
    assert answer.status_code == 409
    assert "The case was changed while you looked at it" in text_of(answer)
    assert 'value="Mine"' in answer.text
    assert list(store.cases.read(LOCAL, case_id).file.scenarios) == ["Closer"]


def test_what_is_tried_with_mistakes_in_its_address_names_each(client: httpx.Client, store: Store) -> None:
    address = f"/cases/{saved(store)}/what-if?wanted.aim=fame&wanted.duties=maybe&drop=Nobody&partner.reach@Ghost=exchange"
    answer = client.get(address)
    assert answer.status_code == 422
    for said in ("fame", "maybe", "Nobody", "Ghost"):
        assert said in text_of(answer)
    assert client.get(address.partition("?")[0], params={"on": "none"}).status_code == 422


def test_of_options_that_exclude_each_other_the_form_says_so_live(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store)}/what-if?try=wanted.obstacle")
    toggle(page, "None of these")
    expect(page.locator("#result [data-says]")).to_contain_text("none")
    toggle(page, "They, or the staff, do not know of each other")
    expect(page.locator("#result")).to_contain_text("What is answered differently")


def test_the_comparison_agrees_with_the_command_line(client: httpx.Client, store: Store, tmp_path: Path) -> None:
    other = Scenario("Without the shelter", {}, {}, (), ("Lakeside Shelter",))
    case_id = saved(store, None, CLOSER, other)
    text = (ROOT / "examples" / "readme.yaml").read_text("utf-8")
    path = tmp_path / "case.yaml"
    scenarios = (
        "scenarios:\n  Closer:\n    answers:\n      wanted.aim: common-outcomes\n"
        "  Without the shelter:\n    drop: [Lakeside Shelter]\n"
    )
    path.write_text(text + scenarios, "utf-8")
    said = command_line("compare", str(path))
    for parameters in ({}, {"with": ["", "Closer", "Without the shelter"]}):
        answer = client.get(f"/cases/{case_id}/compare", params=parameters)
        heads = re.findall(r'<th scope="col">([^<]+)</th>', answer.text)
        assert heads[:3] == said["labels"]
        shown = text_of(answer)
        assert [
            d["title"]
            for d in said["differences"]
            if d["title"] and d["topic"] in ("caution", "row", "partner") and d["title"] not in shown
        ] == []
    alone = client.get(f"/cases/{case_id}/compare", params={"with": "Closer"})
    assert re.findall(r'<th scope="col">([^<]+)</th>', alone.text)[:2] == ["As it stands", "Closer"]
    assert client.get(f"/cases/{case_id}/compare", params={"with": "none"}).status_code == 404


def test_scenarios_are_chosen_and_put_side_by_side(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store)}/compare")
    expect(page.locator("main")).to_contain_text("There is nothing to compare yet.")
    check_page(page)
    case_id = saved(store, None, CLOSER, Scenario(SCRIPT, {"wanted.duties": ("yes",)}))
    page.goto(f"/cases/{case_id}/compare")
    toggle(page, "Closer")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("thead").first).to_contain_text(SCRIPT)
    expect(page.locator("thead").first).not_to_contain_text("Closer")
    check_page(page)


def test_the_smallest_way_to_a_goal_leads_to_it_when_tried(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store, example())}/goal")
    page.get_by_label("Goal").select_option("dimension=cooperation")
    page.get_by_role("button", name="Find the way").click()
    expect(page.locator("main")).to_contain_text("2 answers have to change. No way changes fewer; this is proved.")
    expect(page.locator("main")).to_contain_text("Only the partners together can do this.")
    check_page(page)
    way = page.url
    page.get_by_role("link", name="Try this way").click()
    expect(page.locator("#result .advisor-verdict")).to_contain_text("cooperation.")
    page.goto(way)
    page.get_by_role("link", name="This has to stay").first.click()
    expect(page.locator("main")).to_contain_text("No change that anybody can make leads there")
    expect(page.locator("main")).to_contain_text("You asked to keep this.")
    check_page(page)
    page.get_by_role("link", name="It may change").click()
    expect(page.locator("main")).to_contain_text("2 answers have to change.")


def test_a_goal_that_is_none_is_refused_at_the_field(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store)}/goal?goal=fame")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#goal-error")).to_contain_text("fame")
    check_page(page)


def test_a_goal_that_stands_says_so(client: httpx.Client, store: Store) -> None:
    answer = client.get(f"/cases/{saved(store)}/goal", params={"goal": "dimension=networking"})
    assert "Nothing has to change" in text_of(answer)


def test_a_goal_not_found_in_time_is_told_plainly(tmp_path: Path, loaded: Loaded) -> None:
    with serving(tmp_path, settings={"ADVISOR_MAX_SECONDS": "0.0001"}) as hurried, hurried.client() as client:
        store = store_of(hurried, loaded)
        answer = client.get(f"/cases/{saved(store, CaseFile(Case('', {}), {}))}/goal", params={"goal": "dimension=integration"})
        store.close()
    assert answer.status_code == 200
    assert "Not found in time" in text_of(answer)
    assert "That does not mean there is none." in text_of(answer)


def test_what_if_shows_the_answers_that_move_the_result_with_one_press_to_try_each(page: Page, store: Store) -> None:
    page.goto(f"/cases/{saved(store, example('housing-need-above-the-limit'))}/what-if")
    levers = page.locator(".advisor-levers li")
    expect(levers).not_to_have_count(0)
    assert levers.count() <= 5
    said = page.locator(".advisor-levers li", has_text="City Housing Authority").first.text_content() or ""
    verdict = re.search(r"Then the advice says: (.*?)\. ", " ".join(said.split()))
    assert verdict
    page.locator(".advisor-levers li", has_text="City Housing Authority").first.get_by_role("link").click()
    expect(page.locator(".advisor-verdict__answer")).to_contain_text(verdict[1])


def test_no_way_to_a_goal_makes_anything_worse(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, example("domestic-violence-waiting-list"))
    text = text_of(client.get(f"/cases/{case_id}/goal", params={"goal": "dimension=networking"}))
    assert "to It is leaving" not in text
    assert re.search(r"Then the advice says: Go ahead.*: networking", text)
    why = client.get(f"/cases/{case_id}/why-not", params={"goal": "dimension=cooperation"})
    assert "or refuses" not in text_of(why)
    assert "would make things worse" in text_of(why)


def test_the_route_and_what_the_result_hangs_on_are_pictures_with_tables(page: Page, store: Store) -> None:
    at = f"/cases/{saved(store, example('domestic-violence-liaisons'))}"
    for path, rows in (("/route?goal=dimension%3Dcollaboration", 5), ("/levers", 10)):
        page.goto(at + path)
        assert page.locator("figure svg title").count() >= 1
        assert page.locator("table").first.locator("tbody tr").count() >= rows
        check_page(page)
