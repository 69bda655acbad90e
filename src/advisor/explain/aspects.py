"""The aspects in which advices are compared: what each says, in ids and in words, and the findings it rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from advisor.model.advice import Advice, Item
from advisor.model.references import ConclusionRef
from advisor.model.roles import Roles

Topic = Literal["gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action"]
TOPICS: tuple[Topic, ...] = ("gate", "dimension", "row", "structure", "instrument", "category", "partner", "caution", "action")


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


def aspects(advice: Advice, roles: Roles) -> Iterator[Aspect]:
    """Everything in an advice that a comparison looks at, in the order it is read."""
    return _Aspects(advice, roles).all()


@dataclass(frozen=True, slots=True)
class _Aspects:
    """One advice being read."""

    advice: Advice
    roles: Roles

    def all(self) -> Iterator[Aspect]:
        """Everything, in the order it is read."""
        advice, roles = self.advice, self.roles
        yield Aspect(
            "gate", "proceed", "proceed", "", advice.proceed, advice.gate.title, _refs((roles.proceed, ""), (roles.stops, ""))
        )
        yield from self._items("gate", "stops", advice.gate.stops)
        yield from self._items("gate", "conditions", advice.gate.conditions)
        yield from self._items("gate", "change_reasons", advice.gate.change_reasons)
        yield from self._dimension()
        yield from self._rows()
        yield from self._form("structure", "structures", advice.structures, roles.first_structure)
        yield from self._form("instrument", "instruments", advice.instruments, roles.first_instrument)
        for name, category in advice.categories.items():
            value = "missing" if category.missing else "covered"
            rests_on = _refs((roles.categories, name), (roles.missing_categories, name))
            yield Aspect("category", "categories", name, category.title, value, value, rests_on)
        for partner in advice.partners:
            fit = f"{partner.fit or ''} {partner.limit or ''}".strip()
            rests_on = _refs((roles.fit, ""), (roles.partner_limit, ""), partner=partner.name)
            yield Aspect("partner", "fit", partner.name, partner.name, fit, partner.title, rests_on)
        for caution in advice.cautions:
            rests_on = _refs((roles.cautions, caution.id))
            yield Aspect("caution", "cautions", caution.id, caution.title, caution.severity, caution.severity, rests_on)
        for action in advice.actions:
            rests_on = _refs((roles.actions, action.id))
            yield Aspect("action", "actions", action.id, action.title, action.when, action.who, rests_on)

    def _items(self, topic: Topic, part: str, items: Iterable[Item]) -> Iterator[Aspect]:
        finding: str = getattr(self.roles, part)
        for item in items:
            ref = ConclusionRef(finding, item.id)
            yield Aspect(topic, part, str(ref), item.title, finding, finding, (ref,))

    def _dimension(self) -> Iterator[Aspect]:
        dimension, roles = self.advice.dimension, self.roles
        for name, value, findings in (
            ("recommended", dimension.recommended, (roles.recommended,)),
            ("needed", dimension.needed, (roles.needed,)),
            ("attainable", dimension.attainable, (roles.attainable, roles.limit)),
            ("present", dimension.present, (roles.present,)),
            ("conditional", "yes" if dimension.conditional else None, (roles.conditional,)),
        ):
            rests_on = _refs(*((finding, "") for finding in findings))
            yield Aspect("dimension", name, name, "", value or "", value or "", rests_on)
        yield from self._items("dimension", "limits", self.advice.limits)

    def _rows(self) -> Iterator[Aspect]:
        for name, row in self.advice.rows.items():
            value = "|".join((row.recommended or "", row.own_need or "", row.present or ""))
            cell = (self.roles.cells if row.cell else "", row.cell.id if row.cell else "")
            rests_on = _refs(cell, (self.roles.rows[name].own_need, ""))
            yield Aspect("row", "rows", name, row.title, value.strip("|"), row.cell.title if row.cell else "", rests_on)

    def _form(self, topic: Topic, part: str, names: Iterable[str], first: str) -> Iterator[Aspect]:
        every: str = getattr(self.roles, part)
        for place, name in enumerate(names):
            standing = "beside" if place else "first"
            title = self.advice.details[str(ConclusionRef(every, name))].title
            yield Aspect(topic, part, name, title, standing, standing, _refs((every, name), (first, name)))


def _refs(*conclusions: tuple[str, str], partner: str | None = None) -> tuple[ConclusionRef, ...]:
    """References to these findings with their values; those that no finding plays are left out."""
    return tuple(ConclusionRef(finding, value, partner) for finding, value in conclusions if finding)
