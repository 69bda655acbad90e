"""Why: the graph from a conclusion through the rules that fired to the answers and sources they rest on.

It observes an inference and lives apart from the engines; auxiliary atoms are looked through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY, Atom, Program
from advisor.model.references import AnswerRef, ConclusionRef
from advisor.model.rulebook import Rule
from advisor.model.sentence import sentence
from advisor.model.vocabulary import UNKNOWN


@dataclass(frozen=True, slots=True)
class FiringBasis:
    """What one firing of a rule rests on.

    `inputs` are tests on answers that hold, `findings` conclusions that hold, and `absent` conclusions (or tests
    under a quantifier or a count) that do not. Of conditions that only do not hold together, those that hold are left out.
    """

    rule: Rule
    partner: int
    inputs: tuple[Atom, ...]
    findings: tuple[Atom, ...]
    absent: tuple[Atom, ...]


def conclusion_ref(atom: Atom, partners: Sequence[str]) -> ConclusionRef:
    """The conclusion that an atom which holds is; a step of a level stands for what the level came to."""
    return ConclusionRef(atom.name, atom.values[0], _owner(atom, partners))


def ref_of(atom: Atom, partners: Sequence[str]) -> ConclusionRef | AnswerRef:
    """What an atom tests: a conclusion, or an answer."""
    owner = _owner(atom, partners)
    match atom.kind:
        case "at_least" | "at_most":
            return ConclusionRef(atom.name, atom.values[0], owner, atom.kind)
        case "answered" | "includes" | "excludes":
            return AnswerRef(atom.name, atom.values, owner, wanted=atom.kind != "excludes")
        case "known" | "unknown":
            return AnswerRef(atom.name, (UNKNOWN,), owner, wanted=atom.kind == "unknown")
        case _:
            return ConclusionRef(atom.name, atom.values[0] if atom.values else "", owner)


def _owner(atom: Atom, partners: Sequence[str]) -> str | None:
    return None if atom.partner == AGENCY else partners[atom.partner]


def because(rule: Rule, partner: int, partners: Sequence[str]) -> str:
    """A rule's reason, with the partner's name where it is about one."""
    return sentence(rule.because, partner=partners[partner] if partner != AGENCY else "")


def level_reached(inference: Inference, atom: Atom) -> Atom:
    """The conclusion itself, or for a step of a level the step that the level came to, which implies it."""
    if atom.kind not in ("at_least", "at_most"):
        return atom
    return atom._replace(values=(inference.level(atom.name, atom.partner) or atom.values[0],))


def grounds(inference: Inference, atom: Atom) -> tuple[FiringBasis, ...]:
    """Each firing that gave this conclusion, by rule and partner; for a level, those that gave what it came to."""
    number = inference.program.number.get(level_reached(inference, atom), -1)
    return tuple(_ground(inference, rule) for rule in rules_behind(inference, number))


def conclusions(inference: Inference) -> list[Atom]:
    """Every finding that holds, by name; of a level only what it came to."""
    return [inference.program.atoms[number] for number in inference.conclusions]


@dataclass(frozen=True, slots=True)
class Basis:
    """What clauses rest on, as numbers of atoms, each group in the order of its atoms.

    `findings` may name any step of a level here, and `absent` conditions of which it takes several together.
    """

    inputs: tuple[int, ...]
    findings: tuple[int, ...]
    absent: tuple[int, ...]


def rules_behind(inference: Inference, number: int) -> tuple[int, ...]:
    """The numbers of the rules that gave a conclusion (for a level the step it came to), by rule and partner."""
    under, clauses = inference.program.rules_under, inference.given_by.get(number, ())
    if len(clauses) == 1:
        return under[clauses[0]]
    return tuple(sorted({rule for clause in clauses for rule in under[clause]}))


def clauses_under(inference: Inference, rule: int) -> tuple[int, ...]:
    """The numbers of the clauses that fired for a rule, and for the auxiliary atoms under it."""
    given_by, steps = inference.given_by, inference.program.steps
    first = given_by[rule]
    if len(first) == 1 and not steps[first[0]]:
        return first
    found, seen = list(first), set[int]()
    for clause in found:
        for step in steps[clause]:
            if step not in seen:
                seen.add(step)
                found += given_by[step]
    return tuple(found)


def basis(program: Program, clauses: Sequence[int]) -> Basis:
    """What these clauses, by number, rest on together. That no value before its own holds is not told apart."""
    inputs, findings, absent = set[int](), set[int](), set[int]()
    rules = program.conclusions.stop
    for number in clauses:
        clause = program.clauses[number]
        inputs.update(atom for atom in clause.positive if atom < program.tests)
        findings.update(atom for atom in clause.positive if program.tests <= atom < rules)
        for missing in (atom for atom in clause.negative if program.atoms[atom].kind != "taken"):
            absent.update(_tests_under(program, missing))
    named = sorted(absent, key=program.atoms.__getitem__)  # tests and findings: their numbers are in another order
    return Basis(tuple(sorted(inputs)), tuple(sorted(findings)), tuple(named))


def _ground(inference: Inference, rule: int) -> FiringBasis:
    program, atoms = inference.program, inference.program.atoms
    found = basis(program, clauses_under(inference, rule))
    findings = sorted({inference.came_to(number) for number in found.findings})
    absent = [number for number in found.absent if number not in inference.true]
    groups = (tuple(atoms[n] for n in numbers) for numbers in (found.inputs, findings, absent))
    return FiringBasis(inference.rulebook.rules[atoms[rule].name], atoms[rule].partner, *groups)


def _tests_under(program: Program, number: int) -> Iterator[int]:
    """The tests and findings that an atom that does not hold would have needed."""
    todo, seen = [number], {number}
    while todo:
        current = todo.pop()
        if program.atoms[current].kind != "step":
            yield current
            continue
        for clause in program.clauses_for(current):
            for below in (*clause.positive, *clause.negative):
                if below not in seen:
                    seen.add(below)
                    todo.append(below)
