"""Reads a sweep file: a base case, what varies in it, what has to hold, and how many scenarios to try."""

from collections.abc import Sequence as SequenceType
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from math import prod
from pathlib import Path

from advisor.engine.program import AGENCY
from advisor.io.case_reader import case_of, read_answer, read_case
from advisor.io.document import Value, line_in, plain_values
from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, read_yaml, text_of, words
from advisor.io.rule_reader import ConditionReader
from advisor.model.carried_over import not_carried
from advisor.model.case import Case
from advisor.model.conditions import Condition
from advisor.model.names import place_of
from advisor.model.problems import InputError, Pointer, Problems
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import NONE, THAT_IS_ALL, UNKNOWN, Question, Vocabulary
from advisor.sweep.answers import Answer, Axis

MOST_SCENARIOS = 1_000_000_000
MOST_VALUES = 256  # on one axis: the number of a value is a byte
MOST_OPTIONAL = 4  # partners that may be left out: each doubles the program


@dataclass(frozen=True, slots=True)
class Sample:
    """A random sample: how many scenarios, and the seed that fixes them."""

    size: int
    seed: int


@dataclass(frozen=True, slots=True)
class Spec:
    """A sweep as its file has it. `weights` go with `axes`; `conclusions` are findings, None for all of them."""

    name: str
    case: Case
    axes: tuple[Axis, ...]
    weights: tuple[tuple[float, ...] | None, ...]
    optional: tuple[int, ...]
    constraints: tuple[Condition, ...]
    sample: Sample | None
    conclusions: tuple[str, ...] | None
    summary: tuple[str, ...]
    maps: tuple[tuple[str, str], ...]

    def axis_names(self) -> tuple[str, ...]:
        """What each axis is called, as in the file: the question, with the partner it is about."""
        return tuple(axis_name(axis.owner, axis.question, self.case) for axis in self.axes)


def axis_name(owner: int, question: str, case: Case) -> str:
    """What an answer is called in sweep files and columns."""
    return str(QuestionRef(question, None if owner == AGENCY else case.partners[owner].name))


def read_spec(path: Path, vocabulary: Vocabulary) -> Spec:
    """The sweep in a YAML file. Raises `InputError` with every problem in it."""
    problems = Problems(str(path))
    node = read_yaml(path, problems)
    problems.raise_if_any()
    assert node is not None
    problems.line_of = partial(line_in, node)
    spec = _SweepReader(path, vocabulary, problems).spec(node)
    problems.raise_if_any()
    return spec


