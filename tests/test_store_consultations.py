"""Consultations in the store: who leads, who is asked by which link, what is kept, and what nobody is told."""

import threading
from datetime import timedelta

import pytest

from advisor.model.consultation import LEAST, Respondent, Shown, Speaks, join
from advisor.model.problems import InputError
from advisor.model.reconciling import Line, standing
from advisor.model.rulebook import Rulebook
from advisor.store.connections import Connections
from advisor.store.database import AnsweringByLinkError, ConsultationClosedError, LinkEndedError, NoSuchCaseError, Store
from advisor.store.records import Person
from advisor.store.respondents import Said
from support.stored_cases import ADA, ANN, AT, BEN, ELSEWHERE, FILE, PAT, TAS, later

QUESTIONS = ("wanted.duties", "wanted.obstacle", "partner.vision")
UNTIL = later(60)
PAPER: dict[Line, Said] = {
    ("wanted.obstacle", None): (("waiting",), "so they say"),
    ("wanted.aim", None): (("common-goal",), ""),
}
NASTY = 'Ann\ud800 "the\\ first" \u202e\U0001f600'


class Led:
    """A consultation on a case of Ann's, led by Tas."""

    def __init__(self, store: Store, by: Person = TAS) -> None:
        self.store, self.by = store, by
        self.case = store.cases.create(ANN, FILE, at=AT).entry.id
        self.id = store.consultations.open(by, self.case, QUESTIONS, at=AT).id

    def invite(self, name: str, speaks: Speaks = "agency", partner: str = "", shown: Shown = "by-name") -> str:
        respondent = Respondent(name, speaks, partner, shown)
        return self.store.respondents.invite(self.by, self.case, self.id, respondent, at=AT, expires=UNTIL)[1]

    def begun(self, name: str, speaks: Speaks = "agency", partner: str = "", shown: Shown = "by-name") -> str:
        return self.store.respondents.begin(self.invite(name, speaks, partner, shown), at=AT)

    def named(self, name: str) -> str:
        found = self.store.respondents.list(self.by, self.case, self.id)
        return next(each.id for each in found if each.respondent.name == name)


@pytest.fixture
def led(store: Store) -> Led:
    return Led(store)


def duties(store: Store, secret: str, answer: str, minutes: float = 1) -> None:
    store.respondents.save(secret, {("wanted.duties", None): ((answer,), "")}, at=later(minutes))


def test_it_is_about_the_partners_and_the_revision_that_the_case_had(led: Led, store: Store) -> None:
    found = store.consultations.read(ANN, led.case, led.id)
    assert found.questions == tuple(sorted(QUESTIONS, key=list(store.cases._vocabulary.questions).index))
    assert (found.partners, found.revision, found.opened_by) == (("Harbor House", "Tribal Court"), 1, TAS.id)
    assert (found.audience_of(TAS.id), found.audience_of(ANN.id)) == ("specialist", "everybody")
    assert [each.id for each in store.consultations.list(PAT, led.case)] == [led.id]


@pytest.mark.parametrize("questions", [(), ("wanted.nothing",), ("wanted.duties", "no.such")])
def test_questions_that_are_none_are_refused(questions: tuple[str, ...], led: Led, store: Store) -> None:
    with pytest.raises(InputError):
        store.consultations.open(TAS, led.case, questions, at=AT)
    with pytest.raises(InputError):
        store.consultations.choose(TAS, led.case, led.id, questions)
    assert len(store.consultations.list(TAS, led.case)) == 1


