"""Why something is recommended, as a tree of values: from a conclusion down to the answers given and the sources cited."""

import re
from dataclasses import dataclass

from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer, Firing
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.rulebook import Source
from advisor.render.documents import conclusion

_SEPARATORS = re.compile(r">=|<=|:|@")


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer under a conclusion: as it is asked and answered, in words; empty where nothing was answered."""

    question: str
    partner: str | None
    ask: str
    answer: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A conclusion by its name, and in words."""

    conclusion: str
    said: str


@dataclass(frozen=True, slots=True)
class Because:
    """A rule that fired: why it applies here, and what it rests on, down to what it took to be absent."""

    rule: str
    partner: str | None
    because: str
    answers: tuple[GivenAnswer, ...]
    findings: tuple["Why", ...]
    absent: tuple[Named, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A conclusion with the rules that gave it; `again` where they stand further up in the tree and are not repeated."""

    conclusion: str
    said: str
    again: bool
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class WhyReport:
    """Why a recommendation is given: a tree for each conclusion that its name means."""

    case: str
    of: str
    why: tuple[Why, ...]


def named(advice: Advice, recommendation: str) -> list[str]:
    """The conclusions a name means. Raises `InputError` with the nearest names if it means none."""
    known = list(advice.justification)
    found = [
        name for name in known if recommendation in (name, *_SEPARATORS.split(name)) or name.startswith(f"{recommendation}@")
    ]
    if not found:
        close = nearest(recommendation, sorted({part for name in known for part in (name, *_SEPARATORS.split(name))}))
        raise InputError([Problem("", 0, "unknown-recommendation", found=recommendation, nearest=close)])
    return found


def why(advice: Advice, recommendation: str, loaded: Loaded) -> WhyReport:
    """The trees under a recommendation such as `dimension`, `mou` or `caution:NAME`. Raises `InputError` as `named` does."""
    trees = tuple(_Tree(advice, loaded).of(name) for name in named(advice, recommendation))
    return WhyReport(advice.case, recommendation, trees)


class _Tree:
    """One tree being made; what it has shown already is only named again."""

    def __init__(self, advice: Advice, loaded: Loaded) -> None:
        self.advice, self.wording, self.rulebook = advice, loaded.wording, loaded.rulebook
        self.shown: set[str] = set()

    def of(self, name: str) -> Why:
        again = name in self.shown
        self.shown.add(name)
        firings = () if again else self.advice.justification[name]
        return Why(name, self._said(name), again, tuple(self._because(firing) for firing in firings))

    def _because(self, firing: Firing) -> Because:
        return Because(
            firing.rule,
            firing.partner,
            firing.because,
            tuple(self._answer(answer) for answer in firing.answers),
            tuple(self.of(finding) for finding in firing.findings),
            tuple(Named(name, self._said(name)) for name in firing.absent),
            tuple(self.rulebook.sources[item] for item in firing.sources),
        )

    def _answer(self, given: Answer) -> GivenAnswer:
        said = tuple(self.wording.option(given.question, option) for option in given.answer)
        return GivenAnswer(given.question, given.partner, self.wording.asked(given.question), given.answer, said)

    def _said(self, name: str) -> str:
        return conclusion(name, self.wording, self.rulebook.vocabulary)
