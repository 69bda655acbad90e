"""Evaluates a program for thousands of cases at once: every atom is one Python integer, a bit for each case.

`BitParallel.run` takes the answers of each case, of which some may be missing. `BitParallel.bound` takes cases of which
some answers are still open, and returns what holds however they turn out and what may hold. Bounds are sound but not
complete: what they leave undecided is for the solver.
"""

import marshal
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import groupby

from advisor.engine.conclusions import Conclusion, conclusions_of
from advisor.engine.program import Clause, Program, Slot
from advisor.engine.slots import slots_of
from advisor.io.disk_cache import DiskCache
from advisor.model.vocabulary import Question, Vocabulary

Masks = list[int]
Pair = tuple[str, str]  # the names of an atom's two bounds: holds surely, may hold


class BitParallel:
    """The generated functions of one program. Holds no state between calls; safe to share.

    Answers stand in it by *place*: an option of a slot each, in the order of `slots`. Without `conclusions` they are all
    that the program can draw.
    """

    def __init__(
        self,
        program: Program,
        vocabulary: Vocabulary,
        cache: DiskCache | None = None,
        conclusions: Sequence[Conclusion] | None = None,
    ) -> None:
        self.program, self.vocabulary = program, vocabulary
        self.conclusions = tuple(conclusions_of(vocabulary, program) if conclusions is None else conclusions)
        self._cache = cache if cache is not None and conclusions is None else DiskCache(None)
        self.slots = slots_of(vocabulary, program.partners)
        self._start: dict[Slot, int] = {}
        width = 0
        for slot in self.slots:
            self._start[slot] = width
            width += len(self.question(slot).options)
        self.width = width

    def question(self, slot: Slot) -> Question:
        """The question of a slot."""
        return self.vocabulary.questions[slot[1]]

    def places(self, slot: Slot) -> range:
        """Where a slot's options stand among those of all slots."""
        start = self._start[slot]
        return range(start, start + len(self.question(slot).options))

    @cached_property
    def _run(self) -> Callable[..., typing.Any]:
        return self._function(exact=True)

    @cached_property
    def _bound(self) -> Callable[..., typing.Any]:
        return self._function(exact=False)

    def _function(self, *, exact: bool) -> Callable[..., typing.Any]:
        name = f"bit-parallel-{'exact' if exact else 'bound'}-{self.program.partners}-{self.program.sha256}"
        made = self._cache.get(name, lambda: marshal.dumps(compile(_Source(self, exact=exact).text(), "<bit-parallel>", "exec")))
        scope: dict[str, Callable[..., typing.Any]] = {}
        exec(marshal.loads(made), scope)  # noqa: S102, S302 - our own text, made of numbers only
        return scope["evaluate"]

    def run(self, chosen: Masks, full: int) -> tuple[Masks, Masks]:
        """The cases in which each conclusion holds, and each slot is asked; `chosen` are those in which each option is.

        `full` has the bits of all cases. Where no option of a slot is chosen it has no answer.
        """
        found: tuple[Masks, Masks] = self._run(chosen, full)
        return found

    def bound(self, surely: Masks, maybe: Masks, full: int) -> tuple[Masks, Masks]:
        """For each conclusion the cases where it holds surely and where it may hold, if every slot is answered in the end."""
        found: tuple[Masks, Masks] = self._bound(surely, maybe, full)
        return found

    def fix(self, chosen: Masks, given: Mapping[Slot, tuple[str, ...]], full: int) -> None:
        """Put the given answers into every case."""
        for slot, answer in given.items():
            for place, option in zip(self.places(slot), self.question(slot).options, strict=True):
                chosen[place] = full if option in answer else 0


