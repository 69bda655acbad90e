"""Several cases at once: side by side, or as one file."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.io.scenario_writer import case_file_yaml
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page, see_other
from advisor.web.pages.cases.export import file_names
from advisor.web.pages.scenarios.comparison import MOST, Compared, compared
from advisor.web.site import site_of

router = APIRouter()
MOST_IN_A_FILE = 100
_MADE = (1980, 1, 1, 0, 0, 0)  # the time of each file within: the same cases make the same bytes

Who = Annotated[Visitor, Depends(visitor)]
Chosen = Annotated[list[str] | None, Query(alias="case")]


@dataclass(frozen=True, kw_only=True)
class CompareCasesPage(Context):
    """Several cases side by side."""

    template = "cases/compare.html.j2"
    cases: Annotated[Sequence[SavedCase], "the cases"]
    found: Annotated[Compared, "what differs"]
    too_many: Annotated[bool, "whether more were chosen than fit"]
    most: Annotated[int, "how many fit"]


@router.get("/compare-cases", name="compare-cases")
def compare_cases(request: Request, who: Who, chosen: Chosen = None) -> Response:
    """Several cases side by side; back to the list where fewer than two were chosen."""
    site = site_of(request)
    ids = list(dict.fromkeys(chosen or []))
    if len(ids) < 2:
        return see_other(request, "cases", said="choose-two")
    cases = [site.store.cases.read(who.person, each) for each in ids[:MOST]]
    names = [case.entry.name for case in cases]
    labels = [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, start=1)]
    readings = site.service.readings([(label, case.file.case) for label, case in zip(labels, cases, strict=True)])
    found = compared(readings, site.service.loaded)
    return page(request, who, CompareCasesPage(cases=cases, found=found, too_many=len(ids) > MOST, most=MOST))


@router.get("/export-cases", name="export-cases")
def export_cases(request: Request, who: Who, chosen: Chosen = None) -> Response:
    """Several cases as one file that holds a case file of each; back to the list where none was chosen."""
    site = site_of(request)
    ids = list(dict.fromkeys(chosen or []))[:MOST_IN_A_FILE]
    if not ids:
        return see_other(request, "cases", said="choose-one")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        taken = set[str]()
        for place, each in enumerate(ids, start=1):
            saved = site.store.cases.read(who.person, each)
            _, name = file_names(saved.entry.name, "yaml")
            name = f"{place}-{name}" if name in taken else name
            taken.add(name)
            archive.writestr(zipfile.ZipInfo(name, _MADE), case_file_yaml(saved.file, site.service.vocabulary))
    headers = {"Content-Disposition": 'attachment; filename="cases.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)
