"""How long cases and consultations are kept, what is on hold, and that both mean it. The clock is an argument everywhere."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from advisor.model.consultation import Respondent
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.store.database import HeldError, NoSuchCaseError, Store
from advisor.store.follow_ups import NewStep
from advisor.store.retention import NOTICE, RetentionRule
from support.fresh_databases import migrated
from support.stored_cases import ADA, ANN, AT, ELSEWHERE, FILE, named

DUE = datetime(2027, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)  # twelve months after AT
SEEN = DUE - NOTICE
DAY = timedelta(days=1)
ASKED = ("wanted.aim", "wanted.duties")


def made(store: Store) -> str:
    return store.cases.create(ANN, FILE, at=AT).entry.id


def yearly(store: Store, organization: str = ANN.organization) -> None:
    """Cases are kept for twelve months, and consultations for six."""
    store.retention.set_rule(RetentionRule(organization, 12, 6))


def gone(store: Store, case: str) -> bool:
    try:
        store.cases.read(ANN, case)
    except NoSuchCaseError:
        return True
    return False


def deleted(store: Store, at: datetime) -> list[tuple[str, dict[str, str]]]:
    """What a run deletes."""
    return [(entry.event, dict(entry.subjects)) for entry in store.retention.run(at=at)]


def test_a_case_goes_so_long_after_its_last_change_and_leaves_an_entry_without_content(store: Store) -> None:
    case = made(store)
    yearly(store)
    for at in (AT, SEEN - DAY, SEEN, DUE - timedelta(microseconds=1)):
        assert deleted(store, at) == []
    other = store.cases.create(ANN, FILE, at=AT + DAY).entry.id
    assert deleted(store, DUE) == [("case-expired", {"case": case})]
    assert (gone(store, case), gone(store, other)) == (True, False)
    assert deleted(store, DUE) == []
    (entry,) = store.audit.all()
    assert (entry.organization, entry.at, entry.actor) == (ANN.organization, DUE, "")
    assert FILE.case.name not in entry.as_line()
    assert store.audit.verify().broken is None


def test_without_a_rule_and_in_other_organizations_everything_stays(store: Store) -> None:
    case = made(store)
    yearly(store, ELSEWHERE[0].organization)
    for at in (SEEN, DUE, DUE + 5000 * DAY, DUE + 5100 * DAY):
        assert deleted(store, at) == []
    assert not gone(store, case)


def test_nothing_is_deleted_that_could_not_be_seen_to_be_for_sixty_days(store: Store) -> None:
    """A rule that is new, a server that stood still, a clock that is wrong for a moment: each begins the sixty days."""
    case = made(store)
    yearly(store)
    late = DUE + 1000 * DAY
    kept = store.retention.kept([case])[case]
    assert [each.deleted(late) for each in kept.near(late)] == [late + NOTICE]
    assert deleted(store, late) == []
    assert deleted(store, late + NOTICE - timedelta(seconds=1)) == []
    store.retention.set_rule(RetentionRule(ANN.organization, 6))
    assert deleted(store, late + NOTICE) == []
    assert deleted(store, late + 2 * NOTICE) == [("case-expired", {"case": case})]


def test_a_case_that_is_changed_in_the_meantime_stays(store: Store) -> None:
    yearly(store)
    saved, followed, renamed = (made(store) for _ in range(3))
    assert deleted(store, SEEN) == []
    store.cases.save(ANN, saved, 1, named("Changed"), at=DUE - DAY)
    store.follow_ups.add(ANN, followed, [NewStep("due", "now", "", DUE.date())], at=DUE - DAY)
    assert deleted(store, DUE) == [("case-expired", {"case": renamed})]
    (ending,) = store.retention.kept([saved])[saved].endings
    assert ending.due == datetime(2028, 1, 4, 9, 30, 0, 123456, tzinfo=UTC)


def test_a_change_between_finding_and_deleting_keeps_the_case(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    case = made(store)
    yearly(store)
    assert deleted(store, SEEN) == []
    found = list(store.retention.coming(DUE))
    store.cases.save(ANN, case, 1, named("Changed"), at=DUE)
    monkeypatch.setattr(store.retention, "coming", lambda _: found)
    assert deleted(store, DUE) == []
    assert not gone(store, case)


def test_two_runners_at_once_delete_once_and_record_once(store: Store, database_url: str, rulebook: Rulebook) -> None:
    cases = {made(store) for _ in range(4)}
    yearly(store)
    other = Store(database_url, rulebook.vocabulary)
    assert deleted(store, SEEN) == deleted(other, SEEN) == []
    line = threading.Barrier(2)

    def run(each: Store) -> int:
        line.wait()
        return len(list(each.retention.run(at=DUE)))

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, (store, other))) == 4
    other.close()
    entries = list(store.audit.all())
    assert {entry.subjects["case"] for entry in entries} == cases
    assert len(entries) == 4
    assert store.audit.verify().broken is None


def test_a_run_that_is_cut_off_is_gone_on_with_by_the_next(store: Store) -> None:
    cases = {made(store) for _ in range(3)}
    yearly(store)
    assert deleted(store, SEEN) == []
    run = store.retention.run(at=DUE)
    first = next(run).subjects["case"]
    run.close()  # type: ignore[attr-defined]
    assert {case for case in cases if gone(store, case)} == {first}
    assert {subjects["case"] for _, subjects in deleted(store, DUE)} == cases - {first}
    assert len(list(store.audit.all())) == 3


def test_consultations_go_before_their_case_all_rounds_together(store: Store) -> None:
    case = made(store)
    first = store.consultations.open(ANN, case, ASKED, at=AT).id
    store.consultations.close(ANN, case, first, at=AT)
    second = store.consultations.open_round(ANN, case, first, at=AT + 30 * DAY).id
    store.consultations.close(ANN, case, second, at=AT + 31 * DAY)
    yearly(store)
    due = datetime(2026, 8, 5, 9, 30, 0, 123456, tzinfo=UTC)  # six months after the last close
    assert deleted(store, due - NOTICE) == []
    assert deleted(store, due - DAY) == []
    assert deleted(store, due) == [("consultation-expired", {"case": case, "consultation": first})]
    assert store.consultations.list(ANN, case) == ()
    assert not gone(store, case)
    assert deleted(store, due) == []


def test_a_consultation_that_is_open_counts_as_changed_until_its_last_link_ends(store: Store) -> None:
    """So the day on which it goes does not tell when somebody answered; and the case waits for what is under way in it."""
    case = made(store)
    consultation = store.consultations.open(ANN, case, ASKED, at=AT).id
    until = AT + 90 * DAY
    anonymous = Respondent("Someone", "family", shown="anonymous")
    _, secret = store.respondents.invite(ANN, case, consultation, anonymous, at=AT, expires=until)
    store.retention.set_rule(RetentionRule(ANN.organization, 12, 12))
    before = store.retention.kept([case])[case].endings
    onward = store.respondents.begin(secret, at=AT + 3 * DAY)
    store.respondents.save(onward, {("wanted.aim", None): (("exchange",), "")}, at=AT + 4 * DAY)
    after = store.retention.kept([case])[case].endings
    assert before == after
    assert {each.due.date() for each in after} == {until.replace(year=2027).date()}


def test_what_is_on_hold_is_deleted_by_nobody_until_the_hold_is_lifted(store: Store) -> None:
    case = made(store)
    consultation = store.consultations.open(ANN, case, ASKED, at=AT).id
    asked = Respondent("Someone", "agency", shown="to-specialist")
    invitation, secret = store.respondents.invite(ANN, case, consultation, asked, at=AT, expires=AT + 9 * DAY)
    onward = store.respondents.begin(secret, at=AT)
    store.respondents.save(onward, {("wanted.aim", None): (("exchange",), "")}, at=AT)
    yearly(store)
    assert deleted(store, DUE) == []
    hold = store.holds.place(ADA.organization, case, "", "A suit", by=ADA.id, at=DUE)
    assert hold is not None
    assert (hold.case, hold.consultation, hold.reason) == (case, "", "A suit")
    assert store.holds.place(ADA.organization, case, "", "Another", by=ADA.id, at=DUE) is None
    assert store.holds.find(case) == hold == store.holds.list(ADA.organization)[0]
    held = ANN, case, consultation, invitation.id
    with pytest.raises(HeldError):
        store.cases.delete(ANN, case)
    with pytest.raises(HeldError):
        store.consultations.delete(*held[:3])
    with pytest.raises(HeldError):
        store.respondents.remove(*held)
    with pytest.raises(HeldError):
        store.respondents.renew(*held, expires=AT + 9 * DAY)
    with pytest.raises(HeldError):
        store.respondents.enter(*held, {}, at=AT)
    assert deleted(store, DUE + NOTICE) == deleted(store, DUE + 3 * NOTICE) == []
    for stranger in ELSEWHERE:
        with pytest.raises(NoSuchCaseError):
            store.cases.delete(stranger, case)
    assert store.holds.lift(ADA.organization, case, "") == hold
    assert store.holds.lift(ADA.organization, case, "") is None
    late = DUE + 3 * NOTICE
    assert deleted(store, late) == []  # and it can be seen for as long as anything else
    assert {event for event, _ in deleted(store, late + NOTICE)} >= {"case-expired"}


def test_a_consultation_on_hold_keeps_its_case_and_no_other_consultation(store: Store) -> None:
    case = made(store)
    held, other = (store.consultations.open(ANN, case, ASKED, at=AT).id for _ in range(2))
    store.consultations.close(ANN, case, held, at=AT)
    later_round = store.consultations.open_round(ANN, case, held, at=AT).id
    store.holds.place(ADA.organization, case, later_round, "A suit", by=ADA.id, at=AT)
    assert store.holds.find(case, held) is not None
    for each in (held, later_round):
        with pytest.raises(HeldError):
            store.consultations.delete(ANN, case, each)
    with pytest.raises(HeldError):
        store.cases.delete(ANN, case)
    yearly(store)
    due = datetime(2026, 7, 5, 9, 30, 0, 123456, tzinfo=UTC)
    assert deleted(store, due - NOTICE) == []
    assert deleted(store, due) == [("consultation-expired", {"case": case, "consultation": other})]
    assert deleted(store, DUE + NOTICE) == deleted(store, DUE + 2 * NOTICE) == []


def test_a_hold_is_of_ones_own_organization_and_has_a_reason(store: Store) -> None:
    case = made(store)
    for organization, which in (("other", case), (ANN.organization, "none")):
        with pytest.raises(NoSuchCaseError):
            store.holds.place(organization, which, "", "A suit", by="", at=AT)
    with pytest.raises(NoSuchCaseError):
        store.holds.place(ANN.organization, case, "none", "A suit", by="", at=AT)
    for reason in ("", "x" * 501):
        with pytest.raises(InputError):
            store.holds.place(ANN.organization, case, "", reason, by="", at=AT)
    assert store.holds.list() == ()


@pytest.mark.parametrize(
    ("cases", "consultations", "code"),
    [
        (0, None, "months-out-of-range"),
        (None, -1, "months-out-of-range"),
        (1201, None, "months-out-of-range"),
        (6, 12, "consultations-outlast-cases"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(store: Store, cases: int | None, consultations: int | None, code: str) -> None:
    with pytest.raises(InputError) as told:
        store.retention.set_rule(RetentionRule("county", cases, consultations))
    assert [each.code for each in told.value.problems] == [code]
    assert store.retention.rules() == ()


def test_a_rule_that_keeps_everything_is_none(store: Store) -> None:
    yearly(store)
    assert store.retention.rule(ANN.organization) == RetentionRule(ANN.organization, 12, 6)
    store.retention.set_rule(RetentionRule(ANN.organization))
    assert (store.retention.rules(), store.retention.rule(ANN.organization)) == ((), RetentionRule(ANN.organization))


def test_what_is_deleted_at_the_end_of_its_time_leaves_no_byte_in_the_sqlite_files(tmp_path: Path, rulebook: Rulebook) -> None:
    store = migrated(f"sqlite:///{tmp_path / 'advisor.db'}", rulebook.vocabulary)
    kept = store.cases.create(ANN, named("An other one"), at=DUE).entry.id
    case = store.cases.create(ANN, named("Zyxwvut", "Qponmlk"), at=AT).entry.id
    consulted = store.consultations.open(ANN, kept, ASKED, at=AT).id
    asked = Respondent("Gfedcba", "agency")
    _, secret = store.respondents.invite(ANN, kept, consulted, asked, at=AT, expires=AT + DAY)
    store.respondents.begin(secret, at=AT)
    store.respondents.save(secret, {("wanted.aim", None): (("exchange",), "Jihgfed")}, at=AT)
    store.holds.place(ANN.organization, case, "", "Mlkjihg", by="", at=AT)
    yearly(store)

    def found(needle: bytes) -> bool:
        return any(needle in each.read_bytes() for each in tmp_path.iterdir())

    needles = (b"Zyxwvut", b"Qponmlk", b"zyxwvut", b"Gfedcba", b"Jihgfed", b"Mlkjihg")
    assert all(found(needle) for needle in needles)
    store.holds.lift(None, case, "")
    assert not found(b"Mlkjihg")
    assert deleted(store, DUE) == []
    assert len(deleted(store, DUE + NOTICE)) == 2
    assert not any(found(needle) for needle in needles)
    assert found(b"An other one")
    store.close()
