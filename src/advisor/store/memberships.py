"""Memberships: to which organizations an account belongs, in which role, and which ways of signing in reach each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, not_, or_, select, update
from sqlalchemy.orm import Mapped

from advisor.model.problems import InputError, Problem
from advisor.store.connections import Connections
from advisor.store.errors import LastAdministratorError, NoSuchPersonError
from advisor.store.membership_tables import MembershipRow, VouchedRow
from advisor.store.organization_tables import OrganizationRow
from advisor.store.organizations import Organizations, founded
from advisor.store.permissions import ROLES, Role
from advisor.store.records import Person
from advisor.store.second_factor_tables import SecondFactorRow, SecondFactorRuleRow
from advisor.store.tables import PersonRow, ResetRow, SessionRow, TokenRow

PEOPLE = (
    select(
        PersonRow.id,
        PersonRow.email,
        PersonRow.name,
        MembershipRow.role,
        MembershipRow.organization,
        MembershipRow.active,
        OrganizationRow.name.label("organization_name"),
    )
    .join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    .join(OrganizationRow, OrganizationRow.id == MembershipRow.organization)
)
"""Accounts as members of their organizations, a row for each membership; `person_of` reads it."""

FIRST = MembershipRow.active.desc(), MembershipRow.entered.desc().nulls_last(), MembershipRow.since, MembershipRow.organization
"""The order of an account's memberships: those in use, and of these the one that it was last in."""


