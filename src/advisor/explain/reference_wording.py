"""A conclusion, or a test on an answer, in the words of a language."""

from advisor.model.references import AnswerRef, ConclusionRef
from advisor.model.sentence import sentence
from advisor.model.vocabulary import UNKNOWN, Vocabulary
from advisor.model.wording import Wording


def in_words(ref: ConclusionRef | AnswerRef, wording: Wording, vocabulary: Vocabulary) -> str:
    """What a reference refers to, in words; as it is spelled where it has no wording."""
    if isinstance(ref, AnswerRef):
        return _answer(ref, wording)
    finding, partner = vocabulary.findings[ref.finding], ref.partner or ""
    title = wording.title(finding.worded_as, ref.value) if finding.worded_as else wording.asked(ref.value)
    phrase = wording.phrases["conclusions"].get(ref.finding)
    return sentence(phrase, value=title, partner=partner) if phrase else str(ref)


def _answer(ref: AnswerRef, wording: Wording) -> str:
    options = " / ".join(wording.option(ref.question, option) for option in ref.options if option != UNKNOWN)
    if options and not ref.wanted:
        options = sentence(wording.phrases["why"]["none-of"], options=options)
    return f"{wording.asked(ref.question)} {options}" + (f" ({ref.partner})" if ref.partner else "")
