"""Turns at what takes seconds: a few questions at once, a few that wait, and of one person fewer than there are."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from advisor.server.failures import BusyError


class Turns:
    """Turns that threads wait for. `places` are all there are for those at work and those that wait, `share` one person's.

    Of one person one question is worked on at a time, so that nobody holds every turn.
    """

    def __init__(self, at_once: int, places: int, share: int, patience: float) -> None:
        self._at_once, self._places, self._share, self._patience = at_once, places, share, patience
        self._taken, self._at_work = Counter[str](), set[str]()
        self._changed = threading.Condition()

    @contextmanager
    def take(self, person: str) -> Iterator[None]:
        """Wait for a turn, and hold it. Raises `BusyError`: at once where no place is left, otherwise after `patience`."""
        with self._changed:
            if self._taken.total() >= self._places or self._taken[person] >= self._share:
                raise BusyError
            self._taken[person] += 1
            came = self._changed.wait_for(lambda: self._is_free(person), self._patience)
            if came:
                self._at_work.add(person)
            else:
                self._leave(person)
                raise BusyError
        try:
            yield
        finally:
            with self._changed:
                self._at_work.discard(person)
                self._leave(person)

    def _is_free(self, person: str) -> bool:
        return len(self._at_work) < self._at_once and person not in self._at_work

    def _leave(self, person: str) -> None:
        self._taken[person] -= 1
        if not self._taken[person]:
            del self._taken[person]
        self._changed.notify_all()
