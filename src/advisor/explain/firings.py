"""The rules that fired in a case, in words: as reasons beside an item, and as the justification of the advice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY, Program
from advisor.explain.justification import Basis, basis, because, clauses_under, conclusion_ref, ref_of, rules_behind
from advisor.model.advice import (
    Action,
    Answer,
    Caution,
    Contradiction,
    DraftClause,
    Firing,
    Item,
    OtherForm,
    OwnPaper,
    Precondition,
    Premise,
    ProposalAnswer,
    Reason,
    Worry,
)
from advisor.model.conditions import exceptions_in
from advisor.model.references import about
from advisor.model.rulebook import Rulebook
from advisor.model.sentence import sentence, upper_first
from advisor.model.wording import ValueWording, Wording

CACHED = 4096  # of each sort; a case has about a hundred

K = TypeVar("K")
V = TypeVar("V")
Given = tuple[str, str | None, tuple[str, ...], str]  # a premise before it is made: question, partner, answer, note
Test = tuple[str, int, tuple[str, ...]]  # what a rule tests for: options of a question, about whom


class Memo(dict[K, V]):
    """What `make` gives for each key, worked out when it is first asked for.

    For pure functions only: of two threads that ask at once both may work it out, and to the same end.
    """

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make

    def __missing__(self, key: K) -> V:
        found = self[key] = self._make(key)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A firing as far as its clauses tell: what it rests on, and the questions its answers are to, with whom they are about.

    `findings` and `absent` are the names of what it rests on, or None where they are not the same in every case.
    It can be `shared` between cases where it names no partner. `premises` are the options that it tests for of questions;
    what only is no exception to the rule is none.
    """

    basis: Basis
    premises: tuple[Test, ...]
    slots: tuple[tuple[str, int], ...]
    shared: bool
    findings: tuple[str, ...] | None
    absent: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A premise as cases share it, told apart as the object it is, with how many rules test for it."""

    premise: Premise
    tested: int


_tested = attrgetter("tested")


class Tables:
    """What can be said of a program's conclusions and rules before there is a case, worked out as it is needed.

    By the numbers of atoms, without their partner: `names` of conclusions that hold, `tests` of what is looked for, and
    `reasons` of rules that are about no partner. Premises, and items and firings that no partner has a part in, are kept, the
    last ones asked for. Safe to share between threads.
    """

    def __init__(self, rulebook: Rulebook, wording: Wording, program: Program) -> None:
        self.rulebook, self.wording, self.program, self.tested = rulebook, wording, program, rulebook.tested
        self.names = Memo[int, str](lambda number: str(conclusion_ref(program.atoms[number]._replace(partner=AGENCY), ())))
        self.tests = Memo[int, str](lambda number: str(ref_of(program.atoms[number]._replace(partner=AGENCY), ())))
        self.reasons = Memo[int, Reason](self._reason)
        self.ground = lru_cache(maxsize=CACHED)(self._ground)
        self.item = lru_cache(maxsize=CACHED)(self._item)
        self.outline = lru_cache(maxsize=CACHED)(self._outline)
        self.firing = lru_cache(maxsize=CACHED)(self._firing)

    def _ground(self, question: str, partner: str | None, answer: tuple[str, ...], note: str) -> Ground:
        """A premise; the last ones asked for are kept."""
        return Ground(Premise(question, partner, answer, note), min([self.tested[question, option] for option in answer]))

    def _item(self, conclusion: int, rules: tuple[int, ...], grounds: tuple[Ground, ...]) -> Item | None:
        """A conclusion that rules gave which name no partner, None for any other; the last ones asked for are kept."""
        words = self.words(conclusion)
        if _has_blanks(words) or any(self.program.atoms[rule].partner != AGENCY for rule in rules):
            return None
        return self.worded(conclusion, words, tuple(self.reasons[rule] for rule in rules), premises_of(grounds))

    def words(self, conclusion: int) -> ValueWording:
        """What a conclusion is called, with its blanks."""
        _, name, (value,), _ = self.program.atoms[conclusion]
        return self.wording.value(self.rulebook.vocabulary.findings[name].worded_as, value)

    def worded(self, conclusion: int, words: ValueWording, reasons: tuple[Reason, ...], premises: tuple[Premise, ...]) -> Item:
        """A conclusion in these words, for these reasons."""
        _, name, (value,), partner = self.program.atoms[conclusion]
        parts, given = self.rulebook.vocabulary.advice_parts, self.rulebook.vocabulary.findings[name].values[value].attributes
        item = (value, words.title, words.text, reasons, premises)
        if name == parts.cautions:
            sources = tuple(dict.fromkeys(source for reason in reasons for source in reason.sources))
            return Caution(*item, given["severity"], sources)
        if name == parts.actions:
            return Action(*item, given["who"], given["when"], given["weight"], words.done)
        if name == parts.conditions:
            return Precondition(*item, given["severity"], given["who"], given["by"], words.done, words.until)
        if name == parts.clauses:
            return DraftClause(*item, given["draft"], given["who"])
        if name == parts.answers:
            return ProposalAnswer(*item, given["to"], self.wording.option(parts.proposal, given["to"]), given["verdict"])
        if name == parts.own_papers:
            return OwnPaper(*item, given["to"])
        if name == parts.other_forms:
            return OtherForm(*item, given["dimension"], given["structure"])
        if name in (parts.worries, parts.kept):
            return Worry(*item, given["about"], given["standing"])
        if name in (parts.contradictions, parts.contradictions_of_partners):
            about = reasons[0].partner if partner != AGENCY and reasons else None
            return Contradiction(*item, about, given["resolve"], self.wording.asked(given["resolve"]))
        return Item(*item)

    def _reason(self, number: int) -> Reason:
        rule = self.rulebook.rules[self.program.atoms[number].name]
        return Reason(rule.id, None, because(rule, AGENCY, ()), rule.sources)

    def _firing(
        self, rule: int, outline: Outline, given: tuple[tuple[str, ...], ...], findings: tuple[str, ...], absent: tuple[str, ...]
    ) -> Firing:
        """A firing that rests on no answer about a partner, with what was answered; the last ones asked for are kept."""
        reason = self.reasons[rule]
        questions = (question for question, _ in outline.slots)
        answers = tuple(Answer(question, None, answer) for question, answer in zip(questions, given, strict=True))
        return Firing(reason.rule, None, reason.because, reason.sources, answers, findings, absent)

    def _outline(self, clauses: tuple[int, ...]) -> Outline:
        """Of a firing by these clauses; the last ones asked for are kept."""
        found, atoms = basis(self.program, clauses), self.program.atoms
        slots = tuple(dict.fromkeys((atoms[number].name, atoms[number].partner) for number in found.inputs))
        levels = any(number in self.program.stronger for number in found.findings)
        findings = None if levels else self._shared(self.names, found.findings)
        surely = {number for clause in clauses for number in self.program.clauses[clause].negative}
        absent = self._shared(self.tests, found.absent) if surely.issuperset(found.absent) else None
        heads = [self.program.clauses[clause].head for clause in clauses]
        about = {atoms[number].partner for number in (*heads, *found.findings, *found.absent)}
        shared = {*about, *(partner for _, partner in slots)} == {AGENCY}
        tested = (atoms[number] for number in found.inputs if atoms[number].kind in ("answered", "includes"))
        rules = (self.rulebook.rules[atoms[number].name] for number in heads if atoms[number].kind == "rule")
        excused = {(test.question, test.options) for rule in rules for test in exceptions_in(rule.when)}
        premises = tuple((atom.name, atom.partner, atom.values) for atom in tested if (atom.name, atom.values) not in excused)
        return Outline(found, premises, slots, shared, findings, absent)

    def _shared(self, names: Memo[int, str], numbers: tuple[int, ...]) -> tuple[str, ...] | None:
        """What atoms are called in every case; None where a partner's name is part of it."""
        own = any(self.program.atoms[number].partner != AGENCY for number in numbers)
        return None if own else tuple(names[number] for number in numbers)


