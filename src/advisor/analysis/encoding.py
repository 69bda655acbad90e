"""A compiled rulebook and its questions as an answer-set program: every way to answer is one answer set.

Each question about each owner is a *slot*. A slot is always filled: with an option, with a legal set of options, or,
where silence is allowed, with nothing. What is chosen counts only where the question is asked, which its `when`
decides exactly as `advisor.model.case.facts_of` does. Everything else follows, so an answer set is a case with its findings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from clingo import Backend

from advisor.engine.program import AGENCY, Program
from advisor.engine.slots import Slot, slots_of
from advisor.model.conditions import All, Always, Answered, Any, Condition, Count, Includes, Known, Not, PartnerCount, Partners
from advisor.model.vocabulary import NONE, Question, Vocabulary


@dataclass(frozen=True, slots=True)
class Choice:
    """The atoms of one slot: each option chosen, nothing chosen (0 where that cannot be), asked, and answered.

    `answer` are the options as they count: chosen, and the question is asked.
    """

    chosen: Mapping[str, int]
    silent: int
    asked: int
    answered: int
    answer: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Where everything stands in the solver's program: `truth[n]` is the solver's atom for the program's atom n."""

    slots: Mapping[Slot, Choice]
    truth: tuple[int, ...]

    def fixed(self, slot: Slot, answer: Sequence[str]) -> list[int]:
        """The literals that fix a slot to an answer; an empty answer is silence."""
        choice = self.slots[slot]
        literals = [atom if option in answer else -atom for option, atom in choice.chosen.items()]
        return [*literals, choice.silent if not answer else -choice.silent] if choice.silent else literals


class Writer:
    """Writes ground rules through clingo's backend; a body literal is an atom, or minus an atom for "not"."""

    def __init__(self, backend: Backend) -> None:
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
    slots = _Slots(writer, vocabulary, program.partners, silence=silence)
    truth = [0] * len(program.atoms)
    for number, atom in enumerate(program.atoms[: program.inputs]):
        choice = slots.made[atom.partner, atom.name]
        match atom.kind:
            case "known":
                truth[number] = choice.answered
            case "unknown":
                truth[number] = -choice.answered
            case "excludes":
                truth[number] = writer.all_of([choice.answered, -choice.chosen[atom.values[0]]])
            case _:
                truth[number] = writer.any_of([choice.answer[option] for option in atom.values])
    for number in range(program.inputs, len(program.atoms)):
        truth[number] = writer.atom()
    for clause in program.clauses:
        writer.rule(truth[clause.head], [*(truth[n] for n in clause.positive), *(-truth[n] for n in clause.negative)])
    return Encoding(slots.made, tuple(truth))


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


class _Slots:
    """Writes the slots in intake order, so that each `when` finds the answers it looks at."""

    def __init__(self, writer: Writer, vocabulary: Vocabulary, partners: int, *, silence: bool) -> None:
        self.writer, self.vocabulary, self.partners, self.silence = writer, vocabulary, partners, silence
        self.made: dict[Slot, Choice] = {}
        for owner, name in slots_of(vocabulary, partners):
            self.made[owner, name] = self._slot(vocabulary.questions[name], owner)

    def _slot(self, question: Question, owner: int) -> Choice:
        writer = self.writer
        chosen = {option: writer.choice() for option in question.options}
        silent = writer.choice() if self.silence else 0
        several = question.kind == "several"
        for one, two in combinations(chosen, 2):
            if not several or NONE in (one, two):
                writer.forbid(chosen[one], chosen[two])
        writer.forbid(*(-atom for atom in chosen.values()), *([-silent] if silent else []))
        for atom in chosen.values() if silent else ():
            writer.forbid(silent, atom)
        asked = self._condition(question.when, owner)
        answered = writer.all_of([asked, -silent]) if silent else asked
        plain = isinstance(question.when, Always)
        answer = chosen if plain else {option: writer.all_of([asked, atom]) for option, atom in chosen.items()}
        return Choice(chosen, silent, asked, answered, answer)

    def _condition(self, condition: Condition, owner: int) -> int:
        """A literal that holds where an answers-only condition does."""
        writer = self.writer
        match condition:
            case Always():
                return writer.all_of([])
            case Answered(question, options):
                return writer.any_of([self._choice(question, owner).answer[option] for option in options])
            case Includes(question, option, wanted):
                choice = self._choice(question, owner)
                return choice.answer[option] if wanted else writer.all_of([choice.answered, -choice.chosen[option]])
            case Known(question, wanted):
                answered = self._choice(question, owner).answered
                return answered if wanted else -answered
            case All(conditions):
                return writer.all_of([self._condition(c, owner) for c in conditions])
            case Any(conditions):
                return writer.any_of([self._condition(c, owner) for c in conditions])
            case Count(least, conditions):
                return writer.at_least(least, [self._condition(c, owner) for c in conditions])
            case Partners("any", inner):
                return writer.any_of([self._condition(inner, partner) for partner in range(self.partners)])
            case Partners(_, inner):
                each = [self._condition(inner, partner) for partner in range(self.partners)]
                return writer.all_of(each) if each else writer.any_of([])
            case PartnerCount(least, inner):
                return writer.at_least(least, [self._condition(inner, partner) for partner in range(self.partners)])
            case Not(inner):
                return -self._condition(inner, owner)
        raise TypeError(f"not a condition on answers: {condition}")

    def _choice(self, question: str, owner: int) -> Choice:
        about_partner = self.vocabulary.questions[question].asked == "partner"
        return self.made[owner if about_partner else AGENCY, question]
