"""Who is logged in, and with which API tokens people's systems come. Only hashes of the secrets are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from advisor.model.case import MAX_NAME
from advisor.model.problems import Problems
from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchPersonError
from advisor.store.membership_tables import MembershipRow
from advisor.store.memberships import PEOPLE, membership, person_of, reached_by
from advisor.store.organization_tables import OrganizationRow
from advisor.store.permissions import SCOPES
from advisor.store.records import Bearer, Person, Session, Token
from advisor.store.secret_keys import hashed, new_id, new_secret
from advisor.store.tables import PersonRow, SessionRow, TokenRow

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
_NAMED = 20  # characters of a secret's hash that name its session; they tell nothing of the secret
TOUCH = timedelta(minutes=1)  # how far behind `seen` and `used` may be: not every request is to write
_TOKEN = (
    TokenRow.id.label("token_id"),
    TokenRow.person_id,
    TokenRow.label.label("token_label"),
    TokenRow.created.label("token_created"),
    TokenRow.expires,
    TokenRow.used,
    TokenRow.revoked,
    TokenRow.scopes,
    TokenRow.reference,
)

_BY = SessionRow.provider, SessionRow.issuer, SessionRow.by_passkey
_OF_MEMBER = (TokenRow.person_id == MembershipRow.person_id) & (TokenRow.organization == MembershipRow.organization)


class Sessions:
    """Sessions, each found by its secret. One ends when it is idle or old, and at the latest with its account."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        # One statement, made once: every request finds a session.
        others = aliased(MembershipRow)
        several = select(others.role).where(others.person_id == PersonRow.id, others.organization != SessionRow.organization)
        reached = PEOPLE.add_columns(SessionRow.began, SessionRow.seen)
        reached = reached.join(SessionRow, SessionRow.person_id == PersonRow.id)
        reached = reached.where(SessionRow.secret == bindparam("key"), reached_by(*_BY))
        self._reached: Select[*tuple[Any, ...]] = reached.order_by(OrganizationRow.name, OrganizationRow.id)
        here = reached.add_columns(several.exists()).where(SessionRow.organization == MembershipRow.organization)
        self._found: Select[*tuple[Any, ...]] = here

    def begin(
        self,
        person: Person,
        *,
        at: datetime,
        came_from: str = "",
        agent: str = "",
        provider: str = "",
        issuer: str = "",
        id_token: str = "",
        by_passkey: bool = False,
    ) -> str:
        """A new session's secret, in the organization that somebody comes in as a member of; `provider`, its issuer and its token
        tell by whom they were let in, `by_passkey` that they showed one.

        Sessions that are over are cleared away. Raises `NoSuchPersonError`.
        """
        secret = new_secret()
        over = or_(SessionRow.seen <= at - IDLE, SessionRow.began <= at - LONGEST)
        values = {
            "secret": hashed(secret),
            "person_id": person.id,
            "organization": person.organization,
            "began": at,
            "seen": at,
            "provider": provider,
            "issuer": issuer,
            "id_token": id_token,
            "came_from": _shown(came_from),
            "agent": _shown(agent),
            "by_passkey": by_passkey,
        }
        try:
            with self._connections.writing() as connection:
                connection.execute(delete(SessionRow).where(over))
                connection.execute(insert(SessionRow), values)
                _entered(connection, person, at)
        except IntegrityError:
            raise NoSuchPersonError(person.id) from None
        return secret

    def find(self, secret: str, *, at: datetime) -> Person | None:
        """Whose session this is, in the organization that it is in; None where it is unknown or over, or they are not, or not any
        more, a member in use there whom this session reaches."""
        key = hashed(secret)
        with self._connections.reading() as connection:
            row = connection.execute(self._found, {"key": key}).first()
        if row is None or not row.active or row.seen <= at - IDLE or row.began <= at - LONGEST:
            return None
        if row.seen <= at - TOUCH:
            self._connections.note(update(SessionRow).where(SessionRow.secret == key, SessionRow.seen < at).values(seen=at))
        return replace(person_of(row), several=row[-1])

    def reached(self, secret: str, *, at: datetime) -> tuple[Person, ...]:
        """Who a session can be: a member in use of each organization that it reaches, by what these are called."""
        with self._connections.reading() as connection:
            rows = connection.execute(self._reached, {"key": hashed(secret)}).all()
        return tuple(person_of(row) for row in rows if row.active and row.seen > at - IDLE and row.began > at - LONGEST)

    def switch(self, secret: str, organization: str, *, at: datetime) -> Person | None:
        """Have a session be in another organization; the person there. None where it does not reach it."""
        found = next((each for each in self.reached(secret, at=at) if each.organization == organization), None)
        if found is None:
            return None
        with self._connections.writing() as connection:
            here = update(SessionRow).where(SessionRow.secret == hashed(secret)).values(organization=organization)
            if not touched(connection.execute(here)):
                return None
            _entered(connection, found, at)
        return found

    def let_in_by(self, secret: str) -> tuple[str, str, str]:
        """The provider by which a session began, its issuer, and the token it gave; empty where it began here."""
        with self._connections.reading() as connection:
            wanted = select(SessionRow.provider, SessionRow.issuer, SessionRow.id_token).where(
                SessionRow.secret == hashed(secret)
            )
            row = connection.execute(wanted).first()
        return ("", "", "") if row is None else (row.provider, row.issuer, row.id_token)

    def end(self, secret: str) -> None:
        """End one session, if there is such a one."""
        with self._connections.writing() as connection:
            connection.execute(delete(SessionRow).where(SessionRow.secret == hashed(secret)))

    def list(self, person_id: str, *, at: datetime) -> Sequence[Session]:
        """The sessions of a person that are not over, the one used last first."""
        mine = SessionRow.person_id == person_id, SessionRow.seen > at - IDLE, SessionRow.began > at - LONGEST
        asked = select(SessionRow).where(*mine).order_by(SessionRow.seen.desc(), SessionRow.secret)
        with self._connections.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(Session(row.secret[:_NAMED], row.began, row.seen, row.came_from, row.agent, row.provider) for row in rows)

    def named(self, secret: str) -> str:
        """The id under which `list` has the session with this secret."""
        return hashed(secret)[:_NAMED]

    def end_named(self, person_id: str, name: str) -> bool:
        """End a session of a person by the id that `list` gave. False where there is none."""
        if len(name) != _NAMED or not name.isalnum():
            return False
        mine = SessionRow.person_id == person_id, SessionRow.secret.startswith(name, autoescape=True)
        with self._connections.writing() as connection:
            return touched(connection.execute(delete(SessionRow).where(*mine))) > 0

    def end_all(self, person_id: str) -> None:
        """End every session of a person."""
        with self._connections.writing() as connection:
            connection.execute(delete(SessionRow).where(SessionRow.person_id == person_id))


