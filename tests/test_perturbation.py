"""Cases evaluated side by side: on any rulebook, each bit is what the chain says of that case."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.analysis.perturbation import Perturbation, Perturbations, perturbations_of
from advisor.engine.compiler import compile_program
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.relevance import Relevance
from advisor.engine.slots import answers_of
from advisor.model.vocabulary import Vocabulary
from support import naive_engine
from support.changed_cases import changed, everything
from support.random_rulebooks import cases, compound, rulebooks

ANY = settings(max_examples=60)


@given(st.data())
@ANY
def test_every_single_and_double_change_of_a_random_case_on_a_random_rulebook(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    (case,) = data.draw(cases(book.vocabulary, 1))
    program, chain = compile_program(book, len(case.partners)), ChainEngine()
    tried = [c for slot, was in answers_of(case).items() for c in perturbations_of(slot, was, book.vocabulary.questions[slot[1]])]
    around = Perturbations(everything(program, book.vocabulary), case, tried)

    def same(held: list[int], place: int, *taken: Perturbation) -> bool:
        told = {n for n, cases in enumerate(held) if cases >> place & 1}
        return told == infer(changed(case, *taken), book, program, chain).true

    assert same(around.base(), 0)
    singles = around.singles()
    assert all(same(singles, place, change) for place, change in enumerate(tried))
    for blocks, held in around.pairs():
        for block in blocks[:4]:
            for n in range(block.size):
                if block.valid >> n & 1:
                    assert same(held, block.start + n, tried[block.first], tried[block.second + n])


@given(st.data())
@ANY
def test_questions_are_asked_as_their_conditions_say_whichever_way_it_is_worked_out(data: st.DataObject) -> None:
    """The chain on the questions alone, and all questions bit-parallel, against conditions tried as they stand."""
    book, random = data.draw(rulebooks(1)), data.draw(st.randoms(use_true_random=True))
    asked = dict(book.vocabulary.questions)
    for place, (name, question) in enumerate(asked.items()):
        asked[name] = replace(question, when=compound(random, question.asked, list(asked.values())[:place], depth=3))
    vocabulary = Vocabulary(book.vocabulary.sections, asked, book.vocabulary.findings)
    for case in data.draw(cases(vocabulary, 6)):
        found = Relevance(vocabulary).facts(case)
        assert found == naive_engine.facts_of(case, vocabulary)
        evaluator = everything(compile_program(replace(book, vocabulary=vocabulary), len(case.partners)), vocabulary)
        chosen = [0] * evaluator.width
        evaluator.fix(chosen, answers_of(case), 1)
        _, told = evaluator.run(chosen, 1)
        assert {slot for slot, bit in zip(evaluator.slots, told, strict=True) if not bit} == found.not_asked
