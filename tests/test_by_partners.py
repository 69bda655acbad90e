"""What is held by number of partners has a limit, so that a server that has seen all numbers is no larger for it."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from weakref import ref

from advisor.engine.by_partners import MOST, ByPartners
from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded
from advisor.model.case import MAX_PARTNERS, unanswered
from advisor.render import documents
from advisor.service import Service


class Prepared:
    """What is prepared for a number of partners."""

    def __init__(self, partners: int) -> None:
        self.partners = partners


def test_those_used_last_are_held_up_to_so_many_partners_in_all() -> None:
    made: list[int] = []

    def make(partners: int) -> Prepared:
        made.append(partners)
        return Prepared(partners)

    held = ByPartners[Prepared](10)
    for partners in (4, 3, 4, 2, 4):
        assert held.get_or_make(partners, make).partners == partners
    assert made == [4, 3, 2]
    held.get_or_make(5, make)  # 3 was not used for longest, and then 2: 4 and 5 stay
    held.get_or_make(4, make)
    assert made == [4, 3, 2, 5]
    held.get_or_make(2, make)
    assert made == [4, 3, 2, 5, 2]


def test_what_is_still_in_use_is_not_made_twice() -> None:
    held = ByPartners[Prepared](1)
    used = held.get_or_make(3, Prepared)
    held.get_or_make(5, Prepared)
    assert held.get_or_make(3, Prepared) is used


def test_the_last_is_held_however_large_it_is() -> None:
    made: list[Prepared] = []

    def make(partners: int) -> Prepared:
        made.append(Prepared(partners))
        return made[-1]

    held = ByPartners[Prepared](1)
    for _ in range(3):
        held.get_or_make(MAX_PARTNERS, make)
    assert len(made) == 1


def test_of_two_threads_at_once_both_get_the_same() -> None:
    held, both = ByPartners[Prepared](), threading.Barrier(2)

    def make(partners: int) -> Prepared:
        both.wait(60)
        return Prepared(partners)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: held.get_or_make(1, make), range(2))
    assert first is second


def test_a_service_lets_go_of_what_it_prepared_for_numbers_of_partners(loaded: Loaded) -> None:
    """Two numbers that are together more than is held: what was prepared for the first is gone, kept advice or not."""
    service = Service(loaded, ChainEngine(loaded.cache))
    first = ref(service.program(3))
    advice = service.assess(unanswered(3))
    content = documents.json_bytes(advice)
    advice.finish()
    for held in (service._programs, service._builder._tables):
        held.get_or_make(MOST, Prepared)  # type: ignore[arg-type]
    gc.collect()
    assert first() is None
    assert documents.json_bytes(advice) == content
    assert documents.json_bytes(service.assess(unanswered(3))) == content
