"""The words of one language: what is asked, what findings are called, how problems and reports read.

Everything comes from `prompts/<language>/`. Sentences are Jinja2 templates, rendered in a sandbox; markup is elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.model.grammar import Grammar
from advisor.model.sentence import first_words, lower_first, sentence

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class ValueWording:
    """What something is called, and what else there is to say of it.

    `done` says when it is done, and `until`, as part of a sentence, what has to be the case before anything else.
    """

    title: str
    text: str = ""
    done: str = ""
    until: str = ""


@dataclass(frozen=True)
class QuestionWording:
    """A question as it is put: the question, how to answer it, why it is asked, each option, and what its notes are for.

    `note` is empty where a note says what makes somebody say so. `statement` says of one option what choosing it says: what
    asks among the answers to another question is then put of each of these by itself.
    """

    ask: str
    help: str = ""
    why: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    statement: str = ""


@dataclass(frozen=True)
class Wording:
    """All words of a language.

    `phrases` are single sentences and labels by group and key; `documents` and `pages` are those that only these use.
    `sha256` is over everything that is said in advice: these words, the rules' reasons, what the sources say.
    """

    language: str
    questions: Mapping[str, QuestionWording]
    findings: Mapping[str, Mapping[str, ValueWording]]
    phrases: Mapping[str, Mapping[str, str]]
    documents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grammar: Grammar = field(default_factory=Grammar)
    sha256: str = ""

    def option(self, question: str, option: str) -> str:
        """How an option of a question reads."""
        words = self.questions.get(question)
        return (words.options.get(option) if words else None) or self.phrases["answers"].get(option, option)

    def asked(self, question: str) -> str:
        """How a question is put; its id where it has no wording."""
        words = self.questions.get(question)
        return words.ask if words else question

    def value(self, finding: str, value: str) -> ValueWording:
        """How a value of a finding (or a step of a scale) reads."""
        return self.findings.get(finding, {}).get(value) or ValueWording(value)

    def asked_in_short(self, option: str, own: str) -> str:
        """What is called that is asked: its short name, with the first of her `own` words for it; "" where it has no name."""
        name, first = self.phrases.get("asked-in-short", {}).get(option, ""), first_words(own)
        return sentence(self.phrases["advice"]["named-and-quoted"], name=name, note=first) if name and first else name

    def within_sentence(self, name: str) -> str:
        """A partner's name as it goes on within a sentence: an article that it begins with takes no capital there."""
        return lower_first(name) if name.split(" ", 1)[0] in self.phrases.get("blanks", {}).get("articles", "").split() else name

    def title(self, finding: str, value: str) -> str:
        """What a value is called where no advice fills its blanks: each has words of its own for that."""
        text = self.value(finding, value).title
        return sentence(text, **self.phrases["blanks"]) if "{{" in text else text
