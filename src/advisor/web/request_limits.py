"""How many requests to the API a caller may send in a minute, counted in this process.

What is left is told in the `RateLimit` and `RateLimit-Policy` fields of draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0  # seconds, from a caller's first request on
MOST = 10_000  # callers that are counted at once; of more, those that began first are forgotten
_NAME = '"minute"'


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands after a request: the quota, what is left of it (below zero: one too many), for how many seconds."""

    quota: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields that tell it."""
        told = {
            "RateLimit-Policy": f"{_NAME};q={self.quota};w={WINDOW:.0f}",
            "RateLimit": f"{_NAME};r={max(self.left, 0)};t={self.seconds}",
        }
        return told if self.left >= 0 else {**told, "Retry-After": str(self.seconds)}


class RequestLimits:
    """Counts requests by caller. Safe to share between threads; `clock` gives seconds that only go on."""

    def __init__(self, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota, self._clock = quota, clock
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[float, int]] = {}  # by caller: when the window began, and how many came; oldest first

    def count(self, caller: str) -> Standing:
        """Count a request. One too many is not added, so that who goes on asking need not wait longer."""
        now = self._clock()
        with self._lock:
            began, used = self._counted.get(caller, (now, 0))
            if now >= began + WINDOW:
                began, used = now, 0
            if used == 0:
                self._counted.pop(caller, None)
                if len(self._counted) >= MOST:
                    del self._counted[next(iter(self._counted))]
            left = self._quota - used - 1
            if left >= 0:
                self._counted[caller] = began, used + 1
        return Standing(self._quota, left, max(1, math.ceil(began + WINDOW - now)))