@pytest.mark.parametrize("who", [BEN, *ELSEWHERE], ids=lambda person: person.name + person.organization)
def test_for_whoever_may_not_see_the_case_there_is_none(who: Person, led: Led, store: Store) -> None:
    secret = led.begun("Someone")
    one = led.named("Someone")
    consultations, respondents = store.consultations, store.respondents
    someone = Respondent("Another", "agency")
    for attempt in (
        lambda: consultations.open(who, led.case, QUESTIONS, at=AT),
        lambda: consultations.list(who, led.case),
        lambda: consultations.read(who, led.case, led.id),
        lambda: consultations.choose(who, led.case, led.id, QUESTIONS),
        lambda: consultations.close(who, led.case, led.id, at=AT),
        lambda: consultations.delete(who, led.case, led.id),
        lambda: consultations.decisions(who, led.case, led.id),
        lambda: consultations.decide(who, led.case, led.id, "left-open", at=AT),
        lambda: respondents.invite(who, led.case, led.id, someone, at=AT, expires=UNTIL),
        lambda: respondents.list(who, led.case, led.id),
        lambda: respondents.read(who, led.case, led.id, one),
        lambda: respondents.revoke(who, led.case, led.id, one, at=AT),
        lambda: respondents.renew(who, led.case, led.id, one, expires=UNTIL),
        lambda: respondents.remove(who, led.case, led.id, one),
        lambda: respondents.enter(who, led.case, led.id, one, {}, at=AT),
        lambda: respondents.views(who, led.case, led.id),
        lambda: store.hands.count(who, led.case, led.id, ("wanted.duties", None), {"room": {"yes": 1}}, at=AT),
        lambda: store.hands.read(who, led.case, led.id),
        lambda: store.hands.lines(who, led.case, led.id),
    ):
        with pytest.raises(NoSuchCaseError):
            attempt()
    duties(store, secret, "no")
    assert store.consultations.read(ADA, led.case, led.id).closed is None


def test_a_consultation_of_one_case_is_not_found_under_another(led: Led, store: Store) -> None:
    other = store.cases.create(TAS, FILE, at=AT).entry.id
    with pytest.raises(NoSuchCaseError):
        store.consultations.read(TAS, other, led.id)
    another = store.consultations.open(TAS, led.case, QUESTIONS, at=AT).id
    led.invite("Someone")
    with pytest.raises(NoSuchCaseError):
        store.respondents.revoke(TAS, led.case, another, led.named("Someone"), at=AT)


def test_answers_are_saved_as_they_go_changed_taken_back_and_read_again(led: Led, store: Store) -> None:
    secret = led.begun(NASTY, "partner", "harbor house")
    save = store.respondents.save
    save(secret, {("wanted.duties", None): (("yes",), NASTY), ("partner.vision", "Tribal Court"): (("no",), "")}, at=later(1))
    save(
        secret,
        {("wanted.duties", None): (("no",), ""), ("wanted.obstacle", None): (("shared-families", "waiting"), "")},
        at=later(2),
    )
    found = {(each.question, each.partner): each for each in store.respondents.answers(secret, at=later(3))}
    assert found["wanted.duties", None].options == ("no",)
    assert found["wanted.duties", None].at == later(2)
    assert found["partner.vision", "Tribal Court"].at == later(1)
    save(secret, {("wanted.duties", None): ((), "")}, at=later(4))
    case = store.respondents.case(secret, at=later(5))
    assert case.answers == {"wanted.obstacle": ("shared-families", "waiting")}
    assert [(partner.name, dict(partner.answers)) for partner in case.partners] == [
        ("Harbor House", {}),
        ("Tribal Court", {"partner.vision": ("no",)}),
    ]
    (invitation,) = store.respondents.list(TAS, led.case, led.id)
    assert (invitation.respondent.name, invitation.respondent.partner, invitation.begun) == (NASTY, "Harbor House", AT)


def test_only_what_is_asked_is_kept(led: Led, store: Store) -> None:
    secret = led.begun("Someone")
    wrong: dict[Line, Said] = {
        ("wanted.aim", None): (("common-goal",), ""),  # not chosen
        ("wanted.duties", "Harbor House"): (("no",), ""),  # not asked about partners
        ("partner.vision", None): (("no",), ""),  # asked about partners only
        ("partner.vision", "Nobody"): (("no",), ""),
        ("no.such", None): (("no",), ""),
    }
    store.respondents.save(secret, wrong, at=AT)
    assert store.respondents.answers(secret, at=AT) == ()
    duties(store, secret, "no")
    store.consultations.choose(TAS, led.case, led.id, ["partner.vision"])
    assert store.respondents.case(secret, at=AT).answers == {}
    store.consultations.choose(TAS, led.case, led.id, QUESTIONS)
    assert store.respondents.case(secret, at=AT).answers == {"wanted.duties": ("no",)}


