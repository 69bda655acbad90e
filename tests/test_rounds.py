"""Rounds of a consultation: the same asked again, and what may be told of answers without names after those of earlier rounds."""

from datetime import date, timedelta

import pytest

from advisor.model.consultation import LEAST, Respondent, RespondentView, Shown
from advisor.model.problems import InputError
from advisor.model.rounds import may_be_compared, round_days
from advisor.store.consultation_records import Invitation, SavedConsultation
from advisor.store.database import Store
from advisor.store.errors import NoSuchCaseError
from advisor.web.consulted_rounds import next_round
from support.stored_cases import ANN, AT, BEN, FILE, TAS, later, named

AIM, DUTIES = "wanted.aim", "wanted.duties"
FAMILIES = [f"Parent {number}" for number in range(LEAST + 1)]


def test_it_is_asked_again_after_three_six_and_twelve_months() -> None:
    assert round_days(date(2026, 11, 30)) == (date(2027, 2, 28), date(2027, 5, 30), date(2027, 11, 30))
    assert round_days(date(2027, 11, 29))[0] == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("missing", "new", "told"),
    [(0, 0, True), (1, 0, False), (0, 1, False), (4, 4, False), (5, 0, True), (5, 5, True), (5, 1, False)],
)
def test_whoever_is_missing_or_new_may_not_stand_out(missing: int, new: int, told: bool) -> None:
    before = frozenset(map(str, range(10)))
    now = frozenset(map(str, range(missing, 10 + new)))
    assert may_be_compared(now, [before]) is told
    assert may_be_compared(now, [before, now]) is told  # each earlier round counts
    assert may_be_compared(now, [now]) is True


def test_an_earlier_round_of_which_nothing_was_told_hides_nothing() -> None:
    assert may_be_compared(set("abcdef"), [set("abcd"), set()])


def ask(store: Store, consultation: str, case: str, name: str, shown: Shown = "anonymous") -> str:
    someone = Respondent(name, "family", shown=shown)
    _, key = store.respondents.invite(TAS, case, consultation, someone, at=AT, expires=later(999))
    return key


def answer(store: Store, key: str, aim: str, at: float) -> None:
    onward = store.respondents.begin(key, at=later(at))
    store.respondents.save(onward, {(AIM, None): ((aim,), "")}, at=later(at))


def asked_again(store: Store, case: str, first: str, at: float) -> tuple[SavedConsultation, dict[str, str], list[Invitation]]:
    last = store.consultations.rounds(TAS, case, first)[-1]
    made = store.consultations.open_round(TAS, case, first, at=later(at))
    invited = store.respondents.ask_again(TAS, case, last.id, made.id, at=later(at), expires=later(999))
    return made, {each.respondent.name: key for each, key in invited}, [each for each, _ in invited]


def heard(views: tuple[RespondentView, ...]) -> list[str]:
    return [view.respondent.name for view in views if view.case.answers.get(AIM)]


@pytest.fixture
def first(store: Store) -> tuple[str, str]:
    """A closed first round in which six family members answered without a name, and one with."""
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    made = store.consultations.open(TAS, case, [AIM, DUTIES], at=AT).id
    for place, name in enumerate(FAMILIES):
        answer(store, ask(store, made, case, name), "exchange" if place % 2 else "common-goal", 1)
    answer(store, ask(store, made, case, "Known", "by-name"), "exchange", 1)
    store.consultations.close(TAS, case, made, at=later(2))
    return case, made


def test_a_round_asks_the_same_of_the_same_people_with_the_same_promise(store: Store, first: tuple[str, str]) -> None:
    case, one = first
    two, keys, invited = asked_again(store, case, one, 3)
    before = {each.respondent: each.id for each in store.respondents.list(TAS, case, one)}
    assert two.questions == store.consultations.read(TAS, case, one).questions
    assert {each.respondent: each.first for each in store.respondents.list(TAS, case, two.id)} == before
    assert {each.respondent for each in invited} == set(before)
    assert [each.id for each in store.consultations.rounds(TAS, case, two.id)] == [one, two.id]
    with pytest.raises(InputError):
        store.consultations.open_round(TAS, case, one, at=later(4))
    with pytest.raises(NoSuchCaseError):
        store.consultations.open_round(BEN, case, one, at=later(4))
    store.consultations.close(TAS, case, two.id, at=later(5))
    three, _, _ = asked_again(store, case, two.id, 6)
    assert {each.respondent: each.first for each in store.respondents.list(TAS, case, three.id)} == before
    assert set(keys) == {*FAMILIES, "Known"}


