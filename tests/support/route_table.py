"""The routes of the application as they are served, so that a test of all of them has the new ones too."""

import re

from fastapi import FastAPI
from starlette.routing import Route

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


def routes(app: FastAPI) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every method and path that is served, with the names of its parameters."""
    found = [
        (method, route.path, tuple(PARAMETER.findall(route.path)))
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    assert len(found) > 40
    return found


def filled(path: str, given: dict[str, str]) -> str:
    """A path with its parameters filled in; a parameter that is new has to be given a value by the test."""
    return PARAMETER.sub(lambda match: given[match[1]], path)
