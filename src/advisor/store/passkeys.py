"""Passkeys: public keys whose private halves stay with people's devices. Who shows that they have one signs in with it alone."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.attempts import Attempts, passkey_address
from advisor.store.connections import Connections, touched
from advisor.store.errors import WrongPasskeyError
from advisor.store.memberships import FIRST, PEOPLE, person_of
from advisor.store.passkey_tables import PasskeyRow, SpentChallengeRow
from advisor.store.records import Passkey, Person
from advisor.store.secret_keys import hashed, new_id
from advisor.store.tables import PersonRow, SessionRow

CHALLENGE_LASTS = timedelta(minutes=5)
_PASSKEY = (
    PasskeyRow.id.label("passkey_id"),
    PasskeyRow.person_id,
    PasskeyRow.name.label("passkey_name"),
    PasskeyRow.credential,
    PasskeyRow.key.label("public_key"),
    PasskeyRow.count.label("uses"),
    PasskeyRow.added,
    PasskeyRow.used,
)


class Passkeys:
    """The passkeys of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._attempts = connections, Attempts(connections)

    def list(self, person_id: str) -> Sequence[Passkey]:
        """The passkeys of a person, the newest first."""
        mine = select(*_PASSKEY).where(PasskeyRow.person_id == person_id).order_by(PasskeyRow.added.desc(), PasskeyRow.id)
        with self._connections.reading() as connection:
            return tuple(_passkey(row) for row in connection.execute(mine))

    def has(self, person_id: str) -> bool:
        """Whether a person has any."""
        with self._connections.reading() as connection:
            return connection.execute(select(PasskeyRow.id).where(PasskeyRow.person_id == person_id)).first() is not None

    def add(self, person_id: str, name: str, credential: str, key: bytes, count: int, *, at: datetime) -> Passkey:
        """A new passkey; all sessions of the person end. Raises `WrongPasskeyError` where somebody has it already, or there is no
        such person."""
        made = Passkey(new_id(), person_id, name, credential, key, count, at, None)
        values = {
            "id": made.id,
            "person_id": person_id,
            "name": name,
            "credential": credential,
            "key": key,
            "count": count,
            "added": at,
            "used": None,
        }
        try:
            with self._connections.writing() as connection:
                connection.execute(insert(PasskeyRow), values)
                connection.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
        except IntegrityError:
            raise WrongPasskeyError from None
        return made

    def end(self, person_id: str, id: str) -> bool:  # noqa: A002
        """End a passkey of a person; all their sessions end too. False where they have none with this id."""
        return self._end(person_id, PasskeyRow.id == id) > 0

    def end_all(self, person_id: str) -> int:
        """End all passkeys of a person, and all their sessions if there were any; how many they were."""
        return self._end(person_id)

    def owner(self, credential: str) -> Person | None:
        """Whose passkey has this id among authenticators."""
        found = self._find(credential)
        return None if found is None else found[0]

    def check(
        self,
        credential: str,
        proof: Callable[[Passkey], int],
        *,
        challenge: bytes,
        at: datetime,
        came_from: str,
        browser: str = "",
        whose: Person | None = None,
    ) -> tuple[Person, Passkey]:
        """Who has the passkey with this id among authenticators, and the passkey, once it has answered the challenge, which is
        spent whatever comes of it.

        `proof` checks the answer and gives the number of uses that the authenticator tells; it raises `WrongPasskeyError`, as
        this does without telling what was wrong, also for an account that is not in use, somebody else's passkey than that of
        `whose`, and a number that did not rise. `ThrottledError` after too many failures, counted as those of passwords are;
        `browser` is what `browser_of` gave. Nothing was checked then.
        """
        found = self._find(credential)
        known = browser if found is not None and browser.startswith(f"{found[0].id}.") else ""
        address = passkey_address(credential if found is None else found[0].id)
        attempt = self._attempts.begin(address, came_from, at=at, browser=known)
        self.spend(challenge, at=at)
        if found is None:
            raise WrongPasskeyError
        person, passkey = found
        if not person.active or (whose is not None and whose.id != person.id):
            raise WrongPasskeyError
        count = proof(passkey)
        if count < passkey.count or (count == passkey.count and count > 0):
            raise WrongPasskeyError
        mine = PasskeyRow.id == passkey.id, PasskeyRow.count == passkey.count  # of two at once with the same number one is taken
        with self._connections.writing() as connection:
            if not touched(connection.execute(update(PasskeyRow).where(*mine).values(count=count, used=at))):
                raise WrongPasskeyError
        self._attempts.succeeded(attempt, address, came_from, browser=known)
        return person, passkey

    def spend(self, challenge: bytes, *, at: datetime) -> None:
        """Take a challenge, once, whoever else answers it in the same moment. Raises `WrongPasskeyError`."""
        values = {"challenge": hashed(challenge.hex()), "until": at + 2 * CHALLENGE_LASTS}
        with self._connections.writing() as connection:
            connection.execute(delete(SpentChallengeRow).where(SpentChallengeRow.until <= at))
            if not self._connections.added(connection, SpentChallengeRow, values):
                raise WrongPasskeyError

    def _find(self, credential: str) -> tuple[Person, Passkey] | None:
        if not (credential.isascii() and credential.isprintable()):  # which none is, and not every database can look for
            return None
        wanted = PEOPLE.join(PasskeyRow, PasskeyRow.person_id == PersonRow.id).add_columns(*_PASSKEY)
        with self._connections.reading() as connection:
            row = connection.execute(wanted.where(PasskeyRow.credential == credential).order_by(*FIRST).limit(1)).first()
        return None if row is None else (person_of(row), _passkey(row))

    def _end(self, person_id: str, *which: Any) -> int:
        with self._connections.writing() as connection:
            ended = touched(connection.execute(delete(PasskeyRow).where(PasskeyRow.person_id == person_id, *which)))
            if ended:
                connection.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
        return ended


def _passkey(row: Row[*tuple[Any, ...]]) -> Passkey:
    named = row.passkey_id, row.person_id, row.passkey_name, row.credential
    return Passkey(*named, row.public_key, row.uses, row.added, row.used)
