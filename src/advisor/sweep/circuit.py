"""Boolean circuits: and-gates over inputs, folded and shared while they are built.

A *literal* is twice a node's number, plus one where the node is negated; node 0 is the constant false. A gate is
made once however often it is asked for, and what is decided already (by a constant, or by an answer that excludes
another) is never made. That is all the partial evaluation a sweep needs.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

FALSE, TRUE = 0, 1


@dataclass(eq=False)
class Circuit:
    """Nodes in an order of dependency: for an input an empty tuple, for a gate the literals it joins by "and"."""

    gates: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    inputs: dict[Hashable, int] = field(default_factory=dict)
    _known: dict[tuple[int, ...], int] = field(default_factory=dict)
    _groups: dict[int, tuple[int, int]] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)

    def input(self, key: Hashable) -> int:
        """The literal of an input that stands on its own."""
        if key not in self.inputs:
            self.gates.append(())
            self.inputs[key] = 2 * (len(self.gates) - 1)
        return self.inputs[key]

    def one_of(self, keys: Sequence[Hashable]) -> tuple[int, ...]:
        """The literals of inputs of which exactly one holds."""
        if len(keys) == 1:
            return (TRUE,)
        group, literals = len(self._sizes), tuple(self.input(key) for key in keys)
        self._sizes.append(len(keys))
        self._groups |= {literal: (group, place) for place, literal in enumerate(literals)}
        return literals

    def every(self, literals: Iterable[int]) -> int:
        """The literal that holds when all of these do."""
        joined = set(literals)
        joined.discard(TRUE)
        if FALSE in joined or any(literal ^ 1 in joined for literal in joined) or self._at_odds(joined):
            return FALSE
        if not joined:
            return TRUE
        if len(joined) == 1:
            return joined.pop()
        key = tuple(sorted(joined))
        if key not in self._known:
            self.gates.append(key)
            self._known[key] = 2 * (len(self.gates) - 1)
        return self._known[key]

    def some(self, literals: Iterable[int]) -> int:
        """The literal that holds when one of these does."""
        return self.every([literal ^ 1 for literal in literals]) ^ 1

    def at_least(self, least: int, literals: Sequence[int]) -> int:
        """The literal that holds when so many of these do, by a ladder of counts."""
        reached = [TRUE] + [FALSE] * least
        for literal in literals:
            for count in range(least, 0, -1):
                reached[count] = self.some((reached[count], self.every((reached[count - 1], literal))))
        return reached[least]

    def _at_odds(self, literals: set[int]) -> bool:
        """Whether two answers to one question would have to hold, or none of all there are."""
        held: set[int] = set()
        denied: dict[int, int] = {}
        for literal in literals:
            found = self._groups.get(literal & ~1)
            if found is None:
                continue
            group = found[0]
            if literal & 1:
                denied[group] = denied.get(group, 0) + 1
                if denied[group] == self._sizes[group]:
                    return True
            elif group in held:
                return True
            else:
                held.add(group)
        return False

    def cone(self, outputs: Iterable[int]) -> list[int]:
        """The nodes that these literals rest on, in an order of dependency."""
        needed: set[int] = set()
        waiting = [literal >> 1 for literal in outputs]
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting += [literal >> 1 for literal in self.gates[node]]
        return sorted(needed)
