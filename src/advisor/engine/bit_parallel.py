"""Evaluates a program for thousands of ways to answer at once: every atom is one Python integer, a bit for each way.

A bit's place is a *lane*. `Lanes.run` takes complete answers; `Lanes.bound` takes answers of which some are open, and
returns what holds however they turn out and what may hold. Bounds are sound but not complete: what they leave
undecided is for the solver.
"""

import marshal
import random
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Program
from advisor.engine.slots import Slot, slots_of
from advisor.io.disk_cache import Kept
from advisor.model.conditions import All, Always, Answered, Any, Condition, Count, Includes, Known, Not, PartnerCount, Partners
from advisor.model.vocabulary import NONE, Question, Vocabulary

SEED = 20110119

Masks = list[int]
Pair = tuple[str, str]  # the names of an atom's two bounds: holds surely, may hold


class Lanes:
    """The generated functions of one program, for these conclusions of it. Holds no state between calls; safe to share."""

    def __init__(
        self, program: Program, vocabulary: Vocabulary, conclusions: Sequence[Conclusion], kept: Kept | None = None
    ) -> None:
        self.program, self.vocabulary, self.conclusions = program, vocabulary, conclusions
        self._kept = kept or Kept(None)
        self.slots = slots_of(vocabulary, program.partners)
        self.start: dict[Slot, int] = {}
        width = 0
        for slot in self.slots:
            self.start[slot] = width
            width += len(self.question(slot).options)
        self.width = width

    def question(self, slot: Slot) -> Question:
        """The question of a slot."""
        return self.vocabulary.questions[slot[1]]

    def places(self, slot: Slot) -> range:
        """Where a slot's options stand among the chosen options of all slots."""
        start = self.start[slot]
        return range(start, start + len(self.question(slot).options))

    @cached_property
    def _run(self) -> Callable[..., typing.Any]:
        return self._function(exact=True)

    @cached_property
    def _bound(self) -> Callable[..., typing.Any]:
        return self._function(exact=False)

    def _function(self, *, exact: bool) -> Callable[..., typing.Any]:
        name = f"lanes-{'exact' if exact else 'bound'}-{self.program.partners}-{self.program.sha256}"
        made = self._kept.get(name, lambda: marshal.dumps(compile(_Source(self, exact=exact).text(), "<lanes>", "exec")))
        scope: dict[str, Callable[..., typing.Any]] = {}
        exec(marshal.loads(made), scope)  # noqa: S102, S302 - our own text, made of numbers only
        return scope["evaluate"]

    def run(self, chosen: Masks, full: int) -> tuple[Masks, Masks]:
        """The lanes in which each conclusion holds, and each slot is asked, given where each option is chosen."""
        found: tuple[Masks, Masks] = self._run(chosen, full)
        return found

    def bound(self, surely: Masks, maybe: Masks, full: int) -> tuple[Masks, Masks]:
        """For each conclusion the lanes where it holds surely and where it may hold."""
        found: tuple[Masks, Masks] = self._bound(surely, maybe, full)
        return found

    @cached_property
    def outlook(self) -> "Outlook":
        """One lane for each way to answer one question and leave the rest open."""
        return _outlook(self)

    def sample(self, lanes: int, slots: Sequence[Slot] | None = None, seed: int = SEED) -> Masks:
        """Random legal answers to every slot (or to these), each option equally likely; the same on every call."""
        chosen = [0] * self.width
        for slot in self.slots if slots is None else slots:
            draw = random.Random(f"{seed} {slot}")  # noqa: S311 - a sample, not a secret
            for place, mask in zip(self.places(slot), _draw(self.question(slot), lanes, draw), strict=True):
                chosen[place] = mask
        return chosen

    def fix(self, chosen: Masks, given: Mapping[Slot, tuple[str, ...]], full: int) -> None:
        """Put the given answers into every lane."""
        for slot, answer in given.items():
            for place, option in zip(self.places(slot), self.question(slot).options, strict=True):
                chosen[place] = full if option in answer else 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """Lanes that each fix one question: to an option, or for a `several` question with or without an option.

    Lane 0 fixes nothing. `splits[slot]` holds groups of lanes that together exhaust the answers to a slot, and
    `surely` and `maybe` say for each option in which lanes it is chosen.
    """

    lanes: int
    splits: Mapping[Slot, tuple[int, ...]]
    surely: Masks
    maybe: Masks


