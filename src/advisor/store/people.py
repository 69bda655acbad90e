"""Accounts: who may log in, in which organization and role. Passwords are kept as argon2id hashes only."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.model.problems import InputError, Problems
from advisor.store.attempts import Attempts, code_address, passkey_address
from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchPersonError, NotFirstError, OwnsCasesError, WrongPasswordError
from advisor.store.membership_tables import MembershipRow
from advisor.store.memberships import (
    FIRST,
    PEOPLE,
    added,
    check_not_last,
    count_memberships,
    end_sessions,
    membership,
    person_of,
    removed,
)
from advisor.store.organizations import Organizations, check_name, founded
from advisor.store.permissions import ROLES, administers
from advisor.store.records import LOCAL, Person
from advisor.store.secret_keys import hashed, new_id
from advisor.store.tables import CaseRow, FirstAccountRow, LinkRow, PersonRow, ResetRow, SessionRow

SHORTEST = 12
LONGEST = 200
# What OWASP asks for at least (19 MiB, two passes, one lane): many may log in at once, on a machine of any size.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
# The hash of a password that nobody has: checking one for an unknown address takes as long as for a known one.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$Lc7ZH1vXOAzxgIzs7RrBMQ$e8aiyA9DfnDyYcvRx7FzzCpdGJEYdM8RMW6bPZxuWqM"
_MARK = 20  # characters
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class People:
    """The accounts of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._attempts = connections, Attempts(connections)
        self._organizations = Organizations(connections)

    def add(
        self,
        email: str,
        name: str,
        role: str,
        organization: str,
        password: str | None,
        *,
        at: datetime,
        adopt: bool = False,
        first: bool = False,
    ) -> Person:
        """A new account; without a password it signs in by a provider of identities only.

        With `adopt`, the cases made before there were accounts become this person's. With the first account,
        links into cases that it does not adopt end: nobody could see or end them any more. With `first` it has to be that one,
        else `NotFirstError`.

        Raises `InputError` with everything that is wrong: an address that is taken or none, an empty name or organization, an
        unknown role, a weak password, and any of them too long.
        """
        problems = Problems("")
        _check_lengths(problems, email=email, name=name, role=role, organization=organization, password=password or "")
        problems.raise_if_any()
        email, name, organization = _address(email), name.strip(), self._organizations.assigned(organization)
        check_email(email, problems)
        _check_profile(name, role, organization, problems)
        if password is not None:
            _check_password(email, password, problems)
        if self.by_email(email) is not None:
            problems.add("email-taken", about="email", found=email)
        problems.raise_if_any()
        id = new_id()  # noqa: A001
        values = {
            "id": id,
            "email": email,
            "name": name,
            "password": NOBODY if password is None else _hash(password),
            "created": at,
        }
        try:
            with self._connections.writing() as connection:
                founded(connection, self._connections, organization, at=at)
                connection.execute(insert(PersonRow), values)
                added(connection, self._connections, id, organization, role, at=at)
                is_first = self._connections.added(connection, FirstAccountRow, {"id": 1, "at": at})
                if first and not is_first:
                    raise NotFirstError
                if adopt:
                    theirs = update(CaseRow).where(CaseRow.organization == LOCAL.organization)
                    connection.execute(theirs.values(owner=id, organization=organization))
                elif is_first:
                    unowned = select(CaseRow.id).where(CaseRow.organization == LOCAL.organization)
                    standing = LinkRow.revoked.is_(None), LinkRow.case_id.in_(unowned)
                    connection.execute(update(LinkRow).where(*standing).values(revoked=at))
        except IntegrityError:  # somebody else took the address in this moment
            problems.add("email-taken", about="email", found=email)
            raise InputError(problems.found) from None
        return cast("Person", self.find(id))

    def find(self, id: str, organization: str | None = None) -> Person | None:  # noqa: A002
        """The account with this id as a member of an organization, active or not; of the one that they would be in first, where
        none is named."""
        return self._one(PersonRow.id == id, organization)

    def by_email(self, email: str, organization: str | None = None) -> Person | None:
        """The account with this address in any case, as `find` has it."""
        return None if len(email) > LONGEST else self._one(PersonRow.email == _storable(_address(email)), organization)

    def list(self, organization: str | None = None) -> tuple[Person, ...]:
        """The members of an organization, or all, by organization and address: an account once for each that it belongs to."""
        wanted = PEOPLE.order_by(MembershipRow.organization, PersonRow.email)
        if organization is not None:
            wanted = wanted.where(MembershipRow.organization == organization)
        with self._connections.reading() as connection:
            return tuple(person_of(row) for row in connection.execute(wanted))

    def any(self) -> bool:
        """Whether there are accounts at all."""
        with self._connections.reading() as connection:
            return connection.execute(select(PersonRow.id).limit(1)).first() is not None

    def ever(self) -> bool:
        """Whether there are accounts, or were before they were lost; where there never were, everybody is `LOCAL`."""
        with self._connections.reading() as connection:
            # Asked with every request until there are some, so past what SQLAlchemy does for a statement.
            asked = "SELECT 1 FROM first_account UNION ALL SELECT 1 FROM people LIMIT 1"
            return connection.exec_driver_sql(asked).first() is not None

    def set_active(self, id: str, active: bool, organization: str | None = None) -> None:  # noqa: A002
        """Put an account in or out of use in an organization, or in all of its own; out of use, its sessions there end.

        Raises `NoSuchPersonError`, and `LastAdministratorError`.
        """
        with self._connections.writing() as connection:
            theirs = _organizations_of(connection, id, organization)
            for each in theirs:
                if not active:
                    check_not_last(connection, id, each)
                    end_sessions(connection, id, each)
                connection.execute(update(MembershipRow).where(*membership(id, each)).values(active=active))

    def remove(self, id: str, organization: str | None = None) -> bool:  # noqa: A002
        """Take an account out of an organization, or of all, with its sessions and tokens there; whether the account went, as it
        does with its last membership. What it did stays in the history, then under no name.

        Raises `NoSuchPersonError`, `LastAdministratorError`, and `OwnsCasesError` while it owns cases there.
        """
        with self._connections.writing() as connection:
            for each in _organizations_of(connection, id, organization):
                check_not_last(connection, id, each)
                if connection.execute(
                    select(CaseRow.id).where(CaseRow.organization == each, CaseRow.owner == id).limit(1)
                ).first():
                    raise OwnsCasesError(id)
                removed(connection, id, each)
            goes = not count_memberships(connection, id)
            if goes:
                connection.execute(delete(PersonRow).where(PersonRow.id == id))
        return goes

    def hand_over(self, giver: Person, taker: Person) -> int:
        """Make one person's cases another's of the same organization; how many they are. Raises `NoSuchPersonError`."""
        if giver.organization != taker.organization or giver.id == taker.id:
            raise NoSuchPersonError(taker.id)
        theirs = CaseRow.organization == giver.organization, CaseRow.owner == giver.id
        with self._connections.writing() as connection:
            return touched(connection.execute(update(CaseRow).where(*theirs).values(owner=taker.id)))

    def owns(self, person: Person) -> int:
        """How many cases a person owns in their organization."""
        theirs = CaseRow.organization == person.organization, CaseRow.owner == person.id
        with self._connections.reading() as connection:
            return connection.execute(select(func.count()).where(*theirs)).scalar_one()

    def set_password(self, id: str, password: str) -> None:  # noqa: A002
        """Change a password, end all sessions and all other ways to set one, and forget failed logins.

        Raises `InputError` where it is weak, and `NoSuchPersonError`.
        """
        person = self.find(id)
        if person is None:
            raise NoSuchPersonError(id)
        kept = new_password(person, password)
        with self._connections.writing() as connection:
            keep_password(connection, person, kept)
        self._attempts.forget(person.email)

    def has_password(self, id: str) -> bool:  # noqa: A002
        """Whether an account signs in by a password, and not by a provider of identities alone."""
        with self._connections.reading() as connection:
            row = connection.execute(select(PersonRow.password).where(PersonRow.id == id)).first()
        return row is not None and row.password != NOBODY

    def mark(self, id: str) -> str:  # noqa: A002
        """What is another after each change of an account's password, and tells nothing of it; "" for no account in use."""
        used = select(MembershipRow.role).where(MembershipRow.person_id == id, MembershipRow.active)
        with self._connections.reading() as connection:
            row = connection.execute(select(PersonRow.password).where(PersonRow.id == id, used.exists())).first()
        return "" if row is None else hashed(row.password)[:_MARK]

    def count_asked(self, email: str, *, came_from: str, at: datetime) -> None:
        """Count that somebody asks for a mail to an address, which need not be one of an account.

        Raises `ThrottledError` where that comes too soon, and `InputError` where the address is too long to be one. These tries
        are counted apart from those to sign in.
        """
        problems = Problems("")
        _check_lengths(problems, email=email)
        problems.raise_if_any()
        self._attempts.begin(f"mail {_address(email)}", f"mail {came_from}", at=at)

    def check(self, email: str, password: str, *, came_from: str, at: datetime, browser: str = "") -> Person:
        """The person with this address and password, as a member in use of the organization that they were last in.

        `browser` is what `browser_of` gave when somebody signed in there before. Raises `WrongPasswordError` without telling
        what was wrong (nor does the time it takes), and `ThrottledError` after too many failures (`attempts.py` says which);
        then nothing was checked. `InputError` where one of the two is too long to be any.
        """
        problems = Problems("")
        _check_lengths(problems, email=email, password=password)
        problems.raise_if_any()
        email = _address(email)
        with self._connections.reading() as connection:
            wanted = PEOPLE.add_columns(PersonRow.password).where(PersonRow.email == _storable(email))
            row = connection.execute(wanted.order_by(*FIRST).limit(1)).first()
        known = browser if row is not None and browser.startswith(f"{row.id}.") else ""
        attempt = self._attempts.begin(email, came_from, at=at, browser=known)
        right = _verify(row.password if row else NOBODY, password)
        if row is None or not right or not row.active:
            raise WrongPasswordError
        self._attempts.succeeded(attempt, email, came_from, browser=known)
        if HASHER.check_needs_rehash(row.password):  # made with weaker settings than today's
            self._set(row.id, {"password": _hash(password)})
        return person_of(row)

    def change(
        self,
        id: str,  # noqa: A002
        *,
        at: datetime,
        name: str,
        role: str,
        organization: str,
        within: str | None = None,
    ) -> Person:
        """Change what an account is called, and what it may do in an organization, or make it a member of another in the place
        of that one; return it. `within` is the organization, where it is not the one that they would be in first.

        With another role the sessions in the organization end, with another organization its tokens too: what they could see is
        no longer theirs to see. Cases stay where they are. Raises `InputError` as `add` does, `NoSuchPersonError`, and
        `LastAdministratorError` where the last administrator would be none any more.
        """
        before = self.find(id, within)
        if before is None:
            raise NoSuchPersonError(id)
        problems = Problems("")
        _check_lengths(problems, name=name, role=role, organization=organization)
        problems.raise_if_any()
        name, organization = name.strip(), self._organizations.assigned(organization)
        _check_profile(name, role, organization, problems)
        problems.raise_if_any()
        moved = organization != before.organization
        with self._connections.writing() as connection:
            if moved or not administers(role):
                check_not_last(connection, id, before.organization)
            connection.execute(update(PersonRow).where(PersonRow.id == id).values(name=name))
            if moved:
                founded(connection, self._connections, organization, at=at)
                removed(connection, id, before.organization)
                added(connection, self._connections, id, organization, role, at=at)
                there = update(MembershipRow).where(*membership(id, organization))
                connection.execute(there.values(active=before.active))
            elif role != before.role:
                connection.execute(update(MembershipRow).where(*membership(id, organization)).values(role=role))
                end_sessions(connection, id, organization)
        return cast("Person", self.find(id, organization))

    def unlock(self, id: str) -> None:  # noqa: A002
        """Forget the failures on an account, so that the next try counts at once. Raises `NoSuchPersonError`."""
        person = self.find(id)
        if person is None:
            raise NoSuchPersonError(id)
        for each in (person.email, code_address(id), passkey_address(id)):
            self._attempts.forget(each)

    def _one(self, wanted: Any, organization: str | None) -> Person | None:
        asked = PEOPLE.where(wanted)
        if organization is not None:
            asked = asked.where(MembershipRow.organization == organization)
        with self._connections.reading() as connection:
            row = connection.execute(asked.order_by(*FIRST).limit(1)).first()
        return None if row is None else person_of(row)

    def _set(self, id: str, values: Mapping[str, object]) -> None:  # noqa: A002
        with self._connections.writing() as connection:
            if not touched(connection.execute(update(PersonRow).where(PersonRow.id == id).values(values))):
                raise NoSuchPersonError(id)


