"""The program of a rulebook, specialized to a family of scenarios: what varies is left, the rest is folded away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from advisor.engine.program import AGENCY, Atom, Program, Slot
from advisor.model.references import ConclusionRef
from advisor.model.vocabulary import Vocabulary
from advisor.sweep.answers import Answer, AnswerLiterals, Answers, Axis, fixed, varied
from advisor.sweep.circuit import FALSE, TRUE, Circuit
from advisor.sweep.kernel import Layout, lay_out


@dataclass(frozen=True, slots=True)
class Family:
    """Scenarios that differ on some axes only. `fixed` are the other answers.

    `optional` are partners that may be left out; whether each is in is a column of its own (1: in), after the axes'.
    """

    partners: tuple[str, ...]
    fixed: Mapping[Slot, Answer]
    axes: tuple[Axis, ...]
    optional: tuple[int, ...] = ()

    def columns(self) -> list[int]:
        """The first column of each axis."""
        starts = [0]
        for axis in self.axes:
            starts.append(starts[-1] + axis.width)
        return starts[:-1]


@dataclass(frozen=True, slots=True)
class ConclusionColumn:
    """A finding about the partnership or a partner: a truth value (`values` has one), or the steps of a level.

    A level's steps stand so that each holds wherever a later one does.
    """

    name: str
    kind: Literal["truth", "level"]
    finding: str
    values: tuple[str, ...]
    owner: int


@dataclass(frozen=True, slots=True)
class Specialized:
    """Conclusions by place in the layout's outputs (`places`, one a value), those decided in advance, and the sizes.

    A place of -1 is false and -2 true in every scenario. The last output is whether the constraints are met, unless
    `constraint` is a constant.
    """

    layout: Layout
    conclusions: tuple[ConclusionColumn, ...]
    places: tuple[tuple[int, ...], ...]
    constraint: int
    clauses: int
    clauses_needed: int
    gates: int

    def varying(self) -> list[int]:
        """The numbers of the conclusions that are not the same in every scenario."""
        return [n for n, places in enumerate(self.places) if max(places) >= 0]

    def constant(self, number: int) -> str | bool | None:
        """What a conclusion that does not vary comes to: a step of a level, None, or a truth value."""
        conclusion, places = self.conclusions[number], self.places[number]
        if conclusion.kind == "truth":
            return places[0] == TRUE_PLACE
        reached = [value for value, place in zip(conclusion.values, places, strict=True) if place == TRUE_PLACE]
        return reached[-1] if reached else None


FALSE_PLACE, TRUE_PLACE = -1, -2


def conclusion_columns(
    vocabulary: Vocabulary, partners: Sequence[str], wanted: Iterable[str] | None = None
) -> tuple[ConclusionColumn, ...]:
    """All conclusions on these findings (or on every one), about the partnership and about each partner."""
    found: list[ConclusionColumn] = []
    for name in vocabulary.findings if wanted is None else wanted:
        finding = vocabulary.findings[name]
        for owner in range(len(partners)) if finding.of == "partner" else (AGENCY,):
            ref = ConclusionRef(name, "", None if owner == AGENCY else partners[owner])
            if finding.kind == "level":
                steps = tuple(finding.values) if finding.keep == "highest" else tuple(reversed(finding.values))
                found.append(ConclusionColumn(str(ref), "level", name, steps, owner))
            else:
                for value in finding.values:
                    found.append(ConclusionColumn(str(replace(ref, value=value)), "truth", name, (value,), owner))
    return tuple(found)


def atom_of(conclusion: ConclusionColumn, value: str, vocabulary: Vocabulary, owner: int) -> Atom:
    """The atom of one value of a conclusion in a program where its partner has the number `owner`."""
    if conclusion.kind == "truth":
        return Atom("finding", conclusion.finding, (value,), owner)
    keep = vocabulary.findings[conclusion.finding].keep
    return Atom("at_least" if keep == "highest" else "at_most", conclusion.finding, (value,), owner)


def specialize(
    vocabulary: Vocabulary,
    programs: Mapping[int, Program],
    family: Family,
    conclusions: Sequence[ConclusionColumn],
    constraints: Sequence[Atom] = (),
) -> Specialized:
    """The part of the program that these conclusions need, with the family's fixed answers folded in.

    `programs` hold the program for each number of partners that can occur; `constraints` are atoms of each that have
    to hold.
    """
    circuit = Circuit()
    starts = family.columns()
    raw: dict[Slot, AnswerLiterals] = {key: fixed(answer) for key, answer in family.fixed.items()}
    for axis, start in zip(family.axes, starts, strict=True):
        raw[axis.owner, axis.question] = varied(circuit, start, axis)
    first = starts[-1] + family.axes[-1].width if family.axes else 0
    present = {partner: circuit.one_of([(first + n, 0), (first + n, 1)])[1] for n, partner in enumerate(family.optional)}
    literals: list[list[int]] = [[] for _ in conclusions]
    met: list[int] = []
    needed = 0
    for absent in product((False, True), repeat=len(family.optional)):
        left_out = {partner for partner, out in zip(family.optional, absent, strict=True) if out}
        members = tuple(n for n in range(len(family.partners)) if n not in left_out)
        chosen = circuit.every([literal ^ (partner in left_out) for partner, literal in present.items()])
        answers = Answers(circuit, members, raw)
        program = programs[len(members)]
        wanted: list[list[Atom | None]] = []
        for conclusion in conclusions:
            inside = conclusion.owner == AGENCY or conclusion.owner in members
            owner = members.index(conclusion.owner) if inside and conclusion.owner != AGENCY else AGENCY
            wanted.append([atom_of(conclusion, v, vocabulary, owner) if inside else None for v in conclusion.values])
        atoms = [atom for row in wanted for atom in row if atom is not None]
        truth, count = evaluate(program, answers, [*atoms, *constraints])
        needed = max(needed, count)
        for row, values in zip(literals, wanted, strict=True):
            row += [circuit.every((chosen, truth.get(atom, FALSE) if atom else FALSE)) for atom in values]
        met.append(circuit.every((chosen, *(truth.get(atom, FALSE) for atom in constraints))))
    width = [len(conclusion.values) for conclusion in conclusions]
    joined = [[circuit.some(row[n::size]) for n in range(size)] for row, size in zip(literals, width, strict=True)]
    return _placed(circuit, conclusions, joined, circuit.some(met), len(programs[len(family.partners)].clauses), needed)


def _placed(
    circuit: Circuit,
    conclusions: Sequence[ConclusionColumn],
    literals: list[list[int]],
    constraint: int,
    clauses: int,
    needed: int,
) -> Specialized:
    outputs: list[int] = []

    def place(literal: int) -> int:
        if literal in (FALSE, TRUE):
            return TRUE_PLACE if literal == TRUE else FALSE_PLACE
        outputs.append(literal)
        return len(outputs) - 1

    places = tuple(tuple(place(literal) for literal in row) for row in literals)
    last = place(constraint)
    gates = sum(bool(circuit.gates[node]) for node in circuit.cone(outputs))
    return Specialized(lay_out(circuit, outputs), tuple(conclusions), places, last, clauses, needed, gates)


def evaluate(program: Program, answers: Answers, wanted: Iterable[Atom]) -> tuple[dict[Atom, int], int]:
    """The literal of each wanted atom that the program can give, and how many clauses that took.

    Only clauses that a wanted atom rests on are looked at. Clauses that feed each other are written out as many
    times as they have heads, or until nothing changes: by then they are settled in every scenario.
    """
    circuit = answers.circuit
    atoms = [atom for atom in wanted if atom in program.number]
    needed = program.below(program.number[atom] for atom in atoms)
    truth = {n: answers.input(program.atoms[n]) for n in program.inputs if n in needed}
    count = 0
    for block, recursive in program.blocks:
        clauses = [program.clauses[n] for n in block if program.clauses[n].head in needed]
        count += len(clauses)
        heads = {clause.head for clause in clauses}
        for _ in range(len(heads) if recursive else 1):
            before = {head: truth.get(head, FALSE) for head in heads}
            bodies: dict[int, list[int]] = {head: [literal] for head, literal in before.items()}
            for clause in clauses:
                body = [truth.get(atom, FALSE) for atom in clause.positive]
                body += [truth.get(atom, FALSE) ^ 1 for atom in clause.negative]
                bodies[clause.head].append(circuit.every(body))
                truth[clause.head] = circuit.some(bodies[clause.head])
            if before == {head: truth[head] for head in heads}:
                break
    return {atom: truth.get(program.number[atom], FALSE) for atom in atoms}, count
