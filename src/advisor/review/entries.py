"""What stands on the page of all words: questions, conclusions of the rules, and every other text, with what belongs to each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.analysis.smallest_cases import Pair
from advisor.explain.reference_wording import in_words
from advisor.loading import Loaded
from advisor.model.advice_parts import GROUNDS, PARTS
from advisor.model.conditions import questions_in
from advisor.model.references import ConclusionRef
from advisor.model.rulebook import Rule, Source
from advisor.model.vocabulary import Finding, Question
from advisor.model.wording import ValueWording
from advisor.render.intake_listing import condition_said
from advisor.render.template_wording import TemplateWording
from advisor.review.baseline import Baseline, Change
from advisor.review.cases import ShowingCase
from advisor.review.texts import FINDINGS, QUESTIONS, REASONS, PlacedText, Ref, key_of, keys_in

FEW = 6  # conclusions of a part that are named
BETWEEN = "between"  # findings that play no part in the advice: rules rest on them
ERRORS = "errors"
_OF_ERRORS = ("problems", "http-errors")  # groups of phrases


@dataclass(frozen=True, slots=True)
class ConclusionLink:
    """A conclusion as it is called, and where it stands on the page."""

    ref: str
    title: str


@dataclass(frozen=True, slots=True)
class PartTurned:
    """How many of the `of` conclusions of a part of the advice something can turn; `named` where they are few."""

    number: int
    of: int
    named: tuple[ConclusionLink, ...]


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A question as it is put, when it is asked, and what its answers can turn, by the part that plays in advice.

    `turns` is what the rules that test it conclude, and `further` what those conclusions and others can turn in their
    turn. `opens` are the ids of questions that are asked only after certain answers to this one.
    """

    question: Question
    ask: str
    help: str
    why: str
    options: tuple[str, ...]
    when: str
    turns: Mapping[str, tuple[ConclusionLink, ...]]
    further: Mapping[str, PartTurned]
    opens: tuple[str, ...]
    is_new: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule's reason, and the sources that it rests on."""

    rule: str
    because: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ConclusionEntry:
    """Something that rules conclude, as a reader sees it, with the rules that do and a case that shows it.

    `told` is what else a reader sees, in words: what is asked, how grave it is, who does it, by when.
    """

    ref: str
    part: str
    topic: str
    title: str
    words: ValueWording
    told: tuple[str, ...]
    rules: tuple[RuleEntry, ...]
    shown: ShowingCase | None
    is_new: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class TextEntry:
    """Any other text: of a source, a page, a document, a message, an error or the help."""

    kind: str
    group: str
    text: PlacedText
    is_new: bool
    changes: tuple[Change, ...]


