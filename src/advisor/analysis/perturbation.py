"""The cases one or two changed answers away from a case, evaluated all at once.

Every atom of the program is one Python integer with a bit for each case, its *lane*. Answers may be missing, and
whether a question is asked is worked out lane by lane, so each lane is what the chain would say of that case.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.engine.program import AGENCY, Program
from advisor.engine.slots import Slot, answers_of
from advisor.model.case import Case
from advisor.model.conditions import All, Always, Answered, Any, Condition, Count, Includes, Known, Not, PartnerCount, Partners
from advisor.model.vocabulary import NONE, Question, Vocabulary

LANES = 1 << 16  # a mask of this many lanes is 8 KiB, so that what one clause touches stays in the processor's cache

Masks = Mapping[Slot, Mapping[str, int]]  # for each slot and option the lanes in which it is chosen


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One answer changed: whose, to which question, what it was and what it would be (empty: no answer)."""

    partner: int
    question: str
    was: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def slot(self) -> Slot:
        """Whom the question is about, and the question."""
        return self.partner, self.question


def changes_of(slot: Slot, was: tuple[str, ...], question: Question) -> Iterator[Change]:
    """Each other answer to a question; of a `several` answer each option put in or taken out."""
    made: Iterable[tuple[str, ...]]
    if question.kind == "several":
        made = (_toggled(was, option, question) for option in question.options)
    else:
        made = ((option,) for option in question.options)
    for now in dict.fromkeys(made):
        if now and now != was:
            yield Change(*slot, was, now)


def _toggled(was: tuple[str, ...], option: str, question: Question) -> tuple[str, ...]:
    if option == NONE:
        return (NONE,)
    chosen = (set(was) - {NONE}) ^ {option}
    return tuple(each for each in question.options if each in chosen) or ((NONE,) if NONE in question.options else ())


def evaluate(program: Program, vocabulary: Vocabulary, chosen: Masks, lanes: int) -> list[int]:
    """The lanes in which each atom of the program holds, by number. Slots that are left out have no answer anywhere."""
    full = (1 << lanes) - 1
    answers = _Relevant(vocabulary, program.partners, chosen, full).answers
    known = {slot: _union(options.values()) for slot, options in answers.items()}
    held = [0] * len(program.atoms)
    for number, (kind, name, values, partner) in enumerate(program.atoms[: program.inputs]):
        slot = (partner, name)
        options = answers.get(slot)
        if kind == "unknown":
            held[number] = full ^ known.get(slot, 0)
        elif options is not None and kind == "known":
            held[number] = known[slot]
        elif options is not None and kind == "excludes":
            held[number] = known[slot] & ~options.get(values[0], 0)
        elif options is not None:
            held[number] = _union(options.get(option, 0) for option in values)
    for block, recursive in program.blocks:
        before: list[int] | None = None
        heads = [program.clauses[n].head for n in block] if recursive else []
        while before is None or (recursive and before != [held[head] for head in heads]):
            before = [held[head] for head in heads]
            _fire(program, block, held, full)
    return held


def _fire(program: Program, block: range, held: list[int], full: int) -> None:
    for n in block:
        head, positive, negative = program.clauses[n]
        lanes = full
        for atom in positive:
            lanes &= held[atom]
            if not lanes:
                break
        else:
            for atom in negative:
                if held[atom]:
                    lanes &= ~held[atom]
            if lanes:
                held[head] |= lanes


def _union(masks: Iterable[int]) -> int:
    lanes = 0
    for mask in masks:
        lanes |= mask
    return lanes


class _Relevant:
    """The answers that count, lane by lane: those to questions that are asked. It mirrors `advisor.model.case.facts_of`."""

    def __init__(self, vocabulary: Vocabulary, partners: int, chosen: Masks, full: int) -> None:
        self.partners, self.full = partners, full
        self.asked_of = {name: question.asked for name, question in vocabulary.questions.items()}
        conditional = vocabulary.conditional
        self.answers = {slot: dict(options) for slot, options in chosen.items() if slot[1] not in conditional}
        for name, question in conditional.items():
            for owner in range(partners) if question.asked == "partner" else (AGENCY,):
                if (options := chosen.get((owner, name))) is not None:
                    asked = self._lanes(question.when, owner)
                    self.answers[owner, name] = {option: mask & asked for option, mask in options.items()}

    def _of(self, question: str, owner: int) -> Mapping[str, int]:
        return self.answers.get((owner if self.asked_of[question] == "partner" else AGENCY, question), {})

    def _lanes(self, condition: Condition, owner: int) -> int:
        """The lanes in which an answers-only condition holds, for a partner's number or the agency."""
        match condition:
            case Always():
                return self.full
            case Answered(question, options):
                return _union(self._of(question, owner).get(option, 0) for option in options)
            case Includes(question, option, wanted):
                given = self._of(question, owner)
                return given.get(option, 0) if wanted else _union(given.values()) & ~given.get(option, 0)
            case Known(question, wanted):
                known = _union(self._of(question, owner).values())
                return known if wanted else self.full ^ known
            case All(conditions):
                return self._every([self._lanes(c, owner) for c in conditions])
            case Any(conditions):
                return _union([self._lanes(c, owner) for c in conditions])
            case Count(least, conditions):
                return self._count(least, [self._lanes(c, owner) for c in conditions])
            case Partners("any", inner):
                return _union([self._lanes(inner, n) for n in range(self.partners)])
            case Partners(_, inner):
                return self._every([self._lanes(inner, n) for n in range(self.partners)]) if self.partners else 0
            case PartnerCount(least, inner):
                return self._count(least, [self._lanes(inner, n) for n in range(self.partners)])
            case Not(inner):
                return self.full ^ self._lanes(inner, owner)
        raise TypeError(f"not a condition on answers: {condition}")

    def _every(self, parts: Sequence[int]) -> int:
        lanes = self.full
        for part in parts:
            lanes &= part
        return lanes

    def _count(self, least: int, parts: Sequence[int]) -> int:
        """`rungs[k]`: the lanes in which at least k of the parts seen hold."""
        rungs = [self.full, *[0] * least]
        for part in parts:
            for k in range(least, 0, -1):
                rungs[k] |= rungs[k - 1] & part
        return rungs[least]