@pytest.mark.parametrize("ending", ["expired", "revoked", "closed", "removed", "case deleted"])
def test_a_link_that_has_ended_takes_nothing_more_and_says_why(ending: str, led: Led, store: Store) -> None:
    secret, at = led.begun("Someone"), later(2)
    duties(store, secret, "yes")
    if ending == "expired":
        at = UNTIL
    elif ending == "revoked":
        store.respondents.revoke(TAS, led.case, led.id, led.named("Someone"), at=at)
    elif ending == "closed":
        store.consultations.close(TAS, led.case, led.id, at=at)
    elif ending == "removed":
        store.respondents.remove(TAS, led.case, led.id, led.named("Someone"))
    else:
        store.cases.delete(ANN, led.case)
    for attempt in (
        lambda: store.respondents.begin(secret, at=at),
        lambda: store.respondents.answers(secret, at=at),
        lambda: store.respondents.case(secret, at=at),
        lambda: store.respondents.save(secret, {("wanted.duties", None): (("no",), "")}, at=at),
    ):
        with pytest.raises(LinkEndedError):
            attempt()
    opened = store.respondents.opened(secret, at=at)
    if ending in ("removed", "case deleted"):
        assert opened is None
    else:
        assert opened is not None
        assert (opened.standing, opened.case_name) == (ending, FILE.case.name)
        (view,) = store.respondents.views(TAS, led.case, led.id)
        assert view.case.answers == {"wanted.duties": ("yes",)}  # what was answered before stays


def test_looking_at_a_link_changes_nothing_and_answering_needs_a_beginning(led: Led, store: Store) -> None:
    secret = led.invite("Someone", "family", shown="anonymous")
    before = store.consultations.read(TAS, led.case, led.id), store.respondents.list(TAS, led.case, led.id)
    for _ in range(3):
        opened = store.respondents.opened(secret, at=AT)
        assert opened is not None
        assert opened.standing == "open"
    assert (store.consultations.read(TAS, led.case, led.id), store.respondents.list(TAS, led.case, led.id)) == before
    with pytest.raises(LinkEndedError):
        duties(store, secret, "no")
    assert store.respondents.opened("no such secret", at=AT) is None


@pytest.mark.parametrize("shown", ["anonymous", "to-specialist"])
def test_a_private_link_opens_once_so_that_who_sent_it_reads_nothing(shown: Shown, led: Led, store: Store) -> None:
    sent = led.invite("Someone", "family", shown=shown)
    own = store.respondents.begin(sent, at=AT)
    assert own != sent
    duties(store, own, "no")
    opened = store.respondents.opened(sent, at=AT)
    assert opened is not None
    assert opened.standing == "spent"
    for secret in (sent, "x"):
        with pytest.raises(LinkEndedError):
            store.respondents.begin(secret, at=AT)
        with pytest.raises(LinkEndedError):
            store.respondents.answers(secret, at=AT)
    assert store.respondents.begin(own, at=later(3)) == own  # to go on is to begin again
    assert len(store.respondents.answers(own, at=AT)) == 1
    _, renewed = store.respondents.renew(TAS, led.case, led.id, led.named("Someone"), expires=UNTIL)
    assert store.respondents.answers(store.respondents.begin(renewed, at=AT), at=AT) == ()  # a new link begins empty
    with pytest.raises(LinkEndedError):
        store.respondents.answers(own, at=AT)


def test_a_link_of_somebody_known_by_name_goes_on_and_a_new_one_keeps_the_answers(led: Led, store: Store) -> None:
    sent = led.invite("Someone")
    assert store.respondents.begin(sent, at=AT) == sent
    duties(store, sent, "no")
    store.respondents.revoke(TAS, led.case, led.id, led.named("Someone"), at=AT)
    invitation, renewed = store.respondents.renew(TAS, led.case, led.id, led.named("Someone"), expires=later(90))
    assert (invitation.revoked, invitation.expires) == (None, later(90))
    assert store.respondents.case(renewed, at=later(80)).answers == {"wanted.duties": ("no",)}
    assert store.respondents.opened(sent, at=AT) is None


def test_what_was_answered_on_paper_takes_the_place_of_what_was_answered_before(led: Led, store: Store) -> None:
    secret = led.begun("Someone")
    duties(store, secret, "no")
    store.respondents.enter(PAT, led.case, led.id, led.named("Someone"), PAPER, at=later(3))
    case = store.respondents.case(secret, at=AT)
    assert (case.answers, case.notes) == ({"wanted.obstacle": ("waiting",)}, {("wanted.obstacle", ""): "so they say"})


