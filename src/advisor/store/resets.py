"""Ways to set a new password: each works once and for a while, and only its hash is kept."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchPersonError
from advisor.store.memberships import FIRST, PEOPLE, person_of
from advisor.store.people import People, keep_password, new_password
from advisor.store.records import Person
from advisor.store.secret_keys import hashed, new_secret
from advisor.store.tables import PersonRow, ResetRow

LASTS = timedelta(days=1)  # one that an administrator hands over
MAILED_LASTS = timedelta(hours=1)
MOST = 3  # that a person may have at once for another to be mailed


class Resets:
    """The ways that are open."""

    def __init__(self, connections: Connections, people: People) -> None:
        self._connections, self._people = connections, people

    def open(self, person_id: str, *, at: datetime) -> str:
        """The secret of a new way for a person; those before are closed. Raises `NoSuchPersonError`."""
        return self._open(person_id, at=at, until=at + LASTS)

    def open_to_mail(self, person_id: str, *, at: datetime) -> str | None:
        """The secret of another way, which is to be mailed; None where enough are open. Those before stay: whoever asks for it
        may be a stranger, who is to end nothing. Raises `NoSuchPersonError`."""
        standing = select(func.count()).where(ResetRow.person_id == person_id, ResetRow.expires > at)
        with self._connections.reading() as connection:
            if connection.execute(standing).scalar_one() >= MOST:
                return None
        return self._open(person_id, at=at, until=at + MAILED_LASTS, others_end=False)

    def close(self, secret: str) -> None:
        """Close a way, if it is open."""
        with self._connections.writing() as connection:
            connection.execute(delete(ResetRow).where(ResetRow.secret == hashed(secret)))

    def find(self, secret: str, *, at: datetime) -> Person | None:
        """Whose way this is; None where it is unknown, used or over, or the account is not in use."""
        wanted = PEOPLE.join(ResetRow, ResetRow.person_id == PersonRow.id)
        with self._connections.reading() as connection:
            mine = ResetRow.secret == hashed(secret), ResetRow.expires > at
            row = connection.execute(wanted.where(*mine).order_by(*FIRST).limit(1)).first()
        return person_of(row) if row is not None and row.active else None

    def use(self, secret: str, password: str, *, at: datetime) -> Person | None:
        """Set the password, once, whoever else uses the way in the same moment; all ways of the person are closed.

        None where `find` has none. Raises `InputError` where the password is weak: the way stays open then.
        """
        person = self.find(secret, at=at)
        if person is None:
            return None
        kept = new_password(person, password)
        mine = ResetRow.secret == hashed(secret), ResetRow.expires > at
        with self._connections.writing() as connection:
            if not touched(connection.execute(delete(ResetRow).where(*mine))):
                return None
            keep_password(connection, person, kept)
        self._people.unlock(person.id)
        return person

    def _open(self, person_id: str, *, at: datetime, until: datetime, others_end: bool = True) -> str:
        secret = new_secret()
        over = ResetRow.expires <= at
        if others_end:
            over |= ResetRow.person_id == person_id
        values = {"secret": hashed(secret), "person_id": person_id, "expires": until}
        try:
            with self._connections.writing() as connection:
                connection.execute(delete(ResetRow).where(over))
                connection.execute(insert(ResetRow), values)
        except IntegrityError:
            raise NoSuchPersonError(person_id) from None
        return secret
