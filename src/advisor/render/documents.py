"""Advice, problems and other documents as text: Markdown, HTML, JSON."""

import re
from collections.abc import Mapping
from functools import cache
from json import dumps
from typing import TYPE_CHECKING, Literal

from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.names import printable
from advisor.model.problems import Problem
from advisor.model.sentence import sentence
from advisor.render.brief import Brief

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Detail = Literal["line", "paragraph", "full"]
_LISTING = ("unknown", "one-answer", "answer-expected", "mapping-expected")  # where what is allowed helps


def document(loaded: Loaded, name: str, **values: object) -> str:
    """A document from the template `name`; what is filled in is escaped where the document is HTML."""
    from advisor.render.environment import environment  # here, since JSON needs no template

    return environment(loaded).get_template(name).render(values)


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
