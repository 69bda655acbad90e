"""What forms of the intake come to: answers read as in a case file, merged over what others saved, asked a few at a time."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.interview import PARTNERS_STEP, InterviewStep, name_refusal, steps_of
from advisor.io.case_reader import parse_case
from advisor.io.scenario_reader import parse_case_file
from advisor.io.scenario_writer import case_file_json
from advisor.loading import Loaded
from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import UNKNOWN, Question, Vocabulary
from advisor.store.database import ConflictError, Store
from advisor.store.records import LOCAL, Revision, SavedChange
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.intake.form_fields import ASKED, read_answers, whole
from advisor.web.pages.intake.merge import ChosenSide, called_now, merge
from advisor.web.pages.intake.partner_list import speaking_of, with_name, with_partner, without_partner
from advisor.web.pages.intake.progress import AT_ONCE, PARTNER_LIST, Form, FormSection
from advisor.web.pages.intake.saver import GONE, Diverged, Saved, Saver, Wanted
from advisor.web.pages.intake.steps import read_been, skipped, without_partners, write_been
from advisor.web.pages.intake.way_back import way_back
from support.fresh_databases import migrated

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUSE = "Harbor House"


@pytest.fixture(scope="module")
def vocabulary(loaded: Loaded) -> Vocabulary:
    return loaded.rulebook.vocabulary


@pytest.fixture(scope="module")
def relevance(loaded: Loaded) -> Relevance:
    return loaded.relevance


@pytest.fixture
def store(tmp_path: Path, vocabulary: Vocabulary) -> Store:
    return migrated(f"sqlite:///{tmp_path / 'cases.db'}", vocabulary)


def sent(answers: Mapping[str, tuple[str, ...]], *others: tuple[str, str]) -> FormData:
    return FormData([*((ASKED, q) for q in answers), *((q, o) for q, given in answers.items() for o in given), *others])


# Reading


@settings(max_examples=100)
@given(data=st.data())
def test_a_form_says_what_a_case_file_with_the_same_words_says(loaded: Loaded, data: st.DataObject) -> None:
    vocabulary = loaded.rulebook.vocabulary
    chosen = data.draw(st.lists(st.sampled_from(list(vocabulary.questions.values())), max_size=6, unique_by=lambda q: q.id))
    words = {q.id: data.draw(st.lists(st.sampled_from([*q.options, UNKNOWN, "nonsense"]), max_size=4)) for q in chosen}
    reading = read_answers(sent({name: tuple(given) for name, given in words.items()}), vocabulary.questions.values())
    assert set(reading.typed) == set(words)
    for question in chosen:
        given = words[question.id]
        if not given:
            assert reading.answers[question.id] == ()
        else:
            assert _like_a_file(reading.answers.get(question.id), given, question, vocabulary)


def _like_a_file(read: tuple[str, ...] | None, given: list[str], question: Question, vocabulary: Vocabulary) -> bool:
    answers = {"answers": {question.id: given if question.kind == "several" or len(given) > 1 else given[0]}}
    about = {"partners": [{"name": HOUSE, **answers}]} if question.asked == "partner" else answers
    try:
        case = parse_case(json.dumps(about).encode(), vocabulary, as_json=True)
    except InputError:
        return read is None
    answered = case.partners[0].answers if question.asked == "partner" else case.answers
    return read == answered.get(question.id, ())


def test_what_a_form_did_not_ask_is_left_alone(vocabulary: Vocabulary) -> None:
    posted = FormData([("wanted.aim", "exchange"), ("more", "x"), (ASKED, "wanted.priority")])
    assert dict(read_answers(posted, vocabulary.questions.values()).answers) == {"wanted.priority": ()}


def test_a_file_sent_in_place_of_an_answer_is_no_answer(vocabulary: Vocabulary) -> None:
    posted = FormData([(ASKED, "wanted.aim"), ("wanted.aim", UploadFile(None))])  # type: ignore[arg-type]
    assert read_answers(posted, vocabulary.questions.values()).answers == {"wanted.aim": ()}


@given(st.text())
def test_a_revision_in_a_form_is_a_whole_number_or_nothing(text: str) -> None:
    assert whole(text) >= 0


# A few questions at a time


@settings(max_examples=40)
@given(data=st.data())
def test_going_through_a_part_asks_each_relevant_question_once_and_few_at_a_time(loaded: Loaded, data: st.DataObject) -> None:
    vocabulary = loaded.rulebook.vocabulary
    form = Form(data.draw(cases(vocabulary)), loaded.relevance)
    for section in form.sections():
        asked: list[str] = []
        start: str | None = ""
        while (page := form.page(section, start or "")) and start is not None:
            assert len(page) <= AT_ONCE
            assert form.page_with(section, page[0].id) in ("", *(q.id for q in form.questions(section)))
            asked += [q.id for q in page]
            start = form.following(section, page[-1].id) or None
        assert asked == [q.id for q in form.questions(section)]


@settings(max_examples=40)
@given(data=st.data())
def test_every_relevant_question_has_a_place_in_the_form(loaded: Loaded, data: st.DataObject) -> None:
    vocabulary = loaded.rulebook.vocabulary
    case = data.draw(cases(vocabulary))
    form = Form(case, loaded.relevance)
    placed = {(section.partner, q.id) for section in form.sections() for q in form.questions(section)}
    names = {p.name: n for n, p in enumerate(case.partners)} | {None: AGENCY}
    asked = steps_of(case, loaded.relevance, full=True)
    assert placed == {(names[step.partner], step.question) for step in asked if step != PARTNERS_STEP}
    assert PARTNER_LIST in form.sections()


def test_a_page_ends_before_a_question_that_hangs_on_one_of_its_own(vocabulary: Vocabulary, relevance: Relevance) -> None:
    form = Form(Case("", {"today.state": ("running",)}), relevance)
    first = form.page(FormSection("today"))
    assert "today.state" in {q.id for q in first}
    assert not {q.id for q in first} & set(vocabulary.conditional)


def test_the_page_with_a_question_and_the_page_before_it_are_found(relevance: Relevance) -> None:
    form = Form(Case("", {}), relevance)
    purpose = FormSection("wanted")
    second = form.following(purpose, form.page(purpose)[-1].id)
    inside = form.page(purpose, second)[-1].id
    assert form.page_with(purpose, inside) == second
    assert form.before(purpose, second) == form.page(purpose)[0].id
    assert form.before(purpose, form.page(purpose)[0].id) is None
    assert form.page_with(purpose, "no.question") == ""


# Laying one person's changes over another's

OPTIONS = st.sampled_from([(), ("a",), ("b",), ("a", "b")])
ANSWERS = st.dictionaries(st.sampled_from(["q.1", "q.2", "q.3"]), OPTIONS.filter(bool))
WANTED = st.dictionaries(st.sampled_from(["q.1", "q.2", "q.3"]), OPTIONS)


@given(base=ANSWERS, current=ANSWERS, wanted=WANTED)
def test_no_change_of_either_side_is_lost_silently(
    base: dict[str, tuple[str, ...]], current: dict[str, tuple[str, ...]], wanted: dict[str, tuple[str, ...]]
) -> None:
    merged = merge(base, current, wanted, {})
    clashing = {clash.question for clash in merged.clashes}
    for question in {**base, **current, **wanted}:
        was, theirs, mine = base.get(question, ()), current.get(question, ()), wanted.get(question, base.get(question, ()))
        if mine != was and theirs != was and mine != theirs:
            assert question in clashing
        else:
            assert question not in clashing
            assert merged.answers.get(question, ()) == (mine if mine != was else theirs)


@given(base=ANSWERS, current=ANSWERS, wanted=WANTED, side=st.sampled_from(["mine", "theirs"]))
def test_a_choice_settles_a_clash_as_long_as_the_other_side_is_what_was_seen(
    base: dict[str, tuple[str, ...]], current: dict[str, tuple[str, ...]], wanted: dict[str, tuple[str, ...]], side: str
) -> None:
    clashes = merge(base, current, wanted, {}).clashes
    chosen = {c.question: ChosenSide(side, c.theirs) for c in clashes}  # type: ignore[arg-type]
    merged = merge(base, current, wanted, chosen)
    assert not merged.clashes
    for clash in clashes:
        assert merged.answers.get(clash.question, ()) == (clash.mine if side == "mine" else clash.theirs)
    stale = {c.question: ChosenSide(side, ("something", "older")) for c in clashes}  # type: ignore[arg-type]
    assert merge(base, current, wanted, stale).clashes == clashes


def test_a_partner_is_followed_through_new_names_and_off_the_list_and_back() -> None:
    renamed = SavedChange("partner-renamed", "B", "", ("A",), ("B",))
    removed = SavedChange("partner-removed", "B", "", ("B",), ())
    added = SavedChange("partner-added", "a", "", (), ("a",))
    saves = [Revision(n, AT, "x", "X", "saved", (change,)) for n, change in enumerate((renamed, removed, added), start=2)]
    assert called_now("A", saves[:1]) == "B"
    assert called_now("A", saves[1::-1]) is None
    assert called_now("A", saves[::-1]) == "a"
    assert called_now("C", saves[::-1]) == "C"


# Keeping


def test_two_forms_from_one_revision_are_both_kept_where_they_do_not_overlap(store: Store) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}), {}), at=AT)
    keeper = Saver(store, LOCAL, saved.entry.id, AT)
    first = keeper.save(Wanted(1, AGENCY, {"wanted.priority": ("yes",), "wanted.aim": ()}, {}))
    second = keeper.save(Wanted(1, AGENCY, {"wanted.aim": ("exchange",), "wanted.priority": ()}, {}))
    assert isinstance(first, Saved)
    assert isinstance(second, Saved)
    assert second.saved.file.case.answers == {"wanted.priority": ("yes",), "wanted.aim": ("exchange",)}
    assert (first.since, second.since) == (0, 1)
    assert [r.how for r in keeper.since(1)] == ["merged", "saved"]


def test_where_both_changed_one_answer_nothing_is_saved_until_a_side_is_chosen(store: Store) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}), {}), at=AT)
    keeper = Saver(store, LOCAL, saved.entry.id, AT)
    keeper.save(Wanted(1, AGENCY, {"wanted.aim": ("exchange",)}, {}))
    wanted = {"wanted.aim": ("one-entity",), "wanted.priority": ("no",)}
    parted = keeper.save(Wanted(1, AGENCY, wanted, {}))
    assert isinstance(parted, Diverged)
    assert [(clash.question, clash.theirs) for clash, _ in parted.clashes] == [("wanted.aim", ("exchange",))]
    assert [told.by for _, told in parted.clashes if told] == [LOCAL.id]
    assert store.cases.read(LOCAL, saved.entry.id).entry.revision == 2
    kept = keeper.save(Wanted(1, AGENCY, wanted, {"wanted.aim": ChosenSide("theirs", ("exchange",))}))
    assert isinstance(kept, Saved)
    assert kept.saved.file.case.answers == {"wanted.aim": ("exchange",), "wanted.priority": ("no",)}


def test_who_changed_the_other_side_is_told_by_name(store: Store) -> None:
    ann, ben = (
        store.people.add(f"{n}@example.org", n, "planner", "North", "correct horse battery", at=AT) for n in ("Ann", "Ben")
    )
    saved = store.cases.create(ann, CaseFile(Case("c", {}), {}), at=AT)
    Saver(store, ben, saved.entry.id, AT).save(Wanted(1, AGENCY, {"wanted.aim": ("exchange",)}, {}))
    parted = Saver(store, ann, saved.entry.id, AT).save(Wanted(1, AGENCY, {"wanted.aim": ("one-entity",)}, {}))
    assert isinstance(parted, Diverged)
    assert [told.by_name for _, told in parted.clashes if told] == ["Ben"]


def test_answers_about_a_partner_follow_it_under_its_new_name(store: Store) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}, (Partner("A", {}), Partner(HOUSE, {}))), {}), at=AT)
    keeper, id = Saver(store, LOCAL, saved.entry.id, AT), saved.entry.id  # noqa: A001
    store.cases.save(LOCAL, id, 1, with_name(saved.file, HOUSE, "Harbor Home"), at=AT, renamed={HOUSE: "Harbor Home"})
    kept = keeper.save(Wanted(1, 1, {"partner.vision": ("yes",)}, {}))
    assert isinstance(kept, Saved)
    assert kept.partner == "Harbor Home"
    assert kept.saved.file.case.partners[1] == Partner("Harbor Home", {"partner.vision": ("yes",)})


@pytest.mark.parametrize(("side", "back"), [("mine", True), ("theirs", False)])
def test_a_partner_taken_off_meanwhile_comes_back_only_if_chosen(store: Store, side: str, back: bool) -> None:
    case = Case("c", {}, (Partner(HOUSE, {"partner.vision": ("yes",)}),))
    saved = store.cases.create(LOCAL, CaseFile(case, {}), at=AT)
    keeper = Saver(store, LOCAL, saved.entry.id, AT)
    store.cases.save(LOCAL, saved.entry.id, 1, without_partner(saved.file, HOUSE), at=AT)
    answers = {"partner.seat": ("no",), "partner.vision": ("yes",)}
    parted = keeper.save(Wanted(1, 0, answers, {}))
    assert isinstance(parted, Diverged)
    assert parted.gone
    assert parted.remover
    kept = keeper.save(Wanted(1, 0, answers, {GONE: ChosenSide(side, ())}))  # type: ignore[arg-type]
    assert isinstance(kept, Saved)
    assert kept.saved.file.case.partners == ((Partner(HOUSE, answers),) if back else ())
    untouched = keeper.save(Wanted(1, 0, {"partner.vision": ("yes",)}, {}))
    assert isinstance(untouched, Saved)


@pytest.mark.parametrize(("revision", "partner"), [(0, AGENCY), (9, AGENCY), (1, 5)])
def test_a_form_from_no_revision_and_about_no_partner_is_refused(store: Store, revision: int, partner: int) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}), {}), at=AT)
    with pytest.raises(NotFoundError):
        Saver(store, LOCAL, saved.entry.id, AT).save(Wanted(revision, partner, {}, {}))


def test_of_many_forms_sent_at_once_each_is_laid_over_those_that_came_first(store: Store, vocabulary: Vocabulary) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}), {}), at=AT)
    wanted = {q.id: (q.options[0],) for q in vocabulary.asked_of("agency")[:8]}
    keeper, together = Saver(store, LOCAL, saved.entry.id, AT), Barrier(len(wanted))

    def send(question: str) -> Saved | Diverged:
        together.wait()
        return keeper.save(Wanted(1, AGENCY, {question: wanted[question]}, {}))

    with ThreadPoolExecutor(len(wanted)) as threads:
        assert all(isinstance(kept, Saved) for kept in threads.map(send, wanted))
    assert store.cases.read(LOCAL, saved.entry.id).file.case.answers == wanted


def test_the_saves_after_a_revision_are_found_over_several_pages_of_history(store: Store) -> None:
    saved = store.cases.create(LOCAL, CaseFile(Case("c", {}), {}), at=AT)
    keeper = Saver(store, LOCAL, saved.entry.id, AT)
    for number in range(60):
        keeper.save(Wanted(number + 1, AGENCY, {"wanted.priority": (("yes", "no")[number % 2],)}, {}))
    assert [r.number for r in keeper.since(2)] == list(range(61, 2, -1))
    assert [r.number for r in keeper.since(2, 5)] == [5, 4, 3]
    with pytest.raises(ConflictError):
        store.cases.save(LOCAL, saved.entry.id, 3, CaseFile(Case("other", {}), {}), at=AT)


# A session


def test_a_session_is_written_into_an_address_and_read_back_without_a_partners_name(
    vocabulary: Vocabulary, relevance: Relevance
) -> None:
    case = Case("c", {"wanted.aim": ("exchange",)}, (Partner("A", {"partner.reach": ("merge",)}), Partner(HOUSE, {})))
    steps = (InterviewStep("wanted.aim"), PARTNERS_STEP, InterviewStep("partner.reach"), InterviewStep("wanted.priority"))
    written = write_been(steps)
    assert written == "wanted.aim~partners~partner.reach~wanted.priority"
    assert read_been(written, vocabulary) == steps
    beside = [(AGENCY, "wanted.work"), (0, "partner.status"), (1, "partner.status")]
    assert skipped(case, steps, relevance) == tuple(sorted([(AGENCY, "wanted.priority"), (1, "partner.reach"), *beside]))


def test_who_joins_is_asked_about_again_and_the_agency_is_not(vocabulary: Vocabulary) -> None:
    steps = read_been("wanted.aim~partners~partner.reach~main-answer", vocabulary)
    assert write_been(without_partners(steps, vocabulary)) == "wanted.aim~partners~main-answer"


@given(st.text(alphabet="~.0123456789abcpartnersdesi", max_size=60))
def test_an_address_that_means_nothing_does_no_harm(loaded: Loaded, text: str) -> None:
    read_been(text, loaded.rulebook.vocabulary)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/cases/1/answers", True),
        ("/cases/1/advice?scenario=a#close", True),
        ("/cases/1", True),
        ("/cases/12/answers", False),
        ("https://example.org/cases/1/", False),
        ("//example.org/cases/1/", False),
        ("/cases/1/\\example.org", False),
        ("/cases/1/\n", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_the_way_back_leads_to_a_page_of_the_same_case_or_nowhere(address: str, kept: bool) -> None:
    assert way_back(address, "/cases/1") == (address if kept else "")


# Names


@st.composite
def cases(draw: st.DrawFn, vocabulary: Vocabulary) -> Case:
    """A case with some answers to what decides whether other questions are asked, and a few others."""

    def answers(asked: str) -> dict[str, tuple[str, ...]]:
        known = [q for q in vocabulary.questions.values() if q.asked == asked]
        chosen = draw(st.lists(st.sampled_from(known), max_size=12, unique_by=lambda q: q.id))
        return {q.id: (draw(st.sampled_from(q.options)),) for q in chosen}

    names = draw(st.lists(st.sampled_from(["A", "B", "C"]), unique=True, max_size=2))
    return Case("c", answers("agency"), tuple(Partner(name, answers("partner")) for name in names))


@st.composite
def files(draw: st.DrawFn) -> CaseFile:
    """A case with partners and scenarios on one another that a case file may hold."""
    names = ("Ash", "Birch", "Cedar", "Dogwood")
    partners = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    scenarios: dict[str, Scenario] = {}
    after: dict[str | None, list[str]] = {None: partners}
    for name in ("one", "two", "three"):
        on = draw(st.sampled_from(list(after)))
        here = after[on]
        drop = draw(st.lists(st.sampled_from(here), unique=True)) if here else []
        away = [n for n in (*names, "Elm") if n not in here or n in drop]
        add = draw(st.lists(st.sampled_from(away), unique=True, max_size=2)) if away else []
        left = [n for n in here if n not in drop] + add
        changed = draw(st.lists(st.sampled_from(left), unique=True)) if left else []
        scenarios[name] = Scenario(name, {}, {n: {"partner.vision": ("yes",)} for n in changed}, tuple(add), tuple(drop), on)
        after[name] = left
    return CaseFile(Case("c", {}, tuple(Partner(n, {"partner.seat": ("no",)}) for n in partners)), scenarios)


@settings(max_examples=50)
@given(file=files(), data=st.data())
def test_a_file_stays_one_that_can_be_read_when_partners_come_go_and_are_renamed(
    loaded: Loaded, file: CaseFile, data: st.DataObject
) -> None:
    vocabulary = loaded.rulebook.vocabulary
    here = [p.name for p in file.case.partners]
    changed = [with_partner(file, data.draw(st.sampled_from([n for n in ("Ash", "Dogwood", "Fir", "Elm") if n not in here])))]
    for name in here:
        changed += [without_partner(file, name), with_name(file, name, "Willow")]
        assert name not in [p.name for p in changed[-2].case.partners]
        assert not speaking_of(changed[-2], name)
    for each in changed:
        again = parse_case_file(case_file_json(each, vocabulary).encode(), vocabulary, name="c", as_json=True)
        assert {n: s.drop for n, s in again.scenarios.items()} == {n: s.drop for n, s in each.scenarios.items()}


@given(file=files())
def test_a_new_name_changes_nothing_but_the_name_in_any_scenario(file: CaseFile) -> None:
    for partner in file.case.partners:
        renamed = with_name(file, partner.name, "Willow")
        for name in file.scenarios:
            before, after = file.under(name).partners, renamed.under(name).partners
            if not any(partner.name in scenario.add for scenario in file.lineage(name)):
                assert after == tuple(Partner("Willow" if p.name == partner.name else p.name, p.answers) for p in before)


@pytest.mark.parametrize(("name", "partners"), [("", 0), ("x" * 201, 0), ("a", 1), ("b", MAX_PARTNERS)])
def test_whatever_is_wrong_with_a_name_is_worded(name: str, partners: int, loaded: Loaded) -> None:
    case = Case("c", {}, tuple(Partner(f"{'A' * (n + 1)}", {}) for n in range(partners)))
    refused, words = name_refusal(case, name), loaded.wording.pages["partners"]
    assert refused is not None
    assert words[refused.code if name else "name-missing"]


def test_a_partner_added_to_the_case_is_not_added_again_by_a_scenario() -> None:
    wider = Scenario("wider", {}, {HOUSE: {"partner.vision": ("yes",)}}, add=(HOUSE,))
    file = with_partner(CaseFile(Case("c", {}), {"wider": wider}), HOUSE)
    assert file.under("wider").partners == (Partner(HOUSE, {"partner.vision": ("yes",)}),)


def test_relevance_in_the_form_is_that_of_the_case(vocabulary: Vocabulary, relevance: Relevance) -> None:
    case = Case("c", {"data.individual-level": ("yes",)}, (Partner("A", {"partner.category": ("families",)}),))
    facts, form = relevance.facts(case), Form(case, relevance)
    for question in vocabulary.questions.values():
        owner = AGENCY if question.asked == "agency" else 0
        assert (question in form.questions(FormSection(question.section, owner))) == facts.asks(question.id, owner)
