"""Requests that create something once for a key of the caller's, however often they are sent (`Idempotency-Key`).

A request first claims its key. What it creates and the answer that is kept are then one transaction, so that a claim whose
process died left nothing behind, and another request may take it over.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from advisor.store.connections import Connections, touched
from advisor.store.errors import KeyInUseError, KeyUsedOtherwiseError
from advisor.store.secret_keys import hashed, new_id
from advisor.store.tables import IdempotencyRow

KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=3)  # after which a request that has not ended never will: none may take so long


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request holds while it is answered."""

    caller: str
    key: str
    id: str


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """The first answer to a key, to be given again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class IdempotencyKeys:
    """The keys of a database. Of a key only a hash is kept; an answer goes with the case that it is about."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def claim(self, caller: str, key: str, request: bytes, *, at: datetime) -> Claim | KeptResponse:
        """Claim a key for a request, or what was answered to it; `request` is all that makes two requests the same.

        Raises `KeyUsedOtherwiseError` where the key was used for another request, and `KeyInUseError` while it is answered.
        """
        claim = Claim(caller, hashed(key), new_id())
        told = hashed(request.decode("latin-1"))
        mine = IdempotencyRow.caller == caller, IdempotencyRow.key == claim.key
        with self._connections.writing() as connection:
            connection.execute(delete(IdempotencyRow).where(IdempotencyRow.at <= at - KEPT))
            row = connection.execute(select(IdempotencyRow.__table__).where(*mine).with_for_update()).first()
            if row is None:
                values = {"caller": caller, "key": claim.key, "claim": claim.id, "request": told, "at": at}
                if self._connections.added(connection, IdempotencyRow, values):
                    return claim
                raise KeyInUseError  # somebody else claimed it in this moment
            if row.request != told:
                raise KeyUsedOtherwiseError
            if row.status is not None:
                return KeptResponse(row.status, json.loads(row.headers), row.body)
            if row.at > at - LEASE:
                raise KeyInUseError
            connection.execute(update(IdempotencyRow).where(*mine).values(claim=claim.id, at=at))
        return claim

    @contextmanager
    def creating(self, claim: Claim) -> Iterator[None]:
        """What is created in here and the answer that is kept are one transaction. An error frees the key again."""
        try:
            with self._connections.together():
                yield
        except BaseException:
            with self._connections.writing() as connection:
                connection.execute(delete(IdempotencyRow).where(*_held(claim)))
            raise

    def keep(self, claim: Claim, response: KeptResponse, case_id: str) -> None:
        """Keep what was answered, as long as the case that it is about. Raises `KeyInUseError` where another took over."""
        values = {
            "status": response.status,
            "headers": json.dumps(dict(response.headers)),
            "body": response.body,
            "case_id": case_id,
        }
        with self._connections.writing() as connection:
            if not touched(connection.execute(update(IdempotencyRow).where(*_held(claim)).values(values))):
                raise KeyInUseError


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    held = IdempotencyRow.caller == claim.caller, IdempotencyRow.key == claim.key
    return (*held, IdempotencyRow.claim == claim.id, IdempotencyRow.status.is_(None))