@pytest.mark.parametrize("answering", [LEAST, LEAST + 1])
def test_answers_without_names_come_in_where_the_same_people_answered(
    store: Store, first: tuple[str, str], answering: int
) -> None:
    case, one = first
    two, keys, _ = asked_again(store, case, one, 3)
    for name in [*FAMILIES[:answering], "Known"]:
        answer(store, keys[name], "exchange" if name == FAMILIES[0] else "common-goal", 4)
    store.consultations.close(TAS, case, two.id, at=later(5))
    told = heard(store.respondents.views(TAS, case, two.id))
    assert sorted(told) == sorted(["Known"] if answering < len(FAMILIES) else [*FAMILIES, "Known"])


def test_a_name_for_the_specialist_only_stands_out_for_nobody_else(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    one = store.consultations.open(TAS, case, [AIM], at=AT).id
    for name in FAMILIES:
        answer(store, ask(store, one, case, name, "to-specialist"), "exchange", 1)
    store.consultations.close(TAS, case, one, at=later(2))
    two, keys, _ = asked_again(store, case, one, 3)
    for name in FAMILIES[1:]:
        answer(store, keys[name], "exchange", 4)
    store.consultations.close(TAS, case, two.id, at=later(5))
    assert len(heard(store.respondents.views(TAS, case, two.id))) == LEAST
    assert heard(store.respondents.views(TAS, case, two.id, "everybody")) == []
    assert heard(store.respondents.views(ANN, case, two.id)) == []


def test_a_round_that_is_closed_goes_with_all_others_and_an_open_one_alone(store: Store, first: tuple[str, str]) -> None:
    case, one = first
    two, _, _ = asked_again(store, case, one, 3)
    store.consultations.delete(TAS, case, two.id)
    assert [each.id for each in store.consultations.list(TAS, case)] == [one]
    two, _, _ = asked_again(store, case, one, 4)
    store.consultations.close(TAS, case, two.id, at=later(5))
    three, _, _ = asked_again(store, case, one, 6)
    store.consultations.delete(TAS, case, two.id)
    assert store.consultations.list(TAS, case) == ()
    assert three.series == one


def test_who_spoke_for_a_partner_that_left_is_not_asked_again(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    one = store.consultations.open(TAS, case, [AIM], at=AT).id
    for partner in ("Harbor House", "Tribal Court"):
        someone = Respondent(f"Of {partner}", "partner", partner)
        store.respondents.invite(TAS, case, one, someone, at=AT, expires=later(9))
    store.consultations.close(TAS, case, one, at=later(2))
    store.cases.save(ANN, case, 1, named("Waiting", "HARBOR HOUSE"), at=later(3))
    _, _, invited = asked_again(store, case, one, 4)
    assert [each.respondent for each in invited] == [Respondent("Of Harbor House", "partner", "HARBOR HOUSE")]


def test_the_next_round_is_named_until_one_is_open_or_all_were_asked() -> None:
    def closed(number: int) -> SavedConsultation:
        return SavedConsultation("x", "c", 1, (AIM,), (), "tas", "Tas", later(number), AT + timedelta(days=number), number)

    rounds = [closed(number) for number in range(4)]
    assert [next_round(rounds[: number + 1]) for number in range(4)] == [
        date(2026, 4, 5),
        date(2026, 7, 5),
        date(2027, 1, 5),
        None,
    ]
    still = SavedConsultation("x", "c", 1, (AIM,), (), "tas", "Tas", AT, None, 1)
    assert next_round([*rounds[:1], still]) is None
