"""What the tests of sweeps share: families of any cases, columns drawn at random, and what chain says of each."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

import numpy as np

from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY, Program
from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Vocabulary
from advisor.sweep.answers import Axis
from advisor.sweep.kernel import Bytes, Kernel, bits
from advisor.sweep.specialize import TRUE_PLACE, Family, Specialized, atom_of, conclusion_columns, specialize


def everything_varies(vocabulary: Vocabulary, partners: int) -> Family:
    """A family in which every answer may be anything, `several` answers included."""
    axes = []
    for question in vocabulary.questions.values():
        for owner in range(partners) if question.asked == "partner" else (AGENCY,):
            if question.kind == "several":
                axes.append(Axis(owner, question.id, tuple((option,) for option in question.options), "options"))
            else:
                axes.append(Axis(owner, question.id, ((), *((option,) for option in question.options))))
    return Family(tuple(f"Partner {n}" for n in range(partners)), {}, tuple(axes))


def drawn(family: Family, scenarios: int, seed: int) -> list[Bytes]:
    """Columns of so many random scenarios. How many questions are answered differs from one to the next."""
    random = np.random.default_rng(seed)
    answered = random.choice([0.2, 0.5, 0.9], scenarios)
    columns: list[Bytes] = []
    for axis in family.axes:
        there = random.random(scenarios) < answered
        if axis.kind == "choice":
            codes = random.integers(0, len(axis.values), scenarios, dtype=np.uint8)
            columns.append(codes * there.astype(np.uint8) if not axis.values[0] else codes)
            continue
        chosen = (random.random((len(axis.values), scenarios)) < 0.3) & there
        closing = axis.values.index((THAT_IS_ALL,))
        others = [n for n, value in enumerate(axis.values) if value not in ((NONE,), (THAT_IS_ALL,))]
        named = chosen[others].any(axis=0)
        chosen[closing] &= named
        if (NONE,) in axis.values:
            chosen[axis.values.index((NONE,))] = there & ~named
        columns += list(chosen.astype(np.uint8))
    return columns


def case_at(family: Family, columns: Sequence[Bytes], row: int) -> Case:
    """A scenario as a case, with the partners that are in."""
    answers: Mapping[int, dict[str, tuple[str, ...]]] = {n: {} for n in range(AGENCY, len(family.partners))}
    for (owner, question), answer in family.fixed.items():
        if answer:
            answers[owner][question] = answer
    for axis, start in zip(family.axes, family.columns(), strict=True):
        if axis.kind == "choice":
            answer = axis.values[columns[start][row]]
        else:
            answer = tuple(value[0] for n, value in enumerate(axis.values) if columns[start + n][row])
        if answer:
            answers[axis.owner][axis.question] = answer
    first = sum(axis.width for axis in family.axes)
    out = {partner for n, partner in enumerate(family.optional) if not columns[first + n][row]}
    partners = (Partner(name, answers[n]) for n, name in enumerate(family.partners) if n not in out)
    return Case("scenario", answers[AGENCY], tuple(partners))


def differences(
    rulebook: Rulebook, programs: Mapping[int, Program], family: Family, columns: Sequence[Bytes], scenarios: int, words: int = 64
) -> Iterator[str]:
    """Where the sweep and chain come to different conclusions: all findings of all scenarios are compared."""
    conclusions = conclusion_columns(rulebook.vocabulary, family.partners)
    specialized = specialize(rulebook.vocabulary, programs, family, conclusions)
    results = Kernel(specialized.layout, words).run(columns, scenarios)
    placed = zip(conclusions, specialized.places, strict=True)
    named = [(c.name, value, place) for c, row in placed for value, place in zip(c.values, row, strict=True)]
    said = np.array([bits(results[p], scenarios) if p >= 0 else np.full(scenarios, p == TRUE_PLACE) for _, _, p in named])
    engine = ChainEngine()
    numbers: dict[tuple[str, ...], list[int]] = {}
    for row in range(scenarios):
        case = case_at(family, columns, row)
        members = tuple(partner.name for partner in case.partners)
        program = programs[len(members)]
        if members not in numbers:
            numbers[members] = numbers_of(specialized, family, members, program, rulebook.vocabulary)
        true = infer(case, rulebook, program, engine).true
        expected = np.array([number in true for number in numbers[members]])
        for wrong in np.flatnonzero(expected != said[:, row]):
            yield f"scenario {row}: {named[wrong][:2]} is {said[wrong, row]}"


def numbers_of(
    specialized: Specialized, family: Family, members: tuple[str, ...], program: Program, vocabulary: Vocabulary
) -> list[int]:
    """The atom of every value of every conclusion; -1, which never holds, where no rule gives it or its partner is out."""
    found = []
    for conclusion in specialized.conclusions:
        name = "" if conclusion.owner == AGENCY else family.partners[conclusion.owner]
        for value in conclusion.values:
            if name and name not in members:
                found.append(-1)
                continue
            atom = atom_of(conclusion, value, vocabulary, members.index(name) if name else AGENCY)
            found.append(program.number.get(atom, -1))
    return found


def some_family(random: Random, vocabulary: Vocabulary, partners: int) -> Family:
    """A family in which about half of the answers are fixed and up to two partners may be left out."""
    whole = everything_varies(vocabulary, partners)
    axes, fixed = [], {}
    for axis in whole.axes:
        if random.random() < 0.5:
            axes.append(axis)
        elif random.random() < 0.7:
            fixed[axis.owner, axis.question] = axis.values[random.randrange(len(axis.values))]
    optional = tuple(sorted(random.sample(range(partners), random.randint(0, min(partners, 2)))))
    return Family(whole.partners, fixed, tuple(axes), optional)
