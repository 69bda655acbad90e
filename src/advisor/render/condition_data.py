"""Conditions as plain values, for programs that build a form or show a rule."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.conditions import Any as Either

Test = Literal["always", "answered", "includes", "known", "found", "partners", "all", "any", "count", "partner-count", "not"]


class ConditionData(TypedDict):
    """A condition: `test` is its kind, and the members that this kind has stand beside it.

    `answered`: the answer to `question` is one of `options`. `includes`: `option` is among the answer, or not where `wanted`
    is false. `known`: there is an answer, or none where `wanted` is false. `found`: `finding` is, is `at_least` or is
    `at_most` `value`, as `how` says. `all`, `any`: all or any of `conditions`. `count`: at least `least` of `conditions`.
    `not`: not `condition`. `partners`: `any` or `every` partner (`quantifier`) meets `condition`. `partner-count`: at least
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
    match condition:
        case Always():
            return {"test": "always"}
        case Answered(question, options):
            return {"test": "answered", "question": question, "options": list(options)}
        case Includes(question, option, wanted):
            return {"test": "includes", "question": question, "option": option, "wanted": wanted}
        case Known(question, wanted):
            return {"test": "known", "question": question, "wanted": wanted}
        case Found(finding, value, how):
            return {"test": "found", "finding": finding, "value": value, "how": how}
        case Partners(quantifier, inner):
            return {"test": "partners", "quantifier": quantifier, "condition": condition_data(inner)}
        case PartnerCount(least, inner):
            return {"test": "partner-count", "least": least, "condition": condition_data(inner)}
        case Count(least, conditions):
            return {"test": "count", "least": least, "conditions": [condition_data(each) for each in conditions]}
        case All(conditions):
            return {"test": "all", "conditions": [condition_data(each) for each in conditions]}
        case Either(conditions):
            return {"test": "any", "conditions": [condition_data(each) for each in conditions]}
        case Not(inner):
            return {"test": "not", "condition": condition_data(inner)}
