"""Pages: templates from `prompts/<language>/pages/` filled in, with what every page needs."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from advisor.loading import Loaded, folder_of
from advisor.problems import InputError, Problem
from advisor.rendering import conclusion, problem_text, sentence
from advisor.server.access import FIELD, Anyone, Visitor, anyone, remember
from advisor.server.services import services
from advisor.store.errors import UnavailableError
from advisor.wording_reader import read_page_words

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form, in words; `field` is the id of its first control, "" for the whole form."""

    field: str
    text: str


class Frame:
    """The pages of one language."""

    def __init__(self, loaded: Loaded, language: str, static: Path = STATIC) -> None:
        folder = folder_of("prompts") / language / "pages"
        self.loaded = loaded
        self.words = read_page_words(folder / "words.yaml")
        self._hashes = _manifest(static)
        self._paths: dict[str, str] = {}
        self.environment = self._environment(folder)

    def _environment(self, folder: Path) -> Environment:
        wording, vocabulary = self.loaded.wording, self.loaded.rulebook.vocabulary
        made = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.globals |= {
            "url": self.url,
            "static": self.static,
            "word": self.word,
            "words": self.words,
            "say": wording.phrases,
            "wording": wording,
            "language": wording.language,
            "rulebook": self.loaded.rulebook,
            "level": lambda step: wording.value("dimension", step).title if step else "",
            "conclusion": lambda name: conclusion(name, wording, vocabulary),
        }
        made.globals["ui"] = made.get_template("macros.html.j2").module
        made.filters["lower_first"] = lambda text: text[:1].lower() + text[1:]
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

    def word(self, key: str, **values: object) -> str:
        """A phrase of `words.yaml` by its group and key (`said.saved`), with its blanks filled in."""
        group, _, name = key.partition(".")
        return sentence(self.words[group][name], **values)

    def template(self, name: str) -> Template:
        """A page's template."""
        return self.environment.get_template(name)

    def failure(self, request: Request, status: int, code: str, problems: Sequence[Problem] = ()) -> Response:
        """A page that says what went wrong and what to do now."""
        said = [problem_text(each, self.loaded.wording.phrases) for each in problems]
        known = code if code in self.words["failures"] else "unforeseen" if status >= 500 else "refused"
        who = Anyone("", accounts=False)
        if code != "accounts-needed":  # which is told to whoever it may be
            with suppress(UnavailableError):  # the page that says so needs no database
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
