"""`portfolio`: all cases at a glance."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.queries import Caller
from advisor.web.api.responses import content, respond
from advisor.web.portfolio import PortfolioFilter, Progress, portfolio, portfolio_record
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)

Decision = Annotated[str, Query(max_length=100, description="Only cases in which this is advised, as `proceed` names it.")]
AtProgress = Annotated[Literal[""] | Progress, Query(description="Only cases that are so far.")]
Overdue = Annotated[bool, Query(description="Only cases in which something is overdue.")]
Contested = Annotated[bool, Query(description="Only cases on which people differ.")]


@operation(router, "GET", "/portfolio", "portfolio", "cases", gives("PortfolioList"))
def list_portfolio(
    request: Request,
    person: Caller,
    decision: Decision = "",
    progress: AtProgress = "",
    overdue: Overdue = False,
    contested: Contested = False,
) -> Response:
    """List all cases at a glance.

    Of each case that the person may see and that is not in the archive: what is advised, how far the work is, how much is
    overdue, and on how many questions people differ in its last consultation. It takes the 200 that were changed last.
    """
    site = site_of(request)
    wanted = PortfolioFilter(decision, progress, overdue, contested)
    lines = portfolio(site, person, wanted, reader_day(request, site.clock()))
    return respond(content({"items": [portfolio_record(line) for line in lines]}))
