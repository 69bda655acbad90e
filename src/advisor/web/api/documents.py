"""`document`: a document on a case, as a file."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.documents.catalog import FORMS
from advisor.documents.request import DocumentRequest
from advisor.web.api.bodies import DocumentBody
from advisor.web.api.operations import FILE, ROOT, Gives, operation
from advisor.web.api.queries import Body, Caller, read_query
from advisor.web.api.responses import respond
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


@operation(
    router,
    "POST",
    "/document",
    "document",
    "advice",
    Gives(200, tuple((form.media_type, FILE) for form in FORMS.values())),
    takes="DocumentBody",
    fails=(404, 503),
    scope="assess",
)
def document(request: Request, person: Caller, body: Body) -> Response:
    """Write a document on a case.

    A decision memo or the draft of an agreement as Word, PDF, HTML or Markdown; the action plan as a workbook or as calendar
    entries. The same body gives the same file, byte for byte. Nothing is kept.
    """
    asked, about = read_query(request, person, body, DocumentBody)
    service = site_of(request).service
    wanted = DocumentRequest(
        asked.kind,
        asked.format,
        about.scenario,
        asked.to,
        asked.sender,
        asked.day,
        asked.due,
        asked.instrument,
        detail=asked.detail,
    )
    advice = service.assess(about.case, marks=True, caller=person.id)
    made = service.document(advice, about.case, wanted, caller=person.id)
    return respond(made, FORMS[asked.format].media_type)
