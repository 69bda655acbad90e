"""What somebody tries out: other answers, partners added or left out, as a page's address says it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import ImmutableMultiDict

from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.io.scenario_reader import read_changes
from advisor.model.case import Case
from advisor.model.names import composed
from advisor.model.references import QuestionRef, Setting
from advisor.model.scenario import CaseFile, Scenario, apply
from advisor.model.vocabulary import UNKNOWN, Question, Vocabulary


@dataclass(frozen=True, slots=True)
class TriedChanges:
    """Changes as an address says them.

    `on` is the scenario they build on; `answers` hold what is changed (none: no answer); `shown` are questions that are shown
    to be changed, and are as they were so far.
    """

    on: str
    answers: Mapping[QuestionRef, tuple[str, ...]]
    shown: tuple[QuestionRef, ...]
    add: tuple[str, ...]
    drop: tuple[str, ...]

    @property
    def questions(self) -> tuple[QuestionRef, ...]:
        """Every question that is shown to be changed, as they were chosen."""
        return tuple(dict.fromkeys([*self.answers, *self.shown]))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed yet."""
        return not (self.answers or self.add or self.drop)

    def query(self) -> dict[str, Any]:
        """The changes as the query of an address."""
        changed = {str(question): list(options) or [UNKNOWN] for question, options in self.answers.items()}
        shown = [str(question) for question in self.shown if question not in self.answers]
        return {"on": self.on, "try": shown, "add": list(self.add), "drop": list(self.drop), **changed}

    def fields(self) -> list[tuple[str, str]]:
        """The changes as the fields of a form."""
        found = []
        for name, value in self.query().items():
            found += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return found

    def showing(self, question: QuestionRef) -> "TriedChanges":
        """The changes with one more question shown."""
        return replace(self, shown=(*self.shown, question))

    def without(self, question: QuestionRef) -> "TriedChanges":
        """The changes with one question left as it was."""
        answers = {each: options for each, options in self.answers.items() if each != question}
        return replace(self, answers=answers, shown=tuple(each for each in self.shown if each != question))


@dataclass(frozen=True, slots=True)
class AppliedChanges:
    """Changes worked out: the case before, the changes, and the case after."""

    before: Case
    scenario: Scenario
    after: Case


@dataclass(frozen=True, slots=True)
class ChangeableQuestion:
    """A question that could be changed: about which partner ("" for the agency), and what is answered now."""

    question: Question
    partner: str
    answer: tuple[str, ...]

    @property
    def ref(self) -> QuestionRef:
        """How it is referred to."""
        return QuestionRef(self.question.id, self.partner or None)


def read_changes_in(given: ImmutableMultiDict[str, str], vocabulary: Vocabulary) -> TriedChanges:
    """The changes in a query or a form; what they say of the case is not looked at yet, and other fields are no part of them."""
    answers: dict[QuestionRef, tuple[str, ...]] = {}
    for name in given:
        ref = QuestionRef.parse(name)
        if ref.question in vocabulary.questions:
            answers[ref] = tuple(value for value in given.getlist(name) if value and value != UNKNOWN)
    shown = [ref for ref in map(QuestionRef.parse, given.getlist("try")) if ref.question in vocabulary.questions]
    add = tuple(composed(name) for name in given.getlist("add") if name.strip())
    drop = tuple(composed(name) for name in given.getlist("drop") if name)
    return TriedChanges(given.get("on", ""), answers, tuple(dict.fromkeys(shown)), add, drop)


def work_out(changes: TriedChanges, file: CaseFile, vocabulary: Vocabulary, name: str) -> AppliedChanges:
    """The case after the changes, which get this name. Raises `InputError` with every problem in them."""
    before = file.under(changes.on) if changes.on else file.case
    there = {partner.name for partner in before.partners}
    left_out = there & set(changes.drop) - set(changes.add)
    settings = [
        Setting(ref, ",".join(options) or UNKNOWN) for ref, options in changes.answers.items() if ref.partner not in left_out
    ]
    scenario = read_changes(settings, changes.add, changes.drop, before, vocabulary, name)
    scenario = _only_changes(scenario, before)
    return AppliedChanges(before, scenario, apply(before, scenario))


def _only_changes(scenario: Scenario, before: Case) -> Scenario:
    """The scenario without answers that are what they were."""
    names = {partner.name: partner.answers for partner in before.partners}
    partners = {
        name: {q: a for q, a in answers.items() if tuple(names.get(name, {}).get(q, ())) != a}
        for name, answers in scenario.partners.items()
    }
    return replace(
        scenario,
        answers={q: a for q, a in scenario.answers.items() if tuple(before.answers.get(q, ())) != a},
        partners={name: answers for name, answers in partners.items() if answers},
    )


def changeable_questions(case: Case, relevance: Relevance) -> Iterator[tuple[str, str, list[ChangeableQuestion]]]:
    """What could be changed, as it is asked in the case or answered: by section, then all about each partner.

    Each group is (section or "", partner or "", questions in intake order).
    """
    facts = relevance.facts(case)
    for scope, number, name, answers in (
        ("agency", AGENCY, "", case.answers),
        *(("partner", n, partner.name, partner.answers) for n, partner in enumerate(case.partners)),
    ):
        groups: dict[str, list[ChangeableQuestion]] = {}
        for question in relevance.vocabulary.questions.values():
            if question.asked == scope and (question.id in answers or facts.asks(question.id, number)):
                groups.setdefault("" if name else question.section, []).append(
                    ChangeableQuestion(question, name, tuple(answers.get(question.id, ())))
                )
        for section, found in groups.items():
            yield section, name, found


def renamed_in(scenarios: Mapping[str, Scenario], old: str, new: str) -> dict[str, Scenario]:
    """The scenarios with one called otherwise, also where others build on it."""
    return {
        new if name == old else name: replace(each, name=new if name == old else name, on=new if each.on == old else each.on)
        for name, each in scenarios.items()
    }


def built_on(scenarios: Mapping[str, Scenario], name: str) -> Sequence[str]:
    """The scenarios that build on this one directly."""
    return [each.name for each in scenarios.values() if each.on == name]