def _outlook(lanes: Lanes) -> Outlook:
    fixed: list[tuple[dict[int, bool], Slot, int]] = []
    for slot in lanes.slots:
        question, places = lanes.question(slot), lanes.places(slot)
        for group, (place, option) in enumerate(zip(places, question.options, strict=True)):
            if question.kind == "several":
                alone = option == NONE
                fixed.append(({other: other == place for other in places} if alone else {place: True}, slot, group))
                fixed.append(({place: False}, slot, group))
            else:
                fixed.append(({other: other == place for other in places}, slot, 0))
    full = (1 << len(fixed) + 1) - 1
    surely, maybe = [0] * lanes.width, [full] * lanes.width
    splits: dict[Slot, dict[int, int]] = {}
    for lane, (options, slot, group) in enumerate(fixed, start=1):
        groups = splits.setdefault(slot, {})
        groups[group] = groups.get(group, 0) | 1 << lane
        for place, chosen in options.items():
            if chosen:
                surely[place] |= 1 << lane
            else:
                maybe[place] &= ~(1 << lane)
    return Outlook(len(fixed) + 1, {slot: tuple(groups.values()) for slot, groups in splits.items()}, surely, maybe)


def _draw(question: Question, lanes: int, draw: random.Random) -> list[int]:
    """For each option the lanes it is chosen in."""
    options, full = question.options, (1 << lanes) - 1
    if question.kind == "several":
        masks = [draw.getrandbits(lanes) for _ in options]
        none = 0
        if NONE in options:
            none = draw.getrandbits(lanes) & draw.getrandbits(lanes) & draw.getrandbits(lanes)
            place = options.index(NONE)
            masks = [0 if n == place else mask & ~none for n, mask in enumerate(masks)]
        chosen = none
        for mask in masks:
            chosen |= mask
        lonely = full & ~chosen
        if NONE in options:
            none |= lonely
            masks[place] = none
        else:
            masks[0] |= lonely
        return masks
    masks, left = [], full
    for rest in range(len(options), 1, -1):
        taken = left & _one_in(rest, lanes, draw)
        masks.append(taken)
        left &= ~taken
    return [*masks, left]


def _one_in(n: int, lanes: int, draw: random.Random) -> int:
    """A mask whose bits are set with a chance of one in n, to 1/256."""
    chance, mask = round(256 / n), 0
    for bit in range(8):
        mask = mask | draw.getrandbits(lanes) if chance >> bit & 1 else mask & draw.getrandbits(lanes)
    return mask


