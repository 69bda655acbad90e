"""`tokens`: service tokens of an organization, for its administrators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from advisor.model.problems import InputError, Problem
from advisor.store.permissions import Scope
from advisor.store.records import Person, Token
from advisor.web.api.bodies import BODY, TokenBody, read_asked
from advisor.web.api.operations import ROOT, Gives, gives, operation
from advisor.web.api.queries import Body
from advisor.web.api.responses import content, respond
from advisor.web.audit_trail import about
from advisor.web.auth import api_administrator, check_scope
from advisor.web.http_errors import NotFoundError
from advisor.web.site import site_of
from advisor.web.timestamps import time_of

router = APIRouter(prefix=ROOT)
TAG = "administration"

Administrator = Annotated[Person, Depends(api_administrator)]
TokenId = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of a service token.")]


class TokenRecord(TypedDict):
    """A service token: for what, by whose account, with which scopes, on whose behalf, and when it was used last."""

    id: str
    label: str
    account: str
    scopes: list[Scope]
    reference: str
    created: datetime
    expires: datetime | None
    used: datetime | None
    revoked: datetime | None


class TokenList(TypedDict):
    """The service tokens of an organization, the newest first."""

    items: list[TokenRecord]


class TokenMade(TypedDict):
    """A new service token, with its secret, which is told here alone."""

    token: TokenRecord
    secret: str


@operation(router, "GET", "/tokens", "listTokens", TAG, gives("TokenList"), fails=(404,), scope="administer")
def list_tokens(request: Request, person: Administrator) -> Response:
    """List the service tokens of the organization, with those that no longer work."""
    found = site_of(request).store.tokens.list_services(person.organization)
    return respond(content({"items": [token_record(token, whose) for token, whose in found]}))


@operation(
    router,
    "POST",
    "/tokens",
    "createToken",
    TAG,
    gives("TokenMade", status=201),
    takes="TokenBody",
    fails=(404,),
    scope="administer",
)
def create_token(request: Request, person: Administrator, body: Body) -> Response:
    """Make a service token.

    It sees and changes what its account may, as far as its scopes go. It can have no scope that the token asking lacks.
    The secret is told here and nowhere kept.
    """
    site = site_of(request)
    asked, _ = read_asked(body, TokenBody, site.service.vocabulary)
    for scope in asked.scopes:
        check_scope(request, scope)
    whose = person if asked.account is None else site.store.people.by_email(asked.account, person.organization)
    if whose is None:
        raise InputError([Problem(BODY, 0, "unknown-email", "account", asked.account or "")])
    token, secret = site.store.tokens.create(
        whose, asked.label, at=site.clock(), days=asked.days, scopes=asked.scopes, reference=asked.reference
    )
    about(request, token=token.id)
    return respond(content({"token": token_record(token, whose), "secret": secret}), status=201)


@operation(router, "DELETE", "/tokens/{service_token}", "revokeToken", TAG, Gives(204), fails=(404,), scope="administer")
def revoke_token(request: Request, person: Administrator, service_token: TokenId) -> Response:
    """End a service token at once."""
    site = site_of(request)
    if not site.store.tokens.revoke_service(person.organization, service_token, at=site.clock()):
        raise NotFoundError
    return Response(status_code=204)


def token_record(token: Token, whose: Person) -> dict[str, Any]:
    """A service token without its secret."""
    return {
        "id": token.id,
        "label": token.label,
        "account": whose.email,
        "scopes": list(token.scopes),
        "reference": token.reference,
        "created": time_of(token.created),
        "expires": token.expires and time_of(token.expires),
        "used": token.used and time_of(token.used),
        "revoked": token.revoked and time_of(token.revoked),
    }
