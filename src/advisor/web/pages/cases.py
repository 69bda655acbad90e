"""The saved cases: list, search, copy, archive, export, history, delete for good."""

import re
from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.io.case_reader import MAX_NAME
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.render.phrasing import Speech
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.fields import name_errors, name_of, text
from advisor.web.services import services
from advisor.web.templates import page, see_other

router = APIRouter()
PAGE = 20
LONGEST_FILE_NAME = 80
EXPORTS = {"yaml": (case_file_yaml, "application/yaml"), "json": (case_file_json, "application/json")}

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@router.get("/cases", name="cases")
def cases(
    request: Request,
    who: Who,
    search: Annotated[str, Query(max_length=MAX_NAME)] = "",
    archived: bool = False,
    after: str = "",
) -> Response:
    """The cases the person may see, those changed last first."""
    found = services(request).store.cases.list(who.person, search=search, archived=archived, after=after, limit=PAGE)
    return page(request, who, "cases/list.html.j2", found=found, search=search, archived=archived, after=after)


@router.get("/cases/{case_id}/manage", name="manage-case")
def manage(request: Request, who: Who, case_id: str) -> Response:
    """One case: what can be done with it as a whole."""
    entry = services(request).store.cases.read(who.person, case_id).entry
    return page(request, who, "cases/manage.html.j2", entry=entry, typed=entry.name)


@router.post("/cases/{case_id}/name", name="rename-case")
def rename(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Another name for a case."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    name = name_of(posted, "name")
    if errors := list(name_errors(name, "name", desk.frame)):
        return page(request, who, "cases/manage.html.j2", status=422, entry=saved.entry, typed=name, errors=errors)
    file = replace(saved.file, case=replace(saved.file.case, name=name))
    desk.store.cases.save(who.person, case_id, saved.entry.revision, file, at=desk.clock())
    return see_other(request, "manage-case", case_id=case_id, said="renamed")


@router.post("/cases/{case_id}/copy", name="copy-case", dependencies=[Depends(form)])
def copy(request: Request, who: Who, case_id: str) -> Response:
    """A copy of a case, with a name that tells it from the original."""
    desk = services(request)
    entry = desk.store.cases.read(who.person, case_id).entry
    longest = MAX_NAME - len(desk.frame.word("cases.copy-of", name=""))
    name = desk.frame.word("cases.copy-of", name=entry.name[:longest])
    made = desk.store.cases.copy(who.person, case_id, name, at=desk.clock())
    return see_other(request, "manage-case", case_id=made.entry.id, said="copied")


@router.post("/cases/{case_id}/archive", name="archive-case")
def archive(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Put a case out of the way (`archived` is yes), or back."""
    archived = text(posted, "archived") == "yes"
    services(request).store.cases.archive(who.person, case_id, archived)
    return see_other(request, "cases", said="archived" if archived else "unarchived")


@router.get("/cases/{case_id}/export/{format}", name="export-case")
def export(request: Request, who: Who, case_id: str, format: str) -> Response:  # noqa: A002  (part of the address)
    """The case as the file that the command line reads, with its scenarios."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    if format not in EXPORTS:
        raise NotFoundError
    write, media = EXPORTS[format]
    plain, full = file_names(saved.entry.name, format)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(write(saved.file, desk.service.vocabulary), media_type=media, headers=headers)


def file_names(name: str, ending: str) -> tuple[str, str]:
    """A file's name made from a case's: in plain letters for old clients, and in the case's own letters."""
    full = "-".join(re.findall(r"[^\W_]+", name))[:LONGEST_FILE_NAME].strip("-")
    plain = "-".join(re.findall(r"[A-Za-z0-9]+", name))[:LONGEST_FILE_NAME].strip("-")
    return f"{plain or 'case'}.{ending}", f"{full or 'case'}.{ending}"


@router.get("/cases/{case_id}/history", name="history")
def history(
    request: Request, who: Who, case_id: str, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Every save of a case: who, when, and what changed from what to what."""
    desk = services(request)
    entry = desk.store.cases.read(who.person, case_id).entry
    found = desk.store.cases.history(who.person, case_id, before=before, limit=PAGE)
    return page(
        request, who, "cases/history.html.j2", entry=entry, found=found, before=before, speech=Speech(desk.service.loaded)
    )


@router.get("/cases/{case_id}/delete", name="delete-case")
def ask_to_delete(request: Request, who: Who, case_id: str) -> Response:
    """What goes when the case is deleted."""
    store = services(request).store
    saved = store.cases.read(who.person, case_id)
    links = store.links.list(who.person, case_id)
    return page(request, who, "cases/delete.html.j2", entry=saved.entry, branches=len(saved.file.scenarios), links=len(links))


@router.post("/cases/{case_id}/delete", name="delete-case-now", dependencies=[Depends(form)])
def delete(request: Request, who: Who, case_id: str) -> Response:
    """Delete a case for good."""
    services(request).store.cases.delete(who.person, case_id)
    return see_other(request, "cases", said="deleted")
