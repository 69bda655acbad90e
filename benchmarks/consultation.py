"""How long it takes to say what stands whoever is right, what each side would get, and which disagreement to resolve first.

    python -m benchmarks.consultation

Median, 95th percentile and best (the median of each consultation's fastest of three), in ms and warm: the rulebook is read
and compiled for that many partners. Every respondent answers all that the agency does, but for what is contested, where
each takes one of its answers.
"""

import argparse
import random
from collections.abc import Sequence
from itertools import pairwise
from time import perf_counter

from advisor.analysis.consultation import consult, consultation_map, disagreement
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of, case_with, slots_of
from advisor.loading import Loaded, load
from advisor.model.consultation import Consultation, Respondent, RespondentView, join
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question
from benchmarks.cases import examples, random_cases
from benchmarks.timing import summed_up

SIZES = ((3, 3, 30), (5, 5, 30), (5, 10, 60), (5, 40, 120), (10, 40, 120))  # partners, respondents, disagreements
REPEATED = 3
STEPS = ("join", "stands", "sides", "rank", "map", "in all")


def main() -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=12, help="consultations measured for each size")
    rounds = reader.parse_args().rounds
    loaded = load()
    print(f"| partners | respondents | disagreements | {' | '.join(STEPS)} | contested |")
    print(f"|{' --- |' * (len(STEPS) + 4)}")
    for partners, respondents, disagreements in SIZES:
        loaded.program(partners)
        _measured(loaded, partners, respondents, disagreements, 0)
        turns = [
            [_measured(loaded, partners, respondents, disagreements, seed) for seed in range(rounds)] for _ in range(REPEATED)
        ]
        cells = []
        for step in STEPS:
            times = summed_up([[each[step] for each in turn] for turn in turns])
            cells.append(f"{times.median:.0f}, {times.p95:.0f}, {times.best:.0f}")
        contested = sorted(each["contested"] for each in turns[0])[rounds // 2]
        print(f"| {partners} | {respondents} | {disagreements} | {' | '.join(cells)} | {contested:.0f} |", flush=True)


def _measured(loaded: Loaded, partners: int, respondents: int, disagreements: int, seed: int) -> dict[str, float]:
    """The time of each step, in ms, and how many conclusions are contested."""
    vocabulary, program = loaded.rulebook.vocabulary, loaded.program(partners)
    views = _views(loaded, partners, respondents, disagreements, random.Random(seed))
    at = [perf_counter()]
    joined = join(views, vocabulary)
    at.append(perf_counter())
    asked = disagreement(joined, program, vocabulary)
    contested = [n for n, status in enumerate(asked.standing()) if status == "contested"]
    at.append(perf_counter())
    for respondent in joined.respondents:
        asked.standing(_right(joined, respondent.name), among=contested)
    at.append(perf_counter())
    for contest in range(len(asked.contests)):
        asked.stake(contest, contested)
    at.append(perf_counter())
    consultation_map(joined, vocabulary)
    at.append(perf_counter())
    consult(join(views, vocabulary), program, vocabulary)
    at.append(perf_counter())
    spent = [(later - earlier) * 1000 for earlier, later in pairwise(at)]
    return {**dict(zip(STEPS, spent, strict=True)), "contested": len(contested)}


def _right(joined: Consultation, name: str) -> dict[int, int]:
    """The answers of one respondent, by the place of the contested question."""
    return {
        place: answer
        for place, point in enumerate(joined.contested)
        for answer, position in enumerate(point.positions)
        if name in position.holders
    }


def _views(
    loaded: Loaded, partners: int, respondents: int, disagreements: int, chance: random.Random
) -> Sequence[RespondentView]:
    """Views of an example, or where it has another number of partners of a random case, with so many contested questions."""
    vocabulary = loaded.rulebook.vocabulary
    fitting = [case for case in examples(vocabulary) if len(case.partners) == partners]
    base = chance.choice(fitting or random_cases(vocabulary, 20, partners, 0.6))
    slots = list(slots_of(vocabulary, partners))
    given = answers_of(base)
    first = [slot for slot in slots if slot in given]
    chance.shuffle(first)
    rest = [slot for slot in slots if slot not in given]
    chance.shuffle(rest)
    contested = (first + rest)[:disagreements]
    positions = {slot: _positions(vocabulary.questions[slot[1]], given.get(slot, ()), chance) for slot in contested}
    views = []
    for number in range(respondents):
        own: dict[Slot, tuple[str, ...]] = {
            slot: answers[number] if number < len(answers) else chance.choice(answers) for slot, answers in positions.items()
        }
        views.append(RespondentView(Respondent(f"Respondent {number + 1}", "agency"), case_with(base, own)))
    return views


def _positions(question: Question, own: tuple[str, ...], chance: random.Random) -> list[tuple[str, ...]]:
    """Two or three answers to a question, the one that is there among them."""
    found = [own] if own else []
    wanted = chance.choice((2, 2, 3))
    while len(found) < min(wanted, len(question.options)):
        answer = _any(question, chance)
        if answer not in found:
            found.append(answer)
    return found


def _any(question: Question, chance: random.Random) -> tuple[str, ...]:
    if question.kind != "several":
        return (chance.choice(question.options),)
    options = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
    chosen = chance.sample(options, chance.randint(1, min(3, len(options))))
    return tuple(option for option in options if option in chosen)


if __name__ == "__main__":
    main()
