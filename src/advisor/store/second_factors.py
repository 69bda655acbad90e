"""Second factors: codes of an authenticator (TOTP, RFC 6238) besides a password, and recovery codes for when it is lost."""

from datetime import datetime, timedelta

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from advisor.store.attempts import Attempts, code_address
from advisor.store.connections import Connections, touched
from advisor.store.errors import WrongCodeError
from advisor.store.membership_tables import MembershipRow
from advisor.store.records import Person
from advisor.store.second_factor_tables import RecoveryCodeRow, SecondFactorRow, SecondFactorRuleRow
from advisor.store.secret_keys import hashed, new_code, plain_code
from advisor.store.tables import SessionRow

WITHIN = timedelta(minutes=15)  # a new secret has to be confirmed
CLOCKS = (-1, 0, 1)  # half minutes by which an authenticator's clock may be off
RECOVERY_CODES = 10


class SecondFactors:
    """The second factors of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._attempts = connections, Attempts(connections)

    def has(self, person_id: str) -> bool:
        """Whether a person has a second factor that counts."""
        wanted = select(SecondFactorRow.secret).where(
            SecondFactorRow.person_id == person_id, SecondFactorRow.confirmed.isnot(None)
        )
        with self._connections.reading() as connection:
            return connection.execute(wanted).first() is not None

    def begin(self, person_id: str, *, at: datetime) -> str | None:
        """A new secret, which counts once it is confirmed; None for somebody who has a second factor already."""
        secret = pyotp.random_base32()
        mine = SecondFactorRow.person_id == person_id
        values = {"person_id": person_id, "secret": secret, "begun": at, "confirmed": None, "used": 0}
        with self._connections.writing() as connection:
            connection.execute(delete(SecondFactorRow).where(mine, SecondFactorRow.confirmed.is_(None)))
            made = self._connections.added(connection, SecondFactorRow, values)
        return secret if made else None

    def begun(self, person_id: str, *, at: datetime) -> str | None:
        """The secret that a person has still to confirm, while there is time; None where there is none."""
        waiting = SecondFactorRow.confirmed.is_(None), SecondFactorRow.begun > at - WITHIN
        with self._connections.reading() as connection:
            wanted = select(SecondFactorRow.secret).where(SecondFactorRow.person_id == person_id, *waiting)
            row = connection.execute(wanted).first()
        return None if row is None else row.secret

    def confirm(self, person: Person, code: str, *, at: datetime) -> tuple[str, ...]:
        """Have a new secret count, for whoever shows a code of it; the recovery codes, which are nowhere kept. All sessions end.

        Raises `WrongCodeError`, also where nothing is to be confirmed, and `ThrottledError`.
        """
        attempt = self._begin(person, "", at=at)
        secret = self.begun(person.id, at=at)
        step = None if secret is None else _step(secret, code, at)
        if step is None:
            raise WrongCodeError
        codes = tuple(new_code() for _ in range(RECOVERY_CODES))
        mine = SecondFactorRow.person_id == person.id, SecondFactorRow.secret == secret, SecondFactorRow.confirmed.is_(None)
        with self._connections.writing() as connection:
            if not touched(connection.execute(update(SecondFactorRow).where(*mine).values(confirmed=at, used=step))):
                raise WrongCodeError  # another secret was begun in this moment
            kept = [{"person_id": person.id, "code": hashed(plain_code(each))} for each in codes]
            connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person.id))
            connection.execute(insert(RecoveryCodeRow), kept)
            connection.execute(delete(SessionRow).where(SessionRow.person_id == person.id))
        self._attempts.succeeded(attempt, code_address(person.id), "")
        return codes

    def check(self, person: Person, code: str, *, at: datetime, browser: str = "") -> None:
        """Take a code of a person's authenticator, or one of their recovery codes: each once.

        Raises `WrongCodeError`, and `ThrottledError` after too many. Whoever tries knows the password, so tries are counted from
        all places together; `browser` is what `browser_of` gave, and stands for itself.
        """
        known = browser if browser.startswith(f"{person.id}.") else ""
        attempt = self._begin(person, known, at=at)
        with self._connections.writing() as connection:
            if not (_take(connection, person, code, at) or _take_recovery(connection, person, code)):
                raise WrongCodeError
        self._attempts.succeeded(attempt, code_address(person.id), "", browser=known)

    def end(self, person_id: str) -> bool:
        """Switch somebody's second factor off; all sessions end. False where there is none that counts."""
        mine = SecondFactorRow.person_id == person_id
        with self._connections.writing() as connection:
            if not touched(connection.execute(delete(SecondFactorRow).where(mine, SecondFactorRow.confirmed.isnot(None)))):
                return False
            connection.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person_id))
            connection.execute(delete(SessionRow).where(SessionRow.person_id == person_id))
        return True

    def left(self, person_id: str) -> int:
        """How many recovery codes a person has left."""
        with self._connections.reading() as connection:
            wanted = select(RecoveryCodeRow.code).where(RecoveryCodeRow.person_id == person_id)
            return len(connection.execute(wanted).all())

    def required(self, organization: str) -> bool:
        """Whether an organization requires a second factor of whoever signs in by a password."""
        wanted = select(SecondFactorRuleRow.since).where(SecondFactorRuleRow.organization == organization)
        with self._connections.reading() as connection:
            return connection.execute(wanted).first() is not None

    def required_of(self, person_id: str) -> bool:
        """Whether any organization that an account is a member in use of requires it."""
        wanted = select(SecondFactorRuleRow.since).join(
            MembershipRow, MembershipRow.organization == SecondFactorRuleRow.organization
        )
        with self._connections.reading() as connection:
            theirs = MembershipRow.person_id == person_id, MembershipRow.active
            return connection.execute(wanted.where(*theirs).limit(1)).first() is not None

    def require(self, organization: str, required: bool, *, at: datetime) -> None:
        """Have an organization require it, or not. Once it does, sessions end that began by a password alone."""
        with self._connections.writing() as connection:
            if not required:
                connection.execute(delete(SecondFactorRuleRow).where(SecondFactorRuleRow.organization == organization))
                return
            connection.execute(self._connections.insert_new(SecondFactorRuleRow), {"organization": organization, "since": at})
            theirs = select(MembershipRow.person_id).where(MembershipRow.organization == organization, MembershipRow.active)
            having = select(SecondFactorRow.person_id).where(SecondFactorRow.confirmed.isnot(None))
            alone = SessionRow.person_id.in_(theirs), SessionRow.person_id.not_in(having), SessionRow.provider == ""
            connection.execute(delete(SessionRow).where(*alone))

    def _begin(self, person: Person, browser: str, *, at: datetime) -> str:
        return self._attempts.begin(code_address(person.id), "", at=at, browser=browser)


