"""What the store hands out of consultations, as values. Times are aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from advisor.model.consultation import Audience, Options, Respondent

LinkStanding = Literal["open", "spent", "revoked", "expired", "closed"]
"""How a link stands: it works; it worked once, as it should; somebody ended it; its time is over; the consultation is closed."""


@dataclass(frozen=True, slots=True)
class SavedConsultation:
    """A consultation on a case as it was at a revision: which questions it asks, about which partners, who opened it.

    `version` counts what was changed in it, so that what was made of it is known to be out of date. A further round of a
    consultation has the `first` one's id, any other none.
    """

    id: str
    case: str
    revision: int
    questions: tuple[str, ...]
    partners: tuple[str, ...]
    opened_by: str
    opened_by_name: str
    created: datetime
    closed: datetime | None
    version: int
    first: str = ""

    @property
    def series(self) -> str:
        """The id of the first round, which all rounds of it share."""
        return self.first or self.id

    def audience_of(self, person_id: str) -> Audience:
        """As whom a person reads it: who opened it is its specialist."""
        return "specialist" if person_id == self.opened_by else "everybody"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who is asked to answer, by a link that works until `expires`; since when they answer, if they do.

    It is `exchanged` once a link that works once was opened. `first` is their id in the round in which they were first asked.
    """

    id: str
    consultation: str
    respondent: Respondent
    created: datetime
    expires: datetime
    revoked: datetime | None
    begun: datetime | None
    exchanged: bool
    first: str = ""

    @property
    def under_way(self) -> bool:
        """Whether who is asked was told who sees what, and began."""
        return self.begun is not None and (self.exchanged or not self.works_once)

    @property
    def works_once(self) -> bool:
        """Whether the link opens once only: then who made it cannot read by it what was answered."""
        return self.respondent.shown != "by-name"

    @property
    def on_paper(self) -> bool:
        """Whether what was answered was typed in by who leads, where it is not for everybody to read."""
        return self.works_once and self.begun is not None and not self.exchanged


@dataclass(frozen=True, slots=True)
class RespondentAnswer:
    """What a respondent (by id) answered to a question about the agency (None) or a partner, with a note, and when."""

    respondent: str
    question: str
    partner: str | None
    options: Options
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedInvitation:
    """What a link leads to: who is asked, in which consultation on which case, and how the link stands."""

    invitation: Invitation
    consultation: SavedConsultation
    case_name: str
    standing: LinkStanding
