"""How much hangs on each answer, and how firm each recommendation is.

Each answer given is changed alone to each other value, and every two answers are changed together. Nothing is
sampled: every such case is evaluated.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.analysis.deadline import Deadline
from advisor.analysis.perturbation import Perturbation, Perturbations, perturbations_of
from advisor.engine.bit_parallel import BitParallel
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY
from advisor.engine.slots import answers_of
from advisor.model.case import Case
from advisor.model.scenario import AnswerChange

LISTED = 10  # pairs of changes listed for one recommendation; all are counted

Pair = tuple[AnswerChange, AnswerChange]


@dataclass(frozen=True, slots=True)
class AdviceConclusion:
    """A conclusion as it stands in advice; `value` None is a level that no rule gave."""

    finding: str
    value: str | None
    partner: str | None


@dataclass(frozen=True, slots=True)
class Flip:
    """What one changed answer does: which conclusions no longer hold, and which do instead."""

    change: AnswerChange
    lost: tuple[AdviceConclusion, ...]
    gained: tuple[AdviceConclusion, ...]


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm one recommendation is.

    `singles` are the changes that overturn it alone. `doubles` counts the pairs that overturn it in any way,
    `together` those of them of which neither change does it alone; `pairs` are the first of these.
    """

    outcome: AdviceConclusion
    singles: tuple[AnswerChange, ...]
    doubles: int
    together: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """A case with every answer changed. `tried` and `pairs_tried` say how many cases were looked at."""

    case: str
    answers: int
    tried: int
    pairs_tried: int
    flips: tuple[Flip, ...]
    firmness: tuple[Firmness, ...]

    def most(self, chief: Sequence[str]) -> list[tuple[tuple[str | None, str], list[Flip]]]:
        """The answers that flip something, by partner and question: first those that flip what is chief, then by how much."""
        by_answer: dict[tuple[str | None, str], list[Flip]] = {}
        for flip in self.flips:
            by_answer.setdefault((flip.change.partner, flip.change.question), []).append(flip)

        def weight(flips: list[Flip]) -> tuple[int, int]:
            turned = {outcome.finding for flip in flips for outcome in flip.lost if outcome.finding in chief}
            ranks = sum(1 << (len(chief) - chief.index(finding)) for finding in turned)
            return ranks, max(len(flip.lost) + len(flip.gained) for flip in flips)

        return sorted(by_answer.items(), key=lambda entry: weight(entry[1]), reverse=True)


def weigh(
    case: Case, evaluator: BitParallel, *, pairs: bool = True, listed: int = LISTED, deadline: Deadline | None = None
) -> Sensitivity:
    """What each answer of a case decides, and how firm its recommendations are; at most `listed` pairs are named for each.

    Without `pairs` each answer is changed alone, which takes a fraction of the time, and nothing is said of firmness.
    `evaluator` has to be made for the case's number of partners. Raises `NotDecidedError` when time is over.
    """
    given = answers_of(case)
    changes = [c for slot, was in sorted(given.items()) for c in perturbations_of(slot, was, evaluator.question(slot))]
    around = Perturbations(evaluator, case, changes)
    parts = evaluator.vocabulary.advice_parts
    places = sorted(
        (place for place, conclusion in enumerate(evaluator.conclusions) if conclusion.finding in parts.shown),
        key=lambda place: parts.shown.index(evaluator.conclusions[place].finding),
    )
    shown = [evaluator.conclusions[place] for place in places]
    base, singles = around.base(), around.singles()
    before = [bool(base[place]) for place in places]
    every = (1 << len(changes)) - 1
    after = [singles[place] for place in places]
    names = [partner.name for partner in case.partners]
    said = [_said(change, names) for change in changes]
    flips = tuple(_flips(shown, before, after, said, names))
    if not pairs:
        return Sensitivity(case.name, len(given), len(changes), 0, flips, ())
    recommendations = parts.recommendations
    firm = [n for n, conclusion in enumerate(shown) if before[n] and conclusion.finding in recommendations]
    firm.sort(key=lambda n: recommendations.index(shown[n].finding))
    watched, alone = {n: places[n] for n in firm}, {n: every & ~after[n] for n in firm}
    counted, tried = _pairs(around, watched, alone, listed, deadline or Deadline())
    firmness = []
    for n in firm:
        doubles, together, named = counted[n]
        overturning = tuple(said[number] for number in _bits(every & ~after[n]))
        firmness.append(
            Firmness(_outcome(shown[n], names), overturning, doubles, together, tuple((said[i], said[j]) for i, j in named))
        )
    return Sensitivity(case.name, len(given), len(changes), tried, flips, tuple(firmness))


def _said(change: Perturbation, names: Sequence[str]) -> AnswerChange:
    return AnswerChange(change.question, None if change.partner == AGENCY else names[change.partner], change.was, change.now)


def _outcome(conclusion: Conclusion, names: Sequence[str]) -> AdviceConclusion:
    return AdviceConclusion(
        conclusion.finding, conclusion.value, None if conclusion.partner == AGENCY else names[conclusion.partner]
    )


def _bits(mask: int) -> Iterator[int]:
    """The places of the bits set in a mask, in ascending order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _flips(
    shown: Sequence[Conclusion], before: Sequence[bool], after: Sequence[int], said: Sequence[AnswerChange], names: Sequence[str]
) -> Iterator[Flip]:
    """Each change that makes a difference, in the order the changes were tried."""
    lost: dict[int, list[AdviceConclusion]] = {}
    gained: dict[int, list[AdviceConclusion]] = {}
    every = (1 << len(said)) - 1
    for conclusion, held, cases in zip(shown, before, after, strict=True):
        for place in _bits(every & ~cases if held else cases):
            (lost if held else gained).setdefault(place, []).append(_outcome(conclusion, names))
    for place, change in enumerate(said):
        if place in lost or place in gained:
            yield Flip(change, tuple(lost.get(place, ())), tuple(gained.get(place, ())))


def _pairs(
    around: Perturbations, watched: Mapping[int, int], alone: Mapping[int, int], listed: int, deadline: Deadline
) -> tuple[dict[int, tuple[int, int, list[tuple[int, int]]]], int]:
    """For each watched conclusion: the pairs that overturn it, those of which neither does alone, and the first of these.

    `watched` gives the place of each in the evaluator, `alone` the changes that overturn it alone.
    """
    found: dict[int, tuple[int, int, list[tuple[int, int]]]] = {n: (0, 0, []) for n in watched}
    tried = 0
    for blocks, held in around.pairs():
        deadline.check()
        valid = sum(block.valid << block.start for block in blocks)
        tried += valid.bit_count()
        for n, place in watched.items():
            overturned = valid & ~held[place]
            if not overturned:
                continue
            doubles, together, pairs = found[n]
            doubles += overturned.bit_count()
            for block in blocks:
                cases = block.of(overturned) & ~(alone[n] >> block.second)
                if cases and not alone[n] >> block.first & 1:
                    together += cases.bit_count()
                    if len(pairs) < listed:
                        pairs += [(block.first, block.second + bit) for bit in _bits(cases)][: listed - len(pairs)]
            found[n] = doubles, together, pairs
    return found, tried