def test_what_is_answered_by_a_link_that_is_for_one_alone_is_not_typed_over(led: Led, store: Store) -> None:
    """Whoever typed over all others in turn would read the one that is left."""
    secret = led.begun("Someone", "family", shown="anonymous")
    duties(store, secret, "no")
    with pytest.raises(AnsweringByLinkError):
        store.respondents.enter(PAT, led.case, led.id, led.named("Someone"), PAPER, at=later(3))
    assert store.respondents.case(secret, at=AT).answers == {"wanted.duties": ("no",)}
    store.respondents.renew(TAS, led.case, led.id, led.named("Someone"), expires=UNTIL)
    store.respondents.enter(PAT, led.case, led.id, led.named("Someone"), PAPER, at=later(3))
    store.consultations.close(TAS, led.case, led.id, at=later(5))
    (view,) = store.respondents.views(TAS, led.case, led.id)
    assert (view.on_paper, view.case.answers) == (True, {"wanted.obstacle": ("waiting",)})
    assert not view.case.notes  # which might give an anonymous respondent away


def test_who_typed_in_four_does_not_read_the_fifth(led: Led, store: Store, rulebook: Rulebook) -> None:
    for number in range(LEAST - 1):
        led.invite(f"On paper {number}", "family", shown="anonymous")
        said: dict[Line, Said] = {("wanted.duties", None): (("no",), "")}
        store.respondents.enter(TAS, led.case, led.id, led.named(f"On paper {number}"), said, at=AT)
    duties(store, led.begun("By link", "family", shown="anonymous"), "yes")
    store.consultations.close(TAS, led.case, led.id, at=later(5))
    found = join(store.respondents.views(TAS, led.case, led.id), rulebook.vocabulary)
    assert not found.points
    assert [(each.number, each.heard, each.on_paper) for each in found.anonymous] == [(1, False, False), (LEAST - 1, False, True)]


def test_a_private_link_tells_nothing_of_what_was_entered_on_paper_before_it_is_opened(led: Led, store: Store) -> None:
    sent = led.invite("Someone", "family", shown="anonymous")
    store.respondents.enter(TAS, led.case, led.id, led.named("Someone"), {("wanted.duties", None): (("no",), "")}, at=AT)
    for attempt in (store.respondents.answers, store.respondents.case):
        with pytest.raises(LinkEndedError):
            attempt(sent, at=AT)
    assert len(store.respondents.answers(store.respondents.begin(sent, at=AT), at=AT)) == 1


def test_a_name_is_taken_once_and_a_partner_is_one_of_the_case(led: Led, store: Store) -> None:
    led.invite("Someone")
    for respondent, code in (
        (Respondent("SOMEONE", "family"), "duplicate-respondent"),
        (Respondent("Else", "partner", "Nobody"), "unknown-partner"),
    ):
        with pytest.raises(InputError) as raised:
            store.respondents.invite(TAS, led.case, led.id, respondent, at=AT, expires=UNTIL)
        assert [problem.code for problem in raised.value.problems] == [code]


def test_after_the_close_nothing_changes_any_more(led: Led, store: Store) -> None:
    led.begun("Someone")
    store.consultations.close(PAT, led.case, led.id, at=later(1))
    store.consultations.close(TAS, led.case, led.id, at=later(9))
    assert store.consultations.read(TAS, led.case, led.id).closed == later(1)
    one = led.named("Someone")
    for attempt in (
        lambda: led.invite("Late"),
        lambda: store.consultations.choose(TAS, led.case, led.id, QUESTIONS),
        lambda: store.respondents.revoke(TAS, led.case, led.id, one, at=AT),
        lambda: store.respondents.renew(TAS, led.case, led.id, one, expires=UNTIL),
        lambda: store.respondents.remove(TAS, led.case, led.id, one),
        lambda: store.respondents.enter(TAS, led.case, led.id, one, {}, at=AT),
    ):
        with pytest.raises(ConsultationClosedError):
            attempt()


def test_answers_without_a_name_come_in_at_the_close_only(led: Led, store: Store, rulebook: Rulebook) -> None:
    """While others still answer, each new answer would tell whose it is: the map before and after is held side by side."""
    seen = []
    for number in range(LEAST + 1):
        secret = led.begun(f"Parent {number}", "family", shown="anonymous")
        duties(store, secret, "no" if number else "yes")
        seen.append([store.respondents.views(who, led.case, led.id) for who in (TAS, ANN, PAT)])
    assert seen == [[(), (), ()]] * (LEAST + 1)
    duties(store, led.begun("The director", shown="to-specialist"), "yes")
    assert [len(store.respondents.views(who, led.case, led.id)) for who in (TAS, ANN, PAT)] == [1, 0, 0]
    led.begun("Said nothing", "family", shown="anonymous")
    store.consultations.close(TAS, led.case, led.id, at=later(5))
    views = store.respondents.views(ANN, led.case, led.id)
    assert len(views) == LEAST + 2  # who answered nothing is nobody
    (point,) = join(views, rulebook.vocabulary, audience="everybody").points
    assert [position.holders for position in point.positions] == [(), ()]


