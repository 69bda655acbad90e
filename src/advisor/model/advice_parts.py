"""Which finding of a rulebook plays which part in the advice: declared in `rules/vocabulary/advice.yaml`, "" for none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal


@dataclass(frozen=True, slots=True)
class PartKind:
    """What a finding has to be to play a part: its kind, whom it is about, and the attributes that its values carry.

    `as_` names the part whose values it shares; "questions" are those of the scope it is about.
    """

    kind: Literal["level", "set", "flag"] = "set"
    of: Literal["agency", "partner"] = "agency"
    as_: str = ""
    attributes: tuple[str, ...] = ()
    required: bool = False


def _part(kind: PartKind) -> str:
    made: str = field(default="", metadata={"part": kind})
    return made


# The grounds on which a thing on the table is answered, whatever the rest of the advice says: the weightiest last.
GROUNDS = ("urgent", "refused", "idle", "misplaced", "harmful", "barred")
AGAINST = GROUNDS[1:]  # those by which something does not go ahead
RULED_OUT = ("refused", "barred")  # those that keep what is asked out of what goes ahead
NO = "no"  # how an answer is told at a glance that nothing else is said of
_SET, _LEVEL = PartKind(), PartKind("level", as_="recommended")
_OF_PARTNER = PartKind(of="partner")


@dataclass(frozen=True, slots=True)
class RowParts:
    """One row of the chart: the level that is its own need, and the question where it stands today."""

    own_need: str = ""
    present: str = ""


@dataclass(frozen=True)
class AdviceParts:
    """The findings by the part they play, the rows in order, and what there is to say of some values.

    `drafts` names for an instrument, or for a decision, what is drafted: a word of the clauses' attribute `draft`. Those that are
    `not_signed` are turned by others into what is. `consulted` are the questions of a consultation, unless others are chosen;
    `markers` those whose options are markers of success, which its map shows apart; `add_most` those whose answers add most
    to an advice whose main answer is there.
    `main` is the question which part of the proposal the leader asks about above all; `document` are the options of the
    proposal that are something to sign.
    `not_known` are options, each after its question, beside which is noted what nobody knows yet.
    `granted` are the verdicts by which something that is asked goes ahead. `told_as` groups the answers for a glance: each group
    names verdicts, grounds, and single options of a ground as `ground.option`.
    """

    proceed: str = _part(PartKind(required=True))
    stages: str = _part(_SET)
    stops: str = _part(_SET)
    objections: str = _part(_SET)
    supports: str = _part(_SET)
    change_reasons: str = _part(_SET)
    answers: str = _part(PartKind(attributes=("to", "verdict")))
    guidance: str = _part(_SET)
    barred: str = _part(_SET)
    misplaced: str = _part(_SET)
    idle: str = _part(_SET)
    harmful: str = _part(_SET)
    refused: str = _part(_SET)
    urgent: str = _part(_SET)
    left_out: str = _part(_SET)
    contradictions: str = _part(PartKind(attributes=("resolve",)))
    contradictions_of_partners: str = _part(PartKind(of="partner", attributes=("resolve",)))
    conditions: str = _part(PartKind(attributes=("severity", "who", "by")))
    recommended: str = _part(PartKind("level", required=True))
    needed: str = _part(_LEVEL)
    attainable: str = _part(_LEVEL)
    limit: str = _part(_LEVEL)
    present: str = _part(_LEVEL)
    conditional: str = _part(PartKind("flag"))
    standing: str = _part(_SET)
    held_by: str = _part(_SET)
    cells: str = _part(PartKind(attributes=("row", "step")))
    gaps: str = _part(PartKind(attributes=("row",)))
    structures: str = _part(_SET)
    first_structure: str = _part(PartKind(as_="structures"))
    instruments: str = _part(_SET)
    first_instrument: str = _part(PartKind(as_="instruments"))
    in_force: str = _part(PartKind(as_="instruments"))
    categories: str = _part(_SET)
    members: str = _part(PartKind(attributes=("category",)))
    members_missing: str = _part(PartKind(as_="members"))
    partner_dimension: str = _part(PartKind("level", "partner", as_="recommended"))
    partner_limit: str = _part(PartKind("level", "partner", as_="recommended"))
    core: str = _part(PartKind("flag", "partner"))
    partner_held: str = _part(_OF_PARTNER)
    partner_role: str = _part(_OF_PARTNER)
    absent: str = _part(_OF_PARTNER)
    worries: str = _part(PartKind(attributes=("about", "standing")))
    kept: str = _part(PartKind(attributes=("about", "standing")))
    cautions: str = _part(PartKind(attributes=("severity",)))
    actions: str = _part(PartKind(attributes=("who", "when", "weight")))
    law: str = _part(_SET)
    terms: str = _part(_SET)
    own_papers: str = _part(PartKind(attributes=("to",)))
    other_forms: str = _part(PartKind(attributes=("dimension", "structure")))
    annex: str = _part(PartKind(attributes=("list",)))
    clauses: str = _part(PartKind(attributes=("draft", "who")))
    lens_stages: str = _part(_SET)
    lens_rows: str = _part(_SET)
    decisive: str = _part(PartKind(as_="questions"))
    decisive_of_partners: str = _part(PartKind(of="partner", as_="questions"))
    rows: Mapping[str, RowParts] = field(default_factory=dict)
    drafts: Mapping[str, str] = field(default_factory=dict)
    not_signed: tuple[str, ...] = ()
    category_of_partner: str = ""
    proposal: str = ""
    main: str = ""
    document: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    stopping: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    add_most: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    told_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_known: tuple[str, ...] = ()

    @cached_property
    def part_of(self) -> Mapping[str, str]:
        """For each finding that plays a part, the part."""
        return {getattr(self, part): part for part in PARTS if getattr(self, part)}

    def answering(self, verdict: str) -> str:
        """The finding of which an answer with this verdict, to what is on the table, is a value."""
        return getattr(self, verdict) if verdict in GROUNDS else self.answers

    def at_a_glance(self, asked: str, verdict: str) -> str:
        """In which group the answer to an option of the proposal, with this verdict, is told at a glance."""
        names = (f"{verdict}.{asked}", verdict)
        return next((group for name in names for group, members in self.told_as.items() if name in members), NO)

    @property
    def deciding(self) -> tuple[str, ...]:
        """Whether to go ahead, and how close."""
        return (self.proceed, self.recommended)

    @property
    def chief(self) -> tuple[str, ...]:
        """What a decision turns on, the weightiest first."""
        return _there(*self.deciding, self.first_structure, self.first_instrument)

    def way(self, finding: str, value: str | None) -> str | None:
        """What a value comes to in the main answer: itself, but "" for all that lets something new go on.

        That conditions are added to a go-ahead is no other way.
        """
        new = finding == self.proceed and value not in self.existing and value not in self.stopping
        return "" if new else value

    @property
    def recommendations(self) -> tuple[str, ...]:
        """What the advice recommends, in the order it is read."""
        rest = (
            self.answers,
            self.structures,
            self.instruments,
            self.categories,
            self.members_missing,
            self.cautions,
            self.actions,
        )
        return _there(*self.chief, *rest)

    @property
    def to_settle(self) -> tuple[str, ...]:
        """What the advice says is to be settled or lifted."""
        return _there(self.stops, self.conditions, self.held_by, self.change_reasons)

    @property
    def shown(self) -> tuple[str, ...]:
        """All that is told of how firm the advice is."""
        return _there(*self.recommendations, self.stops, self.conditions, self.change_reasons, self.held_by)

    @property
    def goals(self) -> tuple[str, ...]:
        """What somebody may want to reach."""
        return _there(self.recommended, self.proceed, self.structures, self.instruments)

    @property
    def summed_up(self) -> tuple[str, ...]:
        """What a sweep sums up."""
        return _there(self.proceed, self.recommended, self.structures, self.instruments, self.cautions)


def _there(*findings: str) -> tuple[str, ...]:
    return tuple(finding for finding in findings if finding)


PARTS: Mapping[str, PartKind] = {each.name: each.metadata["part"] for each in fields(AdviceParts) if "part" in each.metadata}
