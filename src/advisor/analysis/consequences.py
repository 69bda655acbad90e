"""Which advice already stands, which is still open, and which is out of the question, however the rest turns out.

Three steps, each exact in what it says: random completions show what can be and what can fail to be; bounds show
what must be and what cannot; the solver decides what neither did.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.completions import FULL
from advisor.analysis.deadline import Deadline
from advisor.analysis.solver import hunt
from advisor.engine.conclusions import Conclusion, Outcome
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of
from advisor.model.case import Case

Key = tuple[str, str | None, int]  # a conclusion by finding, value and partner
Status = Literal["settled", "open", "excluded", "not-decided"]


@dataclass(frozen=True)
class Settled:
    """Where each conclusion stands, in the order of the vocabulary; `seconds` is the limit that was hit, if one was."""

    case: Case
    status: Mapping[Conclusion, Status]
    seconds: float | None = None

    @cached_property
    def _by_key(self) -> dict[Key, Status]:
        return {key_of(c): status for c, status in self.status.items()}

    def of(self, finding: str, value: str | None, partner: int = -1) -> Status:
        """Where a finding with a value stands; what no rule can give is excluded."""
        return self._by_key.get((finding, value, partner), "excluded")

    def all(self, status: Status) -> tuple[Conclusion, ...]:
        """The conclusions of one status."""
        return tuple(c for c, found in self.status.items() if found == status)

    def possible(self, finding: str) -> tuple[Conclusion, ...]:
        """What a finding can still come out as, in the order of the vocabulary."""
        return tuple(c for c, status in self.status.items() if c.finding == finding and status != "excluded")

    def is_open(self, finding: str) -> bool:
        """Whether anything of a finding could still go either way."""
        return any(status in ("open", "not-decided") for c, status in self.status.items() if c.finding == finding)


def key_of(conclusion: Conclusion) -> Key:
    """A conclusion by finding, value and partner."""
    return conclusion.finding, conclusion.value, conclusion.partner


@dataclass(frozen=True)
class Survey:
    """A case seen from its open questions: sampled completions, and the bounds with one more question fixed.

    `sampled[n]` are the completions in which conclusion n holds. `surely[n]` and `maybe[n]` are the cases of the outlook
    in which it does, or may; `chosen` and `asked` the sampled answers and whether each slot is asked there.
    """

    ground: GroundedRulebook
    given: Mapping[Slot, tuple[str, ...]]
    open: tuple[Slot, ...]
    chosen: list[int]
    asked: list[int]
    sampled: list[int]
    surely: list[int]
    maybe: list[int]

    def must(self, n: int) -> bool:
        """Whether bounds show that conclusion n holds in every completion."""
        return self._shown(self.surely[n])

    def cannot(self, n: int) -> bool:
        """Whether bounds show that conclusion n holds in none."""
        return self._shown(~self.maybe[n])

    def _shown(self, cases: int) -> bool:
        if cases & 1:
            return True
        splits = self.ground.outlook.splits
        return any(cases & group == group for slot in self.open for group in splits[slot])


def survey(case: Case, ground: GroundedRulebook) -> Survey:
    """Sample the completions of a case, and bound what follows with each further answer."""
    evaluator, outlook, given = ground.bit_parallel, ground.outlook, answers_of(case)
    chosen = list(ground.sample)
    evaluator.fix(chosen, given, FULL)
    sampled, asked = evaluator.run(chosen, FULL)
    every = (1 << outlook.size) - 1
    low, high = list(outlook.surely), list(outlook.maybe)
    evaluator.fix(low, given, every)
    evaluator.fix(high, given, every)
    surely, maybe = evaluator.bound(low, high, every)
    return Survey(
        ground,
        given,
        tuple(slot for slot in ground.slots if slot not in given),
        chosen,
        asked,
        sampled,
        surely,
        maybe,
    )


def settle(
    case: Case,
    ground: GroundedRulebook,
    deadline: Deadline | None = None,
    seen: Survey | None = None,
    among: Container[Key] | None = None,
) -> Settled:
    """Where every conclusion stands in a case, or only those `among` these. What the time did not suffice for is not decided."""
    deadline = deadline or Deadline()
    seen = seen or survey(case, ground)
    status: dict[int, Status] = {}
    rare: list[int] = []  # never seen to hold, not shown impossible
    firm: list[int] = []  # never seen to fail, not shown certain
    wanted = {n: each for n, each in enumerate(ground.conclusions) if among is None or key_of(each) in among}
    for n in wanted:
        sampled = seen.sampled[n]
        if sampled and sampled != FULL:
            status[n] = "open"
        elif not sampled:
            status[n] = "excluded"
            rare += [] if seen.cannot(n) else [n]
        else:
            status[n] = "settled"
            firm += [] if seen.must(n) else [n]
    decided = True
    if rare or firm:
        with ground.completions.lend() as held:
            assumptions = [literal for slot, answer in seen.given.items() for literal in held.encoding.fixed(slot, answer)]
            targets = {n: held.shown[n] for n in rare} | {n: -held.shown[n] for n in firm}
            met, decided = hunt(held.control, assumptions, targets, deadline)
        for n in (*rare, *firm):
            if n in met:
                status[n] = "open"
            elif not decided:
                status[n] = "not-decided"
    return Settled(case, {each: status[n] for n, each in wanted.items()}, None if decided else deadline.seconds)


def open_outcomes(settled: Settled, ground: GroundedRulebook) -> tuple[Outcome, ...]:
    """The outcomes of the main answer that can still go either way; none where it stands.

    Of a finding that has one way left, only the value may be open: that a verdict is always given is not asked again.
    """
    status, found = list(settled.status.values()), list[Outcome]()
    for outcomes in ground.main_outcomes.values():
        possible = [outcome for outcome in outcomes if any(status[n] != "excluded" for n in outcome)]
        if len(possible) > 1 or any(len(outcome) == 1 for outcome in possible):
            found += [outcome for outcome in possible if any(status[n] in ("open", "not-decided") for n in outcome)]
    return tuple(found)
