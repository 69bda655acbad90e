"""Which open question to ask next, and what it can still turn.

While the gate or the dimension is open, the question worth most is the one whose answer is expected to tell most
about them (information gain over sampled completions); after that, the one whose answers settle most of what is open
(bounds with each answer fixed). A question is only ever named once some recommendation is shown to turn on it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import log2

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.completions import FULL, SIZE, sample
from advisor.analysis.consequences import Settled, Survey, settle, survey
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.solver import hunt
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Slot
from advisor.engine.slots import answers_of
from advisor.model.case import Case
from advisor.model.conditions import questions_in


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """The question to ask: about whom, what it can turn, and which later question it opens where it turns nothing itself.

    `decisive` tells that it can turn the gate or the dimension; `gain` is what its answer is expected to tell about
    them, in bits; `settles` how many open recommendations its answer settles at the least that bounds can show, on
    average over its answers.
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
    """What to ask next (None when nothing can change the advice any more), and where the case stands."""

    ask: NextQuestion | None
    settled: Settled
    first_settled: bool


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
    statuses = list(settled.status.values())
    open_now = [n for n, status in enumerate(statuses) if status == "open"]
    deciding = ground.vocabulary.roles.deciding
    first = [n for n in open_now if ground.conclusions[n].finding in deciding]
    if not open_now:
        return NextQuestionResult(None, settled, first_settled=True)
    asker = _Asker(case, ground, seen, deadline, skip)
    for targets in (first, open_now) if first else (open_now,):
        for slot in asker.ranked(targets, by_gain=bool(first)):
            turned = asker.turned(slot, open_now)
            if turned.intersection(targets):
                return NextQuestionResult(asker.named(slot, slot, turned, open_now), settled, not first)
    return NextQuestionResult(asker.behind(open_now), settled, not first)


def turning_questions(
    case: Case, ground: GroundedRulebook, deadline: Deadline | None = None
) -> dict[Slot, tuple[Conclusion, ...]]:
    """Every open question that can still change the advice, with all that it can turn; the others are idle."""
    deadline = deadline or Deadline()
    seen = survey(case, ground)
    statuses = list(settle(case, ground, deadline, seen).status.values())
    open_now = [n for n, status in enumerate(statuses) if status != "settled" and status != "excluded"]
    asker = _Asker(case, ground, seen, deadline)
    found = {slot: asker.turned(slot, open_now) for slot in seen.open}
    return {slot: tuple(ground.conclusions[n] for n in sorted(turned)) for slot, turned in found.items() if turned}


def could_matter(case: Case, ground: GroundedRulebook, settled: Settled) -> tuple[Slot, ...]:
    """The relevant open questions that an open recommendation could rest on; no other can change the advice any more.

    Quick and from above: some of these may turn out to change nothing.
    """
    facts, given = ground.facts(case), answers_of(case)
    below = 0
    for n, status in enumerate(settled.status.values()):
        if status in ("open", "not-decided"):
            below |= ground.rests_on[n]
    return tuple(
        slot
        for place, slot in enumerate(ground.slots)
        if below >> place & 1 and slot not in given and slot not in facts.not_asked
    )


