"""What is asked of open answers, as plain values: what the command line prints as JSON and the HTTP API answers."""

import json
from collections.abc import Sequence

from typing_extensions import TypedDict  # Python 3.11's own tells pydantic too little to make a schema of it

from advisor.analysis.consequences import Settled
from advisor.analysis.counterfactual import Blocker, PathStep, Reach
from advisor.analysis.next_question import NextQuestion, NextQuestionResult
from advisor.engine.program import AGENCY
from advisor.explain.justification import ref_of
from advisor.explain.why_not import FailedTest, NearRule, UnmetCondition, WhyNot
from advisor.model.case import Case

SettledReport = TypedDict(
    "SettledReport",
    {"case": str, "settled": list[str], "open": list[str], "excluded": list[str], "not-decided": list[str]},
)
SettledReport.__doc__ = """Where each conclusion stands, by its name.

It is true however the open questions turn out, open, or out of the question; `not-decided` in the time allowed.
"""


class AskReport(TypedDict):
    """A question to ask: about which partner, what it can turn, and which later question it opens where it turns nothing.

    `decisive` tells that it can turn the gate or the dimension; `bits` is what its answer is expected to tell about
    them; `settles` how many open conclusions it settles at least, on average over its answers.
    """

    question: str
    partner: str | None
    turns: list[str]
    opens: str | None
    decisive: bool
    bits: float
    settles: float


class NextReport(TypedDict):
    """The question worth most, null where nothing can change the advice any more."""

    case: str
    ask: AskReport | None
    main_answer_stands: bool


class FailedTestReport(TypedDict):
    """A test on an answer that came out the wrong way: `wanted` false where it holds and must not."""

    test: str
    question: str
    partner: str | None
    wanted: bool
    answer: list[str]


class UnmetConditionReport(TypedDict):
    """A condition that a rule lacked, the rules between, and the tests under it that failed."""

    condition: str
    wanted: bool
    rules: list[str]
    failed: list[FailedTestReport]


class NearRuleReport(TypedDict):
    """A rule that could have given a conclusion, or that forbids it, and how many tests it is from that."""

    rule: str
    partner: str | None
    distance: int
    forbids: bool
    lacks: list[UnmetConditionReport]


class WhyNotReport(TypedDict):
    """The nearest rules to one conclusion; none where it `holds`."""

    conclusion: str
    holds: bool
    rules: list[NearRuleReport]


class WhyNotReports(TypedDict):
    """The nearest rules to what was asked for: several conclusions where it is about partners and none was named."""

    case: str
    why_not: list[WhyNotReport]


StepReport = TypedDict("StepReport", {"question": str, "partner": str | None, "from": list[str], "to": list[str], "who": str})
StepReport.__doc__ = "An answer that would be another (`from` is empty for an open one), and who can change it."


class PathReport(TypedDict):
    """One of the smallest ways: answers to change, and open questions that have to turn out so."""

    changes: list[StepReport]
    presumed: list[StepReport]


class BlockerReport(TypedDict):
    """An answer that stands in the way: nobody can change it (`fixed`), or it was to be `kept`."""

    question: str
    partner: str | None
    answer: list[str]
    why: str


class ReachReport(TypedDict):
    """The smallest changes that reach the goals, or what blocks them. `cost` is empty where nothing reaches them.

    It counts answers `changed`, open questions `presumed`, and how far changed answers `moved`; `complete` tells that
    `paths` are all ways that cost so little.
    """

    case: str
    goals: list[str]
    reached: bool
    cost: dict[str, int]
    complete: bool
    paths: list[PathReport]
    blocked_by: list[BlockerReport]


Report = SettledReport | NextReport | WhyNotReports | ReachReport


def to_json(report: Report) -> str:
    """A report as JSON: two spaces, a line feed at the end."""
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def settled_report(found: Settled) -> SettledReport:
    """Where each conclusion stands."""
    names = _names(found.case)

    def those(status: str) -> list[str]:
        return [str(c.ref(names)) for c, where in found.status.items() if where == status]

    return {
        "case": found.case.name,
        "settled": those("settled"),
        "open": those("open"),
        "excluded": those("excluded"),
        "not-decided": those("not-decided"),
    }


def next_report(found: NextQuestionResult, case: Case) -> NextReport:
    """What to ask next."""
    ask = None if found.ask is None else _ask(found.ask, _names(case))
    return {"case": case.name, "ask": ask, "main_answer_stands": found.stands}


def _ask(ask: NextQuestion, names: Sequence[str]) -> AskReport:
    return {
        "question": ask.question,
        "partner": _owner(ask.partner, names),
        "turns": [str(conclusion.ref(names)) for conclusion in ask.turns],
        "opens": ask.opens or None,
        "decisive": ask.decisive,
        "bits": round(ask.gain, 4),
        "settles": round(ask.settles, 2),
    }


def why_not_reports(found: Sequence[WhyNot], case: Case, most: int) -> WhyNotReports:
    """Why not, with at most so many rules for each conclusion."""
    names = _names(case)
    return {"case": case.name, "why_not": [_why_not(each, names, most) for each in found]}


def _why_not(found: WhyNot, names: Sequence[str], most: int) -> WhyNotReport:
    rules = [_near(near, names) for near in found.rules[:most]]
    return {"conclusion": str(found.conclusion.ref(names)), "holds": found.holds, "rules": rules}


def _near(near: NearRule, names: Sequence[str]) -> NearRuleReport:
    return {
        "rule": near.rule.id,
        "partner": _owner(near.partner, names),
        "distance": near.distance,
        "forbids": near.forbidding,
        "lacks": [_unmet(condition, names) for condition in near.unmet],
    }


def _unmet(condition: UnmetCondition, names: Sequence[str]) -> UnmetConditionReport:
    failed = [_failed_test(test, names) for test in condition.failed_tests]
    return {
        "condition": str(ref_of(condition.atom, names)),
        "wanted": condition.wanted,
        "rules": list(condition.rules),
        "failed": failed,
    }


def _failed_test(failed: FailedTest, names: Sequence[str]) -> FailedTestReport:
    return {
        "test": str(ref_of(failed.test, names)),
        "question": failed.test.name,
        "partner": _owner(failed.test.partner, names),
        "wanted": failed.wanted,
        "answer": list(failed.answer),
    }


def reach_report(found: Reach, goals: Sequence[str], case: Case) -> ReachReport:
    """The ways to some goals, which are named as they were asked for."""
    names = _names(case)
    return {
        "case": case.name,
        "goals": list(goals),
        "reached": found.reached,
        "cost": dict(zip(("changed", "presumed", "moved"), found.cost, strict=False)),
        "complete": found.complete,
        "paths": [
            {"changes": [_step(s, names) for s in path.changes], "presumed": [_step(s, names) for s in path.presumed]}
            for path in found.paths
        ],
        "blocked_by": [_blocker(blocker, names) for blocker in found.blocked_by],
    }


def _step(step: PathStep, names: Sequence[str]) -> StepReport:
    return {
        "question": step.question,
        "partner": _owner(step.partner, names),
        "from": list(step.before),
        "to": list(step.after),
        "who": step.who,
    }


def _blocker(blocker: Blocker, names: Sequence[str]) -> BlockerReport:
    owner = _owner(blocker.partner, names)
    return {"question": blocker.question, "partner": owner, "answer": list(blocker.answer), "why": blocker.why}


def _names(case: Case) -> list[str]:
    return [partner.name for partner in case.partners]


def _owner(partner: int, names: Sequence[str]) -> str | None:
    return None if partner == AGENCY else names[partner]
