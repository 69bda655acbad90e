"""The interview asks what is relevant, in order, and is nothing but a fold of replies."""

from functools import cache, reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.interview import (
    PARTNERS_STEP,
    AddPartner,
    Back,
    Choose,
    Deepen,
    Interview,
    InterviewStep,
    Pass,
    RemovePartner,
    Reply,
    Say,
    advance,
    answer_to,
    begin,
    first_open,
    name_refusal,
    notes_at,
    opening,
    split_notes,
    steps_of,
    understand,
    with_answer,
)
from advisor.loading import load
from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.vocabulary import Question, Vocabulary

EMPTY = Case("case", {})


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return known().vocabulary


@pytest.fixture(scope="session")
def relevance() -> Relevance:
    return known()


@cache
def known() -> Relevance:
    """The questions for property tests: as an argument they would be printed whole when one fails."""
    return load().relevance


def at(interview: Interview) -> InterviewStep:
    assert interview.at is not None
    return interview.at


def fold(relevance: Relevance, *replies: Reply, case: Case = EMPTY, full: bool = False) -> Interview:
    return then(begin(case, relevance, full=full), *replies)


def then(interview: Interview, *replies: Reply) -> Interview:
    return reduce(advance, replies, interview)


def reach(interview: Interview, step: InterviewStep) -> Interview:
    """Pass everything up to a step."""
    while interview.at != step:
        assert interview.at is not None
        interview = advance(interview, Pass())
    return interview


def test_it_begins_with_the_first_essential_question(relevance: Relevance) -> None:
    assert begin(EMPTY, relevance).at == InterviewStep("you.kind")


def test_only_essential_questions_are_asked_unless_more_is_wanted(vocabulary: Vocabulary, relevance: Relevance) -> None:
    steps = begin(EMPTY, relevance).steps
    assert all(s == PARTNERS_STEP or vocabulary.questions[s.question].essential for s in steps)
    assert begin(EMPTY, relevance, full=True).steps[: len(steps)] == steps
    assert len(begin(EMPTY, relevance, full=True).steps) > len(steps) + 10


def test_an_answer_makes_its_follow_up_question_relevant(relevance: Relevance) -> None:
    state = reach(begin(EMPTY, relevance), InterviewStep("today.state"))
    assert advance(state, Choose(("running",))).at == InterviewStep("today.practice")
    assert InterviewStep("today.working") in advance(state, Choose(("running",))).steps
    assert InterviewStep("today.working") not in advance(state, Choose(("nothing",))).steps


def test_skipping_leaves_no_answer_and_is_not_asked_again_in_this_session(relevance: Relevance) -> None:
    passed = fold(relevance, Pass())
    assert not passed.case.answers
    assert passed.at == InterviewStep("proposal.ask")
    assert InterviewStep("you.kind") in passed.passed


def test_back_returns_to_the_step_before_and_its_answer_can_be_changed(relevance: Relevance) -> None:
    again = fold(relevance, Choose(("tribe",)), Back())
    assert again.at == InterviewStep("you.kind")
    assert answer_to(again.case, at(again)) == ("tribe",)
    assert advance(again, Choose(("court",))).case.answers == {"you.kind": ("court",)}
    assert advance(again, Pass()).case.answers == {"you.kind": ("tribe",)}
    assert advance(again, Choose(())).case.answers == {}


def test_back_at_the_first_question_stays_there(relevance: Relevance) -> None:
    assert fold(relevance, Back()).at == InterviewStep("you.kind")


def test_each_named_partner_is_asked_about_by_name(relevance: Relevance) -> None:
    naming = reach(begin(EMPTY, relevance), PARTNERS_STEP)
    named = then(naming, AddPartner("Court"), AddPartner("Clinic"), Pass(), Choose(("legal",)))
    assert at(named).partner == "Court"
    partners = [s.partner for s in named.steps if s.partner]
    assert partners == sorted(partners, reverse=True), "all about one partner before the next"
    assert named.case.partners == (Partner("Court", {"partner.category": ("legal",)}), Partner("Clinic", {}))


def test_a_partner_can_be_taken_off_the_list(relevance: Relevance) -> None:
    naming = reach(begin(EMPTY, relevance), PARTNERS_STEP)
    named = then(naming, AddPartner("Court"), AddPartner("Clinic"), RemovePartner("Court"))
    assert [p.name for p in named.case.partners] == ["Clinic"]
    assert named.at == PARTNERS_STEP


