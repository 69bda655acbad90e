"""The part of a program that contested answers leave open, with everything else folded away.

Each contested question has a few answers of which one is right; what is answered in one way is fixed, and what nobody
answered is silent. What is left is small: it is evaluated for thousands of combinations at once, and solved exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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

    `known` tells of each atom whether it holds whoever is right; None where that is open. `inputs` are, for each open test
    on an answer, the choices that meet it; `blocks` are runs of clauses as in `Program`, without what is known.
    """

    contests: tuple[Contest, ...]
    known: tuple[bool | None, ...]
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
                value = truth[number] if self.known[number] is None else full if self.known[number] else 0
                mask &= value if sign else ~value
            found.append(mask if conclusion.literals is not None else 0)
        return found


def contested_program(
    program: Program, given: Mapping[Slot, tuple[str, ...]], contests: Sequence[Contest], wanted: Iterable[Conclusion]
) -> ContestedProgram:
    """Fold the given answers into a program, and keep of the rest what the wanted conclusions rest on."""
    known: list[bool | None] = [False] * len(program.atoms)
    for slot, answer in given.items():
        for number in _met_by(program, slot, answer):
            known[number] = True
    inputs: dict[int, list[Choice]] = {}
    for place, contest in enumerate(contests):
        met = [_met_by(program, contest.slot, answer) for answer in contest.answers]
        always, ever = met[0].intersection(*met), met[0].union(*met)
        for number in sorted(ever):
            known[number] = True if number in always else None
        for number in sorted(ever - always):
            inputs[number] = [(place, answer) for answer, numbers in enumerate(met) if number in numbers]
    blocks = []
    for block, recursive in program.blocks:
        clauses = program.clauses[block.start : block.stop]
        if left := _circle_folded(clauses, known) if recursive else _folded(clauses, known):
            blocks.append((left, recursive))
    needed = _cone(wanted, [clause for clauses, _ in blocks for clause in clauses])
    kept = [(tuple(clause for clause in clauses if clause.head in needed), recursive) for clauses, recursive in blocks]
    return ContestedProgram(
        tuple(contests),
        tuple(known),
        {number: tuple(choices) for number, choices in inputs.items() if number in needed},
        tuple((clauses, recursive) for clauses, recursive in kept if clauses),
    )


def _met_by(program: Program, slot: Slot, answer: Iterable[str]) -> set[int]:
    """The tests that an answer meets."""
    chosen = program.chosen.get(slot, {})
    return {number for option in answer for number in chosen.get(option, ())}


def _folded(clauses: Iterable[Clause], known: list[bool | None]) -> list[Clause]:
    """What is open of clauses that do not feed each other but in their order; what becomes of their heads is noted in `known`."""
    left: list[Clause] = []
    current = -1
    for clause in clauses:
        head, positive, negative = clause
        if head != current:
            current, known[head] = head, False
        if known[head]:
            continue
        is_open = False
        for number in positive:
            if not (value := known[number]):
                if value is False:
                    break
                is_open = True
        else:
            for number in negative:
                if value := known[number]:
                    break
                is_open = is_open or value is None
            else:
                if is_open:
                    known[head] = None
                    left.append(clause)
                else:
                    known[head] = True
    return [_rest(clause, known) for clause in left if not known[clause.head]]


def _circle_folded(clauses: Sequence[Clause], known: list[bool | None]) -> list[Clause]:
    """The same of clauses that feed each other."""
    left = list(clauses)
    undecided = {clause.head for clause in clauses}
    for head in undecided:
        known[head] = None
    while True:
        left = [clause for clause in left if known[clause.head] is None and not _fails(clause, known)]
        facts = {c.head for c in left if all(known[n] for n in c.positive) and all(known[n] is False for n in c.negative)}
        never = undecided - {clause.head for clause in left}
        undecided -= facts | never
        for head in never:
            known[head] = False
        for head in facts:
            known[head] = True
        if not facts and not never:
            return [_rest(clause, known) for clause in left]


def _fails(clause: Clause, known: Sequence[bool | None]) -> bool:
    return any(known[n] is False for n in clause.positive) or any(known[n] for n in clause.negative)


def _rest(clause: Clause, known: Sequence[bool | None]) -> Clause:
    """What a clause asks for beside what is known."""
    open_ones = (tuple(n for n in part if known[n] is None) for part in (clause.positive, clause.negative))
    return Clause(clause.head, *open_ones)


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
