"""What the text in a cell answers: options by id or by their words, in any case, and the many ways to write yes and no.

The text becomes what a case file would say, and is then checked as that is, with the same problems.
"""

import re

from advisor.io.case_reader import read_answer
from advisor.io.document import Bare, Value
from advisor.io.headings import key_of
from advisor.io.workbook import NOT_AVAILABLE
from advisor.model.problems import Pointer, Problems
from advisor.model.references import AnswerRef
from advisor.model.vocabulary import BOOLEAN, UNKNOWN, YES_NO, Question, Vocabulary
from advisor.model.wording import Wording

_BETWEEN = re.compile(r"[+;,|/\n\r]+")
_MARKS = {text.lower(): option for text, option in BOOLEAN.items()} | {"1": "yes", "0": "no", "x": "yes"}
_TOKENS = 200  # pieces that one cell falls into
_LONGEST = 8  # pieces that the words of one option fall into


class CellAnswers:
    """Reads cells in the words of a language.

    Where `ids_first`, a text that is an option's id is that option, whatever words another has: a program wrote it.
    """

    def __init__(self, vocabulary: Vocabulary, wording: Wording, *, ids_first: bool = False) -> None:
        self.vocabulary, self.wording, self.ids_first = vocabulary, wording, ids_first
        say = wording.documents["spreadsheet"]
        self._open = {UNKNOWN, *(key_of(each) for each in say["means-not-known"].split(",")), key_of(NOT_AVAILABLE)}
        self._marks = dict(_MARKS)  # what programs write, whatever the language
        self._marks |= {
            key_of(each) or each.strip(): option
            for option in YES_NO
            for each in say[f"means-{option}"].split(",")
            if each.strip()
        }
        self._known: dict[str, dict[str, str]] = {}

    def says_nothing(self, text: str, question: Question | None = None) -> bool:
        """Whether a cell says that something is not known, or nothing at all."""
        if question is not None and text in question.options:
            return False
        key = key_of(text)
        return key in self._open if key else not self._marked(text)

    def _marked(self, text: str) -> str:
        return self._marks.get(key_of(text) or text, "")

    def read(self, text: str, question: Question, path: Pointer, problems: Problems) -> tuple[str, ...]:
        """The options that a cell names; empty for "not known" and where a problem was noted."""
        if between := self._ambiguous(text, question):
            problems.add("ambiguous-answer", path, about=question.id, found=text, allowed=between)
            return ()
        return read_answer(self._value(text, question), question, "", path, problems)

    def _ambiguous(self, text: str, question: Question) -> tuple[str, ...]:
        """The words of two options that a text can mean: the one by its id, the other by its words."""
        if self.ids_first and text in question.options:
            return ()
        key = key_of(self._marked(text) or text)
        meant = [o for o in question.options if key in (key_of(o), key_of(self.wording.option(question.id, o)))]
        if len(meant) < 2 or text in (self.wording.option(question.id, option) for option in meant):
            return ()
        return tuple(self.wording.option(question.id, option) for option in meant)

    def mark(self, text: str, option: str, question: Question, path: Pointer, problems: Problems) -> tuple[str, ...]:
        """The option of a column that has one, where the cell says yes, or names it; empty for no."""
        said = self._marked(text)
        if said == YES_NO[0] or self._options(question).get(key_of(text)) == option:
            return (option,)
        if not said:
            problems.add("mark-expected", path, about=str(AnswerRef(question.id, (option,))), found=text)
        return ()

    def _value(self, text: str, question: Question) -> Value:
        options = self._options(question)
        if whole := self._one(text, question, options):
            return [Bare(whole)] if question.kind == "several" else Bare(whole)
        pieces = [piece for piece in (each.strip() for each in _BETWEEN.split(text)) if piece]
        if len(pieces) > 1 and len(pieces) <= _TOKENS:
            named = self._named(pieces, question, options)
            if question.kind == "several" or all(each in question.options for each in named):
                return [*map(Bare, named)]
        return [Bare(text)] if question.kind == "several" else Bare(text)

    def _named(self, pieces: list[str], question: Question, options: dict[str, str]) -> list[str]:
        """The options that pieces name, the longest first: the words of an option may hold commas."""
        found: list[str] = []
        while pieces:
            sizes = range(min(len(pieces), _LONGEST), 0, -1)
            size, option = next(
                ((size, one) for size in sizes if (one := self._one(" ".join(pieces[:size]), question, options))), (1, pieces[0])
            )
            found.append(option)
            pieces = pieces[size:]
        return found

    def _one(self, text: str, question: Question, options: dict[str, str]) -> str:
        """The option that a text names; "" where it names none."""
        if self.ids_first and text in question.options:
            return text
        said = self._marked(text)
        return options.get(key_of(text), "") or (said if said in question.options else "")

    def _options(self, question: Question) -> dict[str, str]:
        """The options by what they can be called; words go before ids, since a form shows words."""
        known = self._known.get(question.id)
        if known is None:
            known = {key_of(self.wording.option(question.id, option)): option for option in question.options}
            for option in question.options:
                known.setdefault(key_of(option), option)
            self._known[question.id] = known
        return known
