"""What was worked out lately, kept in memory for as long as it is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Recent:
    """The values used last, up to a number of them. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, OrderedDict[Hashable, Any]()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The value under a key; None where there is none."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Hold a value; the one that was not used for longest makes room."""
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def get_or_make(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under a key, made now where there is none. Of two threads that ask at once both may make it."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        made: T = found
        return made
