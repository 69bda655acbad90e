"""A compiled rulebook as an answer-set program: every way to answer its questions is one answer set.

Each slot is always filled: with an option, with a legal set of options, or, where silence is allowed, with nothing.
Everything else follows by the program's clauses, so an answer set is a case with its findings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from advisor.engine.program import Program, Slot
from advisor.engine.slots import slots_of
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question, Vocabulary

if TYPE_CHECKING:
    from clingo import Backend


@dataclass(frozen=True, slots=True)
class SlotAtoms:
    """The atoms of one slot: each option chosen, and nothing chosen (0 where that cannot be)."""

    chosen: Mapping[str, int]
    silent: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """Where everything stands in the solver's program: `truth[n]` is the solver's literal for the program's atom n.

    `asked` are literals too, for every slot.
    """

    slots: Mapping[Slot, SlotAtoms]
    truth: tuple[int, ...]
    asked: Mapping[Slot, int]

    def fixed(self, slot: Slot, answer: Sequence[str]) -> list[int]:
        """The literals that fix a slot to an answer; an empty answer is silence."""
        choice = self.slots[slot]
        literals = [atom if option in answer else -atom for option, atom in choice.chosen.items()]
        return [*literals, choice.silent if not answer else -choice.silent] if choice.silent else literals


class Writer:
    """Writes ground rules through clingo's backend; a body literal is an atom, or minus an atom for "not"."""

    def __init__(self, backend: "Backend") -> None:
        self.backend = backend

    def atom(self) -> int:
        """A new atom."""
        return self.backend.add_atom()

    def rule(self, head: int, body: Iterable[int]) -> None:
        """`head` holds where the body does."""
        self.backend.add_rule([head], list(body))

    def forbid(self, *body: int) -> None:
        """No answer set holds all of these."""
        self.backend.add_rule([], list(body))

    def choice(self) -> int:
        """A new atom that may hold or not."""
        atom = self.atom()
        self.backend.add_rule([atom], [], choice=True)
        return atom

    def all_of(self, body: Sequence[int]) -> int:
        """A literal that holds where the whole body does."""
        if len(body) == 1:
            return body[0]
        atom = self.atom()
        self.rule(atom, body)
        return atom

    def any_of(self, literals: Sequence[int]) -> int:
        """A literal that holds where one of these does."""
        if len(literals) == 1:
            return literals[0]
        atom = self.atom()
        for literal in literals:
            self.rule(atom, [literal])
        return atom

    def at_least(self, least: int, literals: Sequence[int]) -> int:
        """A literal that holds where that many of these do."""
        atom = self.atom()
        self.backend.add_weight_rule([atom], least, [(literal, 1) for literal in literals])
        return atom


def write(writer: Writer, program: Program, vocabulary: Vocabulary, *, silence: bool) -> Encoding:
    """Write a program over all its slots; `silence` lets a question go without an answer."""
    slots = slots_of(vocabulary, program.partners)
    return derive(writer, program, {slot: choose(writer, vocabulary.questions[slot[1]], silence=silence) for slot in slots})


def choose(writer: Writer, question: Question, *, silence: bool) -> SlotAtoms:
    """A slot that may be filled in every legal way."""
    chosen = {option: writer.choice() for option in question.options}
    silent = writer.choice() if silence else 0
    for one, two in combinations(chosen, 2):
        if question.kind != "several" or NONE in (one, two):
            writer.forbid(chosen[one], chosen[two])
    writer.forbid(*(-atom for atom in chosen.values()), *([-silent] if silent else []))
    if THAT_IS_ALL in chosen:
        writer.forbid(chosen[THAT_IS_ALL], *(-atom for option, atom in chosen.items() if option != THAT_IS_ALL))
    for atom in chosen.values() if silent else ():
        writer.forbid(silent, atom)
    return SlotAtoms(chosen, silent)


def derive(writer: Writer, program: Program, slots: Mapping[Slot, SlotAtoms]) -> Encoding:
    """Write what follows from the answers chosen; a slot, or an option, that is not among these is never chosen."""
    inputs = frozenset(program.inputs)
    truth = [0 if number in inputs else writer.atom() for number in range(len(program.atoms))]
    always, never = writer.all_of([]), writer.any_of([])
    for number in program.inputs:
        _, question, options, owner = program.atoms[number]
        choice = slots.get((owner, question))
        if choice is None:
            truth[number] = never
        elif not options:
            truth[number] = -choice.silent if choice.silent else always
        else:
            truth[number] = writer.any_of([choice.chosen[option] for option in options if option in choice.chosen])
    for clause in program.clauses:
        writer.rule(truth[clause.head], [*(truth[n] for n in clause.positive), *(-truth[n] for n in clause.negative)])
    asked = {slot: truth[program.asked[slot]] if slot in program.asked else always for slot in slots}
    return Encoding(slots, tuple(truth), asked)


def mirror(writer: Writer, first: Encoding, second: Encoding) -> dict[Slot, int]:
    """For each slot an atom that, where it holds, makes the two copies answer alike."""
    same = {}
    for slot, choice in first.slots.items():
        atom = same[slot] = writer.choice()
        other = second.slots[slot]
        pairs = [(choice.chosen[option], other.chosen[option]) for option in choice.chosen]
        if choice.silent:
            pairs.append((choice.silent, other.silent))
        for one, two in pairs:
            writer.forbid(atom, one, -two)
            writer.forbid(atom, -one, two)
    return same


def tie(writer: Writer, program: Program, first: Encoding, second: Encoding, same: Mapping[Slot, int]) -> None:
    """Let the two copies of an atom be one wherever all that it rests on is answered alike in both.

    It follows from `mirror`, but a solver would have to prove it anew for every chain of clauses.
    """
    rests_on: dict[int, dict[int, None]] = {}
    for clause in program.clauses:
        rests_on.setdefault(clause.head, {}).update(dict.fromkeys((*clause.positive, *clause.negative)))
    alike = [writer.atom() for _ in program.atoms]
    for number in program.inputs:
        _, question, _, owner = program.atoms[number]
        writer.rule(alike[number], [same[owner, question]] if (owner, question) in same else [])
    for number in sorted({*range(len(program.atoms))}.difference(program.inputs)):
        writer.rule(alike[number], [alike[each] for each in rests_on.get(number, ())])
        one, two = first.truth[number], second.truth[number]
        writer.forbid(alike[number], one, -two)
        writer.forbid(alike[number], -one, two)
