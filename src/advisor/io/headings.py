"""What the columns of a sheet are about: a heading names a question by its id or by its words, in any case.

Accents of punctuation do not count: `wanted.aim`, `WANTED_AIM` and `Wanted aim` are one. A question that takes several answers
may have a column an answer, `wanted.obstacle=waiting` or `What stands in the way? [Waiting lists]`, or several columns with one
heading. What is about a partner has its number, `partner.trust@1` or `Partner 1: How much do you trust it?`. What is said in
free words is `words.agency`, a note to an answer `notes.wanted.aim`, `notes.wanted.obstacle=waiting` or `notes.partner.trust@1`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from advisor.io.sheet import Content
from advisor.model.case import FREE_WORDS
from advisor.model.vocabulary import Question, Vocabulary
from advisor.model.wording import Wording

NAME, CASE, PARTNER = "name", "case", "partner"  # headings that are no question
TextKind = Literal["words", "notes"]
WORDS: TextKind = "words"
NOTES: TextKind = "notes"
_LONGEST = 1000  # characters; what is longer is no heading and no answer
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class ColumnHeading:
    """What a column is about: a question, or one option of it; `question` may be `NAME`.

    Where it holds texts, `text` tells which: free words (`question` is their name), or notes to answers.
    `partner` is 0 for the agency, a partner's number, or None where a partner is meant and its number is not told. Where a
    partner stands on a row of its own, `CASE` is the column that names its case.
    """

    question: str
    option: str = ""
    partner: int | None = 0
    text: TextKind | None = None

    @property
    def asks(self) -> bool:
        """Whether its cells are answers."""
        return self.question not in (NAME, CASE) and self.text is None


def key_of(text: str) -> str:
    """What two spellings of a heading or an answer share: their words in small letters."""
    if len(text) > _LONGEST:
        return ""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


class Headings:
    """The headings that a rulebook's questions can have, in the words of a language."""

    def __init__(self, vocabulary: Vocabulary, wording: Wording) -> None:
        self.vocabulary, self.wording = vocabulary, wording
        say = wording.documents["spreadsheet"]
        self._partner = {PARTNER, key_of(say["partner"])}
        self._names = {NAME, *_synonyms(say["name-headings"])}
        self._cases = {CASE, *_synonyms(say["case-headings"])}
        self._known = self._questions()
        joined = "|".join(map(re.escape, sorted(self._partner)))
        self._before = re.compile(rf"(?:{joined}) (\d{{1,3}})(?: (.+))?")
        self._after = re.compile(rf"(.+?)(?: (?:{joined}))? (\d{{1,3}})")

    def _questions(self) -> Mapping[str, ColumnHeading]:
        found: dict[str, ColumnHeading] = {}
        questions = self.vocabulary.questions.values()
        for spelled in (lambda q: q.id, lambda q: self.wording.asked(q.id)):
            for question in questions:
                found.setdefault(key_of(spelled(question)), _whole(question))
        for question in questions:
            for option in question.options if question.kind == "several" else ():
                for asked in (question.id, self.wording.asked(question.id)):
                    for said in (option, self.wording.option(question.id, option)):
                        found.setdefault(key_of(f"{asked} {said}"), replace(_whole(question), option=option))
        words, note = (self.wording.documents["spreadsheet"][each] for each in ("words", "note"))
        for name in FREE_WORDS:
            asked = self.wording.phrases["free-words"][name]
            for said in (f"{WORDS} {name}", f"{words} {asked}", asked):  # some are asked as a question is
                found.setdefault(key_of(said), ColumnHeading(name, text=WORDS))
        for question in questions:
            for option in ("", *question.options):
                noted = replace(_whole(question), option=option, text=NOTES)
                about = self.wording.option(question.id, option) if option else ""
                for said in (f"{NOTES} {question.id} {option}", f"{note} {self.wording.asked(question.id)} {about}"):
                    found.setdefault(key_of(said), noted)
        return found

    def find(self, cell: Content) -> ColumnHeading | None:
        """What a column with this heading is about; None where it is no heading of ours."""
        key = key_of(cell) if isinstance(cell, str) else ""
        if not key:
            return None
        if key in self._cases:
            return ColumnHeading(CASE)
        if key in self._names:
            return ColumnHeading(NAME)
        if key in self._partner:
            return ColumnHeading(NAME, partner=None)
        if found := self._known.get(key):
            return found
        if told := self._before.fullmatch(key):
            return self._numbered(told[2] or NAME, int(told[1]))
        if told := self._after.fullmatch(key):
            return self._numbered(told[1], int(told[2]))
        return None

    def _numbered(self, rest: str, number: int) -> ColumnHeading | None:
        """What a heading with a number is about: a partner, or one of several columns for answers to one question."""
        if rest in self._names:
            return ColumnHeading(NAME, partner=number)
        found = self._known.get(rest) or self._known.get(f"{PARTNER} {rest}")
        if found is None:
            return None
        if found.partner is None:
            return replace(found, partner=number)
        if found.text:
            return None
        several = self.vocabulary.questions[found.question].kind == "several"
        return found if several and not found.option else replace(found, partner=number)

    def spellings(self) -> Iterable[str]:
        """What a heading can be called, for the nearest to one that is none."""
        yield from (question.id for question in self.vocabulary.questions.values())
        yield from (f"{WORDS}.{name}" for name in FREE_WORDS)
        yield from (f"{NOTES}.{question.id}" for question in self.vocabulary.questions.values())


def _whole(question: Question) -> ColumnHeading:
    return ColumnHeading(question.id, partner=0 if question.asked == "agency" else None)


def _synonyms(listed: str) -> set[str]:
    return {key_of(each) for each in listed.split(",")}
