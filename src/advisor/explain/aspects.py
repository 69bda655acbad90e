"""The aspects in which advices are compared: what each says, in ids and in words, and the findings it rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.model.advice import Advice, Item

Topic = Literal["gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action"]
TOPICS: tuple[Topic, ...] = ("gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing an advice says. `value` and `shown` are empty for what it does not say.

    `rests_on` are findings by name, or `name:value`, with the partner they are about.
    """

    topic: Topic
    id: str
    title: str
    value: str
    shown: str
    rests_on: tuple[tuple[str, str | None], ...]


def aspects(advice: Advice) -> Iterator[Aspect]:
    """Everything in an advice that a comparison looks at, in the order it is read."""
    yield Aspect("gate", "proceed", "", advice.proceed, advice.gate.title, (("proceed", None), ("stop", None)))
    yield from _items("gate", "stop", advice.gate.stops)
    yield from _items("gate", "condition", advice.gate.conditions)
    yield from _items("gate", "change-reason", advice.gate.change_reasons)
    yield from _dimension(advice)
    yield from _rows(advice)
    yield from _form(advice)
    for name, category in advice.categories.items():
        value = "missing" if category.missing else "covered"
        rests_on = ((f"category:{name}", None), (f"missing-category:{name}", None))
        yield Aspect("category", name, category.title, value, value, rests_on)
    for partner in advice.partners:
        fit = f"{partner.fit} {partner.limit or ''}".strip()
        yield Aspect(
            "partner", partner.name, partner.name, fit, partner.title, (("fit", partner.name), ("partner-limit", partner.name))
        )
    for caution in advice.cautions:
        yield Aspect("caution", caution.id, caution.title, caution.severity, caution.severity, ((f"caution:{caution.id}", None),))
    for action in advice.actions:
        yield Aspect("action", action.id, action.title, action.when, action.who, ((f"action:{action.id}", None),))


def _items(topic: Topic, finding: str, items: Iterable[Item]) -> Iterator[Aspect]:
    for item in items:
        yield Aspect(topic, f"{finding}:{item.id}", item.title, finding, finding, ((f"{finding}:{item.id}", None),))


def _dimension(advice: Advice) -> Iterator[Aspect]:
    dimension = advice.dimension
    for name, finding, value in (
        ("recommended", "dimension", dimension.recommended),
        ("needed", "need", dimension.needed),
        ("attainable", "attainable", dimension.attainable),
        ("present", "present", dimension.present),
    ):
        limits = (("limit", None),) if name == "attainable" else ()
        yield Aspect("dimension", name, "", value or "", value or "", ((finding, None), *limits))
    value = "yes" if dimension.conditional else ""
    yield Aspect("dimension", "conditional", "", value, value, (("conditional", None),))
    yield from _items("dimension", "limit-to-lift", advice.limits)


def _rows(advice: Advice) -> Iterator[Aspect]:
    for name, row in advice.rows.items():
        value = "|".join((row.recommended or "", row.own_need or "", row.present or ""))
        rests_on = ((f"cell:{row.cell.id}", None), (f"own-{name}", None)) if row.cell else ((f"own-{name}", None),)
        yield Aspect("row", name, row.title, value.strip("|"), row.cell.title if row.cell else "", rests_on)


def _form(advice: Advice) -> Iterator[Aspect]:
    for place, name in enumerate(advice.structures):
        standing = "beside" if place else "first"
        rests_on = ((f"structure:{name}", None), (f"first-structure:{name}", None))
        yield Aspect("structure", name, advice.details[f"structure:{name}"].title, standing, standing, rests_on)
    for place, name in enumerate(advice.instruments):
        standing = "beside" if place else "first"
        rests_on = ((f"instrument:{name}", None), (f"first-instrument:{name}", None))
        yield Aspect("instrument", name, advice.details[f"instrument:{name}"].title, standing, standing, rests_on)
