"""Random cases and case files with awkward names, as Hypothesis strategies."""

from collections import ChainMap
from functools import cache

from hypothesis import strategies as st

from advisor.loading import load
from advisor.model.case import FREE_WORDS, Case, Notes, Partner
from advisor.model.conditions import Answers
from advisor.model.names import composed, printable
from advisor.model.scenario import CaseFile, Scenario, names_after
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question, Vocabulary


@cache
def known() -> Vocabulary:
    """The vocabulary for property tests: as an argument it would be printed whole when one fails."""
    return load().rulebook.vocabulary


def answers(questions: tuple[Question, ...]) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    def answer(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
        one = st.sampled_from(question.options).map(lambda option: (option,))
        if question.kind != "several":
            return one
        others = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
        one = st.sampled_from([option for option in question.options if option != THAT_IS_ALL]).map(lambda option: (option,))
        chosen = st.sets(st.sampled_from(others), min_size=1)
        closed = chosen.map(lambda found: {*found, THAT_IS_ALL})
        return one | (chosen | closed).map(lambda found: tuple(option for option in question.options if option in found))

    by_id = {question.id: question for question in questions}
    some = st.lists(st.sampled_from(sorted(by_id)), max_size=8, unique=True)
    return some.flatmap(lambda found: st.fixed_dictionaries({name: answer(by_id[name]) for name in found}))


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
said = anything.map(lambda text: " ".join(printable(text).split())).filter(bool)  # a text as it is kept: on one line


def notes(questions: tuple[Question, ...]) -> st.SearchStrategy[Notes]:
    """Notes to questions as a whole or to options of them, never to both."""

    def to(question: Question) -> st.SearchStrategy[Notes]:
        options = st.dictionaries(st.sampled_from(question.options), said, min_size=1, max_size=3)
        return st.fixed_dictionaries({(question.id, ""): said}) | options.map(
            lambda found: {(question.id, option): text for option, text in found.items()}
        )

    some = st.lists(st.sampled_from(questions), max_size=3, unique_by=lambda question: question.id)
    return some.flatmap(lambda found: st.tuples(*map(to, found))).map(lambda found: dict(ChainMap(*found)))


words = st.lists(st.sampled_from(FREE_WORDS), max_size=3, unique=True).flatmap(
    lambda found: st.fixed_dictionaries({name: said for name in FREE_WORDS if name in found})
)
awkward = st.sampled_from(
    [
        "yes",
        "No",
        "null",
        "~",
        "1e3",
        "- a",
        "a: b",
        "#",
        "'",
        '"',
        "\\",
        "a\u0085b",
        "\ufeff",
        "é",
        "🙂",
        "a\nb",
        "\x7f",
        "a\\/b",
        "\\ud83d\\ude00",
        "\U000e0001",
    ]
)
names = (anything | awkward).map(composed)


@st.composite
def changed(draw: st.DrawFn, scope: str) -> Answers:
    """Answers of a scenario: some given, some taken away."""
    found: dict[str, tuple[str, ...]] = dict(draw(answers(known().asked_of("partner" if scope == "partner" else "agency"))))
    for question in draw(st.sets(st.sampled_from(sorted(found)), max_size=2)) if found else ():
        found[question] = ()
    return found


@st.composite
def case_files(draw: st.DrawFn) -> CaseFile:
    """Cases with partners and scenarios of awkward names, each scenario on the case or on one before it."""
    some = st.lists(names.filter(bool), max_size=3, unique_by=str.casefold)
    agency, partner = known().asked_of("agency"), known().asked_of("partner")
    partners = tuple(Partner(name, draw(answers(partner)), draw(notes(partner))) for name in draw(some))
    case = Case(draw(names), draw(answers(agency)), partners, draw(words), draw(notes(agency)))
    scenarios: dict[str, Scenario] = {}
    for name in draw(st.lists(names.filter(bool), max_size=2, unique=True)):
        on = draw(st.sampled_from([None, *scenarios]))
        here = [partner.name for partner in partners]
        for below in CaseFile(case, scenarios).lineage(on) if on is not None else ():
            here = names_after(here, below)
        folded = {each.casefold() for each in here}
        add = tuple(each for each in draw(some) if each.casefold() not in folded)
        drop = tuple(draw(st.sets(st.sampled_from(here)))) if here else ()
        after = names_after(here, Scenario("", add=add, drop=drop))
        about = {each: found for each in after if (found := draw(changed("partner")))}
        scenarios[name] = Scenario(name, draw(changed("agency")), about, add, drop, on)
    return CaseFile(case, scenarios)
