"""Reads conditions and rules out of located nodes, and says what is wrong with them, all at once."""

import re
from collections.abc import Callable

from advisor.io.families import members
from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, text_of, words
from advisor.model.case import MAX_PARTNERS
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.problems import Problems
from advisor.model.rulebook import Rule
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Finding, Question, Scope, Vocabulary

_BLANKS = re.compile(r"\{\{.*?\}\}|\{[{%#]")
_CONNECTIVES = ("all", "any", "not", "unless", "any_partner", "every_partner", "unknown", "known", "at_least", "of", "partners")


class ConditionReader:
    """Reads conditions of one file against a vocabulary.

    `about` is whether partner questions and findings may be tested; `findings` is False for a question's own
    `when`, which may look at answers only.
    """

    def __init__(self, vocabulary: Vocabulary, problems: Problems, name: str, about: Scope, *, findings: bool = True) -> None:
        self.vocabulary, self.problems, self.name = vocabulary, problems, name
        self.about, self.findings = about, findings

    def read(self, node: Node | None) -> Condition:
        """The condition a node says; `Always` stands in where it says none."""
        if isinstance(node, Scalar) and node.text == "always":
            return Always()
        if not isinstance(node, Mapping) or not node.entries:
            self._add("condition-expected", node)
            return Always()
        parts = [self._entry(key, value, node) for key, value in node.entries.items() if key not in ("of", "partners")]
        if ("of" in node.entries or "partners" in node.entries) and "at_least" not in node.entries:
            self._add("missing-key", node, found="at_least")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _add(self, code: str, node: Node | None, found: object = "", allowed: tuple[str, ...] = ()) -> None:
        line = node.line if node is not None else 0
        self.problems.add(code, line, about=self.name, found=found, allowed=allowed)

    def _entry(self, key: str, value: Node, node: Mapping) -> Condition:
        match key:
            case "all":
                return All(self._list(value))
            case "any":
                return Any(self._list(value))
            case "not":
                return self._negate(self.read(value))
            case "unless":
                return self._unless(self.read(value))
            case "any_partner" | "every_partner":
                return self._partners(key, value)
            case "unknown" | "known":
                return self._known(value, wanted=key == "known")
            case "at_least":
                return self._count(value, node)
        line = Scalar(key, node.line_of(key))
        if question := self.vocabulary.questions.get(key):
            return self._answer(question, value, line)
        if self.findings and (finding := self.vocabulary.findings.get(key)):
            return self._found(finding, value, line)
        allowed = (*self.vocabulary.questions, *(self.vocabulary.findings if self.findings else ()), *_CONNECTIVES)
        self._add("unknown-test", line, found=key, allowed=allowed)
        return Always()

    def _list(self, node: Node) -> tuple[Condition, ...]:
        if not isinstance(node, Sequence) or not node.items:
            self._add("list-of-conditions-expected", node)
            return ()
        return tuple(self.read(item) for item in node.items)

    def _partners(self, key: str, node: Node) -> Partners:
        if self.about == "partner":
            self._add("partners-within-partner", node, found=key)
        inner = ConditionReader(self.vocabulary, self.problems, self.name, "partner", findings=self.findings)
        return Partners("any" if key == "any_partner" else "every", inner.read(node))

    def _known(self, node: Node, *, wanted: bool) -> Condition:
        names = words(node, self.problems, self.name)
        for name in names:
            question = self.vocabulary.questions.get(name)
            if question is None:
                self._add("unknown-question", node, found=name, allowed=tuple(self.vocabulary.questions))
            else:
                self._scope(question.asked, name, node)
        tests = tuple(Known(name, wanted) for name in names)
        return tests[0] if len(tests) == 1 else All(tests)

    def _count(self, node: Node, parent: Mapping) -> Condition:
        if "partners" in parent.entries:
            counted = self._partners("any_partner", parent.entries["partners"])
            least = int(node.text) if isinstance(node, Scalar) and node.text.isdecimal() else 0
            if not 1 <= least <= MAX_PARTNERS:
                self._add("count-out-of-range", node, getattr(node, "text", ""), (f"1 to {MAX_PARTNERS}",))
            return PartnerCount(max(least, 1), counted.condition)
        conditions = self._list(parent.entries.get("of", parent))
        least = int(node.text) if isinstance(node, Scalar) and node.text.isdecimal() else 0
        if not 1 <= least <= len(conditions):
            self._add("count-out-of-range", node, found=getattr(node, "text", ""), allowed=(f"1 to {len(conditions)}",))
            least = 1
        return Count(least, conditions)

    def _scope(self, of: Scope, name: str, node: Node) -> None:
        if of == "partner" and self.about == "agency":
            self._add("partner-test-outside-partner", node, found=name, allowed=("any_partner", "every_partner"))

    def _answer(self, question: Question, node: Node, key: Scalar) -> Condition:
        self._scope(question.asked, question.id, key)
        if question.kind == "several":
            return self._includes(question, node)
        options = self._options(node, question.options, question.id, ordered=question.kind == "scale")
        return Answered(question.id, options)

    def _includes(self, question: Question, node: Node) -> Condition:
        given = fields(node, (), ("includes", "excludes"), self.problems, f"{self.name}: {question.id}")
        parts: list[Condition] = []
        for how, wanted in (("includes", True), ("excludes", False)):
            if how in given.entries:
                options = self._options(given.entries[how], question.options, question.id, ordered=False)
                included = (Includes(question.id, option) for option in options)
                tests = tuple(test if wanted else self._negate(test) for test in included)
                parts.append(tests[0] if len(tests) == 1 else (Any(tests) if wanted else All(tests)))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _found(self, finding: Finding, node: Node, key: Scalar) -> Condition:
        self._scope(finding.of, finding.name, key)
        values = tuple(finding.values)
        if isinstance(node, Mapping) and finding.kind == "level":
            given = fields(node, (), ("at_least", "at_most"), self.problems, f"{self.name}: {finding.name}")
            tests: list[Condition] = []
            for how in ("at_least", "at_most"):
                if how in given.entries:
                    value = self._check(text_of(given, how, self.problems, self.name), values, given)
                    tests.append(Found(finding.name, value, "at_least" if how == "at_least" else "at_most"))
            return tests[0] if len(tests) == 1 else All(tuple(tests))
        tests = [Found(finding.name, value) for value in self._values(finding, node)]
        return tests[0] if len(tests) == 1 else Any(tuple(tests))

    def _values(self, finding: Finding, node: Node) -> list[str]:
        """The values meant: by name, or all that have an attribute (`severity: grave`)."""
        if not isinstance(node, Mapping):
            return [self._check(word, tuple(finding.values), node) for word in words(node, self.problems, self.name)]
        given = fields(node, (), tuple(finding.attributes), self.problems, f"{self.name}: {finding.name}")
        wanted = {
            attribute: [
                self._check(word, finding.attributes[attribute], value) for word in words(value, self.problems, self.name)
            ]
            for attribute, value in given.entries.items()
        }
        return [v.name for v in finding.values.values() if all(v.attributes[a] in allowed for a, allowed in wanted.items())]

    def _check(self, word: str, allowed: tuple[str, ...], node: Node) -> str:
        if word not in allowed:
            self._add("unknown-value", node, found=word, allowed=allowed)
        return word

    def _options(self, node: Node, allowed: tuple[str, ...], question: str, *, ordered: bool) -> tuple[str, ...]:
        about = f"{self.name}: {question}"
        if not isinstance(node, Mapping):
            given = words(node, self.problems, about)
            for word in given:
                self._check(word, allowed, node)
            return tuple(option for option in allowed if option in given)
        bounds = fields(node, (), ("at_least", "at_most") if ordered else (), self.problems, about)
        low, high = 0, len(allowed) - 1
        for how in bounds.entries:
            word = self._check(text_of(bounds, how, self.problems, about), allowed, bounds)
            if word in allowed and how == "at_least":
                low = allowed.index(word)
            elif word in allowed and how == "at_most":
                high = allowed.index(word)
        return allowed[low : high + 1]

    def _negate(self, condition: Condition) -> Condition:
        """The opposite: on answers, answered otherwise; on what is concluded, not concluded."""
        match condition:
            case Answered(question, options):
                every = self.vocabulary.questions[question].options
                return Answered(question, tuple(o for o in every if o not in options))
            case Includes(question, option, True):
                return self._left_out(question, option)
            case Includes(question, option):
                return Includes(question, option)
            case Known(question, wanted):
                return Known(question, not wanted)
            case All(conditions):
                return Any(tuple(self._negate(c) for c in conditions))
            case Any(conditions):
                return All(tuple(self._negate(c) for c in conditions))
            case Found() | Partners() | Count() | PartnerCount():
                return Not(condition)
            case Not(inner):
                return inner
            case Always():
                return Any(())

    def _left_out(self, question: str, option: str) -> Condition:
        """An option is known not to hold: it is not in the list, and that is all there is."""
        without = Includes(question, option, wanted=False)
        if option in (NONE, THAT_IS_ALL):
            return without
        closing = (close for close in (NONE, THAT_IS_ALL) if close in self.vocabulary.questions[question].options)
        return All((without, Any(tuple(Includes(question, close) for close in closing))))

    def _unless(self, condition: Condition) -> Condition:
        """Not known to hold: on answers, no answer counts too, and an option that is not in the list."""
        match condition:
            case Includes(question, option, True):
                return Any((Known(question, wanted=False), Includes(question, option, wanted=False)))
            case Answered(question) | Includes(question):
                return Any((Known(question, wanted=False), self._negate(condition)))
            case All(conditions):
                return Any(tuple(self._unless(c) for c in conditions))
            case Any(conditions):
                return All(tuple(self._unless(c) for c in conditions))
            case _:
                return self._negate(condition)


