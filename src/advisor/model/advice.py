"""The advice on one case, as values. Its JSON Schema is published in `docs/advice.schema.json`."""

from dataclasses import dataclass

FORMAT = "advice/2"


@dataclass(frozen=True, slots=True)
class Reason:
    """One firing: the rule, the partner it is about (if it is about one), why it applies here, and its sources."""

    rule: str
    partner: str | None
    because: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something recommended or found, in words, with its reasons. `id` is the value's name in the rulebook."""

    id: str
    title: str
    text: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Caution(Item):
    """A risk that the facts of this case call up. `sources` are the register ids its reasons rest on."""

    severity: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action(Item):
    """Something to do: by whom, when, and what hangs on it (`core`: the partnership or a family is at risk without it)."""

    who: str
    when: str
    weight: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What lies behind `proceed`: what stops the partnership, what to settle first, why to change it."""

    title: str
    text: str
    reasons: tuple[Reason, ...]
    stops: tuple[Item, ...]
    conditions: tuple[Item, ...]
    change_reasons: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """How close the partnership should be: recommended, needed, attainable and present, each a dimension or null.

    `conditional` tells that an open question could still change it.
    """

    recommended: str | None
    needed: str | None
    attainable: str | None
    present: str | None
    conditional: bool
    title: str
    text: str
    standing: tuple[Item, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the chart: the recommended cell, the row's own need where it differs, where it stands, what closes the gap."""

    title: str
    recommended: str | None
    cell: Item | None
    own_need: str | None
    own_reasons: tuple[Reason, ...]
    present: str | None
    gap: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A category of partner that has to be at the table: its members called for, and which partners are of it."""

    title: str
    text: str
    members: tuple[str, ...]
    partners: tuple[str, ...]
    missing: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class PartnerFit:
    """How one candidate partner fits, and the furthest dimension it can go to (null: no limit is known)."""

    name: str
    category: str | None
    fit: str
    title: str
    limit: str | None
    strengths: tuple[Item, ...]
    concerns: tuple[Item, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Lens:
    """The second lens: the stage that 003 would name, and its ten rows."""

    stages: tuple[Item, ...]
    rows: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """An open question that would decide something: about whom, as it is asked, and what turns on it."""

    question: str
    partner: str | None
    ask: str
    because: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was not answered: first what would decide something, then every other relevant question."""

    decisive: tuple[Open, ...]
    unanswered: tuple[str, ...]
    unanswered_of_partners: dict[str, tuple[str, ...]]
    set_aside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer the user gave, as a leaf of a justification."""

    question: str
    partner: str | None
    answer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired for a conclusion, with the answers and findings under it, and what it took to be absent."""

    rule: str
    partner: str | None
    because: str
    sources: tuple[str, ...]
    answers: tuple[Answer, ...]
    findings: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulebookStamp:
    """Which rulebook gave the advice. `sha256` is over what decides: no change of a sentence changes it."""

    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WordingStamp:
    """In which words the advice was given. `sha256` is over every sentence that advice is made from."""

    language: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice on one case. The same case, rulebook, wording and engine name give the same bytes.

    `settled` tells of each conclusion (by its name in `justification`) whether it is `settled`, true however the open
    questions turn out, or `open`; it is empty where that was not asked for.
    """

    format: str
    case: str
    proceed: str
    gate: Gate
    dimension: Dimension
    limits: tuple[Item, ...]
    rows: dict[str, Row]
    structures: tuple[str, ...]
    instruments: tuple[str, ...]
    details: dict[str, Item]
    categories: dict[str, Category]
    partners: tuple[PartnerFit, ...]
    cautions: tuple[Caution, ...]
    actions: tuple[Action, ...]
    second_lens: Lens
    unknown: Unknown
    settled: dict[str, str]
    justification: dict[str, tuple[Firing, ...]]
    rulebook: RulebookStamp
    wording: WordingStamp
    engine: str
