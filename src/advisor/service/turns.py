"""Turns at what takes seconds: a few questions at once, a few that wait, and of one caller fewer than there are."""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from advisor.analysis.deadline import NotDecidedError

AT_ONCE = 2
PLACES = 4  # for questions worked on, or waiting for their turn; each holds a thread
SHARE = 2  # of the places, for one caller


class BusyError(NotDecidedError):
    """Too many hard questions are asked at once, by everybody or by this caller."""


class Turns:
    """Turns that threads wait for. `places` are all there are for those at work and those that wait, `share` one caller's.

    Of one caller one question is worked on at a time, so that nobody holds every turn.
    """

    def __init__(self, at_once: int = AT_ONCE, places: int = PLACES, share: int = SHARE) -> None:
        self._at_once, self._places, self._share = at_once, places, share
        self._taken, self._at_work = Counter[Hashable](), set[Hashable]()
        self._changed = threading.Condition()

    @contextmanager
    def take(self, caller: Hashable, patience: float | None) -> Iterator[None]:
        """Wait for a turn, and hold it. Raises `BusyError`: at once where no place is left, else after `patience` seconds."""
        with self._changed:
            if self._taken.total() >= self._places or self._taken[caller] >= self._share:
                raise BusyError(0)
            self._taken[caller] += 1
            if not self._changed.wait_for(lambda: self._is_free(caller), patience):
                self._leave(caller)
                raise BusyError(patience or 0)
            self._at_work.add(caller)
        try:
            yield
        finally:
            with self._changed:
                self._at_work.discard(caller)
                self._leave(caller)

    def _is_free(self, caller: Hashable) -> bool:
        return len(self._at_work) < self._at_once and caller not in self._at_work

    def _leave(self, caller: Hashable) -> None:
        self._taken[caller] -= 1
        if not self._taken[caller]:
            del self._taken[caller]
        self._changed.notify_all()
