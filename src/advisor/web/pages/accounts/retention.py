"""How long one's own organization keeps cases and consultations, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.store.holds import Hold
from advisor.store.retention import MOST_MONTHS, RetentionRule
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, administrator, form
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
LISTED = 50  # of what is deleted soon

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class RetentionPage(Context):
    """How long an organization keeps what it has, what is deleted soon, and what is on hold."""

    template = "retention/retention.html.j2"
    cases: Annotated[str, "months for cases, as they stand or were typed; nothing: until deleted"]
    consultations: Annotated[str, "the same for consultations"]
    coming: Annotated[
        Sequence[tuple[str, str, str, datetime]], "case, its name, consultation (or nothing) and when it is deleted"
    ]
    holds: Annotated[Sequence[Hold], "what is on hold"]


@router.get("/retention", name="retention")
def retention(request: Request, who: Who) -> Response:
    """How long things are kept."""
    rule = site_of(request).store.retention.rule(who.person.organization)
    return _shown(request, who, str(rule.cases or ""), str(rule.consultations or ""))


@router.post("/retention", name="set-retention")
def set_retention(request: Request, who: Who, posted: Posted) -> Response:
    """Keep things for so long from now on; an empty field is for until somebody deletes them."""
    site = site_of(request)
    word = site.templates.word
    typed = {name: text(posted, name) for name in ("cases", "consultations")}
    errors = [
        FieldError(name, word("retention.months-out-of-range", most=MOST_MONTHS))
        for name, value in typed.items()
        if value and not (value.isascii() and value.isdecimal() and 0 < int(value[:9]) <= MOST_MONTHS)
    ]
    if not errors:
        months = {name: int(value) if value else None for name, value in typed.items()}
        try:
            site.store.retention.set_rule(RetentionRule(who.person.organization, **months))
        except InputError as error:
            errors = [FieldError(each.about, word(f"retention.{each.code}", most=each.allowed[0])) for each in error.problems]
        else:
            about(request, **{f"months-{name}": str(value) for name, value in months.items() if value})
            return see_other(request, "retention", said="retention-set")
    return _shown(request, who, **typed, status=422, errors=errors)


def _shown(
    request: Request, who: Visitor, cases: str, consultations: str, *, status: int = 200, errors: Sequence[FieldError] = ()
) -> Response:
    site = site_of(request)
    now, organization = site.clock(), who.person.organization
    coming = (
        (kept.case, kept.name, ending.consultation, ending.deleted(now))
        for kept in site.store.retention.coming(now, organization)
        for ending in kept.near(now)
    )
    shown = RetentionPage(
        cases=cases,
        consultations=consultations,
        coming=sorted(islice(coming, LISTED), key=lambda each: each[3]),
        holds=site.store.holds.list(organization),
    )
    return page(request, who, shown, status=status, errors=errors)