class _Source:
    """The Python text of a program's function; `exact` where both bounds are one."""

    def __init__(self, lanes: Lanes, *, exact: bool) -> None:
        self.lanes, self.exact = lanes, exact
        self.program = lanes.program
        self.body: list[str] = []
        self.asked: dict[Slot, Pair] = {}
        self.names = 0

    def text(self) -> str:
        """The whole function."""
        program, width, exact = self.program, self.lanes.width, self.exact
        for number, slot in enumerate(self.lanes.slots):
            self.asked[slot] = self._assign(f"q{number}", self._condition(self.lanes.question(slot).when, slot[0]))
        for number in range(program.inputs):
            self._assign(f"a{number}", self._input(number))
        for number in range(program.inputs, len(program.atoms)):
            self._assign(f"a{number}", ("0", "0"))
        for block, recursive in program.blocks:
            self._block(block, recursive=recursive)
        head = "def evaluate(chosen, F):" if exact else "def evaluate(surely, maybe, F):"
        lines = [head]
        if width:
            lines.append(f" {', '.join(f'p{n}' for n in range(width))}, = {'chosen' if exact else 'surely'}")
        if width and not exact:
            lines.append(f" {', '.join(f'P{n}' for n in range(width))}, = maybe")
        lines += self.body
        rails = (0,) if exact else (0, 1)
        pairs = [self._conclusion(conclusion) for conclusion in self.lanes.conclusions]
        found = ["[" + ", ".join(pair[rail] for pair in pairs) + "]" for rail in rails]
        asked = ["[" + ", ".join(pair[0] for pair in self.asked.values()) + "]"] if exact else []
        return "\n".join([*lines, f" return {', '.join([*found, *asked])}", ""])

    def _conclusion(self, conclusion: Conclusion) -> Pair:
        if conclusion.literals is None:
            return "0", "0"
        return self._and([self._atom(number, positive=sign) for number, sign in conclusion.literals])

    def _assign(self, name: str, value: Pair) -> Pair:
        """Give a value a name; its upper bound takes the name in capitals."""
        self.body.append(f" {name} = {value[0]}")
        if self.exact:
            return name, name
        self.body.append(f" {name.upper()} = {value[1]}")
        return name, name.upper()

    def _chosen(self, slot: Slot, option: str) -> Pair:
        place = self.lanes.places(slot)[self.lanes.question(slot).options.index(option)]
        return f"p{place}", f"p{place}" if self.exact else f"P{place}"

    def _input(self, number: int) -> Pair:
        atom = self.program.atoms[number]
        slot = (atom.partner, atom.name)
        match atom.kind:
            case "known":
                return self.asked[slot]
            case "unknown":
                return self._no(self.asked[slot])
            case "answered":
                return self._answered(slot, atom.values)
            case _:
                return self._includes(slot, atom.values[0], wanted=atom.kind == "includes")

    def _answered(self, slot: Slot, options: Sequence[str]) -> Pair:
        """One of these options: surely where no other one may be."""
        asked, every = self.asked[slot], self.lanes.question(slot).options
        if set(options) == set(every):
            return asked
        here = self._or([self._chosen(slot, option) for option in options])
        if self.exact:
            return self._and([asked, here])
        others = self._or([self._chosen(slot, option) for option in every if option not in options])
        return f"({asked[0]} & (F ^ {others[1]}))", f"({asked[1]} & {here[1]})"

    def _includes(self, slot: Slot, option: str, *, wanted: bool) -> Pair:
        chosen = self._chosen(slot, option)
        return self._and([self.asked[slot], chosen if wanted else self._no(chosen)])

    def _condition(self, condition: Condition, owner: int) -> Pair:
        match condition:
            case Always():
                return "F", "F"
            case Answered(question, options):
                return self._answered(self._slot(question, owner), options)
            case Includes(question, option, wanted):
                return self._includes(self._slot(question, owner), option, wanted=wanted)
            case Known(question, wanted):
                asked = self.asked[self._slot(question, owner)]
                return asked if wanted else self._no(asked)
            case All(conditions):
                return self._and([self._condition(c, owner) for c in conditions])
            case Any(conditions):
                return self._or([self._condition(c, owner) for c in conditions])
            case Count(least, conditions):
                return self._count(least, [self._condition(c, owner) for c in conditions])
            case Partners("any", inner):
                return self._or([self._condition(inner, n) for n in range(self.program.partners)])
            case Partners(_, inner):
                each = [self._condition(inner, n) for n in range(self.program.partners)]
                return self._and(each) if each else ("0", "0")
            case PartnerCount(least, inner):
                return self._count(least, [self._condition(inner, n) for n in range(self.program.partners)])
            case Not(inner):
                return self._no(self._condition(inner, owner))
        raise TypeError(f"not a condition on answers: {condition}")

    def _slot(self, question: str, owner: int) -> Slot:
        return (owner if self.lanes.vocabulary.questions[question].asked == "partner" else AGENCY, question)

    def _count(self, least: int, parts: list[Pair]) -> Pair:
        """`rungs[k]`: at least k of those seen hold."""
        self.names += 1
        name = f"c{self.names}"
        rungs: list[Pair] = [("F", "F"), *[("0", "0")] * least]
        for place, part in enumerate(parts):
            before = list(rungs)
            for k in range(1, least + 1):
                value = self._or([before[k], self._and([before[k - 1], part])])
                rungs[k] = self._assign(f"{name}_{place}_{k}", value)
        return rungs[least]

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

    def _block(self, block: range, *, recursive: bool) -> None:
        """The clauses of a block; a recursive one is repeated until no atom of it changes."""
        indent = " "
        heads = sorted({self.program.clauses[n].head for n in block})
        names = [f"{letter}{head}" for head in heads for letter in ("a" if self.exact else "aA")]
        now = f"({', '.join(names)},)"
        if recursive:
            self.body += [" before = None", f" while before != {now}:", f"  before = {now}"]
            indent = "  "
        for n in block:
            clause = self.program.clauses[n]
            body = self._and(
                [self._atom(a, positive=True) for a in clause.positive] + [self._atom(a, positive=False) for a in clause.negative]
            )
            self.body.append(f"{indent}a{clause.head} |= {body[0]}")
            if not self.exact:
                self.body.append(f"{indent}A{clause.head} |= {body[1]}")