@dataclass(frozen=True, slots=True)
class Block:
    """Lanes that share a first change. The lane `start + n` adds to it the change number `second + n`.

    Only the `valid` of its lanes are cases of their own: two changes of one question are none, and no pair is there twice.
    """

    first: int
    second: int
    start: int
    size: int
    valid: int

    def of(self, lanes: int) -> int:
        """Of some lanes those of this block, moved so that lane n is the one that adds change `second + n`."""
        return lanes >> self.start & self.valid


class Neighbourhood:
    """A case with changes to try. Lane n of `singles` is the case with change n; pairs come in chunks of blocks."""

    def __init__(self, program: Program, vocabulary: Vocabulary, case: Case, changes: Sequence[Change]) -> None:
        self.program, self.vocabulary, self.changes = program, vocabulary, tuple(changes)
        self.given = answers_of(case)
        self._places: dict[Slot, list[int]] = {}
        for place, change in enumerate(self.changes):
            self._places.setdefault(change.slot, []).append(place)
        size = len(self.changes)
        self._single = self._masks((1 << size) - 1)

    def _masks(self, full: int) -> dict[Slot, dict[str, int]]:
        """For each slot and option the lanes of single changes in which it is chosen."""
        found = {slot: dict.fromkeys(answer, full) for slot, answer in self.given.items()}
        for slot, places in self._places.items():
            options = found.setdefault(slot, {})
            for place in places:
                change = self.changes[place]
                for option in {*change.was, *change.now}:
                    bit = 1 << place
                    options[option] = options.get(option, 0) | bit if option in change.now else options.get(option, 0) & ~bit
        return found

    def singles(self) -> list[int]:
        """The lanes in which each atom holds: lane n has change n alone."""
        return evaluate(self.program, self.vocabulary, self._single, len(self.changes))

    def base(self) -> list[int]:
        """The same for the case as it is: one lane."""
        chosen = {slot: dict.fromkeys(answer, 1) for slot, answer in self.given.items()}
        return evaluate(self.program, self.vocabulary, chosen, 1)

    def pairs(self) -> Iterator[tuple[tuple[Block, ...], list[int]]]:
        """Every two changes of different questions, chunk by chunk: the blocks of lanes, and where each atom holds."""
        size, first = len(self.changes), 0
        while first < size - 1:
            width = size - first - 1
            count = min(max(LANES // width, 1), width)
            blocks = tuple(self._block(first + n, first + 1, n * width, width) for n in range(count))
            yield blocks, evaluate(self.program, self.vocabulary, self._chunk(blocks), count * width)
            first += count

    def _block(self, first: int, second: int, start: int, size: int) -> Block:
        later = (1 << size) - (1 << (first + 1 - second))
        own = sum(1 << (place - second) for place in self._places[self.changes[first].slot] if place > first)
        return Block(first, second, start, size, later & ~own)

    def _chunk(self, blocks: Sequence[Block]) -> dict[Slot, dict[str, int]]:
        """For each slot and option the lanes of some blocks in which it is chosen."""
        width, second = blocks[0].size, blocks[0].second
        full = (1 << width * len(blocks)) - 1
        each = sum(1 << block.start for block in blocks)
        own: dict[Slot, int] = {}
        taken: dict[tuple[Slot, str], int] = {}
        for block in blocks:
            change, here = self.changes[block.first], ((1 << width) - 1) << block.start
            own[change.slot] = own.get(change.slot, 0) | here
            for option in change.now:
                taken[change.slot, option] = taken.get((change.slot, option), 0) | here
        found: dict[Slot, dict[str, int]] = {}
        for slot, options in self._single.items():
            was = self.given.get(slot, ())
            added = {place: each << (place - second) for place in self._places.get(slot, ()) if place >= second}
            made = found[slot] = {}
            for option, single in options.items():
                lanes = full if option in was else 0
                for place, where in added.items():
                    if bool(single >> place & 1) is not (option in was):
                        lanes ^= where
                if slot in own:
                    lanes = lanes & ~own[slot] | taken.get((slot, option), 0)
                made[option] = lanes
        return found
