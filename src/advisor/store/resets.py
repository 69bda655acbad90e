"""Ways to set a new password: each works once, for a day, and only its hash is kept."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from advisor.store.connections import Connections
from advisor.store.errors import NoSuchPersonError
from advisor.store.people import PERSON, People, person_of
from advisor.store.records import Person
from advisor.store.secret_keys import hashed, new_secret
from advisor.store.tables import PersonRow, ResetRow

LASTS = timedelta(days=1)


class Resets:
    """The ways that are open."""

    def __init__(self, connections: Connections, people: People) -> None:
        self._connections, self._people = connections, people

    def open(self, person_id: str, *, at: datetime) -> str:
        """The secret of a new way for a person; those before are closed. Raises `NoSuchPersonError`."""
        secret = new_secret()
        values = {"secret": hashed(secret), "person_id": person_id, "expires": at + LASTS}
        try:
            with self._connections.writing() as connection:
                connection.execute(delete(ResetRow).where((ResetRow.person_id == person_id) | (ResetRow.expires <= at)))
                connection.execute(insert(ResetRow), values)
        except IntegrityError:
            raise NoSuchPersonError(person_id) from None
        return secret

    def find(self, secret: str, *, at: datetime) -> Person | None:
        """Whose way this is; None where it is unknown, used or over, or the account is not in use."""
        wanted = select(*PERSON).join(ResetRow, ResetRow.person_id == PersonRow.id)
        with self._connections.reading() as connection:
            row = connection.execute(wanted.where(ResetRow.secret == hashed(secret), ResetRow.expires > at)).first()
        return person_of(row) if row is not None and row.active else None

    def use(self, secret: str, password: str, *, at: datetime) -> Person | None:
        """Set the password, once; None where `find` has none. Raises `InputError` where it is weak: the way stays open then."""
        person = self.find(secret, at=at)
        if person is None:
            return None
        self._people.set_password(person.id, password)
        with self._connections.writing() as connection:
            connection.execute(delete(ResetRow).where(ResetRow.person_id == person.id))
        return person
