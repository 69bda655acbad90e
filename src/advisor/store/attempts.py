"""Failed logins, counted by account and by where they come from; the more there are, the longer the next one waits.

Nobody is locked out. Somebody else's failures count against where they came from: an account asked for from elsewhere waits
only after very many, and never for long. A browser in which this person has signed in before stands for itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, text

from advisor.store.connections import Connections
from advisor.store.errors import ThrottledError
from advisor.store.secret_keys import hashed, new_id
from advisor.store.tables import AttemptRow

WINDOW = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=2)  # doubled with each further failure, up to the most of its allowance
SKEW = timedelta(minutes=1)  # by which the clocks of several machines may differ; what is later than that does not count


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures within the window are free, and the longest wait after one more."""

    free: int
    longest: timedelta


HERE = Allowance(5, WINDOW)  # on one account from one place, or in one known browser
PLACE = Allowance(50, timedelta(minutes=1))  # from one place on all accounts: an office may stand behind one address
ACCOUNT = Allowance(100, timedelta(minutes=1))  # on one account from all places


class Attempts:
    """Attempts to log in, kept in the database, so that all processes count together."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, address: str, came_from: str, *, at: datetime, browser: str = "") -> str:
        """Note an attempt, and return its id. Raises `ThrottledError` where it came too soon.

        `browser` names one in which this account has signed in before: then only its own failures count. An attempt counts
        as failed until it is known to have succeeded: many at once would else all be let through.
        """
        source = hashed(f"browser {browser}" if browser else f"source {came_from}")
        mine = {"id": new_id(), "address": _hashed(address), "source": source, "at": at}
        of_account, of_place = AttemptRow.address == mine["address"], AttemptRow.source == source
        limits: list[tuple[ColumnElement[bool], Allowance]] = [(and_(of_account, of_place), HERE)]
        if not browser:
            limits += [(of_place, PLACE), (of_account, ACCOUNT)]
        with self._connections.writing() as connection:
            if not self._connections.is_sqlite:  # there, only one writes at a time anyway
                connection.execute(text("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(delete(AttemptRow).where(or_(AttemptRow.at <= at - WINDOW, AttemptRow.at > at + SKEW)))
            until = max(_until(connection, whose, allowed) or at for whose, allowed in limits)
            if until <= at:
                connection.execute(insert(AttemptRow), mine)
        if until > at:
            raise ThrottledError(until)
        return str(mine["id"])

    def succeeded(self, attempt: str, address: str, came_from: str, *, browser: str = "") -> None:
        """Forget an attempt that succeeded, and the failures on its account from the same place before."""
        source = hashed(f"browser {browser}" if browser else f"source {came_from}")
        same = and_(AttemptRow.address == _hashed(address), AttemptRow.source == source)
        with self._connections.writing() as connection:
            connection.execute(delete(AttemptRow).where(or_(AttemptRow.id == attempt, same)))

    def forget(self, address: str) -> None:
        """Forget all failures on an account."""
        with self._connections.writing() as connection:
            connection.execute(delete(AttemptRow).where(AttemptRow.address == _hashed(address)))


def code_address(person_id: str) -> str:
    """What tries of somebody's codes are counted under, apart from those of their password."""
    return f"code {person_id}"


def passkey_address(whose: str) -> str:
    """What tries with somebody's passkeys are counted under; of a passkey that nobody has, those with its own id."""
    return f"passkey {whose}"


def _hashed(address: str) -> str:
    return hashed(f"address {address}")


def _until(connection: Connection, whose: ColumnElement[bool], allowed: Allowance) -> datetime | None:
    """Until when the next attempt has to wait, going by those in the window; None where there were few."""
    failures, last = connection.execute(select(func.count(), func.max(AttemptRow.at)).where(whose)).one()
    if failures < allowed.free:
        return None
    wait = FIRST_WAIT * 2 ** min(failures - allowed.free, 10)
    until: datetime = last + min(wait, allowed.longest)
    return until
