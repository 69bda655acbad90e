"""What a token has to be for so that a route of the API answers it."""

from typing import Any, cast

from advisor.store.permissions import Scope

MEMBER = "x-scope"  # where a route says it, in what is added to its description


def scope_of(route: Any) -> Scope:
    """The scope that an operation needs of a token."""
    return cast("Scope", route.openapi_extra[MEMBER])
