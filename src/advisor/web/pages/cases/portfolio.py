"""All cases at a glance, for somebody who works on many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.model.sentence import upper_first
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page, switches
from advisor.web.portfolio import MOST, PROGRESS, PortfolioFilter, PortfolioLine, portfolio
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class PortfolioPage(Context):
    """The cases that were asked for, the most overdue first."""

    template = "cases/portfolio.html.j2"
    lines: Annotated[Sequence[PortfolioLine], "the cases"]
    chosen: Annotated[PortfolioFilter, "which cases are shown"]
    decisions: Annotated[Mapping[str, str], "what can be advised, by its name"]
    closeness: Annotated[Mapping[str, str], "how close it can be, by its name"]
    steps: Annotated[Sequence[str], "how far the work on a case can be"]
    most: Annotated[int, "how many cases are looked at"]
    organizations: Annotated[Mapping[str, str], "the person's organizations by their ids, where there are several"]


@router.get("/portfolio", name="portfolio")
def portfolio_page(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    decision: str = "",
    progress: str = "",
    overdue: str = "",
    contested: str = "",
) -> Response:
    """The cases at a glance. What is none of the choices that the page offers is as if nothing was chosen."""
    site = site_of(request)
    findings, parts, wording = site.service.vocabulary.findings, site.service.vocabulary.advice_parts, site.service.wording

    def called(finding: str) -> dict[str, str]:
        return {value: upper_first(wording.title(findings[finding].worded_as, value)) for value in findings[finding].values}

    decisions = called(parts.proceed)
    chosen = PortfolioFilter(
        decision if decision in decisions else "", progress if progress in PROGRESS else "", overdue == "yes", contested == "yes"
    )
    theirs = switches(request, who.person)
    elsewhere = [each for each in theirs if each.organization != who.person.organization]
    shown = PortfolioPage(
        lines=portfolio(site, who.person, chosen, reader_day(request, site.clock()), elsewhere),
        chosen=chosen,
        decisions=decisions,
        closeness=called(parts.recommended),
        steps=PROGRESS,
        most=MOST,
        organizations={each.organization: each.organization_name for each in theirs},
    )
    return page(request, who, shown)
