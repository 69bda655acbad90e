"""Conditions as plain values, for programs that build a form or show a rule."""

from dataclasses import fields, is_dataclass
from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict

from advisor.model.conditions import Condition

Test = Literal["always", "answered", "includes", "known", "found", "partners", "all", "any", "count", "partnercount", "not"]


class ConditionData(TypedDict):
    """A condition: `test` is its kind, and the members that this kind has stand beside it.

    `answered`: the answer to `question` is one of `options`. `includes`: `option` is among the answer, or not where `wanted`
    is false. `known`: there is an answer, or none where `wanted` is false. `found`: `finding` is, is `at_least` or is
    `at_most` `value`, as `how` says. `all`, `any`: all or any of `conditions`. `count`: at least `least` of `conditions`.
    `not`: not `condition`. `partners`: `any` or `every` partner (`quantifier`) meets `condition`. `partnercount`: at least
    `least` partners meet it. `always`: in every case.
    """

    test: Test
    question: NotRequired[str]
    options: NotRequired[list[str]]
    option: NotRequired[str]
    wanted: NotRequired[bool]
    finding: NotRequired[str]
    value: NotRequired[str]
    how: NotRequired[Literal["is", "at_least", "at_most"]]
    quantifier: NotRequired[Literal["any", "every"]]
    least: NotRequired[int]
    condition: NotRequired["ConditionData"]
    conditions: NotRequired[list["ConditionData"]]


def condition_data(condition: Condition) -> ConditionData:
    """A condition as plain values."""
    made: dict[str, Any] = {"test": type(condition).__name__.lower()}
    made |= {field.name: _plain(getattr(condition, field.name)) for field in fields(condition)}
    return cast("ConditionData", made)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return condition_data(cast("Condition", value)) if is_dataclass(value) else value
