"""Proves or refutes what must hold in every possible case: any question answered in any way, or not at all.

A refuted claim comes with a case against it, made as small as taking answers away allows, and checked by the chain.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

import clingo

from advisor.analysis.controls import OPTIONS
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.encoding import Encoding, Writer, write
from advisor.analysis.invariants import Further, Invariant, Never, Rests
from advisor.analysis.solver import holds, models
from advisor.engine.compiler import compile_program
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, Atom, Program, Slot
from advisor.engine.slots import case_with
from advisor.model.case import Case, unanswered
from advisor.model.conditions import Always
from advisor.model.references import ConclusionRef
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import Finding, Value

BROKEN = "broken-invariant"
Verdict = Literal["proved", "refuted", "not-decided"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a claim holds in every case with so many partners.

    `witness` is a case against it and `rules` those that lead there; `about` lists what the claim fails for, where it
    is about many things (rules, values, options, questions). `seconds` is what deciding it took.
    """

    claim: str
    partners: tuple[int, ...]
    verdict: Verdict
    witness: Case | None = None
    rules: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Everything:
    """A control over every possible case of a program, with what is asked of it."""

    program: Program
    control: clingo.Control
    encoding: Encoding
    silent: Mapping[int, int]  # atoms that hold by a derivation from silence alone
    moved: Mapping[tuple[str, int, str], int]  # (level, owner, value) pushed further in the second copy
    second: tuple[int, ...]  # the second copy's truth, empty where no invariant needs one


def with_invariants(rulebook: Rulebook, invariants: Iterable[Invariant]) -> Rulebook:
    """The rulebook with a rule for each condition that may never hold, so that it is compiled like any other."""
    never = [invariant for invariant in invariants if isinstance(invariant, Never)]
    values = {each.id: Value(each.id, "", {}, (), "", 0) for each in never}
    finding = Finding(BROKEN, "set", "agency", "", False, {}, values, "")
    vocabulary = rulebook.vocabulary
    findings = {**vocabulary.findings, BROKEN: finding}
    rules = {
        f"{BROKEN} {each.id}": Rule(f"{BROKEN} {each.id}", "", "agency", each.condition, ((BROKEN, each.id),), "", (), "", 0)
        for each in never
    }
    extended = replace(vocabulary, findings=findings)
    return replace(rulebook, vocabulary=extended, rules={**rulebook.rules, **rules})


