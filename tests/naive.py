"""What follows from a program, worked out the slow and obvious way: the yardstick for every engine."""

from collections.abc import Iterable

from advisor.program import Clause, Program


def fired(program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
    """The numbers of all clauses whose body holds, in ascending order.

    Stratum by stratum, all its clauses are tried over and over until nothing is added; neither the order of the
    clauses nor the program's blocks are looked at.
    """
    true = set(true_inputs)
    for stratum in range(max(program.strata, default=0) + 1):
        clauses = [clause for clause in program.clauses if program.strata[clause.head] == stratum]
        before = -1
        while len(true) > before:
            before = len(true)
            true.update([clause.head for clause in clauses if holds(clause, true)])
    return tuple(number for number, clause in enumerate(program.clauses) if holds(clause, true))


def holds(clause: Clause, true: set[int]) -> bool:
    """Whether a clause's body holds."""
    return true.issuperset(clause.positive) and true.isdisjoint(clause.negative)
