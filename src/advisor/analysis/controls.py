"""Controls of the solver over complete cases: one at a time, or every two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import clingo

from advisor.analysis.encoding import Encoding, Writer, mirror, tie, write
from advisor.engine.conclusions import Conclusion, Outcome
from advisor.engine.program import Program, Slot
from advisor.model.vocabulary import Vocabulary

OPTIONS = ("--warn=none", "--heuristic=Vsids")  # half the time of the default heuristic on this rulebook; ADR 0003


@dataclass(frozen=True, slots=True)
class Completions:
    """A control over every complete case; `shown` are the literals of the conclusions."""

    control: clingo.Control
    encoding: Encoding
    shown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A control over every two complete cases.

    `same` makes a slot alike in both; `turned` has for each outcome a literal that holds where only the first case has it.
    """

    control: clingo.Control
    first: Encoding
    same: dict[Slot, int]
    turned: dict[Outcome, int]


def make_completions(program: Program, vocabulary: Vocabulary, conclusions: Sequence[Conclusion]) -> Completions:
    """A new control over every complete case."""
    control = clingo.Control(list(OPTIONS))
    with control.backend() as backend:
        writer = Writer(backend)
        encoding = write(writer, program, vocabulary, silence=False)
        shown = tuple(literal_of(writer, encoding, conclusion) for conclusion in conclusions)
    return Completions(control, encoding, shown)


def make_pairs(
    program: Program, vocabulary: Vocabulary, conclusions: Sequence[Conclusion], main: Mapping[str, Sequence[Outcome]]
) -> Pairs:
    """A new control over every two complete cases; every conclusion is an outcome, beside the `main` ones."""
    control = clingo.Control(list(OPTIONS))
    with control.backend() as backend:
        writer = Writer(backend)
        first = write(writer, program, vocabulary, silence=False)
        second = write(writer, program, vocabulary, silence=False)
        same = mirror(writer, first, second)
        tie(writer, program, first, second, same)
        here, there = ([literal_of(writer, encoding, each) for each in conclusions] for encoding in (first, second))
        outcomes = {*((number,) for number in range(len(conclusions))), *chain(*main.values())}
        turned = {
            outcome: writer.all_of([writer.any_of([here[n] for n in outcome]), *(-there[n] for n in outcome)])
            for outcome in sorted(outcomes)
        }
    return Pairs(control, first, same, turned)


def literal_of(writer: Writer, encoding: Encoding, conclusion: Conclusion) -> int:
    """A literal that holds where a conclusion does."""
    if conclusion.literals is None:
        return writer.any_of([])
    return writer.all_of([encoding.truth[n] if sign else -encoding.truth[n] for n, sign in conclusion.literals])
