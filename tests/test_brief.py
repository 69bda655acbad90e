"""The little that a leader reads first of an advice."""

from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.sentence import first_words, lower_first
from advisor.render.brief import Brief
from advisor.service import Service


def brief_of(loaded: Loaded, **answers: tuple[str, ...]) -> Brief:
    case = Case("Asked", {name.replace("__", "."): options for name, options in answers.items()})
    return Brief(Service(loaded, ChainEngine()).assess(case), loaded)


def test_everything_on_the_table_but_the_choice_itself_has_a_name_for_the_answers_at_a_glance(loaded: Loaded) -> None:
    options = set(loaded.wording.questions["proposal.ask"].options)
    assert options - set(loaded.wording.phrases["asked-in-short"]) == {"none", "choose"}


def test_several_answers_are_told_at_a_glance_each_under_its_verdict(loaded: Loaded) -> None:
    asked = brief_of(loaded, proposal__ask=("gag", "exclusive", "keep-private", "report"))
    said = "Yes: privacy and the report. No: keeping quiet and one partner only."
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
