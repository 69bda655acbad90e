"""How the advisor speaks: short sentences that a director can say aloud, and no words that say nothing.

A check finds suspects; a person who knows the field reads the rest.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from pyphen import Pyphen

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Action, Advice, Precondition
from advisor.model.wording import Wording
from advisor.service import Service
from support.sampling import sampled

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
MOST_WORDS = 25  # in a sentence
MOST_HELP = 45  # words in the help of a question
PHRASE = 6  # words below which a text is a name and no sentence, and has no reading grade
EMPTY = [
    *("leverage", "synergy", "utilize", "holistic", "robust", "empower", "buy-in", "impactful", "actionable", "learnings"),
    *("touchpoint", "going forward", "best-in-class", "and/or", "machinery", "anchored", "turf", "paradigm"),
]
PARTS = Pyphen(lang="en_US")


def grade(sentence: str) -> float:
    """The US school grade that a sentence asks for, by Flesch and Kincaid."""
    words = re.findall(r"[A-Za-z']+", sentence)
    syllables = sum(len(PARTS.inserted(word).split("-")) for word in words)
    return 0.39 * len(words) + 11.8 * syllables / len(words) - 15.59


def sentences(text: str) -> list[str]:
    """The sentences of a text, a partner in each blank."""
    filled = re.sub(r"\{\{.*?\}\}", "Harbor House", text)
    return [each for each in re.split(r"(?<=[.?!:;])\s+", filled) if re.search("[A-Za-z]", each)]


def spoken(wording: Wording) -> Iterator[tuple[str, str]]:
    """Every text of a question or finding, with where it belongs."""
    for name, question in wording.questions.items():
        yield name, question.ask
        yield name, question.help
        yield name, question.why
        for option in question.options.values():
            yield name, option
    for finding, values in wording.findings.items():
        for value, words in values.items():
            for text in (words.title, words.text, words.done, words.until):
                yield f"{finding}={value}", text


def test_sentences_are_short(wording: Wording) -> None:
    long = [f"{name}: {each}" for name, text in spoken(wording) for each in sentences(text) if len(each.split()) > MOST_WORDS]
    assert not long, "\n".join(long)


def test_a_questions_help_is_short(wording: Wording) -> None:
    assert not [name for name, question in wording.questions.items() if len(question.help.split()) > MOST_HELP]


def test_no_word_says_nothing(wording: Wording) -> None:
    empty = re.compile(rf"\b({'|'.join(map(re.escape, EMPTY))})\b", re.IGNORECASE)
    assert not [f"{name}: {text}" for name, text in spoken(wording) if empty.search(text)]


def _told(advice: Advice) -> Iterator[str]:
    """The headlines, conditions, cautions and actions of an advice, a sentence each."""
    for item in (*advice.proposal, *advice.conditions, *advice.cautions, *advice.actions):
        yield from sentences(item.title)
        yield from sentences(item.text)
        if isinstance(item, Precondition | Action):
            yield from sentences(item.done)


@pytest.mark.parametrize("path", sampled(EXAMPLES), ids=lambda path: path.stem)
def test_the_advice_of_an_example_can_be_said_aloud(path: Path, loaded: Loaded) -> None:
    advice = Service(loaded, ChainEngine(loaded.cache)).assess(read_case(path, loaded.rulebook.vocabulary))
    said = [each for each in _told(advice) if len(each.split()) >= PHRASE]
    grades = [grade(each) for each in said]
    assert median(grades) <= 9
    hard = [each for each, found in zip(said, grades, strict=True) if found > 12]
    assert not hard, "\n".join(hard)
    named = {partner.name for partner in advice.partners}
    assert not named or any(name in text for name in named for text in _reasons(advice))


def _reasons(advice: Advice) -> Iterator[str]:
    for firings in advice.justification.values():
        for firing in firings:
            yield firing.because
