"""Changes a case file that is there already: what a change does not touch stays as it was written, comments included."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from advisor.io.case_writer import json_text, notes_content, write_case
from advisor.io.files import write_file
from advisor.io.round_trip import append, edited, put, remove_item
from advisor.io.scenario_reader import KEY, parse_case_file, read_case_file
from advisor.io.scenario_writer import answers_content, scenario_content
from advisor.model.case import FREE_WORDS, Case, Notes, Partner
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problems
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import Vocabulary

_MEMBERS = ("name", "words", "answers", "notes", "partners", KEY)


def save_case(path: Path, case: Case, vocabulary: Vocabulary) -> None:
    """Have a case file say this case, beside what else it holds; it is made where there is none.

    The file is changed whole or not at all. Raises `InputError` where that cannot be done.
    """
    if path.exists():
        _save(path, vocabulary, lambda held: CaseFile(case, held.scenarios))
    else:
        write_case(path, case, vocabulary)


def save_scenario(path: Path, scenario: Scenario, vocabulary: Vocabulary) -> None:
    """Add a scenario to a case file, whole or not at all. Raises `InputError` where its name is taken or that cannot be done."""

    def added(held: CaseFile) -> CaseFile:
        if scenario.name in held.scenarios:
            problems = Problems(str(path))
            problems.add("duplicate-scenario", found=scenario.name)
            problems.raise_if_any()
        return CaseFile(held.case, {**held.scenarios, scenario.name: scenario})

    _save(path, vocabulary, added)


def _save(path: Path, vocabulary: Vocabulary, change: Callable[[CaseFile], CaseFile]) -> None:
    held = read_case_file(path, vocabulary)
    wanted = change(held)
    edit = _Edit(held, wanted, vocabulary)
    raw, as_json = path.read_bytes(), path.suffix == ".json"
    if as_json:
        content = json.loads(raw.decode("utf-8-sig"))
        edit.on(content)
        texts: tuple[str, ...] = (json_text(content),)
    else:
        texts = edited(raw.decode("utf-8"), edit.on)
    for text in texts:
        read = _reads(text, vocabulary, path.stem, as_json=as_json)
        if read and (read.case, read.scenarios) == (wanted.case, wanted.scenarios):
            write_file(path, text.encode())
            return
    problems = Problems(str(path))
    problems.add("not-edited", found=path.name)
    problems.raise_if_any()


def _reads(text: str, vocabulary: Vocabulary, name: str, *, as_json: bool) -> CaseFile | None:
    """What a text says as a case file; None where it is none."""
    with suppress(InputError):
        return parse_case_file(text.encode(), vocabulary, name=name, as_json=as_json)
    return None


class _Edit:
    """What has to be done to the content of a file that holds one case, so that it holds another."""

    def __init__(self, held: CaseFile, wanted: CaseFile, vocabulary: Vocabulary) -> None:
        self.held, self.wanted, self.vocabulary = held, wanted, vocabulary
        self.questions = tuple(vocabulary.questions)

    def on(self, root: Any) -> None:
        """Do it to the mapping at the top."""
        before, after = self.held.case, self.wanted.case
        if before.name != after.name:
            put(root, "name", after.name, _MEMBERS)
        _say(root, "words", before.words, after.words, FREE_WORDS)
        self._answers(root, before.answers, after.answers)
        self._notes(root, before.notes, after.notes)
        if before.partners != after.partners:
            self._partners(root, before.partners, after.partners)
        content = {
            name: scenario_content(scenario, self.vocabulary)
            for name, scenario in self.wanted.scenarios.items()
            if name not in self.held.scenarios
        }
        _add(root, KEY, content, (*self.wanted.scenarios,))

    def _answers(self, about: Any, before: Answers, after: Answers) -> None:
        """An answer that is taken away is `unknown` from then on, so that what was noted beside it stays."""
        changed = {name: after.get(name, ()) for name in self.questions if before.get(name, ()) != after.get(name, ())}
        _add(about, "answers", answers_content(changed, self.vocabulary), self.questions)

    def _notes(self, about: Any, before: Notes, after: Notes) -> None:
        was, now = (notes_content(notes, self.vocabulary) for notes in (before, after))
        _say(about, "notes", was, now, self.questions)

    def _partner(self, partner: Partner) -> dict[str, Any]:
        notes = notes_content(partner.notes, self.vocabulary)
        answers = {"name": partner.name, "answers": answers_content(partner.answers, self.vocabulary)}
        return {**answers, "notes": notes} if notes else answers

    def _partners(self, root: Any, before: Sequence[Partner], after: Sequence[Partner]) -> None:
        """Whoever comes first in the order of the file stays there; the others are put behind, as new."""
        places = {p.name: place for place, p in enumerate(before)}
        kept: dict[int, Partner] = {}
        for partner in after:
            if places.get(partner.name, -1) <= max(kept, default=-1):
                break
            kept[places[partner.name]] = partner
        for place in reversed(range(len(before))):
            if place in kept:
                self._answers(root["partners"][place], before[place].answers, kept[place].answers)
                self._notes(root["partners"][place], before[place].notes, kept[place].notes)
            else:
                remove_item(root, "partners", place)
        new = after[len(kept) :]
        content = [self._partner(partner) for partner in new]
        if root.get("partners"):
            for item in content:
                append(root["partners"], item)
        elif content:
            put(root, "partners", content, _MEMBERS)


def _say(about: Any, key: str, before: Mapping[str, Any], after: Mapping[str, Any], order: Sequence[str]) -> None:
    """Have the texts below a key say this; those that are the same stay as they are, unless another is taken away.

    Where something else stands there, it stays, and nothing is said.
    """
    if isinstance(about.get(key), str | list):
        return
    if before.keys() - after.keys():
        put(about, key, dict(after), _MEMBERS)
    else:
        _add(about, key, {name: text for name, text in after.items() if before.get(name) != text}, order)


def _add(mapping: Any, key: str, members: Mapping[str, Any], order: Sequence[str]) -> None:
    """Set members of the mapping below a key, which is put there where there is none."""
    if mapping.get(key):
        for name, value in members.items():
            put(mapping[key], name, value, order)
    elif members:
        put(mapping, key, dict(members), _MEMBERS)
