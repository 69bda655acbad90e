"""The part of a program that contested answers leave open, with everything else folded away.

Each contested question has a few answers of which one is right; what is answered in one way is fixed, and what nobody
answered is silent. What is left is small: it is evaluated for thousands of combinations at once, and solved exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from advisor.engine.conclusions import Conclusion
from advisor.engine.program import Clause, Program, Slot

Choice = tuple[int, int]  # a contest and one of its answers, by place
Masks = Sequence[Sequence[int]]  # for each contest and answer the combinations in which it is right, a bit for each


@dataclass(frozen=True, slots=True)
class Contest:
    """A slot and the answers to it of which one is right."""

    slot: Slot
    answers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ContestedProgram:
    """What the contests leave open of a program, by the numbers of its atoms.

    `known` are the atoms decided whoever is right. `inputs` are, for each open test on an answer, the choices that meet it;
    `blocks` are runs of clauses as in `Program`, without what is known.
    """

    contests: tuple[Contest, ...]
    known: Mapping[int, bool]
    inputs: Mapping[int, tuple[Choice, ...]]
    blocks: tuple[tuple[tuple[Clause, ...], bool], ...]

    def holds_in(self, conclusions: Sequence[Conclusion], masks: Masks, full: int) -> list[int]:
        """For each conclusion the combinations in which it holds; `full` has the bits of all."""
        truth = dict.fromkeys((head for clauses, _ in self.blocks for head, _, _ in clauses), 0)
        for number, choices in self.inputs.items():
            mask = 0
            for contest, answer in choices:
                mask |= masks[contest][answer]
            truth[number] = mask
        for clauses, recursive in self.blocks:
            changed = True
            while changed:
                changed = False
                for head, positive, negative in clauses:
                    mask = full
                    for number in positive:
                        mask &= truth[number]
                    for number in negative:
                        mask &= ~truth[number]
                    if mask & ~truth[head]:
                        truth[head] |= mask
                        changed = recursive
        found = []
        for conclusion in conclusions:
            mask = full
            for number, sign in conclusion.literals or ():
                value = (full if self.known[number] else 0) if number in self.known else truth[number]
                mask &= value if sign else ~value
            found.append(mask if conclusion.literals is not None else 0)
        return found


def contested_program(
    program: Program, given: Mapping[Slot, tuple[str, ...]], contests: Sequence[Contest], wanted: Iterable[Conclusion]
) -> ContestedProgram:
    """Fold the given answers into a program, and keep of the rest what the wanted conclusions rest on."""
    heads = {clause.head for clause in program.clauses}
    known = {number: False for number in range(len(program.atoms)) if number not in heads}
    for slot, answer in given.items():
        known |= dict.fromkeys(_met_by(program, slot, answer), True)
    inputs: dict[int, list[Choice]] = {}
    for place, contest in enumerate(contests):
        met = [_met_by(program, contest.slot, answer) for answer in contest.answers]
        always, ever = met[0].intersection(*met), met[0].union(*met)
        known |= dict.fromkeys(always, True)
        for number in sorted(ever - always):
            del known[number]
            inputs[number] = [(place, answer) for answer, numbers in enumerate(met) if number in numbers]
    blocks = []
    for block, recursive in program.blocks:
        clauses = program.clauses[block.start : block.stop]
        pieces = [clauses] if recursive else [tuple(each) for _, each in groupby(clauses, key=lambda clause: clause.head)]
        if left := [clause for piece in pieces for clause in _folded(piece, known)]:
            blocks.append((left, recursive))
    needed = _cone(wanted, [clause for clauses, _ in blocks for clause in clauses])
    kept = [(tuple(clause for clause in clauses if clause.head in needed), recursive) for clauses, recursive in blocks]
    return ContestedProgram(
        tuple(contests),
        known,
        {number: tuple(choices) for number, choices in inputs.items() if number in needed},
        tuple((clauses, recursive) for clauses, recursive in kept if clauses),
    )


def _met_by(program: Program, slot: Slot, answer: Iterable[str]) -> set[int]:
    """The tests that an answer meets."""
    chosen = program.chosen.get(slot, {})
    return {number for option in answer for number in chosen.get(option, ())}


def _folded(clauses: Sequence[Clause], known: dict[int, bool]) -> list[Clause]:
    """What is open of clauses that feed only each other, or nothing; the heads that are decided are noted in `known`."""
    left = list(clauses)
    heads = {clause.head for clause in clauses}
    while True:
        left = [open_one for clause in left if clause.head not in known and (open_one := _open(clause, known))]
        facts = {clause.head for clause in left if not clause.positive and not clause.negative}
        alive = {clause.head for clause in left}
        never = {head for head in heads if head not in known and head not in alive}
        known |= dict.fromkeys(facts, True) | dict.fromkeys(never, False)
        if not facts and not never:
            return left


def _open(clause: Clause, known: Mapping[int, bool]) -> Clause | None:
    """What a clause still asks for; None where it cannot hold any more."""
    head, positive, negative = clause
    if any(known.get(number) is False for number in positive) or any(known.get(number) for number in negative):
        return None
    return Clause(head, tuple(n for n in positive if n not in known), tuple(n for n in negative if n not in known))


def _cone(wanted: Iterable[Conclusion], clauses: Iterable[Clause]) -> set[int]:
    """The atoms that the wanted conclusions rest on."""
    by_head: dict[int, list[Clause]] = {}
    for clause in clauses:
        by_head.setdefault(clause.head, []).append(clause)
    waiting = [number for conclusion in wanted for number, _ in conclusion.literals or ()]
    needed: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            for clause in by_head.get(number, ()):
                waiting += [*clause.positive, *clause.negative]
    return needed
