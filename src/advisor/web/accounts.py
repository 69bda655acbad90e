"""Whether everybody has to sign in: from the first account on, for good, whatever becomes of the database."""

from contextlib import suppress
from pathlib import Path

from advisor.store.database import Store

_MARKER = "had-accounts"


class Accounts:
    """The accounts of a server, as far as it has to know of them. Safe to share between threads."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self._data, self._needed = store, data, False

    def needed(self) -> bool:
        """Whether there are accounts, or ever were: then nobody gets in without one. Raises `UnavailableError`."""
        if not self._needed:
            self._needed = had_accounts(self._store, self._data)
        return self._needed


def marker(data: Path) -> Path:
    """The file in the data folder that says that there have been accounts."""
    return data / _MARKER


def had_accounts(store: Store, data: Path) -> bool:
    """Whether the database or the data folder says that there have been accounts; if the one does, the other will."""
    if store.people.ever():
        with suppress(OSError):  # the database says it too
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            marker(data).touch(0o600)
        return True
    return marker(data).exists()
