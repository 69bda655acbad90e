"""`consultations`: what several respondents answered about one case, put together."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.render import report
from advisor.web.api.bodies import ConsultationBody, read_asked, read_views
from advisor.web.api.operations import HTML, JSON, MARKDOWN, ROOT, TEXT, Gives, operation
from advisor.web.api.queries import Body, Caller
from advisor.web.api.responses import acceptable, respond
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)
FORMS = (JSON, "ConsultationReport"), (MARKDOWN, TEXT), (HTML, TEXT)


@operation(
    router,
    "POST",
    "/consultations/merge",
    "mergeViews",
    "consultations",
    Gives(200, FORMS),
    takes="ConsultationBody",
    fails=(406,),
    scope="assess",
)
def merge(request: Request, person: Caller, body: Body) -> Response:
    """Put together what several respondents answered about one case.

    What stands whoever is right, what each of them would get, which disagreement to resolve first and which turns nothing,
    and who answered what. Where the time does not suffice, `disagreements` is null. Nothing is kept.
    """
    service = site_of(request).service
    asked, problems = read_asked(body, ConsultationBody, service.vocabulary)
    views = read_views(asked.views, problems, service.vocabulary)
    found = service.consult(views, name=asked.name, audience=asked.audience, seconds=asked.seconds, caller=person.id)
    told = report.consultation(found, service.loaded, service.engine.name)
    form = acceptable(request.headers.get("accept", ""), (JSON, MARKDOWN, HTML))
    return respond({JSON: told.to_json, MARKDOWN: told.to_markdown, HTML: told.to_html}[form]().encode(), form)
