"""Failed logins, counted for each address and for each place they come from; too many make the next one wait."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text

from advisor.store.connections import Connections
from advisor.store.errors import ThrottledError
from advisor.store.secret_keys import hashed, new_id
from advisor.store.tables import AttemptRow

WINDOW = timedelta(minutes=15)
PER_ADDRESS = 5
PER_SOURCE = 20
FIRST_WAIT = timedelta(seconds=30)  # doubled with each further failure, up to the window


class Attempts:
    """Attempts to log in, kept in the database, so that all processes count together."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, address: str, came_from: str, *, at: datetime) -> str:
        """Note an attempt, and return its id. Raises `ThrottledError` where it came too soon.

        It counts as failed until it is known to have succeeded: many at once would else all be let through.
        """
        mine = {"id": new_id(), "address": hashed(f"address {address}"), "source": hashed(f"source {came_from}"), "at": at}
        limits = ((AttemptRow.address == mine["address"], PER_ADDRESS), (AttemptRow.source == mine["source"], PER_SOURCE))
        with self._connections.writing() as connection:
            if not self._connections.is_sqlite:  # there, only one writes at a time anyway
                connection.execute(text("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(delete(AttemptRow).where(AttemptRow.at <= at - WINDOW))
            until = max(_until(connection, whose, limit) or at for whose, limit in limits)
            if until <= at:
                connection.execute(insert(AttemptRow), mine)
        if until > at:
            raise ThrottledError(until)
        return str(mine["id"])

    def succeeded(self, attempt: str, address: str) -> None:
        """Forget an attempt that succeeded, and the failures on its address before; those of its source stay."""
        gone = (AttemptRow.id == attempt) | (AttemptRow.address == hashed(f"address {address}"))
        with self._connections.writing() as connection:
            connection.execute(delete(AttemptRow).where(gone))


def _until(connection: Connection, whose: ColumnElement[bool], limit: int) -> datetime | None:
    """Until when the next attempt has to wait, going by those in the window; None before the limit is reached."""
    failures, last = connection.execute(select(func.count(), func.max(AttemptRow.at)).where(whose)).one()
    if failures < limit:
        return None
    wait = FIRST_WAIT * 2 ** min(failures - limit, 10)
    until: datetime = last + min(wait, WINDOW)
    return until
