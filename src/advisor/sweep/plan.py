"""A sweep ready to run: everything that a chunk of it needs, as plain data that can be sent to another process."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

from advisor.engine.compiler import compile_program
from advisor.engine.program import AGENCY, Atom, Program, Slot
from advisor.model.conditions import Condition
from advisor.model.problems import InputError, Problem
from advisor.model.references import QuestionRef
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import UNKNOWN
from advisor.sweep.answers import Answer
from advisor.sweep.kernel import Kernel, Layout, bits, count
from advisor.sweep.sampling import CHUNK, Design, Meets, counted
from advisor.sweep.spec import Spec
from advisor.sweep.specialize import FALSE_PLACE, TRUE_PLACE, Family, Specialized, conclusion_columns, specialize

FORMAT = "sweep/1.1"
_TRIED = 1 << 21  # candidates tried, or counted, to see whether any meets the constraints
PRESENCE = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Plan:
    """The scenarios, the program that is left of the rulebook, and what the columns are called.

    `axes` are (name, words) of the columns that vary, in the order of the design's axes. `tallied` are the conclusions
    whose relation to each answer is counted. `size` is the exact number of scenarios, or None where only running can
    tell. `sha256` is over all that decides what is written.
    """

    name: str
    design: Design
    specialized: Specialized
    constraint: Layout | None
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    tallied: tuple[int, ...]
    size: int | None
    rulebook: tuple[str, str]
    sha256: str

    def meets(self) -> Meets | None:
        """Which candidates meet the constraints; None where all do."""
        if self.constraint is None:
            return None
        kernel = Kernel(self.constraint)
        return lambda columns, size: bits(kernel.run(columns, size)[0], size)


def plan_of(spec: Spec, rulebook: Rulebook, program: Callable[[int], Program], chunk: int = CHUNK) -> Plan:
    """The plan of a sweep. Raises `InputError` where no scenario meets the constraints."""
    vocabulary, case = rulebook.vocabulary, spec.case
    names = tuple(partner.name for partner in case.partners)
    varied = {(axis.owner, axis.question) for axis in spec.axes}
    fixed: dict[Slot, Answer] = {(AGENCY, question): answer for question, answer in case.answers.items()}
    for number, partner in enumerate(case.partners):
        fixed |= {(number, question): answer for question, answer in partner.answers.items()}
    family = Family(names, {key: answer for key, answer in fixed.items() if key not in varied}, spec.axes, spec.optional)
    programs = {n: program(n) for n in range(len(names) - len(spec.optional), len(names) + 1)}
    conclusions = conclusion_columns(vocabulary, names, spec.conclusions)
    specialized = specialize(vocabulary, programs, family, conclusions)
    constraint = _constraint(spec, rulebook, family)
    values = (*(len(axis.values) for axis in spec.axes), *(2 for _ in spec.optional))
    weights = (*spec.weights, *(None for _ in spec.optional))
    sample = spec.sample
    design = Design(values, weights, sample.size if sample else None, sample.seed if sample else 0, chunk)
    share = 1.0 if constraint is None else _share_met(constraint, design)
    if not share:
        raise _unmet(spec, design.combinations)
    size = design.candidates if sample or constraint is None else _exact(constraint, design)
    axes = [(n, tuple(answer_label(v) for v in axis.values)) for n, axis in zip(spec.axis_names(), spec.axes, strict=True)]
    axes += [(str(QuestionRef("", names[partner])), PRESENCE) for partner in spec.optional]
    varying = set(specialized.varying())
    tallied = tuple(n for n, c in enumerate(conclusions) if c.finding in spec.summary and n in varying)
    about = [FORMAT, rulebook.sha256, repr((family, conclusions, spec.constraints, design, axes, tallied))]
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
    stamp = (rulebook.version, rulebook.sha256)
    return Plan(spec.name, design, specialized, constraint, tuple(axes), tallied, size, stamp, digest)


def answer_label(answer: Answer) -> str:
    """How an answer stands in a column."""
    return " + ".join(answer) or UNKNOWN


def _constraint(spec: Spec, rulebook: Rulebook, family: Family) -> Layout | None:
    if not spec.constraints:
        return None
    only, atoms = constraining(rulebook, spec.constraints)
    programs = {n: compile_program(only, n) for n in range(len(family.partners) - len(family.optional), len(family.partners) + 1)}
    found = specialize(rulebook.vocabulary, programs, family, (), atoms)
    if found.constraint == TRUE_PLACE:
        return None
    if found.constraint == FALSE_PLACE:
        raise _unmet(spec, prod(len(axis.values) for axis in spec.axes) << len(spec.optional))
    return found.layout


def constraining(rulebook: Rulebook, constraints: Sequence[Condition]) -> tuple[Rulebook, tuple[Atom, ...]]:
    """The rulebook with a rule for each constraint in place of its own, and the atoms that hold where those are met."""
    rules = {
        f"constraint {n}": Rule(f"constraint {n}", "", "agency", condition, (), "", (), "", 0)
        for n, condition in enumerate(constraints)
    }
    return replace(rulebook, rules=rules), tuple(Atom("rule", name, ()) for name in rules)


def _unmet(spec: Spec, combinations: int) -> InputError:
    return InputError([Problem("", 0, "no-scenario-meets-the-constraints", about=spec.name, found=f"{combinations:,}")])


def _projected(constraint: Layout, design: Design) -> tuple[list[int], int]:
    """The axes a constraint looks at, and how many combinations they have."""
    axes = sorted({column for column, _ in constraint.inputs})
    return axes, prod(design.values[axis] for axis in axes)


def _counted(constraint: Layout, design: Design) -> tuple[int, int] | None:
    """How many combinations of the axes it looks at meet a constraint, of how many; None where they are too many."""
    axes, size = _projected(constraint, design)
    if size > _TRIED:
        return None
    columns, stride = {}, size
    for axis in axes:
        stride //= design.values[axis]
        columns[axis] = counted(0, size, design.values[axis], stride)
    return int(count(Kernel(constraint).run(columns, size), size)[0]), size


def _exact(constraint: Layout, design: Design) -> int | None:
    found = _counted(constraint, design)
    return None if found is None else design.combinations // found[1] * found[0]


def _share_met(constraint: Layout, design: Design) -> float:
    found = None if any(design.weights) else _counted(constraint, design)
    if found is not None:
        return found[0] / found[1]
    probe = Design(design.values, design.weights, _TRIED, design.seed, _TRIED)
    columns, size = probe.make(0)
    return int(count(Kernel(constraint).run(columns, size), size)[0]) / size
