"""The cases one or two changed answers away from a case, evaluated all at once, a bit each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from advisor.engine.bit_parallel import BitParallel, Masks
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of
from advisor.model.case import Case
from advisor.model.vocabulary import NONE, Question

AT_ONCE = 1 << 16  # cases: a mask of so many is 8 KiB, so that what one clause touches stays in the processor's cache


@dataclass(frozen=True, slots=True, order=True)
class Perturbation:
    """One answer changed: whose, to which question, what it was and what it would be (empty: no answer)."""

    partner: int
    question: str
    was: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def slot(self) -> Slot:
        """Whom the question is about, and the question."""
        return self.partner, self.question


def perturbations_of(slot: Slot, was: tuple[str, ...], question: Question) -> Iterator[Perturbation]:
    """Each other answer to a question; of a `several` answer each option put in or taken out."""
    made: Iterable[tuple[str, ...]]
    if question.kind == "several":
        made = (_toggled(was, option, question) for option in question.options)
    else:
        made = ((option,) for option in question.options)
    for now in dict.fromkeys(made):
        if now and now != was:
            yield Perturbation(*slot, was, now)


def _toggled(was: tuple[str, ...], option: str, question: Question) -> tuple[str, ...]:
    if option == NONE:
        return (NONE,)
    chosen = (set(was) - {NONE}) ^ {option}
    return tuple(each for each in question.options if each in chosen) or ((NONE,) if NONE in question.options else ())


@dataclass(frozen=True, slots=True)
class Block:
    """Cases that share a first change. The case `start + n` adds to it the change number `second + n`.

    Only the `valid` ones are cases of their own: two changes of one question are none, and no pair is there twice.
    """

    first: int
    second: int
    start: int
    size: int
    valid: int

    def of(self, cases: int) -> int:
        """Of some cases those of this block, moved so that bit n is the one that adds change `second + n`."""
        return cases >> self.start & self.valid


class Perturbations:
    """A case with changes to try. Case n of `singles` has change n; pairs come in chunks of blocks.

    What is returned are for each of the evaluator's conclusions the cases in which it holds.
    """

    def __init__(self, evaluator: BitParallel, case: Case, changes: Sequence[Perturbation]) -> None:
        self.evaluator, self.changes = evaluator, tuple(changes)
        self.given = answers_of(case)
        self._numbers: dict[Slot, list[int]] = {}
        for number, change in enumerate(self.changes):
            self._numbers.setdefault(change.slot, []).append(number)
        self._single = self._singly()

    def base(self) -> Masks:
        """The case as it is: one bit."""
        return self._evaluate(self._as_it_is(1), 1)

    def singles(self) -> Masks:
        """Each change alone."""
        return self._evaluate(self._single, len(self.changes))

    def pairs(self) -> Iterator[tuple[tuple[Block, ...], Masks]]:
        """Every two changes of different questions, chunk by chunk: the blocks of cases, and where each conclusion holds."""
        size, first = len(self.changes), 0
        while first < size - 1:
            width = size - first - 1
            count = min(max(AT_ONCE // width, 1), width)
            blocks = tuple(self._block(first + n, first + 1, n * width, width) for n in range(count))
            yield blocks, self._evaluate(self._chunk(blocks), count * width)
            first += count

    def _evaluate(self, chosen: Masks, size: int) -> Masks:
        return self.evaluator.run(chosen, (1 << size) - 1)[0]

    def _as_it_is(self, full: int) -> Masks:
        """The cases in which each option is chosen, where nothing is changed in any."""
        chosen = [0] * self.evaluator.width
        self.evaluator.fix(chosen, self.given, full)
        return chosen

    def _options(self, slot: Slot) -> Iterator[tuple[int, str]]:
        return zip(self.evaluator.places(slot), self.evaluator.question(slot).options, strict=True)

    def _singly(self) -> Masks:
        """The cases of single changes in which each option is chosen."""
        chosen = self._as_it_is((1 << len(self.changes)) - 1)
        for slot, numbers in self._numbers.items():
            for place, option in self._options(slot):
                for number in numbers:
                    if (option in self.changes[number].now) is not (option in self.changes[number].was):
                        chosen[place] ^= 1 << number
        return chosen

    def _block(self, first: int, second: int, start: int, size: int) -> Block:
        later = (1 << size) - (1 << (first + 1 - second))
        own = sum(1 << (number - second) for number in self._numbers[self.changes[first].slot] if number > first)
        return Block(first, second, start, size, later & ~own)

    def _chunk(self, blocks: Sequence[Block]) -> Masks:
        """The cases of some blocks in which each option is chosen."""
        width, second = blocks[0].size, blocks[0].second
        chosen = self._as_it_is((1 << width * len(blocks)) - 1)
        each = sum(1 << block.start for block in blocks)
        for slot, numbers in self._numbers.items():
            added = {number: each << (number - second) for number in numbers if number >= second}
            for place, option in self._options(slot):
                for number, where in added.items():
                    if (option in self.changes[number].now) is not (option in self.changes[number].was):
                        chosen[place] ^= where
        for block in blocks:
            change, here = self.changes[block.first], ((1 << width) - 1) << block.start
            for place, option in self._options(change.slot):
                chosen[place] = chosen[place] | here if option in change.now else chosen[place] & ~here
        return chosen
