"""Deletes what was kept as long as it is to be, in a thread of the server's own. Several servers may do so at once."""

import threading
from collections.abc import Callable
from datetime import datetime

from advisor.store.database import Store
from advisor.store.errors import UnavailableError
from advisor.web import logs

FIRST = 60.0  # seconds after the start; whoever asks at once is served first
PAUSE = 3600.0  # seconds between runs
AGAIN = 60.0  # seconds after a run that could not be finished
PATIENCE = 30.0  # seconds to wait at the end for the deletion under way


class RetentionJob:
    """Runs once an hour, until it is stopped."""

    def __init__(self, store: Store, clock: Callable[[], datetime], ready: Callable[[], bool] = lambda: True) -> None:
        self._store, self._clock, self._ready = store, clock, ready
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._go_on, name="retention", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End once the deletion under way is over."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _go_on(self) -> None:
        pause = FIRST
        while not self._stopped.wait(pause):
            pause = PAUSE if self._ready() and self._run() else AGAIN

    def _run(self) -> bool:
        """Delete what is to be deleted now. False where that could not be finished."""
        try:
            for entry in self._store.retention.run(at=self._clock(), came_from="server"):
                logs.audited(entry.number, entry.event, entry.hash)
                if self._stopped.is_set():
                    return True
        except UnavailableError:
            return False  # the database is away; that is told where it is asked for, and it may come back
        except Exception as error:  # what is not deleted yet is deleted by a later run
            logs.failed(error, "retention")
            return False
        return True