class _Asker:
    """One case's open questions being weighed."""

    def __init__(
        self, case: Case, ground: GroundedRulebook, seen: Survey, deadline: Deadline, skip: Collection[Slot] = ()
    ) -> None:
        self.case, self.ground, self.seen, self.deadline = case, ground, seen, deadline
        self.place = {slot: n for n, slot in enumerate(ground.slots)}
        not_asked = ground.facts(case).not_asked
        self.askable = [slot for slot in seen.open if slot not in skip and slot not in not_asked]
        self._decided: list[int] | None = None

    def ranked(self, targets: Sequence[int], *, by_gain: bool) -> list[Slot]:
        """The askable questions that a target could rest on, worth most first."""
        below = 0
        for n in targets:
            below |= self.ground.rests_on[n]
        classes = self._classes(targets) if by_gain else []
        scored = []
        for slot in self.askable:
            if below >> self.place[slot] & 1:
                gain = self._gain(slot, classes) if by_gain else 0.0
                scored.append(
                    (-round(gain, 6), -self.settles(slot), not self.ground.question(slot).essential, self.place[slot], slot)
                )
        return [entry[-1] for entry in sorted(scored)]

    def _classes(self, targets: Sequence[int]) -> list[int]:
        """The sampled completions parted by how the targets come out."""
        parts = [FULL]
        for n in targets:
            holds = self.seen.sampled[n]
            parts = [piece for part in parts for piece in (part & holds, part & ~holds) if piece]
        return parts

    def _gain(self, slot: Slot, classes: Sequence[int]) -> float:
        """Bits that the answer is expected to tell, less what chance alone would show in a sample of this size."""
        asked = self.seen.asked[self.place[slot]]
        options = [self.seen.chosen[place] & asked for place in self.ground.bit_parallel.places(slot)]
        if self.ground.question(slot).kind == "several":
            return max(_information([option, FULL & ~option], classes) for option in options)
        return _information([*options, FULL & ~asked], classes)

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

    def turned(self, slot: Slot, among: Sequence[int]) -> set[int]:
        """Which of these conclusions differ between two completions that differ in this slot alone; exact."""
        bit = self.place[slot]
        possible = [n for n in among if self.ground.rests_on[n] >> bit & 1]
        met: set[int] = set()
        for draw in range(2):
            if len(met) < len(possible):
                met |= self._flipped(slot, possible, draw)
        left = [n for n in possible if n not in met]
        if left:
            with self.ground.pairs.lend() as held:
                assumptions = [lit for each, answer in self.seen.given.items() for lit in held.first.fixed(each, answer)]
                assumptions += [atom if each != slot else -atom for each, atom in held.same.items()]
                more, decided = hunt(held.control, assumptions, {n: held.turned[n] for n in left}, self.deadline)
            if not decided:
                raise NotDecidedError(self.deadline.seconds or 0)
            met |= more
        return met

    def _flipped(self, slot: Slot, among: Sequence[int], draw: int) -> set[int]:
        """Which conclusions change in the sample when this slot is answered anew."""
        fresh = sample(self.ground.bit_parallel, [slot], seed=draw + 1)
        chosen = list(self.seen.chosen)
        for place in self.ground.bit_parallel.places(slot):
            chosen[place] = fresh[place]
        after, _ = self.ground.bit_parallel.run(chosen, FULL)
        return {n for n in among if after[n] != self.seen.sampled[n]}

    def named(self, slot: Slot, of: Slot, turned: set[int], open_now: Sequence[int]) -> NextQuestion:
        """The result for a slot that turns these, or opens the slot `of` that does."""
        deciding = self.ground.vocabulary.roles.deciding
        first = [n for n in open_now if self.ground.conclusions[n].finding in deciding]
        conclusions = tuple(self.ground.conclusions[n] for n in sorted(turned))
        gain = self._gain(slot, self._classes(first)) if first else 0.0
        opens = "" if slot == of else of[1]
        return NextQuestion(slot[1], slot[0], conclusions, opens, bool(turned.intersection(first)), gain, self.settles(slot))

    def behind(self, open_now: Sequence[int]) -> NextQuestion | None:
        """A question that turns nothing itself, but has to be answered before one that does is asked."""
        for slot in self.seen.open:
            turned = self.turned(slot, open_now) if slot not in self.askable else set()
            if turned:
                for door in self._doors(slot):
                    return self.named(door, slot, turned, open_now)
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
    """The mutual information of two ways to part the sampled completions, corrected for the sample's size, in bits."""
    shown = [mask for mask in answers if mask]
    total = 0.0
    sizes = [part.bit_count() for part in classes]
    for mask in shown:
        size = mask.bit_count()
        for part, part_size in zip(classes, sizes, strict=True):
            both = (mask & part).bit_count()
            if both:
                total += both / SIZE * log2(both * SIZE / (size * part_size))
    return max(0.0, total - (len(shown) - 1) * (len(classes) - 1) / (2 * SIZE * 0.6931))


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
