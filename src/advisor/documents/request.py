"""A document that somebody wants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from advisor.render.documents import Detail


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """A document that is wanted: its kind and form, what stands at its head, and for Word the template to fill in.

    `scenario` names the scenario of the case that was advised on, "" as it stands. Without a `day` there is a place for it;
    `due` are days by when something is done, by the words for `when` and `by` of the rulebook. `instrument` is what an
    agreement is drafted for, "" for the first that is to be signed. `place` is where the template came from. `detail` is how
    much is told, as in the advice.
    """

    kind: str
    form: str
    scenario: str = ""
    to: str = ""
    sender: str = ""
    day: date | None = None
    due: Mapping[str, date] = field(default_factory=dict)
    instrument: str = ""
    template: bytes | None = None
    place: str = ""
    detail: Detail = "paragraph"
