"""A case that shows each conclusion: an example that comes with the rulebook, or else the smallest one that reaches it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.analysis.deadline import Deadline
from advisor.analysis.smallest_cases import Answered, Pair, smallest_cases
from advisor.engine.conclusions import Conclusion
from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY
from advisor.engine.slots import case_with
from advisor.io.examples import Example
from advisor.model.case import Case, unanswered
from advisor.model.conditions import partners_needed
from advisor.model.rulebook import Rulebook
from advisor.service import Service


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of a small case: the question, the number of the partner it is about (0 for none), and the options."""

    question: str
    partner: int
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowingCase:
    """The names of the examples that show something; where there are none, the answers that do."""

    examples: tuple[str, ...]
    answers: tuple[Given, ...] = ()


def showing_cases(service: Service, examples: Iterable[Example], deadline: Deadline) -> dict[Pair, ShowingCase]:
    """A case for each conclusion of the rules that has one; smallest cases are sought for as long as there is time."""
    named: dict[Pair, list[str]] = {}
    for example in examples:
        for pair in _reached(service.infer(example.file.case)):
            named.setdefault(pair, []).append(example.file.case.name)
    found = {pair: ShowingCase(tuple(names)) for pair, names in named.items()}
    rulebook = service.rulebook
    wanted = {pair for rule in rulebook.rules.values() for pair in rule.conclusions} - found.keys()
    empty = without_answers(rulebook)
    program = service.program(len(empty.partners))

    def reaches(answered: Answered, conclusion: Conclusion) -> bool:
        true = service.infer(case_with(empty, answered)).true
        return all((number in true) is wanted for number, wanted in conclusion.literals or ())

    made = smallest_cases(wanted, program, rulebook.vocabulary, reaches, deadline)
    return found | {
        pair: ShowingCase((), _given(answered, tuple(rulebook.vocabulary.questions))) for pair, answered in made.items()
    }


def _reached(inference: Inference) -> Iterator[Pair]:
    atoms = (inference.program.atoms[number] for number in inference.conclusions)
    return iter(dict.fromkeys((atom.name, atom.values[0]) for atom in atoms))


def without_answers(rulebook: Rulebook) -> Case:
    """A case in which nothing is answered, with as many partners as any rule needs."""
    partners = max((partners_needed(rule.when) for rule in rulebook.rules.values()), default=2)
    return unanswered(partners)


def _given(answered: Answered, order: Sequence[str]) -> tuple[Given, ...]:
    """The answers in intake order; partners are counted among those that anything is said of."""
    numbers: Mapping[int, int] = {
        owner: n for n, owner in enumerate(sorted({owner for owner, _ in answered} - {AGENCY}), start=1)
    }
    slots = sorted(answered, key=lambda slot: (slot[0], order.index(slot[1])))
    return tuple(Given(question, numbers.get(owner, 0), answered[owner, question]) for owner, question in slots)
