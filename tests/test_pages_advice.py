"""The advice as a page and as a memo, why, and why not something else: in a real browser, and against the advice itself."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from advisor.engine import engine
from advisor.explain.why import Why, answers_under, tree
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer
from advisor.model.case import FREE_WORDS, Case, Partner
from advisor.model.references import ConclusionRef
from advisor.model.scenario import CaseFile, Scenario
from advisor.render.brief import Brief
from advisor.render.documents import json
from advisor.service import Service
from advisor.store.database import Store
from advisor.store.records import LOCAL
from conftest import ROOT
from support.sampling import sampled
from support.servers import Site
from support.visits import check_page, store_of, text_of

EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
MANDATED = "mandated-council-with-an-unwilling-partner"
SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, engine("chain", loaded.cache))


def example(name: str, loaded: Loaded) -> CaseFile:
    return read_case_file(ROOT / "examples" / f"{name}.yaml", loaded.rulebook.vocabulary)


def unfold(page: Page, topic: str) -> Locator:
    """A topic of the advice, opened by its heading."""
    section = page.locator(f"section[aria-labelledby={topic}]")
    section.locator("summary", has=page.locator(f"#{topic}")).click()
    return section


def saved(store: Store, file: CaseFile) -> str:
    return store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id


def of_ten(loaded: Loaded) -> CaseFile:
    """A case with ten partners, half of them alike, and markup wherever somebody can write."""
    file = example("housing-need-above-the-limit", loaded)
    noted = {(question, ""): f"{question} {SCRIPT}" for question in file.case.answers}
    partners = tuple(Partner(f"{p.name} {n} {SCRIPT}", p.answers) for n in range(5) for p in file.case.partners)
    words = {name: f"{name} {SCRIPT}" for name in FREE_WORDS}
    case = replace(file.case, name=f"Ten of them {SCRIPT}", partners=partners, words=words, notes=noted)
    return CaseFile(case, {SCRIPT: Scenario(SCRIPT, {next(iter(case.answers)): ()})})


def said_of(advice: Advice, loaded: Loaded) -> str:
    so_far = "As far as is known: " if advice.dimension.recommended and advice.dimension.conditional else ""
    return f"{so_far}{Brief(advice, loaded).verdict}."


def verdict(answer: httpx.Response) -> str:
    found = re.search(r'<h2 id="answer"[^>]*>(.*?)</h2>', answer.text, re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]*>", "", found[1]))


def titles_of(advice: Advice, loaded: Loaded) -> list[str]:
    """What an advice is made of, by its titles."""
    titles = [Brief(advice, loaded).lead, *(f"{answer.asked}: {answer.title}." for answer in advice.proposal)]
    titles += [item.title for item in (*advice.gate.objections, *advice.contradictions, *advice.conditions)]
    titles += [item.title for item in (*advice.worries, *advice.kept, *advice.cautions, *advice.actions, *advice.law)]
    titles += [advice.details[f"structure={each}"].title for each in advice.structures]
    titles += [advice.details[f"instrument={each}"].title for each in advice.instruments]
    titles += [each.ask for each in advice.unknown.decisive]
    titles += [partner.name for partner in advice.partners]
    if advice.dimension.recommended:
        titles += [advice.dimension.title, *(item.title for item in advice.members_missing)]
        titles += [item.title for partner in advice.partners for item in (*(partner.absent or partner.role), *partner.held)]
        titles += [row.cell.title for row in advice.rows.values() if row.cell]
    return titles


def left_out(titles: list[str], text: str) -> list[str]:
    squeezed = text.replace(" :", ":").casefold()
    return [title for title in titles if " ".join(title.split()).casefold() not in squeezed]


@pytest.mark.parametrize("name", sampled(EXAMPLES))
def test_the_page_says_what_the_advice_says(
    name: str, client: httpx.Client, store: Store, advisor: Service, loaded: Loaded
) -> None:
    file = example(name, loaded)
    advice = advisor.assess(file.case, marks=True)
    case_id = saved(store, file)
    answer = client.get(f"/cases/{case_id}/advice")
    assert answer.status_code == 200
    text = text_of(answer)
    assert said_of(advice, loaded) in text
    titles = titles_of(advice, loaded)
    if advice.dimension.recommended:
        titles += [f"{partner.name}:" for partner in advice.partners]
        titles += [row.own_reasons[0].because for row in advice.rows.values() if row.own_reasons]
    assert left_out(titles, text) == []
    assert re.findall(r'class="advisor-severity[^>]*>([^<]*)<', answer.text) == [
        f"{label} ({count})"
        for severity, label in loaded.wording.phrases["severity"].items()
        if (count := sum(caution.severity == severity for caution in advice.cautions))
    ]


@pytest.mark.parametrize("name", sampled(EXAMPLES))
def test_the_memo_says_what_the_advice_says(
    name: str, client: httpx.Client, store: Store, advisor: Service, loaded: Loaded
) -> None:
    file = example(name, loaded)
    advice = advisor.assess(file.case, marks=True)
    text = text_of(client.get(f"/cases/{saved(store, file)}/memo"))
    assert left_out([Brief(advice, loaded).verdict, *titles_of(advice, loaded)], text) == []


@pytest.mark.parametrize("name", [MANDATED, "foster-youth-school-records", "readme"])
def test_each_of_her_notes_is_quoted_once_and_again_beside_a_condition_alone(
    name: str, client: httpx.Client, store: Store, advisor: Service, loaded: Loaded
) -> None:
    file = example(name, loaded)
    advice = advisor.assess(file.case)
    told = [*file.case.notes.values(), *(note for partner in file.case.partners for note in partner.notes.values())]
    wanted = sorted(set(told) - {answer.asked for answer in advice.proposal})
    assert wanted
    if "result" in file.case.words and advice.dimension.recommended:
        wanted.append(file.case.words["result"])
    text = client.get(f"/cases/{saved(store, file)}/advice").text
    quoted = re.findall(r'<blockquote class="advisor-quote"><p>“(.*?)”</p></blockquote>', text, re.DOTALL)
    counted = Counter(map(unescape, quoted))
    assert sorted(counted) == sorted(wanted)
    of_conditions = {premise.note for condition in advice.conditions for premise in condition.premises}
    assert {note for note, times in counted.items() if times > 1} <= of_conditions


@pytest.mark.parametrize("name", [MANDATED, "foster-youth-school-records", "readme"])
def test_the_memo_has_all_her_words_beside_her_answers(name: str, client: httpx.Client, store: Store, loaded: Loaded) -> None:
    file = example(name, loaded)
    told = [*file.case.notes.values(), *(note for partner in file.case.partners for note in partner.notes.values())]
    text = text_of(client.get(f"/cases/{saved(store, file)}/memo"))
    assert [note for note in told if f"“{' '.join(note.split())}”" not in text] == []
    assert [word for word in file.case.words.values() if " ".join(word.split()) not in text] == []


def test_the_answer_comes_before_everything_else(client: httpx.Client, store: Store, advisor: Service, loaded: Loaded) -> None:
    file = example(MANDATED, loaded)
    answer = client.get(f"/cases/{saved(store, file)}/advice")
    headings = [
        unescape(re.sub(r"<[^>]*>", "", each)).strip()
        for each in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", answer.text, re.DOTALL)
    ]
    said = said_of(advisor.assess(file.case, marks=True), loaded)
    assert headings[:3] == [f"Advice: {file.case.name}", "Your question", said]
    order = [
        "What speaks against it",
        "Settle first",
        "Why it has to change",
        "How closely to work together",
        "Row by row",
        "Form",
    ]
    order += ["Who is missing", "Who is at the table", "What to do", "Laws to ask counsel about"]
    order += ["From the sources, whatever was answered"]
    counted = [re.sub(r" \(\d+\)$", "", each) for each in headings]
    assert [each for each in counted if each in order] == order


def test_the_contents_lead_to_each_part(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    text = client.get(f"/cases/{saved(store, example(MANDATED, loaded))}/advice").text
    contents = re.search(r'<nav class="advisor-contents.*?</nav>', text, re.DOTALL)
    assert contents
    named = re.findall(r'href="#([^"]+)"', contents[0])
    assert len(named) == 14
    assert [name for name in named if f'id="{name}"' not in text] == []


def test_what_is_given_is_kept_once_for_a_revision(client: httpx.Client, store: Store, advisor: Service, loaded: Loaded) -> None:
    file = example("readme", loaded)
    file = CaseFile(file.case, {"Closer": Scenario("Closer", {"wanted.aim": ("common-outcomes",)})})
    case_id = saved(store, file)
    for _ in range(2):
        client.get(f"/cases/{case_id}/advice")
        client.get(f"/cases/{case_id}/memo")
        client.get(f"/cases/{case_id}/advice", params={"scenario": "Closer"})
    kept = store.advices.list(LOCAL, case_id).items
    assert sorted((each.revision, each.scenario, each.marks) for each in kept) == [(1, "", True), (1, "Closer", True)]
    contents = {each.scenario: store.advices.read(LOCAL, case_id, each.id).content for each in kept}
    assert contents == {name: json(advisor.assess(file.in_scenario(name), marks=True)).encode() for name in ("", "Closer")}


def test_a_saved_change_shows_at_once(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    file = example("readme", loaded)
    case_id = saved(store, file)
    assert verdict(client.get(f"/cases/{case_id}/advice")) == "Go ahead."
    forbidden = replace(file.case, answers={**file.case.answers, "possible.law": ("forbids",)})
    store.cases.save(LOCAL, case_id, 1, CaseFile(forbidden, {}), at=datetime.now(UTC))
    assert verdict(client.get(f"/cases/{case_id}/advice")) == "Do not go ahead."


def test_with_nothing_answered_the_page_says_that_it_is_no_advice(client: httpx.Client, store: Store) -> None:
    case_id = saved(store, CaseFile(Case("An idea", {}), {}))
    answer = client.get(f"/cases/{case_id}/advice")
    assert "Nothing is answered yet" in text_of(answer)
    assert f'href="/cases/{case_id}/next"' in answer.text
    assert "No verdict yet." in text_of(answer)
    assert "What would decide it" in text_of(answer)


def test_one_risk_of_several_partners_names_them_all(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    text = text_of(client.get(f"/cases/{saved(store, of_ten(loaded))}/advice"))
    assert "You and City Housing Authority 0" in text
    named = re.search(r"compete for the same money\. The same goes for (.*?)\. Why", text)
    assert named
    assert [n for n in range(1, 5) if f"City Housing Authority {n}" in named[1]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "path", ["advice?scenario=none", "memo?scenario=none", "why?of=partner-dimension:none", "why-not?goal=mou&scenario=x"]
)
def test_what_is_not_there_is_not_found(path: str, client: httpx.Client, store: Store, loaded: Loaded) -> None:
    assert client.get(f"/cases/{saved(store, example('readme', loaded))}/{path}").status_code == 404


def test_why_opens_to_answers_and_sources_and_an_answer_to_its_question(page: Page, store: Store, loaded: Loaded) -> None:
    case_id = saved(store, example("readme", loaded))
    page.goto(f"/cases/{case_id}/advice")
    section = unfold(page, "close")
    why = section.locator("details.advisor-why").first
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(why).to_contain_text("What is the furthest-reaching thing that this partnership is to achieve?")
    expect(why).to_contain_text(
        "Positioning Public Child Welfare Initiative: Strategic Partnerships chapter: Types and Levels of"
    )
    why.get_by_role("link", name="Step by step").click()
    expect(why).to_contain_text("Recommended: networking, because:")
    expect(why.locator("[data-focus]")).to_be_focused()
    expect(page.locator("#live")).to_have_text("The reasoning is shown step by step.")
    why.get_by_role("link", name="Change this answer").first.click()
    expect(page).to_have_url(re.compile(rf"/cases/{case_id}/questions/[a-z.-]+\?back=.*#"))
    assert page.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null")


def test_without_scripts_every_why_is_a_page(plain: Page, store: Store, loaded: Loaded) -> None:
    plain.goto(f"/cases/{saved(store, example('readme', loaded))}/advice")
    why = unfold(plain, "close").locator("details.advisor-why").first
    why.locator("summary").click()
    why.get_by_role("link", name="Step by step").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Why: Recommended: networking")
    expect(plain.locator(".advisor-leaf").first).to_contain_text("Your answer:")
    plain.get_by_role("link", name="Back to the advice").click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Advice:")


def test_without_scripts_how_firm_it_is_can_be_waited_for(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    address = f"/cases/{saved(store, example('only-a-few-answers', loaded))}/advice"
    other = f"/cases/{saved(store, example(MANDATED, loaded))}/advice"  # its answers start the solver, which takes a while
    client.get(other, params={"wait": "1"})
    shown = (text_of(client.get(address, params={"wait": "1"})) for _ in range(30))
    assert any("open questions could matter" in text for text in shown)


def test_how_firm_it_is_comes_by_itself(page: Page, store: Store, loaded: Loaded) -> None:
    page.goto(f"/cases/{saved(store, example('only-a-few-answers', loaded))}/advice")
    expect(page.locator("#firm")).to_contain_text("Worth most:")
    page.locator("#firm").get_by_role("link", name="Answer it").click()
    expect(page).to_have_url(re.compile("/questions/"))


def test_the_tree_shows_each_firing_once_down_to_the_answers(advisor: Service, loaded: Loaded) -> None:
    advice = advisor.assess(example(MANDATED, loaded).case, marks=True)

    def walk(node: Why) -> Iterator[Why]:
        yield node
        for because in node.because:
            for below in because.findings:
                yield from walk(below)

    for name in advice.justification:
        nodes = list(walk(tree(advice, ConclusionRef.parse(name), loaded)))
        assert len({node.conclusion for node in nodes if not node.again}) == sum(not node.again for node in nodes)
        for node in nodes:
            assert len(node.because) == (0 if node.again else len(advice.justification[node.conclusion]))
        given = {
            Answer(answer.question, answer.partner, answer.answer)
            for node in nodes
            for because in node.because
            for answer in because.answers
            if answer.answer
        }
        assert given == set(answers_under(advice, name))


def test_why_not_names_the_answers_and_leads_to_trying_another(page: Page, store: Store, loaded: Loaded) -> None:
    page.goto(f"/cases/{saved(store, example('readme', loaded))}/advice")
    others = unfold(page, "close").locator("details.advisor-disclosure", has_text="Why not something else")
    others.locator("summary").click()
    others.get_by_role("link", name="why not collaboration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why not: collaboration")
    expect(page.locator("main")).to_contain_text("It would take Reach results for families that all of them answer for")
    page.get_by_role("link", name="Try another").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What if")
    check_page(page)


def test_the_memo_has_a_head_and_leads_nowhere(page: Page, store: Store, loaded: Loaded) -> None:
    page.goto(f"/cases/{saved(store, example(MANDATED, loaded))}/memo")
    page.get_by_label("To (optional)").fill(f"The board {SCRIPT}")
    page.get_by_label("From (optional)").fill("Dana")
    page.get_by_role("button", name="Fill in").click()
    head = page.locator(".document-head")
    expect(head).to_contain_text(f"The board {SCRIPT}")
    expect(head).to_contain_text("Dana")
    assert page.locator(".advisor-memo a, .advisor-memo details, .advisor-memo form").count() == 0
    check_page(page)
    page.emulate_media(media="print")
    assert page.locator("header, nav, form, button").locator("visible=true").count() == 0
    assert len(page.pdf(format="Letter")) > 10_000
    assert len(page.pdf(format="A4")) > 10_000


def test_on_paper_the_advice_has_no_navigation_and_nothing_to_open(
    page: Page, store: Store, advisor: Service, loaded: Loaded
) -> None:
    file = example(MANDATED, loaded)
    page.goto(f"/cases/{saved(store, file)}/advice")
    page.emulate_media(media="print")
    assert page.locator("header, nav, details:not(.advisor-topic), .usa-button").locator("visible=true").count() == 0
    assert page.locator("details.advisor-topic:not([open])").count() > 0
    for partner in file.case.partners:
        assert page.locator("section[aria-labelledby=table]").get_by_text(partner.name).locator("visible=true").count() > 0
    for condition in advisor.assess(file.case).conditions:
        assert page.get_by_text(condition.title).locator("visible=true").count() > 0


def test_markup_in_names_is_text_on_every_page_of_the_advice(page: Page, store: Store, loaded: Loaded) -> None:
    case_id = saved(store, of_ten(loaded))
    partner = store.cases.read(LOCAL, case_id).file.case.partners[0].name
    paths = ["advice", "memo", "what-if", "compare", "goal?goal=dimension=integration", "why-not?goal=dimension=integration"]
    for path in paths:
        page.goto(f"/cases/{case_id}/{path}")
        assert "taken" not in page.title() or "<script>" in page.title()
        assert page.locator("main img, main script").count() == 0
        assert SCRIPT in page.locator("main").inner_text()
    page.goto(f"/cases/{case_id}/advice")
    name = page.locator(".advisor-tree a[href*=partner-dimension]").first.get_attribute("href")
    assert name
    page.goto(name)
    assert partner in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    "name", [MANDATED, "hidden-conflict-of-interest", pytest.param("only-a-few-answers", marks=pytest.mark.long), ""]
)
def test_the_pages_of_the_advice_are_accessible(name: str, page: Page, store: Store, loaded: Loaded) -> None:
    case_id = saved(store, example(name, loaded) if name else CaseFile(Case("An idea", {}), {}))
    page.goto(f"/cases/{case_id}/advice")
    expect(page.locator("#firm")).not_to_contain_text("being worked out")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    check_page(page)
    decided = page.locator(".advisor-verdict").get_attribute("class")
    assert decided
    page.goto(f"/cases/{case_id}/why?of=proceed:{decided.partition('--')[2]}")
    check_page(page)


@pytest.mark.long
def test_no_advice_is_longer_than_five_screens_of_a_phone(page: Page, store: Store, loaded: Loaded) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    long = {}
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        page.goto(f"/cases/{saved(store, example(path.stem, loaded))}/advice?wait=1")
        screens = page.evaluate("document.documentElement.scrollHeight / innerHeight")
        if screens > 5:
            long[path.stem] = screens
    assert not long


def test_an_advice_is_told_in_a_line_on_a_page_and_in_full(page: Page, store: Store, loaded: Loaded, advisor: Service) -> None:
    file = example(MANDATED, loaded)
    page.goto(f"/cases/{saved(store, file)}/advice")
    depth = page.get_by_role("navigation", name="How much is told")
    expect(depth.locator("[aria-current]")).to_have_text("On a page")
    assert page.locator("details.advisor-topic[open]").count() == 0
    depth.get_by_role("link", name="In full").click()
    expect(depth.locator("[aria-current]")).to_have_text("In full")
    assert page.locator("details.advisor-topic:not([open])").count() == 0
    depth.get_by_role("link", name="In a line").click()
    expect(page.locator("#answer")).to_have_text(advisor.assess(file.case).gate.title + ": cooperation.")
    expect(page.locator(".advisor-report")).to_have_count(0)
    check_page(page)


def test_an_address_opens_the_topic_it_leads_to(page: Page, store: Store, loaded: Loaded) -> None:
    page.goto(f"/cases/{saved(store, example(MANDATED, loaded))}/advice#rows")
    expect(page.locator("section[aria-labelledby=rows] details.advisor-topic")).to_have_attribute("open", "")


def test_all_partners_are_named_at_the_table_and_what_was_not_asked_is_said(client: httpx.Client, store: Store) -> None:
    case = Case(
        "Two of them",
        {"wanted.aim": ("exchange",)},
        (Partner("North House", {"partner.category": ("legal",)}), Partner("South House", {})),
    )
    text = text_of(client.get(f"/cases/{saved(store, CaseFile(case, {}))}/advice"))
    table = text.partition("Who is at the table")[2]
    assert "North House" in table
    assert "South House : what kind of partner it is was not asked" in table
