"""Reading a case file that somebody uploads. Nothing is saved while anything in it is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from advisor.io.scenario_reader import parse_case_file
from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import Context, page, see_other
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
MOST = 1024 * 1024  # bytes of a case file


@dataclass(frozen=True, kw_only=True)
class UploadPage(Context):
    """Where a case file is chosen."""

    template = "cases/import.html.j2"
    at_field: Annotated[Sequence[FieldError], "what is said beside the field"]


@router.get("/import", name="import-case")
def upload_page(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> Response:
    """Where a file is chosen."""
    return page(request, who, UploadPage(at_field=()))


@router.post("/import", name="import-case-now")
def upload(request: Request, who: Annotated[Visitor, Depends(visitor)], posted: Annotated[FormData, Depends(form)]) -> Response:
    """Save the case in the file, or show every problem in it with its line."""
    site = site_of(request)
    file = posted.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _refused(request, who, site.templates.word("imports.choose"))
    name = PurePath(file.filename.replace("\\", "/")).name
    raw = file.file.read(MOST + 1)
    if len(raw) > MOST:
        return _refused(request, who, site.templates.word("imports.too-large"))
    try:
        read = parse_case_file(raw, site.service.vocabulary, name=name, as_json=name.lower().endswith(".json"))
    except InputError as error:
        found = [problem_text(problem, site.service.wording.phrases) for problem in error.problems]
        return _refused(request, who, site.templates.word("imports.wrong", name=name), found)
    saved = site.store.cases.create(who.person, read, at=site.clock(), how="imported")
    about(request, case=saved.entry.id)
    return see_other(request, "case", case_id=saved.entry.id, said="imported")


def _refused(request: Request, who: Visitor, text: str, found: Sequence[str] = ()) -> Response:
    """The page again: `text` at the field, and on top what was found in the file, or else the same text."""
    at_field = [FieldError("file", text)]
    errors = [FieldError("", each) for each in found] or at_field
    return page(request, who, UploadPage(at_field=at_field), status=422, errors=errors)
