"""Answers as literals of a circuit: those that a case fixes, those that vary, and which of them count.

An answer counts where its question is asked, exactly as `advisor.model.case.facts_of` has it: the questions' own
conditions become part of the circuit, so that relevance is worked out for all scenarios at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from advisor.engine.program import AGENCY, Atom
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.vocabulary import Vocabulary
from advisor.sweep.circuit import FALSE, TRUE, Circuit

Answer = tuple[str, ...]  # the options chosen; empty where it is not known
Owned = tuple[int, str]  # the partner (or AGENCY) and the question


@dataclass(frozen=True, slots=True)
class Axis:
    """A question whose answer varies, with the answers it may take.

    A `choice` is one column: the number of its answer among `values`, a byte a scenario. `options` are a column of
    truth for each of them, for answers that hold any number.
    """

    owner: int
    question: str
    values: tuple[Answer, ...]
    kind: Literal["choice", "options"] = "choice"

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return len(self.values) if self.kind == "options" else 1


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as literals: each option, and whether there is an answer at all."""

    options: Mapping[str, int]
    answered: int

    def option(self, name: str) -> int:
        """Whether this option was chosen."""
        return self.options.get(name, FALSE)


SILENT = Given({}, FALSE)


@dataclass(eq=False)
class Answers:
    """All answers of a family of scenarios with the same partners. Owners are places in `partners`, or AGENCY."""

    circuit: Circuit
    vocabulary: Vocabulary
    partners: tuple[int, ...]
    raw: Mapping[Owned, Given]
    _counted: dict[Owned, Given] = field(default_factory=dict)

    def counted(self, owner: int, question: str) -> Given:
        """The answer to a question where it counts: nothing where the question is not asked."""
        about = self.vocabulary.questions[question]
        owner = owner if about.asked == "partner" else AGENCY
        key = (owner, question)
        if key not in self._counted:
            raw = self.raw.get((owner if owner == AGENCY else self.partners[owner], question), SILENT)
            asked = TRUE if isinstance(about.when, Always) or raw is SILENT else self.holds(about.when, owner)
            options = {name: self.circuit.every((literal, asked)) for name, literal in raw.options.items()}
            self._counted[key] = Given(options, self.circuit.every((raw.answered, asked)))
        return self._counted[key]

    def holds(self, condition: Condition, owner: int = AGENCY) -> int:
        """The literal of a condition on answers; the same cases as `advisor.model.conditions.holds`."""
        every, some = self.circuit.every, self.circuit.some
        match condition:
            case Always():
                return TRUE
            case Answered(question, options):
                given = self.counted(owner, question)
                return some(given.option(option) for option in options)
            case Includes(question, option, wanted):
                given = self.counted(owner, question)
                return given.option(option) if wanted else every((given.answered, given.option(option) ^ 1))
            case Known(question, wanted):
                return self.counted(owner, question).answered ^ (not wanted)
            case All(conditions):
                return every([self.holds(c, owner) for c in conditions])
            case Any(conditions):
                return some([self.holds(c, owner) for c in conditions])
            case Count(least, conditions):
                return self.circuit.at_least(least, [self.holds(c, owner) for c in conditions])
            case Partners("any", inner):
                return some(self._each(inner))
            case Partners(_, inner):
                return every(self._each(inner)) if self.partners else FALSE
            case PartnerCount(least, inner):
                return self.circuit.at_least(least, self._each(inner))
            case Not(inner):
                return self.holds(inner, owner) ^ 1
            case Found():
                raise TypeError(f"not a condition on answers: {condition}")

    def input(self, atom: Atom) -> int:
        """The literal of one of a program's tests on answers."""
        given = self.counted(atom.partner, atom.name)
        match atom.kind:
            case "answered":
                return self.circuit.some(given.option(option) for option in atom.values)
            case "includes":
                return given.option(atom.values[0])
            case "excludes":
                return self.circuit.every((given.answered, given.option(atom.values[0]) ^ 1))
            case "known":
                return given.answered
            case "unknown":
                return given.answered ^ 1
        raise ValueError(f"not a test on an answer: {atom}")

    def _each(self, condition: Condition) -> list[int]:
        return [self.holds(condition, partner) for partner in range(len(self.partners))]


def fixed(answer: Answer) -> Given:
    """An answer that is the same in every scenario."""
    return Given(dict.fromkeys(answer, TRUE), TRUE if answer else FALSE)


def varied(circuit: Circuit, column: int, axis: Axis) -> Given:
    """An answer that varies, its first column being `column`; an input is named after a column and a value there."""
    options: dict[str, list[int]] = {}
    if axis.kind == "options":
        made = {value[0]: circuit.input((column + place, 1)) for place, value in enumerate(axis.values)}
        return Given(made, circuit.some(made.values()))
    literals = circuit.one_of([(column, place) for place in range(len(axis.values))])
    for literal, value in zip(literals, axis.values, strict=True):
        for option in value:
            options.setdefault(option, []).append(literal)
    silent = [literal for literal, value in zip(literals, axis.values, strict=True) if not value]
    found = {option: _either(circuit, literals, held) for option, held in options.items()}
    return Given(found, _either(circuit, literals, silent) ^ 1)


def _either(circuit: Circuit, every: Sequence[int], some: Sequence[int]) -> int:
    """One of `some`, where exactly one of `every` holds: by those that are fewer."""
    if 2 * len(some) <= len(every):
        return circuit.some(some)
    return circuit.some([literal for literal in every if literal not in some]) ^ 1
