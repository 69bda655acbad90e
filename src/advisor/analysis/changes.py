"""The answer-set program of changed cases: today's answers, the answers after, and what the difference costs."""

from collections.abc import Mapping
from dataclasses import dataclass

import clingo

from advisor.analysis.controls import OPTIONS
from advisor.analysis.encoding import Encoding, SlotAtoms, Writer, write
from advisor.engine.program import Program, Slot
from advisor.model.vocabulary import Question, Vocabulary

# From below, by cores: from above, a control that is used again can lose its way on a question that takes a new one a moment.
_OPTIONS = (*OPTIONS, "--opt-mode=optN", "--opt-strategy=usc")


@dataclass(frozen=True, slots=True)
class Today:
    """The atoms of one slot as it is today: each option, `locked`, which keeps it so, and `onward`, which keeps it from worse."""

    options: Mapping[str, int]
    locked: int
    onward: int

    def literals(self, answer: tuple[str, ...]) -> list[int]:
        """What to assume of today's answer; an empty one is silence."""
        return [atom if option in answer else -atom for option, atom in self.options.items()]


@dataclass(frozen=True, slots=True)
class ChangeSolver:
    """A control over every case that comes of a case by changed answers; its cheapest answer sets come with proof.

    The cost has three parts, the first weighing most: answers changed, open questions answered, and how far the
    changed answers move (steps on a scale, options of a `several` question).
    """

    control: clingo.Control
    after: Encoding
    today: Mapping[Slot, Today]


def make_change_solver(program: Program, vocabulary: Vocabulary) -> ChangeSolver:
    """A control for the changed cases of a program."""
    control = clingo.Control(_OPTIONS)
    with control.backend() as backend:
        writer = Writer(backend)
        after = write(writer, program, vocabulary, silence=True)
        costs: tuple[list[tuple[int, int]], ...] = ([], [], [])
        today = {}
        for slot, choice in after.slots.items():
            today[slot] = _compare(writer, vocabulary.questions[slot[1]], choice, costs)
        for priority, literals in zip((3, 2, 1), costs, strict=True):
            backend.add_minimize(priority, literals)
    return ChangeSolver(control, after, today)


def _compare(writer: Writer, question: Question, choice: SlotAtoms, costs: tuple[list[tuple[int, int]], ...]) -> Today:
    today = {option: writer.choice() for option in question.options}
    locked, onward = writer.choice(), writer.choice()
    known = writer.any_of(list(today.values()))
    differs = writer.atom()
    for option, atom in today.items():
        after = choice.chosen[option]
        writer.rule(differs, [atom, -after])
        writer.rule(differs, [-atom, after])
    changed, filled = writer.all_of([known, differs]), writer.all_of([-known, -choice.silent])
    writer.forbid(known, choice.silent)
    writer.forbid(locked, differs)
    _keep_from_worse(writer, question, choice, today, known, onward)
    costs[0].append((changed, 1))
    costs[1].append((filled, 1))
    if question.kind == "several":
        for option, atom in today.items():
            after = choice.chosen[option]
            costs[2].append((writer.all_of([atom, -after]), 1))
            costs[2].append((writer.all_of([-atom, after]), 1))
    elif question.kind == "scale":
        for i, one in enumerate(question.options):
            for j, two in enumerate(question.options):
                if i != j:
                    costs[2].append((writer.all_of([today[one], choice.chosen[two]]), abs(i - j)))
    return Today(today, locked, onward)


def _keep_from_worse(
    writer: Writer, question: Question, choice: SlotAtoms, today: Mapping[str, int], known: int, onward: int
) -> None:
    """Forbid, where `onward` holds, each change that `Question.may_become` has none of."""
    if question.kind == "several":
        for option, atom in today.items():
            after = choice.chosen[option]
            if question.members == "fewer" and not question.may_become(("",), (option,)):
                writer.forbid(onward, known, -atom, after)
            if question.members == "more" and not question.may_become((option,), ()):
                writer.forbid(onward, atom, -after)
        return
    for option, after in choice.chosen.items():
        for other, atom in today.items():
            if other != option and not question.may_become((other,), (option,)):
                writer.forbid(onward, atom, after)
        if not question.may_become((), (option,)):
            writer.forbid(onward, -known, after)
