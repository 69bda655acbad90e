"""The partners of a case: put on the list, renamed, taken off it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.interview import PARTNERS_STEP, name_refusal
from advisor.model.case import Case, Partner
from advisor.model.names import composed
from advisor.service.question_order import partner_number
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import page, see_other
from advisor.web.pages.fields import text
from advisor.web.pages.intake.form_fields import number as number_of
from advisor.web.pages.intake.merge import AttributedChange, attributed, called_now, remover
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.partner_list import speaking_of, with_name, with_partner, without_partner
from advisor.web.pages.intake.progress import PARTNER_LIST, Form, SectionProgress
from advisor.web.pages.intake.saver import Saver, partner_name, until_saved
from advisor.web.pages.intake.steps import read_been, without_partners, write_been
from advisor.web.pages.intake.submission import base_of, chosen_side
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
NAME, NAMES = "name", "names"
_MARK = re.compile(r"^\s*(?:[-*•\u2013]|\d{1,2}[.)])\s+")  # of an entry in a list that was pasted

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@router.get("/cases/{case_id}/partners", name="partners")
def partners(request: Request, who: Who, case_id: str, been: str = "") -> Response:
    """Who the partners are; `been` is there where questions come one after another only, and "-" at its beginning."""
    return _listed(request, who, _read(request, who, case_id), been)


@router.post("/cases/{case_id}/partners", name="add-partner")
def add_partner(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Put partners on the list, a name a line, and stay there or go on. Where a name is refused, nothing is saved."""
    typed, been, onward = text(posted, NAMES), text(posted, "been"), text(posted, "go") == "on"
    names = names_in(typed)
    if onward and not names:
        return _onward(request, _read(request, who, case_id), been)

    def attempt() -> Response:
        saved, site = _read(request, who, case_id), site_of(request)
        file, errors = saved.file, list[FieldError]()
        for name in names or [""]:
            refused = _errors(request, file.case, name, NAMES)
            errors += refused
            file = file if refused else with_partner(file, name)
        if errors:
            return _listed(request, who, saved, been, typed, errors=errors, status=422)
        saved = site.store.cases.save(who.person, case_id, saved.entry.revision, file, at=site.clock())
        onto, said = _joined(request, been), "partner-added" if len(names) == 1 else "partners-added"
        return _onward(request, saved, onto) if onward else _back(request, case_id, said, onto)

    return until_saved(attempt)


@router.get("/cases/{case_id}/partners/{number}/name", name="partner-name")
def renaming_form(request: Request, who: Who, case_id: str, number: int) -> Response:
    """The form for another name."""
    saved = _read(request, who, case_id)
    name = _at(saved.file.case, number).name
    return _name_page(request, who, saved, name, name)


@router.post("/cases/{case_id}/partners/{number}/name", name="rename-partner")
def rename_partner(request: Request, who: Who, case_id: str, number: int, posted: Posted) -> Response:
    """Give a partner another name."""
    wanted = _clean(text(posted, NAME))

    def attempt() -> Response:
        found, site = _found(request, who, case_id, number, number_of(posted, "revision")), site_of(request)
        saved, was, now = found.saved, found.partner.name, found.now
        if now is None:
            return _listed(request, who, saved, "", wanted, gone=found, status=409)
        choice = chosen_side(posted, NAME)
        decided = choice is not None and choice.seen == (str(saved.entry.revision),)
        if wanted in (was, now) or (choice is not None and decided and choice.side == "theirs"):
            return _back(request, case_id)
        if now != was and not decided:
            return _clash_page(request, who, found, wanted, number_of(posted, "revision"), bool(text(posted, "deciding")))
        others = replace(saved.file.case, partners=tuple(p for p in saved.file.case.partners if p.name != now))
        if errors := _errors(request, others, wanted):
            return _name_page(request, who, saved, now, wanted, errors)
        file = with_name(saved.file, now, wanted)
        current = saved.entry.revision
        site.store.cases.save(who.person, case_id, current, file, at=site.clock(), renamed={now: wanted})
        return _back(request, case_id, "partner-renamed")

    return until_saved(attempt)