def read_rules(nodes: Sequence, topic: str, vocabulary: Vocabulary, problems: Problems) -> list[Rule]:
    """The rules of one topic file; whatever is wrong with them is noted in `problems`."""
    return [_read_rule(node, family, topic, vocabulary, problems) for node, family in members(nodes, vocabulary, problems)]


def _read_rule(node: Node, family: str, topic: str, vocabulary: Vocabulary, problems: Problems) -> Rule:
    rule = fields(node, ("id", "when", "then", "because", "source"), ("for",), problems, "rule")
    name = text_of(rule, "id", problems, "rule", "?")
    scope = text_of(rule, "for", problems, name)
    if scope not in ("", "each-partner"):
        problems.add("unknown-value", rule.line_of("for"), about=name, found=scope, allowed=("each-partner",))
    about: Scope = "partner" if scope else "agency"
    because = text_of(rule, "because", problems, name)
    for blank in _BLANKS.findall(because):
        if blank.strip("{} ") != "partner" or about == "agency":
            problems.add("unknown-blank", rule.line_of("because"), about=name, found=blank, allowed=("{{ partner }}",))
    if "because" in rule.entries and not because.strip():
        problems.add("empty-key", rule.line_of("because"), about=name, found="because")
    sources = words(rule.entries["source"], problems, name) if "source" in rule.entries else ()
    if "source" in rule.entries and not sources:
        problems.add("empty-key", rule.line_of("source"), about=name, found="source")
    return Rule(
        id=name,
        topic=topic,
        about=about,
        when=ConditionReader(vocabulary, problems, name, about).read(rule.entries.get("when")),
        conclusions=_conclusions(rule.entries.get("then"), name, about, vocabulary, problems),
        because=because,
        sources=sources,
        file=problems.file,
        line=rule.line,
        family=family,
    )


def _conclusions(
    node: Node | None, name: str, about: Scope, vocabulary: Vocabulary, problems: Problems
) -> tuple[tuple[str, str], ...]:
    if not isinstance(node, Mapping) or not node.entries:
        problems.add("conclusions-expected", node.line if node else 0, about=name)
        return ()
    report: Callable[..., None] = problems.add
    found: list[tuple[str, str]] = []
    for key, value in node.entries.items():
        finding = vocabulary.findings.get(key)
        if finding is None:
            report("unknown-finding", node.line_of(key), about=name, found=key, allowed=vocabulary.findings)
            continue
        if finding.of == "partner" and about == "agency":
            report("partner-conclusion", node.line_of(key), about=name, found=key)
        for word in words(value, problems, f"{name}: {key}"):
            if word not in finding.values:
                report("unknown-value", value.line, about=f"{name}: {key}", found=word, allowed=finding.values)
            found.append((key, word))
    return tuple(found)
