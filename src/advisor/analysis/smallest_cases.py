"""For each conclusion a small case that reaches it: as few answers as the solver finds, none of which it could do without."""

from collections.abc import Callable, Iterable, Mapping

import clingo
from clingo.backend import HeuristicType

from advisor.analysis.controls import literal_of
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.encoding import Encoding, Writer, write
from advisor.analysis.solver import holds, models
from advisor.engine.conclusions import Conclusion, conclusions_of
from advisor.engine.program import Program, Slot
from advisor.model.vocabulary import Vocabulary

Pair = tuple[str, str]  # a finding and its value
Answered = Mapping[Slot, tuple[str, ...]]
_OPTIONS = ("--warn=none", "--heuristic=Domain")  # so that a question is left without an answer where that can be


def smallest_cases(
    wanted: Iterable[Pair],
    program: Program,
    vocabulary: Vocabulary,
    reaches: Callable[[Answered, Conclusion], bool],
    deadline: Deadline,
) -> dict[Pair, Answered]:
    """The answers of a case for each pair of finding and value that some case of the program has.

    What `reaches` says of an answered case is final: answers are taken away for as long as it holds, and a case that does
    not hold from the start is left out. Pairs that the time does not suffice for are left out too.
    """
    pairs = frozenset(wanted)
    left = [
        each for each in conclusions_of(vocabulary, program, {finding for finding, _ in sorted(pairs)}) if _pair(each) in pairs
    ]
    control = clingo.Control(list(_OPTIONS))
    with control.backend() as backend:
        writer = Writer(backend)
        encoding = write(writer, program, vocabulary, silence=True)
        for choice in encoding.slots.values():
            backend.add_heuristic(choice.silent, HeuristicType.True_, 1, 1, [])
        literals = {conclusion: literal_of(writer, encoding, conclusion) for conclusion in left}
    found: dict[Pair, Answered] = {}
    try:
        for model in models(control, [], deadline) if left else ():
            answered = _answers(model, encoding)
            for conclusion in left:
                if holds(model, literals[conclusion]) and _pair(conclusion) not in found and reaches(answered, conclusion):
                    found[_pair(conclusion)] = _smaller(answered, conclusion, reaches)
            left = [each for each in left if not holds(model, literals[each]) and _pair(each) not in found]
            if not left:
                break
            model.context.add_clause([literals[conclusion] for conclusion in left])
    except NotDecidedError:
        pass
    return found


def _pair(conclusion: Conclusion) -> Pair:
    return conclusion.finding, conclusion.value or ""


def _answers(model: clingo.Model, encoding: Encoding) -> dict[Slot, tuple[str, ...]]:
    chosen = {
        slot: tuple(option for option, atom in choice.chosen.items() if model.is_true(atom))
        for slot, choice in encoding.slots.items()
    }
    return {slot: options for slot, options in chosen.items() if options}


def _smaller(answered: Answered, conclusion: Conclusion, reaches: Callable[[Answered, Conclusion], bool]) -> Answered:
    """The case without each answer, and without all but one option of each, for as long as the conclusion does without."""
    left = dict(answered)
    for slot, given in answered.items():
        for options in ((), *((option,) for option in given)):
            fewer = {other: own for other, own in {**left, slot: options}.items() if own}
            if len(options) < len(given) and reaches(fewer, conclusion):
                left = fewer
                break
    return left if left == answered else _smaller(left, conclusion, reaches)
