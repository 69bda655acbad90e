"""`Idempotency-Key`: a request that creates something may be sent again, and creates nothing a second time.

As the IETF's draft-ietf-httpapi-idempotency-key-header has it; the key may also stand without quotation marks.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi import Request
from starlette.responses import Response

from advisor.model.problems import InputError, Problem, shorten
from advisor.store.idempotency import Claim, KeptResponse
from advisor.store.records import Person
from advisor.web.api.bodies import RequestBody
from advisor.web.audit_trail import repeated
from advisor.web.site import site_of

KEY = "Idempotency-Key"
AGAIN = "Idempotent-Replayed"
LONGEST = 255
_QUOTED = re.compile(r'"([\x20-\x21\x23-\x5b\x5d-\x7e]*)"')
_BARE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_KEPT = ("location", "etag", "content-type")

Endpoint = Callable[..., Response]


def once(endpoint: Endpoint) -> Endpoint:
    """An endpoint that creates something, and with a key does so once; it takes a request, a person and a body."""

    @wraps(endpoint)
    def answer(*, request: Request, person: Person, body: RequestBody, **others: Any) -> Response:
        given = request.headers.get(KEY)
        if given is None:
            return endpoint(request=request, person=person, body=body, **others)
        store, now = site_of(request).store, site_of(request).clock()
        sent = f"{request.method} {request.url.path} {body.as_json} ".encode() + body.raw
        found = store.idempotency.claim(f"{person.id} {person.organization}", _read(given), sent, at=now)
        if isinstance(found, KeptResponse):
            repeated(request)
            return Response(found.body, found.status, {**found.headers, AGAIN: "true"})
        with store.idempotency.creating(found):
            made = endpoint(request=request, person=person, body=body, **others)
            _keep(request, found, made)
        return made

    return answer


def _keep(request: Request, claim: Claim, made: Response) -> None:
    headers = {name: made.headers[name] for name in _KEPT if name in made.headers}
    about = {**getattr(request.state, "subjects", {}), **request.path_params}
    site_of(request).store.idempotency.keep(claim, KeptResponse(made.status_code, headers, bytes(made.body)), about["case"])


def _read(given: str) -> str:
    """The key in a header. Raises `InputError`."""
    quoted = _QUOTED.fullmatch(given)
    key = quoted[1] if quoted else given if _BARE.fullmatch(given) else ""
    if not 0 < len(key) <= LONGEST:
        raise InputError(
            [Problem("header", 0, "wrong-idempotency-key", about=KEY, found=shorten(given), allowed=(str(LONGEST),))]
        )
    return key
