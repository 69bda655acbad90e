"""How many pages an interview takes until its main answer stands: on the examples and the field cases, with 3 and 4 partners.

    python -m benchmarks.journey                    # median and most pages, and the questions on them
    python -m benchmarks.journey --each             # each case too

The main answer stands when no answer still open can change whether to go ahead, change, end or not, how close to come, in what
structure, and by what instrument. Each case is brought to the number of partners by taking its own in turn, as often as
needed, under new names. What it leaves open is filled in, the same in every run, with answers that leave its main answer as
it is: nothing stands as long as somebody does not know. The free words are no page here; the list of partners is one.
"""

import argparse
import random
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of, case_with, slots_of
from advisor.io.case_reader import case_of
from advisor.loading import load
from advisor.model.case import Case
from advisor.model.problems import Problems
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Vocabulary
from advisor.service import Service
from advisor.service.journey import journey
from benchmarks.cases import examples

FIELD = Path(__file__).parents[1] / "tests" / "field"
PARTNERS = (3, 4)
FEWEST = 6  # answers of a case that says enough to be taken as somebody's


def main() -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--each", action="store_true", help="each case too")
    wanted = reader.parse_args()
    service = Service(load(), ChainEngine())
    told = told_cases(service.vocabulary)
    print("| partners | cases | pages (median, most) | questions (median, most) |\n| --- | --- | --- | --- |")
    for partners in PARTNERS:
        found = [(case.name, _pages(completed(with_partners(case, partners), service), service)) for case in told]
        pages = [len(each) + 1 for _, each in found]  # and the list of partners
        questions = [sum(len(page) for page in each) for _, each in found]
        cells = (f"{statistics.median(counts):g}, {max(counts)}" for counts in (pages, questions))
        print(f"| {partners} | {len(found)} | {' | '.join(cells)} |", flush=True)
        if wanted.each:
            for name, each in sorted(found, key=lambda item: len(item[1])):
                print(f"    {len(each) + 1:3} {name}: {' '.join(page[0][1] for page in each)}")


def told_cases(vocabulary: Vocabulary) -> list[Case]:
    """The examples and the field cases that say enough and name a partner."""
    told = [case for case in (*examples(vocabulary), *field_cases(vocabulary)) if case.partners]
    return [case for case in told if len(answers_of(case)) >= FEWEST]


def field_cases(vocabulary: Vocabulary) -> Iterator[Case]:
    """The cases of `tests/field/`, without what is expected of them."""
    for path in sorted(FIELD.glob("*.yaml")):
        problems = Problems(str(path))
        told = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
        yield case_of(told["case"], ("case",), path.stem, vocabulary, problems)[0]
        problems.raise_if_any()


def with_partners(case: Case, number: int) -> Case:
    """The case with so many partners: its own in turn, as often as needed, under new names."""
    own = case.partners
    return replace(case, partners=tuple(replace(own[n % len(own)], name=f"Partner {n + 1}") for n in range(number)))


def completed(case: Case, service: Service) -> Case:
    """The case with every relevant question answered so that its main answer stays; one where no answer does is left open."""
    chance, kept, relevance = random.Random(case.name), _main_answer(case, service), service.loaded.relevance
    left = set(slots_of(service.vocabulary, len(case.partners)))
    while waiting := [slot for slot in _relevant(case, service) if slot in left]:
        for owner, name in waiting:
            left.discard((owner, name))
            if not relevance.facts(case).asks(name, owner):
                continue
            options = [option for option in service.vocabulary.questions[name].options if option not in (NONE, THAT_IS_ALL)]
            several = service.vocabulary.questions[name].kind == "several"
            tried = [NONE] if several and NONE in service.vocabulary.questions[name].options else []
            tried += chance.sample(options, len(options))
            if not several and NONE in service.vocabulary.questions[name].options:
                tried.append(NONE)
            changed = (case_with(case, {(owner, name): (option,)}) for option in tried)
            case = next((each for each in changed if _main_answer(each, service) == kept), case)
    return case


def _pages(told: Case, service: Service) -> list[tuple[Slot, ...]]:
    return [visit.page for visit in journey(told, service.state, service.loaded.relevance)]


def _main_answer(case: Case, service: Service) -> tuple[object, ...]:
    inference, parts = service.infer(case), service.vocabulary.advice_parts
    proceed = frozenset(parts.way(parts.proceed, value) for value in inference.values(parts.proceed))
    return (proceed, inference.level(parts.recommended), *(frozenset(inference.values(each)) for each in parts.chief[2:]))


def _relevant(case: Case, service: Service) -> list[tuple[int, str]]:
    facts, given = service.loaded.relevance.facts(case), answers_of(case)
    slots = slots_of(service.vocabulary, len(case.partners))
    return [(owner, name) for owner, name in slots if (owner, name) not in given and facts.asks(name, owner)]


if __name__ == "__main__":
    main()
