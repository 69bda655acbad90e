"""Reads `prompts/<language>/` and checks it against the rulebook: nothing unworded, nothing left over."""

import re
from collections.abc import Mapping as Items
from dataclasses import replace
from pathlib import Path

from advisor.io.families import EACH
from advisor.io.located import Mapping, Node, Scalar, fields, text_of
from advisor.io.sentence_reader import Groups, SentenceReader, merged
from advisor.model.problems import InputError, Problems
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import THAT_IS_ALL
from advisor.model.wording import QuestionWording, ValueWording, Wording

REASONS, SOURCES = "reasons/*.yaml", "sources.yaml"
KINDS = ("phrases", "documents", "pages", "help")
_BLANK = re.compile(r"\{\{.*?\}\}|\{[{%#]")


def read_wording(folder: Path, rulebook: Rulebook, beneath: Path | None = None) -> Wording:
    """The wording in `prompts/<language>`, checked against the rulebook: nothing unworded, nothing left over.

    Sentences that it has not are those of the folder `beneath` it. A language other than the rulebook's is checked against
    that one too, where it stands beside it.
    """
    reader = _WordingReader(folder, rulebook)
    own = [reader.groups(kind) for kind in KINDS]
    first = folder.parent / rulebook.language
    if folder.name != rulebook.language and first.is_dir():
        for kind, groups in zip(KINDS, own, strict=True):
            reader.compare(kind, groups, SentenceReader(first).groups(kind))
    below = SentenceReader(beneath) if beneath else None
    phrases, documents, pages = (
        merged(below.groups(kind), groups) if below else groups for kind, groups in zip(KINDS[:3], own[:3], strict=True)
    )
    wording = Wording(folder.name, reader.questions(), reader.findings(), phrases, documents, pages, reader.grammar())
    for kind, groups in (("documents", documents), ("pages", pages)):
        reader.refuse_twice(kind, groups, phrases)
    problems = [problem for each in reader.problems for problem in each.found]
    if problems:
        raise InputError(problems)
    return wording


def spoken(folder: Path, rulebook: Rulebook) -> Rulebook:
    """The rulebook with its reasons and sources in the language of a folder, which holds them unless they stand in the rules.

    Raises `InputError` where a sentence is missing, is left over, or does not have the blanks of the one it stands for.
    """
    reader = _WordingReader(folder, rulebook)
    if folder.name == rulebook.language:
        reader.refuse_overlay()
        rules, sources, documents = rulebook.rules, rulebook.sources, rulebook.documents
    else:
        reasons, said, documents = reader.reasons(), *reader.sources()
        rules = {name: replace(rule, because=reasons.get(name, "")) for name, rule in rulebook.rules.items()}
        sources = {name: replace(source, says=said.get(name, "")) for name, source in rulebook.sources.items()}
    problems = [problem for each in reader.problems for problem in each.found]
    if problems:
        raise InputError(problems)
    return replace(rulebook, rules=rules, sources=sources, documents=documents)


def read_phrases(folder: Path) -> Groups:
    """Only the single sentences and labels: enough to word the problems of a rulebook that cannot be read."""
    return SentenceReader(folder).groups("phrases")


