"""The first page of an advice as data: what `advice.md` shows in brief, for programs that show no more."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from advisor.loading import Loaded
from advisor.model.advice import Advice, Open, RulebookStamp, WordingStamp
from advisor.render.brief import Brief

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT: Literal["brief/1"] = "brief/1"


@dataclass(frozen=True, slots=True)
class BriefVerdict:
    """Whether to go ahead: `proceed` as in `Advice`, how it is said, and why."""

    proceed: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class BriefDimension:
    """How close: a dimension or null, how it is said, why, and what is wanted beyond it ("" where nothing is)."""

    recommended: str | None
    title: str
    text: str
    reason: str
    needs_more: str
    conditional: bool


@dataclass(frozen=True, slots=True)
class BriefValue:
    """A structure or an instrument, by its id and as it is called."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class BriefAnswer:
    """The answer to one thing that is on the table."""

    to: str
    asked: str
    verdict: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BriefCondition:
    """What has to be settled, by whom and by when, and when it is done."""

    id: str
    title: str
    text: str
    severity: str
    who: str
    by: str
    done: str


@dataclass(frozen=True, slots=True)
class BriefCaution:
    """A risk that the facts of this case call up."""

    id: str
    title: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class BriefAction:
    """Something to do first: by whom, when, and when it is done."""

    id: str
    title: str
    text: str
    who: str
    when: str
    done: str


@dataclass(frozen=True, slots=True)
class AdviceBrief:
    """Advice on one case in brief: what its Markdown shows in brief, as data.

    The lists hold the most that a first page does, the gravest first; `conditions_in_all` and `cautions_in_all` count those
    that the full advice has. `would_decide` are open questions, where there is no verdict yet.
    """

    format: Literal["brief/1"]
    case: str
    verdict: BriefVerdict
    answers: tuple[BriefAnswer, ...]
    dimension: BriefDimension
    structures: tuple[BriefValue, ...]
    instruments: tuple[BriefValue, ...]
    in_force: tuple[BriefValue, ...]
    would_decide: tuple[Open, ...]
    conditions: tuple[BriefCondition, ...]
    conditions_in_all: int
    cautions: tuple[BriefCaution, ...]
    cautions_in_all: int
    actions: tuple[BriefAction, ...]
    rulebook: RulebookStamp
    wording: WordingStamp
    engine: str


def advice_brief(advice: Advice, loaded: Loaded) -> AdviceBrief:
    """The advice in brief."""
    brief, parts, dimension = Brief(advice, loaded), loaded.rulebook.vocabulary.advice_parts, advice.dimension

    def called(finding: str, values: tuple[str, ...]) -> tuple[BriefValue, ...]:
        return tuple(BriefValue(*each) for each in zip(values, brief.called(finding, values), strict=True))

    close = (brief.close, dimension.text, brief.why_close, brief.needs_more) if dimension.recommended else ("", "", "", "")
    return AdviceBrief(
        FORMAT,
        advice.case,
        BriefVerdict(advice.proceed, brief.verdict, brief.lead),
        tuple(BriefAnswer(each.to, each.asked, each.verdict, each.title, each.text) for each in advice.proposal),
        BriefDimension(dimension.recommended, *close, conditional=dimension.conditional),
        called(parts.structures, advice.structures),
        called(parts.instruments, advice.instruments),
        called(parts.instruments, advice.in_force),
        advice.unknown.decisive if brief.undecided else (),
        tuple(BriefCondition(c.id, c.title, c.text, c.severity, c.who, c.by, c.done) for c in brief.conditions),
        len(advice.conditions),
        tuple(BriefCaution(c.id, c.title, c.text, c.severity) for c in brief.cautions),
        len(advice.cautions),
        tuple(BriefAction(a.id, a.title, a.text, a.who, a.when, a.done) for a in brief.actions),
        advice.rulebook,
        advice.wording,
        advice.engine,
    )


def brief_json(advice: Advice, loaded: Loaded) -> bytes:
    """The advice in brief as JSON: keys in a fixed order, two spaces, a line feed at the end."""
    made: bytes = _adapter().dump_json(advice_brief(advice, loaded), indent=2)
    return made + b"\n"


@cache
def _adapter() -> "TypeAdapter[AdviceBrief]":
    from pydantic import TypeAdapter  # here, since only JSON needs it and it takes long to import

    return TypeAdapter(AdviceBrief)
