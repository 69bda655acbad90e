"""A page: the values it declares, then its template filled in with them, and with what every page has."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from advisor.model.problems import Problem
from advisor.render.documents import problem_text
from advisor.store.errors import UnavailableError
from advisor.store.records import Person
from advisor.web.auth import SESSION, Anyone, Visitor, anyone
from advisor.web.site import site_of
from advisor.web.templates import FieldError


@dataclass(frozen=True, kw_only=True)
class Context:
    """The values of a page. Each is annotated with a line that says what it is; the template takes these and no others.

    `block` is the part that htmx asks for, where there is one.
    """

    template: ClassVar[str]
    block: ClassVar[str | None] = None


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """What every page has besides its own values."""

    request_path: Annotated[str, "the path that was asked for"]
    status: Annotated[int, "the HTTP status of the answer"]
    person: Annotated[Person | None, "who looks at it, where that is known"]
    accounts: Annotated[bool, "whether there are accounts"]
    switches: Annotated[Sequence[Person], "who this session can be, in each organization, where there are several"]
    said: Annotated[str, "the key of what the page before wanted said; nothing where there is none"]
    errors: Annotated[Sequence[FieldError], "what is wrong with the form, for the summary and beside each field"]


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Context):
    """What went wrong, and what to do now."""

    template = "error.html.j2"
    code: Annotated[str, "its key among the words"]
    problems: Annotated[Sequence[str], "each problem in words"]


def page(
    request: Request,
    who: Visitor | Anyone,
    context: Context,
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    block: str | None = None,
) -> HTMLResponse:
    """A page; only its block (the declared one, or the one named) where htmx asks for a part of it."""
    templates = site_of(request).templates
    template = templates.template(context.template)
    said = request.query_params.get("said", "")
    everywhere = Everywhere(
        request_path=request.url.path,
        status=status,
        person=who.person,
        accounts=who.accounts,
        switches=switches(request, who.person),
        said=said if said in templates.words["said"] else "",
        errors=errors,
    )
    given = {field.name: getattr(each, field.name) for each in (everywhere, context) for field in fields(each)}
    block = block or context.block
    if block and request.headers.get("hx-request"):
        text = "".join(template.blocks[block](template.new_context(given)))
    else:
        text = template.render(given)
    return HTMLResponse(text, status, headers={"Vary": "HX-Request"} if block else None)


def switches(request: Request, person: Person | None) -> Sequence[Person]:
    """Who a session can be; nobody is looked for where somebody belongs to one organization."""
    if person is None or not person.several:
        return ()
    site = site_of(request)
    return site.store.sessions.reached(site.keys.read(request.cookies.get(SESSION)) or "", at=site.clock())


def error_page(request: Request, status: int, code: str, problems: Sequence[Problem] = ()) -> Response:
    """A page that says what went wrong and what to do now."""
    templates = site_of(request).templates
    said = [problem_text(each, templates.loaded.wording.phrases) for each in problems]
    known = code if f"what-{code}" in templates.words["error-page"] else "unforeseen" if status >= 500 else "refused"
    who = Anyone(accounts=False)
    if code not in ("not-ready", "accounts-needed"):  # which are told to whoever it may be
        with contextlib.suppress(UnavailableError):  # the page that says so needs no database
            who = anyone(request)
    return page(request, who, ErrorPage(code=known, problems=said), status=status)


def see_other(request: Request, name: str, /, **values: object) -> Response:
    """Send the browser on to a page after a form was taken."""
    return RedirectResponse(site_of(request).templates.url(name, **values), 303)