class Entries:
    """The entries of a rulebook with its words.

    `cases` show conclusions, `turned` are the conclusions that each question can turn, and `before` tells what is new.
    """

    def __init__(
        self,
        loaded: Loaded,
        texts: Mapping[Ref, PlacedText],
        cases: Mapping[Pair, ShowingCase],
        turned: Mapping[str, Sequence[Pair]],
        before: Baseline | None = None,
    ) -> None:
        self.rulebook, self.wording, self.vocabulary = loaded.rulebook, loaded.wording, loaded.rulebook.vocabulary
        self.texts, self.cases, self.turned, self.before = texts, cases, turned, before
        self._words = TemplateWording(loaded.wording, loaded.wording.documents)
        self._below: dict[Ref, list[PlacedText]] = {}
        for text in texts.values():
            self._below.setdefault((text.kind, _owner(text)), []).append(text)
        self._giving: dict[Pair, list[Rule]] = {}
        for rule in self.rulebook.rules.values():
            for pair in rule.conclusions:
                self._giving.setdefault(pair, []).append(rule)
        self._in_part = Counter(self._part(finding) for finding, _ in self._giving)

    def questions(self) -> Iterator[QuestionEntry]:
        """The questions in intake order."""
        testing: dict[str, dict[Pair, None]] = {}
        for rule in self.rulebook.rules.values():
            for tested in questions_in(rule.when):
                testing.setdefault(tested, {}).update(dict.fromkeys(rule.conclusions))
        for question in self.vocabulary.questions.values():
            said, name = self.wording.questions[question.id], question.id
            when = condition_said(question.when, self.wording.phrases["interview"], self._named) if question.conditional else ""
            opens = tuple(other for other, asked in self.vocabulary.conditional.items() if name in questions_in(asked.when))
            options = tuple(self.wording.option(name, option) for option in question.options)
            direct = testing.get(name, {})
            turns = {part: tuple(map(self._link, pairs)) for part, pairs in self._by_part(direct).items()}
            further = self._further(pair for pair in self.turned.get(name, ()) if pair in self._giving and pair not in direct)
            own = self._below.get((QUESTIONS, name), ())
            yield QuestionEntry(
                question, said.ask, said.help, said.why, options, when, turns, further, opens, *self._changed(own)
            )

    def _further(self, pairs: Iterable[Pair]) -> dict[str, PartTurned]:
        """How much of each part these are."""
        found = self._by_part(pairs)
        return {
            part: PartTurned(len(own), self._in_part[part], tuple(map(self._link, own)) if len(own) <= FEW else ())
            for part, own in found.items()
        }

    def _named(self, question: str, option: str) -> str:
        """A question, or an option of it, in quotes."""
        text = self.wording.option(question, option) if option else self.wording.asked(question)
        return self._words.word("review.quoted", said=text)

    def _link(self, pair: Pair) -> ConclusionLink:
        return ConclusionLink(_ref(*pair), self._title(*pair))

    def _by_part(self, pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
        found: dict[str, list[Pair]] = {}
        for pair in pairs:
            found.setdefault(self._part(pair[0]), []).append(pair)
        order = (*PARTS, BETWEEN)
        return {part: found[part] for part in sorted(found, key=order.index)}

    def conclusions(self) -> Iterator[ConclusionEntry]:
        """What rules conclude, part after part of the advice, each as declared; then what they only rest on."""
        findings = self.vocabulary.findings
        part_of = {name: part for name, part in self.vocabulary.advice_parts.part_of.items() if name in findings}
        order = (*PARTS, BETWEEN)
        for finding in sorted(findings.values(), key=lambda each: order.index(part_of.get(each.name, BETWEEN))):
            for value in finding.values:
                if rules := self._giving.get((finding.name, value)):
                    yield self._conclusion(finding, value, rules)

    def _conclusion(self, finding: Finding, value: str, rules: list[Rule]) -> ConclusionEntry:
        words = self.wording.value(finding.worded_as, value) if finding.worded_as else ValueWording("")
        attributes = finding.values[value].attributes
        told = (self.wording.phrases.get(name, {}).get(word, "") for name, word in attributes.items())
        asked = self._asked(finding, value)
        own = list(self._below.get((FINDINGS, f"{finding.worded_as}: {value}"), ()))
        own += [self.texts[REASONS, rule.id] for rule in rules if (REASONS, rule.id) in self.texts]
        return ConclusionEntry(
            _ref(finding.name, value),
            self._part(finding.name),
            rules[0].topic,
            self._title(finding.name, value),
            words,
            tuple(text for text in (asked, *told) if text),
            tuple(
                RuleEntry(each.id, each.because, tuple(self.rulebook.sources[name] for name in each.sources)) for each in rules
            ),
            self.cases.get((finding.name, value)),
            *self._changed(own),
        )

    def _asked(self, finding: Finding, value: str) -> str:
        """The thing on the table that a conclusion is an answer to, as the form puts it."""
        proposal = self.vocabulary.questions.get(self.vocabulary.advice_parts.proposal)
        given = value if self._part(finding.name) in GROUNDS else finding.values[value].attributes.get("to", "")
        return self.wording.option(proposal.id, given) if proposal and given in proposal.options else ""

    def _part(self, finding: str) -> str:
        return self.vocabulary.advice_parts.part_of.get(finding, BETWEEN)

    def _title(self, finding: str, value: str) -> str:
        known = self.vocabulary.findings[finding]
        if finding == known.worded_as:
            return self.wording.title(finding, value)
        name = self._words.word("review.any-partner") if known.of == "partner" else None
        return in_words(ConclusionRef(finding, value, name), self.wording, self.vocabulary)

    def others(self) -> Iterator[TextEntry]:
        """Every text beside those of questions, findings and rules, as they stand in the files."""
        for text in self.texts.values():
            if text.kind not in (QUESTIONS, FINDINGS, REASONS):
                kind = ERRORS if text.file.stem in _OF_ERRORS else text.kind
                yield TextEntry(kind, text.file.stem, text, *self._changed([text]))

    def _changed(self, texts: Iterable[PlacedText]) -> tuple[bool, tuple[Change, ...]]:
        """Whether none of these texts was there before, and which are other than they were."""
        if self.before is None:
            return False, ()
        texts = list(texts)
        changes = self.before.changes(texts)
        return bool(texts) and not any(text.ref in self.before.said for text in texts), changes


def _ref(finding: str, value: str) -> str:
    return str(ConclusionRef(finding, value))


def _owner(text: PlacedText) -> str:
    """The key of the question or the value that a text belongs to."""
    keys = keys_in(text.key)
    return keys[0] if text.kind == QUESTIONS else key_of(keys[:2])