class Prover:
    """Decides invariants for one number of partners."""

    def __init__(self, rulebook: Rulebook, invariants: Sequence[Invariant], partners: int) -> None:
        self.invariants, self.partners = invariants, partners
        self.engine = ChainEngine()  # with nothing kept: this program is not the rulebook's own
        self.extended = with_invariants(rulebook, invariants)
        self.every = self._encode(compile_program(self.extended, partners))

    def _encode(self, program: Program) -> Everything:
        control = clingo.Control(list(OPTIONS))
        with control.backend() as backend:
            writer = Writer(backend)
            encoding = write(writer, program, self.extended.vocabulary, silence=True)
            silent = self._silence(writer, program, encoding)
            moved, second = self._second(writer, program, encoding)
        return Everything(program, control, encoding, silent, moved, second)

    def _silence(self, writer: Writer, program: Program, encoding: Encoding) -> dict[int, int]:
        """The program once more, over silence alone: what was answered gives nothing here."""
        silent = {number: writer.atom() for number in range(len(program.atoms)) if program.clauses_for(number)}
        for clause in program.clauses:
            if all(n in silent for n in clause.positive):
                body = [*(silent[n] for n in clause.positive), *(-encoding.truth[n] for n in clause.negative)]
                writer.rule(silent[clause.head], body)
        return silent

    def _second(
        self, writer: Writer, program: Program, encoding: Encoding
    ) -> tuple[dict[tuple[str, int, str], int], tuple[int, ...]]:
        """A second copy on the same answers, in which levels may be pushed further."""
        moving = {each.moved for each in self.invariants if isinstance(each, Further)}
        if not moving:
            return {}, ()
        inputs = frozenset(program.inputs)
        truth = [given if number in inputs else writer.atom() for number, given in enumerate(encoding.truth)]
        for clause in program.clauses:
            body = [*(truth[n] for n in clause.positive), *(-truth[n] for n in clause.negative)]
            writer.rule(truth[clause.head], body)
        moved = {}
        for number, atom in enumerate(program.atoms):
            if atom.kind in ("at_least", "at_most") and atom.name in moving:
                push = moved[atom.name, atom.partner, atom.values[0]] = writer.choice()
                writer.rule(truth[number], [push])
        return moved, tuple(truth)

    def prove(self, invariant: Invariant, deadline: Deadline) -> Proof:
        """Decide one invariant."""
        started = monotonic()
        try:
            match invariant:
                case Never():
                    found = self._never(invariant, deadline)
                case Rests():
                    found = self._rests(invariant, deadline)
                case Further():
                    found = self._further(invariant, deadline)
        except NotDecidedError:
            found = Proof(invariant.id, (self.partners,), "not-decided")
        return replace(found, seconds=monotonic() - started)

    def _still(self) -> list[int]:
        return [-push for push in self.every.moved.values()]

    def _model(self, assumptions: Sequence[int], deadline: Deadline) -> dict[Slot, tuple[str, ...]] | None:
        """The answers of one case under assumptions, without those that do not count; None if there is no case."""
        for model in models(self.every.control, assumptions, deadline, most=1):
            return {
                slot: tuple(option for option, atom in choice.chosen.items() if holds(model, atom))
                for slot, choice in self.every.encoding.slots.items()
                if holds(model, self.every.encoding.asked[slot]) and not holds(model, choice.silent)
            }
        return None

    def _never(self, invariant: Never, deadline: Deadline) -> Proof:
        number = self.every.program.number.get(Atom("finding", BROKEN, (invariant.id,)))
        answers = None if number is None else self._model([self.every.encoding.truth[number], *self._still()], deadline)
        if number is None or answers is None:
            return Proof(invariant.id, (self.partners,), "proved")
        witness = self._smallest(answers, lambda case: number in self._infer(case).true, invariant.id)
        return self._refuted(invariant.id, witness, number)

    def _rests(self, invariant: Rests, deadline: Deadline) -> Proof:
        for name, value in invariant.conclusions:
            finding = self.extended.vocabulary.findings[name]
            kind = "finding" if finding.kind != "level" else "at_least" if finding.keep == "highest" else "at_most"
            for owner in range(self.partners) if finding.of == "partner" else (AGENCY,):
                number = self.every.program.number.get(Atom(kind, name, (value,), owner))  # type: ignore[arg-type]
                if number is None or number not in self.every.silent:
                    continue
                answers = self._model([self.every.silent[number], *self._still()], deadline)
                if answers is not None:
                    witness = self._smallest(answers, lambda case, n=number: self._is_silent(case, n), invariant.id)  # type: ignore[misc]
                    return replace(self._refuted(invariant.id, witness, number), about=(str(ConclusionRef(name, value)),))
        return Proof(invariant.id, (self.partners,), "proved")

    def _is_silent(self, case: Case, number: int) -> bool:
        """Whether an atom holds by a derivation that no answer supports."""
        inference = self._infer(case)
        silent = set[int]()
        before = -1
        while before < len(silent):
            before = len(silent)
            for clause in (self.every.program.clauses[n] for n in inference.fired):
                if all(n in silent for n in clause.positive):
                    silent.add(clause.head)
        return number in silent

    def _further(self, invariant: Further, deadline: Deadline) -> Proof:
        vocabulary, every = self.extended.vocabulary, self.every
        kept = vocabulary.findings[invariant.kept]
        kind = "at_least" if kept.keep == "highest" else "at_most"
        worse = (invariant.direction == "falling") is (kept.keep == "highest")  # the first has a step that the second lacks
        for (name, owner, value), push in every.moved.items():
            if name != invariant.moved:
                continue
            others = [-other for other in every.moved.values() if other != push]
            for step in kept.values:
                for whose in range(self.partners) if kept.of == "partner" else (AGENCY,):
                    number = every.program.number.get(Atom(kind, kept.name, (step,), whose))  # type: ignore[arg-type]
                    if number is None:
                        continue
                    one, two = every.encoding.truth[number], every.second[number]
                    answers = self._model([push, *others, *((one, -two) if worse else (-one, two))], deadline)
                    if answers is not None:
                        pushed = self._pushed(name, owner, value)

                        def fails(case: Case, n: int = number, program: Program = pushed) -> bool:
                            first, second = self._infer(case), infer(case, self.extended, program, self.engine)
                            before = n in first.true
                            after = second.holds(every.program.atoms[n])
                            return (before and not after) if worse else (after and not before)

                        witness = self._smallest(answers, fails, invariant.id)
                        found = self._refuted(invariant.id, witness, number)
                        pushed_on = ConclusionRef(name, value, None if owner == AGENCY else str(owner + 1))
                        return replace(found, about=(str(pushed_on),))
        return Proof(invariant.id, (self.partners,), "proved")

    def _pushed(self, name: str, owner: int, value: str) -> Program:
        """The program with one more rule, that gives a level a further value whatever is answered."""
        finding = self.extended.vocabulary.findings[name]
        rule = Rule("further", "", finding.of, Always(), ((name, value),), "", (), "", 0)
        program = compile_program(replace(self.extended, rules={**self.extended.rules, "further": rule}), self.partners)
        spare = {Atom("rule", "further", (), other) for other in range(self.partners) if owner not in (AGENCY, other)}
        kept = tuple(clause for clause in program.clauses if program.atoms[clause.head] not in spare)
        if len(kept) == len(program.clauses):
            return program
        return replace(program, clauses=kept, blocks=((range(len(kept)), True),))

    def _infer(self, case: Case) -> Inference:
        return infer(case, self.extended, self.every.program, self.engine)

    def _smallest(self, answers: Mapping[Slot, tuple[str, ...]], fails: Callable[[Case], bool], name: str) -> Case:
        """The witness with every answer taken away that it does without. Raises `AssertionError` if the chain objects."""
        case = case_with(unanswered(self.partners, name), answers)
        if not fails(case):
            raise AssertionError(f"the chain does not confirm the case against {name}")
        left, before = list(answers), 0
        while len(left) != before:
            before = len(left)
            for slot in list(left):
                smaller = case_with(case, {slot: ()})
                if fails(smaller):
                    case = smaller
                    left.remove(slot)
        return case

    def _refuted(self, name: str, witness: Case, number: int) -> Proof:
        return Proof(name, (self.partners,), "refuted", witness, self._rules_behind(self._infer(witness), number))

    def _rules_behind(self, inference: Inference, number: int) -> tuple[str, ...]:
        """The rules two findings deep behind an atom: what gave it, and for a broken condition what met it."""
        atoms, found, todo, seen = inference.program.atoms, set[str](), [(number, 2)], set[int]()
        while todo:
            atom, depth = todo.pop()
            for clause in inference.support.get(atom, ()):
                for below in clause.positive:
                    if below in seen:
                        continue
                    seen.add(below)
                    named = atoms[below].kind == "rule"
                    if named and not atoms[below].name.startswith(BROKEN):
                        found.add(atoms[below].name)
                        continue
                    if depth:
                        todo.append((below, depth))
        return tuple(sorted(found))
