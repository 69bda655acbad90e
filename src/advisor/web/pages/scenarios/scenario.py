"""A scenario of a case: what it changes, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.responses import RedirectResponse, Response

from advisor.io.case_reader import MAX_NAME
from advisor.model.case import Case
from advisor.model.scenario import MAX_SCENARIOS, CaseFile, Scenario
from advisor.render.phrasing import Speech
from advisor.store.errors import ConflictError
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.scenarios.changes import built_on, renamed_in
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class ScenarioPage(Context):
    """A scenario: what it changes, and what can be done with it."""

    template = "whatif/scenario.html.j2"
    saved: Annotated[SavedCase, "the case"]
    scenario: Annotated[Scenario, "the scenario"]
    before: Annotated[Case, "the case that it builds on"]
    above: Annotated[Sequence[str], "the scenarios that build on it"]
    new: Annotated[str, "its name, or the new one as it was typed"]
    speech: Annotated[Speech, "how answers are said"]
    conflict: Annotated[bool, "whether somebody else saved the case first"]


@router.get("/cases/{case_id}/scenarios", name="scenario")
def scenario(request: Request, who: Who, case_id: str, name: str) -> Response:
    """A scenario: what it changes, and what can be done with it."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    return _scenario(request, who, saved, name)


@router.get("/cases/{case_id}/branches", name="branch")
def moved(request: Request, who: Who, case_id: str, name: str) -> Response:
    """Redirect the address that this page had while a scenario was called a branch."""
    site = site_of(request)
    entry = site.store.cases.read(who.person, case_id).entry
    return RedirectResponse(site.templates.url("scenario", case_id=entry.id, name=name), 308)


@router.post("/cases/{case_id}/scenarios/rename", name="rename-scenario")
def rename_scenario(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Call a scenario otherwise."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    name, new = str(posted.get("name", "")), " ".join(str(posted.get("new", "")).split())
    if name not in saved.file.scenarios:
        raise NotFoundError
    code = "" if new == name else name_problem(new, saved.file)
    if code:
        return _scenario(
            request, who, saved, name, new=new, errors=[FieldError("new", site.templates.word(f"whatif.{code}"))], status=422
        )
    file = CaseFile(saved.file.case, renamed_in(saved.file.scenarios, name, new))
    return _saved(request, who, saved, posted, file, name, new, "scenario-renamed")


@router.post("/cases/{case_id}/scenarios/delete", name="delete-scenario")
def delete_scenario(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Delete a scenario on which no other builds."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    name = str(posted.get("name", ""))
    if name not in saved.file.scenarios:
        raise NotFoundError
    if built_on(saved.file.scenarios, name):
        errors = [FieldError("", site.templates.word("whatif.built-on"))]
        return _scenario(request, who, saved, name, errors=errors, status=422)
    file = CaseFile(saved.file.case, {key: each for key, each in saved.file.scenarios.items() if key != name})
    return _saved(request, who, saved, posted, file, name, "", "scenario-deleted")


def _saved(
    request: Request, who: Visitor, saved: SavedCase, posted: FormData, file: CaseFile, name: str, then: str, said: str
) -> Response:
    """Save what was done to a scenario; where somebody was first, show it as it is now, and say so."""
    site, case_id = site_of(request), saved.entry.id
    try:
        site.store.cases.save(who.person, case_id, revision_of(posted, saved), file, at=site.clock())
    except ConflictError as conflict:
        if name not in conflict.current.file.scenarios:
            if then:
                raise NotFoundError from None
            return see_other(request, "what-if", case_id=case_id, said=said)
        return _scenario(request, who, conflict.current, name, new=then, conflict=True, status=409)
    if then:
        return see_other(request, "scenario", case_id=case_id, name=then, said=said)
    return see_other(request, "what-if", case_id=case_id, said=said)


def _scenario(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    name: str,
    *,
    new: str | None = None,
    errors: list[FieldError] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> Response:
    site = site_of(request)
    if name not in saved.file.scenarios:
        raise NotFoundError
    on = saved.file.scenarios[name].on
    context = ScenarioPage(
        saved=saved,
        scenario=saved.file.scenarios[name],
        before=saved.file.in_scenario(on or ""),
        above=built_on(saved.file.scenarios, name),
        new=name if new is None else new,
        speech=Speech(site.service.loaded),
        conflict=conflict,
    )
    return page(request, who, context, status=status, errors=errors or ())


def name_problem(name: str, file: CaseFile) -> str:
    """What is wrong with a name for a scenario, "" for nothing."""
    if not name:
        return "name-missing"
    if len(name) > MAX_NAME:
        return "name-long"
    if len(file.scenarios) >= MAX_SCENARIOS:
        return "too-many"
    return "name-taken" if name.casefold() in {each.casefold() for each in file.scenarios} else ""


def revision_of(given: ImmutableMultiDict[str, str] | FormData, saved: SavedCase) -> int:
    """The revision that a form was made from."""
    said = str(given.get("revision", ""))
    return int(said) if said.isdecimal() and len(said) < 10 else saved.entry.revision
