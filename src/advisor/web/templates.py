"""Pages: templates from `pages/templates/` filled in with words from `prompts/<language>/`, and what every page needs."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from advisor.loading import Loaded
from advisor.model.problems import InputError, Problem
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.render.documents import problem_text
from advisor.render.words import HTML, TemplateWords, element
from advisor.store.errors import UnavailableError
from advisor.web.auth import FIELD, Anyone, Visitor, anyone, remember
from advisor.web.services import services

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "pages" / "templates"
ELEMENTS = {**HTML, "quiet": element("span", class_="advisor-quiet"), "hidden": element("span", class_="usa-sr-only")}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form, in words; `field` is the id of its first control, "" for the whole form."""

    field: str
    text: str


class Frame:
    """The pages of one language."""

    def __init__(self, loaded: Loaded, static: Path = STATIC) -> None:
        self.loaded = loaded
        self._words = TemplateWords(loaded.wording, loaded.wording.pages, ELEMENTS)
        self.words, self.word = self._words.groups, self._words.word
        self._hashes = _manifest(static)
        self._paths: dict[str, str] = {}
        self.environment = self._environment()

    def _environment(self) -> Environment:
        wording = self.loaded.wording
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._words.install(made)
        made.globals |= {
            "url": self.url,
            "static": self.static,
            "words": self.words,
            "link": lambda address, **attributes: element("a", class_="usa-link", href=address, **attributes),
            "say": wording.phrases,
            "wording": wording,
            "language": wording.language,
            "rulebook": self.loaded.rulebook,
            "level": lambda step: wording.value("dimension", step).title if step else "",
            "members": lambda names: [wording.value("member", name).title for name in names],
            "ref": lambda *parts: str(ConclusionRef(*parts)),
        }
        made.globals["ui"] = made.get_template("macros.html.j2").module
        made.filters["question_ref"] = QuestionRef.parse
        return made

    def know(self, routes: Iterable[BaseRoute]) -> None:
        """Take note of where the pages are, so that `url` finds them by name."""
        self._paths |= {route.name: route.path for route in routes if isinstance(route, Route)}

    def url(self, name: str, /, **values: object) -> str:
        """The path of a page by its route's name; what is no part of the path becomes its query."""
        path = self._paths[name]
        query = {}
        for key, value in values.items():
            place = "{" + key + "}"
            if place in path:
                path = path.replace(place, quote(str(value), safe=""))
            elif value is not None and value != "":
                query[key] = value
        return f"{path}?{urlencode(query, doseq=True)}" if query else path

    def static(self, name: str) -> str:
        """The address of a built asset, which changes when its content does."""
        return f"/static/{name}?v={self._hashes[name]}"

    def template(self, name: str) -> Template:
        """A page's template."""
        return self.environment.get_template(name)

    def failure(self, request: Request, status: int, code: str, problems: Sequence[Problem] = ()) -> Response:
        """A page that says what went wrong and what to do now."""
        said = [problem_text(each, self.loaded.wording.phrases) for each in problems]
        known = code if f"what-{code}" in self.words["error-page"] else "unforeseen" if status >= 500 else "refused"
        who = Anyone("", accounts=False)
        if code != "not-ready":
            with contextlib.suppress(UnavailableError):  # the page that says so needs no database
                who = anyone(request)
        return page(request, who, "error.html.j2", status=status, code=known, problems=said)


def page(
    request: Request, who: Visitor | Anyone, name: str, /, *, status: int = 200, block: str | None = None, **values: object
) -> HTMLResponse:
    """A page; only its `block` where htmx asks for a part of it."""
    frame = services(request).frame
    template = frame.template(name)
    said = request.query_params.get("said", "")
    given = {
        "request_path": request.url.path,
        "status": status,
        "person": who.person,
        "accounts": who.accounts,
        "csrf": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, who.csrf),
        "said": said if said in frame.words["said"] else "",
        "errors": (),
        **values,
    }
    if block and request.headers.get("hx-request"):
        context = template.new_context(given)
        text = "".join(template.blocks[block](context))
    else:
        text = template.render(given)
    response = HTMLResponse(text, status, headers={"Vary": "HX-Request"} if block else None)
    remember(request, response)
    return response


def see_other(request: Request, name: str, /, **values: object) -> Response:
    """Send the browser on to a page after a form was taken."""
    return RedirectResponse(services(request).frame.url(name, **values), 303)


def _manifest(static: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((static / "manifest.json").read_text("utf-8"))
    except OSError:
        raise InputError([Problem(str(static), 0, "assets-missing")]) from None
    return found
