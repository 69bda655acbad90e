"""States of cases, worked out in a process of their own, so that nobody waits longer for one than they want to."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress

from advisor.analysis.state import State
from advisor.engine.program import Slot
from advisor.loading import Loaded
from advisor.model.case import Case, unanswered
from advisor.service.recent import Recent
from advisor.service.solver_worker import SolverWorker

_HELD = 256
_WAITING = 4  # states to be worked out; who comes later pushes out who waits for longest


class States:
    """The states of cases, held under keys that have to change when the case does. Safe to share between threads."""

    def __init__(self, loaded: Loaded, seconds: float) -> None:
        self._worker = SolverWorker(loaded, seconds)
        self._thread = ThreadPoolExecutor(1, "state")
        self._recent = Recent(_HELD)
        self._under_way = OrderedDict[Hashable, Future[State | None]]()
        self._lock = threading.RLock()  # cancelling a state calls `_done` in the same thread

    def get(self, case: Case, key: Hashable, *, wait: float, skip: Sequence[Slot] = (), begin: bool = True) -> State | None:
        """The state of a case, if it is known or can be worked out within `wait` seconds; None otherwise.

        What nobody got to see in time is worked out all the same, so that the next look finds it. Without `begin` only
        what is known, or under way already.
        """
        key = (key, tuple(skip))
        found: State | None = self._recent.get(key)
        if found is not None:
            return found
        with self._lock:
            future = self._under_way.get(key)
            if future is None and not begin:
                return None
            if future is None:
                while len(self._under_way) >= _WAITING:
                    self._under_way.popitem(last=False)[1].cancel()
                future = self._under_way[key] = self._thread.submit(self._work, case, key, skip)
                future.add_done_callback(lambda _: self._done(key))
        try:
            return future.result(wait)
        except (TimeoutError, CancelledError):
            return None

    @property
    def busy(self) -> bool:
        """Whether a state is being worked out."""
        return bool(self._under_way)

    def warm(self, most: int) -> None:
        """Prepare for cases of up to this many partners while nobody waits."""
        self._thread.submit(self._prepare, 0, most)

    def close(self) -> None:
        """Stop working out states that nobody waits for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._worker.close()

    def _prepare(self, partners: int, most: int) -> None:
        """Prepare for cases of so many partners, and then for more of them, after whoever came meanwhile."""
        self._work(unanswered(partners), ("warm", partners), ())
        if partners < most:
            with suppress(RuntimeError):  # the server stops
                self._thread.submit(self._prepare, partners + 1, most)

    def _work(self, case: Case, key: Hashable, skip: Sequence[Slot]) -> State | None:
        state = self._worker.state(case, skip)
        if state is not None:
            self._recent.put(key, state)
        return state

    def _done(self, key: Hashable) -> None:
        with self._lock:
            self._under_way.pop(key, None)
