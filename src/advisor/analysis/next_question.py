"""Which open question to ask next, and what it can still turn.

While the main answer is open, the page worth most is the one whose answers are expected to tell most about it
(information gain over sampled completions): first of what it comes to where nothing stops it, then of what could. After
that, it is the one whose answers settle most of what is open (bounds with each answer fixed).
A page asks a question about every partner, and what goes together with it. A question is only ever
named once some recommendation is shown to turn on it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from math import log2
from operator import or_

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.completions import FULL, sample
from advisor.analysis.consequences import Settled, Survey, open_outcomes, settle, survey
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.solver import hunt
from advisor.engine.conclusions import Conclusion, Outcome
from advisor.engine.program import AGENCY, Slot
from advisor.engine.slots import answers_of
from advisor.model.case import Case
from advisor.model.conditions import questions_in

ENOUGH = 64  # completions that say something


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """The question to ask: about whom, what it can turn, and which later question it opens where it turns nothing itself.

    While the main answer is open, `turns` names what of that it can turn, and nothing else of the advice. `decisive` tells
    that it can turn the main answer; `gain` is what its answer is expected to tell about it, in bits; `settles` how many
    open recommendations its answer settles at the least that bounds can show, on average over its answers.
    """

    question: str
    partner: int
    turns: tuple[Conclusion, ...]
    opens: str
    decisive: bool
    gain: float
    settles: float


@dataclass(frozen=True, slots=True)
class NextQuestionResult:
    """What to ask next (None when nothing can change the advice any more), and where the case and its main answer stand."""

    ask: NextQuestion | None
    settled: Settled
    stands: bool

    @property
    def as_far_as_known(self) -> bool:
        """Whether nothing that is left to ask can turn the main answer: it stands, or hangs on what was passed."""
        return self.stands or self.ask is None or not (self.ask.decisive or self.ask.opens)


def next_question(
    case: Case, ground: GroundedRulebook, deadline: Deadline | None = None, skip: Collection[Slot] = ()
) -> NextQuestionResult:
    """The open question that can still change the advice and is worth most. Raises `NotDecidedError` when time is over.

    Those in `skip` are not asked (somebody answered "don't know"), but count as open.
    """
    deadline = deadline or Deadline()
    seen = survey(case, ground)
    settled = settle(case, ground, deadline, seen)
    if settled.seconds is not None:
        raise NotDecidedError(settled.seconds)
    every = _each(n for n, status in enumerate(settled.status.values()) if status == "open")
    if not every:
        return NextQuestionResult(None, settled, stands=True)
    asker = _Asker(case, ground, seen, deadline, skip, open_outcomes(settled, ground))
    stands = not asker.main
    for targets in (every,) if stands else (asker.main, every):
        for slot in asker.ranked(targets):
            turned = asker.turned(slot, targets)
            if turned:
                return NextQuestionResult(asker.named(slot, slot, turned), settled, stands)
    return NextQuestionResult(asker.behind((*every, *asker.main)), settled, stands)


def turning_questions(
    case: Case, ground: GroundedRulebook, deadline: Deadline | None = None
) -> dict[Slot, tuple[Conclusion, ...]]:
    """Every open question that can still change the advice, with all that it can turn; the others are idle."""
    deadline = deadline or Deadline()
    seen = survey(case, ground)
    statuses = settle(case, ground, deadline, seen).status.values()
    every = _each(n for n, status in enumerate(statuses) if status != "settled" and status != "excluded")
    asker = _Asker(case, ground, seen, deadline)
    found = {slot: asker.turned(slot, every) for slot in seen.open}
    return {slot: asker.conclusions(turned) for slot, turned in found.items() if turned}


def could_matter(case: Case, ground: GroundedRulebook, settled: Settled) -> tuple[Slot, ...]:
    """The relevant open questions that an open recommendation could rest on; no other can change the advice any more.

    Quick and from above: some of these may turn out to change nothing.
    """
    statuses = settled.status.values()
    return _resting(_each(n for n, status in enumerate(statuses) if status in ("open", "not-decided")), case, ground)


def could_decide(case: Case, ground: GroundedRulebook, settled: Settled) -> tuple[Slot, ...]:
    """Those of them that the main answer could rest on."""
    return _resting(open_outcomes(settled, ground), case, ground)


def _each(numbers: Iterable[int]) -> tuple[Outcome, ...]:
    return tuple((number,) for number in numbers)


def _resting(outcomes: Iterable[Outcome], case: Case, ground: GroundedRulebook) -> tuple[Slot, ...]:
    """The relevant open questions that some of these outcomes could rest on by the rules."""
    facts, given, below = ground.facts(case), answers_of(case), ground.below(outcomes)
    return tuple(
        slot
        for place, slot in enumerate(ground.slots)
        if below >> place & 1 and slot not in given and slot not in facts.not_asked
    )


class _Asker:
    """One case's open questions being weighed; `main` are the outcomes of the main answer that are open."""

    def __init__(
        self,
        case: Case,
        ground: GroundedRulebook,
        seen: Survey,
        deadline: Deadline,
        skip: Collection[Slot] = (),
        main: tuple[Outcome, ...] = (),
    ) -> None:
        self.case, self.ground, self.seen, self.deadline, self.main = case, ground, seen, deadline, main
        self.place = {slot: n for n, slot in enumerate(ground.slots)}
        not_asked = ground.facts(case).not_asked
        self.askable = [slot for slot in seen.open if slot not in skip and slot not in not_asked]
        self._classes = self._weighed()
        self._decided: list[int] | None = None

    def ranked(self, targets: Sequence[Outcome]) -> Iterator[Slot]:
        """The askable questions that a target could rest on, those of the page worth most first."""
        below, together = self.ground.below(targets), self.ground.vocabulary.together
        pages: dict[tuple[str, ...], list[Slot]] = {}
        for slot in self.askable:
            if below >> self.place[slot] & 1:
                pages.setdefault(together[slot[1]], []).append(slot)
        gains = {page: -round(sum(map(self._gain, slots)), 6) for page, slots in pages.items()}
        for _, alike in groupby(sorted(pages, key=gains.__getitem__), gains.__getitem__):
            for page in sorted(alike, key=lambda page: self._rank(pages[page])):
                yield from pages[page]

    def _rank(self, slots: Sequence[Slot]) -> tuple[float, bool, int]:
        """What orders pages that tell as much of the main answer: what they settle, being essential, their place."""
        essential = any(self.ground.question(slot).essential for slot in slots)
        return -max(map(self.settles, slots)), not essential, self.place[slots[0]]

    def _weighed(self) -> list[int]:
        """The sampled completions parted by how the main answer comes out, those that nothing stops alone.

        All of them where these are few, or tell nothing of the main answer any more: then what could stop it is weighed.
        """
        parts, outcomes = self.ground.vocabulary.advice_parts, [self._sampled(outcome) for outcome in self.main]
        concluded = zip(self.ground.conclusions, self.seen.sampled, strict=True)
        stopped = _any(mask for each, mask in concluded if each.finding == parts.proceed and each.value in parts.stopping)
        goes_on = FULL & ~stopped
        split = _parts(outcomes, goes_on)
        return split if len(split) > 1 and goes_on.bit_count() >= ENOUGH else _parts(outcomes, FULL)

    def _sampled(self, outcome: Outcome) -> int:
        return _any(self.seen.sampled[n] for n in outcome)

    def _gain(self, slot: Slot) -> float:
        """Bits that the answer is expected to tell, less what chance alone would show in a sample of this size."""
        if not self.main:
            return 0.0
        asked = self.seen.asked[self.place[slot]]
        options = [self.seen.chosen[place] & asked for place in self.ground.bit_parallel.places(slot)]
        if self.ground.question(slot).kind == "several":
            return max(_information([option, FULL & ~option], self._classes) for option in options)
        return _information([*options, FULL & ~asked], self._classes)

    def settles(self, slot: Slot) -> float:
        """How many conclusions bounds show decided once the slot is answered, on average over its answers."""
        best = 0.0
        for group in self.ground.outlook.splits[slot]:
            members = list(_bits(group))
            best = max(best, sum(self._decided_in(place) for place in members) / len(members))
        return best

    def _decided_in(self, place: int) -> int:
        if self._decided is None:
            self._decided = _column_sums(
                [surely | ~maybe for surely, maybe in zip(self.seen.surely, self.seen.maybe, strict=True)],
                self.ground.outlook.size,
            )
        return self._decided[place] - self._decided[0]

    def turned(self, slot: Slot, among: Sequence[Outcome]) -> set[Outcome]:
        """Which of these outcomes differ between two completions that differ in this slot alone; exact."""
        bit = self.place[slot]
        possible = [outcome for outcome in among if self.ground.below([outcome]) >> bit & 1]
        met: set[Outcome] = set()
        for draw in range(2):
            if len(met) < len(possible):
                met |= self._flipped(slot, possible, draw)
        left = [outcome for outcome in possible if outcome not in met]
        if left:
            with self.ground.pairs.lend() as held:
                assumptions = [lit for each, answer in self.seen.given.items() for lit in held.first.fixed(each, answer)]
                assumptions += [atom if each != slot else -atom for each, atom in held.same.items()]
                more, decided = hunt(held.control, assumptions, {each: held.turned[each] for each in left}, self.deadline)
            if not decided:
                raise NotDecidedError(self.deadline.seconds or 0)
            met |= more
        return met

    def _flipped(self, slot: Slot, among: Sequence[Outcome], draw: int) -> set[Outcome]:
        """Which outcomes change in the sample when this slot is answered anew."""
        fresh = sample(self.ground.bit_parallel, [slot], seed=draw + 1)
        chosen = list(self.seen.chosen)
        for place in self.ground.bit_parallel.places(slot):
            chosen[place] = fresh[place]
        after, _ = self.ground.bit_parallel.run(chosen, FULL)
        return {outcome for outcome in among if _any(after[n] for n in outcome) != self._sampled(outcome)}

    def conclusions(self, turned: Iterable[Outcome]) -> tuple[Conclusion, ...]:
        """The conclusions among outcomes, in the order of the vocabulary."""
        return tuple(self.ground.conclusions[outcome[0]] for outcome in sorted(turned) if len(outcome) == 1)

    def named(self, slot: Slot, of: Slot, turned: set[Outcome]) -> NextQuestion:
        """The result for a slot that turns these, or opens the slot `of` that does."""
        opens = "" if slot == of else of[1]
        decisive = bool(turned.intersection(self.main))
        return NextQuestion(slot[1], slot[0], self.conclusions(turned), opens, decisive, self._gain(slot), self.settles(slot))

    def behind(self, among: Sequence[Outcome]) -> NextQuestion | None:
        """A question that turns nothing itself, but has to be answered before one that does is asked."""
        for slot in self.seen.open:
            turned = self.turned(slot, among) if slot not in self.askable else set()
            if turned:
                for door in self._doors(slot):
                    return self.named(door, slot, turned)
        return None

    def _doors(self, slot: Slot) -> Iterator[Slot]:
        """The askable open questions that decide whether a slot is asked."""
        for question in questions_in(self.ground.question(slot).when):
            about_partner = self.ground.vocabulary.questions[question].asked == "partner"
            owners = (range(self.ground.program.partners) if slot[0] == AGENCY else (slot[0],)) if about_partner else (AGENCY,)
            for owner in owners:
                if (owner, question) in self.askable:
                    yield owner, question
                elif (owner, question) not in self.seen.given:
                    yield from self._doors((owner, question))


