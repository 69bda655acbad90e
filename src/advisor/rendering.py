"""Words and templates into text: the one place where Jinja2 is used, always in a sandbox."""

import re
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from advisor.advice import Advice
from advisor.problems import Problem
from advisor.rulebook import Rulebook
from advisor.vocabulary import Vocabulary
from advisor.wording import Wording

FORMATS = ("text", "markdown", "html", "json")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")
_sentences = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


@lru_cache(maxsize=4096)
def _template(text: str) -> Template:
    return _sentences.from_string(text)


def sentence(text: str, **values: object) -> str:
    """A sentence with its blanks filled in; one without blanks is returned as it is."""
    return _template(text).render(values) if "{{" in text or "{%" in text else text


def document(wording: Wording, name: str, **values: object) -> str:
    """A document from the template `name`; what is filled in is escaped where the document is HTML."""
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(wording.templates)),
        undefined=StrictUndefined,
        autoescape=".html" in name,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["md"] = escape_markdown
    environment.globals["say"] = wording.phrases
    environment.globals["level"] = lambda step: wording.value("dimension", step).title if step else ""
    environment.globals["members"] = lambda names: ", ".join(wording.value("member", name).title for name in names)
    environment.globals["question"] = lambda name: wording.questions[name].ask
    environment.globals["option"] = wording.option
    return environment.get_template(name).render(values)


def escape_markdown(text: str) -> str:
    """Text that a user typed, so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def markdown(advice: Advice, wording: Wording, *, full: bool = False) -> str:
    """The advice as Markdown: what a director reads in two minutes, or everything."""
    text = document(wording, "advice.md.j2", advice=advice, details=advice.details, full=full)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html(advice: Advice, wording: Wording, rulebook: Rulebook) -> str:
    """The advice as one page of HTML that needs no other file; each reason opens to its rule and sources."""
    values = {"sources": rulebook.sources, "documents": rulebook.documents}
    return document(wording, "advice.html.j2", advice=advice, details=advice.details, **values)


def json(advice: Advice) -> str:
    """The advice as JSON: keys in a fixed order, two spaces, a line feed at the end."""
    return advice.model_dump_json(indent=2) + "\n"


def conclusion(name: str, wording: Wording, vocabulary: Vocabulary) -> str:
    """A conclusion such as `need>=cooperation` or `fit:weak@Harbor House`, in words."""
    stem, _, partner = name.partition("@")
    finding, value = next((stem.split(sign, 1) for sign in (">=", "<=", ":") if sign in stem), (stem, ""))
    known = vocabulary.findings.get(finding)
    if known is None:
        options = " / ".join(wording.option(finding, option) for option in value.split("|"))
        return f"{wording.asked(finding)} {options}" + (f" ({partner})" if partner else "")
    title = wording.value(known.worded_as, value).title if known.worded_as else wording.asked(value)
    return sentence(wording.phrases["conclusions"].get(finding, name), value=title, partner=partner)


def problem_text(problem: Problem, phrases: Mapping[str, Mapping[str, str]]) -> str:
    """One problem in words: where, what, and what would be right."""
    said = phrases["problems"]
    values = {
        "about": problem.about,
        "found": problem.found,
        "allowed": list(problem.allowed),
        "nearest": problem.nearest,
    }
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    parts = [sentence(said.get(problem.code, problem.code), **values)]
    if problem.nearest:
        parts.append(sentence(said["nearest"], **values))
    if problem.allowed and len(problem.allowed) <= 20 and problem.code.startswith("unknown"):
        parts.append(sentence(said["allowed"], **values))
    return f"{place}: {' '.join(parts)}" if place else " ".join(parts)
