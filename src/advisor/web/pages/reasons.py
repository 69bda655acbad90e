"""Why, as pages show it: the tree under a conclusion, and the person's own answers at the end of its branches."""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer, Firing
from advisor.model.rulebook import Source
from advisor.render.documents import conclusion


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that fired: why it applies here, what it rests on (answers, findings), what was not the case, and its sources."""

    rule: str
    because: str
    answers: tuple[Answer, ...]
    findings: tuple["Node", ...]
    absent: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A conclusion by name and in words with the rules under it; `again` where the tree has shown them already."""

    name: str
    said: str
    again: bool
    steps: tuple[Step, ...]


def tree(name: str, advice: Advice, loaded: Loaded) -> Node:
    """Everything under a conclusion of an advice, by its name in the justification; what comes again is only named."""
    return _Tree(advice, loaded).node(name)


class _Tree:
    """A tree being grown."""

    def __init__(self, advice: Advice, loaded: Loaded) -> None:
        self.advice, self.loaded = advice, loaded
        self.shown: set[str] = set()

    def node(self, name: str) -> Node:
        """A conclusion with what is under it."""
        again = name in self.shown
        self.shown.add(name)
        firings = () if again else self.advice.justification[name]
        return Node(name, self._said(name), again, tuple(self._step(firing) for firing in firings))

    def _step(self, firing: Firing) -> Step:
        return Step(
            firing.rule,
            firing.because,
            firing.answers,
            tuple(self.node(finding) for finding in firing.findings),
            tuple(self._said(missing) for missing in firing.absent),
            tuple(self.loaded.rulebook.sources[source] for source in firing.sources),
        )

    def _said(self, name: str) -> str:
        return conclusion(name, self.loaded.wording, self.loaded.rulebook.vocabulary)


def answers_under(name: str, advice: Advice) -> list[Answer]:
    """The person's answers that a conclusion rests on, those with the fewest rules between first, each once."""
    return list(dict.fromkeys(_answers(name, advice)))


def _answers(name: str, advice: Advice) -> Iterator[Answer]:
    todo, seen = [name], {name}
    while todo:
        for firing in advice.justification[todo.pop(0)]:
            yield from (answer for answer in firing.answers if answer.answer)
            todo += [finding for finding in firing.findings if finding not in seen]
            seen.update(firing.findings)
