"""How an operation of the API is declared: once, with all that its documentation says of it."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from advisor.model.problems import InputError, Problems
from advisor.store.permissions import Scope
from advisor.web.auth import count_by_address
from advisor.web.token_scopes import MEMBER

ROOT = "/api/v1"
JSON, YAML, MARKDOWN, HTML = "application/json", "application/yaml", "text/markdown", "text/html"
SVG = "image/svg+xml"
PROBES = "server"  # the tag of what watches a server; it is asked without limit
TEXT, FILE = "text", "file"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Gives:
    """What an operation answers when all is well: its status, each media type with its schema's name, and headers.

    `instead` names a second schema for a media type, where what was asked decides which of the two it is.
    """

    status: int = 200
    content: tuple[tuple[str, str], ...] = ()
    etag: bool = False
    headers: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)


def gives(schema: str, *, status: int = 200, etag: bool = False, headers: tuple[str, ...] = ()) -> Gives:
    """JSON of a schema."""
    return Gives(status, ((JSON, schema),), etag, headers)


def operation(
    router: APIRouter,
    method: str,
    path: str,
    name: str,
    tag: str,
    answer: Gives,
    *,
    takes: str = "",
    fails: Sequence[int] = (),
    scope: Scope | None = None,
    known: bool = True,
    route: type[APIRoute] = APIRoute,
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint: its name, what it takes (a schema) and gives, and the failures of its own.

    Its docstring's first line is the summary, the rest the description. `known` tells that it needs a person, whose
    token is for `scope` (unless said otherwise, to read or to write saved cases); `route` is the way it is called.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        summary, _, rest = (getdoc(endpoint) or "").partition("\n")
        counted = () if known or tag == PROBES else (count_by_address,)  # who is known is counted when found
        statuses = [answer.status, *([304] if answer.etag and method == "GET" else []), *fails, *([401] if known else [])]
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            name=name,
            operation_id=name,
            summary=summary.rstrip("."),
            description=rest.strip() or summary,
            tags=[tag],
            status_code=answer.status,
            response_class=Response,
            response_model=None,
            responses={status: {"description": ""} for status in (*statuses, 422)},
            dependencies=[Depends(each) for each in (*counted, only_known_parameters)],
            route_class_override=route,
            openapi_extra={
                "x-takes": takes,
                "x-gives": answer,
                "x-known": known,
                MEMBER: scope or ("read" if method == "GET" else "write"),
            },
        )
        return endpoint

    return declare


class Direct(APIRoute):
    """An asynchronous endpoint that is called at once where there is no query, past all that FastAPI does for one.

    For an endpoint that reads its request itself and has a default for each parameter: it saves a third of a millisecond.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            answer: Response = await (usual(request) if request.scope["query_string"] else self.endpoint(request))
            return answer

        return handle


async def only_known_parameters(request: Request) -> None:
    """Raise `InputError` for a parameter of the query that the operation does not know, such as one misspelt."""
    if request.url.query:
        allowed = [field.alias for field in request.scope["route"].dependant.query_params]
        problems = Problems("query")
        for name in dict.fromkeys(request.query_params):
            if name not in allowed:
                problems.add("unknown-key", about="query", found=name, allowed=allowed)
        if problems.found:
            raise InputError(problems.found)
