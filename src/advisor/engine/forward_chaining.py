"""The default engine: the program compiled to one straight-line Python function.

Clauses stand in an order of dependency, so each is tried once, after all it rests on; only clauses that feed each
other are repeated until nothing changes. A function keeps no state, so it may run in any number of threads.
"""

import marshal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from weakref import WeakKeyDictionary

from advisor.engine.program import Clause, Program
from advisor.io.disk_cache import DiskCache

Evaluate = Callable[[bytearray, bytearray], list[int]]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A program's function, and the group of clauses that each test can bring into play."""

    evaluate: Evaluate
    group_of: tuple[int, ...]
    groups: int


class ChainEngine:
    """Forward chaining by generated code; functions are made once for each program."""

    name = "chain"

    def __init__(self, cache: DiskCache | None = None) -> None:
        self._cache = cache
        self._compiled: WeakKeyDictionary[Program, _Compiled] = WeakKeyDictionary()

    def run(self, program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all clauses whose body holds, in ascending order."""
        compiled = self._compiled.get(program)
        if compiled is None:
            compiled = self._compiled[program] = _compile(program, self._cache or DiskCache(None))
        truth, groups, group_of = bytearray(program.tests), bytearray(compiled.groups), compiled.group_of
        for atom in true_inputs:
            truth[atom] = groups[group_of[atom]] = 1
        return tuple(compiled.evaluate(truth, groups))


def _compile(program: Program, cache: DiskCache) -> _Compiled:
    group_of, groups = _groups(program)
    scope: dict[str, Evaluate] = {}
    name = f"<program for {program.partners} partners>"
    made = cache.get(f"chain-{program.partners}-{program.sha256}", lambda: marshal.dumps(compile(source(program), name, "exec")))
    exec(marshal.loads(made), scope)  # noqa: S102, S302 - our own text, made of numbers only
    return _Compiled(scope["evaluate"], group_of, groups)


def _groups(program: Program) -> tuple[tuple[int, ...], int]:
    """For each test the number of its group: one a question and owner; 0 holds the tests for no answer."""
    numbers: dict[tuple[int, str], int] = {}
    group_of = []
    for atom in program.atoms[: program.tests]:
        key = (atom.partner, atom.name)
        group_of.append(0 if atom.kind == "unknown" else numbers.setdefault(key, len(numbers) + 1))
    return tuple(group_of), len(numbers) + 1


def source(program: Program) -> str:
    """The Python text of a program's function.

    It takes the truth of each test (that of inputs, to which it adds the others) and whether each group has a true one,
    a byte each, and returns the clauses that fired. Clauses that rest on an answer stand under a test of their question's
    group, so that all that concerns questions without an answer is passed over.
    """
    group_of, groups = _groups(program)
    lines = ["def evaluate(truth, groups):", " fired = []", f" {', '.join(f'g{n}' for n in range(groups))}, = groups"]
    followers = _followers(program)
    carried = {n for numbers in followers.values() for n in numbers}
    free = [clause for n, clause in enumerate(program.clauses) if n not in carried]
    tested = {atom for clause in free for atom in (*clause.positive, *clause.negative)}
    derived = sorted(atom for atom in tested if atom >= program.tests)
    for start in range(0, len(derived), 100):
        lines.append(" " + " = ".join(f"a{n}" for n in derived[start : start + 100]) + " = 0")
    for block, recursive in program.blocks:
        if recursive:
            lines += _repeated(program, block)
            continue
        for group, members in _grouped(program, block, carried, group_of):
            lines += [f" if g{group}:"] if group else []
            lines += [("  " if group else " ") + _fire(program, n, followers, tested) for n in members]
    lines += [" fired.sort()", " return fired", ""]
    return "\n".join(lines)


def _followers(program: Program) -> dict[int, tuple[int, ...]]:
    """Clauses that need no test of their own: their body is one atom, and only one clause gives that atom.

    By the clause that gives the atom; both have to stand outside recursion.
    """
    plain = {n for block, recursive in program.blocks if not recursive for n in block}
    givers: dict[int, list[int]] = {}
    for n, clause in enumerate(program.clauses):
        givers.setdefault(clause.head, []).append(n)
    found: dict[int, list[int]] = {}
    for n in sorted(plain):
        clause = program.clauses[n]
        if len(clause.positive) == 1 and not clause.negative:
            given_by = givers.get(clause.positive[0], [])
            if len(given_by) == 1 and given_by[0] in plain:
                found.setdefault(given_by[0], []).append(n)
    return {n: tuple(numbers) for n, numbers in found.items()}


def _grouped(program: Program, block: range, carried: set[int], group_of: tuple[int, ...]) -> list[tuple[int, list[int]]]:
    """The clauses to be tested, level by level, and within a level question by question (0: resting on none)."""
    level: dict[int, int] = {}
    keyed = []
    for n in block:
        clause = program.clauses[n]
        depth = max([level.get(atom, 0) for atom in (*clause.positive, *clause.negative)], default=0)
        level[clause.head] = max(level.get(clause.head, 0), depth + 1)
        group = max((group_of[atom] for atom in clause.positive if atom < program.tests), default=0)
        if n not in carried:
            keyed.append((depth, group, n))
    by_key = groupby(sorted(keyed), key=lambda entry: entry[:2])
    return [(group, [n for _, _, n in members]) for (_, group), members in by_key]


def _fire(program: Program, number: int, followers: dict[int, tuple[int, ...]], tested: set[int]) -> str:
    """One test, and all that fires with it: the clause, its followers, and theirs (they form no circle)."""
    fires = [number]
    for n in fires:
        fires += followers.get(n, ())
    stored = "".join(f"{_name(atom, program)} = " for n in fires if (atom := program.clauses[n].head) in tested)
    return f"if {_test(program.clauses[number], program)}: {stored + '1; ' if stored else ''}fired += {tuple(fires)}"


def _repeated(program: Program, block: range) -> list[str]:
    lines = [" " + " = ".join(f"f{n}" for n in block) + " = 0", " changed = 1", " while changed:", "  changed = 0"]
    for n in block:
        clause = program.clauses[n]
        gives = f"{_name(clause.head, program)} = f{n} = changed = 1; fired.append({n})"
        lines.append(f"  if not f{n} and {_test(clause, program)}: {gives}")
    return lines


def _test(clause: Clause, program: Program) -> str:
    """A clause's body."""
    names = [_name(atom, program) for atom in (*clause.positive, *clause.negative)]
    negated = ["not " + name for name in names[len(clause.positive) :]]
    return " and ".join(names[: len(clause.positive)] + negated) or "1"


def _name(atom: int, program: Program) -> str:
    """Where the truth of an atom stands: tests are read where they are tested, since few are; all else is in variables."""
    return f"truth[{atom}]" if atom < program.tests else f"a{atom}"
