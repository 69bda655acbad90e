"""Pages: templates from `pages/templates/` filled in with words from `prompts/<language>/`, and what every page needs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.routing import BaseRoute, Route

from advisor.loading import Loaded
from advisor.model.case import FREE_WORDS
from advisor.model.references import ConclusionRef, QuestionRef, note_of
from advisor.render.environment import CachedCode, globals_of
from advisor.render.template_wording import HTML, TemplateWording, element

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "pages" / "templates"
ELEMENTS = {**HTML, "quiet": element("span", class_="advisor-quiet"), "hidden": element("span", class_="usa-sr-only")}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form, in words; `field` is the id of its first control, "" for the whole form."""

    field: str
    text: str


class Templates:
    """The pages of one language; `prefix` is the path that people reach them under."""

    def __init__(self, loaded: Loaded, static: Path = STATIC, *, prefix: str = "") -> None:
        self.loaded, self._prefix = loaded, prefix
        self._words = TemplateWording(loaded.wording, loaded.wording.pages, ELEMENTS)
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
            bytecode_cache=CachedCode(self.loaded.cache),
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
            "free_words": FREE_WORDS,
            **globals_of(self.loaded),
            "ref": lambda *parts: str(ConclusionRef(*parts)),
        }
        made.globals["ui"] = made.get_template("macros.html.j2").module
        made.filters["question_ref"] = QuestionRef.parse
        made.filters["note_of"] = note_of
        made.filters["question_of"] = self.loaded.rulebook.vocabulary.questions.__getitem__
        return made

    def know(self, routes: Iterable[BaseRoute]) -> None:
        """Take note of where the pages are, so that `url` finds them by name."""
        self._paths |= {route.name: route.path for route in routes if isinstance(route, Route)}

    def url(self, name: str, /, **values: object) -> str:
        """The path of a page by its route's name, as people reach it; what is no part of the path becomes its query."""
        path = self._prefix + self._paths[name]
        query = {}
        for key, value in values.items():
            place = "{" + key + "}"
            if place in path:
                path = path.replace(place, quote(str(value), safe=""))
            elif value is not None and value != "":
                query[key] = value
        return f"{path}?{urlencode(query, doseq=True)}" if query else path

    @property
    def built(self) -> bool:
        """Whether the styles and scripts of the pages are there; without them there is the API alone."""
        return bool(self._hashes)

    def static(self, name: str) -> str:
        """The address of a built asset, which changes when its content does."""
        return f"{self._prefix}/static/{name}?v={self._hashes[name]}" if self.built else f"{self._prefix}/static/{name}"

    def template(self, name: str) -> Template:
        """A page's template."""
        return self.environment.get_template(name)


def _manifest(static: Path) -> dict[str, str]:
    """The built assets with their hashes; none where nothing was built."""
    try:
        found: dict[str, str] = json.loads((static / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found
