"""The saved cases that somebody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.io.case_reader import MAX_NAME
from advisor.model.sentence import upper_first
from advisor.store.records import ORDERS, Entry, Order, Page, Verdict
from advisor.web.auth import Visitor, visitor
from advisor.web.kept import KeptNotice, kept_notices
from advisor.web.page import Context, page
from advisor.web.site import Site, site_of
from advisor.web.verdicts import verdicts_of, work_out_all

router = APIRouter()
PAGE = 20
NONE = "none"  # the closeness of a case in which none is advised


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Which cases a list shows and in what order, as its address has it; "" for all."""

    search: str
    archived: bool
    decision: str
    closeness: str
    owner: str
    order: Order

    @property
    def query(self) -> Mapping[str, str]:
        """As it stands in an address, but for what is as it is without being chosen."""
        given = {"search": self.search, "decision": self.decision, "closeness": self.closeness, "owner": self.owner}
        order = "" if self.order == ORDERS[0] else self.order
        return {**given, "order": order, "archived": "true" if self.archived else ""}

    @property
    def narrowed(self) -> bool:
        """Whether some cases may be left out but for those that lie in the archive."""
        return bool(self.search or self.decision or self.closeness or self.owner)


@dataclass(frozen=True, kw_only=True)
class CasesPage(Context):
    """A page of the list."""

    template = "cases/list.html.j2"
    found: Annotated[Page[Entry], "the cases in the order that was chosen"]
    chosen: Annotated[Shortlist, "which cases are shown, and in what order"]
    choices: Annotated[Mapping[str, Sequence[tuple[str, str]]], "what each field offers, as it is sent and said"]
    shorts: Annotated[Mapping[str, str], "what is advised in each, by its id; nothing for a case without answers"]
    kept: Annotated[Mapping[str, KeptNotice], "how long each is kept, by its id"]
    after: Annotated[str, "where this page of the list begins; nothing at its beginning"]


@router.get("/cases", name="cases")
def cases(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    search: Annotated[str, Query(max_length=MAX_NAME)] = "",
    archived: bool = False,
    decision: str = "",
    closeness: str = "",
    owner: str = "",
    order: str = ORDERS[0],
    after: str = "",
) -> Response:
    """The cases the person may see. What is none of the choices that the page offers is as if nothing was chosen."""
    site = site_of(request)
    choices = _choices(site, who)
    sent = {"decision": decision, "closeness": closeness, "owner": owner, "order": order}
    taken = {name: sent[name] if sent[name] in dict(options) else "" for name, options in choices.items()}
    chosen = Shortlist(
        search=search,
        archived=archived,
        decision=taken["decision"],
        closeness=taken["closeness"],
        owner=taken.get("owner", ""),
        order=next((each for each in ORDERS if each == taken["order"]), ORDERS[0]),
    )
    if chosen.decision or chosen.closeness or chosen.order in ("decision", "closeness"):
        work_out_all(site, who.person)
    found = site.store.cases.list(
        who.person,
        search=search,
        archived=archived,
        owner=chosen.owner or None,
        rulebook=site.service.loaded.rulebook.sha256,
        decision=chosen.decision,
        closeness=None if not chosen.closeness else "" if chosen.closeness == NONE else chosen.closeness,
        order=chosen.order,
        after=after,
        limit=PAGE,
    )
    verdicts = verdicts_of(site, who.person, found.items)
    shorts = {each: _in_short(site, verdict) for each, verdict in verdicts.items()}
    kept = kept_notices(site, [entry.id for entry in found.items])
    return page(request, who, CasesPage(found=found, chosen=chosen, choices=choices, shorts=shorts, kept=kept, after=after))


def _choices(site: Site, who: Visitor) -> dict[str, list[tuple[str, str]]]:
    """What each field offers; whose cases they are only for those who see the cases of others."""
    word, wording, parts = site.templates.word, site.service.wording, site.service.vocabulary.advice_parts
    findings, anything = site.service.vocabulary.findings, ("", word("cases.any"))

    def values(finding: str) -> list[tuple[str, str]]:
        return [(value, upper_first(wording.title(findings[finding].worded_as, value))) for value in findings[finding].values]

    closeness = [*values(parts.recommended), (NONE, word("cases.no-closeness"))]
    made = {"decision": [anything, *values(parts.proceed)], "closeness": [anything, *closeness]}
    orders: Sequence[Order] = tuple(order for order in ORDERS if order != "owner")
    if who.accounts and who.person.sees_all:
        people = site.store.people.list(who.person.organization)
        named = [(each.id, word("cases.own") if each.id == who.person.id else each.name) for each in people]
        made["owner"], orders = [anything, *named], ORDERS
    return {**made, "order": [(order, word(f"cases.order-{order}")) for order in orders]}


def _in_short(site: Site, verdict: Verdict) -> str:
    """The decision and how close, as the advice itself names them."""
    wording, parts, findings = site.service.wording, site.service.vocabulary.advice_parts, site.service.vocabulary.findings
    decided = wording.title(findings[parts.proceed].worded_as, verdict.decision)
    close = verdict.closeness and wording.title(findings[parts.recommended].worded_as, verdict.closeness)
    return f"{decided}: {close}" if close else decided
