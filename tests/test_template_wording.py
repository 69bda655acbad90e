"""Sentences as templates ask for them: what is filled in is escaped, markup goes where the sentence says, numbers inflect."""

import pytest
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from advisor.io.sentence_reader import SentenceReader
from advisor.model.grammar import Grammar
from advisor.model.sentence import Inflected, sentence
from advisor.model.wording import Wording
from advisor.render.template_wording import TemplateWording
from conftest import ROOT

GRAMMAR = SentenceReader(ROOT / "prompts/en").grammar()
PAGES = {
    "page": {
        "plain": "Fish & 1 < 2",
        "named": "Dear {{ name }} & co.",
        "linked": "Read <a>the memo of {{ name }}</a> & <strong>go</strong>.",
        "cases": Inflected.made(
            "<strong>{{ number }} cases</strong>",
            "number",
            {"one": "<strong>One case</strong>", "other": "<strong>{{ number }} cases</strong>"},
            {},
            GRAMMAR.plural,
        ),
        "both": Inflected.made(
            "{{ some }} & {{ name }}",
            "",
            {"text": "{{ some }} & {{ name }}"},
            {
                "some": Inflected.made(
                    "<em>{{ n }} ones</em>",
                    "n",
                    {"one": "<em>{{ n }} one</em>", "other": "<em>{{ n }} ones</em>"},
                    {},
                    GRAMMAR.plural,
                )
            },
            GRAMMAR.plural,
        ),
    }
}
NASTY = "<b>&\"'"
SAFE = "&lt;b&gt;&amp;&#34;&#39;"


def shown(template: str, *, html: bool = True, **values: object) -> str:
    environment = Environment(autoescape=html, undefined=StrictUndefined)
    TemplateWording(Wording("en", {}, {}, {}, pages=PAGES, grammar=GRAMMAR), PAGES).install(environment)
    return environment.from_string(template).render(values)


def test_words_and_what_is_filled_in_are_escaped_once() -> None:
    assert shown('{{ word("page.plain") }}') == "Fish &amp; 1 &lt; 2"
    assert shown('{{ word("page.named", name=name) }}', name=NASTY) == f"Dear {SAFE} &amp; co."
    assert shown('<p title="{{ word("page.named", name=name) }}">', name=NASTY) == f'<p title="Dear {SAFE} &amp; co.">'


def test_markup_stands_where_the_sentence_has_its_tags() -> None:
    made = shown('{{ word("page.linked", name=name, a=element("a", href=address)) }}', name=NASTY, address='/x?a=1&b="2"')
    assert made == f'Read <a href="/x?a=1&amp;b=&#34;2&#34;">the memo of {SAFE}</a> &amp; <strong>go</strong>.'
    marked = shown('{{ word("page.linked", name="Ann", a=element("u")) }}', html=False)
    assert marked == "Read <u>the memo of Ann</u> & **go**."


def test_markup_that_is_filled_in_stays_markup_beside_text_that_is_escaped() -> None:
    assert shown('{{ word("page.named", name=name) }}', name=Markup("<i>Ann</i>")) == "Dear <i>Ann</i> &amp; co."


def test_what_is_filled_in_cannot_bring_tags_or_blanks_of_its_own() -> None:
    made = shown('{{ word("page.linked", name=name, a=element("u")) }}', name="</a><strong>{{ name }}")
    assert made == "Read <u>the memo of &lt;/a&gt;&lt;strong&gt;{{ name }}</u> &amp; <strong>go</strong>."


@pytest.mark.parametrize(("number", "said"), [(0, "0 cases"), (1, "One case"), (2, "2 cases")])
def test_a_number_chooses_the_form(number: int, said: str) -> None:
    assert shown('{{ word("page.cases", number=number) }}', number=number) == f"<strong>{said}</strong>"


def test_parts_are_filled_with_the_values_of_the_whole() -> None:
    assert shown('{{ word("page.both", n=1, name=name) }}', name=NASTY) == f"<em>1 one</em> &amp; {SAFE}"
    assert sentence(PAGES["page"]["both"], n=3, name="x") == "<em>3 ones</em> & x"


@pytest.mark.parametrize(
    ("names", "unit", "standard", "either"),
    [
        ([], "", "", ""),
        (["a"], "a", "a", "a"),
        (["a", "b"], "a, b", "a and b", "a or b"),
        (["a", "b", "c", "d"], "a, b, c, d", "a, b, c, and d", "a or b or c or d"),
    ],
)
def test_names_are_listed_as_the_language_does(names: list[str], unit: str, standard: str, either: str) -> None:
    assert [GRAMMAR.listed(names, manner) for manner in ("unit", "standard", "or")] == [unit, standard, either]


def test_names_that_are_listed_are_escaped_with_markup_among_them() -> None:
    assert shown('{{ listed(["<a>", strong]) }}', strong=Markup("<b>b</b>")) == "&lt;a&gt;, <b>b</b>"
    assert shown('{{ listed(["<a>", "b"]) }}') == "&lt;a&gt;, b"


def test_another_language_counts_and_lists_otherwise() -> None:
    polish: Grammar = SentenceReader(ROOT / "prompts/pl").grammar()
    word = Inflected.made("x", "n", {name: name for name in ("one", "few", "many", "other")}, {}, polish.plural)
    assert [sentence(word, n=n) for n in (0, 1, 2, 5, 22)] == ["many", "one", "few", "many", "few"]
    assert polish.listed(["a", "b", "c"], "standard") == "a, b i c"


def test_a_language_that_nobody_knows_is_bad_input() -> None:
    reader = SentenceReader(ROOT / "prompts/qqx")
    assert reader.grammar() == Grammar()
    assert [(p.code, p.found) for each in reader.problems for p in each.found] == [("no-grammar", "qqx")]
