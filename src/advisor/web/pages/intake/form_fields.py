"""Reads what a form of questions was given, by the same rules as a case file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from advisor.io.case_reader import read_answer
from advisor.io.document import Value
from advisor.model.case import FREE_WORDS, MAX_WORDS
from advisor.model.problems import Problem, Problems
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question
from advisor.web.pages.fields import text, texts
from advisor.web.pages.intake.case_fields import NOTE, WORDS, note_field

Options = tuple[str, ...]
ASKED = "asked"  # the hidden field that names each question a form asks: one left blank sends nothing else


@dataclass(frozen=True, slots=True)
class FormContent:
    """What a form said, by field: `typed` as it was sent, `answers` as it counts (none: not known), and what is wrong.

    Notes and free words stand among the answers under the names of their own fields.
    """

    typed: Mapping[str, Options]
    answers: Mapping[str, Options]
    wrong: Mapping[str, Problem]
    questions: tuple[str, ...] = ()


def read_answers(posted: FormData, questions: Iterable[Question], prefix: str = "") -> FormContent:
    """The answers to those of the questions that the form asked. What else it holds is left alone.

    On a page about several partners a `prefix` tells their fields apart.
    """
    asked = set(texts(posted, ASKED))
    typed: dict[str, Options] = {}
    answers: dict[str, Options] = {}
    wrong: dict[str, Problem] = {}
    for question in questions:
        if prefix + question.id not in asked:
            continue
        given = tuple(value for value in texts(posted, prefix + question.id) if value)
        if given == (THAT_IS_ALL,) and NONE in question.options:
            given = (NONE,)  # that nothing was ticked is all
        typed[question.id] = given
        problems = Problems("")
        found = read_answer(_value(given, question), question, "", (), problems) if given else ()
        if problems.found:
            wrong[question.id] = problems.found[0]
        else:
            answers[question.id] = found
        for option in ("", *question.options):
            name = note_field(question.id, option)
            if prefix + name in posted:
                typed[name], answers[name], problem = _said(posted, prefix + name)
                if problem:
                    wrong[name] = problem
                if option and option not in given:  # what is not ticked has no reason
                    answers[name] = ()
    return FormContent(typed, answers, wrong, tuple(name for name in typed if not name.startswith(NOTE)))


def read_words(posted: FormData) -> FormContent:
    """The free words that a form holds."""
    found = {name: _said(posted, name) for word in FREE_WORDS if (name := WORDS + word) in posted}
    return FormContent(
        {name: typed for name, (typed, _, _) in found.items()},
        {name: counted for name, (_, counted, _) in found.items()},
        {name: problem for name, (_, _, problem) in found.items() if problem},
    )


def _said(posted: FormData, name: str) -> tuple[Options, Options, Problem | None]:
    """A text in free words as it was typed, as it counts (on one line), and what is wrong with it."""
    typed = text(posted, name)
    said = " ".join(typed.split())
    problem = None
    if len(said) > MAX_WORDS:
        problem = Problem("", 0, "words-too-long", found=str(len(said)), allowed=(str(MAX_WORDS),))
    return (typed,) if typed else (), (said,) if said else (), problem


def number(posted: FormData, name: str) -> int:
    """The whole number sent under a name; 0 where there is none."""
    return whole(text(posted, name))


def whole(sent: str) -> int:
    """A text as a whole number from 1; 0 where it is none, or one that nothing here reaches."""
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0


def _value(given: Options, question: Question) -> Value:
    return given[0] if len(given) == 1 and question.kind != "several" else list(given)
