"""The little that a leader reads first of an advice."""

from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.sentence import first_words, lower_first
from advisor.render.brief import Brief
from advisor.service import Service


def brief_of(loaded: Loaded, **answers: tuple[str, ...]) -> Brief:
    case = Case("Asked", {name.replace("__", "."): options for name, options in answers.items()})
    return Brief(Service(loaded, ChainEngine(loaded.cache)).assess(case), loaded)


def test_everything_on_the_table_but_the_choice_itself_has_a_name_for_the_answers_at_a_glance(loaded: Loaded) -> None:
    options = set(loaded.wording.questions["proposal.ask"].options)
    assert options - set(loaded.wording.phrases["asked-in-short"]) == {"none", "choose"}


def test_several_answers_are_told_at_a_glance_each_under_its_verdict(loaded: Loaded) -> None:
    asked = brief_of(loaded, proposal__ask=("gag", "exclusive", "keep-private", "report"))
    said = "Yes: the report. Yes, on conditions: privacy. No: keeping quiet and one partner only."
    assert asked.in_short == f"{said} On the whole: {lower_first(asked.advice.gate.title)}."


def test_one_or_two_answers_are_not_told_twice(loaded: Loaded) -> None:
    assert brief_of(loaded, proposal__ask=("gag", "report")).in_short == ""


def test_a_thing_that_is_asked_is_called_as_she_begins_to_call_it() -> None:
    assert first_words("Two navigators with desks at intake. My council voted 6 to 4.") == "Two navigators with desks at intake"
    assert first_words("Open Gate ($1.7 million, 22 staff) becomes part of us") == "Open Gate"
    assert (
        first_words("the draft that Ms. Trujillo and Dr. Lee have signed; one year")
        == "the draft that Ms. Trujillo and Dr. Lee have signed"
    )
    assert first_words("put health, placement and school records together") == "put health, placement and school records together"
    assert first_words("sign") == ""
    whole = "put the money on family counseling for the youth whom we have actually charged"
    assert first_words(whole) == whole
    assert first_words(f"{whole} this year, and not") == "put the money on family counseling for the youth …"


READY = {
    "wanted__aim": ("common-goal",),
    "wanted__work": ("plan-together",),
    "wanted__outcome": ("agreed",),
    "wanted__safety": ("as-law-says",),
    "wanted__records": ("none",),
    "wanted__money": ("none",),
    "possible__authority": ("head",),
    "possible__law": ("allows",),
    "possible__price": ("nothing",),
    "proposal__paper": ("letter",),
    "proposal__telling": ("text-complete",),
}


def test_nothing_forbids_signing_what_has_a_plain_yes(loaded: Loaded) -> None:
    asked = brief_of(loaded, proposal__ask=("paper",), people__burden=("yes",), **READY)
    assert [answer.verdict for answer in asked.advice.proposal] == ["yes"]
    assert asked.advice.conditions
    phrases = loaded.wording.phrases["advice"]
    assert asked.to_sign.startswith(phrases["sign-what-is-ready"].partition(";")[0])
    assert phrases["sign-nothing"].partition(" {{")[0] not in asked.lead
    assert asked.to_write == ""


def test_what_is_signed_in_place_of_something_is_said_where_there_is_something_to_sign(loaded: Loaded) -> None:
    nothing = brief_of(loaded, proposal__ask=("gag", "report"), proposal__main=("gag",), wanted__aim=("exchange",))
    other = brief_of(loaded, proposal__ask=("gag", "report"), proposal__main=("gag",), **READY)
    beside = brief_of(loaded, proposal__ask=("paper", "gag"), proposal__main=("gag",), **READY)
    begun = loaded.wording.phrases["advice"]["sign-in-place-of-no"].partition(",")[0]
    assert [brief.to_sign.startswith(begun) for brief in (nothing, other, beside)] == [False, True, False]


def test_what_she_could_offer_is_said_once_and_in_documents_too(loaded: Loaded) -> None:
    answers = {"proposal.ask": ("gag", "report", "keep-private"), "proposal.main": ("gag",)}
    case = Case("Offering", answers, words={"offer": "a shared calendar"})
    asked = Brief(Service(loaded, ChainEngine(loaded.cache)).assess(case), loaded)
    assert "a shared calendar" in asked.in_short
    assert "a shared calendar" in " ".join(asked.spoken)
    assert "a shared calendar" not in " ".join(asked.spoken_besides)
