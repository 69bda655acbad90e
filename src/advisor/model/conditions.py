"""The condition language: what a rule tests, as a tree of values. `docs/rule-language.md` describes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Always:
    """Holds in every case."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question with one value is one of `options` (in the question's own order)."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Includes:
    """A `several` question was answered and `option` is (or, if not `wanted`, is not) among the answer."""

    question: str
    option: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """There is an answer to the question (or, if not `wanted`, there is none)."""

    question: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A finding holds with a value: exactly it, or on a level at least or at most it."""

    finding: str
    value: str
    how: Literal["is", "at_least", "at_most"] = "is"


@dataclass(frozen=True, slots=True)
class Partners:
    """Some partner, or each partner (and there is one), meets a condition."""

    quantifier: Literal["any", "every"]
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one condition holds."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Count:
    """At least `least` of the conditions hold."""

    least: int
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class PartnerCount:
    """At least `least` partners meet a condition."""

    least: int
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Not:
    """Something is not concluded. On answers, reading a rule turns `not` and `unless` into plain tests."""

    condition: "Found | Partners | Count | PartnerCount"


Condition = Always | Answered | Includes | Known | Found | Partners | All | Any | Count | PartnerCount | Not
Answers = Mapping[str, tuple[str, ...]]


def holds(condition: Condition, answers: Answers, partners: Sequence[Answers] = ()) -> bool:
    """Whether an answers-only condition holds on these answers (question id to its options).

    For a condition on one partner, `answers` hold that partner's and the agency's.
    """
    match condition:
        case Answered():  # first and without unpacking: most conditions are this one, and hundreds are asked of a case
            answer = answers.get(condition.question)
            return answer is not None and answer[0] in condition.options
        case Always():
            return True
        case Includes(question, option, wanted):
            answer = answers.get(question)
            return answer is not None and (option in answer) is wanted
        case Known(question, wanted):
            return (question in answers) is wanted
        case All(conditions):
            return all(holds(c, answers, partners) for c in conditions)
        case Any(conditions):
            return any(holds(c, answers, partners) for c in conditions)
        case Count(least, conditions):
            return sum(holds(c, answers, partners) for c in conditions) >= least
        case Partners("any", inner):
            return any(holds(inner, {**answers, **partner}) for partner in partners)
        case Partners(_, inner):
            return bool(partners) and all(holds(inner, {**answers, **partner}) for partner in partners)
        case PartnerCount(least, inner):
            return sum(holds(inner, {**answers, **partner}) for partner in partners) >= least
        case Not(inner):
            return not holds(inner, answers, partners)
        case Found():
            raise TypeError(f"not a condition on answers: {condition}")


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
