"""Organizations by their names: an organization may be renamed, and keeps every name that it had."""

import unicodedata
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.model.problems import InputError, Problem, Problems
from advisor.store.connections import Connections
from advisor.store.organization_tables import OrganizationNameRow, OrganizationRow
from advisor.store.records import LOCAL, Organization

LONGEST = 200


class Organizations:
    """The organizations of a database. The id of one is the name that it had first."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def find(self, id: str) -> Organization | None:  # noqa: A002
        """The organization with this id, with the names that it had before."""
        found = self._found(OrganizationRow.id == id)
        return found[0] if found else None

    def list(self) -> tuple[Organization, ...]:
        """All of them by what they are called."""
        return self._found()

    def named(self, name: str) -> Organization | None:
        """The organization that has this name, or had it, however it is spelled."""
        if len(name) > LONGEST:
            return None
        if (same := self.find(" ".join(name.split()))) is not None:
            return same
        folded = folded_name(name)
        wanted = select(OrganizationNameRow.organization).where(OrganizationNameRow.folded == folded)
        with self._connections.reading() as connection:
            id = connection.execute(wanted).scalar_one_or_none()  # noqa: A001
        return None if id is None else self.find(id)

    def assigned(self, name: str) -> str:
        """The id of the organization that people are assigned to by this name; the name itself, with single blanks, where there
        is none yet.

        A name that an organization gave itself does not count: else one could call itself as another is called elsewhere, and
        whoever belongs there would land in it. Raises `InputError` for such a name, and for one that is too long to be any.
        """
        if len(name) > LONGEST:
            raise InputError([Problem("", 0, "name-too-long", "organization", str(len(name)), (str(LONGEST),))])
        spelled = " ".join(name.split())
        columns = OrganizationNameRow.organization, OrganizationNameRow.given
        with self._connections.reading() as connection:
            same = connection.execute(select(OrganizationRow.id).where(OrganizationRow.id == spelled)).first()
            row = connection.execute(select(*columns).where(OrganizationNameRow.folded == folded_name(name))).first()
        if same is not None or row is None:
            return spelled
        if not row.given:
            raise InputError([Problem("", 0, "organization-named-itself", about=row.organization, found=spelled)])
        return str(row.organization)

    def rename(self, id: str, name: str, *, at: datetime, given: bool = False) -> None:  # noqa: A002
        """Call an organization something else; the names that it had stay its own.

        `given` tells that whoever keeps the server does it. Raises `LookupError` where there is no such organization, and
        `InputError` for a name that is none, that is reserved, or that another organization has or had.
        """
        name = " ".join(name.split()) if len(name) <= LONGEST else name
        problems = Problems("")
        check_name(name, problems)
        problems.raise_if_any()
        folded = folded_name(name)
        own = OrganizationNameRow.organization == id, OrganizationNameRow.folded == folded
        try:
            with self._connections.writing() as connection:
                changed = update(OrganizationRow).where(OrganizationRow.id == id).values(name=name)
                if connection.execute(changed.returning(OrganizationRow.id)).first() is None:
                    raise LookupError(id)
                row = connection.execute(select(OrganizationNameRow.given).where(*own)).first()
                if row is None:
                    values = {"folded": folded, "organization": id, "name": name, "since": at, "given": given}
                    connection.execute(insert(OrganizationNameRow), values)
                else:
                    again = {"name": name, "since": at, "given": given or row.given}
                    connection.execute(update(OrganizationNameRow).where(*own).values(again))
        except IntegrityError:
            raise InputError([Problem("", 0, "organization-taken", about="organization", found=name)]) from None

    def show_elsewhere(self, id: str, shown: bool) -> None:  # noqa: A002
        """Have an organization's consultations stand at a glance for who looks from another of their organizations, or not."""
        with self._connections.writing() as connection:
            connection.execute(update(OrganizationRow).where(OrganizationRow.id == id).values(shown_elsewhere=shown))

    def shown_elsewhere(self) -> frozenset[str]:
        """The ids of the organizations whose consultations do."""
        wanted = select(OrganizationRow.id).where(OrganizationRow.shown_elsewhere)
        with self._connections.reading() as connection:
            return frozenset(connection.execute(wanted).scalars())

    def _found(self, *wanted: object) -> tuple[Organization, ...]:
        columns = OrganizationRow.id, OrganizationRow.name.label("called"), OrganizationRow.shown_elsewhere
        asked = select(*columns, OrganizationNameRow.name)
        asked = asked.outerjoin(OrganizationNameRow, OrganizationNameRow.organization == OrganizationRow.id)
        ordered = asked.where(*wanted).order_by(OrganizationRow.name, OrganizationRow.id, OrganizationNameRow.since)  # type: ignore[arg-type]
        found: dict[str, tuple[str, bool, list[str]]] = {}
        with self._connections.reading() as connection:
            for row in connection.execute(ordered):
                *_, names = found.setdefault(row.id, (row.called, row.shown_elsewhere, []))
                if row.name is not None and row.name != row.called:
                    names.append(row.name)
        return tuple(Organization(id, called, tuple(names), shown) for id, (called, shown, names) in found.items())  # noqa: A001


def founded(connection: Connection, connections: Connections, id: str, *, at: datetime) -> None:  # noqa: A002
    """Have there be an organization with this id and name, if there is none yet.

    Raises `InputError` where another took the name in this moment.
    """
    if not connections.added(connection, OrganizationRow, {"id": id, "name": id, "since": at}):
        return
    name = {"folded": folded_name(id), "organization": id, "name": id, "since": at, "given": True}
    if not connections.added(connection, OrganizationNameRow, name):
        raise InputError([Problem("", 0, "organization-taken", about="organization", found=id)])


def check_name(name: str, problems: Problems) -> None:
    """Note what is wrong with a name that an organization is to have."""
    if not 0 < len(name) <= LONGEST or "\0" in name:
        problems.add("name-too-long", about="organization", found=len(name), allowed=(str(LONGEST),))
    if folded_name(name) == LOCAL.organization:
        problems.add("reserved-organization", about="organization", found=name)


def folded_name(name: str) -> str:
    """A name without what may differ between two spellings of it."""
    return " ".join(unicodedata.normalize("NFKC", name.replace("\0", " ")).casefold().split())
