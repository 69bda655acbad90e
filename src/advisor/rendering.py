"""Words and templates into text: the one place where Jinja2 is used, always in a sandbox."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from advisor.problems import Problem

_plain = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=4096)
def _template(text: str) -> Template:
    return _plain.from_string(text)


def sentence(text: str, **values: object) -> str:
    """A sentence with its blanks filled in; one without blanks is returned as it is."""
    return _template(text).render(values) if "{{" in text or "{%" in text else text


def document(templates: Mapping[str, str], name: str, *, escape: bool, **values: Any) -> str:
    """A whole document from the template `name`; `escape` where the document is HTML."""
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(templates)), undefined=StrictUndefined, autoescape=escape, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["sentence"] = sentence
    return environment.get_template(name).render(values)


def problem_text(problem: Problem, phrases: Mapping[str, Mapping[str, str]]) -> str:
    """One problem in words: where, what, and what would be right."""
    said = phrases["problems"]
    values = {
        "about": problem.about,
        "found": problem.found,
        "allowed": list(problem.allowed),
        "nearest": problem.nearest,
        "file": problem.file,
        "line": problem.line,
    }
    where = f"{problem.file}:{problem.line}: " if problem.line else f"{problem.file}: "
    parts = [sentence(said.get(problem.code, problem.code), **values)]
    if problem.nearest:
        parts.append(sentence(said["nearest"], **values))
    if problem.allowed and len(problem.allowed) <= 20 and problem.code.startswith("unknown"):
        parts.append(sentence(said["allowed"], **values))
    return where + " ".join(parts)