@router.get("/cases/{case_id}/partners/{number}/remove", name="partner-removal")
def removal_form(request: Request, who: Who, case_id: str, number: int) -> Response:
    """What is lost with a partner, before it is taken off the list."""
    saved = _read(request, who, case_id)
    return _removal_page(request, who, saved, _at(saved.file.case, number))


@router.post("/cases/{case_id}/partners/{number}/remove", name="remove-partner")
def remove_partner(request: Request, who: Who, case_id: str, number: int, posted: Posted) -> Response:
    """Take a partner off the list. Where somebody changed it since the page was shown, the page is shown again."""

    def attempt() -> Response:
        found, site = _found(request, who, case_id, number, number_of(posted, "revision")), site_of(request)
        if found.now is None:
            return _back(request, case_id, "partner-removed")
        saved = found.saved
        partner = next(p for p in saved.file.case.partners if p.name == found.now)
        if partner != found.partner:
            about = [each for each in found.news if each.change.partner in (found.partner.name, found.now)]
            return _removal_page(request, who, saved, partner, about, status=409)
        file = without_partner(saved.file, found.now)
        site.store.cases.save(who.person, case_id, saved.entry.revision, file, at=site.clock())
        return _back(request, case_id, "partner-removed")

    return until_saved(attempt)


@dataclass(frozen=True, slots=True)
class FormPartner:
    """The partner a form was made about, as it was then; what it is called `now` (None: gone), and what changed since."""

    saved: SavedCase
    partner: Partner
    now: str | None
    news: Sequence[AttributedChange]

    @property
    def remover(self) -> AttributedChange | None:
        """Who took it off the list."""
        return remover(self.news)


@dataclass(frozen=True, kw_only=True)
class PartnersPage(IntakePage):
    """Who the partners are."""

    template = "intake/partners.html.j2"
    sequence: Annotated[str, "the steps of this session, where the page is a part of it"]
    partner_parts: Annotated[Sequence[SectionProgress], "the sections about partners, and how far each is"]
    typed: Annotated[str, "new names, as they were typed"]
    gone: Annotated[FormPartner | None, "the partner that was to be renamed and is not there any more"]


@dataclass(frozen=True, kw_only=True)
class NamePage(IntakePage):
    """The form for another name of a partner."""

    template = "intake/name.html.j2"
    number: Annotated[int, "the partner's number, from 1"]
    partner: Annotated[str, "its name"]
    typed: Annotated[str, "the new name, as it was typed"]


@dataclass(frozen=True, kw_only=True)
class RenamedPage(IntakePage):
    """Two people gave a partner another name, each a different one."""

    template = "intake/renamed.html.j2"
    was: Annotated[str, "the name before"]
    mine: Annotated[str, "the name of this form"]
    theirs: Annotated[str | None, "the name that is saved now"]
    by: Annotated[AttributedChange | None, "who gave it"]
    revision: Annotated[int, "the revision that the form was made from"]
    action: Annotated[str, "where it is sent"]


@dataclass(frozen=True, kw_only=True)
class RemovalPage(IntakePage):
    """What is lost with a partner."""

    template = "intake/remove.html.j2"
    partner: Annotated[Partner, "the partner"]
    number: Annotated[int, "its number, from 1"]
    scenarios: Annotated[Sequence[str], "the scenarios that speak of it"]
    about: Annotated[Sequence[AttributedChange], "what others changed about it since the page was shown"]


def _found(request: Request, who: Visitor, case_id: str, number: int, revision: int) -> FormPartner:
    site = site_of(request)
    saved = _read(request, who, case_id)
    if not 0 < revision <= saved.entry.revision:
        raise NotFoundError
    partner = _at(base_of(request, who, case_id, revision).file.case, number)
    between = Saver(site.store, who.person, case_id, site.clock()).since(revision, saved.entry.revision)
    now = called_now(partner.name, between)
    here = any(p.name == now for p in saved.file.case.partners)
    return FormPartner(saved, partner, now if here else None, attributed(between))


def _read(request: Request, who: Visitor, case_id: str) -> SavedCase:
    return site_of(request).store.cases.read(who.person, case_id)


