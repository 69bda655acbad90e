"""What is advised in each case in two words, kept for lists of cases; worked out anew for each revision and rulebook."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, or_, select

from advisor.store.cases import visible
from advisor.store.connections import Connections
from advisor.store.records import Entry, Person, Verdict
from advisor.store.tables import CaseRow, VerdictRow


class Verdicts:
    """The verdicts of a rulebook, named by its SHA-256. Whether a person may see a case is asked before, but in `missing`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def of(self, rulebook: str, entries: Sequence[Entry]) -> dict[str, Verdict]:
        """Those of some cases as they stand, by the id of the case; none for a case without one."""
        if not entries:
            return {}
        columns = (VerdictRow.case_id, VerdictRow.revision, VerdictRow.decision, VerdictRow.closeness)
        standing = or_(*(and_(VerdictRow.case_id == each.id, VerdictRow.revision == each.revision) for each in entries))
        with self._connections.reading() as connection:
            rows = connection.execute(select(*columns).where(VerdictRow.rulebook == rulebook, standing)).all()
        return {row.case_id: Verdict(*row) for row in rows}

    def missing(self, person: Person, rulebook: str) -> list[str]:
        """The cases with answers that a person may see and that have no verdict as they stand, by id."""
        here = select(VerdictRow.case_id).where(
            VerdictRow.case_id == CaseRow.id, VerdictRow.revision == CaseRow.revision, VerdictRow.rulebook == rulebook
        )
        wanted = select(CaseRow.id).where(visible(person), CaseRow.answers > 0, ~here.exists())
        with self._connections.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def keep(self, rulebook: str, verdicts: Sequence[Verdict]) -> None:
        """Keep verdicts in the place of earlier ones on the same cases; of a case that is gone none is kept."""
        if not verdicts:
            return
        ids = [each.case for each in verdicts]
        with self._connections.writing() as connection:
            held = select(CaseRow.id).where(CaseRow.id.in_(ids)).with_for_update(read=True, key_share=True)
            there = set(connection.execute(held).scalars())
            connection.execute(delete(VerdictRow).where(VerdictRow.case_id.in_(ids)))
            values = [
                {
                    "case_id": each.case,
                    "revision": each.revision,
                    "rulebook": rulebook,
                    "decision": each.decision,
                    "closeness": each.closeness,
                }
                for each in verdicts
                if each.case in there
            ]
            if values:
                connection.execute(self._connections.insert_new(VerdictRow), values)
