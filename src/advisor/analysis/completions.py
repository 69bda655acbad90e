"""Ways in which the open questions of a case could be answered: drawn at random, and one question at a time."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from advisor.engine.bit_parallel import BitParallel, Masks
from advisor.engine.program import Slot
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question

SIZE = 2048  # completions drawn
FULL = (1 << SIZE) - 1
SEED = 20110119


@dataclass(frozen=True, slots=True)
class Outlook:
    """Cases that each fix one question: to an option, or for a `several` question with or without an option.

    Case 0 fixes nothing. `splits[slot]` holds groups of cases that together exhaust the answers to a slot, and
    `surely` and `maybe` say for each option in which cases it is chosen.
    """

    size: int
    splits: Mapping[Slot, tuple[int, ...]]
    surely: Masks
    maybe: Masks


def outlook(of: BitParallel) -> Outlook:
    """One case for each way to answer one question and leave the rest open."""
    fixed: list[tuple[dict[int, bool], Slot, int]] = []
    for slot in of.slots:
        question, places = of.question(slot), of.places(slot)
        for group, (place, option) in enumerate(zip(places, question.options, strict=True)):
            if question.kind == "several":
                alone = option == NONE
                fixed.append(({other: other == place for other in places} if alone else {place: True}, slot, group))
                fixed.append(({place: False}, slot, group))
            else:
                fixed.append(({other: other == place for other in places}, slot, 0))
    full = (1 << len(fixed) + 1) - 1
    surely, maybe = [0] * of.width, [full] * of.width
    splits: dict[Slot, dict[int, int]] = {}
    for number, (options, slot, group) in enumerate(fixed, start=1):
        groups = splits.setdefault(slot, {})
        groups[group] = groups.get(group, 0) | 1 << number
        for place, chosen in options.items():
            if chosen:
                surely[place] |= 1 << number
            else:
                maybe[place] &= ~(1 << number)
    return Outlook(len(fixed) + 1, {slot: tuple(groups.values()) for slot, groups in splits.items()}, surely, maybe)


def sample(of: BitParallel, slots: Sequence[Slot] | None = None, seed: int = SEED) -> Masks:
    """Random legal answers to every slot (or to these), each option equally likely; the same on every call."""
    chosen = [0] * of.width
    for slot in of.slots if slots is None else slots:
        draw = random.Random(f"{seed} {slot}")  # noqa: S311 - a sample, not a secret
        for place, mask in zip(of.places(slot), _draw(of.question(slot), SIZE, draw), strict=True):
            chosen[place] = mask
    return chosen


def _draw(question: Question, size: int, draw: random.Random) -> Masks:
    """For each option the cases it is chosen in."""
    options, full = question.options, (1 << size) - 1
    if question.kind == "several":
        masks = [draw.getrandbits(size) for _ in options]
        if options[-1] == THAT_IS_ALL:
            masks[-1] &= reduce(or_, masks[:-1])
        none = 0
        if NONE in options:
            none = draw.getrandbits(size) & draw.getrandbits(size) & draw.getrandbits(size)
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
    return one_of(len(options), size, draw)


def one_of(options: int, size: int, draw: random.Random) -> list[int]:
    """For each of some options the cases it is chosen in, where each case has one of them."""
    masks, left = [], (1 << size) - 1
    for rest in range(options, 1, -1):
        taken = left & _one_in(rest, size, draw)
        masks.append(taken)
        left &= ~taken
    return [*masks, left]


def _one_in(n: int, size: int, draw: random.Random) -> int:
    """A mask whose bits are set with a chance of one in n, to 1/256."""
    chance, mask = round(256 / n), 0
    for bit in range(8):
        mask = mask | draw.getrandbits(size) if chance >> bit & 1 else mask & draw.getrandbits(size)
    return mask
