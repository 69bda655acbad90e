"""Hard questions on a running server: whoever asks many at once keeps nobody else waiting."""

import queue
import threading
from collections.abc import Iterator

import pytest

from advisor.loading import Loaded
from advisor.store.records import Person
from support.servers import Site, serving
from support.stored_cases import AT
from support.visits import add_person, sign_in, store_of

PARTNERS = [{"name": f"Partner {n}"} for n in range(40)]
BODY = {
    "case": {"name": "Many", "partners": PARTNERS},
    "goals": ["partner-dimension=collaboration"],
}  # takes all it is given
AT_ONCE = 8
WAIT = 120.0
Told = tuple[str, int]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose hard questions take longer than these tests ask anything else."""
    with serving(tmp_path_factory.mktemp("turns"), settings={"ADVISOR_MAX_SECONDS": "8"}) as running:
        yield running


@pytest.fixture(scope="module")
def people(site: Site, loaded: Loaded) -> dict[str, tuple[Person, str]]:
    """Two people, each with a token."""
    store = store_of(site, loaded)
    found = {}
    for name in ("ann", "ben"):
        person = add_person(store, name, "planner")
        found[name] = person, store.tokens.create(person, "test", at=AT)[1]
    store.close()
    return found


def bearer(people: dict[str, tuple[Person, str]], name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {people[name][1]}"}


def ask_many(
    site: Site, path: str, headers: dict[str, str], method: str, body: object, told: "queue.Queue[Told]"
) -> list[threading.Thread]:
    """Send the same hard question so often at once; each answer is told as it comes, with how long to wait."""

    def ask() -> None:
        with site.client() as client:
            answer = client.request(method, path, headers=headers, json=body)
        if answer.status_code == 503:
            assert answer.headers["retry-after"].isdecimal()
        told.put(("hard", answer.status_code))

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    return threads


def of_order(told: "queue.Queue[Told]") -> list[Told]:
    """All that was told so far, the first first."""
    found = []
    while not told.empty():
        found.append(told.get())
    return found


def test_while_one_person_asks_many_hard_questions_others_are_answered_and_get_their_turn(
    site: Site, people: dict[str, tuple[Person, str]]
) -> None:
    told: queue.Queue[Told] = queue.Queue()
    threads = ask_many(site, "/api/v1/reach", bearer(people, "ann"), "POST", BODY, told)
    refused = [told.get(timeout=WAIT) for _ in range(AT_ONCE - 2)]
    assert refused == [("hard", 503)] * (AT_ONCE - 2)  # at once, while the one that is worked on goes on
    with site.client() as client:
        signed_in = sign_in(client, people["ben"][0].email)
        told.put(("light", signed_in.status_code))
        for path in ("/cases", "/", "/examples", "/account", "/import"):
            told.put(("light", client.get(path).status_code))
        few = client.post("/api/v1/settle", headers=bearer(people, "ben"), json={"case": {"name": "Few"}})
        told.put(("light", few.status_code))
    assert of_order(told) == [("light", 303), *[("light", 200)] * 6]  # and none of the hard ones in between
    for thread in threads:
        thread.join(WAIT)
    assert [kind for kind, _ in of_order(told)] == ["hard", "hard"]


@pytest.mark.long  # the questions of the API take the same turns
def test_the_page_of_goals_is_no_way_around_it(site: Site, people: dict[str, tuple[Person, str]]) -> None:
    with site.client() as ann:
        sign_in(ann, people["ann"][0].email)
        made = ann.post("/api/v1/cases", headers=bearer(people, "ann"), json=BODY["case"])
        told: queue.Queue[Told] = queue.Queue()
        page = f"/cases/{made.json()['id']}/goal?goal=partner-dimension%3Dcollaboration"
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in ann.cookies.items())}
        threads = ask_many(site, page, cookies, "GET", None, told)
        refused = [told.get(timeout=WAIT) for _ in range(AT_ONCE - 2)]
        assert refused == [("hard", 503)] * (AT_ONCE - 2)
        for path in ("/cases", "/account", f"/cases/{made.json()['id']}/manage"):
            told.put(("light", ann.get(path).status_code))
        assert of_order(told) == [("light", 200)] * 3
    for thread in threads:
        thread.join(WAIT)
    assert [kind for kind, _ in of_order(told)] == ["hard", "hard"]
