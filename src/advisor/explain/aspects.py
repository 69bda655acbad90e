"""The aspects in which advices are compared: what each says, in ids and in words, and the findings it rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.model.advice import Advice, Item
from advisor.model.references import ConclusionRef

Topic = Literal["gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action"]
TOPICS: tuple[Topic, ...] = ("gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing an advice says. `value` and `shown` are empty for what it does not say.

    `rests_on` are the conclusions behind it; one without a value stands for every value of its finding.
    """

    topic: Topic
    id: str
    title: str
    value: str
    shown: str
    rests_on: tuple[ConclusionRef, ...]


def aspects(advice: Advice) -> Iterator[Aspect]:
    """Everything in an advice that a comparison looks at, in the order it is read."""
    yield Aspect("gate", "proceed", "", advice.proceed, advice.gate.title, (ConclusionRef("proceed"), ConclusionRef("stop")))
    yield from _items("gate", "stop", advice.gate.stops)
    yield from _items("gate", "condition", advice.gate.conditions)
    yield from _items("gate", "change-reason", advice.gate.change_reasons)
    yield from _dimension(advice)
    yield from _rows(advice)
    yield from _form(advice)
    for name, category in advice.categories.items():
        value = "missing" if category.missing else "covered"
        rests_on = (ConclusionRef("category", name), ConclusionRef("missing-category", name))
        yield Aspect("category", name, category.title, value, value, rests_on)
    for partner in advice.partners:
        fit = f"{partner.fit} {partner.limit or ''}".strip()
        rests_on = (ConclusionRef("fit", "", partner.name), ConclusionRef("partner-limit", "", partner.name))
        yield Aspect("partner", partner.name, partner.name, fit, partner.title, rests_on)
    for caution in advice.cautions:
        rests = (ConclusionRef("caution", caution.id),)
        yield Aspect("caution", caution.id, caution.title, caution.severity, caution.severity, rests)
    for action in advice.actions:
        yield Aspect("action", action.id, action.title, action.when, action.who, (ConclusionRef("action", action.id),))


def _items(topic: Topic, finding: str, items: Iterable[Item]) -> Iterator[Aspect]:
    for item in items:
        ref = ConclusionRef(finding, item.id)
        yield Aspect(topic, str(ref), item.title, finding, finding, (ref,))


def _dimension(advice: Advice) -> Iterator[Aspect]:
    dimension = advice.dimension
    for name, finding, value in (
        ("recommended", "dimension", dimension.recommended),
        ("needed", "need", dimension.needed),
        ("attainable", "attainable", dimension.attainable),
        ("present", "present", dimension.present),
    ):
        limits = (ConclusionRef("limit"),) if name == "attainable" else ()
        yield Aspect("dimension", name, "", value or "", value or "", (ConclusionRef(finding), *limits))
    value = "yes" if dimension.conditional else ""
    yield Aspect("dimension", "conditional", "", value, value, (ConclusionRef("conditional"),))
    yield from _items("dimension", "limit-to-lift", advice.limits)


def _rows(advice: Advice) -> Iterator[Aspect]:
    for name, row in advice.rows.items():
        value = "|".join((row.recommended or "", row.own_need or "", row.present or ""))
        own = ConclusionRef(f"own-{name}")
        rests_on = (ConclusionRef("cell", row.cell.id), own) if row.cell else (own,)
        yield Aspect("row", name, row.title, value.strip("|"), row.cell.title if row.cell else "", rests_on)


def _form(advice: Advice) -> Iterator[Aspect]:
    for place, name in enumerate(advice.structures):
        standing = "beside" if place else "first"
        rests_on = (ConclusionRef("structure", name), ConclusionRef("first-structure", name))
        yield Aspect("structure", name, advice.details[str(rests_on[0])].title, standing, standing, rests_on)
    for place, name in enumerate(advice.instruments):
        standing = "beside" if place else "first"
        rests_on = (ConclusionRef("instrument", name), ConclusionRef("first-instrument", name))
        yield Aspect("instrument", name, advice.details[str(rests_on[0])].title, standing, standing, rests_on)
