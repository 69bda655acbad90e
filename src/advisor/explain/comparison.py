"""What differs between two or more advices, and why: the rules that stopped firing, those that began, the answers behind.

The first advice is the one the others are held against. Reasons are found from the difference itself: from the
conclusion down, through every firing that only one side has, to the answers in which the two cases differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY, TEST_KINDS, Atom
from advisor.explain.aspects import TOPICS, Topic, aspects
from advisor.explain.justification import FiringBasis, because, grounds, level_reached
from advisor.model.advice import Advice
from advisor.model.references import ConclusionRef
from advisor.model.scenario import AnswerChange


@dataclass(frozen=True, slots=True)
class Reading:
    """One side of a comparison: what it is called, what followed, and the advice."""

    label: str
    inference: Inference
    advice: Advice


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """A question that is answered differently: by each side (None: that side has not got this partner)."""

    question: str
    partner: str | None
    answers: tuple[tuple[str, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that fires on one side only: it `began` to, or it stopped, against the first side.

    `answers` are those under it in which the two cases differ; `steps` counts the rules between it and the difference.
    `partner_gone` names the partner it is about where only one side has that partner.
    """

    rule: str
    partner: str | None
    began: bool
    because: str
    steps: int
    answers: tuple[AnswerChange, ...]
    partner_gone: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs: its topic and part of the advice, its name, what each side says, and why for each further side.

    What they say is in ids in `values`, in words in `shown`.
    """

    topic: Topic
    part: str
    id: str
    title: str
    values: tuple[str, ...]
    shown: tuple[str, ...]
    causes: tuple[tuple[Cause, ...], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more advices side by side: only what differs."""

    labels: tuple[str, ...]
    partners: tuple[tuple[str, ...], ...]
    answers: tuple[AnswerDifference, ...]
    differences: tuple[Difference, ...]

    def about(self, topic: Topic) -> tuple[Difference, ...]:
        """The differences of one topic."""
        return tuple(difference for difference in self.differences if difference.topic == topic)


def compare(readings: Sequence[Reading]) -> Comparison:
    """Hold advices against the first of them."""
    return Comparison(
        tuple(reading.label for reading in readings),
        tuple(tuple(partner.name for partner in reading.inference.case.partners) for reading in readings),
        tuple(_answers(readings)),
        tuple(_differences(readings)),
    )


def _answers(readings: Sequence[Reading]) -> Iterator[AnswerDifference]:
    sides: list[dict[tuple[str | None, str], tuple[str, ...]]] = []
    for reading in readings:
        case = reading.inference.case
        given: dict[tuple[str | None, str], tuple[str, ...]] = {(None, q): tuple(a) for q, a in case.answers.items()}
        for partner in case.partners:
            given |= {(partner.name, q): tuple(a) for q, a in partner.answers.items()}
        sides.append(given)
    order = {question: place for place, question in enumerate(readings[0].inference.rulebook.vocabulary.questions)}
    names = [{partner.name for partner in reading.inference.case.partners} for reading in readings]
    keys = dict.fromkeys(key for side in sides for key in side)
    for name, question in sorted(keys, key=lambda key: (key[0] or "", order.get(key[1], 0))):
        there = [name is None or name in each for each in names]
        found = tuple(side.get((name, question), ()) if here else None for side, here in zip(sides, there, strict=True))
        if len({answer for answer in found if answer is not None}) > 1:
            yield AnswerDifference(question, name, found)


def _differences(readings: Sequence[Reading]) -> Iterator[Difference]:
    parts = readings[0].inference.rulebook.vocabulary.advice_parts
    sides = [
        {(aspect.topic, aspect.part, aspect.id): aspect for aspect in aspects(reading.advice, parts)} for reading in readings
    ]
    keys = dict.fromkeys(key for side in sides for key in side)
    for key in sorted(keys, key=lambda key: TOPICS.index(key[0])):
        topic, part, name = key
        found = [side.get(key) for side in sides]
        values = tuple(aspect.value if aspect else "" for aspect in found)
        if len(set(values)) == 1:
            continue
        said = next(aspect for aspect in found if aspect)
        rests_on = tuple(dict.fromkeys(atom for aspect in found if aspect for atom in aspect.rests_on))
        causes = tuple(
            tuple(causes_between(readings[0].inference, other.inference, rests_on)) if values[n] != values[0] else ()
            for n, other in enumerate(readings[1:], start=1)
        )
        shown = tuple(aspect.shown if aspect else "" for aspect in found)
        yield Difference(topic, part, name, said.title, values, shown, causes)