def test_names_that_cannot_be_taken_are_refused(relevance: Relevance) -> None:
    case = Case("case", {}, (Partner("Court", {}),))
    full = Case("case", {}, tuple(Partner(f"Partner {n}", {}) for n in range(MAX_PARTNERS)))
    codes = [(case, "court"), (case, " "), (case, "x" * 201), (full, "One more")]
    found = [refused.code if (refused := name_refusal(c, name)) else "" for c, name in codes]
    assert found == ["duplicate-partner", "name-too-long", "name-too-long", "too-many-partners"]
    assert name_refusal(case, "Clinic") is None
    naming = reach(begin(case, relevance), PARTNERS_STEP)
    assert advance(naming, AddPartner("COURT")) is naming


def test_a_reply_that_does_not_fit_the_step_changes_nothing(relevance: Relevance) -> None:
    start = begin(EMPTY, relevance)
    assert advance(start, AddPartner("Court")) is start
    assert advance(start, RemovePartner("Court")) is start
    assert advance(reach(start, PARTNERS_STEP), Choose(("running",))).case == EMPTY


def test_it_ends_and_can_go_on_to_the_further_questions(relevance: Relevance) -> None:
    end = begin(EMPTY, relevance)
    while end.at:
        end = advance(end, Pass())
    assert end.place == len(end.steps) + 1
    assert advance(end, Pass()) is end
    assert advance(end, Back()).at == end.steps[-1]
    more = advance(end, Deepen())
    assert more.at == more.steps[len(end.steps)]
    assert end.further == len(more.steps) - len(end.steps)


def test_a_half_answered_case_goes_on_at_what_is_open(relevance: Relevance) -> None:
    case = Case("case", {"you.kind": ("tribe",), "wanted.aim": ("exchange",), "wanted.work": ("exchange",)})
    assert begin(case, relevance).at == InterviewStep("proposal.ask")
    assert fold(relevance, Choose(("start",)), case=case).at == InterviewStep("wanted.about")


def test_a_vocabulary_without_questions_is_at_its_end() -> None:
    done = begin(EMPTY, Relevance(Vocabulary((), {}, {})))
    assert done.at is None
    assert advance(done, Back()) is done


def backwards(case: Case, passed: frozenset[InterviewStep]) -> InterviewStep | None:
    """An order unlike the fixed one: partners first, then the last essential question, and so to the first."""
    steps = steps_of(case, known(), full=False)
    return next((s for s in (PARTNERS_STEP, *reversed(steps)) if s not in passed and not answer_to(case, s)), None)


def test_an_order_tells_what_comes_next_until_its_end(relevance: Relevance) -> None:
    start = begin(EMPTY, relevance, order=backwards)
    essential = steps_of(EMPTY, relevance, full=False)
    assert (start.at, start.place, start.steps) == (PARTNERS_STEP, 1, (PARTNERS_STEP,))
    second = advance(start, Pass())
    assert (second.at, second.place) == (essential[-1], 2)
    end = then(second, *[Pass()] * (len(essential) - 1))
    assert end.at is None
    assert end.steps == (PARTNERS_STEP, *reversed([s for s in essential if s != PARTNERS_STEP]))
    assert end.further == len(end.left) + len(essential) - 1, "naming the partners is no question"


def test_beyond_its_end_comes_what_is_left_in_intake_order(relevance: Relevance) -> None:
    end = then(begin(EMPTY, relevance, order=backwards), *[Pass()] * len(steps_of(EMPTY, relevance, full=False)))
    left = end.left
    more = advance(end, Deepen())
    assert more.at == left[0]
    assert more.steps == (*end.steps, *left)
    assert then(more, *[Pass()] * len(left)).at is None
    assert begin(EMPTY, relevance, full=True, order=lambda *_: None).at == InterviewStep("you.kind")


def test_back_in_an_order_goes_the_way_that_was_come(relevance: Relevance) -> None:
    case = Case("case", {"wanted.priority": ("no",)})
    now = then(begin(case, relevance, order=backwards), Pass(), Pass())
    here = now.at
    back = then(now, Back(), Back())
    assert back.at == PARTNERS_STEP
    assert then(back, Back()).at == InterviewStep("wanted.priority"), "answered in an earlier session"
    assert then(back, Back(), Back()).at == InterviewStep("wanted.priority")
    assert then(back, Pass()).at == here
    again = then(back, AddPartner("Court"), Pass())
    assert at(again).partner is None
    assert InterviewStep("partner.reach", "Court") in steps_of(again.case, relevance, full=False)


