"""The use cases: states worked out aside, turns at hard questions, and the time that each may take."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from advisor.analysis.deadline import NotDecidedError
from advisor.analysis.next_question import could_matter, next_question
from advisor.analysis.state import State
from advisor.documents.request import DocumentRequest
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.service import Service
from advisor.service.turns import PLACES, BusyError, Turns
from advisor.web.app import THREADS
from conftest import ROOT

LONG = 60.0
MANY = Case("Many", {}, tuple(Partner(str(n), {}) for n in range(12)))


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Iterator[Service]:
    made = Service(loaded, ChainEngine(loaded.cache), seconds=20.0, turns=Turns())
    yield made
    made.close()


@pytest.fixture(scope="module")
def case(loaded: Loaded) -> Case:
    return read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary)


def test_a_state_worked_out_aside_is_what_is_worked_out_here(service: Service, case: Case) -> None:
    aside, here = service.states.get(case, ("a", 1), wait=LONG), service.state(case)
    outcome = next_question(case, service.ground(case))
    for state in (aside, here):
        assert isinstance(state, State)
        assert state.outcome.ask == outcome.ask
        assert list(state.outcome.settled.status.values()) == list(outcome.settled.status.values())
        assert state.could_matter == could_matter(case, service.ground(case), outcome.settled)


def test_a_state_is_held_under_its_key(service: Service, case: Case) -> None:
    first = service.states.get(case, ("b", 1), wait=LONG)
    assert first is not None
    assert service.states.get(case, ("b", 1), wait=0) is first


def test_when_its_process_ends_a_state_is_done_without_and_the_next_one_is_there(service: Service, case: Case) -> None:
    assert service.states.get(case, ("c", 1), wait=LONG) is not None
    process = service.states._worker._process
    assert process is not None
    process.kill()
    process.join()
    assert service.states.get(case, ("c", 2), wait=LONG) is None
    assert service.states.get(case, ("c", 3), wait=LONG) is not None


def test_what_is_not_known_is_not_begun_by_who_would_not_wait(service: Service, case: Case) -> None:
    assert service.states.get(case, ("d", 1), wait=LONG, begin=False) is None
    assert not service.states.busy
    known = service.states.get(case, ("d", 1), wait=LONG)
    assert known is not None
    assert service.states.get(case, ("d", 1), wait=0, begin=False) is known


def ask(turns: Turns, caller: str, came: "queue.Queue[str]", go_on: threading.Event) -> threading.Thread:
    """Take a turn until `go_on`; `came` is told that it is there, or was refused."""

    def work() -> None:
        try:
            with turns.take(caller, LONG):
                came.put(f"{caller} at work")
                go_on.wait(LONG)
        except BusyError:
            came.put(f"{caller} refused")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_of_one_caller_one_question_is_worked_on_and_one_waits_and_others_get_their_turn() -> None:
    turns, go_on, came = Turns(), threading.Event(), queue.Queue[str]()
    threads = [ask(turns, "ann", came, go_on) for _ in range(8)]
    assert sorted(came.get(timeout=LONG) for _ in range(7)) == ["ann at work", *["ann refused"] * 6]
    threads.append(ask(turns, "ben", came, go_on))
    assert came.get(timeout=LONG) == "ben at work"
    go_on.set()
    assert came.get(timeout=LONG) == "ann at work"
    for thread in threads:
        thread.join()
    with turns.take("ann", 0):
        pass


def test_hard_questions_of_all_together_hold_far_fewer_threads_than_the_server_has() -> None:
    turns, go_on, came = Turns(), threading.Event(), queue.Queue[str]()
    threads = [ask(turns, f"person-{n}", came, go_on) for n in range(12)]
    told = [came.get(timeout=LONG).partition(" ")[2] for _ in range(12 - PLACES + 2)]
    assert sorted(told) == ["at work", "at work", *["refused"] * (12 - PLACES)]
    assert THREADS >= 2 * PLACES
    go_on.set()
    for thread in threads:
        thread.join()


def test_who_waited_too_long_for_a_turn_leaves_no_place_taken() -> None:
    turns, go_on, came = Turns(), threading.Event(), queue.Queue[str]()
    first = ask(turns, "ann", came, go_on)
    assert came.get(timeout=LONG) == "ann at work"
    for _ in range(3):
        with pytest.raises(BusyError), turns.take("ann", 0.05):
            pass
    go_on.set()
    first.join()
    with turns.take("ann", 0):
        pass


def test_marks_of_many_partners_and_memos_take_a_turn(loaded: Loaded) -> None:
    turns = Turns()
    service = Service(loaded, ChainEngine(loaded.cache), seconds=LONG, turns=turns)
    go_on, came = threading.Event(), queue.Queue[str]()
    threads = [ask(turns, "ann", came, go_on) for _ in range(3)]
    assert sorted(came.get(timeout=LONG) for _ in range(2)) == ["ann at work", "ann refused"]
    with pytest.raises(BusyError):
        service.assess(MANY, marks=True, caller="ann")
    with pytest.raises(BusyError):  # a memo never leaves out, for want of a turn, what it says at another time
        service.compose(service.assess(MANY), MANY, DocumentRequest("memo", "html"), caller="ann")
    assert service.assess(Case("Few", {}), marks=True, caller="ann").settled
    assert service.assess(MANY, caller="ann").settled == {}
    go_on.set()
    for thread in threads:
        thread.join()


HARD: dict[str, Callable[[Service, Case], object]] = {
    "marks": lambda service, case: service.assess(case, marks=True, seconds=0),
    "next question": lambda service, case: service.next_question(case, seconds=0),
    "state": lambda service, case: service.state(case, seconds=0),
    "reach": lambda service, case: service.reach(case, ["dimension=integration"], seconds=0),
    "roadmap": lambda service, case: service.roadmap(case, "dimension=integration", seconds=0),
    "sensitivity": lambda service, case: service.sensitivity(case, seconds=0),
}


@pytest.mark.parametrize("question", HARD)
def test_a_question_ends_when_its_time_is_over(question: str, service: Service, case: Case) -> None:
    with pytest.raises(NotDecidedError):
        HARD[question](service, case)


def test_what_settling_had_no_time_for_is_told_as_not_decided(service: Service, case: Case) -> None:
    found = service.settle(case, seconds=0)
    assert found.seconds == 0
    assert found.all("not-decided")


def test_a_question_gets_no_more_than_the_service_allows(loaded: Loaded, case: Case) -> None:
    strict = Service(loaded, ChainEngine(loaded.cache), seconds=0)
    with pytest.raises(NotDecidedError):
        strict.next_question(case, seconds=LONG)


def test_what_was_made_lately_is_not_made_again(service: Service) -> None:
    made: list[int] = []
    for _ in range(3):
        assert service.recent(("made", 1), lambda: made.append(1) or "it") == "it"  # type: ignore[func-returns-value]
    assert made == [1]


def test_a_rule_a_source_and_a_section_are_found_by_their_names_and_others_are_told(service: Service) -> None:
    rule = next(iter(service.rulebook.rules.values()))
    assert service.rule(rule.id) is rule
    assert service.source(rule.sources[0]).id == rule.sources[0]
    section = next(iter(service.vocabulary.sections))
    assert {question.section for question in service.questions(section)} == {section}
    for wrong, code in (
        (lambda: service.rule(rule.id[:-1]), "unknown-rule"),
        (lambda: service.source("none"), "unknown-source"),
        (lambda: service.questions("none"), "unknown-value"),
        (lambda: service.picture(Case("", {}), "row"), "unknown-picture"),
    ):
        with pytest.raises(InputError) as error:
            wrong()
        assert [problem.code for problem in error.value.problems] == [code]
