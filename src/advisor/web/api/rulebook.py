"""`questions` and `rulebook`: what can be asked, and what decides."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import Scope
from advisor.render.condition_data import ConditionData, condition_data
from advisor.render.intake_listing import listing
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.queries import Caller
from advisor.web.api.responses import After, Limit, content, link_after, part_of, versioned
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


class ConclusionRecord(TypedDict):
    """A finding and its value."""

    finding: str
    value: str


class RuleRecord(TypedDict):
    """A rule: about whom it is tried, when it holds, what it concludes, for which reason and on which sources."""

    id: str
    topic: str
    about: Scope
    when: ConditionData
    conclusions: list[ConclusionRecord]
    because: str
    sources: list[str]


class RulebookRecord(TypedDict):
    """The rulebook in use: its version, the SHA-256 over all that decides and speaks, its documents, and how much is in it."""

    version: str
    sha256: str
    language: str
    documents: dict[str, str]
    counts: dict[str, int]


@operation(router, "GET", "/questions", "questions", "questions", gives("Listing", etag=True), scope="assess")
def questions(
    request: Request,
    _: Caller,
    section: Annotated[str, Query(max_length=200, description="Only those of this section, by its id.")] = "",
    asked: Annotated[Literal["agency", "partner", ""], Query(description="Only those about the agency, or a partner.")] = "",
    essential: Annotated[bool, Query(description="Only the short intake.")] = False,
) -> Response:
    """List what can be asked.

    Every question in intake order, with its options in words, how to answer it, why it is asked, when it is asked, and
    its sources.
    """
    service = site_of(request).service

    def make() -> bytes:
        return content(listing(service.questions(section, asked, essential=essential), service.loaded))

    return versioned(request, service.recent(("questions", section, asked, essential), make))


@operation(router, "GET", "/rulebook", "rulebook", "rulebook", gives("RulebookRecord", etag=True), scope="assess")
def rulebook(request: Request, _: Caller) -> Response:
    """Tell which rulebook is in use."""
    loaded = site_of(request).service.loaded
    used = loaded.rulebook
    record: RulebookRecord = {
        "version": used.version,
        "sha256": used.sha256,
        "language": loaded.wording.language,
        "documents": dict(used.documents),
        "counts": {
            "rules": len(used.rules),
            "sources": len(used.sources),
            "questions": len(used.vocabulary.questions),
            "findings": len(used.vocabulary.findings),
        },
    }
    return versioned(request, content(record))


@operation(router, "GET", "/rulebook/rules", "rules", "rulebook", gives("RulePage", etag=True, headers=("Link",)), scope="assess")
def rules(
    request: Request,
    _: Caller,
    topic: Annotated[str, Query(max_length=200, description="Only those of this topic.")] = "",
    limit: Limit = 50,
    after: After = "",
) -> Response:
    """List the rules, a page at a time."""
    used = _rulebook(request)
    every = [rule for rule in used.rules.values() if topic in ("", rule.topic)]
    found, following = part_of(every, after, limit, lambda rule: rule.id)
    address, link = link_after(request, following)
    page = {"items": [_rule(rule) for rule in found], "total": len(every), "next": address}
    return versioned(request, content(page), **link)


@operation(
    router, "GET", "/rulebook/rules/{rule}", "rule", "rulebook", gives("RuleRecord", etag=True), fails=(404,), scope="assess"
)
def rule_by_id(request: Request, _: Caller, rule: str) -> Response:
    """Show one rule."""
    return versioned(request, content(_rule(site_of(request).service.rule(rule))))


@operation(
    router, "GET", "/rulebook/sources", "sources", "rulebook", gives("SourcePage", etag=True, headers=("Link",)), scope="assess"
)
def sources(
    request: Request,
    _: Caller,
    document: Annotated[str, Query(max_length=200, description="Only those from this document.")] = "",
    limit: Limit = 50,
    after: After = "",
) -> Response:
    """List the source register, a page at a time."""
    every = [source for source in _rulebook(request).sources.values() if document in ("", source.document)]
    found, following = part_of(every, after, limit, lambda source: source.id)
    address, link = link_after(request, following)
    page = {"items": [asdict(source) for source in found], "total": len(every), "next": address}
    return versioned(request, content(page), **link)


@operation(
    router, "GET", "/rulebook/sources/{source}", "source", "rulebook", gives("Source", etag=True), fails=(404,), scope="assess"
)
def source_by_id(request: Request, _: Caller, source: str) -> Response:
    """Show one item of the source register."""
    return versioned(request, content(asdict(site_of(request).service.source(source))))


def _rulebook(request: Request) -> Rulebook:
    return site_of(request).service.loaded.rulebook


def _rule(rule: Rule) -> RuleRecord:
    return {
        "id": rule.id,
        "topic": rule.topic,
        "about": rule.about,
        "when": condition_data(rule.when),
        "conclusions": [{"finding": finding, "value": value} for finding, value in rule.conclusions],
        "because": rule.because,
        "sources": list(rule.sources),
    }
