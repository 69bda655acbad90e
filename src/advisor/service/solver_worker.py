"""A process of its own in which the state of the advice on cases is worked out.

That takes tens of milliseconds of Python: in a server's own interpreter every request would wait for it.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from advisor.analysis.answer_space import Space
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.state import State, state_of
from advisor.engine.program import Slot
from advisor.loading import Loaded
from advisor.model.case import Case

_NICE = 10  # whoever waits goes first


class SolverWorker:
    """The process, which is started when it is first needed, and anew should it have ended. One thread asks at a time."""

    def __init__(self, loaded: Loaded, seconds: float) -> None:
        self._loaded, self._seconds = loaded, seconds
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._closed = False

    def state(self, case: Case, skip: Sequence[Slot]) -> State | None:
        """How far a case is; None where that could not be decided in time, or the process ended over it."""
        with self._lock:
            try:
                line = self._connected()
                line.send((case, tuple(skip)))
                found: State | None = line.recv()
            except (EOFError, OSError):
                self._end()
                return None
            return found

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._closed = True
        self._end()

    def _connected(self) -> Connection:
        if self._line is None:
            context = get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._loaded, self._seconds), daemon=True)
            process.start()
            theirs.close()
            self._line, self._process = ours, process
            if self._closed:  # in the meantime
                raise EOFError
        return self._line

    def _end(self) -> None:
        line, process = self._line, self._process
        self._line = self._process = None
        if line is not None:
            line.close()
        if process is not None:
            process.terminate()


def _work(line: Connection, loaded: Loaded, seconds: float) -> None:
    """Answer until whoever started it hangs up, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(_NICE)
    space = Space(loaded.rulebook, loaded.program, loaded.cache)
    with contextlib.suppress(EOFError, OSError):
        while True:
            case, skip = line.recv()
            line.send(_state(case, skip, space, seconds))


def _state(case: Case, skip: Sequence[Slot], space: Space, seconds: float) -> State | None:
    try:
        return state_of(case, space.ground(len(case.partners)), Deadline(seconds), skip)
    except NotDecidedError:
        return None
