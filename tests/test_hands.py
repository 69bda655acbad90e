"""Hands counted in a room: what can be counted, what is kept, what is shown of it, and what nobody is told."""

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, expect

from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded
from advisor.model.consultation import Hands, RespondentKind, RespondentView, join
from advisor.model.problems import InputError
from advisor.model.reconciling import Line
from advisor.render.consultation_view import ConsultationView
from advisor.service import Service
from advisor.store.database import ConsultationClosedError, HeldError, Store
from advisor.store.records import LOCAL
from support.servers import Site
from support.stored_cases import ANN, AT, FILE, TAS, named
from support.visits import context_for, store_of
from test_consultation import view

QUESTIONS = ("wanted.aim", "wanted.obstacle", "partner.trust")
AIM: Line = ("wanted.aim", None)


def positions(hands: list[Hands], loaded: Loaded, *views: RespondentView) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The answers shown to what is wanted, each with the kinds of those without a name who gave it."""
    joined = join([view("Known", {"today.state": ("contact",)}), *views], loaded.rulebook.vocabulary, hands=hands)
    points = [point for point in joined.points if point.question == "wanted.aim"]
    return {position.answer: position.kinds for point in points for position in point.positions}


def raised(kind: RespondentKind, **number: int) -> Hands:
    return Hands(kind, "wanted.aim", None, {option.replace("_", "-"): each for option, each in number.items()})


def test_hands_are_answers_of_their_kind_where_five_went_up_and_not_all_for_one(loaded: Loaded) -> None:
    assert positions([raised("family", exchange=4, common_goal=1)], loaded) == {
        ("exchange",): ("family",),
        ("common-goal",): ("family",),
    }
    assert positions([raised("room", exchange=9, common_goal=9)], loaded)["exchange",] == ("room",)


@pytest.mark.parametrize(
    "hands",
    [
        [raised("family", exchange=3, common_goal=1)],
        [raised("family", exchange=30)],
        [raised("family", exchange=3), raised("partner", common_goal=3)],
    ],
    ids=["four", "all for one", "three of two kinds"],
)
def test_what_would_tell_whose_an_answer_is_is_not_shown(hands: list[Hands], loaded: Loaded) -> None:
    assert positions(hands, loaded) == {}


def test_hands_and_links_do_not_make_up_five_together(loaded: Loaded) -> None:
    """Whoever counted four hands would know what the one by a link said."""
    by_link = view("A mother", {"wanted.aim": ("common-goal",)}, speaks="family", shown="anonymous")
    assert positions([raised("family", exchange=4)], loaded, by_link) == {}
    heard = join([view("Known"), by_link], loaded.rulebook.vocabulary, hands=[raised("family", exchange=4, common_goal=2)])
    assert [(each.speaks, each.number, each.heard, each.in_room) for each in heard.anonymous] == [
        ("family", 1, False, False),
        ("family", 6, True, True),
    ]


def test_it_is_said_that_they_were_counted_in_the_room(loaded: Loaded) -> None:
    hands = [raised("room", exchange=4, common_goal=2), raised("family", exchange=1)]
    found = Service(loaded, ChainEngine(loaded.cache)).consult([view("Known", {"wanted.aim": ("exchange",)})], hands=hands)
    told = ConsultationView(found, loaded)
    said = [told.anonymous(each) for each in found.anonymous]
    assert said[0].startswith("1 family member, by hands counted in the room. Nothing of it is shown")
    assert said[1].startswith("6 people in the room, not told apart, by hands counted in the room. An answer is shown")
    assert found.disagreements is not None
    assert [told.who(position) for position in found.disagreements[0].positions] == [
        "Known, some in the room",
        "some in the room",
    ]


# What is kept


@pytest.fixture
def opened(store: Store) -> tuple[Store, str, str]:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    return store, case, store.consultations.open(TAS, case, QUESTIONS, at=AT).id


def test_a_count_takes_the_place_of_the_one_before_and_none_takes_it_away(opened: tuple[Store, str, str]) -> None:
    store, case, id_ = opened
    of_partner = "partner.trust", "Tribal Court"
    store.hands.count(TAS, case, id_, AIM, {"family": {"exchange": 4, "common-goal": 0}, "agency": {"exchange": 1}}, at=AT)
    store.hands.count(TAS, case, id_, ("partner.trust", "TRIBAL COURT"), {"room": {"low": 2}}, at=AT)
    assert store.hands.lines(ANN, case, id_) == {AIM, of_partner}
    store.hands.count(ANN, case, id_, AIM, {"room": {"common-goal": 7}}, at=AT)
    assert store.hands.read(TAS, case, id_) == (
        Hands("room", *of_partner, {"low": 2}),
        Hands("room", *AIM, {"common-goal": 7}),
    )
    before = store.consultations.read(TAS, case, id_).version
    store.hands.count(TAS, case, id_, AIM, {"room": {"common-goal": 0}}, at=AT)
    assert store.hands.lines(ANN, case, id_) == {of_partner}
    assert store.consultations.read(TAS, case, id_).version == before + 1
    store.consultations.choose(TAS, case, id_, ["wanted.aim"])
    assert store.hands.read(TAS, case, id_) == ()


Counted = Mapping[RespondentKind, Mapping[str, int]]


@pytest.mark.parametrize(
    ("line", "counted", "code"),
    [
        (("wanted.obstacle", None), {"room": {"waiting": 1}}, "not-by-hands"),
        (("wanted.duties", None), {"room": {"yes": 1}}, "not-by-hands"),
        (("partner.trust", None), {"room": {"low": 1}}, "not-by-hands"),
        (("partner.trust", "Nobody"), {"room": {"low": 1}}, "not-by-hands"),
        (AIM, {"room": {"world-peace": 1}}, "unknown-value"),
        (AIM, {"room": {"exchange": -1}}, "hands-expected"),
        (AIM, {"room": {"exchange": 1001}}, "hands-expected"),
        (AIM, {"room": {"exchange": 6}, "family": {"exchange": 5}}, "room-or-kinds"),
    ],
)
def test_what_cannot_be_counted_is_said_and_nothing_is_kept(
    opened: tuple[Store, str, str], line: Line, counted: Counted, code: str
) -> None:
    store, case, id_ = opened
    with pytest.raises(InputError) as told:
        store.hands.count(TAS, case, id_, line, counted, at=AT)
    assert [problem.code for problem in told.value.problems] == [code]
    assert store.hands.read(TAS, case, id_) == ()


def test_neither_after_the_close_nor_in_a_further_round_nor_in_place_of_what_is_held(opened: tuple[Store, str, str]) -> None:
    store, case, id_ = opened
    some: Counted = {"room": {"exchange": 3}}
    store.hands.count(TAS, case, id_, AIM, some, at=AT)
    hold = store.holds.place(TAS.organization, case, "", "A suit.", by=TAS.id, at=AT)
    with pytest.raises(HeldError):
        store.hands.count(TAS, case, id_, AIM, {"room": {"exchange": 0}}, at=AT)
    assert hold is not None
    store.hands.count(TAS, case, id_, ("partner.trust", "Tribal Court"), {"room": {"low": 2}}, at=AT)
    store.consultations.close(TAS, case, id_, at=AT)
    with pytest.raises(ConsultationClosedError):
        store.hands.count(TAS, case, id_, AIM, some, at=AT)
    again = store.consultations.open_round(TAS, case, id_, at=AT).id
    with pytest.raises(InputError) as told:
        store.hands.count(TAS, case, again, AIM, some, at=AT)
    assert [problem.code for problem in told.value.problems] == ["hands-in-first-round"]


# On the screen


@pytest.fixture
def room(site: Site, loaded: Loaded) -> Iterator[tuple[Store, str, str]]:
    store = store_of(site, loaded)
    case = store.cases.create(LOCAL, named("In a room", "Shelter"), at=AT).entry.id
    yield store, case, store.consultations.open(LOCAL, case, QUESTIONS, at=AT).id
    store.close()


@pytest.mark.long
def test_a_specialist_counts_hands_question_by_question_without_script(
    room: tuple[Store, str, str], site: Site, browser: Browser
) -> None:
    store, case, id_ = room
    address = f"/cases/{case}/consultations/{id_}"
    with context_for(browser, site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="Count hands in the room").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("What is the furthest-reaching thing")
        page.get_by_role("link", name="Count each kind of people apart").click()
        page.get_by_role("textbox", name=re.compile("^Know of each other .* Family members$")).fill("4")
        page.locator("[id='family:common-goal']").fill("many")
        page.get_by_role("button", name="Keep these and go on").click()
        expect(page.get_by_role("alert")).to_contain_text("Type a whole number from 0 to 1000.")
        expect(page.locator("[id='family:exchange']")).to_have_value("4")
        page.locator("[id='family:common-goal']").fill("2")
        page.get_by_role("button", name="Keep these and go on").click()
        expect(page.get_by_text("These hands are counted.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("How much do you and this partner trust each other?")
        expect(page.get_by_text("About Shelter")).to_be_visible()
        page.get_by_role("button", name="Keep these and go on").click()
        expect(page.get_by_role("alert")).to_contain_text("Type how many hands went up")
        page.goto(f"{address}/room?line=wanted.aim&by=kind")
        expect(page.locator("[id='family:exchange']")).to_have_value("")  # nobody reads the numbers back
        expect(page.get_by_text("Hands were counted on this question before.")).to_be_visible()
        page.goto(f"{address}/map")
        expect(page.get_by_text("Nobody answered yet whose answers can be shown here.")).to_be_visible()
        store.consultations.close(LOCAL, case, id_, at=AT)
        page.goto(f"{address}/map")
        expect(page.get_by_role("columnheader", name="Some, without names")).to_be_visible()
        page.goto(f"{address}/stands")
        expect(page.get_by_text("6 family members, by hands counted in the room.")).to_be_visible()
        page.goto(f"{address}/disagreements")
        expect(page.get_by_text("some family members").first).to_be_visible()
        page.goto(f"{address}/room")
        assert re.search(rf"{address}$", page.url)
    assert store.hands.read(LOCAL, case, id_) == (Hands("family", "wanted.aim", None, {"exchange": 4, "common-goal": 2}),)
