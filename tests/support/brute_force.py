"""What holds whatever is still unknown, worked out by trying everything: the yardstick for `advisor.analysis`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, product
from random import Random

from advisor.analysis.answer_space import GroundedRulebook
from advisor.engine.conclusions import Conclusion
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of, case_with
from advisor.model.case import Case, Partner
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question
from support.random_rulebooks import random_case

Answer = tuple[str, ...]
ENGINE = ChainEngine()


def legal(question: Question) -> list[Answer]:
    """Every answer to a question."""
    if question.kind != "several":
        return [(option,) for option in question.options]
    plain = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
    subsets = [each for size in range(1, len(plain) + 1) for each in combinations(plain, size)]
    closed = [(*each, THAT_IS_ALL) for each in subsets] if THAT_IS_ALL in question.options else []
    return [*subsets, *closed, *([(NONE,)] if NONE in question.options else [])]


def inferred(case: Case, ground: GroundedRulebook) -> Inference:
    """What the chain says of a case."""
    return infer(case, ground.rulebook, ground.program, ENGINE)


def holds(conclusion: Conclusion, inference: Inference) -> bool:
    """Whether a conclusion holds, read off the inference and not off the program's atoms."""
    finding = inference.rulebook.vocabulary.findings[conclusion.finding]
    if finding.kind != "level":
        return conclusion.value in inference.values(conclusion.finding, conclusion.partner)
    return inference.level(conclusion.finding, conclusion.partner) == conclusion.value


def small_case(random: Random, ground: GroundedRulebook, most: int) -> Case:
    """A random case with so few open questions that at most this many completions are left."""
    vocabulary, partners = ground.vocabulary, ground.program.partners
    drawn = random_case(random, vocabulary)
    while len(drawn.partners) != partners:
        drawn = random_case(random, vocabulary)
    case = Case(drawn.name, drawn.answers, tuple(Partner(f"Partner {n}", p.answers) for n, p in enumerate(drawn.partners)))
    open_slots = [slot for slot in ground.slots if slot not in answers_of(case)]
    random.shuffle(open_slots)
    left = most
    filled = {}
    for slot in open_slots:
        ways = legal(ground.question(slot))
        if len(ways) <= left:
            left //= len(ways)
        else:
            filled[slot] = random.choice(ways)
    return case_with(case, filled)


def completions(case: Case, ground: GroundedRulebook) -> Iterator[tuple[Mapping[Slot, Answer], frozenset[Conclusion]]]:
    """Every way to answer all open questions, with the conclusions that hold then."""
    given = answers_of(case)
    open_slots = [slot for slot in ground.slots if slot not in given]
    for answers in product(*(legal(ground.question(slot)) for slot in open_slots)):
        filled = dict(zip(open_slots, answers, strict=True))
        inference = inferred(case_with(case, filled), ground)
        yield filled, frozenset(c for c in ground.conclusions if holds(c, inference))


def statuses(case: Case, ground: GroundedRulebook) -> dict[Conclusion, str]:
    """Settled, open or excluded, by trying every completion."""
    every = [held for _, held in completions(case, ground)]
    return {
        c: "settled" if all(c in held for held in every) else "open" if any(c in held for held in every) else "excluded"
        for c in ground.conclusions
    }


def turned(case: Case, ground: GroundedRulebook) -> dict[Slot, set[Conclusion]]:
    """For each open question the conclusions that differ between two completions that differ in it alone."""
    found: dict[Slot, set[Conclusion]] = {}
    groups: dict[tuple[Slot, frozenset[tuple[Slot, Answer]]], list[frozenset[Conclusion]]] = {}
    for filled, held in completions(case, ground):
        for slot in filled:
            rest = frozenset((other, answer) for other, answer in filled.items() if other != slot)
            groups.setdefault((slot, rest), []).append(held)
    for (slot, _), members in groups.items():
        found.setdefault(slot, set()).update(frozenset.union(*members) - frozenset.intersection(*members))
    return {slot: differing for slot, differing in found.items() if differing}


def distance(question: Question, before: Answer, after: Answer) -> tuple[int, int, int]:
    """What one answer costs: changed, presumed, moved."""
    if before == after:
        return 0, 0, 0
    if question.kind == "several":
        moved = len(set(before) ^ set(after))
    elif question.kind == "scale" and before:
        moved = abs(question.options.index(before[0]) - question.options.index(after[0]))
    else:
        moved = 0
    return (1, 0, moved) if before else (0, 1, moved)


def changed_cases(
    case: Case, ground: GroundedRulebook, keep: Collection[Slot]
) -> Iterator[tuple[tuple[int, ...], dict[Slot, Answer]]]:
    """Every case that comes of this one by changes that are allowed, with its cost and the answers that differ."""
    given = answers_of(case)
    ways = []
    for slot in ground.slots:
        question, today = ground.question(slot), given.get(slot, ())
        pinned = slot in keep or (today and not question.within_reach)
        onward = [after for after in legal(question) if after == today or question.may_become(today, after)]
        ways.append([today] if pinned else [*onward, *([] if today else [()])])
    for answers in product(*ways):
        after = dict(zip(ground.slots, answers, strict=True))
        costs = [distance(ground.question(slot), given.get(slot, ()), answer) for slot, answer in after.items()]
        differing = {slot: answer for slot, answer in after.items() if answer != given.get(slot, ())}
        yield tuple(sum(part) for part in zip((0, 0, 0), *costs, strict=True)), differing


def cheapest(
    case: Case, ground: GroundedRulebook, goal: Conclusion, keep: Collection[Slot]
) -> tuple[tuple[int, ...], set[frozenset[tuple[Slot, Answer]]]] | None:
    """The least cost of reaching a goal and every change that costs it; None where nothing reaches it."""
    best: tuple[int, ...] | None = None
    found: set[frozenset[tuple[Slot, Answer]]] = set()
    for cost, differing in sorted(changed_cases(case, ground, keep), key=lambda entry: entry[0]):
        if best is not None and cost > best:
            break
        if holds(goal, inferred(case_with(case, differing), ground)):
            best = cost
            found.add(frozenset(differing.items()))
    return None if best is None else (best, found)


def every_case(ground: GroundedRulebook) -> list[Case]:
    """Every case of a small rulebook, also with questions left unanswered."""
    empty = Case("c", {}, tuple(Partner(f"Partner {n}", {}) for n in range(ground.program.partners)))
    ways = [[(), *legal(ground.question(slot))] for slot in ground.slots]
    return [case_with(empty, dict(zip(ground.slots, answers, strict=True))) for answers in product(*ways)]
