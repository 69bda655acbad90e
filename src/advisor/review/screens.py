"""A page of the web application in one of its states, as it was rendered into a file."""

from dataclasses import dataclass

PACKAGES = ("fastapi", "httpx2", "sqlalchemy")  # which have to be installed to render pages


@dataclass(frozen=True, slots=True)
class Screen:
    """The page by its route's name, the state by its key among the words, the title it has, and the file it is in."""

    page: str
    state: str
    title: str
    file: str
