"""Words and templates into text, always in a sandbox; only the pages of the server have an environment of their own."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from advisor.io.disk_cache import DiskCache
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.names import printable
from advisor.model.problems import Problem
from advisor.model.references import ConclusionRef
from advisor.model.sentence import sentence
from advisor.render.brief import Brief
from advisor.render.template_wording import TemplateWording

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Detail = Literal["line", "paragraph", "full"]
_LISTING = ("unknown", "one-answer", "answer-expected", "mapping-expected")  # where what is allowed helps
TEMPLATES = Path(__file__).parent / "templates"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#&~])")


class CachedCode(BytecodeCache):
    """Compiled templates, kept under their name and a hash of their text."""

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept of a template, if anything is."""
        if found := self._cache.find(f"template-{bucket.key}-{bucket.checksum}"):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._cache.get(f"template-{bucket.key}-{bucket.checksum}", bucket.bytecode_to_string)


@lru_cache(maxsize=8)
def _environment(loaded: Loaded) -> ImmutableSandboxedEnvironment:
    """Where documents are made, with their templates compiled as they are needed."""
    wording = loaded.wording
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and ".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=CachedCode(loaded.cache),
    )
    environment.filters["md"] = escape_markdown
    TemplateWording(wording, wording.documents).install(environment)
    environment.globals["language"] = wording.language
    environment.globals["say"] = wording.phrases
    environment.globals["ref"] = lambda *parts: str(ConclusionRef(*parts))
    environment.globals |= globals_of(loaded)
    return environment


def globals_of(loaded: Loaded) -> dict[str, object]:
    """What templates know of a rulebook: the findings by their parts, and what levels and members are called."""
    wording, vocabulary = loaded.wording, loaded.rulebook.vocabulary
    roles, findings = vocabulary.roles, vocabulary.findings
    cautions = findings.get(roles.cautions)
    severities = cautions.attributes["severity"] if cautions else ("",)

    def called(finding: str, value: str) -> str:
        return wording.title(findings[finding].worded_as, value)

    return {
        "roles": roles,
        "gravest": severities[0],
        "gravest_condition": vocabulary.weightiest(roles.conditions, "severity"),
        "mildest": severities[-1],
        "level": lambda step: called(roles.recommended, step) if step else "",
        "members": lambda names: [called(roles.members, name) for name in names],
    }


def document(loaded: Loaded, name: str, **values: object) -> str:
    """A document from the template `name`; what is filled in is escaped where the document is HTML."""
    return _environment(loaded).get_template(name).render(values)


def escape_markdown(text: str) -> str:
    """Text that a user typed, so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def markdown(advice: Advice, loaded: Loaded, detail: Detail = "paragraph") -> str:
    """The advice as Markdown: the verdict in a line, what a director reads in two minutes, or everything."""
    values = {"advice": advice, "brief": Brief(advice, loaded), "details": advice.details}
    if detail == "line":
        return document(loaded, "advice-line.md.j2", **values).strip() + "\n"
    text = document(loaded, "advice.md.j2", full=detail == "full", **values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html(advice: Advice, loaded: Loaded) -> str:
    """The advice as one page of HTML that needs no other file; each reason opens to its rule and sources."""
    brief, rulebook = Brief(advice, loaded), loaded.rulebook
    values = {"advice": advice, "brief": brief, "details": advice.details}
    return document(loaded, "advice.html.j2", **values, sources=rulebook.sources, documents=rulebook.documents)


def json(advice: Advice) -> str:
    """The advice as JSON: keys in a fixed order, two spaces, a line feed at the end."""
    return json_bytes(advice).decode()


def json_bytes(advice: Advice, *, leaving: set[str] | None = None) -> bytes:
    """The advice as JSON, encoded; without the fields in `leaving`."""
    made: bytes = _adapter().dump_json(advice, indent=2, exclude=leaving)
    return made + b"\n"


@cache
def _adapter() -> "TypeAdapter[Advice]":
    from pydantic import TypeAdapter  # here, since only JSON needs it and it takes long to import

    return TypeAdapter(Advice)


def json_schema() -> str:
    """The JSON Schema of advice, as published in `docs/advice.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_adapter().json_schema(mode="serialization")}
    return dumps(schema, indent=2, sort_keys=True) + "\n"


def problem_text(problem: Problem, phrases: Mapping[str, Mapping[str, str]]) -> str:
    """One problem in words: where, what, and what would be right."""
    said = phrases["problems"]
    values = {
        "about": problem.about,
        "found": problem.found,
        "allowed": list(problem.allowed),
        "nearest": problem.nearest,
    }
    place = f"{problem.file}:{problem.line}" if problem.line and not problem.pointer else problem.file
    if place and problem.pointer:
        place += f"#{problem.pointer}"
    parts = [sentence(said.get(problem.code, problem.code), **values)]
    if problem.nearest:
        parts.append(sentence(said["nearest"], **values))
    if problem.allowed and (len(problem.allowed) <= 20 or problem.code == "unknown-goal") and problem.code.startswith(_LISTING):
        parts.append(sentence(said["allowed"], **values))
    return printable(f"{place}: {' '.join(parts)}" if place else " ".join(parts))
