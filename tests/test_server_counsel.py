"""What pages and API ask of the advisor: states worked out beside the server, and turns for hard questions."""

import threading
from collections.abc import Iterator

import pytest

from advisor.analysis.next_question import could_matter, next_question
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.web.counsel import Counsel
from advisor.web.http_errors import OutOfTimeError
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


def test_hard_questions_take_turns_and_few_may_wait(counsel: Counsel) -> None:
    go_on, inside, refused = threading.Event(), threading.Semaphore(0), []

    def ask() -> None:
        try:
            with counsel.heavy():
                inside.release()
                go_on.wait(LONG)
        except OutOfTimeError:
            refused.append(threading.get_ident())
            inside.release()

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for _ in range(6):  # two are at work, six at most wait for a turn, and at least four are refused at once
        inside.acquire(timeout=LONG)
    go_on.set()
    for thread in threads:
        thread.join()
    assert 4 <= len(refused) <= 6
    with counsel.heavy():
        pass
