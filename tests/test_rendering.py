"""Advice in words: whatever a user typed is shown as it is, in every format, and never acts."""

import io
import json
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import get_args

import pytest
from jinja2 import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import TypeAdapter
from rich.console import Console

from advisor.engine.forward_chaining import ChainEngine
from advisor.explain.reference_wording import in_words
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import FREE_WORDS, Case, Partner
from advisor.model.references import parse_ref
from advisor.model.rulebook import Rulebook
from advisor.model.sentence import sentence
from advisor.model.wording import Wording
from advisor.render import documents
from advisor.render.environment import escape_markdown
from advisor.render.terminal import WIDEST, show
from advisor.service import Service
from conftest import ROOT
from support.case_files import Assessed

CASE = ROOT / "examples" / "domestic-violence-waiting-list.yaml"
HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "[bold]x[/bold]",
    "[x](https://example.org)",
    "a | b",
    "# a * b _ c ` d",
    "Harbor :heart: House",
    'x" onload="y',
    "O'Neill & Sons",
    "&lt;b&gt;",
    "~~gone~~",
    "back\\slash",
    "two\nlines",
    "a@b:c>=d",
)


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.fixture(scope="module")
def case(advisor: Service) -> Case:
    """The example with a second partner about whom there is something to say everywhere."""
    read = read_case(CASE, advisor.rulebook.vocabulary)
    answers = {
        **read.partners[0].answers,
        "partner.reach": ("exchange",),
        "partner.pay": ("you-pay",),
        "partner.power": ("partner-has-more",),
    }
    known = {
        name: options
        for name, options in answers.items()
        if name in advisor.rulebook.vocabulary.questions and options[0] in advisor.rulebook.vocabulary.questions[name].options
    }
    return replace(read, partners=(*read.partners, Partner("The other one", known)))


def advised(advisor: Service, case: Case, name: str) -> Advice:
    """The advice where this is the name of the case and of a partner."""
    partners = (case.partners[0], replace(case.partners[1], name=name))
    return advisor.assess(replace(case, name=name, partners=partners))


def said_of(advice: Advice, name: str) -> list[str]:
    """The reasons that name the partner, as far as they are shown."""
    reasons = [reason.because for item in (*advice.cautions, *advice.conditions) for reason in item.reasons]
    return [because for because in reasons if name in because]


@dataclass
class Page:
    """What a browser makes of a page: its tags with their attributes, and its text."""

    tags: list[tuple[str, dict[str, str | None]]]
    text: str


def parsed(html: str) -> Page:
    page = Page([], "")

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            page.tags.append((tag, dict(attrs)))

        def handle_data(self, data: str) -> None:
            page.text += data

    Parser().feed(html)
    return page


def test_some_reason_names_the_partner(advisor: Service, case: Case) -> None:
    """Or the tests below would show nothing."""
    assert said_of(advised(advisor, case, "Unheard Of"), "Unheard Of")


@pytest.mark.parametrize("name", HOSTILE)
def test_html_shows_a_hostile_name_as_text(name: str, advisor: Service, case: Case) -> None:
    plain = parsed(documents.html(advised(advisor, case, "Unheard Of"), advisor.loaded))
    page = parsed(documents.html(advised(advisor, case, name), advisor.loaded))
    assert page.tags == plain.tags
    assert page.text.casefold() == plain.text.replace("Unheard Of", name).casefold()  # a line begins with a capital


