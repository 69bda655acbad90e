"""Who people are elsewhere: an account for each subject of a provider of identities."""

from datetime import datetime

from sqlalchemy import delete

from advisor.store.connections import Connections
from advisor.store.memberships import FIRST, PEOPLE, person_of
from advisor.store.records import Person
from advisor.store.tables import IdentityRow, PersonRow


class Identities:
    """The subjects of providers, each with the account it stands for; no two accounts share one."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def find(self, issuer: str, subject: str) -> Person | None:
        """The account of a subject, active or not, as a member of the organization that they would be in first."""
        wanted = PEOPLE.join(IdentityRow, IdentityRow.person_id == PersonRow.id)
        with self._connections.reading() as connection:
            theirs = IdentityRow.issuer == issuer, IdentityRow.subject == subject
            row = connection.execute(wanted.where(*theirs).order_by(*FIRST).limit(1)).first()
        return None if row is None else person_of(row)

    def keep(self, person: Person, issuer: str, subject: str, *, at: datetime) -> None:
        """Keep that a subject is this person, unless it is somebody already."""
        values = {"issuer": issuer, "subject": subject, "person_id": person.id, "since": at}
        with self._connections.writing() as connection:
            connection.execute(self._connections.insert_new(IdentityRow), values)

    def forget(self, person_id: str) -> None:
        """Forget who a person is elsewhere."""
        with self._connections.writing() as connection:
            connection.execute(delete(IdentityRow).where(IdentityRow.person_id == person_id))
