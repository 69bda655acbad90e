"""The advice on one case, as values. Its JSON Schema is published in `docs/advice.schema.json`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

FORMAT = "advice/2"


@dataclass(frozen=True, slots=True)
class Reason:
    """One firing: the rule, the partner it is about (if it is about one), why it applies here, and its sources."""

    rule: str
    partner: str | None
    because: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Premise:
    """An answer that something in the advice rests on: the options tested that were given, and the leader's own words.

    `note` is what she wrote beside that answer, or beside that option of it; "" where she wrote nothing.
    """

    question: str
    partner: str | None
    answer: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something recommended or found, in words, with its reasons and the answers that are its premise.

    `id` is the value's name in the rulebook.
    """

    id: str
    title: str
    text: str
    reasons: tuple[Reason, ...]
    premises: tuple[Premise, ...]


@dataclass(frozen=True, slots=True)
class Precondition(Item):
    """What has to be settled: how grave it is, who decides that it is met, by when, and when it is done.

    `until` says in a few words what has to be the case, as part of a sentence: "until counsel has confirmed it".
    """

    severity: str
    who: str
    by: str
    done: str
    until: str


@dataclass(frozen=True, slots=True)
class Caution(Item):
    """A risk that the facts of this case call up. `sources` are the register ids its reasons rest on."""

    severity: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action(Item):
    """Something to do: by whom, when, when it is done, and what hangs on it (`core`: the partnership or a family is at risk)."""

    who: str
    when: str
    weight: str
    done: str


@dataclass(frozen=True, slots=True)
class DraftClause(Item):
    """A clause of what is drafted (`draft`), and who settles what it leaves open.

    In its text `<blank>` marks what is left open, and the name of one of the leader's own words what these fill in.
    """

    draft: str
    who: str


@dataclass(frozen=True, slots=True)
class ProposalAnswer(Item):
    """The answer to one thing that is on the table. `asked` names it in the leader's words, or as the form does.

    `verdict` is one of those that the rulebook declares, or one of the grounds (`advisor.model.advice_parts.GROUNDS`): `barred`
    by a law, an order or an agreement, `harmful` to families, `misplaced` (a cost, a duty or a blame), `idle` where it would
    change nothing, `refused` by her, or `urgent` where it is owed or cannot wait. `main` marks the one that she asks about above
    all.
    """

    to: str
    asked: str
    verdict: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class OwnPaper(Item):
    """What is put in writing apart from the instrument.

    `to` is what of the proposal it is for, or the rulebook's word for the whole.
    """

    to: str


@dataclass(frozen=True, slots=True)
class OtherForm(Item):
    """How close, and in what form, something goes on although the partnership is refused, ends, or cannot be judged yet.

    `dimension` and `structure` are of those that are recommended elsewhere.
    """

    dimension: str
    structure: str


@dataclass(frozen=True, slots=True)
class Worry(Item):
    """What worries the leader, or what she will not give up, taken up by name; `standing` tells how it stands."""

    about: str
    standing: str