class Tokens:
    """API tokens, each found by its secret."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        found = PEOPLE.add_columns(*_TOKEN).join(TokenRow, _OF_MEMBER)
        self._found: Select[*tuple[Any, ...]] = found.where(TokenRow.secret == bindparam("key"))

    def create(
        self,
        person: Person,
        label: str,
        *,
        at: datetime,
        days: int | None = None,
        scopes: Sequence[str] = (),
        reference: str = "",
    ) -> tuple[Token, str]:
        """A new token of a person in their organization, and its secret, which is nowhere kept; it works for so many `days`. With
        scopes it is a service token.

        Raises `NoSuchPersonError`, and `InputError` for texts that are too long, an unknown scope, a reference of a token
        that is not a service's, and an account that is not in use.
        """
        problems = Problems("")
        for about, given in (("label", label), ("reference", reference)):
            if len(given) > MAX_NAME:
                problems.add("text-too-long", about=about, found=len(given), allowed=(str(MAX_NAME),))
        for each in scopes:
            if each not in SCOPES:
                problems.add("unknown-scope", about="scopes", found=each, allowed=SCOPES)
        if reference and not scopes:
            problems.add("reference-without-scopes", about="reference", found=reference)
        problems.raise_if_any()
        chosen = tuple(each for each in SCOPES if each in scopes or not scopes)
        expires = None if days is None else at + timedelta(days=days)
        told = _storable(label), at, expires, None, None, chosen, bool(scopes), _shown(reference)
        token = Token(new_id(), person.id, *told)
        secret = new_secret()
        values = {
            "id": token.id,
            "secret": hashed(secret),
            "person_id": person.id,
            "organization": person.organization,
            "label": token.label,
            "created": at,
            "expires": expires,
            "scopes": " ".join(chosen) if scopes else "",
            "reference": token.reference,
        }
        idle = select(PersonRow.email).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
        idle = idle.where(*membership(person.id, person.organization), MembershipRow.active.is_(False))
        try:
            with self._connections.writing() as connection:
                if (email := connection.execute(idle).scalar()) is not None:
                    problems.add("account-not-in-use", about="account", found=email)
                    problems.raise_if_any()
                connection.execute(insert(TokenRow), values)
        except IntegrityError:
            raise NoSuchPersonError(person.id) from None
        return token, secret

    def find(self, secret: str, *, at: datetime) -> Bearer | None:
        """Who comes with this secret; None where it is unknown, expired or revoked, or the account is not in use."""
        with self._connections.reading() as connection:
            row = connection.execute(self._found, {"key": hashed(secret)}).first()
        token = None if row is None else _token(row)
        if row is None or token is None or not row.active or not token.works(at):
            return None
        if row.used is None or row.used <= at - TOUCH:
            self._connections.note(update(TokenRow).where(TokenRow.id == row.token_id).values(used=at))
        return Bearer(person_of(row), token)

    def list(self, person: Person) -> Sequence[Token]:
        """The tokens of a person in their organization, the newest first, with those that no longer work."""
        wanted = select(*_TOKEN).where(*_theirs(person)).order_by(TokenRow.created.desc(), TokenRow.id)
        with self._connections.reading() as connection:
            return tuple(_token(row) for row in connection.execute(wanted))

    def list_services(self, organization: str) -> Sequence[tuple[Token, Person]]:
        """The service tokens of an organization with whose account each uses, the newest first."""
        wanted = PEOPLE.add_columns(*_TOKEN).join(TokenRow, _OF_MEMBER)
        wanted = wanted.where(TokenRow.organization == organization, TokenRow.scopes != "")
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(TokenRow.created.desc(), TokenRow.id)).all()
        return tuple((_token(row), person_of(row)) for row in rows)

    def revoke_service(self, organization: str, token_id: str, *, at: datetime) -> bool:
        """End a service token. False where the organization has none with this id that still stands."""
        theirs = TokenRow.id == token_id, TokenRow.organization == organization
        standing = (*theirs, TokenRow.scopes != "", TokenRow.revoked.is_(None))
        with self._connections.writing() as connection:
            return touched(connection.execute(update(TokenRow).where(*standing).values(revoked=at))) > 0

    def revoke(self, person: Person, token_id: str, *, at: datetime) -> bool:
        """End a token. False where the person has none with this id in their organization that still stands."""
        standing = (TokenRow.id == token_id, *_theirs(person), TokenRow.revoked.is_(None))
        with self._connections.writing() as connection:
            return touched(connection.execute(update(TokenRow).where(*standing).values(revoked=at))) > 0


def _entered(connection: Connection, person: Person, at: datetime) -> None:
    """Note in which organization somebody was last."""
    connection.execute(update(MembershipRow).where(*membership(person.id, person.organization)).values(entered=at))


def _theirs(person: Person) -> tuple[ColumnElement[bool], ...]:
    return TokenRow.person_id == person.id, TokenRow.organization == person.organization


def _shown(text: str) -> str:
    """What a request said of itself, as a database takes it, and not too much of it."""
    return "".join(each if each.isprintable() else " " for each in text[:MAX_NAME])


def _storable(text: str) -> str:
    """A text as PostgreSQL takes it."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _token(row: Row[*tuple[Any, ...]]) -> Token:
    scopes = tuple(each for each in SCOPES if not row.scopes or each in row.scopes.split())
    times = row.token_created, row.expires, row.used, row.revoked
    return Token(row.token_id, row.person_id, row.token_label, *times, scopes, bool(row.scopes), row.reference)
