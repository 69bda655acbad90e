"""The pages, a module a concept."""

from importlib import import_module

from fastapi import APIRouter

MODULES = (
    "start",
    "login",
    "account",
    "people",
    "cases",
    "imports",
    "links",
    "intake",
    "quick",
    "partners",
    "advice",
    "whatif",
    "comparing",
    "goals",
    "shared",
)


def routers() -> list[APIRouter]:
    """The routes of all pages."""
    return [import_module(f"{__name__}.{name}").router for name in MODULES]
