"""Why something is recommended, as a tree of values: from a conclusion down to the answers given and the sources cited."""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.explain.reference_wording import in_words
from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer, Firing
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.references import ConclusionRef, meant, parse_ref
from advisor.model.rulebook import Source
from advisor.model.vocabulary import Vocabulary


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


def named(advice: Advice, text: str, vocabulary: Vocabulary) -> tuple[ConclusionRef, ...]:
    """The conclusions of an advice that a text means. Raises `InputError` with the nearest names if it means none."""
    known = [ConclusionRef.parse(name) for name in advice.justification]
    wanted = meant(text, vocabulary, [partner.name for partner in advice.partners])
    found = tuple(ref for ref in known if any(each.covers(ref) for each in wanted))
    if not found:
        names = sorted({part for ref in known for part in (str(ref), ref.finding, ref.value, ref.partner) if part})
        close = nearest(text, names) or nearest(ConclusionRef.parse(text).finding, names)
        raise InputError([Problem("", 0, "unknown-recommendation", found=text, nearest=close)])
    return found


def why(advice: Advice, text: str, loaded: Loaded) -> WhyReport:
    """The trees under what a text means, such as `dimension`, `mou` or `caution=NAME`. Raises `InputError` as `named` does."""
    trees = tuple(tree(advice, ref, loaded) for ref in named(advice, text, loaded.rulebook.vocabulary))
    return WhyReport(advice.case, text, trees)


def tree(advice: Advice, ref: ConclusionRef, loaded: Loaded) -> Why:
    """The tree under a conclusion of an advice."""
    return _Tree(advice, loaded).of(str(ref))


def answers_under(advice: Advice, name: str) -> list[Answer]:
    """The answers that a conclusion rests on, by its name in the justification: those fewest rules away first, each once."""
    return list(dict.fromkeys(_answers_under(advice, name)))


def _answers_under(advice: Advice, name: str) -> Iterator[Answer]:
    todo, seen = [name], {name}
    while todo:
        for firing in advice.justification[todo.pop(0)]:
            yield from (answer for answer in firing.answers if answer.answer)
            todo += [finding for finding in firing.findings if finding not in seen]
            seen.update(firing.findings)


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
        options = tuple(self.wording.option(given.question, option) for option in given.answer)
        return GivenAnswer(given.question, given.partner, self.wording.asked(given.question), given.answer, options)

    def _said(self, name: str) -> str:
        return in_words(parse_ref(name, self.rulebook.vocabulary), self.wording, self.rulebook.vocabulary)
