"""The OpenAPI document: what the operations declare, with schemas and errors."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from advisor.loading import Loaded
from advisor.web.api.operations import FILE, JSON, PROBES, TEXT, YAML, Gives
from advisor.web.api.schemas import REFERENCE, schemas
from advisor.web.http_errors import MEDIA_TYPE
from advisor.web.token_scopes import MEMBER

TITLES = {
    400: "malformed",
    401: "unauthorized",
    403: "refused",
    404: "not-found",
    406: "not-acceptable",
    409: "not-now",
    410: "link-ended",
    412: "changed",
    413: "too-large",
    414: "address-too-long",
    415: "wrong-media-type",
    421: "wrong-host",
    422: "invalid",
    428: "version-needed",
    429: "too-many-requests",
    431: "headers-too-large",
    503: "unavailable",
}
TAGS = ("advice", "open questions", "what if", "consultations", "cases", "questions", "rulebook", "administration", "server")
HEADERS = {
    "ETag": "The version of the answer; another content has another.",
    "Location": "Where the new case is.",
    "Content-Location": "Where this advice is kept.",
    "Link": 'The next page, `rel="next"`; not there at the end.',
    "Retry-After": "Seconds after which it is worth asking again.",
    "RateLimit": "How many requests are left (`r`), and for how many seconds (`t`).",
    "RateLimit-Policy": "How many requests (`q`) in how many seconds (`w`).",
    "WWW-Authenticate": "How to authenticate.",
}
ONCE = ("createCase", "openConsultation", "decide")
VERSIONED = ("replaceCase", "changeCase", "deleteCase")
FOLLOWED_BY = {  # what can be asked with the id of a case, or of its advice
    "createCase": ("readCase", "changeCase", "adviseOnCase", "caseHistory", "listAdvice", "deleteCase"),
}

Object = dict[str, Any]


def describe(routes: list[APIRoute], loaded: Loaded, examples: Mapping[str, list[Object]]) -> Object:
    """The OpenAPI document of the operations, with examples by operation."""
    said = loaded.wording.phrases["api"]
    made = get_openapi(
        title=said["title"],
        version=loaded.rulebook.version,
        openapi_version="3.1.0",
        description=said["description"],
        routes=routes,
        tags=[{"name": tag, "description": said[tag.replace(" ", "-")]} for tag in TAGS],
    )
    made["components"] = {
        "schemas": schemas(loaded.rulebook.vocabulary),
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": said["token"]}},
    }
    for methods in made["paths"].values():
        for declared in methods.values():
            _complete(declared, examples.get(declared["operationId"], []), loaded)
    return made


def _complete(declared: Object, examples: list[Object], loaded: Loaded) -> None:
    """Fill in what an operation takes and gives, and how it can fail."""
    takes, gives, known = declared.pop("x-takes"), Gives(**declared.pop("x-gives")), declared.pop("x-known")
    scope = declared.pop(MEMBER)
    name = declared["operationId"]
    if known:
        declared["security"] = [{"token": [scope]}, {}]
    if takes:
        kinds = {kind: {"schema": _reference(takes)} for kind in (JSON, YAML)}
        kinds[JSON]["examples"] = _examples(examples, "request")
        declared["requestBody"] = {"required": True, "content": kinds}
    if name in VERSIONED:
        declared.setdefault("parameters", []).append(_header("If-Match", loaded, required=name != "deleteCase"))
    if name in ONCE:
        declared.setdefault("parameters", []).append(_header("Idempotency-Key", loaded))
    errors = {int(status) for status in declared["responses"]} - {gives.status, 304}
    errors |= {403, 413, 414, 421, 431, *((400, 415) if takes else ())}
    errors |= {429} if declared["tags"] != [PROBES] else set()
    errors |= {503} if known or name == "ready" else set()
    if not takes and not declared.get("parameters"):
        errors.discard(422)
    answers = {gives.status: _given(gives, examples, name)}
    if "304" in declared["responses"]:
        answers[304] = {"description": HTTPStatus.NOT_MODIFIED.phrase, "headers": _headers(("ETag",))}
    answers |= {status: _error(status, examples, loaded) for status in errors}
    declared["responses"] = {str(status): answer for status, answer in sorted(answers.items())}


def _given(gives: Gives, examples: list[Object], name: str) -> Object:
    made: Object = {"description": HTTPStatus(gives.status).phrase}
    if gives.content:
        made["content"] = {kind: _form(kind, schema, gives.status, examples) for kind, schema in gives.content}
        for kind, schema in gives.instead.items():  # `format` tells the two apart
            either = [made["content"][kind]["schema"], _reference(schema)]
            made["content"][kind]["schema"] = {"oneOf": either}
    headers = (*(("ETag",) if gives.etag else ()), *gives.headers)
    if headers:
        made["headers"] = _headers(headers, required=tuple(header for header in headers if header != "Link"))
    if name in FOLLOWED_BY:
        parameters = {"case": "$response.body#/id"}
        tag = {"If-Match": "$response.header.ETag"}
        made["links"] = {
            each: {"operationId": each, "parameters": {**parameters, **(tag if each in VERSIONED else {})}}
            for each in FOLLOWED_BY[name]
        }
    return made


def _form(kind: str, schema: str, status: int, examples: list[Object]) -> Object:
    binary = schema == FILE and not kind.startswith("text/")
    plain: Object = {"type": "string", **({"format": "binary"} if binary else {})}
    made: Object = {"schema": plain if schema in (TEXT, FILE) else _reference(schema)}
    fitting = [each for each in examples if each["status"] == status and each["type"] == kind]
    if fitting:
        made["examples"] = _examples(fitting, "answer")
    return made


def _error(status: int, examples: list[Object], loaded: Loaded) -> Object:
    made: Object = {
        "description": loaded.wording.phrases["http-errors"][TITLES[status]],
        "content": {MEDIA_TYPE: _form(MEDIA_TYPE, "Problem", status, examples)},
    }
    headers = {
        401: ("WWW-Authenticate",),
        412: ("ETag",),
        429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
        503: ("Retry-After",),
    }.get(status, ())
    return {**made, "headers": _headers(headers, required=headers)} if headers else made


def _headers(names: tuple[str, ...], required: tuple[str, ...] = ()) -> Object:
    return {
        name: {"description": HEADERS[name], "schema": {"type": "string"}, **({"required": True} if name in required else {})}
        for name in names
    }


def _header(name: str, loaded: Loaded, *, required: bool = False) -> Object:
    said = loaded.wording.phrases["api"][name.lower()]
    return {"name": name, "in": "header", "required": required, "schema": {"type": "string"}, "description": said}


def _reference(name: str) -> Object:
    return {"$ref": REFERENCE.format(model=name)}


def _examples(examples: list[Object], part: str) -> Object:
    return {each["name"]: {"summary": each["summary"], "value": each[part]} for each in examples if part in each}
