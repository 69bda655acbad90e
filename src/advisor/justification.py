"""Why: the graph from a conclusion through the rules that fired to the answers and sources they rest on.

It observes an inference and lives apart from the engines; auxiliary atoms are looked through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.inference import Inference
from advisor.program import AGENCY, Atom
from advisor.rendering import sentence
from advisor.rulebook import Rule


@dataclass(frozen=True, slots=True)
class Ground:
    """What one firing of a rule rests on.

    `inputs` are tests on answers that hold, `findings` conclusions that hold, and `absent` conclusions (or tests
    under a quantifier or a count) that do not.
    """

    rule: Rule
    partner: int
    inputs: tuple[Atom, ...]
    findings: tuple[Atom, ...]
    absent: tuple[Atom, ...]


def key(atom: Atom, partners: Sequence[str]) -> str:
    """The name of a conclusion as the advice shows it, such as `caution:x`, `need>=cooperation` or `fit:weak@Harbor House`."""
    sign = ">=" if atom.kind == "at_least" else "<=" if atom.kind == "at_most" else ":"
    owner = "" if atom.partner == AGENCY else f"@{partners[atom.partner]}"
    return f"{atom.name}{sign}{'|'.join(atom.values)}{owner}" if atom.values else f"{atom.name}{owner}"


def because(rule: Rule, partner: int, partners: Sequence[str]) -> str:
    """A rule's reason, with the partner's name where it is about one."""
    return sentence(rule.because, partner=partners[partner] if partner != AGENCY else "")


def reached(inference: Inference, atom: Atom) -> Atom:
    """The conclusion itself, or for a step of a level the step that the level came to, which implies it."""
    if atom.kind not in ("at_least", "at_most"):
        return atom
    return atom._replace(values=(inference.level(atom.name, atom.partner) or atom.values[0],))


def grounds(inference: Inference, atom: Atom) -> tuple[Ground, ...]:
    """Each firing that gave this conclusion, by rule and partner; for a level, those that gave what it came to."""
    number = inference.program.number.get(reached(inference, atom), -1)
    clauses = inference.support.get(number, ())
    rules = {below for clause in clauses for below in clause.positive if inference.program.atoms[below].kind == "rule"}
    found = (_ground(inference, rule) for rule in rules)
    return tuple(sorted(found, key=lambda ground: (ground.rule.id, ground.partner)))


def conclusions(inference: Inference) -> list[Atom]:
    """Every finding that holds, by name; of a level only what it came to."""
    atoms = (inference.program.atoms[n] for n in inference.true)
    found = {reached(inference, atom) for atom in atoms if atom.kind in ("finding", "at_least", "at_most")}
    return sorted(found)


def _ground(inference: Inference, number: int) -> Ground:
    atoms = inference.program.atoms
    fires = atoms[number]
    inputs: set[Atom] = set()
    findings: set[Atom] = set()
    absent: set[Atom] = set()
    todo = [number]
    seen = {number}
    while todo:
        for clause in inference.support.get(todo.pop(), ()):
            for below in clause.positive:
                if below < inference.program.inputs:
                    inputs.add(atoms[below])
                elif atoms[below].kind != "step":
                    findings.add(reached(inference, atoms[below]))
                elif below not in seen:
                    seen.add(below)
                    todo.append(below)
            for missing in clause.negative:
                absent.update(_tests_under(inference, missing))
    ordered = (tuple(sorted(group)) for group in (inputs, findings, absent))
    return Ground(inference.rulebook.rules[fires.name], fires.partner, *ordered)


def _tests_under(inference: Inference, number: int) -> Iterator[Atom]:
    """The tests and findings that an atom that does not hold would have needed."""
    todo, seen = [number], {number}
    while todo:
        atom = inference.program.atoms[current := todo.pop()]
        if atom.kind != "step":
            yield atom
            continue
        for clause in inference.program.clauses_for(current):
            for below in (*clause.positive, *clause.negative):
                if below not in seen:
                    seen.add(below)
                    todo.append(below)