def _step(secret: str, code: str, at: datetime) -> int | None:
    """The half minute whose code this is, of those a clock may show; of two with the same code, the later."""
    totp, given = pyotp.TOTP(secret), "".join(code.split())
    now = totp.timecode(at)
    found = [now + off for off in CLOCKS if pyotp.utils.strings_equal(given, totp.generate_otp(now + off))]
    return max(found, default=None)


def _take(connection: Connection, person: Person, code: str, at: datetime) -> bool:
    """Whether this is a code of the person's authenticator that was not taken before; it is taken now."""
    mine = SecondFactorRow.person_id == person.id, SecondFactorRow.confirmed.isnot(None)
    row = connection.execute(select(SecondFactorRow.secret).where(*mine)).first()
    step = None if row is None else _step(row.secret, code, at)
    if step is None:
        return False
    return touched(connection.execute(update(SecondFactorRow).where(*mine, SecondFactorRow.used < step).values(used=step))) > 0


def _take_recovery(connection: Connection, person: Person, code: str) -> bool:
    """Whether this is a recovery code of the person that is left; it is used up now."""
    mine = RecoveryCodeRow.person_id == person.id, RecoveryCodeRow.code == hashed(plain_code(code))
    return touched(connection.execute(delete(RecoveryCodeRow).where(*mine))) > 0
