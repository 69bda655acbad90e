"""What can be done with a case as a whole: another name, a copy, archiving, deleting it for good."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.io.case_reader import MAX_NAME
from advisor.store.records import Entry
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, form, visitor
from advisor.web.kept import KeptNotice, kept_notice
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import name_errors, read_name, text
from advisor.web.site import site_of

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class ManagePage(Context):
    """One case as a whole."""

    template = "cases/manage.html.j2"
    entry: Annotated[Entry, "the case"]
    typed: Annotated[str, "its name, or the new one as it was typed"]
    kept: Annotated[KeptNotice, "how long it is kept"]


@dataclass(frozen=True, kw_only=True)
class DeletePage(Context):
    """What goes when a case is deleted."""

    template = "cases/delete.html.j2"
    entry: Annotated[Entry, "the case"]
    scenarios: Annotated[int, "how many scenarios go with it"]
    links: Annotated[int, "how many links into it there were"]
    kept: Annotated[KeptNotice, "how long it is kept"]


@router.get("/cases/{case_id}/manage", name="manage-case")
def manage(request: Request, who: Who, case_id: str) -> Response:
    """One case: what can be done with it as a whole."""
    site = site_of(request)
    entry = site.store.cases.read(who.person, case_id).entry
    return page(request, who, ManagePage(entry=entry, typed=entry.name, kept=kept_notice(site, case_id)))


@router.post("/cases/{case_id}/name", name="rename-case")
def rename_case(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Another name for a case."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    name = read_name(posted, "name")
    if errors := list(name_errors(name, "name", site.templates)):
        shown = ManagePage(entry=saved.entry, typed=name, kept=kept_notice(site, case_id))
        return page(request, who, shown, status=422, errors=errors)
    file = replace(saved.file, case=replace(saved.file.case, name=name))
    site.store.cases.save(who.person, case_id, saved.entry.revision, file, at=site.clock())
    return see_other(request, "manage-case", case_id=case_id, said="renamed")


@router.post("/cases/{case_id}/copy", name="copy-case", dependencies=[Depends(form)])
def copy_case(request: Request, who: Who, case_id: str) -> Response:
    """A copy of a case, with a name that tells it from the original."""
    site = site_of(request)
    entry = site.store.cases.read(who.person, case_id).entry
    longest = MAX_NAME - len(site.templates.word("cases.copy-of", name=""))
    name = site.templates.word("cases.copy-of", name=entry.name[:longest])
    made = site.store.cases.copy(who.person, case_id, name, at=site.clock())
    about(request, case=made.entry.id, copied=case_id)
    return see_other(request, "manage-case", case_id=made.entry.id, said="copied")


@router.post("/cases/{case_id}/archive", name="archive-case")
def archive_case(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Put a case out of the way (`archived` is yes), or back."""
    archived = text(posted, "archived") == "yes"
    site_of(request).store.cases.archive(who.person, case_id, archived)
    return see_other(request, "cases", said="archived" if archived else "unarchived")


@router.get("/cases/{case_id}/delete", name="delete-case")
def ask_to_delete(request: Request, who: Who, case_id: str) -> Response:
    """What goes when the case is deleted."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    links, kept = site.store.links.list(who.person, case_id), kept_notice(site, case_id)
    shown = DeletePage(entry=saved.entry, scenarios=len(saved.file.scenarios), links=len(links), kept=kept)
    return page(request, who, shown)


@router.post("/cases/{case_id}/delete", name="delete-case-now", dependencies=[Depends(form)])
def delete_case(request: Request, who: Who, case_id: str) -> Response:
    """Delete a case for good, unless it is on hold."""
    site_of(request).store.cases.delete(who.person, case_id)
    return see_other(request, "cases", said="deleted")
