"""What is prepared for numbers of partners, held for those that were asked about last: each takes megabytes for every partner."""

import ctypes
import gc
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")
MOST = 60  # partners of all numbers together for which something is held


class ByPartners(Generic[T]):
    """Values by number of partners; those used last, and at least one. Safe to share between threads.

    What is not held any more and still in use elsewhere is given again, so that there are never two for one number.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._held = most, OrderedDict[int, T]()
        self._in_use = WeakValueDictionary[int, T]()
        self._lock = threading.Lock()

    def get_or_make(self, partners: int, make: Callable[[int], T]) -> T:
        """What is held for this many partners, made now where nothing is. Of two threads at once both get the first one."""
        with self._lock:
            found = self._in_use.get(partners)
        made = make(partners) if found is None else found
        with self._lock:
            found = self._in_use.setdefault(partners, made)
            self._held[partners] = found
            self._held.move_to_end(partners)
            full = len(self._held) > 1 and sum(self._held) > self._most
            while len(self._held) > 1 and sum(self._held) > self._most:
                self._held.popitem(last=False)
        if full:
            _give_back()
        return found


def _give_back() -> None:
    """Give what is free back to the system: glibc keeps it otherwise, some hundreds of megabytes. Elsewhere nothing is done."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
