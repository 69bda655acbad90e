"""Reads `prompts/<language>/` and checks it against the rulebook: nothing unworded, nothing left over."""

from collections.abc import Mapping as Mapped
from pathlib import Path

from advisor.io.located import Mapping, Node, Scalar, fields, read, text_of
from advisor.model.problems import InputError, Problems
from advisor.model.rulebook import Rulebook
from advisor.model.wording import QuestionWords, Wording, Words


def read_wording(folder: Path, rulebook: Rulebook, under: Path | None = None) -> Wording:
    """The wording in `prompts/<language>`, checked against the rulebook: nothing unworded, nothing left over.

    Phrases and templates that it has not are those of the folder `under` it.
    """
    reader = _Reader(folder, rulebook)
    phrases, templates = reader.phrases(), reader.templates()
    if under is not None:
        other = _Reader(under, None)
        phrases = over(phrases, other.phrases())
        templates = {**other.templates(), **templates}
    wording = Wording(folder.name, reader.questions(), reader.findings(), phrases, templates)
    problems = [problem for each in reader.problems for problem in each.found]
    if problems:
        raise InputError(problems)
    return wording


def over(own: Mapped[str, Mapped[str, str]], under: Mapped[str, Mapped[str, str]]) -> dict[str, dict[str, str]]:
    """Phrases by group and key, laid over others."""
    return {group: {**under.get(group, {}), **own.get(group, {})} for group in {**under, **own}}


def read_phrases(folder: Path) -> dict[str, dict[str, str]]:
    """Only the single sentences and labels: enough to word the problems of a rulebook that cannot be read."""
    reader = _Reader(folder, None)
    return reader.phrases()


def read_page_words(path: Path) -> dict[str, dict[str, str]]:
    """The short phrases of the pages, by group and key. Raises `InputError` with every problem in the file."""
    problems = Problems(str(path))
    root = read(path, problems)
    found: dict[str, dict[str, str]] = {}
    if root is not None and not isinstance(root, Mapping):
        problems.add("mapping-expected", root.line)
    for group, node in root.entries.items() if isinstance(root, Mapping) else ():
        if isinstance(node, Mapping):
            found[group] = {key: text_of(node, key, problems, group) for key in node.entries}
        else:
            problems.add("mapping-expected", node.line, about=group)
    problems.raise_if_any()
    return found


class _Reader:
    def __init__(self, folder: Path, rulebook: Rulebook | None) -> None:
        self.folder, self.rulebook = folder, rulebook
        self.problems: list[Problems] = []

    def _files(self, pattern: str) -> list[tuple[Mapping, Problems]]:
        found = []
        for path in sorted(self.folder.glob(pattern)):
            problems = Problems(f"prompts/{self.folder.name}/{path.relative_to(self.folder).as_posix()}")
            self.problems.append(problems)
            node = read(path, problems)
            if isinstance(node, Mapping):
                found.append((node, problems))
            elif node is not None:
                problems.add("mapping-expected", node.line)
        return found

    def questions(self) -> dict[str, QuestionWords]:
        assert self.rulebook is not None
        known = self.rulebook.vocabulary.questions
        found: dict[str, QuestionWords] = {}
        for root, problems in self._files("questions/*.yaml"):
            for name, node in root.entries.items():
                if name not in known:
                    problems.add("unknown-question", root.line_of(name), found=name, allowed=known)
                    continue
                given = fields(node, ("ask",), ("help", "why", "options"), problems, name)
                options = self._options(given.entries.get("options"), name, problems)
                texts = {key: text_of(given, key, problems, name) for key in ("ask", "help", "why")}
                found[name] = QuestionWords(**texts, options=options)
        missing = Problems(f"prompts/{self.folder.name}/questions")
        self.problems.append(missing)
        for name, question in known.items():
            if name not in found:
                missing.add("not-worded", about=question.section, found=name)
                continue
            for option in question.options:
                if question.kind != "yes-no" and option not in found[name].options:
                    missing.add("not-worded", about=name, found=option)
        return found

    def _options(self, node: Node | None, name: str, problems: Problems) -> dict[str, str]:
        assert self.rulebook is not None
        if not isinstance(node, Mapping):
            return {}
        allowed = self.rulebook.vocabulary.questions[name].options
        for option in node.entries:
            if option not in allowed:
                problems.add("unknown-value", node.line_of(option), about=name, found=option, allowed=allowed)
        return {option: text_of(node, option, problems, name) for option in node.entries}

    def findings(self) -> dict[str, dict[str, Words]]:
        assert self.rulebook is not None
        wanted: dict[str, tuple[str, ...]] = {}
        for finding in self.rulebook.vocabulary.findings.values():
            if finding.worded_as:
                wanted[finding.worded_as] = tuple(finding.values)
        found: dict[str, dict[str, Words]] = {name: {} for name in wanted}
        for root, problems in self._files("findings/*.yaml"):
            for name, node in root.entries.items():
                if name not in wanted or not isinstance(node, Mapping):
                    problems.add("unknown-finding", root.line_of(name), found=name, allowed=wanted)
                    continue
                for value, given in node.entries.items():
                    line = node.line_of(value)
                    if value not in wanted[name]:
                        problems.add("unknown-value", line, about=name, found=value, allowed=wanted[name])
                    if value in found[name]:
                        problems.add("duplicate-id", line, about=name, found=value)
                    found[name][value] = self._words(given, f"{name}: {value}", problems)
        missing = Problems(f"prompts/{self.folder.name}/findings")
        self.problems.append(missing)
        for name, values in wanted.items():
            for value in values:
                if value not in found[name]:
                    missing.add("not-worded", about=name, found=value)
        return found

    def _words(self, node: Node, about: str, problems: Problems) -> Words:
        if isinstance(node, Scalar):
            return Words(node.text)
        given = fields(node, ("title",), ("text",), problems, about)
        return Words(text_of(given, "title", problems, about), text_of(given, "text", problems, about))

    def phrases(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for root, problems in self._files("phrases/*.yaml"):
            group = problems.file.rpartition("/")[2].removesuffix(".yaml")
            found[group] = {key: text_of(root, key, problems, group) for key in root.entries}
        return found

    def templates(self) -> dict[str, str]:
        folder = self.folder / "templates"
        return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*")) if path.is_file()}
