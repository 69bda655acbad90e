"""Puts the values of comparisons, sensitivity and roadmaps into words, for templates and pictures."""

from collections.abc import Mapping, Sequence

from advisor.analysis.sensitivity import AdviceConclusion
from advisor.explain.reference_wording import in_words
from advisor.loading import Loaded
from advisor.model.references import AnswerRef, ConclusionRef
from advisor.model.scenario import AnswerChange
from advisor.model.sentence import sentence

BAR = 12  # letters in the longest bar


class Speech:
    """The words of one language for answers, changes and conclusions."""

    def __init__(self, loaded: Loaded) -> None:
        self.wording, self.vocabulary = loaded.wording, loaded.rulebook.vocabulary
        self.phrases: Mapping[str, str] = loaded.wording.phrases["scenarios"]

    def say(self, phrase: str, **values: object) -> str:
        """A phrase of `scenarios.yaml` with its blanks filled in."""
        return sentence(self.phrases[phrase], **values)

    def ask(self, question: str, partner: str | None = None) -> str:
        """A question as it is put, with the partner it is about."""
        asked = self.wording.asked(question)
        return f"{asked} ({partner})" if partner else asked

    def answer(self, question: str, options: Sequence[str] | None) -> str:
        """An answer in words; None is a side that has not got the partner."""
        if options is None:
            return self.phrases["not-there"]
        return "; ".join(self.wording.option(question, option) for option in options) or self.phrases["no-answer"]

    def change(self, change: AnswerChange) -> str:
        """A change by the names a case file uses, since words for both answers would be too long for a list."""
        owner = f"{change.partner}: " if change.partner else ""
        was, now = (", ".join(options) or self.phrases["no-answer"] for options in (change.was, change.now))
        return f"{owner}{change.question} {self.say('flip', was=was, now=now)}"

    def turn(self, question: str, was: Sequence[str], now: Sequence[str]) -> str:
        """What an answer becomes; of several options only those that are put in or taken out."""
        known = self.vocabulary.questions.get(question)
        if known is None or known.kind != "several" or not was:
            return self.answer(question, now)
        kinds = (("with", [o for o in now if o not in was]), ("without", [o for o in was if o not in now]))
        return "; ".join(self.say(phrase, what=self.answer(question, options)) for phrase, options in kinds if options)

    @property
    def nothing(self) -> str:
        """What stands where there is nothing."""
        return self.phrases["absent"]

    def level(self, step: str | None) -> str:
        """A dimension in words."""
        return self.value(self.vocabulary.advice_parts.recommended, step) if step else self.nothing

    def outcome(self, outcome: AdviceConclusion) -> str:
        """A conclusion in words."""
        if outcome.value is None:
            return self.say("gate-stopped")
        return self.said(ConclusionRef(outcome.finding, outcome.value, outcome.partner))

    def said(self, ref: ConclusionRef | AnswerRef) -> str:
        """What a reference refers to, in words."""
        return in_words(ref, self.wording, self.vocabulary)

    def value(self, finding: str, value: str) -> str:
        """What a value of a finding is called."""
        known = self.vocabulary.findings[finding]
        return self.wording.title(known.worded_as, value) if known.worded_as else value

    def ended(self, outcomes: Sequence[AdviceConclusion]) -> str:
        """Conclusions that nothing takes the place of, in one phrase."""
        values = [self.value(o.finding, o.value) for o in outcomes if o.value is not None]
        return self.say("falls-away", what=", ".join(values))

    def bar(self, count: int, most: int, letter: str) -> str:
        """A bar of letters with its number, as long against the longest as the count is."""
        return f"{letter * -(-count * BAR // max(most, 1))} {count}".strip()

    def kind(self, finding: str) -> str:
        """What a finding's values are, as a heading says it; its name where the wording has none."""
        part = self.vocabulary.advice_parts.part_of.get(finding, finding)
        return self.phrases.get(part, finding)