def test_what_is_no_longer_relevant_is_no_longer_on_the_way_back(relevance: Relevance) -> None:
    wanted = (InterviewStep("today.state"), InterviewStep("today.working"), InterviewStep("wanted.priority"))
    now = begin(EMPTY, relevance, order=lambda _, passed: next((s for s in wanted if s not in passed), None))
    now = then(now, Choose(("running",)), Choose(("well",)), Back(), Back(), Choose(("nothing",)))
    assert now.at == InterviewStep("wanted.priority")
    assert advance(now, Back()).at == InterviewStep("today.state")


def test_the_opening_is_the_situation_and_then_the_partners(relevance: Relevance) -> None:
    first = ("you.kind", "proposal.ask", "wanted.aim", "wanted.work", "wanted.about")
    assert opening(EMPTY, relevance) == (*(InterviewStep(question) for question in first), PARTNERS_STEP)
    named = Case("case", {"you.kind": ("tribe",)}, (Partner("Court", {}),))
    assert opening(named, relevance) == opening(EMPTY, relevance)
    assert opening(EMPTY, Relevance(Vocabulary((), {}, {}))) == ()


def test_the_first_open_step_is_that_of_the_fixed_order(relevance: Relevance) -> None:
    passed = frozenset({InterviewStep("you.kind")})
    assert first_open(EMPTY, passed, relevance, full=False) == InterviewStep("proposal.ask")
    assert first_open(EMPTY, frozenset(steps_of(EMPTY, relevance, full=True)), relevance, full=True) is None


@settings(max_examples=12)
@given(data=st.data())
def test_whatever_is_replied_only_relevant_questions_are_asked_and_the_interview_ends(data: st.DataObject) -> None:
    relevance = known()
    now = begin(EMPTY, relevance, full=data.draw(st.booleans()), order=data.draw(st.sampled_from([None, backwards])))
    for _ in range(data.draw(st.integers(0, 40))):
        if now.at is None:
            break
        facts = relevance.facts(now.case)
        assert now.at in now.steps
        if now.at == PARTNERS_STEP:
            replies: list[Reply] = [AddPartner(data.draw(st.sampled_from(["A", "B", "C"]))), RemovePartner("A"), Pass(), Back()]
        else:
            number = next((n for n, p in enumerate(now.case.partners) if p.name == now.at.partner), AGENCY)
            assert facts.asks(now.at.question, number)
            option = data.draw(st.sampled_from(relevance.vocabulary.questions[now.at.question].options))
            replies = [Choose((option,)), Choose((option,)), Choose(()), Pass(), Back(), Deepen()]
        now = advance(now, data.draw(st.sampled_from(replies)))
    for _ in range(len(steps_of(now.case, relevance, full=True)) + 1):
        now = advance(now, Pass())
    assert now.at is None


LABELS = ("No: they are not in touch", "People talk", "Agreed, not begun", "In force", "On paper, but unused", "Being ended")


@pytest.fixture
def question(vocabulary: Vocabulary) -> Question:
    return vocabulary.questions["today.state"]


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        ("2", "contact"),
        ("2.", "contact"),
        ("CONTACT ", "contact"),
        ("In Force", "running"),
        ("people talk", "contact"),
        ("On paper, but unused", "asleep"),
        ("RUNNING", "running"),
    ],
)
def test_numbers_options_and_their_wording_are_understood(question: Question, typed: str, option: str) -> None:
    understood = understand(typed, question, LABELS)
    assert understood.options == (option,)
    assert not understood.guessed


@pytest.mark.parametrize(("typed", "option"), [("contct", "contact"), ("asl", "asleep"), ("in f", "running")])
def test_slips_of_the_finger_and_beginnings_are_understood(question: Question, typed: str, option: str) -> None:
    understood = understand(typed, question, LABELS)
    assert (understood.options, understood.guessed) == ((option,), True)


@pytest.mark.parametrize("typed", ["0", "7", "99999999999999999999", "²", "e", "whatever", ",", "(", "1 und 2"])
def test_what_is_no_answer_is_said_to_be_none(question: Question, typed: str) -> None:
    assert understand(typed, question, LABELS).problem == "not-understood"


def test_one_answer_is_expected_where_one_can_be_given(question: Question) -> None:
    assert understand("1, 2", question, LABELS).problem == "one-only"