def test_decisions_are_kept_in_order_and_the_last_counts(led: Led, store: Store) -> None:
    def decide(who: Person, kind: str, options: tuple[str, ...] = (), **more: object) -> None:
        store.consultations.decide(who, led.case, led.id, kind, at=AT, options=options, **more)  # type: ignore[arg-type]

    decide(TAS, "chosen", ("yes",), question="wanted.duties", note=NASTY)
    decide(ANN, "left-open", question="partner.vision", partner="Tribal Court")
    decide(ANN, "chosen", ("no",), question="wanted.duties")
    decide(ANN, "adopted", revision=2)
    found = store.consultations.decisions(PAT, led.case, led.id)
    assert [(each.number, each.kind, each.by) for each in found] == [
        (1, "chosen", "tas"),
        (2, "left-open", "ann"),
        (3, "chosen", "ann"),
        (4, "adopted", "ann"),
    ]
    assert (found[0].note, found[3].revision) == (NASTY, 2)
    now = standing(found)
    assert {line: decision.options for line, decision in now.items()} == {
        ("wanted.duties", None): ("no",),
        ("partner.vision", "Tribal Court"): (),
    }


def test_deleting_the_case_or_the_consultation_leaves_nothing(led: Led, store: Store) -> None:
    def left() -> list[int]:
        tables = ("consultations", "respondents", "given_answers", "hands", "decisions")
        with store._connections.reading() as connection:
            return [connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables]

    def filled() -> Led:
        made = Led(store)
        duties(store, made.begun("Someone"), "no")
        store.hands.count(TAS, made.case, made.id, ("wanted.duties", None), {"room": {"no": 2}}, at=AT)
        store.consultations.decide(TAS, made.case, made.id, "left-open", at=AT)
        return made

    store.cases.delete(ANN, led.case)
    assert left() == [0, 0, 0, 0, 0]
    first, second = filled(), filled()
    store.consultations.delete(TAS, first.case, first.id)
    assert left() == [1, 1, 1, 1, 1]
    store.cases.delete(ANN, second.case)
    assert left() == [0, 0, 0, 0, 0]


def test_of_many_who_press_begin_at_once_one_gets_the_link_that_goes_on(led: Led, store: Store) -> None:
    sent = led.invite("Someone", "family", shown="anonymous")
    got: list[str] = []

    def press() -> None:
        try:
            got.append(store.respondents.begin(sent, at=AT))
        except LinkEndedError:
            got.append("")

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, got)) == [False, False, False, True]


def test_no_answer_is_acknowledged_after_the_close(led: Led, store: Store) -> None:
    """Many save while it is closed: what was acknowledged is there, and what was refused is not."""
    secrets = [led.begun(f"Someone {number}") for number in range(6)]
    kept: list[tuple[int, str]] = []
    go = threading.Event()

    def answer(number: int) -> None:
        go.wait()
        for turn in range(20):
            said = "yes" if turn % 2 else "no"
            try:
                duties(store, secrets[number], said, turn)
            except LinkEndedError:
                return
            kept.append((number, said))

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(len(secrets))]
    for thread in threads:
        thread.start()
    go.set()
    store.consultations.close(TAS, led.case, led.id, at=AT + timedelta(hours=1))
    for thread in threads:
        thread.join()
    last = {f"Someone {number}": said for number, said in kept}
    views = store.respondents.views(TAS, led.case, led.id)
    assert {view.respondent.name: view.case.answers["wanted.duties"][0] for view in views} == last


def test_the_database_holds_no_secret(led: Led, database_url: str) -> None:
    secrets = [led.invite("A"), led.begun("B", "family", shown="anonymous")]
    with Connections(database_url, 1).reading() as connection:
        rows = repr(connection.exec_driver_sql("SELECT * FROM respondents").all())
    assert not [secret for secret in secrets if secret in rows]