def causes_between(first: Inference, other: Inference, rests_on: Sequence[ConclusionRef]) -> list[Cause]:
    """Why a conclusion on these findings differs; what rests on a differing answer itself comes first, then what is nearest."""
    trace = _Trace(first, other)
    for ref in rests_on:
        trace.follow(ref)
    found = trace.causes.values()
    return sorted(found, key=lambda c: (not (c.answers or c.partner_gone), c.steps, c.began, c.rule, c.partner or ""))


class _Trace:
    """Goes down from findings through the firings that only one of two sides has."""

    def __init__(self, first: Inference, other: Inference) -> None:
        self.sides = (first, other)
        self.names = tuple([partner.name for partner in side.case.partners] for side in self.sides)
        self.fired = tuple(
            {(rule, self._name(side, partner)) for rule, partner in inference.rules_fired}
            for side, inference in enumerate(self.sides)
        )
        self.causes: dict[tuple[int, str, str | None], Cause] = {}
        self.seen: set[tuple[int, Atom]] = set()

    def _name(self, side: int, partner: int) -> str | None:
        return None if partner == AGENCY else self.names[side][partner]

    def follow(self, ref: ConclusionRef) -> None:
        """Look at a conclusion on both sides; without a value, at every value of its finding."""
        for side, inference in enumerate(self.sides):
            owner = AGENCY if ref.partner is None else self._number(side, ref.partner)
            if owner is None:
                continue
            finding = inference.rulebook.vocabulary.findings[ref.finding]
            for each in [ref.value] if ref.value else list(finding.values):
                if finding.kind == "level":
                    self._down(side, Atom("at_least" if finding.keep == "highest" else "at_most", ref.finding, (each,), owner), 0)
                else:
                    self._down(side, Atom("finding", ref.finding, (each,), owner), 0)

    def _number(self, side: int, partner: str) -> int | None:
        return self.names[side].index(partner) if partner in self.names[side] else None

    def _across(self, side: int, atom: Atom) -> Atom | None:
        """The same atom on the other side; None where that has not got the partner."""
        if atom.partner == AGENCY:
            return atom
        owner = self._number(1 - side, self.names[side][atom.partner])
        return None if owner is None else atom._replace(partner=owner)

    def _down(self, side: int, atom: Atom, steps: int) -> None:
        inference = self.sides[side]
        if not inference.holds(atom) or (side, level_reached(inference, atom)) in self.seen:
            return
        self.seen.add((side, level_reached(inference, atom)))
        for ground in grounds(inference, atom):
            partner = self._name(side, ground.partner)
            if (ground.rule.id, partner) in self.fired[1 - side]:
                continue
            self.causes.setdefault((side, ground.rule.id, partner), self._cause(side, ground, steps))
            for below in ground.findings:
                if not self._also(side, below):
                    self._down(side, below, steps + 1)
            for missing in ground.absent:
                there = self._across(side, missing)
                if there is not None and missing.kind not in TEST_KINDS:
                    self._down(1 - side, there, steps + 1)
            for earlier in self._before(side, ground):
                there = self._across(side, earlier)
                if there is not None:
                    self._down(1 - side, there, steps + 1)

    def _before(self, side: int, ground: FiringBasis) -> Iterator[Atom]:
        """The values before those that a rule gives, any of which keeps it from firing."""
        findings = self.sides[side].rulebook.vocabulary.findings
        for name, value in ground.rule.conclusions:
            owner = ground.partner if findings[name].of == "partner" else AGENCY
            while value := findings[name].before.get(value, ""):
                yield Atom("finding", name, (value,), owner)

    def _also(self, side: int, atom: Atom) -> bool:
        there = self._across(side, atom)
        return there is not None and self.sides[1 - side].holds(there)

    def _cause(self, side: int, ground: FiringBasis, steps: int) -> Cause:
        partner = self._name(side, ground.partner)
        gone = partner if partner is not None and self._number(1 - side, partner) is None else None
        text = because(ground.rule, ground.partner, self.names[side])
        answers = tuple(dict.fromkeys(self._changed(side, [*ground.inputs, *ground.absent])))
        return Cause(ground.rule.id, partner, side == 1, text, steps, answers, gone)

    def _changed(self, side: int, tests: Sequence[Atom]) -> Iterator[AnswerChange]:
        """The answers under some tests in which the two cases differ, as changes of the first side's."""
        for atom in tests:
            across = self._across(side, atom) if atom.kind in TEST_KINDS else None
            if across is None:
                continue
            here, there = self._answer(side, atom), self._answer(1 - side, across)
            if here != there:
                was, now = (here, there) if side == 0 else (there, here)
                yield AnswerChange(atom.name, self._name(side, atom.partner), was, now)

    def _answer(self, side: int, atom: Atom) -> tuple[str, ...]:
        facts = self.sides[side].facts
        answers = facts.agency if atom.partner == AGENCY else facts.partners[atom.partner]
        return tuple(answers.get(atom.name, ()))