def shown(text: str) -> str:
    """Markdown as text: escapes undone where they stand."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@pytest.mark.parametrize("detail", get_args(documents.Detail))
@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_escapes_a_hostile_name(name: str, detail: documents.Detail, advisor: Service, case: Case) -> None:
    """Wherever a name stands, also within a reason, nothing of it is left to act as Markdown or HTML."""
    plain = documents.markdown(advised(advisor, case, "Unheard Of"), advisor.loaded, detail)
    text = documents.markdown(advised(advisor, case, name), advisor.loaded, detail)
    escaped = escape_markdown(name)
    assert text.casefold() == plain.replace("Unheard Of", escaped).casefold()  # a line begins with a capital


def test_the_line_says_what_the_paragraph_says(advisor: Service, case: Case) -> None:
    advice = advisor.assess(case)
    line, paragraph = (documents.markdown(advice, advisor.loaded, detail) for detail in ("line", "paragraph"))
    verdict, _, lead = line.strip().partition("** ")
    assert line.count("\n") == 1
    assert verdict.startswith(f"**{advice.gate.title}: {advice.dimension.title}")
    assert f"**{advice.gate.title}.**" in paragraph
    assert lead in paragraph


def written(advisor: Service, case: Case, text: str) -> Advice:
    """The advice where everything that a leader can write herself begins with this text."""
    partners = tuple(replace(p, notes={(q, ""): f"{text} {_unlike(p.name + q)}" for q in p.answers}) for p in case.partners)
    notes = {(question, ""): f"{text} {_unlike(question)}" for question in case.answers}
    words = {name: f"{text} {_unlike(name)}" for name in FREE_WORDS}
    return advisor.assess(replace(case, words=words, notes=notes, partners=partners))


def _unlike(name: str) -> str:
    """Many words that no other text has, so that no note is taken for another."""
    return " ".join(f"{name.replace('.', '_')}_{place}" for place in range(30))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_leader_writes_herself_is_shown_as_text(text: str, advisor: Service, case: Case) -> None:
    plain, advice = written(advisor, case, "Unheard Of"), written(advisor, case, text)
    before, page = (parsed(documents.html(each, advisor.loaded)) for each in (plain, advice))
    assert [tag for tag, _ in page.tags].count("blockquote") > len(case.answers)
    assert page.tags == before.tags
    assert page.text.casefold() == before.text.replace("Unheard Of", text).casefold()
    for detail in get_args(documents.Detail):
        said = documents.markdown(advice, advisor.loaded, detail)
        wanted = documents.markdown(plain, advisor.loaded, detail)
        assert said.casefold() == wanted.replace("Unheard Of", escape_markdown(text)).casefold()


def test_each_of_her_notes_is_quoted_once(advisor: Service, case: Case) -> None:
    advice = written(advisor, case, "Unheard Of")
    text = parsed(documents.html(advice, advisor.loaded)).text
    for question in case.answers:
        assert text.count(f"“Unheard Of {question}”") <= 1
    assert text.count("“Unheard Of") > len(case.answers)


@pytest.mark.parametrize("name", HOSTILE)
def test_escaped_markdown_reads_as_what_was_typed(name: str) -> None:
    escaped = escape_markdown(name)
    assert shown(escaped) == " ".join(name.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>*_\[\]|`#~&]", escaped)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_terminal_shows_a_hostile_name_as_text(name: str, advisor: Service, case: Case) -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=4000, highlight=False, force_terminal=False)
    show(documents.markdown(advised(advisor, case, name), advisor.loaded), console)
    text = " ".join(screen.getvalue().split())
    wanted = " ".join(name.split())
    assert f"Advice: {wanted}" in text
    assert f"• {wanted}:".casefold() in text.casefold()


def test_a_terminal_page_is_never_wider_than_is_comfortable(advisor: Service, case: Case) -> None:
    for width in (60, 250):
        screen = io.StringIO()
        text = documents.markdown(advisor.assess(case), advisor.loaded, "full")
        show(text, Console(file=screen, width=width, highlight=False))
        assert max(map(len, screen.getvalue().splitlines())) <= min(width, WIDEST)


@pytest.mark.parametrize("name", HOSTILE)
def test_json_keeps_a_name_as_it_is(name: str, advisor: Service, case: Case) -> None:
    content = json.loads(documents.json(advised(advisor, case, name)))
    assert (content["case"], content["partners"][1]["name"]) == (name, name)


@pytest.mark.parametrize("name", [*HOSTILE, "\x00\x1f\x7f\b\f\n\r\t", "Größe \u2028 \U0001f600", ""])
def test_json_is_what_pydantic_makes_of_the_advice(name: str, advisor: Service, case: Case) -> None:
    """Also where parts are shared by several advices, and at every depth."""
    marked = advisor.assess(replace(case, name=name), marks=True)
    for advice in (advised(advisor, case, name), marked, advisor.assess(Case(name, {}))):
        assert documents.json(advice) == TypeAdapter(Advice).dump_json(advice, indent=2).decode() + "\n"


def test_a_page_needs_no_other_file(advisor: Service, case: Case) -> None:
    html = documents.html(advisor.assess(case), advisor.loaded)
    page = parsed(html)
    assert [attributes["href"] for _, attributes in page.tags if "href" in attributes] in ([], ["#unknown"])
    assert not [
        tag for tag, attributes in page.tags if "src" in attributes or tag in ("script", "link", "iframe", "img", "object")
    ]
    assert not re.search(r"url\(|@import|https?://", html)
    assert html.startswith("<!doctype html>")
    assert html.count("<title>") == 1


@pytest.mark.parametrize("case_name", ["example", "nothing known"])
def test_no_template_shows_through(case_name: str, advisor: Service, case: Case) -> None:
    advice = advisor.assess(case if case_name == "example" else Case(case_name, {}))
    texts = [documents.html(advice, advisor.loaded), documents.json(advice)]
    texts += [documents.markdown(advice, advisor.loaded, detail) for detail in get_args(documents.Detail)]
    for text in texts:
        body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        assert not re.search(r"\{\{|\}\}|\{%|%\}|Undefined", body)


def test_each_item_of_a_list_has_a_line_of_its_own(assessed: tuple[Assessed, ...], loaded: Loaded) -> None:
    for example in assessed[::36]:
        for detail in get_args(documents.Detail):
            text = documents.markdown(example.advice, loaded, detail)
            assert not re.search(r"\S {2,}- |[^\n]\n## ", text), example.example.case.name


def test_the_short_advice_is_a_part_of_the_full_one(advisor: Service, case: Case) -> None:
    advice = advisor.assess(case)
    short, full = (documents.markdown(advice, advisor.loaded, detail) for detail in ("paragraph", "full"))
    assert len(short) < len(full)
    assert "Sources:" not in short
    assert all(source in full for caution in advice.cautions for source in caution.sources)
    assert all(caution.title in full for caution in advice.cautions)


def test_every_source_in_a_page_is_told_in_words(advisor: Service, case: Case) -> None:
    advice = advisor.assess(case)
    text = parsed(documents.html(advice, advisor.loaded)).text
    for caution in advice.cautions:
        assert all(advisor.rulebook.sources[source].says in text for source in caution.sources)


def test_json_ends_with_a_line_feed_and_is_indented(advisor: Service, case: Case) -> None:
    text = documents.json(advisor.assess(case))
    assert text.startswith('{\n  "format": "advice/2"')
    assert text.endswith("}\n")


def test_a_sentence_fills_its_blanks_and_nothing_else() -> None:
    assert sentence("{{ partner }} is here.", partner="{{ 7*7 }}") == "{{ 7*7 }} is here."
    assert sentence("100 % {sure}", partner="x") == "100 % {sure}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ partner }}",
        "Of {{ partner }} and {{ value }}: {{ partner }}.",
        "{{partner}}, {{- partner }} and {{ partner | upper }}",
        "{{ partner }} }} or } or {",
        "{ {{ partner }}",
        "{# not said #}{{ partner }}",
        "{% if value %}{{ value }}{% endif %}",
        "{{ partner }} ends\n",
        "{{ true }} {{ partner }}",
        "{{ 1 }}",
    ],
)
@pytest.mark.parametrize("value", ["x", "{{ 7*7 }}", "<b>&", None, ["a", "b"], 3])
def test_a_sentence_reads_as_jinja_has_it(text: str, value: object) -> None:
    wanted = ImmutableSandboxedEnvironment().from_string(text).render(partner="Harbor's", value=value)
    assert sentence(text, partner="Harbor's", value=value) == wanted


def test_a_blank_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        sentence("{{ partner }} and {{ nobody }}", partner="x")


def test_a_sentence_cannot_reach_into_python() -> None:
    with pytest.raises(Exception, match="unsafe"):
        sentence("{{ x.__class__.__mro__ }}", x="")


def worded(name: str, wording: Wording, rulebook: Rulebook) -> str:
    return in_words(parse_ref(name, rulebook.vocabulary), wording, rulebook.vocabulary)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("need>=cooperation", "What is wanted takes cooperation"),
        ("need=cooperation", "What is wanted takes cooperation"),
        ("limit<=networking", "Not closer than networking for now"),
        ("existing=yes", "It exists already"),
        ("partner-limit<=cooperation@Harbor", "Harbor can come as close as cooperation"),
        ("partner-limit<=cooperation@{{ 7*7 }}", "{{ 7*7 }} can come as close as cooperation"),
        ("partner-limit<=cooperation@a@b:c", "a@b:c can come as close as cooperation"),
    ],
)
def test_a_conclusion_reads_in_words(name: str, said: str, advisor: Service) -> None:
    assert worded(name, advisor.wording, advisor.rulebook).casefold() == said.casefold()


def test_a_test_on_an_answer_reads_as_question_and_options(advisor: Service) -> None:
    ask = advisor.wording.questions
    said = worded("wanted.aim=exchange|common-goal", advisor.wording, advisor.rulebook)
    options = ask["wanted.aim"].options
    assert said == f"{ask['wanted.aim'].ask} {options['exchange']} / {options['common-goal']}"
    for name in ("partner.reach=unknown@Harbor", "partner.reach!=unknown@Harbor"):
        said = worded(name, advisor.wording, advisor.rulebook)
        assert said.split() == [*ask["partner.reach"].ask.split(), "(Harbor)"]
    said = worded("wanted.obstacle!=waiting", advisor.wording, advisor.rulebook)
    assert said.endswith(f"(none of: {ask['wanted.obstacle'].options['waiting']})")


def test_a_finding_without_a_phrase_is_named_and_never_taken_for_a_template(advisor: Service) -> None:
    wording = replace(advisor.wording, phrases={**advisor.wording.phrases, "conclusions": {}})
    name = "partner-limit<=cooperation@{{ 7*7 }}"
    assert worded(name, wording, advisor.rulebook) == name


def test_a_question_to_ask_reads_as_it_is_asked(advisor: Service, wording: Wording) -> None:
    said = worded("ask=wanted.aim", wording, advisor.rulebook)
    assert said == f"To ask: {wording.questions['wanted.aim'].ask}"
