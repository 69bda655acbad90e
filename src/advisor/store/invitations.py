"""Invitations to join an organization: each for an address, and accepted once. Of the secret only a hash is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from advisor.model.problems import Problems
from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchPersonError
from advisor.store.membership_tables import InvitationRow, MembershipRow
from advisor.store.memberships import Memberships, added, vouch
from advisor.store.organization_tables import OrganizationRow
from advisor.store.people import check_email, spelled_address
from advisor.store.permissions import ROLES
from advisor.store.records import Person
from advisor.store.secret_keys import hashed, new_id, new_secret

LASTS = timedelta(days=7)
_COLUMNS = (
    InvitationRow.id,
    InvitationRow.email,
    InvitationRow.role,
    InvitationRow.organization,
    OrganizationRow.name.label("organization_name"),
    InvitationRow.expires,
)


@dataclass(frozen=True, slots=True)
class MembershipInvitation:
    """That whoever has an address may join an organization, in a role, until a time."""

    id: str
    email: str
    role: str
    organization: str
    organization_name: str
    expires: datetime


class Invitations:
    """The invitations that are open. One is worth no more than who made it: it ends when they administer no more."""

    def __init__(self, connections: Connections, memberships: Memberships) -> None:
        self._connections, self._memberships = connections, memberships
        by = MembershipRow.person_id == InvitationRow.invited_by, MembershipRow.organization == InvitationRow.organization
        found = select(*_COLUMNS).join(OrganizationRow, OrganizationRow.id == InvitationRow.organization)
        found = found.join(MembershipRow, by[0] & by[1])
        self._standing = found.where(MembershipRow.active, MembershipRow.role == "administrator")

    def make(self, person: Person, email: str, role: str, *, at: datetime) -> tuple[MembershipInvitation, str]:
        """An invitation to the organization of a person, who administers it, and its secret, which is nowhere kept.

        Those before for the same address end. It is made whether or not there is an account with the address. Raises
        `InputError` for an address that is none and an unknown role.
        """
        problems = Problems("")
        email = spelled_address(email, problems)
        problems.raise_if_any()
        check_email(email, problems)
        if role not in ROLES:
            problems.add("unknown-role", about="role", found=role, allowed=ROLES)
        problems.raise_if_any()
        secret, until = new_secret(), at + LASTS
        made = MembershipInvitation(new_id(), email, role, person.organization, person.organization_name, until)
        values = {
            "id": made.id,
            "secret": hashed(secret),
            "organization": person.organization,
            "email": email,
            "role": role,
            "invited_by": person.id,
            "created": at,
            "expires": until,
        }
        same = (InvitationRow.organization == person.organization) & (InvitationRow.email == email)
        with self._connections.writing() as connection:
            connection.execute(delete(InvitationRow).where(same | (InvitationRow.expires <= at)))
            connection.execute(insert(InvitationRow), values)
        return made, secret

    def list(self, organization: str, *, at: datetime) -> Sequence[MembershipInvitation]:
        """The invitations to an organization that can be accepted, the newest first."""
        mine = InvitationRow.organization == organization, InvitationRow.expires > at
        ordered = self._standing.where(*mine).order_by(InvitationRow.created.desc(), InvitationRow.id)
        with self._connections.reading() as connection:
            return tuple(MembershipInvitation(*row) for row in connection.execute(ordered))

    def end(self, organization: str, id: str) -> bool:  # noqa: A002
        """End an invitation to an organization. False where there is none with this id."""
        this = InvitationRow.id == id, InvitationRow.organization == organization
        with self._connections.writing() as connection:
            return touched(connection.execute(delete(InvitationRow).where(*this))) > 0

    def find(self, secret: str, *, at: datetime) -> MembershipInvitation | None:
        """The invitation with this secret; None where it is unknown, accepted, ended or over."""
        wanted = self._standing.where(InvitationRow.secret == hashed(secret), InvitationRow.expires > at)
        with self._connections.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else MembershipInvitation(*row)

    def accept(self, secret: str, person: Person, *, at: datetime, issuer: str = "") -> Person | None:
        """Have a person join, once, whoever else uses the link in the same moment; them as a member there.

        `issuer` is that of the provider whose session they accept it in, which reaches the membership then. None where `find`
        has none for their address. Raises `InputError` where they belong to the organization already.
        """
        found = self.find(secret, at=at)
        if found is None or found.email != person.email:
            return None
        mine = InvitationRow.secret == hashed(secret), InvitationRow.expires > at
        with self._connections.writing() as connection:
            if not touched(connection.execute(delete(InvitationRow).where(*mine))):
                return None
            added(connection, self._connections, person.id, found.organization, found.role, at=at)
            if issuer:
                vouch(connection, self._connections, person.id, found.organization, issuer, claimed=False)
        joined = [each for each in self._memberships.list(person.id) if each.organization == found.organization]
        if not joined:
            raise NoSuchPersonError(person.id)
        return joined[0]