def premises_of(grounds: Iterable[Ground]) -> tuple[Premise, ...]:
    """Premises as advice has them."""
    return tuple([ground.premise for ground in grounds])


def _has_blanks(words: ValueWording) -> bool:
    return any("{{" in text for text in (words.title, words.text, words.done, words.until))


class Firings:
    """The firings of one case, each worded once however often it is shown."""

    def __init__(self, inference: Inference, tables: Tables) -> None:
        self.inference, self.tables, self.atoms = inference, tables, inference.program.atoms
        self.partners = [partner.name for partner in inference.case.partners]
        self._behind = Memo[int, tuple[int, ...]](lambda conclusion: rules_behind(inference, conclusion))
        self._reasons: dict[int, Reason] = {}
        self._under = Memo[int, tuple[int, ...]](lambda rule: clauses_under(inference, rule))
        self._made: dict[Given, Ground] = {}
        self._tests = Memo[Test, tuple[Ground, ...]](lambda test: self._found(*test))
        self._grounds = Memo[tuple[int, ...], tuple[Ground, ...]](self._telling)
        self._below: dict[tuple[int, ...], tuple[Ground, ...]] = {}
        self._below_rule: dict[int, list[Ground]] = {}

    def item(self, conclusion: int, blanks: Mapping[str, str] | None = None) -> Item:
        """A conclusion that holds, by the number of its atom, in words, with its reasons and premises.

        `blanks` fill those of its words that are not the partners it rests on.
        """
        rules = self._behind[conclusion]
        grounds = self._grounds[rules]
        if item := self.tables.item(conclusion, rules, grounds):
            return item
        words = self.tables.words(conclusion)
        reasons = self.reasons(conclusion)
        filled = self._filled(words, reasons, blanks or {})
        return self.tables.worded(conclusion, filled, reasons, premises_of(grounds))

    def _filled(self, words: ValueWording, reasons: tuple[Reason, ...], blanks: Mapping[str, str]) -> ValueWording:
        """Words with the partners that the reasons are about."""
        wording = self.tables.wording
        names = list(dict.fromkeys(reason.partner for reason in reasons if reason.partner))
        within = [wording.within_sentence(name) for name in names]
        partners = wording.grammar.listed(within, "standard") if names else wording.phrases["blanks"]["partners"]
        texts = (words.title, words.text, words.done, words.until)
        filled = [sentence(text, partners=partners, **blanks) for text in texts]
        begin = [text.startswith("{{") for text in texts]  # with a blank, which begins a sentence there
        return ValueWording(*(upper_first(made) if first else made for made, first in zip(filled, begin, strict=True)))

    def premises(self, conclusion: int) -> tuple[Premise, ...]:
        """The answers that a conclusion rests on."""
        return premises_of(self._grounds[self._behind[conclusion]])

    def _telling(self, rules: tuple[int, ...]) -> tuple[Ground, ...]:
        """The answers that these rules test for, or where they test none those below them.

        The most telling first: an answer that few rules test says more of a conclusion than one that many test.
        """
        if self.tables.program.recursive:  # what was gathered on the way round a circle is not all that there is
            self._below.clear()
            self._below_rule.clear()
        return tuple(sorted(self._gathered(rules), key=_tested))

    def _gathered(self, rules: tuple[int, ...]) -> tuple[Ground, ...]:
        """The premises of what rules gave, as they come to them."""
        found = self._below.get(rules)
        if found is None:
            self._below[rules] = ()  # what leads back to it adds nothing
            grounds = self._gathered_by(rules[0]) if len(rules) == 1 else chain.from_iterable(map(self._gathered_by, rules))
            found = self._below[rules] = tuple(dict.fromkeys(grounds))
        return found

    def _gathered_by(self, rule: int) -> list[Ground]:
        found = self._below_rule.get(rule)
        if found is None:
            outline = self.tables.outline(self._under[rule])
            found = self._below_rule[rule] = []
            if outline.premises:
                for test in outline.premises:
                    found += self._tests[test]
            else:
                for number in outline.basis.findings:
                    found += self._gathered(self._behind[self.inference.came_to(number)])
        return found

    def _found(self, question: str, owner: int, options: tuple[str, ...]) -> tuple[Ground, ...]:
        """The premise that a test makes; none where no option that it tests for was given."""
        case, facts = self.inference.case, self.inference.facts
        given = (facts.agency if owner == AGENCY else facts.partners[owner]).get(question, ())
        answer = tuple([option for option in options if option in given])
        if not answer:
            return ()
        notes = case.notes if owner == AGENCY else case.partners[owner].notes
        exact = [notes[question, option] for option in answer if (question, option) in notes] if notes else ()
        note = exact[0] if exact else notes.get((question, ""), "") if len(given) == 1 else ""
        premise = (question, None if owner == AGENCY else self.partners[owner], answer, note)
        return (self._made.setdefault(premise, self.tables.ground(*premise)),)

    def reasons(self, conclusion: int) -> tuple[Reason, ...]:
        """Why a conclusion holds."""
        return tuple([self._reason(rule) for rule in self._behind[conclusion]])

    def justification(self) -> dict[str, tuple[Firing, ...]]:
        """For each conclusion the firings that gave it."""
        conclusions = self.inference.conclusions
        behind = [self._behind[conclusion] for conclusion in conclusions]
        made = {rule: self._firing(rule) for rules in behind for rule in rules}
        names = self._named(self.tables.names, conclusions)
        return {name: tuple([made[r] for r in rules]) for name, rules in zip(names, behind, strict=True)}

    def _reason(self, number: int) -> Reason:
        partner = self.atoms[number].partner
        if partner == AGENCY:
            return self.tables.reasons[number]
        found = self._reasons.get(number)
        if found is None:
            rule = self.inference.rulebook.rules[self.atoms[number].name]
            found = Reason(rule.id, self.partners[partner], because(rule, partner, self.partners), rule.sources)
            self._reasons[number] = found
        return found

    def _firing(self, number: int) -> Firing:
        inference = self.inference
        outline = self.tables.outline(self._under[number])
        findings = outline.findings
        if findings is None:
            findings = self._named(self.tables.names, sorted({inference.came_to(n) for n in outline.basis.findings}))
        absent = outline.absent
        if absent is None:
            absent = self._named(self.tables.tests, [n for n in outline.basis.absent if n not in inference.true])
        if outline.shared:
            given = tuple([inference.facts.agency.get(question, ()) for question, _ in outline.slots])
            return self.tables.firing(number, outline, given, findings, absent)
        reason = self._reason(number)
        answers = tuple([self._answer(question, owner) for question, owner in outline.slots])
        return Firing(reason.rule, reason.partner, reason.because, reason.sources, answers, findings, absent)

    def _answer(self, question: str, partner: int) -> Answer:
        facts = self.inference.facts
        if partner == AGENCY:
            return Answer(question, None, facts.agency.get(question, ()))
        return Answer(question, self.partners[partner], facts.partners[partner].get(question, ()))

    def _named(self, names: Memo[int, str], numbers: Iterable[int]) -> tuple[str, ...]:
        atoms, partners = self.atoms, self.partners
        return tuple([names[n] if (p := atoms[n].partner) == AGENCY else about(names[n], partners[p]) for n in numbers])