@dataclass(frozen=True, slots=True)
class Contradiction(Item):
    """Answers that do not fit together, and the question whose answer resolves it, as it is asked."""

    partner: str | None
    question: str
    ask: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What lies behind `proceed`: what stops the partnership, what speaks against it beside that and for it, why to change it."""

    title: str
    text: str
    reasons: tuple[Reason, ...]
    stops: tuple[Item, ...]
    objections: tuple[Item, ...]
    supports: tuple[Item, ...]
    change_reasons: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """How close the core should be: recommended, needed, attainable and present, each a dimension or null.

    `held_by` is what keeps it below what is needed; `conditional` tells that an open question could still change it.
    """

    recommended: str | None
    needed: str | None
    attainable: str | None
    present: str | None
    conditional: bool
    title: str
    text: str
    standing: tuple[Item, ...]
    held_by: tuple[Item, ...]
    reasons: tuple[Reason, ...]
    premises: tuple[Premise, ...]


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
class PartnerAdvice:
    """One candidate partner: how close it comes, whether to the core, and what holds it below what is needed.

    `dimension` is null for one that is not on the ladder; `role` is then what it is there for. `absent` tells why it is
    not on board.
    """

    name: str
    category: str | None
    dimension: str | None
    core: bool
    held: tuple[Item, ...]
    role: tuple[Item, ...]
    absent: tuple[Item, ...]


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


class MadeInParts:
    """A value each part of which is worked out when it is first looked at.

    The makers are pure functions of what they are given: of two threads that look at once both may call one, and to the same end.
    """

    __slots__ = ("_makers",)
    _makers: "Mapping[str, Callable[[Any], object]]"

    @classmethod
    def of(cls, **makers: "Callable[[Self], object]") -> "Self":
        """The value whose parts these make; a maker is given the value itself, for the parts that its own rests on."""
        made = cls.__new__(cls)
        object.__setattr__(made, "_makers", makers)
        return made

    if not TYPE_CHECKING:  # a type checker would take every name for a part

        def __getattr__(self, name: str) -> object:
            """Make a part that is not there yet; it is found as any attribute from then on."""
            if name not in self.__dataclass_fields__:
                raise AttributeError(name)
            found = self._makers[name](self)
            object.__setattr__(self, name, found)
            return found


@dataclass(frozen=True, slots=True)
class Advice(MadeInParts):
    """Advice on one case. The same case, rulebook, wording and engine name give the same bytes.

    `words` are the leader's free words by their names. `told` are notes that nothing else in the advice rests on.
    `settled` tells of each conclusion (by its name in `justification`) whether it is `settled`, true however the open
    questions turn out, or `open`; it is empty where that was not asked for.
    """

    format: str
    case: str
    words: dict[str, str]
    proceed: str
    stages: tuple[str, ...]
    gate: Gate
    proposal: tuple[ProposalAnswer, ...]
    contradictions: tuple[Contradiction, ...]
    conditions: tuple[Precondition, ...]
    dimension: Dimension
    rows: dict[str, Row]
    structures: tuple[str, ...]
    instruments: tuple[str, ...]
    in_force: tuple[str, ...]
    details: dict[str, Item]
    partners: tuple[PartnerAdvice, ...]
    categories: dict[str, Category]
    members_missing: tuple[Item, ...]
    worries: tuple[Worry, ...]
    kept: tuple[Worry, ...]
    cautions: tuple[Caution, ...]
    actions: tuple[Action, ...]
    law: tuple[Item, ...]
    terms: tuple[Item, ...]
    own_papers: tuple[OwnPaper, ...]
    other_forms: tuple[OtherForm, ...]
    guidance: tuple[Item, ...]
    annex: dict[str, tuple[Item, ...]]
    clauses: tuple[DraftClause, ...]
    second_lens: Lens
    unknown: Unknown
    told: tuple[Premise, ...]
    settled: dict[str, str]
    justification: dict[str, tuple[Firing, ...]]
    rulebook: RulebookStamp
    wording: WordingStamp
    engine: str

    def items(self) -> Iterator[Item]:
        """Everything that is told of this case with the answers it rests on."""
        gate = self.gate
        parts = (
            gate.stops,
            gate.objections,
            gate.supports,
            gate.change_reasons,
            self.proposal,
            self.guidance,
            self.contradictions,
            self.conditions,
        )
        people = (self.members_missing, *((*p.held, *p.role, *p.absent) for p in self.partners))
        rest = (
            self.dimension.held_by,
            self.worries,
            self.kept,
            self.cautions,
            self.actions,
            self.terms,
            self.own_papers,
            self.other_forms,
        )
        return chain(*parts, *people, *rest)

    def finish(self) -> None:
        """Make every part, and let go of what they are made from. Nobody else may look at it meanwhile."""
        for field in fields(self):
            getattr(self, field.name)
        object.__setattr__(self, "_makers", {})
