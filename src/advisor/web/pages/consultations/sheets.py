"""Answers on paper: the sheet to print or send for a respondent, and what comes back filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from advisor.documents.catalog import FORMS
from advisor.io.packages import need_packages
from advisor.io.view_reader import parse_sheet_of
from advisor.io.view_sheet import SHEETS
from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.render.view_form import answer_rows, write_csv, write_workbook
from advisor.store.consultation_records import Invitation
from advisor.store.respondents import said_in
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import page, see_other
from advisor.web.pages.cases.export import file_names
from advisor.web.pages.consultations.lead import LedPage, led_values
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
MOST = 1024 * 1024  # bytes of a sheet
ADDRESS = "/cases/{case_id}/consultations/{consultation}/respondents/{respondent}/sheet"

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class SheetPage(LedPage):
    """Where the sheet of a respondent is taken from, and where it comes back."""

    template = "consultations/sheet.html.j2"
    invitation: Annotated[Invitation, "whose sheet it is"]
    at_field: Annotated[Sequence[FieldError], "what is said beside the field"]


@router.get(ADDRESS, name="respondent-sheet")
def respondent_sheet(request: Request, who: Who, case_id: str, consultation: str, respondent: str) -> Response:
    """Where a sheet is downloaded and chosen."""
    return _shown(request, who, case_id, consultation, respondent)


@router.get(f"{ADDRESS}.xlsx", name="respondent-sheet-xlsx")
def workbook_sheet(request: Request, who: Who, case_id: str, consultation: str, respondent: str) -> Response:
    """The sheet as a workbook, empty, with lists to choose from."""
    return _sheet(request, who, case_id, consultation, respondent, "xlsx")


@router.get(f"{ADDRESS}.csv", name="respondent-sheet-csv")
def csv_sheet(request: Request, who: Who, case_id: str, consultation: str, respondent: str) -> Response:
    """The sheet as CSV, empty."""
    return _sheet(request, who, case_id, consultation, respondent, "csv")


def _sheet(request: Request, who: Visitor, case_id: str, consultation: str, respondent: str, form: str) -> Response:
    site = site_of(request)
    led = led_values(request, who, case_id, consultation)
    invitation = site.store.respondents.read(who.person, case_id, consultation, respondent)
    loaded, found = site.service.loaded, led["consultation"]
    rows = list(answer_rows([site.service.vocabulary.questions[name] for name in found.questions], found.partners, loaded))
    if form == "csv":
        made, media = write_csv(rows, loaded), "text/csv; charset=utf-8"
    else:
        need_packages(FORMS["xlsx"].packages, "documents")
        made, media = write_workbook(rows, led["entry"].name, loaded), FORMS["xlsx"].media_type
    plain, full = file_names(f"{led['entry'].name} {invitation.respondent.name}", form)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(made, headers=headers, media_type=media)


@router.post(ADDRESS, name="enter-sheet")
def enter_sheet(request: Request, who: Who, case_id: str, consultation: str, respondent: str, posted: Posted) -> Response:
    """Take what a filled sheet says, or show every problem in it with its row. Nothing is taken while anything is wrong."""
    site = site_of(request)
    word = site.templates.word
    invitation = site.store.respondents.read(who.person, case_id, consultation, respondent)
    file = posted.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _refused(request, who, case_id, consultation, respondent, word("consultations.sheet-choose"))
    name = PurePath(file.filename.replace("\\", "/")).name
    raw = file.file.read(MOST + 1)
    if len(raw) > MOST:
        return _refused(request, who, case_id, consultation, respondent, word("consultations.sheet-too-large"))
    if not name.lower().endswith(SHEETS):
        return _refused(request, who, case_id, consultation, respondent, word("consultations.sheet-kind"))
    try:
        view = parse_sheet_of(raw, invitation.respondent, site.service.vocabulary, site.service.wording, name=name)
    except InputError as error:
        found = [problem_text(problem, site.service.wording.phrases) for problem in error.problems]
        return _refused(request, who, case_id, consultation, respondent, word("consultations.sheet-wrong", name=name), found)
    site.store.respondents.enter(who.person, case_id, consultation, respondent, said_in(view.case), at=site.clock())
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said="sheet-taken")


def _refused(
    request: Request,
    who: Visitor,
    case_id: str,
    consultation: str,
    respondent: str,
    text: str,
    found: Sequence[str] = (),
) -> Response:
    at_field = [FieldError("file", text)]
    errors = [FieldError("", each) for each in found] or at_field
    return _shown(request, who, case_id, consultation, respondent, status=422, errors=errors, at_field=at_field)


def _shown(
    request: Request,
    who: Visitor,
    case_id: str,
    consultation: str,
    respondent: str,
    *,
    at_field: Sequence[FieldError] = (),
    **more: Any,
) -> Response:
    led = led_values(request, who, case_id, consultation)
    invitation = site_of(request).store.respondents.read(who.person, case_id, consultation, respondent)
    return page(request, who, SheetPage(**led, invitation=invitation, at_field=at_field), **more)
