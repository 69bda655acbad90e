"""What the store hands out: cases, their history, people, links and tokens, as values. Times are aware and in UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

from advisor.model.carried_over import LeftOut
from advisor.model.scenario import CaseFile
from advisor.store.permissions import SCOPES, Role, Scope, administers, sees_every_case

T = TypeVar("T")

Order = Literal["changed", "name", "decision", "closeness", "owner"]
ORDERS: tuple[Order, ...] = ("changed", "name", "decision", "closeness", "owner")

How = Literal["created", "saved", "imported", "copied", "merged", "agreed"]
ChangeKind = Literal["name", "words", "answer", "note", "partner-added", "partner-removed", "partner-renamed", "scenario"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the advisor, as a member of one organization, in one role. Without accounts there is one, who is `local`.

    `id` is that of the account, whatever it is a member of. `organization` is its id, which stays when it is renamed;
    `organization_name` is what it is called. `several` tells whether a session is of somebody who has others to switch to.
    """

    id: str
    email: str
    name: str
    role: Role
    organization: str
    active: bool = True
    organization_name: str = field(default="", compare=False)
    several: bool = field(default=False, compare=False)

    @property
    def sees_all(self) -> bool:
        """Whether this person sees every case of the organization, not only their own."""
        return sees_every_case(self.role)

    @property
    def administers(self) -> bool:
        """Whether this person keeps the organization's people, tokens and settings."""
        return administers(self.role)


LOCAL = Person("local", "", "", "administrator", "local")
"""Who uses the advisor on a laptop, where nobody logs in."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization: its id, what it is called, and what it was called before, from the first such name on.

    `shown_elsewhere` tells whether its consultations stand at a glance for who looks from another organization of theirs.
    """

    id: str
    name: str
    before: tuple[str, ...] = ()
    shown_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A case in a list: what it is called, whose it is, and how far it is."""

    id: str
    name: str
    organization: str
    owner: str
    owner_name: str
    revision: int
    created: datetime
    changed: datetime
    archived: bool
    answers: int
    partners: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is advised on a revision of a case, as values of the findings: the decision, and how close ("": not at all)."""

    case: str
    revision: int
    decision: str
    closeness: str


@dataclass(frozen=True, slots=True)
class SavedCase:
    """A case as it was last saved, with its scenarios.

    `left_out` are stored answers that the present rulebook no longer knows; they stay stored and count for nothing.
    """

    entry: Entry
    file: CaseFile
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedChange:
    """One thing changed in a save: of which partner (None: the agency), which question, from what to what.

    For a partner, a scenario or the name of the case, `was` and `now` hold the name, or in the case of a scenario a
    short hash of what it holds; an empty one was not there. For free words `question` is what they are called, for a
    note the question, or a question and an option as in `worry.about=money`; `was` and `now` hold the text.
    """

    kind: ChangeKind
    partner: str | None
    question: str
    was: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One save of a case: its number (from 1), when, by whom, how, and what changed."""

    number: int
    at: datetime
    by: str
    by_name: str
    how: How
    changes: tuple[SavedChange, ...]


@dataclass(frozen=True, slots=True)
class KeptAdvice:
    """Advice that was given on a saved case: on which revision, by which rulebook and engine, in which words, and its bytes.

    `rulebook` and `wording` are SHA-256. Where `wording` is "", the advice is from before words had a hash of their own,
    and `rulebook` is over the files of both.
    """

    id: str
    case: str
    revision: int
    scenario: str
    at: datetime
    by: str
    rulebook: str
    wording: str
    engine: str
    marks: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A read-only way into one case for whoever holds its secret: what it shows, until when, and whether it still works.

    `shows` is a page of the case (such as `advice` or `compare`), `scenarios` those it is about; `words` tells
    whether it shows the free words and notes too.
    """

    id: str
    case: str
    shows: str
    scenarios: tuple[str, ...]
    created: datetime
    created_by: str
    expires: datetime
    revoked: datetime | None
    words: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A session: since when, when last used, from where, with what browser as it calls itself, and by which provider of
    identities ("": by a password here)."""

    id: str
    began: datetime
    seen: datetime
    came_from: str
    agent: str
    provider: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey: whose, what they call it, its id among authenticators (base64url), its public key (COSE), how many uses its
    authenticator told last (often always 0), and when it was added and last used."""

    id: str
    person: str
    name: str
    credential: str
    key: bytes
    count: int
    added: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """An API token: whose, what it is for, and when it was made, last used and revoked. Its secret is shown once.

    `scopes` are what it may be used for. Of a service token they were chosen, and `reference` says on whose behalf it comes,
    as another system calls them; any other token may do all that its person may.
    """

    id: str
    person: str
    label: str
    created: datetime
    expires: datetime | None
    used: datetime | None
    revoked: datetime | None
    scopes: tuple[Scope, ...] = SCOPES
    service: bool = False
    reference: str = ""

    def works(self, at: datetime) -> bool:
        """Whether it is neither revoked nor expired at a time."""
        return self.revoked is None and (self.expires is None or self.expires > at)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes with a token: the person, and what the token may be used for."""

    person: Person
    token: Token


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a longer list, and where the next page begins ("" at the end)."""

    items: tuple[T, ...]
    following: str
    total: int
