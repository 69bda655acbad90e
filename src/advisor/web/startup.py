"""Whether the application can answer yet: its database is reached and up to date, and the rulebook in use is kept in it."""

import threading
import time
from functools import lru_cache
from pathlib import Path

from advisor.loading import Loaded
from advisor.store.database import Store, UnavailableError
from advisor.store.replay import archive_of

AGAIN = 0.5  # seconds after which a database that was not ready is looked at again


@lru_cache(maxsize=2)
def _archive(rules: Path, words: Path, beneath: Path | None, *_hashes: str) -> bytes:
    """The files of a rulebook and its words, packed once for all applications of a process that use it."""
    return archive_of(rules, words, beneath)


class Startup:
    """What has to be there before the first answer. Safe to share between threads."""

    def __init__(self, store: Store, loaded: Loaded) -> None:
        self._store, self._loaded = store, loaded
        self._lock = threading.Lock()
        self._reason, self._looked = "not-migrated", 0.0
        self.done = False

    def reason(self) -> str:
        """Why nothing can be answered yet, `unreachable` or `not-migrated`; "" once it can. It looks into the database."""
        with self._lock:
            if not self.done and time.monotonic() - self._looked >= AGAIN:
                self._reason = self._store.ready() or self._archived()
                self._looked, self.done = time.monotonic(), not self._reason
            return "" if self.done else self._reason

    def _archived(self) -> str:
        """Archive the rulebook and its words, so that what they advised can be replayed when there are newer ones."""
        rulebook, wording = self._loaded.rulebook, self._loaded.wording
        try:
            if self._store.advices.rulebook(rulebook.sha256, wording.sha256) is None:
                archive = _archive(self._loaded.rules, self._loaded.words, self._loaded.beneath, rulebook.sha256, wording.sha256)
                self._store.advices.keep_rulebook(rulebook.sha256, wording.sha256, rulebook.version, archive)
        except UnavailableError:
            return "unreachable"
        return ""
