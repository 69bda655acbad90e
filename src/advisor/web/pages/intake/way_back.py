"""The page that an answer is changed from, to come back to it: always one of the same case."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from advisor.engine.program import AGENCY
from advisor.web.templates import Templates

_MOST = 2000  # characters of an address
_TOLD_ONCE = ("said", "merged", "aside", "tries")


def here(request: Request) -> str:
    """The address of the page that is shown, without what it tells only once."""
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name not in _TOLD_ONCE])
    return f"{request.url.path}?{query}" if query else request.url.path


def way_back(address: str, own: str) -> str:
    """An address as it was sent, if it leads to a page of the case whose own path this is; nothing otherwise."""
    parts = urlsplit(address)
    leads_elsewhere = parts.scheme or parts.netloc or (parts.path != own and not parts.path.startswith(f"{own}/"))
    return "" if leads_elsewhere or len(address) > _MOST or not address.isprintable() or "\\" in address else address


def changing(templates: Templates, case_id: str, question: str, partner: int, back: str) -> str:
    """Where the answer to a question, about the partner of a number or the agency, is changed, to come back from there."""
    field = question if partner == AGENCY else f"{partner + 1}.{question}"
    return f"{templates.url('question', case_id=case_id, step=question, back=back)}#{quote(field)}"


def go_back(address: str, **told: object) -> Response:
    """Send the browser back to a page, which is to tell this once."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query), *((name, str(value)) for name, value in told.items() if value)]
    target = parts._replace(query=urlencode(query)).geturl()
    return RedirectResponse(target, 303)
