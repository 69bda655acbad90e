"""Reads files of words: sentences by group and key, checked one by one and against those of another language."""

import re
from collections.abc import Mapping as Items
from pathlib import Path
from typing import get_args

from jinja2 import TemplateSyntaxError, meta

from advisor.io.located import Mapping, Node, Scalar, fields, read_yaml, text_of
from advisor.model.grammar import Grammar, Manner, Rules
from advisor.model.problems import Problems
from advisor.model.sentence import Inflected, environment

Groups = dict[str, dict[str, str]]
TAG = re.compile(r"<(/?)([a-z]+)>")
COUNT, WITH, _TEXT = "count", "with", "text"


class SentenceReader:
    """The files of one language's folder, by name, with a collector of problems for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problems] = []
        self._grammar: Grammar | None = None

    def files(self, pattern: str) -> list[tuple[Mapping, Problems]]:
        """The files that a pattern matches."""
        found = []
        for path in sorted(self.folder.glob(pattern)):
            problems = self.collecting(path.relative_to(self.folder).as_posix())
            node = read_yaml(path, problems)
            if isinstance(node, Mapping):
                found.append((node, problems))
            elif node is not None:
                problems.add("mapping-expected", node.line)
        return found

    def collecting(self, name: str) -> Problems:
        """A collector for what is wrong with a file, or missing in a folder."""
        problems = Problems(f"prompts/{self.folder.name}/{name}")
        self.problems.append(problems)
        return problems

    def groups(self, kind: str) -> Groups:
        """The sentences of a kind (`phrases`, `documents`, `pages`), by file and key."""
        found: Groups = {}
        for root, problems in self.files(f"{kind}/*.yaml"):
            group = Path(problems.file).stem
            found[group] = {key: self._entry(node, f"{group}.{key}", problems) for key, node in root.entries.items()}
        return found

    def compare(self, kind: str, own: Groups, first: Groups) -> None:
        """Note what this language has not, has too much, or says with other blanks than the first."""
        for group in sorted({*own, *first}):
            problems = self.collecting(f"{kind}/{group}.yaml")
            here, there = own.get(group, {}), first.get(group, {})
            for key in there.keys() - here.keys():
                problems.add("not-worded", about=group, found=key)
            for key, text in here.items():
                if key not in there:
                    problems.add("unknown-key", about=group, found=key, allowed=there)
                elif (wanted := blanks(there[key])) != blanks(text):
                    problems.add("blanks-differ", about=f"{group}.{key}", found=text, allowed=(there[key], *sorted(wanted)))

    def _entry(self, node: Node, about: str, problems: Problems) -> str:
        """A sentence, or one with a form for each plural category of the language and with parts."""
        if not isinstance(node, Mapping):
            text = node.text if isinstance(node, Scalar) else ""
            if not isinstance(node, Scalar):
                problems.add("word-expected", node.line, about=about, found=about.rpartition(".")[2])
            self.check(text, node.line, about, problems)
            return text
        parts = node.entries.get(WITH, Mapping(node.line))
        made = {}
        if isinstance(parts, Mapping):
            made = {name: self._entry(part, f"{about}.{name}", problems) for name, part in parts.entries.items()}
        else:
            problems.add("mapping-expected", parts.line, about=f"{about}.{WITH}")
        count = text_of(node, COUNT, problems, about)
        rules = self.grammar().plural
        wanted, rare = categories(rules) if count else ((_TEXT,), ())
        given = fields(node, (*wanted, *((COUNT,) if count else ())), (*rare, WITH), problems, about)
        forms = {name: text_of(given, name, problems, about) for name in (*wanted, *rare) if name in given.entries}
        for name, text in forms.items():
            self.check(text, node.line_of(name), about, problems)
        return Inflected.made(forms.get(wanted[-1], ""), count, forms, made, rules)

    def grammar(self) -> Grammar:
        """How the language counts and lists."""
        if self._grammar is None:
            from babel import Locale, UnknownLocaleError  # here, since it takes long, and wording that is kept has it

            try:
                locale = Locale.parse(self.folder.name)
                patterns = {manner: dict(_patterns(locale.list_patterns, manner)) for manner in get_args(Manner)}
                self._grammar = Grammar(tuple(sorted(locale.plural_form.rules.items())), patterns)
            except (UnknownLocaleError, ValueError):
                self.collecting("").add("no-grammar", found=self.folder.name)
                self._grammar = Grammar()
        return self._grammar

    def check(self, text: str, line: int, about: str, problems: Problems) -> None:
        """Note blanks that cannot be read, and markup that is not opened and closed."""
        try:
            if "{" in text:
                environment().parse(text)
        except TemplateSyntaxError as error:
            problems.add("not-a-sentence", line, about=about, found=error.message)
        opened: list[str] = []
        for closing, name in TAG.findall(text):
            if not closing:
                opened.append(name)
            elif not opened or opened.pop() != name:
                opened = [name]
                break
        if opened:
            problems.add("tag-without-match", line, about=about, found=opened[-1])


def categories(rules: Rules) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The plural categories that a language needs for the numbers people count to, `other` last, and those that are rare."""
    from babel.plural import PluralRule

    category = PluralRule(dict(rules))
    needed = {category(number) for number in range(201)} - {"other"}
    rare = (name for name, _ in rules if name not in needed)
    return (*sorted(needed), "other"), tuple(rare)


def _patterns(known: Items[str, Items[str, str]], manner: str) -> Items[str, str]:
    """The patterns for a manner of listing; a language that has none of its own for it lists with `and`."""
    return known.get(manner) or known.get(f"{manner}-short") or known["standard"]


def blanks(text: str) -> set[str]:
    """The blanks of a sentence, in all its forms and parts, and its tags as `<name>`."""
    if not isinstance(text, Inflected):
        tags = {f"<{name}>" for _, name in TAG.findall(text)}
        return tags | (meta.find_undeclared_variables(environment().parse(text)) if "{" in text else set())
    found = {text.number} if text.number else set()
    for each in (*text.forms.values(), *text.parts.values()):
        found |= blanks(each)
    return found - text.parts.keys()


def merged(*kinds: Items[str, Items[str, str]]) -> Groups:
    """Sentences of several kinds in one: what stands in a group of one and of another is in the same group."""
    found: Groups = {}
    for groups in kinds:
        for name, sentences in groups.items():
            found.setdefault(name, {}).update(sentences)
    return found
