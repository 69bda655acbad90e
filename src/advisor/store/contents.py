"""A case as the store keeps it: JSON that is quick to read, and what changed from one save to the next.

What the present rulebook does not know is never dropped: it is set apart on reading and written back on saving.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from advisor.model.carried_over import LeftOut, carried_over
from advisor.model.case import Case, Notes, Partner
from advisor.model.conditions import Answers
from advisor.model.names import folded
from advisor.model.references import note_name
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import Question, Scope, Vocabulary
from advisor.store.records import SavedChange

KeptNote = tuple[str, str, str, str]  # of which partner ("" the agency), to which question and option, and the text


@dataclass(frozen=True, slots=True)
class Content:
    """A case with its scenarios, and what is stored that the rulebook does not know: answers of the case and of each scenario.

    `notes` are those to questions or options that it does not know.
    """

    file: CaseFile
    left_out: tuple[LeftOut, ...] = ()
    of_scenarios: Mapping[str, tuple[LeftOut, ...]] = field(default_factory=dict)
    notes: tuple[KeptNote, ...] = ()


def read_content(text: str, vocabulary: Vocabulary) -> Content:
    """What was stored, answers to the questions of an earlier rulebook carried over.

    An answer that was set apart comes back where the rulebook knows it (again).
    """
    given = json.loads(text)
    questions = vocabulary.questions
    left: list[LeftOut] = []
    answers = _known("", given["answers"], vocabulary, left)
    partners = {partner["name"]: _known(partner["name"], partner["answers"], vocabulary, left) for partner in given["partners"]}
    _bring_back(given.get("left_out", ()), answers, partners, vocabulary, left)
    notes, apart_notes = _notes_of(given, questions)
    told = tuple(Partner(name, own, notes.get(name, {})) for name, own in partners.items())
    case = Case(given["name"], answers, told, given.get("words", {}), notes.get("", {}))
    scenarios: dict[str, Scenario] = {}
    of_scenarios: dict[str, tuple[LeftOut, ...]] = {}
    for name, scenario in given["scenarios"].items():
        apart: list[LeftOut] = []
        scenarios[name] = _scenario(name, scenario, vocabulary, apart)
        if apart:
            of_scenarios[name] = tuple(apart)
    return Content(CaseFile(case, scenarios), tuple(left), of_scenarios, apart_notes)


def write_content(content: Content) -> str:
    """What is stored, in ASCII: PostgreSQL takes not every character as text."""
    case = content.file.case
    made: dict[str, Any] = {
        "name": case.name,
        "answers": _given(case.answers),
        "partners": [{"name": partner.name, "answers": _given(partner.answers)} for partner in case.partners],
        "scenarios": {
            name: _scenario_given(scenario, content.of_scenarios.get(name, ()))
            for name, scenario in content.file.scenarios.items()
        },
    }
    if case.words:
        made["words"] = dict(case.words)
    if notes := (*_notes_in(case), *content.notes):
        made["notes"] = notes
    if content.left_out:
        made["left_out"] = content.left_out
    return json.dumps(made, separators=(",", ":"))


def next_content(before: Content, file: CaseFile, renamed: Mapping[str, str]) -> Content:
    """A new file with what stays set apart of the old: all but that of partners and scenarios which are gone."""
    here = {folded(partner.name): partner.name for partner in file.case.partners} | {"": ""}

    def kept(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
        moved = ((renamed.get(partner, partner), question, options) for partner, question, options in left_out)
        return tuple(LeftOut(here[folded(p)], question, options) for p, question, options in moved if folded(p) in here)

    of_scenarios = {name: left_out for name, left_out in before.of_scenarios.items() if name in file.scenarios}
    moved = ((renamed.get(partner, partner), *rest) for partner, *rest in before.notes)
    notes = tuple((here[folded(p)], question, option, text) for p, question, option, text in moved if folded(p) in here)
    return Content(_without_empty(file), kept(before.left_out), of_scenarios, notes)


def first_content(file: CaseFile) -> Content:
    """A file as the first content of a case."""
    of_scenarios = {name: left_out for name, left_out in file.left_out.items() if name}
    return Content(_without_empty(file), file.left_out.get("", ()), of_scenarios)


def changes(before: CaseFile, after: CaseFile, renamed: Mapping[str, str]) -> Iterator[SavedChange]:
    """What a save changed. A partner whose name differs in case only is the same one, renamed."""
    old, new = before.case, after.case
    if old.name != new.name:
        yield SavedChange("name", None, "", (old.name,), (new.name,))
    yield from _texts_changed("words", None, old.words, new.words)
    yield from _answers_changed(None, old.answers, new.answers)
    yield from _notes_changed(None, old.notes, new.notes)
    there = {partner.name: partner for partner in new.partners}
    by_fold = {folded(name): name for name in there}
    now = {partner.name: renamed.get(partner.name) or by_fold.get(folded(partner.name)) for partner in old.partners}
    was = {name: partner for partner in old.partners if (name := now[partner.name]) in there and name is not None}
    for partner in old.partners:
        if now[partner.name] not in there:
            yield SavedChange("partner-removed", partner.name, "", (partner.name,), ())
            yield from _answers_changed(partner.name, partner.answers, {})
            yield from _notes_changed(partner.name, partner.notes, {})
    for partner in new.partners:
        known = was.get(partner.name)
        if known is None:
            yield SavedChange("partner-added", partner.name, "", (), (partner.name,))
        elif known.name != partner.name:
            yield SavedChange("partner-renamed", partner.name, "", (known.name,), (partner.name,))
        yield from _answers_changed(partner.name, known.answers if known else {}, partner.answers)
        yield from _notes_changed(partner.name, known.notes if known else {}, partner.notes)
    for name in {**before.scenarios, **after.scenarios}:
        held = tuple((_digest(file.scenarios[name]),) if name in file.scenarios else () for file in (before, after))
        if held[0] != held[1]:
            yield SavedChange("scenario", None, name, *held)


def counts(file: CaseFile) -> tuple[int, int]:
    """How many answers and how many partners a case has."""
    partners = file.case.partners
    return len(file.case.answers) + sum(len(partner.answers) for partner in partners), len(partners)


def _without_empty(file: CaseFile) -> CaseFile:
    """An empty answer is the same as none; in a scenario it takes one away, so there it stays."""
    case = file.case
    partners = tuple(replace(partner, answers={q: a for q, a in partner.answers.items() if a}) for partner in case.partners)
    answers = {question: answer for question, answer in case.answers.items() if answer}
    return CaseFile(replace(case, answers=answers, partners=partners), file.scenarios)


def _given(answers: Answers) -> dict[str, list[str]]:
    return {question: list(options) for question, options in answers.items()}


def _scenario_given(scenario: Scenario, left_out: tuple[LeftOut, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "on": scenario.on,
        "answers": _given(scenario.answers),
        "partners": {name: _given(answers) for name, answers in scenario.partners.items()},
        "add": scenario.add,
        "drop": scenario.drop,
    }
    return {**made, "left_out": left_out} if left_out else made


def _scenario(name: str, given: Mapping[str, Any], vocabulary: Vocabulary, left: list[LeftOut]) -> Scenario:
    answers = _known("", given["answers"], vocabulary, left)
    partners = {partner: _known(partner, own, vocabulary, left) for partner, own in given["partners"].items()}
    _bring_back(given.get("left_out", ()), answers, partners, vocabulary, left)
    return Scenario(name, answers, partners, tuple(given["add"]), tuple(given["drop"]), given["on"])


def _known(
    partner: str, answers: Mapping[str, list[str]], vocabulary: Vocabulary, left: list[LeftOut]
) -> dict[str, tuple[str, ...]]:
    """The answers that the rulebook knows, now or by an earlier name; what it does not know is added to `left`."""
    scope: Scope = "partner" if partner else "agency"
    found: dict[str, tuple[str, ...]] = {}
    old: dict[str, tuple[str, ...]] = {}
    for name, options in answers.items():
        question = vocabulary.questions.get(name)
        if question is not None and question.asked == scope and _fits(options, question):
            found[name] = tuple(options)
        elif question is not None and question.asked == scope and question.kind == "several":
            if here := tuple(option for option in options if option in question.options):
                found[name] = here
            old[name] = tuple(option for option in options if option not in question.options)
        else:
            old[name] = tuple(options)
    if old:
        found, apart = carried_over(old, found, partner, vocabulary)
        left += apart
    return found


def _fits(options: Iterable[str], question: Question) -> bool:
    several = question.kind == "several"
    return all(option in question.options for option in options) and (several or len(tuple(options)) < 2)


def _bring_back(
    left_out: Iterable[tuple[str, str, list[str]]],
    answers: dict[str, tuple[str, ...]],
    partners: Mapping[str, dict[str, tuple[str, ...]]],
    vocabulary: Vocabulary,
    left: list[LeftOut],
) -> None:
    """Put answers set apart earlier back where the rulebook knows them and nothing else was answered since."""
    for partner, name, options in left_out:
        into = partners.get(partner) if partner else answers
        apart: list[LeftOut] = []
        known = _known(partner, {name: options}, vocabulary, apart)
        if into is not None and not apart and name in known and name not in into:
            into.update(known)
        else:
            left.append(LeftOut(partner, name, tuple(options)))


def _answers_changed(partner: str | None, old: Answers, new: Answers) -> Iterator[SavedChange]:
    for question in {**old, **new}:
        was, now = old.get(question, ()), new.get(question, ())
        if was != now:
            yield SavedChange("answer", partner, question, was, now)


def _notes_changed(partner: str | None, old: Notes, new: Notes) -> Iterator[SavedChange]:
    was, now = ({note_name(*key): text for key, text in notes.items()} for notes in (old, new))
    yield from _texts_changed("note", partner, was, now)


def _texts_changed(
    kind: Literal["words", "note"], partner: str | None, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[SavedChange]:
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield SavedChange(kind, partner, name, *(tuple((of[name],) if name in of else ()) for of in (old, new)))


def _notes_in(case: Case) -> Iterator[KeptNote]:
    """All notes of a case, with the partner that each is about ("": the agency)."""
    for name, notes in (("", case.notes), *((partner.name, partner.notes) for partner in case.partners)):
        yield from ((name, question, option, text) for (question, option), text in notes.items())


def _notes_of(
    given: Mapping[str, Any], questions: Mapping[str, Question]
) -> tuple[dict[str, dict[tuple[str, str], str]], tuple[KeptNote, ...]]:
    """The stored notes to what the rulebook knows, by partner, and the others."""
    known: dict[str, dict[tuple[str, str], str]] = {}
    apart: list[KeptNote] = []
    for partner, name, option, text in given.get("notes", ()):
        question, scope = questions.get(name), "partner" if partner else "agency"
        if question is not None and question.asked == scope and option in ("", *question.options):
            known.setdefault(partner, {})[name, option] = text
        else:
            apart.append((partner, name, option, text))
    return known, tuple(apart)


def _digest(scenario: Scenario) -> str:
    return hashlib.sha256(json.dumps(_scenario_given(scenario, ()), sort_keys=True).encode()).hexdigest()[:12]
