"""The condition language: what a rule tests, as a tree of values. `docs/rule-language.md` describes it."""

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Always:
    """Holds in every case."""


@dataclass(frozen=True)
class Answered:
    """The answer to a question with one value is one of `options` (in the question's own order)."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Includes:
    """A `several` question was answered and `option` is (or, if not `wanted`, is not) among the answer."""

    question: str
    option: str
    wanted: bool = True


@dataclass(frozen=True)
class Known:
    """There is an answer to the question (or, if not `wanted`, there is none)."""

    question: str
    wanted: bool = True


@dataclass(frozen=True)
class Found:
    """A finding holds with a value: exactly it, or on a level at least or at most it."""

    finding: str
    value: str
    how: Literal["is", "at_least", "at_most"] = "is"


@dataclass(frozen=True)
class Partners:
    """Some partner, or each partner (and there is one), meets a condition."""

    quantifier: Literal["any", "every"]
    condition: "Condition"


@dataclass(frozen=True)
class All:
    """Every condition holds."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Any:
    """At least one condition holds."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Count:
    """At least `least` of the conditions hold."""

    least: int
    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class PartnerCount:
    """At least `least` partners meet a condition."""

    least: int
    condition: "Condition"


@dataclass(frozen=True)
class Not:
    """Something is not concluded. On answers, reading a rule turns `not` and `unless` into plain tests."""

    condition: "Found | Partners | Count | PartnerCount"


Condition = Always | Answered | Includes | Known | Found | Partners | All | Any | Count | PartnerCount | Not
Answers = Mapping[str, tuple[str, ...]]


def leaves(condition: Condition) -> list[Answered | Includes | Known | Found]:
    """Every test in the condition, in reading order."""
    match condition:
        case All(conditions) | Any(conditions) | Count(_, conditions):
            return [leaf for c in conditions for leaf in leaves(c)]
        case Partners(_, inner) | PartnerCount(_, inner) | Not(inner):
            return leaves(inner)
        case Always():
            return []
        case _:
            return [condition]


def parts(condition: Condition) -> list[Condition]:
    """The condition and every condition within it."""
    match condition:
        case All(conditions) | Any(conditions) | Count(_, conditions):
            return [condition, *(part for c in conditions for part in parts(c))]
        case Partners(_, inner) | PartnerCount(_, inner) | Not(inner):
            return [condition, *parts(inner)]
        case _:
            return [condition]


def exceptions_in(condition: Condition) -> list[Answered]:
    """The tests that only say that an exception does not hold: what `unless` makes of an answer to a choice."""
    found = []
    for part in parts(condition):
        if isinstance(part, Any) and len(part.conditions) == 2:
            first, second = part.conditions
            if isinstance(second, Answered) and first == Known(second.question, wanted=False):
                found.append(second)
    return found


def questions_in(condition: Condition) -> tuple[str, ...]:
    """The questions whose answers the condition tests, in reading order."""
    tests = (leaf for leaf in leaves(condition) if not isinstance(leaf, Found))
    return tuple(dict.fromkeys(leaf.question for leaf in tests))


def answers_in(condition: Condition) -> frozenset[tuple[str, str]]:
    """The options that the condition tests for, with their questions."""
    tests = leaves(condition)
    some = {(leaf.question, option) for leaf in tests if isinstance(leaf, Answered) for option in leaf.options}
    return frozenset(some | {(leaf.question, leaf.option) for leaf in tests if isinstance(leaf, Includes)})


def findings_in(condition: Condition) -> tuple[str, ...]:
    """The findings that the condition tests, in reading order."""
    return tuple(dict.fromkeys(leaf.finding for leaf in leaves(condition) if isinstance(leaf, Found)))


def partners_needed(condition: Condition) -> int:
    """How many partners it takes for the condition and its opposite to be able to hold; two at least."""
    return max([2, *(part.least for part in parts(condition) if isinstance(part, PartnerCount))])


def phrase_of(condition: Condition) -> tuple[str, Mapping[str, typing.Any]]:
    """The phrase that says a condition on answers, and its blanks by name; conditions within it stand as they are.

    The phrases `and` and `or` join all `conditions`.
    """
    match condition:
        case Answered(question, options):
            return "when-answered", {"question": question, "options": options}
        case Includes(question, option, wanted):
            return "when-includes" if wanted else "when-excludes", {"question": question, "option": option}
        case Known(question, wanted):
            return "when-known" if wanted else "when-unknown", {"question": question}
        case All(conditions):
            return "and", {"conditions": conditions}
        case Any(conditions):
            return "or", {"conditions": conditions}
        case Count(least, conditions):
            return "when-count", {"least": least, "conditions": conditions}
        case Partners(quantifier, inner):
            return f"when-{quantifier}-partner", {"condition": inner}
        case PartnerCount(least, inner):
            return "when-partner-count", {"least": least, "condition": inner}
        case Not(inner):
            return "when-not", {"condition": inner}
        case Always():
            return "when-always", {}
        case Found():
            raise TypeError(f"not a condition on answers: {condition}")
