"""How long it takes to say what is settled, what to ask next and what would have to change; and how many questions that asks.

    python -m benchmarks.space              # times, and the adaptive interview beside the fixed order
    python -m benchmarks.space --times      # times only

Times are warm: grounded before, on cases not seen before, with a third of all questions answered.
"""

import argparse
import random
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter

from advisor.analysis.answer_space import GroundedRulebook, Space
from advisor.analysis.consequences import Settled, settle
from advisor.analysis.counterfactual import reach
from advisor.analysis.goals import read_goals
from advisor.analysis.next_question import next_question
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of, case_with
from advisor.loading import load
from advisor.model.case import Case, Partner
from benchmarks.cases import examples, random_cases
from benchmarks.timing import sample, summed_up

PARTNERS = (1, 3, 6, 10)
GOALS = ("dimension=collaboration", "dimension=cooperation", "dimension=integration", "proceed=form", "instrument=mou")
WARM, MEASURED, ROUNDS = 10, 40, 2


def main() -> None:
    """Print the tables."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--times", action="store_true", help="times only")
    reader.add_argument("--cases", type=int, default=20, help="how many random complete cases are interviewed")
    wanted = reader.parse_args()
    loaded = load()
    space = Space(loaded.rulebook, loaded.program, loaded.cache)
    print("| partners | grounding, s | settle, ms (median, p95) | next | reach |\n| --- | --- | --- | --- | --- |")
    for partners in PARTNERS:
        _times(space, partners)
    if not wanted.times:
        cases = [case for case in examples(loaded.rulebook.vocabulary) if case.partners]
        random_ones = random_cases(loaded.rulebook.vocabulary, wanted.cases, 1, 1.0)
        print("\n| cases | number | adaptive (median, worst) | fixed order (median, worst) | essential first, then the rest |")
        print("| --- | --- | --- | --- | --- |")
        _questions(space, "examples, silence filled at random", [_completed(case, space) for case in cases])
        _questions(space, "random", random_ones)


def _times(space: Space, partners: int) -> None:
    started = perf_counter()
    ground = space.ground(partners)
    goals = [read_goals([goal], ground.vocabulary, ground.program, [])[:1] for goal in GOALS]
    engine = ChainEngine()
    turn = iter(range(10**9))
    tasks: list[Callable[[Case], object]] = [
        lambda case: settle(case, ground),
        lambda case: next_question(case, ground),
        lambda case: reach(case, goals[next(turn) % len(goals)], ground, engine),
    ]
    cases = random_cases(ground.vocabulary, WARM + MEASURED, partners, 1 / 3)
    for task in tasks:
        task(cases[0])
    grounding = perf_counter() - started
    cells = []
    for task in tasks:
        sample(task, cases[:WARM])
        times = summed_up([sample(task, cases[WARM:]) for _ in range(ROUNDS)])
        cells.append(f"{times.median:.1f}, {times.p95:.1f}")
    print(f"| {partners} | {grounding:.1f} | {' | '.join(cells)} |", flush=True)


def _completed(case: Case, space: Space) -> Case:
    """The case with every open question answered at random, the same in every run."""
    ground = space.ground(len(case.partners))
    given = answers_of(case)
    chance = random.Random(case.name)
    filled = {slot: (chance.choice(ground.question(slot).options),) for slot in ground.slots if slot not in given}
    return case_with(case, filled)


def _first_settled(found: Settled) -> bool:
    return not any(found.is_open(name) for name in ("proceed", "dimension"))


def _adaptive(case: Case, ground: GroundedRulebook) -> int:
    """How many questions the adaptive interview asks until the gate and the dimension are settled."""
    known = answers_of(case)
    so_far = Case(case.name, {}, tuple(Partner(partner.name, {}) for partner in case.partners))
    asked = 0
    while True:
        outcome = next_question(so_far, ground)
        if outcome.stands or outcome.ask is None:
            return asked
        slot = (outcome.ask.partner, outcome.ask.question)
        so_far = case_with(so_far, {slot: known[slot]})
        asked += 1


def _in_order(case: Case, ground: GroundedRulebook, slots: Sequence[Slot]) -> int:
    """The same where questions are asked in a fixed order, found by halving: more answers never unsettle anything."""
    known = answers_of(case)
    empty = Case(case.name, {}, tuple(Partner(partner.name, {}) for partner in case.partners))
    low, high = 0, len(slots)
    while low < high:
        middle = (low + high) // 2
        part = case_with(empty, {slot: known[slot] for slot in slots[:middle]})
        if _first_settled(settle(part, ground)):
            high = middle
        else:
            low = middle + 1
    return sum(1 for slot in slots[:low] if _counts(case, slot, ground))


def _counts(case: Case, slot: Slot, ground: GroundedRulebook) -> bool:
    facts = ground.facts(case)
    return slot[1] in (facts.agency if slot[0] < 0 else facts.partners[slot[0]])


def _questions(space: Space, name: str, cases: Sequence[Case]) -> None:
    adaptive, fixed, essential = [], [], []
    for case in cases:
        ground = space.ground(len(case.partners))
        adaptive.append(_adaptive(case, ground))
        slots = ground.slots
        fixed.append(_in_order(case, ground, slots))
        first = sorted(slots, key=lambda slot: not ground.question(slot).essential)
        essential.append(_in_order(case, ground, first))
    cells = [f"{statistics.median(each):g}, {max(each)}" for each in (adaptive, fixed, essential)]
    print(f"| {name} | {len(cases)} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
