"""Cases evaluated side by side: on any rulebook, each lane is what the chain says of that case."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.analysis.perturbation import Change, Neighbourhood, _Relevant, changes_of
from advisor.engine.chain import ChainEngine
from advisor.engine.compiler import compile_program
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY
from advisor.engine.slots import answers_of
from advisor.model.conditions import (
    Always,
    Answered,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
    holds,
)
from advisor.model.rulebook import Rulebook
from random_rulebooks import cases, rulebooks
from test_sensitivity import changed

ANY = settings(max_examples=60)


@given(st.data())
@ANY
def test_every_single_and_double_change_of_a_random_case_on_a_random_rulebook(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    (case,) = data.draw(cases(book.vocabulary, 1))
    program, chain = compile_program(book, len(case.partners)), ChainEngine()
    tried = [c for slot, was in answers_of(case).items() for c in changes_of(slot, was, book.vocabulary.questions[slot[1]])]
    around = Neighbourhood(program, book.vocabulary, case, tried)

    def same(held: list[int], lane: int, *taken: Change) -> bool:
        told = {n for n, lanes in enumerate(held) if lanes >> lane & 1}
        return told == infer(changed(case, *taken), book, program, chain).true

    assert same(around.base(), 0)
    singles = around.singles()
    assert all(same(singles, place, change) for place, change in enumerate(tried))
    for blocks, held in around.pairs():
        for block in blocks[:4]:
            for n in range(block.size):
                if block.valid >> n & 1:
                    assert same(held, block.start + n, tried[block.first], tried[block.second + n])


def conditions_on(options: dict[str, tuple[str, ...]]) -> st.SearchStrategy[Condition]:
    """Conditions on the answers to `x.agency` and, for a partner, `x.partner`."""
    leaf: st.SearchStrategy[Condition] = st.one_of(
        st.just(Always()),
        st.sampled_from(sorted(options)).flatmap(
            lambda q: st.one_of(
                st.just(Answered(q, options[q][:1])),
                st.booleans().map(lambda wanted: Includes(q, options[q][0], wanted)),
                st.booleans().map(lambda wanted: Known(q, wanted)),
            )
        ),
    )
    return st.one_of(leaf, st.lists(leaf, min_size=1, max_size=3).map(lambda each: Count(min(2, len(each)), tuple(each))))


@given(st.data())
@ANY
def test_whether_a_question_is_asked_is_worked_out_lane_by_lane(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    (case,) = data.draw(cases(book.vocabulary, 1))
    plain = {q.id: q for q in book.vocabulary.questions.values() if isinstance(q.when, Always)}
    mine = {q: question.options for q, question in plain.items() if question.asked == "partner"}
    ours = {q: question.options for q, question in plain.items() if question.asked == "agency"}
    wanted: list[Condition] = []
    if mine:
        inner = data.draw(conditions_on(mine))
        wanted += [Partners("any", inner), Partners("every", inner), PartnerCount(2, inner)]
        wanted += [Not(Partners("any", inner)), Not(PartnerCount(1, inner))]
    if ours:
        wanted.append(data.draw(conditions_on(ours)))
    masks = {slot: dict.fromkeys(answer, 1) for slot, answer in answers_of(case).items() if slot[1] in plain}
    relevant = _Relevant(book.vocabulary, len(case.partners), masks, 1)
    agency = {q: a for q, a in case.answers.items() if q in plain}
    partners = [{q: a for q, a in p.answers.items() if q in plain} for p in case.partners]
    for condition in wanted:
        assert bool(relevant._lanes(condition, AGENCY)) is holds(condition, agency, partners), condition


@given(rulebooks())
@settings(max_examples=1)
def test_a_finding_is_no_condition_on_answers(book: Rulebook) -> None:
    with pytest.raises(TypeError, match="not a condition on answers"):
        _Relevant(book.vocabulary, 0, {}, 1)._lanes(Found("a", "b"), AGENCY)
