"""What a change of the rulebook changes: each conclusion proved equal over every possible case, or a small case against it.

Both rulebooks are written onto the same answers in one solver program. Every case against equality is checked by the
chain on both sides, and made as small as taking answers away allows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import clingo

from advisor.analysis.controls import OPTIONS, literal_of
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.encoding import SlotAtoms, Writer, choose, derive
from advisor.analysis.solver import holds, hunt, models
from advisor.engine.compiler import compile_program
from advisor.engine.conclusions import Conclusion, conclude
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, Program, Slot
from advisor.engine.slots import answers_of, case_with, slots_of
from advisor.explain.justification import because, rules_behind
from advisor.model.case import Case, unanswered
from advisor.model.references import NO_LEVEL, AnswerRef, ConclusionRef
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import Finding, Question, Value, Vocabulary

PARTNERS = (1, 2)

Claim = tuple[str, str | None]  # a finding and a value; None is a level that no rule gave


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule with the partner it is about, if it is about one, and why it applies there."""

    rule: str
    partner: str | None
    because: str


Fate = Literal["absent", "silent", "other"]  # a rule is not there, its condition does not hold, or it concludes otherwise


@dataclass(frozen=True, slots=True)
class MissingRule:
    """A rule that gave a conclusion on the other side, and what became of it on this one."""

    rule: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Side:
    """How one rulebook comes to what it says of a conclusion in a case.

    Of a `level`, `value` is what it came to (None: no rule gave it any). `rules` gave the conclusion, or the value in
    its place; of a conclusion that is not drawn, `missing` are the rules that gave it on the other side.
    """

    holds: bool
    level: bool
    value: str | None
    rules: tuple[FiredRule, ...]
    missing: tuple[MissingRule, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """A conclusion that one rulebook draws in a case and the other does not; `value` None is a level that no rule gave."""

    finding: str
    value: str | None
    case: Case
    old: Side
    new: Side


@dataclass(frozen=True, slots=True)
class OneSided:
    """What stands in only one of two rulebooks: in the old one, and in the new one."""

    old: tuple[str, ...]
    new: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.old or self.new)


@dataclass(frozen=True, slots=True)
class RulebookDifference:
    """What differs between two rulebooks.

    Decisions: `differing` conclusions, `equal` ones (so many are proved equal over every case with each of `partners`),
    those the time did not suffice for, `conclusions` that only one side's rules can give, and values with other `attributes`.
    Questions and options that one side alone has are left without an answer in every case. `asked_otherwise` are
    questions with another condition, kind or place; `rules` stand on one side only, `rewritten` ones decide otherwise
    by themselves. Texts: rules, values, questions and sources of which only words or sources cited differ.
    """

    partners: tuple[int, ...]
    equal: int
    differing: tuple[Differing, ...]
    not_decided: tuple[Claim, ...]
    conclusions: OneSided
    attributes: tuple[str, ...]
    questions: OneSided
    options: OneSided
    asked_otherwise: tuple[str, ...]
    rules: OneSided
    rewritten: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def decides_alike(self) -> bool:
        """Whether the two are proved to decide every case alike."""
        return not (self.differing or self.not_decided or self.conclusions or self.attributes)


def difference(old: Rulebook, new: Rulebook, deadline: Deadline, partners: Sequence[int] = PARTNERS) -> RulebookDifference:
    """Compare two rulebooks for these numbers of partners.

    Partners are alike before the rules, so what is concluded about each is decided for the first.
    """
    shared = dict(_shared(old.vocabulary, new.vocabulary))
    differing: dict[Claim, Differing] = {}
    undecided = dict[Claim, None]()
    compared: list[dict[Claim, None]] = [{}, {}]  # what each side's rules can give
    for number in partners:
        both = _Both(old, new, shared, number)
        for claims, given in zip(compared, both.given, strict=True):
            claims |= given
        found, left = both.differing([claim for claim in both.claims if claim not in differing], deadline)
        differing |= found
        undecided |= left
    undecided = {claim: None for claim in undecided if claim not in differing}
    every = {**compared[0], **compared[1]}
    alone = [tuple(differing[claim] for claim in differing if claim not in claims) for claims in reversed(compared)]
    return RulebookDifference(
        tuple(partners),
        len(every) - len(differing) - len(undecided),
        tuple(found for claim, found in differing.items() if all(claim in claims for claims in compared)),
        tuple(undecided),
        OneSided(*(tuple(_name(found.finding, found.value) for found in side) for side in alone)),
        tuple(_attributes(old.vocabulary, new.vocabulary)),
        _one_sided(old.vocabulary.questions, new.vocabulary.questions),
        OneSided(tuple(_options_of(old, new)), tuple(_options_of(new, old))),
        tuple(_asked_otherwise(old.vocabulary, new.vocabulary)),
        _one_sided(old.rules, new.rules),
        tuple(name for name, rule in old.rules.items() if name in new.rules and _decides(rule) != _decides(new.rules[name])),
        (*_reworded(old, new), *_values_cited(old.vocabulary, new.vocabulary), *_questions_cited(old, new), *_sources(old, new)),
    )


