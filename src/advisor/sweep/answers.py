"""Answers as literals of a circuit: those that a case fixes, and those that vary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.engine.program import AGENCY, Atom, Slot
from advisor.sweep.circuit import FALSE, TRUE, Circuit

Answer = tuple[str, ...]  # the options chosen; empty where it is not known


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
class AnswerLiterals:
    """An answer as literals: each option, and whether there is an answer at all."""

    options: Mapping[str, int]
    answered: int

    def option(self, name: str) -> int:
        """Whether this option was chosen."""
        return self.options.get(name, FALSE)


SILENT = AnswerLiterals({}, FALSE)


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of a family of scenarios with the same partners: `partners[n]` is the family's number of partner n."""

    circuit: Circuit
    partners: tuple[int, ...]
    given: Mapping[Slot, AnswerLiterals]

    def input(self, atom: Atom) -> int:
        """The literal of one of a program's inputs: one of its options was chosen."""
        owner = atom.partner if atom.partner == AGENCY else self.partners[atom.partner]
        given = self.given.get((owner, atom.name), SILENT)
        return self.circuit.some(given.option(option) for option in atom.values) if atom.values else given.answered


def fixed(answer: Answer) -> AnswerLiterals:
    """An answer that is the same in every scenario."""
    return AnswerLiterals(dict.fromkeys(answer, TRUE), TRUE if answer else FALSE)


def varied(circuit: Circuit, column: int, axis: Axis) -> AnswerLiterals:
    """An answer that varies, its first column being `column`; an input is named after a column and a value there."""
    options: dict[str, list[int]] = {}
    if axis.kind == "options":
        made = {value[0]: circuit.input((column + place, 1)) for place, value in enumerate(axis.values)}
        return AnswerLiterals(made, circuit.some(made.values()))
    literals = circuit.one_of([(column, place) for place in range(len(axis.values))])
    for literal, value in zip(literals, axis.values, strict=True):
        for option in value:
            options.setdefault(option, []).append(literal)
    silent = [literal for literal, value in zip(literals, axis.values, strict=True) if not value]
    found = {option: _either(circuit, literals, held) for option, held in options.items()}
    return AnswerLiterals(found, _either(circuit, literals, silent) ^ 1)


def _either(circuit: Circuit, every: Sequence[int], some: Sequence[int]) -> int:
    """One of `some`, where exactly one of `every` holds: by those that are fewer."""
    if 2 * len(some) <= len(every):
        return circuit.some(some)
    return circuit.some([literal for literal in every if literal not in some]) ^ 1
