"""A case is stored without loss, and what changed between two saves is told answer by answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import Vocabulary
from advisor.store.contents import Content, changes, counts, first_content, next_content, read_content, write_content
from advisor.store.records import SavedChange
from support.random_cases import case_files, known
from support.stored_cases import CASE, FILE, SCENARIOS


@pytest.fixture(scope="session")
def vocabulary(rulebook: Rulebook) -> Vocabulary:
    return rulebook.vocabulary


def without(vocabulary: Vocabulary, *questions: str) -> Vocabulary:
    return replace(vocabulary, questions={name: q for name, q in vocabulary.questions.items() if name not in questions})


def without_option(vocabulary: Vocabulary, question: str, option: str) -> Vocabulary:
    changed = vocabulary.questions[question]
    less = replace(changed, options=tuple(each for each in changed.options if each != option))
    return replace(vocabulary, questions={**vocabulary.questions, question: less})


@settings(max_examples=20)
@given(file=case_files())
def test_what_is_stored_reads_back_as_the_same_case(file: CaseFile) -> None:
    text = write_content(first_content(file))
    assert read_content(text, known()) == Content(file)
    assert text.isascii()
    assert "\0" not in text


@settings(max_examples=20)
@given(before=case_files(), after=case_files())
def test_there_is_no_change_between_equal_cases_and_one_between_others(before: CaseFile, after: CaseFile) -> None:
    assert not list(changes(before, before, {}))
    told = list(changes(before, after, {}))
    partners = {p.name: p for p in before.case.partners} == {p.name: p for p in after.case.partners}
    ours, theirs = (replace(file.case, partners=()) for file in (before, after))
    same = ours == theirs and partners
    assert bool(told) is not (same and before.scenarios == after.scenarios)


def test_an_empty_answer_is_stored_as_none(vocabulary: Vocabulary) -> None:
    file = CaseFile(Case("a", {"wanted.duties": ()}, (Partner("b", {"partner.vision": ()}),)), {})
    read = read_content(write_content(first_content(file)), vocabulary).file
    assert read == CaseFile(Case("a", {}, (Partner("b", {}),)), {})
    assert counts(read) == (0, 1)


def test_every_kind_of_change_is_told_with_what_it_was() -> None:
    case = Case(
        "Renamed",
        {"wanted.obstacle": ("waiting",), "wanted.aim": ("exchange",)},
        (Partner("Harbour House", {"partner.vision": ("no",)}), Partner("Shelter", {"partner.vision": ("yes",)})),
    )
    scenarios = {"lift": replace(SCENARIOS["lift"], answers={}), "new": Scenario("new")}
    told = list(changes(FILE, CaseFile(case, scenarios), {"Harbor House": "Harbour House"}))
    marks = [change for change in told if change.kind == "scenario"]
    assert [change for change in told if change.kind != "scenario"] == [
        SavedChange("name", None, "", ("Waiting for treatment",), ("Renamed",)),
        SavedChange("answer", None, "wanted.obstacle", ("shared-families", "waiting"), ("waiting",)),
        SavedChange("answer", None, "wanted.duties", ("no",), ()),
        SavedChange("answer", None, "wanted.aim", (), ("exchange",)),
        SavedChange("partner-removed", "Tribal Court", "", ("Tribal Court",), ()),
        SavedChange("partner-renamed", "Harbour House", "", ("Harbor House",), ("Harbour House",)),
        SavedChange("answer", "Harbour House", "partner.vision", ("yes",), ("no",)),
        SavedChange("partner-added", "Shelter", "", (), ("Shelter",)),
        SavedChange("answer", "Shelter", "partner.vision", (), ("yes",)),
    ]
    assert [(change.question, len(change.was), len(change.now)) for change in marks] == [
        ("lift", 1, 1),
        ("wider", 1, 0),
        ("new", 0, 1),
    ]
    assert marks[0].was != marks[0].now


def test_what_is_said_in_free_words_and_in_notes_is_told_with_what_it_was() -> None:
    said = replace(
        CASE,
        words={"agency": "Kent County"},
        notes={("wanted.obstacle", "waiting"): "Eleven weeks", ("wanted.duties", ""): "Our own"},
        partners=(replace(CASE.partners[0], notes={("partner.vision", ""): "It wrote so"}), CASE.partners[1]),
    )
    other = replace(
        said,
        words={"agency": "Kent County", "result": "In a week"},
        notes={("wanted.obstacle", "waiting"): "Nine weeks"},
        partners=(replace(said.partners[0], name="HARBOR HOUSE"),),
    )
    assert list(changes(CaseFile(said, {}), CaseFile(other, {}), {})) == [
        SavedChange("words", None, "result", (), ("In a week",)),
        SavedChange("note", None, "wanted.obstacle=waiting", ("Eleven weeks",), ("Nine weeks",)),
        SavedChange("note", None, "wanted.duties", ("Our own",), ()),
        SavedChange("partner-removed", "Tribal Court", "", ("Tribal Court",), ()),
        SavedChange("partner-renamed", "HARBOR HOUSE", "", ("Harbor House",), ("HARBOR HOUSE",)),
    ]
    gone = list(changes(CaseFile(said, {}), CaseFile(Case(said.name, said.answers), {}), {}))
    assert SavedChange("note", "Harbor House", "partner.vision", ("It wrote so",), ()) in gone


def test_a_case_stored_before_there_were_notes_has_none(vocabulary: Vocabulary) -> None:
    text = '{"name":"a","answers":{},"partners":[{"name":"b","answers":{}}],"scenarios":{}}'
    assert read_content(text, vocabulary) == Content(CaseFile(Case("a", {}, (Partner("b", {}),)), {}))
    assert write_content(read_content(text, vocabulary)) == text


def test_notes_to_what_the_rulebook_does_not_know_stay_stored_and_follow_their_partner(vocabulary: Vocabulary) -> None:
    partner = replace(CASE.partners[0], notes={("partner.vision", ""): "It wrote so"})
    case = replace(CASE, notes={("wanted.obstacle", "waiting"): "Eleven weeks"}, partners=(partner, CASE.partners[1]))
    less = without(without_option(vocabulary, "wanted.obstacle", "waiting"), "partner.vision")
    content = read_content(write_content(Content(CaseFile(case, {}))), less)
    assert (content.file.case.notes, content.file.case.partners[0].notes) == ({}, {})
    haven = replace(content.file.case, partners=(replace(content.file.case.partners[0], name="Haven"),))
    saved = next_content(content, CaseFile(haven, {}), {"Harbor House": "Haven"})
    assert read_content(write_content(saved), less) == saved
    again = read_content(write_content(saved), vocabulary).file.case
    assert (again.notes, again.partners[0].notes) == (case.notes, partner.notes)
    assert next_content(content, CaseFile(replace(haven, partners=()), {}), {}).notes == (
        ("", "wanted.obstacle", "waiting", "Eleven weeks"),
    )


def test_a_partner_in_other_capitals_is_the_same_one() -> None:
    partners = (replace(CASE.partners[0], name="HARBOR HOUSE"), CASE.partners[1])
    told = list(changes(FILE, CaseFile(replace(CASE, partners=partners), SCENARIOS), {}))
    assert told == [SavedChange("partner-renamed", "HARBOR HOUSE", "", ("Harbor House",), ("HARBOR HOUSE",))]


def test_answers_the_rulebook_does_not_know_are_left_out_and_stay_stored(vocabulary: Vocabulary) -> None:
    less = without(without_option(vocabulary, "wanted.obstacle", "waiting"), "partner.vision", "possible.authority")
    content = read_content(write_content(first_content(FILE)), less)
    assert content.file.case.answers == {"wanted.obstacle": ("shared-families",), "wanted.duties": ("no",)}
    assert content.left_out == (("", "wanted.obstacle", ("waiting",)), ("Harbor House", "partner.vision", ("yes",)))
    assert content.file.scenarios["lift"].answers == {"wanted.obstacle": ()}
    assert content.of_scenarios == {"lift": (("", "possible.authority", ("head",)),)}
    saved = next_content(content, replace(content.file, case=replace(content.file.case, name="Saved anew")), {})
    assert read_content(write_content(saved), less) == saved
    assert saved.left_out == content.left_out


def test_what_was_left_out_comes_back_when_the_rulebook_knows_it_again(vocabulary: Vocabulary) -> None:
    less = without(vocabulary, "partner.vision", "possible.authority", "wanted.duties")
    content = read_content(write_content(first_content(FILE)), less)
    saved = next_content(content, content.file, {})
    assert read_content(write_content(saved), vocabulary) == Content(FILE)


def test_what_was_answered_since_goes_before_what_was_left_out(vocabulary: Vocabulary) -> None:
    less = without_option(vocabulary, "wanted.duties", "no")
    content = read_content(write_content(first_content(FILE)), less)
    assert content.left_out == (("", "wanted.duties", ("no",)),)
    answers = {**content.file.case.answers, "wanted.duties": ("yes",)}
    saved = next_content(content, replace(content.file, case=replace(content.file.case, answers=answers)), {})
    again = read_content(write_content(saved), vocabulary)
    assert again.file.case.answers["wanted.duties"] == ("yes",)
    assert again.left_out == content.left_out


def test_what_is_left_out_follows_a_partner_that_is_renamed_and_goes_with_one_that_is_removed(vocabulary: Vocabulary) -> None:
    less = without(vocabulary, "partner.vision")
    content = read_content(write_content(first_content(FILE)), less)
    file, other = content.file, content.file.case.partners[1]
    renamed = replace(file, case=replace(file.case, partners=(Partner("Haven", {}), other)))
    removed = replace(file, case=replace(file.case, partners=(other,)))
    assert next_content(content, renamed, {"Harbor House": "Haven"}).left_out == (("Haven", "partner.vision", ("yes",)),)
    assert next_content(content, removed, {}).left_out == ()


def test_a_question_that_is_now_asked_of_partners_is_left_out(vocabulary: Vocabulary) -> None:
    moved = replace(vocabulary.questions["wanted.duties"], asked="partner")
    other = replace(vocabulary, questions={**vocabulary.questions, "wanted.duties": moved})
    content = read_content(write_content(first_content(FILE)), other)
    assert ("", "wanted.duties", ("no",)) in content.left_out


def test_several_answers_to_what_now_takes_one_are_left_out(vocabulary: Vocabulary) -> None:
    one = replace(vocabulary.questions["wanted.obstacle"], kind="choice")
    other = replace(vocabulary, questions={**vocabulary.questions, "wanted.obstacle": one})
    content = read_content(write_content(first_content(FILE)), other)
    assert "wanted.obstacle" not in content.file.case.answers
    assert content.left_out == (("", "wanted.obstacle", ("shared-families", "waiting")),)


def test_a_scenarios_digest_does_not_depend_on_the_order_of_its_answers() -> None:
    answers = {"wanted.duties": ("yes",), "wanted.aim": ("exchange",)}
    forth = CaseFile(CASE, {"a": Scenario("a", answers)})
    back = CaseFile(CASE, {"a": Scenario("a", dict(reversed(answers.items())))})
    assert not list(changes(forth, back, {}))


def test_names_are_stored_whatever_characters_they_have(vocabulary: Vocabulary) -> None:
    file = CaseFile(Case("a\0b\ud7ff🙂", {}, (Partner("c\0d", {}),)), {"e\0": Scenario("e\0")})
    assert read_content(write_content(first_content(file)), vocabulary) == Content(file)


@given(text=st.text(max_size=5))
def test_counts_are_of_answers_and_partners(text: str) -> None:
    assert counts(CaseFile(replace(CASE, name=text), {})) == (3, 2)