def _at(case: Case, number: int) -> Partner:
    """The partner of a number, counted from 1. Raises `NotFoundError`."""
    if number < 1:
        raise NotFoundError
    partner_name(case, number - 1)
    return case.partners[number - 1]


def names_in(typed: str) -> list[str]:
    """The names of a list that was typed or pasted, a name a line, without the marks of its entries."""
    return [name for line in typed.splitlines() if (name := _clean(_MARK.sub("", line)))]


def _clean(name: str) -> str:
    """A name without what no name should hold, with single blanks between its words."""
    return composed("".join(each if each.isprintable() else " " for each in name))


def _errors(request: Request, case: Case, name: str, field: str = NAME) -> list[FieldError]:
    refused = name_refusal(case, name)
    if refused is None:
        return []
    key = refused.code if name else "name-missing"
    most = "".join(refused.allowed)
    return [FieldError(field, site_of(request).templates.word(f"partners.{key}", found=refused.found, most=most))]


def _onward(request: Request, saved: SavedCase, been: str) -> Response:
    """Past the list of partners: to the best next question in its own sequence, or to what the form asks after it."""
    case, case_id = saved.file.case, saved.entry.id
    made = Form(case, site_of(request).service.loaded.relevance)
    if been:
        steps = (*read_been(been, made.vocabulary), PARTNERS_STEP)
        return see_other(request, "next", case_id=case_id, been=write_been(steps))
    follows = made.neighbour(PARTNER_LIST, 1)
    if follows is None:
        return see_other(request, "case", case_id=case_id)
    if follows.partner < 0:
        return see_other(request, "section", case_id=case_id, section=follows.id)
    return see_other(request, "partner-section", case_id=case_id, number=follows.partner + 1, section=follows.id)


def _joined(request: Request, been: str) -> str:
    """The steps of this session for whoever joins: nobody was asked about it yet."""
    vocabulary = site_of(request).service.vocabulary
    return been and (write_been(without_partners(read_been(been, vocabulary), vocabulary)) or "-")


def _back(request: Request, case_id: str, said: str = "", been: str = "") -> Response:
    return see_other(request, "partners", case_id=case_id, been=been, said=said)


def _listed(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    been: str,
    typed: str = "",
    *,
    errors: Sequence[FieldError] = (),
    gone: FormPartner | None = None,
    status: int = 200,
) -> Response:
    made = Form(saved.file.case, site_of(request).service.loaded.relevance)
    parts = [made.part(section) for section in made.sections() if section.partner >= 0]
    steps = read_been(been, made.vocabulary)
    context = PartnersPage(
        **intake_values(request, who, saved, been=steps), sequence=been, partner_parts=parts, typed=typed, gone=gone
    )
    return page(request, who, context, status=status, errors=errors)


def _name_page(
    request: Request, who: Visitor, saved: SavedCase, partner: str, typed: str, errors: Sequence[FieldError] = ()
) -> Response:
    number = partner_number(saved.file.case, partner) + 1
    context = NamePage(**intake_values(request, who, saved), number=number, partner=partner, typed=typed)
    return page(request, who, context, status=422 if errors else 200, errors=errors)


def _clash_page(request: Request, who: Visitor, found: FormPartner, wanted: str, revision: int, deciding: bool) -> Response:
    """Both renamed it, each to something else."""
    by = next((each for each in found.news if each.change.kind == "partner-renamed" and each.change.now == (found.now,)), None)
    errors = [FieldError("choice-name", site_of(request).templates.word("conflict.choose"))] if deciding else []
    context = RenamedPage(
        **intake_values(request, who, found.saved),
        was=found.partner.name,
        mine=wanted,
        theirs=found.now,
        by=by,
        revision=revision,
        action=request.url.path,
    )
    return page(request, who, context, status=422 if errors else 409, errors=errors)


def _removal_page(
    request: Request, who: Visitor, saved: SavedCase, partner: Partner, about: Sequence[AttributedChange] = (), status: int = 200
) -> Response:
    context = RemovalPage(
        **intake_values(request, who, saved),
        partner=partner,
        number=partner_number(saved.file.case, partner.name) + 1,
        scenarios=speaking_of(saved.file, partner.name),
        about=about,
    )
    return page(request, who, context, status=status)