class _WordingReader(SentenceReader):
    """The reading of one language against a rulebook."""

    def __init__(self, folder: Path, rulebook: Rulebook) -> None:
        super().__init__(folder)
        self.rulebook = rulebook

    def refuse_twice(self, kind: str, groups: Groups, phrases: Groups) -> None:
        """Note keys that stand among the phrases too: pages and documents find both under one name."""
        for group in groups.keys() & phrases.keys():
            for key in groups[group].keys() & phrases[group].keys():
                self.collecting(f"{kind}/{group}.yaml").add("duplicate-id", about=group, found=key)

    def questions(self) -> dict[str, QuestionWording]:
        known = self.rulebook.vocabulary.questions
        found: dict[str, QuestionWording] = {}
        for root, problems in self.files("questions/*.yaml"):
            for name, node in root.entries.items():
                if name not in known:
                    problems.add("unknown-question", root.line_of(name), found=name, allowed=known)
                    continue
                given = fields(node, ("ask",), ("help", "why", "note", "statement", "options"), problems, name)
                options = self._options(given.entries.get("options"), name, problems)
                texts = {key: text_of(given, key, problems, name) for key in ("ask", "help", "why", "note", "statement")}
                found[name] = QuestionWording(**texts, options=options)
        missing = self.collecting("questions")
        for name, question in known.items():
            if name not in found:
                missing.add("not-worded", about=question.section, found=name)
                continue
            if question.options_of in found:  # they are called there what they are called here, unless said otherwise
                own = found[name].options
                found[name] = replace(found[name], options={**found[question.options_of].options, **own})
            for option in question.options:
                if question.kind != "yes-no" and option != THAT_IS_ALL and option not in found[name].options:
                    missing.add("not-worded", about=name, found=option)
        return found

    def _options(self, node: Node | None, name: str, problems: Problems) -> dict[str, str]:
        if not isinstance(node, Mapping):
            return {}
        allowed = self.rulebook.vocabulary.questions[name].options
        for option in node.entries:
            if option not in allowed:
                problems.add("unknown-value", node.line_of(option), about=name, found=option, allowed=allowed)
        return {option: text_of(node, option, problems, name) for option in node.entries}

    def findings(self) -> dict[str, dict[str, ValueWording]]:
        wanted: dict[str, tuple[str, ...]] = {}
        for finding in self.rulebook.vocabulary.findings.values():
            if finding.worded_as:
                wanted[finding.worded_as] = tuple(finding.values)
        found: dict[str, dict[str, ValueWording]] = {name: {} for name in wanted}
        for root, problems in self.files("findings/*.yaml"):
            for name, node in root.entries.items():
                if name not in wanted or not isinstance(node, Mapping):
                    problems.add("unknown-finding", root.line_of(name), found=name, allowed=wanted)
                    continue
                if EACH in node.entries:  # what every value that is not named is called
                    alike = self._words(node.entries[EACH], f"{name}: {EACH}", problems)
                    found[name] |= {value: alike for value in wanted[name] if value not in node.entries}
                for value, given in node.entries.items():
                    if value == EACH:
                        continue
                    line = node.line_of(value)
                    if value not in wanted[name]:
                        problems.add("unknown-value", line, about=name, found=value, allowed=wanted[name])
                    if value in found[name]:
                        problems.add("duplicate-id", line, about=name, found=value)
                    found[name][value] = self._words(given, f"{name}: {value}", problems)
        missing = self.collecting("findings")
        for name, values in wanted.items():
            for value in values:
                if value not in found[name]:
                    missing.add("not-worded", about=name, found=value)
        return found

    def _words(self, node: Node, about: str, problems: Problems) -> ValueWording:
        if isinstance(node, Scalar):
            return ValueWording(node.text)
        keys = ("title", "text", "done", "until")
        given = fields(node, keys[:1], keys[1:], problems, about)
        return ValueWording(*(text_of(given, key, problems, about) for key in keys))

    def refuse_overlay(self) -> None:
        """Note files that would say again what the rules say in their own language."""
        for pattern in (REASONS, SOURCES):
            for root, problems in self.files(pattern):
                problems.add("language-of-the-rules", root.line, found=self.folder.name)

    def reasons(self) -> dict[str, str]:
        """The reason of each rule, by the rule's id; those of a family have one, under the id that is written."""
        known = self.rulebook.rules
        found: dict[str, str] = {}
        for root, problems in self.files(REASONS):
            topic = Path(problems.file).stem
            of_topic = {rule.worded_as: rule.because for rule in known.values() if rule.topic == topic}
            found |= self._sentences(root, of_topic, "unknown-rule", problems, topic)
        missing = self.collecting("reasons")
        for rule in {rule.worded_as: rule for rule in known.values()}.values():
            if rule.worded_as not in found:
                missing.add("not-worded", about=rule.topic, found=rule.worded_as)
        return {name: found[rule.worded_as] for name, rule in known.items() if rule.worded_as in found}

    def sources(self) -> tuple[dict[str, str], dict[str, str]]:
        """What each source says, by its id, and the title of each document."""
        known = {name: source.says for name, source in self.rulebook.sources.items()}, self.rulebook.documents
        found: tuple[dict[str, str], dict[str, str]] = {}, {}
        missing = self.collecting(SOURCES)
        for root, problems in self.files(SOURCES):
            given = fields(root, ("items", "documents"), (), problems, "sources")
            for kind, wanted, said in zip(("items", "documents"), known, found, strict=True):
                if isinstance(node := given.entries.get(kind), Mapping):
                    said |= self._sentences(node, wanted, "unknown-source", problems, kind)
        for kind, wanted, said in zip(("items", "documents"), known, found, strict=True):
            for name in wanted:
                if name not in said:
                    missing.add("not-worded", about=kind, found=name)
        return found

    def _sentences(self, node: Mapping, wanted: Items[str, str], unknown: str, problems: Problems, about: str) -> dict[str, str]:
        """Sentences by id; each id has to be one that is wanted, each sentence to have the blanks of that one."""
        found = {}
        for name in node.entries:
            found[name] = text_of(node, name, problems, about)
            if not found[name].strip():
                problems.add("empty-key", node.line_of(name), about=about, found=name)
            elif name not in wanted:
                problems.add(unknown, node.line_of(name), about=about, found=name, allowed=wanted)
            elif sorted(set(_BLANK.findall(found[name]))) != sorted(set(_BLANK.findall(wanted[name]))):
                problems.add("blanks-differ", node.line_of(name), about=name, found=found[name], allowed=(wanted[name],))
        return found