def new_password(person: Person, password: str) -> str:
    """The hash of a password that a person is to have. Raises `InputError` where it is weak."""
    problems = Problems("")
    _check_lengths(problems, password=password)
    problems.raise_if_any()
    _check_password(person.email, password, problems)
    problems.raise_if_any()
    return _hash(password)


def keep_password(connection: Connection, person: Person, kept: str) -> None:
    """Give a person the password with this hash; all sessions and all ways to set one end. Raises `NoSuchPersonError`."""
    if not touched(connection.execute(update(PersonRow).where(PersonRow.id == person.id).values(password=kept))):
        raise NoSuchPersonError(person.id)
    for row in (SessionRow, ResetRow):
        connection.execute(delete(row).where(row.person_id == person.id))


def browser_of(person: Person) -> str:
    """A name for a browser in which this person has signed in, to be kept there."""
    return f"{person.id}.{new_id()}"


def _organizations_of(connection: Connection, id: str, organization: str | None) -> Sequence[str]:  # noqa: A002
    """The organization, or all to which an account belongs. Raises `NoSuchPersonError` where it belongs to none such."""
    wanted = select(MembershipRow.organization).where(MembershipRow.person_id == id)
    if organization is not None:
        wanted = wanted.where(MembershipRow.organization == organization)
    found = connection.execute(wanted.order_by(MembershipRow.organization)).scalars().all()
    if not found:
        raise NoSuchPersonError(id)
    return found