def _information(answers: Sequence[int], classes: Sequence[int]) -> float:
    """The mutual information of two ways to part completions, corrected for how many there are, in bits.

    The classes are disjoint, and what is in none of them is left out.
    """
    every = _any(classes)
    size, shown = every.bit_count(), [mask for answer in answers if (mask := answer & every)]
    total = 0.0
    sizes = [part.bit_count() for part in classes]
    for mask in shown:
        given = mask.bit_count()
        for part, part_size in zip(classes, sizes, strict=True):
            both = (mask & part).bit_count()
            if both:
                total += both / size * log2(both * size / (given * part_size))
    return max(0.0, total - (len(shown) - 1) * (len(classes) - 1) / (2 * size * 0.6931))


def _parts(masks: Iterable[int], whole: int) -> list[int]:
    """A set of completions parted by each of these sets."""
    parts = [whole]
    for mask in masks:
        parts = [piece for part in parts for piece in (part & mask, part & ~mask) if piece]
    return parts


def _any(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _column_sums(rows: Sequence[int], width: int) -> list[int]:
    """How many rows have each bit set: the rows are added up with a carry, all columns at once."""
    digits: list[int] = []
    full = (1 << width) - 1
    for row in rows:
        carry = row & full
        for place, digit in enumerate(digits):
            digits[place], carry = digit ^ carry, digit & carry
            if not carry:
                break
        if carry:
            digits.append(carry)
    sums = [0] * width
    for place, digit in enumerate(digits):
        for column in _bits(digit):
            sums[column] += 1 << place
    return sums
