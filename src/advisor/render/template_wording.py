"""The words of a language where templates find them: sentences by key, with markup inside; numbers, lists and dates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from advisor.io.sentence_reader import TAG, Groups, merged
from advisor.model.grammar import Manner
from advisor.model.sentence import Inflected, lower_first, sentence, upper_first
from advisor.model.wording import Wording

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))  # in words; quotes stand in no attribute, and blanks need theirs
_TAG_ESCAPED = re.compile(r"&lt;(/?)([a-z]+)&gt;")


@dataclass(frozen=True, slots=True)
class Element:
    """Markup that a sentence names as `<name>…</name>`: what stands before and after the words in it."""

    opening: str
    closing: str


def element(tag: str, **attributes: str) -> Element:
    """An HTML element with its attributes, escaped; `class_` is the class."""
    given = "".join(Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Element(Markup(f"<{tag}{given}>"), Markup(f"</{tag}>"))  # noqa: S704 - escaped above


HTML = {name: element(name) for name in ("strong", "em", "code")}
MARKDOWN = {"strong": Element("**", "**"), "em": Element("*", "*"), "code": Element("`", "`")}


class TemplateWording:
    """What templates say in one language: the sentences of `wording.phrases` and those of pages or documents."""

    def __init__(self, wording: Wording, own: Mapping[str, Mapping[str, str]], html: Mapping[str, Element] = HTML) -> None:
        self.language, self.grammar = wording.language, wording.grammar
        self.groups: Groups = merged(wording.phrases, own)
        self._html = html

    def install(self, environment: Environment) -> None:
        """Put the words where templates find them."""
        environment.globals |= {"word": self.in_template, "listed": self.listed, "in_full": self.date, "element": element}
        environment.filters["lower_first"] = lower_first
        environment.filters["upper_first"] = upper_first

    def word(self, key: str, **values: object) -> str:
        """A sentence by its group and key (`said.saved`) as plain text, with its blanks filled in."""
        return sentence(self.text(key), **values)

    def text(self, key: str) -> str:
        """A sentence as it is written. Raises `KeyError` where there is none."""
        group, _, name = key.partition(".")
        return self.groups[group][name]

    @pass_eval_context
    def in_template(self, context: EvalContext, key: str, /, **values: Any) -> str:
        """A sentence in a template; where it names markup, its words and what fills its blanks are escaped first."""
        text = self.text(key)
        html = bool(context.autoescape)
        if not _has_tags(text) and not (html and any(isinstance(value, Markup) for value in values.values())):
            return sentence(text, **values)  # what is there is text, and is escaped as such
        filled = _with_tags(text, values, self._html if html else MARKDOWN, html=html)
        return Markup(filled) if html else filled  # noqa: S704 - escaped there

    def listed(self, names: Iterable[str], manner: Manner = "unit") -> str:
        """Names as the language lists them: one after the other (`unit`), with `and` (`standard`), or with `or`."""
        given = list(names)
        if any(isinstance(name, Markup) for name in given):
            return Markup(self.grammar.listed([escape(name) for name in given], manner))  # noqa: S704 - escaped
        return self.grammar.listed(given, manner)

    def date(self, moment: date) -> str:
        """A day as the language writes it in full."""
        from babel.dates import format_date  # here, since only pages have dates

        return format_date(moment, "long", self.language)


def _has_tags(text: str) -> bool:
    if isinstance(text, Inflected):
        return any(_has_tags(each) for each in (*text.forms.values(), *text.parts.values()))
    return "<" in text and TAG.search(text) is not None


def _with_tags(text: str, values: Mapping[str, Any], known: Mapping[str, Element], *, html: bool) -> str:
    """A sentence with its tags replaced by elements: those given among the values, or known; for HTML all else is escaped."""
    if isinstance(text, Inflected):
        parts = {name: Markup(_with_tags(part, values, known, html=html)) for name, part in text.parts.items()}  # noqa: S704
        values = {**values, **parts}
        text = text.form(values)
    prepared, tags = _prepared(text, html=html)
    filled = {name: _escaped(value) for name, value in values.items()} if html else dict(values)
    for tag in tags:
        element = values[tag] if tag in values else known[tag]
        filled[f"{tag}_opening"], filled[f"{tag}_closing"] = element.opening, element.closing
    return sentence(prepared, **filled)


@lru_cache(maxsize=4096)
def _prepared(text: str, *, html: bool) -> tuple[str, tuple[str, ...]]:
    """A sentence with a blank for each end of its tags, and the tags' names; for HTML its words are escaped."""
    names = tuple({name: None for _, name in TAG.findall(text)})
    if not html:
        return TAG.sub(_blank, text), names
    for sign, entity in _ENTITIES:
        text = text.replace(sign, entity)
    return _TAG_ESCAPED.sub(_blank, text), names


def _blank(tag: re.Match[str]) -> str:
    return f"{{{{ {tag[2]}_{'closing' if tag[1] else 'opening'} }}}}"


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    return [_escaped(each) for each in value] if isinstance(value, (list, tuple)) else value