def test_several_answers_are_taken_with_commas_or_as_numbers(vocabulary: Vocabulary) -> None:
    question = vocabulary.questions["wanted.obstacle"]
    assert understand("5, 2,5", question, question.options).options == ("shared-families", "waiting")
    assert understand("2 5", question, question.options).options == ("shared-families", "waiting")
    assert understand("waiting; unaware", question, question.options).options == ("unaware", "waiting")
    assert understand("waiting, none", question, question.options).problem == "none-with-others"
    assert understand("waiting, bogus", question, question.options).found == "bogus"
    assert understand("that is all", question, question.options).problem == "that-is-all-alone"
    assert understand("waiting, that is all", question, question.options).options == ("waiting", "that-is-all")


def test_a_word_is_never_taken_for_its_opposite(vocabulary: Vocabulary) -> None:
    question = vocabulary.questions["wanted.obstacle"]
    assert understand("aware", question, question.options).problem == "not-understood"


def test_y_and_n_are_yes_and_no(vocabulary: Vocabulary) -> None:
    question = vocabulary.questions["wanted.priority"]
    assert [understand(t, question, ("Yes", "No")).options for t in ("y", "N", "yes")] == [("yes",), ("no",), ("yes",)]


def test_what_is_said_in_free_words_is_part_of_the_case_at_any_step(relevance: Relevance) -> None:
    said = fold(relevance, Say("result", "In a week"), Pass(), Say("agency", "Kent County"))
    assert list(said.case.words.items()) == [("agency", "Kent County"), ("result", "In a week")]
    assert said.at == InterviewStep("proposal.ask")
    assert advance(said, Say("result", "")).case.words == {"agency": "Kent County"}


def test_a_note_stays_with_its_answer_and_goes_with_it(relevance: Relevance) -> None:
    several = InterviewStep("proposal.ask")
    noted = advance(reach(begin(EMPTY, relevance), several), Choose(("start", "paper"), {"start": "Beds", "paper": "An MOU"}))
    assert notes_at(noted.case, several) == {"start": "Beds", "paper": "An MOU"}
    back = advance(noted, Back())
    assert notes_at(advance(back, Choose(("paper",))).case, several) == {"paper": "An MOU"}
    assert notes_at(advance(back, Choose(("paper",), {"": "They wrote"})).case, several) == {"": "They wrote"}
    assert notes_at(advance(back, Choose(("paper", "pay"), {"pay": "A lot"})).case, several) == {
        "paper": "An MOU",
        "pay": "A lot",
    }
    assert notes_at(advance(back, Choose(())).case, several) == {}
    assert notes_at(advance(back, Pass()).case, several) == {"start": "Beds", "paper": "An MOU"}


def test_a_note_to_an_answer_about_a_partner_is_the_partners() -> None:
    case = Case("case", {}, (Partner("Court", {}), Partner("Clinic", {})))
    step = InterviewStep("partner.reach", "Clinic")
    told = with_answer(case, step, ("merge",), {"": "So it wrote"})
    assert [partner.notes for partner in told.partners] == [{}, {("partner.reach", ""): "So it wrote"}]
    assert notes_at(told, step) == {"": "So it wrote"}


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("2", [("2", "")]),
        ("1, 4", [("1, 4", "")]),
        ("1; 4", [("1; 4", "")]),
        ("2 // they told us; in May", [("2", "they told us; in May")]),
        ("2//see http://a.example/b", [("2", "see http://a.example/b")]),
        ("1 // beds; 4 // an  MOU", [("1", "beds"), ("4", "an MOU")]),
        ("// only this", [("", "only this")]),
    ],
)
def test_a_note_is_what_follows_two_strokes(typed: str, parts: list[tuple[str, str]]) -> None:
    assert split_notes(typed) == parts


def test_a_question_among_anothers_answers_offers_those_chosen_there(vocabulary: Vocabulary) -> None:
    question = vocabulary.questions["proposal.refuse"]
    assert question.options == vocabulary.questions["proposal.ask"].options
    assert question.offered({}) == question.options
    assert question.offered({"proposal.ask": ("start", "pay")}) == ("start", "pay", "none", "that-is-all")
    assert question.offered({"proposal.ask": ("start",), "proposal.refuse": ("pay",)}) == ("start", "pay", "none", "that-is-all")
    plain = vocabulary.questions["wanted.aim"]
    assert plain.offered({"wanted.aim": ("exchange",)}) == plain.options
