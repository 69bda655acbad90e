"""Members of the advice whose values the rulebook in use declares once for all: they are enumerations in the schemas."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from advisor.model.advice_parts import GROUNDS
from advisor.model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Closed:
    """An enumeration: its name, its values, and the members that take them, each by its schema and its own name."""

    name: str
    values: tuple[str, ...]
    members: tuple[tuple[str, str], ...]


def closed_values(vocabulary: Vocabulary) -> Iterator[Closed]:
    """The enumerations of a rulebook. What is an id of a finding's value stays open: a new caution changes no client."""
    parts = vocabulary.advice_parts
    said = [("Dimension", member) for member in ("recommended", "needed", "attainable", "present")]
    said += [("BriefDimension", "recommended"), ("PartnerAdvice", "dimension")]
    yield Closed("DimensionLevel", tuple(vocabulary.places[parts.recommended]), tuple(said))
    decided = ("Advice", "proceed"), ("BriefVerdict", "proceed")
    yield Closed("ProceedDecision", tuple(vocabulary.places[parts.proceed]), decided)
    yield Closed("Settledness", ("settled", "open", "excluded"), (("Advice", "settled"),))
    if parts.stages in vocabulary.places:
        yield Closed("PartnershipStage", tuple(vocabulary.places[parts.stages]), (("Advice", "stages"),))
    yield from _attribute(vocabulary, (parts.answers,), ("verdict",), ("ProposalAnswer", "BriefAnswer"), GROUNDS)
    yield from _attribute(vocabulary, (parts.conditions,), ("severity", "who", "by"), ("Precondition", "BriefCondition"))
    yield from _attribute(vocabulary, (parts.cautions,), ("severity",), ("Caution", "BriefCaution"))
    yield from _attribute(vocabulary, (parts.actions,), ("who", "when"), ("Action", "BriefAction"))
    yield from _attribute(vocabulary, (parts.actions,), ("weight",), ("Action",))
    yield from _attribute(vocabulary, (parts.worries, parts.kept), ("standing",), ("Worry",))
    yield from _attribute(vocabulary, (parts.clauses,), ("draft", "who"), ("DraftClause",))


def enumerations(schemas: dict[str, Any], closed: Iterator[Closed], reference: str) -> dict[str, Any]:
    """The schemas of the enumerations, to which their members refer from now on in these; `reference` is how, by `model`."""
    made = {}
    for each in closed:
        made[each.name] = {"type": "string", "enum": list(each.values)}
        for schema, member in each.members:
            texts = _of_texts(schemas[schema]["properties"][member])
            texts.clear()
            texts["$ref"] = reference.format(model=each.name)
    return made


def _attribute(
    vocabulary: Vocabulary,
    findings: tuple[str, ...],
    members: tuple[str, ...],
    schemas: tuple[str, ...],
    more: tuple[str, ...] = (),
) -> Iterator[Closed]:
    """The values that attributes of findings may take, under the name of the first schema and the member."""
    for member in members:
        there = [vocabulary.findings[name] for name in findings if name in vocabulary.findings]
        values = dict.fromkeys(each for finding in there for each in finding.attributes.get(member, ()))
        if values:
            name = f"{schemas[0]}{member.title()}"
            yield Closed(name, (*values, *more), tuple((schema, member) for schema in schemas))


def _of_texts(schema: dict[str, Any]) -> dict[str, Any]:
    """Where a member's texts are said to be texts: itself, what may be null, the items of a list, the values of a map."""
    for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        if isinstance(inner, dict) and inner.get("type") == "string":
            return inner
    return schema
