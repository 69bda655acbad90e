"""Shared links: whoever holds the secret may read one case, until the link expires or is revoked."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.model.case import unspoken
from advisor.store.cases import Cases
from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchCaseError
from advisor.store.records import Link, Person, SavedCase
from advisor.store.secret_keys import hashed, new_id, new_secret
from advisor.store.tables import LinkRow

_LINK = (
    LinkRow.id,
    LinkRow.case_id,
    LinkRow.shows,
    LinkRow.scenarios,
    LinkRow.created,
    LinkRow.created_by,
    LinkRow.expires,
    LinkRow.revoked,
    LinkRow.words,
)


class Links:
    """Links into cases. Who may see a case may make, list and revoke its links; others raise `NoSuchCaseError`."""

    def __init__(self, connections: Connections, cases: Cases) -> None:
        self._connections, self._cases = connections, cases

    def create(
        self,
        person: Person,
        case_id: str,
        shows: str,
        scenarios: Sequence[str],
        *,
        at: datetime,
        expires: datetime,
        words: bool = False,
    ) -> tuple[Link, str]:
        """A new link and its secret, which is nowhere kept."""
        self._cases.check(person, case_id)
        link = Link(new_id(), case_id, shows, tuple(scenarios), at, person.id, expires, None, words)
        secret = new_secret()
        values = {
            "id": link.id,
            "secret": hashed(secret),
            "case_id": case_id,
            "shows": shows,
            "scenarios": json.dumps(link.scenarios),
            "created": at,
            "created_by": person.id,
            "expires": expires,
            "words": words,
        }
        try:
            with self._connections.writing() as connection:
                connection.execute(insert(LinkRow), values)
        except IntegrityError:  # the case was deleted in this moment
            raise NoSuchCaseError(case_id) from None
        return link, secret

    def list(self, person: Person, case_id: str) -> tuple[Link, ...]:
        """All links into a case, the newest first, with those that no longer work."""
        self._cases.check(person, case_id)
        wanted = select(*_LINK).where(LinkRow.case_id == case_id).order_by(LinkRow.created.desc(), LinkRow.id)
        with self._connections.reading() as connection:
            return tuple(_link(row) for row in connection.execute(wanted))

    def revoke(self, person: Person, case_id: str, link_id: str, *, at: datetime) -> bool:
        """End a link. False where the case has none with this id that still stands."""
        self._cases.check(person, case_id)
        standing = (LinkRow.id == link_id, LinkRow.case_id == case_id, LinkRow.revoked.is_(None))
        with self._connections.writing() as connection:
            return touched(connection.execute(update(LinkRow).where(*standing).values(revoked=at))) > 0

    def open(self, secret: str, *, at: datetime) -> tuple[Link, SavedCase] | None:
        """The link with this secret and its case as it is now, without free words and notes unless it shows them.

        None where it is unknown, expired or revoked.
        """
        wanted = select(*_LINK).where(LinkRow.secret == hashed(secret), LinkRow.expires > at, LinkRow.revoked.is_(None))
        with self._connections.reading() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        link = _link(row)
        saved = self._cases.for_link(link.case)
        if saved is None or link.words:
            return None if saved is None else (link, saved)
        return link, replace(saved, file=replace(saved.file, case=unspoken(saved.file.case)))


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    scenarios = tuple(json.loads(row.scenarios))
    return Link(row.id, row.case_id, row.shows, scenarios, row.created, row.created_by, row.expires, row.revoked, row.words)
