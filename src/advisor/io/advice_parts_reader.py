"""Reads which finding plays which part in the advice, and holds each to what the part takes."""

from typing import Any

from advisor.io.located import Mapping, Node, Scalar, fields, text_of, words
from advisor.model.advice_parts import GROUNDS, PARTS, AdviceParts, PartKind, RowParts
from advisor.model.problems import Problems
from advisor.model.vocabulary import Finding, Vocabulary

_OF_VALUES = ("existing", "ending", "stopping")  # values of `proceed`
_PROPOSAL, _MAIN, _CATEGORY, _DRAFTS, _NOT_SIGNED = "proposal", "main", "category_of_partner", "drafts", "not_signed"
_DOCUMENT = "document"
_CONSULTED, _MARKERS, _ADD_MOST, _GRANTED, _TOLD_AS = "consulted", "markers", "add_most", "granted", "told_as"
_NOT_KNOWN = "not_known"


def read_advice_parts(node: Node | None, vocabulary: Vocabulary, problems: Problems) -> AdviceParts:
    """The parts that a file declares; whatever is wrong with them is noted in `problems`."""
    return _AdvicePartsReader(vocabulary, problems).read(node)


class _AdvicePartsReader:
    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self.vocabulary, self.problems = vocabulary, problems
        self.parts: dict[str, str] = {}

    def read(self, node: Node | None) -> AdviceParts:
        root = fields(
            node,
            ("parts",),
            (
                *("rows", _DRAFTS, _NOT_SIGNED, _PROPOSAL, _MAIN, _DOCUMENT, _CATEGORY, _CONSULTED, _MARKERS),
                *(_ADD_MOST, _GRANTED, _TOLD_AS, _NOT_KNOWN, *_OF_VALUES),
            ),
            self.problems,
            "advice",
        )
        required = tuple(name for name, kind in PARTS.items() if kind.required)
        optional = tuple(name for name in PARTS if name not in required)
        given = root.entries.get("parts")
        parts = fields(given, required, optional, self.problems, "parts") if given else Mapping(root.line)
        for name in parts.entries:
            if name in PARTS:
                self.parts[name] = self._finding(parts, name, PARTS[name], "parts")
        for name, kind in PARTS.items():
            if self.parts.get(name):
                self._check_shared(name, kind, parts.line_of(name))
        rows = self._rows(root.entries.get("rows"))
        self._check_rows(rows, parts)
        given_values = {key: self._values(root, key, self.parts.get("proceed", "")) for key in _OF_VALUES}
        others: dict[str, Any] = {**self.parts, **given_values}
        others |= {key: self._question(root, key) for key in (_PROPOSAL, _MAIN) if key in root.entries}
        asked = self.vocabulary.questions.get(others.get(_PROPOSAL, ""))
        others[_DOCUMENT] = self._words_of(root, _DOCUMENT, asked.options if asked else ())
        drafts = self._drafts(root.entries.get(_DRAFTS))
        others[_NOT_SIGNED] = self._words_of(root, _NOT_SIGNED, self._attribute("clauses", "draft"))
        others[_CONSULTED] = self._questions(root, _CONSULTED)
        several = [question.id for question in self.vocabulary.questions.values() if question.kind == "several"]
        others[_MARKERS] = self._words_of(root, _MARKERS, tuple(several))
        others[_ADD_MOST] = self._questions(root, _ADD_MOST)
        others[_GRANTED] = self._words_of(root, _GRANTED, self._attribute("answers", "verdict"))
        others[_TOLD_AS] = self._told_as(root.entries.get(_TOLD_AS))
        options = (f"{each.id}.{option}" for each in self.vocabulary.questions.values() for option in each.options)
        others[_NOT_KNOWN] = self._words_of(root, _NOT_KNOWN, tuple(options))
        return AdviceParts(rows=rows, drafts=drafts, category_of_partner=self._category(root), **others)

    def _finding(self, node: Mapping, key: str, kind: PartKind, about: str) -> str:
        """The finding under a key, "" where it cannot play the part."""
        name, line = text_of(node, key, self.problems, about), node.line_of(key)
        finding = self.vocabulary.findings.get(name)
        fitting = [each.name for each in self.vocabulary.findings.values() if _fits(each, kind)]
        if finding is None:
            self.problems.add("unknown-part-finding", line, about=key, found=name, allowed=fitting)
        elif not _fits(finding, kind):
            scope = "each partner" if kind.of == "partner" else "the partnership"
            wanted = " ".join((kind.kind, "of", scope, *(f"with {each}" for each in kind.attributes)))
            self.problems.add("finding-of-another-kind", line, about=key, found=name, allowed=(wanted,))
        else:
            return name
        return ""

    def _check_shared(self, name: str, kind: PartKind, line: int) -> None:
        """That a part has the values of the part whose values it shares."""
        values, finding = set(self.vocabulary.findings[self.parts[name]].values), self.parts[name]
        if kind.as_ == "questions":
            wanted: set[str] | None = {question.id for question in self.vocabulary.asked_of(kind.of)}
        else:
            other = self.parts.get(kind.as_)
            wanted = set(self.vocabulary.findings[other].values) if other else None
        if kind.as_ and wanted is not None and not values <= wanted:
            self.problems.add("values-of-another-part", line, about=name, found=finding, allowed=(kind.as_,))

    def _rows(self, node: Node | None) -> dict[str, RowParts]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.add("mapping-expected", node.line, about="rows")
            return {}
        found = {}
        level = PartKind("level")
        for name, each in node.entries.items():
            given = fields(each, (), ("own_need", "present"), self.problems, f"rows: {name}")
            own = self._finding(given, "own_need", level, f"rows: {name}") if "own_need" in given.entries else ""
            found[name] = RowParts(own, self._question(given, "present"))
        return found

    def _attribute(self, part: str, name: str) -> tuple[str, ...]:
        """The words of an attribute of the finding that plays a part; none where no finding does."""
        finding = self.vocabulary.findings.get(self.parts.get(part, ""))
        return finding.attributes[name] if finding else ()

    def _drafts(self, node: Node | None) -> dict[str, str]:
        """What is drafted for an instrument, or for a decision."""
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.add("mapping-expected", node.line, about=_DRAFTS)
            return {}
        of = (self.vocabulary.findings.get(self.parts.get(part, "")) for part in ("instruments", "proceed"))
        drafted = [value for finding in of if finding for value in finding.values]
        allowed = self._attribute("clauses", "draft")
        found = {}
        for name in node.entries:
            draft, line = text_of(node, name, self.problems, _DRAFTS), node.line_of(name)
            if name not in drafted:
                self.problems.add("unknown-value", line, about=_DRAFTS, found=name, allowed=drafted)
            elif draft not in allowed:
                self.problems.add("unknown-value", line, about=f"{_DRAFTS}: {name}", found=draft, allowed=allowed)
            else:
                found[name] = draft
        return found

    def _question(self, node: Mapping, key: str) -> str:
        name = text_of(node, key, self.problems, key)
        if name and name not in self.vocabulary.questions:
            self.problems.add("unknown-question", node.line_of(key), about=key, found=name, allowed=self.vocabulary.questions)
            return ""
        return name

    def _check_rows(self, rows: dict[str, RowParts], parts: Mapping) -> None:
        """That what belongs to rows and steps names rows and steps that there are."""
        recommended = self.vocabulary.findings.get(self.parts.get("recommended", ""))
        steps = tuple(recommended.values) if recommended else ()
        categories = self.vocabulary.findings.get(self.parts.get("categories", ""))
        allowed = {"row": tuple(rows), "step": steps, "category": tuple(categories.values) if categories else ()}
        for part, attributes in ((name, PARTS[name].attributes) for name in ("cells", "gaps", "members")):
            finding = self.vocabulary.findings.get(self.parts.get(part, ""))
            for attribute in attributes if finding else ():
                assert finding is not None
                for word in finding.attributes[attribute]:
                    if word not in allowed[attribute]:
                        line, about = parts.line_of(part), f"{finding.name}: {attribute}"
                        self.problems.add("unknown-value", line, about=about, found=word, allowed=allowed[attribute])

    def _values(self, root: Mapping, key: str, finding: str) -> tuple[str, ...]:
        return self._words_of(root, key, tuple(self.vocabulary.findings[finding].values) if finding else ())

    def _words_of(self, root: Mapping, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        node = root.entries.get(key)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        given = words(node, self.problems, key)
        for word in given:
            if word not in known:
                self.problems.add("unknown-value", root.line_of(key), about=key, found=word, allowed=known)
        return tuple(given)

    def _questions(self, root: Mapping, key: str) -> tuple[str, ...]:
        node = root.entries.get(key)
        given = () if node is None else tuple(words(node, self.problems, key))
        known = self.vocabulary.questions
        for name in given:
            if name not in known:
                self.problems.add("unknown-question", root.line_of(key), about=key, found=name, allowed=known)
        return given

    def _told_as(self, node: Node | None) -> dict[str, tuple[str, ...]]:
        """The groups in which answers are told at a glance; what each may name are verdicts, and grounds with their options."""
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.add("mapping-expected", node.line, about=_TOLD_AS)
            return {}
        grounds = {name: self.vocabulary.findings.get(self.parts.get(name, "")) for name in GROUNDS}
        options = (f"{name}.{value}" for name, finding in grounds.items() if finding for value in finding.values)
        known = (*self._attribute("answers", "verdict"), *GROUNDS, *options)
        return {group: self._words_of(node, group, known) for group in node.entries}

    def _category(self, root: Mapping) -> str:
        name = self._question(root, _CATEGORY)
        categories = self.parts.get("categories")
        if name and self.vocabulary.questions[name].asked != "partner":
            self.problems.add("question-about-the-agency", root.line_of(_CATEGORY), about=_CATEGORY, found=name)
        elif name and categories:
            missing = self.vocabulary.findings[categories].values.keys() - set(self.vocabulary.questions[name].options)
            if missing:
                line, allowed = root.line_of(_CATEGORY), (_CATEGORY,)
                self.problems.add("values-of-another-part", line, about="categories", found=categories, allowed=allowed)
        return name


def _fits(finding: Finding, kind: PartKind) -> bool:
    return finding.kind == kind.kind and finding.of == kind.of and set(kind.attributes) <= finding.attributes.keys()
