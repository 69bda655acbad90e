"""What pages and API ask of the advisor: states worked out beside the server, and turns for hard questions."""

import queue
import threading
from collections.abc import Iterator

import pytest

from advisor.case import Case, Partner
from advisor.case_reader import read_case
from advisor.loading import Loaded
from advisor.server.app import THREADS
from advisor.server.counsel import PLACES, Counsel
from advisor.server.failures import BusyError
from advisor.space.questions import could_matter, next_question
from conftest import ROOT

LONG = 60.0


@pytest.fixture(scope="module")
def counsel(loaded: Loaded) -> Iterator[Counsel]:
    made = Counsel(loaded, 20.0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def case(loaded: Loaded) -> Case:
    return read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary)


def test_a_state_says_what_the_advisor_itself_would(counsel: Counsel, case: Case) -> None:
    state = counsel.state(case, ("a", 1), wait=LONG)
    ground = counsel.ground(case)
    outcome = next_question(case, ground)
    assert state is not None
    assert state.outcome.ask == outcome.ask
    assert list(state.outcome.settled.status.values()) == list(outcome.settled.status.values())
    assert state.could_matter == could_matter(case, ground, outcome.settled)


def test_a_state_is_kept_under_its_key(counsel: Counsel, case: Case) -> None:
    first = counsel.state(case, ("b", 1), wait=LONG)
    assert first is not None
    assert counsel.state(case, ("b", 1), wait=0) is first


def test_when_its_process_ends_a_state_is_done_without_and_the_next_one_is_there(counsel: Counsel, case: Case) -> None:
    assert counsel.state(case, ("c", 1), wait=LONG) is not None
    process = counsel._workshop._process
    assert process is not None
    process.kill()
    process.join()
    assert counsel.state(case, ("c", 2), wait=LONG) is None
    assert counsel.state(case, ("c", 3), wait=LONG) is not None


def test_on_a_busy_server_a_page_does_without_and_who_asks_for_the_state_alone_gets_it(counsel: Counsel, case: Case) -> None:
    counsel.requests += 50
    try:
        assert counsel.state(case, ("d", 1), wait=0.05) is None
        assert counsel.state(case, ("d", 1), wait=LONG) is not None
        assert counsel.state(case, ("d", 1), wait=0.05) is not None
    finally:
        counsel.requests -= 50


def ask(counsel: Counsel, person: str, came: "queue.Queue[str]", go_on: threading.Event) -> threading.Thread:
    """Ask a hard question that takes until `go_on`; `came` is told that it is worked on, or was refused."""

    def work() -> None:
        try:
            with counsel.heavy(person):
                came.put(f"{person} at work")
                go_on.wait(LONG)
        except BusyError:
            came.put(f"{person} refused")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_of_one_person_one_hard_question_is_worked_on_and_one_waits_and_others_get_their_turn(counsel: Counsel) -> None:
    go_on, came = threading.Event(), queue.Queue[str]()
    threads = [ask(counsel, "ann", came, go_on) for _ in range(8)]
    told = sorted(came.get(timeout=LONG) for _ in range(7))
    assert told == ["ann at work", *["ann refused"] * 6]
    threads.append(ask(counsel, "ben", came, go_on))
    assert came.get(timeout=LONG) == "ben at work"
    go_on.set()
    assert came.get(timeout=LONG) == "ann at work"
    for thread in threads:
        thread.join()
    with counsel.heavy("ann"):
        pass


def test_hard_questions_of_all_together_hold_far_fewer_threads_than_there_are(counsel: Counsel) -> None:
    go_on, came = threading.Event(), queue.Queue[str]()
    threads = [ask(counsel, f"person {n}", came, go_on) for n in range(12)]
    told = [came.get(timeout=LONG).partition(" ")[2].partition(" ")[2] for _ in range(12 - PLACES + 2)]
    assert sorted(told) == ["at work", "at work", *["refused"] * (12 - PLACES)]
    assert THREADS >= 2 * PLACES
    go_on.set()
    for thread in threads:
        thread.join()


def test_who_waited_too_long_for_a_turn_leaves_no_place_taken(loaded: Loaded) -> None:
    impatient = Counsel(loaded, 0.05)
    go_on, came = threading.Event(), queue.Queue[str]()
    first = ask(impatient, "ann", came, go_on)
    assert came.get(timeout=LONG) == "ann at work"
    for _ in range(3):
        with pytest.raises(BusyError), impatient.heavy("ann"):
            pass
    go_on.set()
    first.join()
    with impatient.heavy("ann"):
        pass
    impatient.close()


def test_even_advice_takes_a_turn_where_there_are_many_partners(counsel: Counsel) -> None:
    go_on, came = threading.Event(), queue.Queue[str]()
    threads = [ask(counsel, "ann", came, go_on) for _ in range(3)]
    assert sorted(came.get(timeout=LONG) for _ in range(2)) == ["ann at work", "ann refused"]
    many = Case("Many", {}, tuple(Partner(str(n), {}) for n in range(12)))
    with pytest.raises(BusyError):
        counsel.give(many, "ann")
    assert counsel.give(Case("Few", {}), "ann").content
    go_on.set()
    for thread in threads:
        thread.join()