class Memberships:
    """The memberships of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._organizations = connections, Organizations(connections)

    def list(self, person_id: str) -> tuple[Person, ...]:
        """An account as a member of each of its organizations, in use or not, by what these are called."""
        wanted = PEOPLE.where(PersonRow.id == person_id).order_by(OrganizationRow.name, OrganizationRow.id)
        with self._connections.reading() as connection:
            return tuple(person_of(row) for row in connection.execute(wanted))

    def several(self, person_id: str) -> bool:
        """Whether an account belongs to more than one organization, in use there or not."""
        return len(self.list(person_id)) > 1

    def join(self, person_id: str, organization: str, role: str, *, at: datetime) -> Person:
        """Make an account a member of one more organization, which is made where there is none of this name.

        Raises `NoSuchPersonError`, and `InputError` for an unknown role, a name that is none, or where it is a member already.
        """
        organization = self._organizations.assigned(organization)
        if role not in ROLES:
            raise InputError([Problem("", 0, "unknown-role", about="role", found=role, allowed=ROLES)])
        with self._connections.writing() as connection:
            if connection.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update()).first() is None:
                raise NoSuchPersonError(person_id)
            founded(connection, self._connections, organization, at=at)
            added(connection, self._connections, person_id, organization, role, at=at)
        return next(each for each in self.list(person_id) if each.organization == organization)

    def claim(
        self,
        person_id: str,
        issuer: str,
        organizations: Sequence[str],
        *,
        granted: Role | None,
        otherwise: Role | None,
        at: datetime,
    ) -> tuple[Person, ...]:
        """Have an account belong to what a provider claims for it, now, and no more to what it claimed before and does not now;
        the memberships that it claims, in the order of `FIRST`.

        `granted` is the role that the provider gives them, if it gives any; a membership that is new gets `otherwise` where it
        gives none, and is not made where that is None too. Where no membership is left to enter, nothing is changed. With
        another role the sessions in that organization end. Who may what is the provider's to say: the last administrator goes.
        """
        theirs = VouchedRow.person_id == person_id, VouchedRow.issuer == issuer
        with self._connections.writing() as connection:
            asked = select(MembershipRow.organization, MembershipRow.role).where(MembershipRow.person_id == person_id)
            roles = {row.organization: row.role for row in connection.execute(asked)}
            new = granted or otherwise
            claimed = [each for each in organizations if each in roles or new is not None]
            for each in claimed:
                if each not in roles and new is not None:
                    founded(connection, self._connections, each, at=at)
                    added(connection, self._connections, person_id, each, new, at=at)
                elif granted is not None and granted != roles[each]:
                    connection.execute(update(MembershipRow).where(*membership(person_id, each)).values(role=granted))
                    end_sessions(connection, person_id, each)
                vouch(connection, self._connections, person_id, each, issuer, claimed=True)
            if claimed:
                before = select(VouchedRow.organization).where(*theirs, VouchedRow.claimed)
                for each in set(connection.execute(before).scalars()) - set(claimed):
                    connection.execute(delete(VouchedRow).where(*theirs, VouchedRow.organization == each))
                    others = VouchedRow.person_id == person_id, VouchedRow.organization == each, VouchedRow.claimed
                    if connection.execute(select(VouchedRow.issuer).where(*others)).first() is None:
                        removed(connection, person_id, each)
            wanted = PEOPLE.where(PersonRow.id == person_id, MembershipRow.organization.in_(claimed)).order_by(*FIRST)
            return tuple(person_of(row) for row in connection.execute(wanted))


def person_of(row: Row[*tuple[Any, ...]]) -> Person:
    """The person in a row that begins with the columns of `PEOPLE`."""
    return Person(row[0], row[1], row[2], cast("Role", row[3]), row[4], row[5], row[6])


def membership(person_id: str, organization: str) -> tuple[ColumnElement[bool], ...]:
    """What tells the row of one membership."""
    return MembershipRow.person_id == person_id, MembershipRow.organization == organization


def reached_by(provider: Mapped[str], issuer: Mapped[str], by_passkey: Mapped[bool]) -> ColumnElement[bool]:
    """Whether a session that began by this provider ("" for a password) and issuer reaches the membership of a row.

    By a password it reaches all but those where a second factor is required that the person has not got; by a passkey, all.
    """
    by = VouchedRow.person_id == MembershipRow.person_id, VouchedRow.organization == MembershipRow.organization
    vouched = select(VouchedRow.issuer).where(*by, VouchedRow.issuer == issuer).exists()
    required = select(SecondFactorRuleRow.since).where(SecondFactorRuleRow.organization == MembershipRow.organization).exists()
    factor = SecondFactorRow.person_id == MembershipRow.person_id, SecondFactorRow.confirmed.isnot(None)
    had = select(SecondFactorRow.begun).where(*factor).exists()
    return or_(and_(provider == "", or_(not_(required), had, by_passkey)), vouched)


def vouch(
    connection: Connection, connections: Connections, person_id: str, organization: str, issuer: str, *, claimed: bool
) -> None:
    """Have sessions of a provider reach a membership."""
    values = {"person_id": person_id, "organization": organization, "issuer": issuer, "claimed": claimed}
    if not connections.added(connection, VouchedRow, values) and claimed:
        this = VouchedRow.person_id == person_id, VouchedRow.organization == organization, VouchedRow.issuer == issuer
        connection.execute(update(VouchedRow).where(*this).values(claimed=True))


def added(
    connection: Connection, connections: Connections, person_id: str, organization: str, role: str, *, at: datetime
) -> None:
    """Add a membership to an account that is there. What is left of an earlier one ends, and so do the ways to a new password
    that administrators of another organization may have given. Raises `InputError` where it is a member already.
    """
    values = {"person_id": person_id, "organization": organization, "role": role, "active": True, "since": at, "entered": None}
    if not connections.added(connection, MembershipRow, values):
        raise InputError([Problem("", 0, "already-a-member", about="organization", found=organization)])
    end_sessions(connection, person_id, organization)
    end_tokens(connection, person_id, organization)
    connection.execute(delete(ResetRow).where(ResetRow.person_id == person_id))


def removed(connection: Connection, person_id: str, organization: str) -> None:
    """Take an account out of an organization, with its sessions and tokens there."""
    connection.execute(delete(VouchedRow).where(VouchedRow.person_id == person_id, VouchedRow.organization == organization))
    connection.execute(delete(MembershipRow).where(*membership(person_id, organization)))
    end_sessions(connection, person_id, organization)
    end_tokens(connection, person_id, organization)


def end_sessions(connection: Connection, person_id: str, organization: str) -> None:
    """End the sessions of an account that are in an organization now."""
    connection.execute(delete(SessionRow).where(SessionRow.person_id == person_id, SessionRow.organization == organization))


def end_tokens(connection: Connection, person_id: str, organization: str) -> None:
    """Take away the tokens of a membership."""
    connection.execute(delete(TokenRow).where(TokenRow.person_id == person_id, TokenRow.organization == organization))


def check_not_last(connection: Connection, person_id: str, organization: str) -> None:
    """Raise `LastAdministratorError` for the last administrator in use of an organization."""
    serving = MembershipRow.organization == organization, MembershipRow.role == "administrator", MembershipRow.active
    # Two who end each other take turns.
    asked = select(MembershipRow.person_id).where(*serving).order_by(MembershipRow.person_id).with_for_update()
    if [row.person_id for row in connection.execute(asked)] == [person_id]:
        raise LastAdministratorError(person_id)


def count_memberships(connection: Connection, person_id: str) -> int:
    """How many organizations an account belongs to."""
    return connection.execute(select(func.count()).where(MembershipRow.person_id == person_id)).scalar_one()