class _Source:
    """The Python text of a program's function; `exact` where both bounds are one."""

    def __init__(self, of: BitParallel, *, exact: bool) -> None:
        self.of, self.program, self.exact = of, of.program, exact
        self.body: list[str] = []

    def text(self) -> str:
        """The whole function."""
        program, width, exact = self.program, self.of.width, self.exact
        never = {*range(len(program.atoms))}.difference(program.inputs, (clause.head for clause in program.clauses))
        for number in sorted(never):
            self._assign(f"a{number}", ("0", "0"))
        for number in program.inputs:
            self._assign(f"a{number}", self._input(number))
        for block, recursive in program.blocks:
            (self._circle if recursive else self._once)([program.clauses[n] for n in block])
        head = "def evaluate(chosen, F):" if exact else "def evaluate(surely, maybe, F):"
        lines = [head]
        if width:
            lines.append(f" {', '.join(f'p{n}' for n in range(width))}, = {'chosen' if exact else 'surely'}")
        if width and not exact:
            lines.append(f" {', '.join(f'P{n}' for n in range(width))}, = maybe")
        lines += self.body
        pairs = [self._conclusion(conclusion) for conclusion in self.of.conclusions]
        found = ["[" + ", ".join(pair[rail] for pair in pairs) + "]" for rail in ((0,) if exact else (0, 1))]
        if exact:
            asked = (program.asked.get(slot) for slot in self.of.slots)
            found.append("[" + ", ".join("F" if number is None else f"a{number}" for number in asked) + "]")
        return "\n".join([*lines, f" return {', '.join(found)}", ""])

    def _conclusion(self, conclusion: Conclusion) -> Pair:
        if conclusion.literals is None:
            return "0", "0"
        return self._and([self._atom(number, positive=sign) for number, sign in conclusion.literals])

    def _assign(self, name: str, value: Pair) -> None:
        """Give a value a name; its upper bound takes the name in capitals."""
        self.body.append(f" {name} = {value[0]}")
        if not self.exact:
            self.body.append(f" {name.upper()} = {value[1]}")

    def _chosen(self, slot: Slot, option: str) -> Pair:
        place = self.of.places(slot)[self.of.question(slot).options.index(option)]
        return f"p{place}", f"p{place}" if self.exact else f"P{place}"

    def _input(self, number: int) -> Pair:
        """One of some options was chosen: surely also where no other may be, since in the end every slot is answered."""
        atom = self.program.atoms[number]
        slot = (atom.partner, atom.name)
        question = self.of.question(slot)
        options = atom.values or question.options
        here = self._or([self._chosen(slot, option) for option in options])
        if self.exact:
            return here
        others = [option for option in question.options if option not in options]
        if not others:
            return "F", "F"
        if question.kind == "several":
            return here
        return self._no(self._or([self._chosen(slot, option) for option in others]))[0], here[1]

    def _no(self, value: Pair) -> Pair:
        return f"(F ^ {value[1]})", f"(F ^ {value[0]})"

    def _and(self, parts: Sequence[Pair]) -> Pair:
        return self._join(parts, " & ", "F")

    def _or(self, parts: Sequence[Pair]) -> Pair:
        return self._join(parts, " | ", "0")

    def _join(self, parts: Sequence[Pair], sign: str, empty: str) -> Pair:
        if len(parts) == 1:
            return parts[0]
        lower, upper = (sign.join(part[rail] for part in parts) or empty for rail in (0, 1))
        return f"({lower})", f"({upper})"

    def _atom(self, number: int, *, positive: bool) -> Pair:
        pair = (f"a{number}", f"a{number}" if self.exact else f"A{number}")
        return pair if positive else self._no(pair)

    def _body(self, clause: Clause) -> Pair:
        positive = [self._atom(number, positive=True) for number in clause.positive]
        return self._and(positive + [self._atom(number, positive=False) for number in clause.negative])

    def _once(self, clauses: Sequence[Clause]) -> None:
        """Clauses none of which feeds an earlier one; those of one head stand together."""
        for head, each in groupby(clauses, key=lambda clause: clause.head):
            self._assign(f"a{head}", self._or([self._body(clause) for clause in each]))

    def _circle(self, clauses: Sequence[Clause]) -> None:
        """Clauses that feed each other: repeated until no atom changes."""
        heads = sorted({clause.head for clause in clauses})
        for head in heads:
            self._assign(f"a{head}", ("0", "0"))
        names = [f"{letter}{head}" for head in heads for letter in ("a" if self.exact else "aA")]
        now = f"({', '.join(names)},)"
        self.body += [" before = None", f" while before != {now}:", f"  before = {now}"]
        for clause in clauses:
            lower, upper = self._body(clause)
            self.body.append(f"  a{clause.head} |= {lower}")
            if not self.exact:
                self.body.append(f"  A{clause.head} |= {upper}")