def _shared(old: Vocabulary, new: Vocabulary) -> Iterator[tuple[str, Question]]:
    """The questions that both sides ask alike, with the options that both have."""
    for name, question in old.questions.items():
        other = new.questions.get(name)
        if other is not None and _form(question) == _form(other):
            options = tuple(option for option in question.options if option in other.options)
            if options:
                yield name, replace(question, options=options)


def _form(question: Question) -> tuple[str, bool]:
    return question.asked, question.kind == "several"


@dataclass(frozen=True, slots=True)
class _Witness:
    """A case in which something differs, with what follows from it on both sides."""

    case: Case
    inferences: tuple[Inference, Inference]


class _Both:
    """Two rulebooks on so many partners, on the same answers."""

    def __init__(self, old: Rulebook, new: Rulebook, shared: Mapping[str, Question], partners: int) -> None:
        self.rulebooks, self.partners = (old, new), partners
        self.programs = (compile_program(old, partners), compile_program(new, partners))
        self.engine = ChainEngine()
        self.shared = shared
        self.sides = (dict(_conclusions(old, self.programs[0])), dict(_conclusions(new, self.programs[1])))
        self.given = [dict.fromkeys(side) for side in self.sides]
        self.claims = tuple({**self.given[0], **self.given[1]})

    def differing(self, wanted: Sequence[Claim], deadline: Deadline) -> tuple[dict[Claim, Differing], dict[Claim, None]]:
        """Those of the wanted conclusions that differ in some case, and those that were not decided."""
        control = clingo.Control(list(OPTIONS))
        with control.backend() as backend:
            writer = Writer(backend)
            slots: dict[Slot, SlotAtoms] = {}
            for slot in slots_of(self.rulebooks[0].vocabulary, self.partners):
                if slot[1] in self.shared:
                    slots[slot] = choose(writer, self.shared[slot[1]], silence=True)
            encodings = [derive(writer, program, slots) for program in self.programs]
            targets = {}
            for place, claim in enumerate(wanted):
                one, two = (
                    literal_of(writer, encoding, side[claim]) if claim in side else writer.any_of([])
                    for encoding, side in zip(encodings, self.sides, strict=True)
                )
                targets[place] = writer.any_of([writer.all_of([one, -two]), writer.all_of([two, -one])])
        met, decided = hunt(control, [], targets, deadline)
        found: dict[Claim, Differing] = {}
        witnesses: list[_Witness] = []
        left = {claim: None for place, claim in enumerate(wanted) if place not in met and not decided}
        for place in sorted(met):
            claim = wanted[place]
            start = next((each.case for each in witnesses if self._differ(claim, each.inferences)), None)
            try:
                start = start or self._case(control, slots, targets[place], claim, deadline)
            except NotDecidedError:
                left[claim] = None
                continue
            case = _thinned(start, partial(self._differs, claim))
            witness = next((each for each in witnesses if each.case == case), None)
            if witness is None:
                witness = _Witness(case, self._infer(case))
                witnesses.append(witness)
            found[claim] = self._told(claim, witness)
        return found, left

    def _case(
        self,
        control: clingo.Control,
        slots: Mapping[Slot, SlotAtoms],
        target: int,
        claim: Claim,
        deadline: Deadline,
    ) -> Case:
        """A case that meets a target. Raises `AssertionError` where the chain does not confirm it."""
        (model,) = [
            {slot: tuple(o for o, atom in choice.chosen.items() if holds(model, atom)) for slot, choice in slots.items()}
            for model in models(control, [target], deadline, most=1)
        ]
        case = case_with(unanswered(self.partners, "difference"), model)
        if not self._differs(claim, case):
            raise AssertionError(f"the chain does not confirm the case in which {_name(*claim)} differs")
        return case

    def _infer(self, case: Case) -> tuple[Inference, Inference]:
        one, two = (infer(case, book, program, self.engine) for book, program in zip(self.rulebooks, self.programs, strict=True))
        return one, two

    def _differs(self, claim: Claim, case: Case) -> bool:
        return self._differ(claim, self._infer(case))

    def _differ(self, claim: Claim, inferences: tuple[Inference, Inference]) -> bool:
        return self._holds(0, claim, inferences[0]) is not self._holds(1, claim, inferences[1])

    def _holds(self, number: int, claim: Claim, inference: Inference) -> bool:
        conclusion = self.sides[number].get(claim)
        if conclusion is None:
            return False
        return all((atom in inference.given_by) is sign for atom, sign in conclusion.literals or ())

    def _told(self, claim: Claim, witness: _Witness) -> Differing:
        old, new = (self._side(number, claim, witness.inferences[number]) for number in (0, 1))
        return Differing(
            *claim,
            witness.case,
            old if old.holds else replace(old, missing=self._missing(0, claim, new, witness)),
            new if new.holds else replace(new, missing=self._missing(1, claim, old, witness)),
        )

    def _side(self, number: int, claim: Claim, inference: Inference) -> Side:
        conclusion = self.sides[number].get(claim)
        if conclusion is None:
            return Side(holds=False, level=False, value=None, rules=(), missing=())
        concluded = inference.concluded(conclusion.finding, conclusion.partner)
        level = self.rulebooks[number].vocabulary.findings[conclusion.finding].kind == "level"
        value = next(iter(concluded), None) if level else None
        atom = concluded.get((value if level else claim[1]) or "")
        rules = () if atom is None else tuple(self._rule(number, rule, inference) for rule in rules_behind(inference, atom))
        return Side(self._holds(number, claim, inference), level, value, rules, ())

    def _missing(self, number: int, claim: Claim, other: Side, witness: _Witness) -> tuple[MissingRule, ...]:
        rules = self.rulebooks[number].rules
        fired = {name for name, _ in witness.inferences[number].rules_fired}

        def fate(rule: str) -> Fate:
            if rule not in rules:
                return "absent"
            return "silent" if claim in rules[rule].conclusions and rule not in fired else "other"

        return tuple(MissingRule(rule, fate(rule)) for rule in dict.fromkeys(said.rule for said in other.rules))

    def _rule(self, number: int, atom: int, inference: Inference) -> FiredRule:
        fired = inference.program.atoms[atom]
        rule, names = self.rulebooks[number].rules[fired.name], [partner.name for partner in inference.case.partners]
        return FiredRule(rule.id, None if fired.partner == AGENCY else names[fired.partner], because(rule, fired.partner, names))


