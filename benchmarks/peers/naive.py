"""The naive fixpoint: stratum by stratum, try every clause that has not fired until nothing changes."""

from collections.abc import Iterable

from advisor.engine.program import Program
from benchmarks.peers import Evaluate


def lay_out(program: Program) -> Evaluate:
    """Clauses by stratum, with their bodies as sets, so that a body is tested by two calls into C."""
    strata: list[list[tuple[int, int, frozenset[int], frozenset[int]]]] = [[] for _ in range(max(program.strata, default=0) + 1)]
    for number, (head, positive, negative) in enumerate(program.clauses):
        strata[program.strata[head]].append((number, head, frozenset(positive), frozenset(negative)))

    def evaluate(true_inputs: Iterable[int]) -> tuple[int, ...]:
        known = set(true_inputs)
        fired = []
        for clauses in strata:
            waiting, changed = clauses, True
            while changed:
                changed, still = False, []
                for clause in waiting:
                    number, head, positive, negative = clause
                    if positive <= known and negative.isdisjoint(known):
                        fired.append(number)
                        known.add(head)
                        changed = True
                    else:
                        still.append(clause)
                waiting = still
        return tuple(sorted(fired))

    return evaluate
