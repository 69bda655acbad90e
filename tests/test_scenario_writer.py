"""A case with its scenarios is written so that it reads back the same, as YAML and as JSON."""

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.io.scenario_reader import parse_case_file
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.loading import load
from advisor.model.case import Case, Partner
from advisor.model.conditions import Answers
from advisor.model.names import composed
from advisor.model.scenario import CaseFile, Scenario, names_after
from advisor.model.vocabulary import Vocabulary
from test_case_writer import answers, names, notes, words

TEXT = """\
name: Harbor
answers:
  wanted.duties: no
partners:
  - name: Harbor House
    answers: {}
scenarios:
  lift:
    answers:
      wanted.obstacle: [waiting]
      wanted.duties: unknown
    partners:
      Harbor House:
        partner.reach: merge
  wider:
    on: lift
    add:
      - Tribal Court
    drop:
      - Harbor House
  nothing: {}
"""


@cache
def known() -> Vocabulary:
    """The vocabulary for property tests: as an argument it would be printed whole when one fails."""
    return load().rulebook.vocabulary


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
    stripped = names.map(str.strip).map(composed).filter(bool)
    some = st.lists(stripped, max_size=3, unique_by=str.casefold)
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


@settings(max_examples=20)
@given(file=case_files())
def test_a_case_file_reads_back_the_same(file: CaseFile) -> None:
    vocabulary = known()
    assert parse_case_file(case_file_yaml(file, vocabulary).encode(), vocabulary) == file
    assert parse_case_file(case_file_json(file, vocabulary).encode(), vocabulary, as_json=True) == file


def test_it_is_written_as_a_person_would() -> None:
    file = parse_case_file(TEXT.encode(), known())
    assert case_file_yaml(file, known()) == TEXT


@pytest.mark.parametrize("write", [case_file_yaml, case_file_json])
def test_a_case_without_scenarios_has_no_key_for_them(write: Callable[[CaseFile, Vocabulary], str]) -> None:
    assert "scenarios" not in write(CaseFile(Case("a", {}), {}), known())
