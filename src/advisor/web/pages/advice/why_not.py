"""Why not something else: the rules that could have given it, and the answers that kept them from it, ready for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.engine.program import AGENCY, Atom
from advisor.explain.justification import because, ref_of
from advisor.explain.why_not import FailedTest, UnmetCondition, WhyNot
from advisor.model.vocabulary import Changeable, Question
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, view_of
from advisor.web.site import site_of

Wanted = Literal["one-of", "none-of", "an-answer", "no-answer"]


router = APIRouter()
NEAR = 4  # rules shown


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer that kept a rule from it: what was asked of whom, what was answered, and what it would have taken.

    `who` could change it; nobody (`fixed`) where that would be for the worse.
    """

    question: str
    partner: str | None
    answer: tuple[str, ...]
    wanted: Wanted
    options: tuple[str, ...]
    who: Changeable


@dataclass(frozen=True, slots=True)
class WordedCondition:
    """A condition that failed: in words ("" for a test on an answer itself), whether it was wanted, and the answers under it."""

    said: str
    wanted: bool
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A rule: why it would apply, how many answers it is away, whether it spoke against it, and what kept it from applying."""

    because: str
    partner: str | None
    distance: int
    forbids: bool
    conditions: tuple[WordedCondition, ...]

    @property
    def others(self) -> tuple[int, int]:
        """How far it is from what those at the table could do: answers out of reach, then answers that take the partners."""
        who = [missing.who for condition in self.conditions for missing in condition.missing]
        return sum(each in ("others", "fixed") for each in who), who.count("together")


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A conclusion in words, whether it is given after all, and the rules nearest to giving it."""

    said: str
    holds: bool
    rules: tuple[Near, ...]


def not_given(found: WhyNot, told: AdviceView, most: int) -> NotGiven:
    """The nearest `most` rules, in words."""
    partners = [partner.name for partner in told.case.partners]
    return _Words(told, partners).of(found, most)


class _Words:
    """One case's names and words."""

    def __init__(self, told: AdviceView, partners: list[str]) -> None:
        self.told, self.partners = told, partners
        self.vocabulary = told.loaded.rulebook.vocabulary

    def of(self, found: WhyNot, most: int) -> NotGiven:
        """Everything said of one conclusion."""
        goal = found.conclusion
        said = self.told.speech.value(goal.finding, goal.value) if goal.value else ""
        if goal.partner != AGENCY:
            said = f"{said} ({self.partners[goal.partner]})"
        rules = tuple(
            Near(
                because(near.rule, near.partner, self.partners),
                self._owner(near.partner),
                near.distance,
                near.forbidding,
                tuple(self._condition(condition) for condition in near.unmet),
            )
            for near in found.rules[:most]
        )
        return NotGiven(said, found.holds, tuple(sorted(rules, key=lambda near: near.others)))

    def _owner(self, partner: int) -> str | None:
        return None if partner == AGENCY else self.partners[partner]

    def _condition(self, condition: UnmetCondition) -> WordedCondition:
        said = self._said(condition.atom) if condition.rules else ""
        return WordedCondition(said, condition.wanted, tuple(self._missing(failed) for failed in condition.failed_tests))

    def _said(self, atom: Atom) -> str:
        return self.told.speech.said(ref_of(atom, self.partners))

    def _missing(self, failed: FailedTest) -> Missing:
        """What it would have taken, said by whichever options are fewer."""
        test = failed.test
        owner, asked = self._owner(test.partner), self.vocabulary.questions[test.name]
        if test.kind in ("known", "unknown"):
            wanted: Wanted = "an-answer" if (test.kind == "known") is failed.wanted else "no-answer"
            return Missing(test.name, owner, failed.answer, wanted, (), asked.changeable)
        positive = failed.wanted if test.kind != "excludes" else not failed.wanted
        options = test.values
        others = tuple(option for option in asked.options if option not in options)
        if test.kind == "answered" and not positive and len(others) <= len(options):
            options, positive = others, True
        before, who = failed.answer, asked.changeable
        for_better = [
            option for option in (options if positive else others) if _becomes(asked, before, option, positive=positive)
        ]
        if before and not for_better:
            who = "fixed"
        elif before and asked.within_reach and (positive or asked.kind != "several"):
            options, positive = tuple(for_better), True
        return Missing(test.name, owner, before, "one-of" if positive else "none-of", options, who)


def _becomes(asked: Question, before: tuple[str, ...], option: str, *, positive: bool) -> bool:
    """Whether an answer may become one that has this option (or, of a list, one that is without those not wanted)."""
    if asked.kind != "several":
        return asked.may_become(before, (option,))
    return asked.may_become(before, (*before, option) if positive else ())


@dataclass(frozen=True, kw_only=True)
class WhyNotPage(Context):
    """Why something else was not recommended."""

    template = "why/not.html.j2"
    told: Annotated[AdviceView, "the advice"]
    goal: Annotated[str, "what was asked about, as it is written"]
    found: Annotated[Sequence[NotGiven], "each conclusion that it means, with the rules nearest to giving it"]


@router.get("/cases/{case_id}/why-not", name="why-not")
def why_not(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, goal: str, scenario: str = "") -> Response:
    """Why something else was not recommended. Raises `InputError` where there is no such thing."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    found = site.service.why_not(told.case, goal)
    rules = [not_given(each, told, NEAR) for each in found]
    return page(request, who, WhyNotPage(told=told, goal=goal, found=rules))