def spelled_address(email: str, problems: Problems) -> str:
    """An address as accounts have it; what is wrong is noted where it is too long to be one."""
    _check_lengths(problems, email=email)
    return "" if problems.found else _address(email)


def _address(email: str) -> str:
    return unicodedata.normalize("NFC", email.strip()).casefold()


def _storable(text: str) -> str:
    """A text that a database can look for: PostgreSQL takes no zero character, and none takes half of one."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def _check_lengths(problems: Problems, **texts: str) -> None:
    """Before anything else: to bring combining marks into order takes the square of a text's length."""
    for about, text in texts.items():
        if len(text) > LONGEST:
            problems.add("text-too-long", about=about, found=len(text), allowed=(str(LONGEST),))


def check_email(email: str, problems: Problems) -> None:
    """Note what is wrong with an address that an account is to have."""
    if len(email) > LONGEST or not email.isprintable() or not _EMAIL.fullmatch(email):
        problems.add("email-expected", about="email", found=email)


def _check_profile(name: str, role: str, organization: str, problems: Problems) -> None:
    if not 0 < len(name) <= LONGEST or "\0" in name:
        problems.add("name-too-long", about="name", found=len(name), allowed=(str(LONGEST),))
    check_name(organization, problems)
    if role not in ROLES:
        problems.add("unknown-role", about="role", found=role, allowed=ROLES)


def _check_password(email: str, password: str, problems: Problems) -> None:
    """What is wrong is told without the password."""
    if len(password) < SHORTEST:
        problems.add("short-password", about="password", allowed=(str(SHORTEST),))
    elif _address(password) == email:
        problems.add("password-is-email", about="password")


def _hash(password: str) -> str:
    return HASHER.hash(_spelled(password))


def _verify(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, _spelled(password))
    except (VerificationError, InvalidHashError):
        return False


def _spelled(password: str) -> bytes:
    """One spelling for what looks the same: keyboards differ in how they compose a letter."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
