"""`cases/{case}/advice`: the advice on a saved case. It is kept, and can be worked out again by the rulebook of its day."""

import hashlib
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from advisor.store.replay import replay
from advisor.web.api.assessment import ADVICE, FORMS, InDetail, Scenario, advice_as
from advisor.web.api.operations import JSON, ROOT, gives, operation
from advisor.web.api.queries import Caller
from advisor.web.api.records import AdviceId, Id, kept_record
from advisor.web.api.responses import After, Limit, acceptable, content, link_after, respond, versioned
from advisor.web.saved_advice import give
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


class ReplayRecord(TypedDict):
    """Whether advice worked out again is, byte for byte, what was kept; with the SHA-256 of both."""

    advice: str
    identical: bool
    kept: str
    replayed: str
    rulebook: str
    wording: str
    engine: str


@operation(
    router,
    "GET",
    "/cases/{case}/advice",
    "adviseOnCase",
    "cases",
    replace(ADVICE, etag=True, headers=("Content-Location",)),
    fails=(404, 406),
)
def advise(request: Request, person: Caller, case: Id, scenario: Scenario = "", detail: InDetail = "paragraph") -> Response:
    """Give the advice on a saved case as it is now, and keep it.

    The same revision, scenario, rulebook and wording give the same advice, which is kept once; `Content-Location` is where.
    """
    site = site_of(request)
    form = acceptable(request.headers.get("accept", ""), FORMS)
    saved = site.store.cases.read(person, case)
    given = give(site, person, saved, scenario)
    made = given.content if form == JSON and detail != "brief" else advice_as(given.advice, form, site.service, detail=detail)
    return versioned(request, made, form, **{"Content-Location": f"{request.url.path}/{given.kept.id}"})


@operation(router, "GET", "/cases/{case}/advice/kept", "listAdvice", "cases", gives("KeptPage", headers=("Link",)), fails=(404,))
def list_kept(request: Request, person: Caller, case: Id, limit: Limit = 50, after: After = "") -> Response:
    """List the advice that was kept of a case, the newest first."""
    page = site_of(request).store.advices.list(person, case, after=after, limit=limit)
    address, link = link_after(request, page.following)
    made = {"items": [kept_record(kept) for kept in page.items], "total": page.total, "next": address}
    return respond(content(made), headers=link)


@operation(router, "GET", "/cases/{case}/advice/{advice}", "readAdvice", "cases", gives("Advice", etag=True), fails=(404,))
def read_kept(request: Request, person: Caller, case: Id, advice: AdviceId) -> Response:
    """Show kept advice, byte for byte as it was given."""
    return versioned(request, site_of(request).store.advices.read(person, case, advice).content)


@operation(
    router,
    "POST",
    "/cases/{case}/advice/{advice}/replay",
    "replayAdvice",
    "cases",
    gives("ReplayRecord"),
    fails=(404, 409),
)
def replay_kept(request: Request, person: Caller, case: Id, advice: AdviceId) -> Response:
    """Work kept advice out again, by the rulebook it was given by, and say whether it is the same to the byte.

    It takes a second or two. 409 where that rulebook was not kept.
    """
    site = site_of(request)
    kept = site.store.advices.read(person, case, advice)
    with site.service.turn(person.id):
        again = replay(site.store, person, case, advice)
    record: ReplayRecord = {
        "advice": kept.id,
        "identical": again == kept.content,
        "kept": hashlib.sha256(kept.content).hexdigest(),
        "replayed": hashlib.sha256(again).hexdigest(),
        "rulebook": kept.rulebook,
        "wording": kept.wording,
        "engine": kept.engine,
    }
    return respond(content(record))
