"""All words on one page: nothing is left out, everything is shown by a case, and it reads, filters and prints from disk."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.examples import read_examples
from advisor.loading import Loaded, load
from advisor.model.advice_parts import PARTS
from advisor.model.case import Case
from advisor.model.problems import InputError
from advisor.review.cases import without_answers
from advisor.review.page import review, write_review
from advisor.review.texts import FINDINGS, read_texts
from advisor.review.turning import turned_by
from advisor.service import Service
from conftest import ROOT
from support.visits import check_page, violations

VOLUNTEERS = ROOT / "tests/rulebooks/volunteer-program"


class Reader(HTMLParser):
    """The text of a page, the ids in it, and what its links lead to."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)
        self.text = _even("".join(self.pieces))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        self.loaded += [given[name] or "" for name in ("src", "srcset", "data") if name in given]
        self.loaded += [given["href"] or ""] if tag == "link" else []
        if tag not in ("code", "a"):
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _even(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.fixture(scope="module")
def made(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the project's words, against a version that gave another reason, said something more, and lacked a file."""
    before = tmp_path_factory.mktemp("before")
    copytree(ROOT / "rules", before / "rules")
    copytree(ROOT / "prompts", before / "prompts")
    rules, said = before / "rules/asks.yaml", before / "prompts/en/pages/said.yaml"
    rules.write_text(re.sub(r"because: .*", "because: Another reason was given.", rules.read_text("utf-8"), count=1), "utf-8")
    said.write_text(said.read_text("utf-8") + "gone-by-now: This was said once.\n", "utf-8")
    (before / "prompts/en/pages/start.yaml").unlink()
    return write_review(service, tmp_path_factory.mktemp("review"), since=str(before))


@pytest.fixture(scope="module")
def read(made: Path) -> Reader:
    return Reader(made.read_text("utf-8"))


@pytest.mark.long
def test_every_text_of_the_words_and_the_rules_is_on_the_page(read: Reader) -> None:
    texts = read_texts(ROOT / "rules", ROOT / "prompts/en", "en")
    assert len(texts) > 5000
    page = read.text.lower()
    missing = [
        text.place
        for text in texts.values()
        if _even(text.said).lower() not in page and not (text.kind == FINDINGS and "{{" in text.said)
    ]
    assert missing == []


@pytest.mark.long
def test_every_question_and_every_conclusion_has_its_place_and_each_link_leads_to_one(read: Reader, loaded: Loaded) -> None:
    rulebook = loaded.rulebook
    assert {*rulebook.vocabulary.questions} <= {*read.ids}
    assert {f"{finding}={value}" for rule in rulebook.rules.values() for finding, value in rule.conclusions} <= {*read.ids}
    assert len(read.ids) == len({*read.ids})
    assert {link.removeprefix("#").replace("%3D", "=") for link in read.links} <= {*read.ids}
    assert read.loaded == []


@pytest.mark.long
def test_every_conclusion_is_shown_by_a_case(made: Path, loaded: Loaded) -> None:
    html, words = made.read_text("utf-8"), loaded.wording.documents["review"]
    entries = re.findall(r"<article.*?</article>", html, re.DOTALL)
    advice = [entry for entry in entries if words["rules"] in entry]
    assert len(advice) > 900
    assert not [entry for entry in advice if words["no-case"] in entry]
    assert sum(words["in-case"] in entry for entry in advice) > 300
    assert "Telling shelters and caseworkers about each other" in html


@pytest.mark.long
def test_when_a_question_is_asked_is_said_in_the_words_of_the_form(read: Reader, loaded: Loaded) -> None:
    conditional = loaded.rulebook.vocabulary.conditional
    told = re.findall(r"It is asked only when (?!\{)(.*?)\.(?= )", read.text)
    assert len(told) == len(conditional)
    assert not [each for each in told if re.search(r"\b(wanted|today|partner|possible)\.[a-z]", each)]


def test_what_an_answer_changes_in_an_example_is_among_what_its_question_can_turn(service: Service, loaded: Loaded) -> None:
    """Each answer of each example is taken away; what then holds or falls is what the page says of the question."""
    vocabulary = loaded.rulebook.vocabulary
    turned = {question: {*pairs} for question, pairs in turned_by(service.ground(without_answers(loaded.rulebook))).items()}
    said = {pair for pairs in turned.values() for pair in pairs}
    changes = 0
    for example in read_examples(ROOT / "examples", vocabulary).values():
        case = example.file.case
        before = _concluded(service, case)
        for question in case.answers:
            without = replace(case, answers={each: given for each, given in case.answers.items() if each != question})
            changed = (before ^ _concluded(service, without)) & said
            assert changed <= turned[question], (case.name, question)
            changes += len(changed)
    assert changes > 1000
    assert len(turned["proposal.ask"]) > 20 * len(turned["partner.standing"]) > 0


def _concluded(service: Service, case: Case) -> set[tuple[str, str]]:
    inference = service.infer(case)
    return {(atom.name, atom.values[0]) for atom in (inference.program.atoms[number] for number in inference.conclusions)}


@pytest.mark.long
def test_what_a_question_can_turn_is_told_by_the_parts_of_the_advice(made: Path, loaded: Loaded) -> None:
    words, html = loaded.wording.documents["review"], made.read_text("utf-8")
    entries = dict(re.findall(r'<article [^>]*data-turns="([^"]*)" id="[^"]*">(.*?)</article>', html, re.DOTALL))
    whole = [(turns.split(), entry) for turns, entry in entries.items()]
    assert whole
    for turns, entry in whole:
        assert [part for part in turns if words[f"part-{part}"] not in unescape(entry)] == []
    (few,) = re.findall(r'data-turns="([^"]*)" id="partner.standing"', html)
    (many,) = re.findall(r'data-turns="([^"]*)" id="wanted.records"', html)
    assert few == "cautions"
    assert {"proceed", "recommended", "structures", "instruments", "conditions", "cautions", "actions"} <= {*many.split()}


@pytest.mark.long
def test_what_is_new_or_changed_or_gone_is_told(made: Path, loaded: Loaded) -> None:
    html = made.read_text("utf-8")
    articles = re.findall(r'<article class="entry is-news".*?</article>', html, re.DOTALL)
    assert ["Before: Another reason was given." in entry for entry in articles] == [True]
    texts = re.findall(r'<div class="entry is-news".*?</div>', html, re.DOTALL)
    new = [entry for entry in texts if '<span class="news">New</span>' in entry]
    assert len(new) == sum(len(getattr(text, "forms", "x")) for text in loaded.wording.pages["start"].values())
    assert len(texts) == len(new) + 1
    assert "gone-by-now" in texts[-1]
    assert "This was said once." in texts[-1]


@pytest.fixture
def disk(browser: Browser, made: Path) -> Iterator[Page]:
    """The page opened from disk, without a network."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(made.as_uri())
    yield page
    context.close()


@pytest.mark.long
def test_it_is_filtered_by_text_kind_topic_and_news_in_a_browser(disk: Page) -> None:
    wrong: list[str] = []
    asked: list[str] = []
    disk.on("pageerror", lambda error: wrong.append(str(error)))
    disk.on("request", lambda request: asked.append(request.url))
    disk.reload()
    shown, output = disk.locator(".entry:visible"), disk.locator("output")
    everything = shown.count()
    assert output.inner_text() == f"{everything} entries shown"
    disk.get_by_label("Kind").select_option("conditions")
    disk.wait_for_function(f"document.querySelector('output').textContent !== '{everything} entries shown'")
    conditions = shown.count()
    assert 50 < conditions < 500
    disk.get_by_role("searchbox").fill("CONFLICT  of interest disclosed")
    disk.wait_for_function(f"document.querySelector('output').textContent !== '{conditions} entries shown'")
    assert 0 < shown.count() < conditions
    assert all("conflict" in text.lower() for text in shown.all_inner_texts())
    assert disk.locator("h2:visible").all_inner_texts() == ["On this page", "Conditions to settle first"]
    disk.get_by_role("searchbox").fill("no such words anywhere")
    disk.wait_for_function("document.querySelector('output').textContent === '0 entries shown'")
    disk.locator("nav a", has_text="Error messages").click()  # what is hidden is shown again where a link leads to it
    assert shown.count() == everything
    disk.get_by_label("Only what is new or changed").check()
    disk.wait_for_function(f"document.querySelector('output').textContent !== '{everything} entries shown'")
    assert 5 < shown.count() < 200
    disk.get_by_label("Only what is new or changed").uncheck()
    disk.wait_for_function(f"document.querySelector('output').textContent === '{everything} entries shown'")
    disk.get_by_label("Questions that can change").select_option("proceed")
    disk.wait_for_function(f"document.querySelector('output').textContent !== '{everything} entries shown'")
    deciding = shown.count()
    assert 10 < deciding < 100
    assert disk.locator("article[id='wanted.aim']").is_visible()
    assert not disk.locator("article[id='partner.standing']").is_visible()
    assert wrong == []
    assert asked == [disk.url.partition("#")[0]]


@pytest.mark.long
def test_without_a_script_everything_is_there_and_no_filter(browser: Browser, made: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(made.as_uri())
    assert page.locator(".entry").count() == page.locator(".entry:visible").count() > 3000
    assert not page.get_by_role("searchbox").is_visible()
    context.close()


@pytest.fixture(scope="module")
def volunteering(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(VOLUNTEERS / "rules", VOLUNTEERS / "prompts", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def small(volunteering: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_review(Service(volunteering, ChainEngine(volunteering.cache)), tmp_path_factory.mktemp("small") / "new/folder")


def test_the_page_of_another_rulebook_reads_at_every_width_and_in_every_color(small: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(small.as_uri())
    kinds = "[data-kind=phrases], [data-kind=pages], [data-kind=errors], [data-kind=help]"  # the project's own, and many
    page.evaluate("kinds => document.querySelectorAll(kinds).forEach(entry => entry.remove())", kinds)
    check_page(page)
    for forced in ("none", "active"):
        page.emulate_media(color_scheme="dark", forced_colors=forced)
        assert violations(page) == []
    context.close()


def test_the_page_of_another_rulebook_has_its_words_and_those_of_the_project_beneath(small: Path) -> None:
    read = Reader(small.read_text("utf-8"))
    for words in ("How often does the task come up?", "Get backgrounds checked", "Somebody was paid for this task until now."):
        assert words in read.text
    assert "homework=get-the-checks" in read.ids
    assert "There is no scenario" in read.text
    assert "wanted.aim" not in read.ids


def test_nothing_but_its_own_words_is_marked_for_another_rulebook(tmp_path: Path) -> None:
    """Against a git revision too."""
    copytree(VOLUNTEERS, tmp_path / "book")
    _git(tmp_path / "book", "init", "-q")
    _git(tmp_path / "book", "add", ".")
    _git(tmp_path / "book", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "First")
    path = tmp_path / "book/prompts/en/questions/task.yaml"
    path.write_text(path.read_text("utf-8").replace("How often does the task come up?", "How often is it there?"), "utf-8")
    again = load(tmp_path / "book/rules", tmp_path / "book/prompts", cache=tmp_path / "cache")
    html = review(Service(again, ChainEngine(again.cache)), since="HEAD")
    assert html.count('<article class="entry is-news"') == 1
    assert "Before: How often does the task come up?" in html


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)


def test_a_version_that_is_not_there_or_has_no_words_is_one_line(volunteering: Loaded, tmp_path: Path) -> None:
    service = Service(volunteering, ChainEngine(volunteering.cache))
    (tmp_path / "prompts/es").mkdir(parents=True)
    copytree(VOLUNTEERS / "rules", tmp_path / "rules")
    for since, code in (
        (str(tmp_path / "none"), "no-such-rulebook"),
        (str(VOLUNTEERS / "rules"), "no-such-folder"),
        (str(tmp_path), "unknown-language"),
    ):
        with pytest.raises(InputError) as raised:
            review(service, since=since)
        assert [problem.code for problem in raised.value.problems] == [code]


def test_a_folder_that_cannot_be_made_is_one_line(volunteering: Loaded, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as raised:
        write_review(Service(volunteering, ChainEngine(volunteering.cache)), tmp_path / "file")
    assert [problem.code for problem in raised.value.problems] == ["unwritable-file"]


def test_every_part_of_the_advice_and_every_topic_has_a_heading(loaded: Loaded) -> None:
    words = loaded.wording.documents
    assert {f"part-{part}" for part in PARTS} <= words["review"].keys()
    assert words["topics"].keys() == {rule.topic for rule in loaded.rulebook.rules.values()}
