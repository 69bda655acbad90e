"""Whether everybody has to sign in: from the first account on, for good, whatever becomes of the database.

Where others can reach a server that never had an account, it waits for the first one, and for whoever has its code.
"""

import hmac
from contextlib import suppress
from pathlib import Path

from advisor.io.files import write_whole
from advisor.store.database import Store
from advisor.store.secret_keys import hashed, plain_code
from advisor.store.secret_keys import new_code as random_code

_MARKER = "had-accounts"
_CODE = "first-account"


class Accounts:
    """The accounts of a server, as far as it has to know of them. Safe to share between threads."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store, self._data, self._needed = store, data, False

    def needed(self) -> bool:
        """Whether there are accounts, or ever were: then nobody gets in without one. Raises `UnavailableError`."""
        if not self._needed:
            self._needed = had_accounts(self._store, self._data)
        return self._needed

    def awaited(self) -> bool:
        """Whether the first account is to be made by whoever has the code."""
        return (self._data / _CODE).exists() and not self.needed()

    def accepts(self, code: str) -> bool:
        """Whether this is the code for the first account."""
        try:
            wanted = (self._data / _CODE).read_text("ascii")
        except OSError:
            return False
        return hmac.compare_digest(hashed(plain_code(code)), wanted)

    def made(self) -> None:
        """The first account is made: the code is worth nothing from now on."""
        forget_code(self._data)


def new_code(data: Path) -> str:
    """A code for the first account, of 80 bits; only its hash is kept, in the data folder. One made before is worth nothing."""
    code = random_code()
    forget_code(data)
    write_whole(data / _CODE, hashed(plain_code(code)).encode(), mode=0o600)
    return code


def forget_code(data: Path) -> None:
    """Have no code open the way to a first account."""
    (data / _CODE).unlink(missing_ok=True)


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