def _conclusions(rulebook: Rulebook, program: Program) -> Iterator[tuple[Claim, Conclusion]]:
    """Every finding with every value that some rule can give, about the partnership or the first partner."""
    for finding in rulebook.vocabulary.findings.values():
        owner = 0 if finding.of == "partner" else AGENCY
        if owner < program.partners:
            for value in (*([None] if finding.kind == "level" else []), *finding.values):
                conclusion = conclude(program, finding, value, owner)
                if conclusion.literals is not None:
                    yield (finding.name, value), conclusion


def _thinned(case: Case, still: Callable[[Case], bool]) -> Case:
    """The case with every answer taken away that it does without while something `still` holds: halves first, one by one last."""
    left, size = list(answers_of(case)), max(len(answers_of(case)), 1)
    while size:
        kept: list[Slot] = []
        for start in range(0, len(left), size):
            part = left[start : start + size]
            smaller = case_with(case, dict.fromkeys(part, ()))
            if still(smaller):
                case = smaller
            else:
                kept += part
        again = len(kept) < len(left)
        left = kept
        if size > 1 or not again:
            size //= 2
    return case


def _one_sided(old: Collection[str], new: Collection[str]) -> OneSided:
    return OneSided(tuple(name for name in old if name not in new), tuple(name for name in new if name not in old))


def _name(finding: str, value: str | None) -> str:
    return str(ConclusionRef(finding, value or NO_LEVEL))


def _options_of(one: Rulebook, other: Rulebook) -> Iterator[str]:
    """The options that only the first has of a question that both ask."""
    for name, question in one.vocabulary.questions.items():
        there = other.vocabulary.questions.get(name)
        for option in question.options if there else ():
            if there and option not in there.options:
                yield str(AnswerRef(name, (option,)))


def _asked_otherwise(old: Vocabulary, new: Vocabulary) -> Iterator[str]:
    for name, question in old.questions.items():
        other = new.questions.get(name)
        if other is not None and _asking(question) != _asking(other):
            yield name


def _asking(question: Question) -> tuple[object, ...]:
    lever = (question.changeable, question.better, question.members)
    return question.kind, question.asked, question.when, lever, question.essential, question.section


def _decides(rule: Rule) -> tuple[object, ...]:
    return rule.about, rule.when, frozenset(rule.conclusions)


def _both_values(old: Vocabulary, new: Vocabulary) -> Iterator[tuple[str, Value, Value]]:
    for name, finding in old.findings.items():
        other: Finding | None = new.findings.get(name)
        for value in finding.values.values() if other else ():
            if other and value.name in other.values:
                yield _name(name, value.name), value, other.values[value.name]


def _attributes(old: Vocabulary, new: Vocabulary) -> Iterator[str]:
    return (name for name, one, other in _both_values(old, new) if one.attributes != other.attributes)


def _values_cited(old: Vocabulary, new: Vocabulary) -> Iterator[str]:
    return (f"value {name}" for name, one, other in _both_values(old, new) if one.sources != other.sources)


def _reworded(old: Rulebook, new: Rulebook) -> Iterator[str]:
    for name, rule in old.rules.items():
        other = new.rules.get(name)
        if other and _decides(rule) == _decides(other) and (rule.because, rule.sources) != (other.because, other.sources):
            yield f"rule {name}"


def _questions_cited(old: Rulebook, new: Rulebook) -> Iterator[str]:
    for name, question in old.vocabulary.questions.items():
        other = new.vocabulary.questions.get(name)
        if other and (question.sources, question.option_sources) != (other.sources, other.option_sources):
            yield f"question {name}"


def _sources(old: Rulebook, new: Rulebook) -> Iterator[str]:
    for name in dict.fromkeys((*old.sources, *new.sources)):
        if old.sources.get(name) != new.sources.get(name):
            yield f"source {name}"
