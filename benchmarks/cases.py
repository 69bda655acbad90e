"""The cases that are measured: the project's examples, and random ones that are the same in every run."""

import random
from pathlib import Path

from advisor.io.case_reader import read_case
from advisor.model.case import Case, Partner
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question, Scope, Vocabulary

EXAMPLES = Path(__file__).parents[1] / "examples"


def example_files() -> list[Path]:
    """The case files in `examples/`."""
    return sorted(EXAMPLES.glob("*.yaml"))


def examples(vocabulary: Vocabulary) -> list[Case]:
    """Every example."""
    return [read_case(path, vocabulary) for path in example_files()]


def random_cases(vocabulary: Vocabulary, number: int, partners: int, share: float) -> list[Case]:
    """Cases in which this share of all questions is answered, by a generator seeded with the case's number."""
    return [_case(random.Random(seed), seed, vocabulary, partners, share) for seed in range(number)]


def _case(chance: random.Random, seed: int, vocabulary: Vocabulary, partners: int, share: float) -> Case:
    def answers(scope: Scope) -> dict[str, tuple[str, ...]]:
        return {q.id: _answer(chance, q) for q in vocabulary.asked_of(scope) if chance.random() < share}

    return Case(
        f"random {seed}", answers("agency"), tuple(Partner(f"Partner {n + 1}", answers("partner")) for n in range(partners))
    )


def _answer(chance: random.Random, question: Question) -> tuple[str, ...]:
    if question.kind != "several":
        return (chance.choice(question.options),)
    options = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
    chosen = chance.sample(options, chance.randint(1, min(3, len(options))))
    return tuple(option for option in options if option in chosen)
