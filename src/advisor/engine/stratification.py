"""Order among atoms: strongly connected components, and how many negations stand below each atom."""

from collections.abc import Iterable, Mapping, Set


def components(size: int, below: Mapping[int, Set[int]]) -> list[list[int]]:
    """Tarjan's strongly connected components of the atoms 0…size-1, what others rest on first.

    `below[a]` are the atoms that `a` rests on. Iterative, since rulebooks may be deep.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for root in range(size):
        if root in index:
            continue
        work = [(root, iter(sorted(below.get(root, ()))))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            atom, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(below.get(other, ())))))
                    break
                if other in on_stack:
                    low[atom] = min(low[atom], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[atom])
                if low[atom] == index[atom]:
                    component = [stack.pop()]
                    while component[-1] != atom:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    found.append(component)
    return found


def strata_of(size: int, clauses: Iterable[tuple[int, tuple[int, ...], tuple[int, ...]]]) -> tuple[int, ...]:
    """The stratum of each atom, given (head, positive, negative) clauses without a cycle through negation."""
    strata = [0] * size
    given = list(clauses)
    changed = True
    while changed:
        changed = False
        for head, positive, negative in given:
            lowest = max([strata[a] for a in positive] + [strata[a] + 1 for a in negative], default=0)
            if lowest > strata[head]:
                strata[head] = lowest
                changed = True
    return tuple(strata)
