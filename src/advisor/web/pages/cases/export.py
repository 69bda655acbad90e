"""A case as the file that the command line reads."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.web.auth import Visitor, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.site import site_of

router = APIRouter()
LONGEST_FILE_NAME = 80
EXPORTS = {"yaml": (case_file_yaml, "application/yaml"), "json": (case_file_json, "application/json")}


@router.get("/cases/{case_id}/export/{format}", name="export-case")
def export(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, format: str) -> Response:  # noqa: A002  (part of the address)
    """The case as the file that the command line reads, with its scenarios."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    if format not in EXPORTS:
        raise NotFoundError
    write, media = EXPORTS[format]
    plain, full = file_names(saved.entry.name, format)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(write(saved.file, site.service.vocabulary), media_type=media, headers=headers)


def file_names(name: str, ending: str) -> tuple[str, str]:
    """A file's name made from a case's: in plain letters for old clients, and in the case's own letters."""
    full = "-".join(re.findall(r"[^\W_]+", name))[:LONGEST_FILE_NAME].strip("-")
    plain = "-".join(re.findall(r"[A-Za-z0-9]+", name))[:LONGEST_FILE_NAME].strip("-")
    return f"{plain or 'case'}.{ending}", f"{full or 'case'}.{ending}"
