"""The aspects in which advices are compared: what each says, in ids and in words, and the findings it rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, get_args

from advisor.model.advice import Advice, Item, PartnerAdvice
from advisor.model.advice_parts import AdviceParts
from advisor.model.references import ConclusionRef

Topic = Literal[
    "gate",
    "proposal",
    "condition",
    "dimension",
    "row",
    "structure",
    "instrument",
    "category",
    "member",
    "partner",
    "worry",
    "caution",
    "action",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)
YES = "yes"  # the value of what is said or not, and has no degrees


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing an advice says, and in which part of it. `value` and `shown` are empty for what it does not say.

    `rests_on` are the conclusions behind it; one without a value stands for every value of its finding.
    """

    topic: Topic
    part: str
    id: str
    title: str
    value: str
    shown: str
    rests_on: tuple[ConclusionRef, ...]


@dataclass(frozen=True, slots=True)
class _List:
    """A part of the advice that is a list of items: where it stands, and which of an item's fields differ and are shown.

    Without a field an item is there or not. The part is also that of the finding which the items are values of.
    """

    topic: Topic
    part: str
    place: str
    value: str = ""
    shown: str = ""


_LISTS = (
    _List("gate", "stops", "gate.stops"),
    _List("gate", "objections", "gate.objections"),
    _List("gate", "supports", "gate.supports"),
    _List("gate", "change_reasons", "gate.change_reasons"),
    _List("condition", "conditions", "conditions", "severity", "who"),
    _List("dimension", "held_by", "dimension.held_by"),
    _List("member", "members_missing", "members_missing"),
    _List("worry", "worries", "worries", "standing", "standing"),
    _List("worry", "kept", "kept", "standing", "standing"),
    _List("caution", "cautions", "cautions", "severity", "severity"),
    _List("action", "actions", "actions", "when", "who"),
)


def aspects(advice: Advice, parts: AdviceParts) -> Iterator[Aspect]:
    """Everything in an advice that a comparison looks at."""
    yield from _single(advice, parts)
    for listed in _LISTS:
        yield from _listed(listed, advice, parts)


def _single(advice: Advice, parts: AdviceParts) -> Iterator[Aspect]:
    """What is no plain list."""
    decision = _refs((parts.proceed, ""), (parts.stops, ""))
    yield Aspect("gate", "proceed", "proceed", "", advice.proceed, advice.gate.title, decision)
    for answer in advice.proposal:
        rests_on = _refs((parts.answering(answer.verdict), answer.id))
        yield Aspect("proposal", "answers", answer.to, answer.asked, answer.verdict, answer.title, rests_on)
    yield from _dimension(advice, parts)
    yield from _rows(advice, parts)
    yield from _form("structure", "structures", advice, parts.first_structure, parts)
    yield from _form("instrument", "instruments", advice, parts.first_instrument, parts)
    for name in advice.in_force:
        title = advice.details[str(ConclusionRef(parts.in_force, name))].title
        yield Aspect("instrument", "in_force", name, title, YES, YES, _refs((parts.in_force, name)))
    for name, category in advice.categories.items():
        value = "missing" if category.missing else "covered"
        called_for = ((parts.members_missing, member) for member in category.members)
        yield Aspect("category", "categories", name, category.title, value, value, _refs((parts.categories, name), *called_for))
    for partner in advice.partners:
        yield _partner(partner, parts)


def _listed(listed: _List, advice: Advice, parts: AdviceParts) -> Iterator[Aspect]:
    items: Iterable[Item] = attrgetter(listed.place)(advice)
    finding: str = getattr(parts, listed.part)
    for item in items:
        value, shown = (getattr(item, name) if name else YES for name in (listed.value, listed.shown))
        yield Aspect(listed.topic, listed.part, item.id, item.title, value, shown, _refs((finding, item.id)))


def _dimension(advice: Advice, parts: AdviceParts) -> Iterator[Aspect]:
    dimension = advice.dimension
    for name, value, findings in (
        ("recommended", dimension.recommended, (parts.recommended,)),
        ("needed", dimension.needed, (parts.needed,)),
        ("attainable", dimension.attainable, (parts.attainable, parts.limit)),
        ("present", dimension.present, (parts.present,)),
        ("conditional", YES if dimension.conditional else None, (parts.conditional,)),
    ):
        rests_on = _refs(*((finding, "") for finding in findings))
        yield Aspect("dimension", name, name, "", value or "", value or "", rests_on)


def _rows(advice: Advice, parts: AdviceParts) -> Iterator[Aspect]:
    for name, row in advice.rows.items():
        value = "|".join((row.recommended or "", row.own_need or "", row.present or ""))
        cell = (parts.cells if row.cell else "", row.cell.id if row.cell else "")
        rests_on = _refs(cell, (parts.rows[name].own_need, ""))
        yield Aspect("row", "rows", name, row.title, value.strip("|"), row.cell.title if row.cell else "", rests_on)


def _form(topic: Topic, part: str, advice: Advice, first: str, parts: AdviceParts) -> Iterator[Aspect]:
    every: str = getattr(parts, part)
    for place, name in enumerate(getattr(advice, part)):
        standing = "beside" if place else "first"
        title = advice.details[str(ConclusionRef(every, name))].title
        yield Aspect(topic, part, name, title, standing, standing, _refs((every, name), (first, name)))


def _partner(partner: PartnerAdvice, parts: AdviceParts) -> Aspect:
    """How close a partner comes and whether to the core, or why it is not on board, or what else it is there for."""
    instead = partner.absent or partner.role
    place = "core" if partner.core else ""
    value = "|".join((partner.dimension or "", place, *(item.id for item in (*partner.absent, *partner.role)))).strip("|")
    shown = instead[0].title if instead else ""
    findings = (parts.partner_dimension, parts.core, parts.absent, parts.partner_role)
    rests_on = _refs(*((finding, "") for finding in findings), partner=partner.name)
    return Aspect("partner", "partners", partner.name, partner.name, value, shown, rests_on)


def _refs(*conclusions: tuple[str, str], partner: str | None = None) -> tuple[ConclusionRef, ...]:
    """References to these findings with their values; those that no finding plays are left out."""
    return tuple(ConclusionRef(finding, value, partner) for finding, value in conclusions if finding)
