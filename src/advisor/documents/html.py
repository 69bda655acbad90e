"""Documents as HTML: a page that needs no other file, or its content for a page of the server."""

from functools import cache

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from advisor.documents.blocks import Block, Document
from advisor.documents.templates import FOLDER
from advisor.render.environment import TEMPLATES


def write(document: Document) -> bytes:
    """The document as a page of HTML."""
    made: str = _environment().get_template("page.html.j2").render(document=document)
    return made.encode()


def content(document: Document) -> str:
    """The document's head and sections as HTML to be put into a page, whose headings begin with that of the document."""
    made: str = _environment().get_template("content.html.j2").render(document=document)
    return made


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([FOLDER, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kind"] = _kind
    return made


def _kind(block: Block) -> str:
    return type(block).__name__