class _SweepReader:
    def __init__(self, path: Path, vocabulary: Vocabulary, problems: Problems) -> None:
        self.path, self.vocabulary, self.problems = path, vocabulary, problems
        self.case = Case("", {})

    def spec(self, node: Node | None) -> Spec:
        optional = ("name", "leave-out", "constraints", "sample", "conclusions", "summary", "maps")
        root = fields(node, ("case", "vary"), optional, self.problems, "sweep")
        self.case = self._case(root.entries.get("case"))
        axes = self._axes(root.entries.get("vary"))
        sample = self._sample(root.entries.get("sample"))
        left_out = self._left_out(root.entries.get("leave-out"))
        if not axes and not left_out and not self.problems.found:
            self.problems.add("sweep-varies-nothing", root.line_of("vary"), about="vary")
        for axis, weights in axes:
            if weights is not None and sample is None:
                about = axis_name(axis.owner, axis.question, self.case)
                self.problems.add("weights-need-a-sample", root.line_of("vary"), about=about)
        size = prod(len(axis.values) for axis, _ in axes) << len(left_out)
        if sample is None and size > MOST_SCENARIOS:
            self.problems.add("sweep-too-large", root.line_of("vary"), found=f"{size:,}", allowed=(f"{MOST_SCENARIOS:,}",))
        names = tuple(axis_name(axis.owner, axis.question, self.case) for axis, _ in axes)
        return Spec(
            text_of(root, "name", self.problems, "sweep", self.path.stem),
            self.case,
            tuple(axis for axis, _ in axes),
            tuple(weights for _, weights in axes),
            left_out,
            self._constraints(root.entries.get("constraints")),
            sample,
            self._findings(root, "conclusions"),
            self._findings(root, "summary") or self.vocabulary.advice_parts.summed_up,
            self._maps(root.entries.get("maps"), names),
        )

    def _case(self, node: Node | None) -> Case:
        if isinstance(node, Scalar):
            try:
                return read_case(self.path.parent / node.text, self.vocabulary)
            except InputError as error:
                self.problems.found += error.problems
                return Case("", {})
        if node is None:
            return Case("", {})
        case, left_out = case_of(plain_values(node), ("case",), self.path.stem, self.vocabulary, self.problems)
        self.problems.found += not_carried(left_out, self.problems.file)
        return case

    def _axes(self, node: Node | None) -> list[tuple[Axis, tuple[float, ...] | None]]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return []
        if not isinstance(node, Mapping):
            self.problems.add("mapping-expected", node.line, about="vary")
            return []
        found = []
        for name, value in node.entries.items():
            line = node.line_of(name)
            owner, question = self._asked(name, line)
            if question is not None:
                values, weights = self._values(name, value, question)
                if len(values) > MOST_VALUES:
                    self.problems.add("too-many-values", line, about=name, found=len(values), allowed=(str(MOST_VALUES),))
                elif values:
                    found.append((Axis(owner, question.id, values), weights))
        return found

    def _asked(self, name: str, line: int) -> tuple[int, Question | None]:
        """Whom an axis is about (a partner's number or AGENCY), and its question."""
        ref = QuestionRef.parse(name)
        known = [p.name for p in self.case.partners]
        question = self.vocabulary.questions.get(ref.question)
        if question is None:
            own = [q.id for q in self.vocabulary.asked_of("agency" if ref.partner is None else "partner")]
            self.problems.add("unknown-question", line, about="vary", found=ref.question, allowed=own)
        elif question.asked == "agency" and ref.partner is not None:
            self.problems.add("question-about-the-agency", line, about="vary", found=question.id)
        elif question.asked == "partner" and ref.partner is None:
            self.problems.add("axis-needs-a-partner", line, about="vary", found=question.id)
        elif ref.partner is None:
            return AGENCY, question
        elif (number := place_of(ref.partner, known)) is not None:
            return number, question
        elif self.case.name:
            self.problems.add("unknown-partner", line, about="vary", found=ref.partner, allowed=known)
        return AGENCY, None

    def _values(self, name: str, node: Node, question: Question) -> tuple[tuple[Answer, ...], tuple[float, ...] | None]:
        if isinstance(node, Scalar) and node.text == "all":
            return tuple((option,) for option in question.options), None
        if isinstance(node, Mapping) and "combinations" in node.entries:
            return self._combinations(name, node, question), None
        weights: list[float] = []
        path: Pointer = ("vary", name)
        if isinstance(node, Mapping):
            given: dict[Pointer, Value] = {(*path, word): word for word in node.entries}
            weights = [self._weight(name, word, node) for word in node.entries]
        elif isinstance(node, Sequence):
            given = {(*path, place): plain_values(item) for place, item in enumerate(node.items)}
        else:
            given = {path: plain_values(node)}
        values: list[Answer] = []
        for place, value in given.items():
            before = len(self.problems.found)
            answer = read_answer(value, question, QuestionRef.parse(name).partner or "", place, self.problems)
            if answer in values and len(self.problems.found) == before:
                self.problems.add("option-twice", place, about=name, found=" + ".join(answer) or UNKNOWN)
            values.append(answer)
        if not values:
            self.problems.add("list-expected", node.line, about=name)
        if weights and not sum(weights):
            self.problems.add("no-weight", node.line, about=name)
        return tuple(values), tuple(weights) or None

    def _weight(self, name: str, word: str, node: Mapping) -> float:
        value = node.entries[word]
        try:
            weight = float(value.text) if isinstance(value, Scalar) else -1.0
        except ValueError:
            weight = -1.0
        if not 0 <= weight <= 1e9:  # also false of nan
            found = value.text if isinstance(value, Scalar) else ""
            self.problems.add("not-a-weight", value.line, about=f"{name}: {word}", found=found)
            return 0.0
        return weight

    def _combinations(self, name: str, node: Mapping, question: Question) -> tuple[Answer, ...]:
        """Every set of these options; the empty one is the answer "none" where there is one, and unknown elsewhere."""
        given = fields(node, ("combinations",), (), self.problems, name).entries["combinations"]
        if question.kind != "several":
            self.problems.add("combinations-of-one", node.line, about=name)
            return ()
        if isinstance(given, Scalar) and given.text == "all":
            chosen: SequenceType[str] = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
        else:
            chosen = read_answer(plain_values(given), question, "", ("vary", name, "combinations"), self.problems)
        if len(chosen) > 8:
            self.problems.add("too-many-values", node.line, about=name, found=2 ** len(chosen), allowed=(str(MOST_VALUES),))
            return ()
        empty: Answer = (NONE,) if NONE in question.options else ()
        return (empty, *chain.from_iterable(combinations(chosen, size) for size in range(1, len(chosen) + 1)))

    def _left_out(self, node: Node | None) -> tuple[int, ...]:
        names = words(node, self.problems, "leave-out") if node is not None else ()
        known = [p.name for p in self.case.partners]
        line = node.line if node else 0
        for name in names:
            if place_of(name, known) is None:
                self.problems.add("unknown-partner", line, about="leave-out", found=name, allowed=known)
        if len(names) > MOST_OPTIONAL:
            self.problems.add("too-many-values", line, about="leave-out", found=len(names), allowed=(str(MOST_OPTIONAL),))
        return tuple(n for n, name in enumerate(known) if place_of(name, names) is not None)

    def _constraints(self, node: Node | None) -> tuple[Condition, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.problems.add("list-of-conditions-expected", node.line, about="constraints")
            return ()
        reader = ConditionReader(self.vocabulary, self.problems, "constraints", "agency", findings=False)
        return tuple(reader.read(item) for item in node.items)

    def _sample(self, node: Node | None) -> Sample | None:
        if node is None:
            return None
        given = fields(node, ("size",), ("seed",), self.problems, "sample")
        size = self._number(given, "size", 1, MOST_SCENARIOS, 1)
        return Sample(size, self._number(given, "seed", 0, 2**63 - 1, 0))

    def _number(self, node: Mapping, key: str, least: int, most: int, default: int) -> int:
        text = text_of(node, key, self.problems, "sample", str(default)).replace("_", "").replace(",", "")
        if not (text.isascii() and text.isdecimal() and least <= int(text[:20]) <= most):
            self.problems.add("not-a-number", node.line_of(key), about=key, found=text, allowed=(f"{least:,}", f"{most:,}"))
            return default
        return int(text)

    def _findings(self, root: Mapping, key: str) -> tuple[str, ...] | None:
        node = root.entries.get(key)
        if node is None or (isinstance(node, Scalar) and node.text == "all"):
            return None
        names = words(node, self.problems, key)
        for name in names:
            if name not in self.vocabulary.findings:
                self.problems.add("unknown-finding", node.line, about=key, found=name, allowed=self.vocabulary.findings)
        return tuple(name for name in self.vocabulary.findings if name in names)

    def _maps(self, node: Node | None, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        found = []
        for item in node.items if isinstance(node, Sequence) else []:
            pair = [str(QuestionRef.parse(name)) for name in words(item, self.problems, "maps")]
            for name in pair:
                if name not in names:
                    self.problems.add("unknown-axis", item.line, about="maps", found=name, allowed=names)
            if len(pair) == 2 and pair[0] != pair[1]:
                found.append((pair[0], pair[1]))
            else:
                self.problems.add("two-axes-expected", item.line, about="maps")
        if node is not None and not isinstance(node, Sequence):
            self.problems.add("list-expected", node.line, about="maps")
        return tuple(found)
