"""Comparisons, sensitivity and roadmaps as Markdown, HTML and JSON."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from json import dumps
from typing import Any

from advisor.analysis.sensitivity import CHIEF, Flip, Outcome, Sensitivity
from advisor.explain.comparison import Cause, Comparison, Difference
from advisor.loading import Loaded
from advisor.model.advice import RulebookStamp
from advisor.model.scenario import AnswerChange
from advisor.render.documents import document
from advisor.render.phrasing import Speech

REASONS = 3  # reasons shown for one difference; JSON has them all
TOP = 12  # answers shown in a sensitivity report; --full has them all
LESSER = ("structure", "instrument")  # said already by the first choice among them


def markdown(name: str, loaded: Loaded, **values: object) -> str:
    """A report from the template `name`.md.j2."""
    text = document(loaded, f"{name}.md.j2", speech=Speech(loaded), words=loaded.wording.phrases["scenarios"], **values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html(name: str, loaded: Loaded, **values: object) -> str:
    """A page from the template `name`.html.j2."""
    return document(loaded, f"{name}.html.j2", speech=Speech(loaded), words=loaded.wording.phrases["scenarios"], **values)


FORMATS = {"comparison": "comparison/1.1", "sensitivity": "sensitivity/1", "roadmap": "roadmap/1"}


def json(form: str, value: Any, loaded: Loaded, engine: str) -> str:
    """A report as JSON, stamped with its format, the rulebook and the engine."""
    stamp = RulebookStamp(loaded.rulebook.version, loaded.rulebook.sha256)
    content = {"format": FORMATS[form], **asdict(value), "rulebook": asdict(stamp), "engine": engine}
    return dumps(content, ensure_ascii=False, indent=2) + "\n"


class Told:
    """A comparison made ready for templates: reasons short enough to read, and answers by number."""

    def __init__(self, comparison: Comparison, loaded: Loaded) -> None:
        self.comparison, self.speech = comparison, Speech(loaded)
        self.numbers = {(a.question, a.partner): n for n, a in enumerate(comparison.answers, start=1)}

    def joined(self, topic: str, side: int) -> str:
        """What one side says on a topic with several values, such as structures: the first choice, then what is beside it."""
        said = [d for d in self.comparison.differences if d.topic == topic and d.values[side]]
        said.sort(key=lambda d: d.values[side] != "first")
        return "; ".join(d.title for d in said) or self.speech.phrases["absent"]

    def cell(self, difference: Difference, side: int) -> str:
        """What one side says of a difference, in words."""
        value = difference.values[side]
        if not value:
            return self.speech.phrases["absent"]
        if difference.topic == "dimension" and difference.id in ("recommended", "needed", "attainable", "present"):
            return self.speech.level(value)
        if difference.topic == "row":
            recommended, own, _ = (*value.split("|"), "", "")[:3]
            cell = difference.shown[side] or self.speech.level(recommended or None)
            return self.speech.say("own-need", cell=cell, own=self.speech.level(own)) if own else cell
        if difference.topic == "partner":
            _, _, limit = value.partition(" ")
            title = difference.shown[side]
            return self.speech.say("can-go", fit=title, limit=self.speech.level(limit)) if limit else title
        if difference.topic == "gate" and difference.id == "proceed":
            return difference.shown[side]
        if difference.topic in ("gate", "dimension"):
            return self.speech.phrases["yes"]
        return self.speech.phrases.get(value, self.speech.phrases["yes"])

    def reasons(self, difference: Difference, side: int) -> list[str]:
        """The nearest reasons for a difference, then those that rest on changed answers, with the answers by number."""
        causes = difference.causes[side - 1]
        near = [cause for cause in causes if cause.steps == 0]
        rooted = [cause for cause in causes if cause.answers or cause.partner_gone]
        if self.deep(difference):
            near = rooted or near
        turned = "began" if difference.values[side] else "stopped"
        near.sort(key=lambda cause: (cause.began is not (turned == "began"), not cause.answers))
        shown = [cause for cause in near if cause.began is (turned == "began")] or near
        lines = [self._line(cause) for cause in shown[:REASONS]]
        behind = self._behind([c for c in causes if c not in shown[:REASONS]], shown[:REASONS])
        if lines and behind:
            lines[-1] += f" ({behind})"
        return lines

    def explained(self, side: int) -> list[tuple[Difference, list[str]]]:
        """What differs in the decision, the dimension and the form, with its reasons; the same reasons are given once."""
        found, said = [], set[tuple[str, ...]]()
        for difference in self.comparison.differences:
            if difference.topic in ("gate", "dimension", "structure", "instrument"):
                lines = self.reasons(difference, side)
                if lines and tuple(lines) not in said:
                    said.add(tuple(lines))
                    found.append((difference, lines))
        return found

    def deep(self, difference: Difference) -> bool:
        """Whether the rules next to a difference only pass on what others decided, as those of levels do."""
        return difference.topic in ("dimension", "row") or difference.id == "proceed"

    def _line(self, cause: Cause) -> str:
        said = self.speech.say("began" if cause.began else "stopped", because=cause.because)
        if cause.partner_gone:
            return f"{said} ({self.speech.say('partner-added' if cause.began else 'partner-gone', partner=cause.partner_gone)})"
        behind = self._numbered(cause.answers)
        return f"{said} ({behind})" if behind else said

    def _behind(self, causes: Sequence[Cause], shown: Sequence[Cause]) -> str:
        said = {answer for cause in shown for answer in cause.answers}
        if said:
            return ""
        return self._numbered([answer for cause in causes for answer in cause.answers])

    def _numbered(self, answers: Sequence[AnswerChange]) -> str:
        numbers = sorted({self.numbers[a.question, a.partner] for a in answers if (a.question, a.partner) in self.numbers})
        if not numbers:
            return ""
        return self.speech.say("behind" if len(numbers) > 1 else "behind-one", numbers=numbers)

    def came(self, topic: str, side: int, *, raised: bool) -> list[Difference]:
        """The cautions (or actions) that one side has and the first has not, or the other way round."""
        found = [d for d in self.comparison.differences if d.topic == topic]
        return [d for d in found if bool(d.values[side]) is raised and bool(d.values[0]) is not raised]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one other value of an answer does.

    It brings chief recommendations and ends others that nothing takes the place of; `lost` and `gained` count lesser ones.
    """

    was: tuple[str, ...]
    now: tuple[str, ...]
    brings: tuple[Outcome, ...]
    ends: tuple[Outcome, ...]
    lost: int
    gained: int


@dataclass(frozen=True, slots=True)
class Turns:
    """An answer on which something hangs, with each value that makes a difference."""

    question: str
    partner: str | None
    turns: tuple[Turn, ...]


def turned(sensitivity: Sensitivity, *, full: bool) -> tuple[list[Turns], int]:
    """For templates: each answer that flips something, with its values and what they turn; and how many are left out."""
    entries = list[Turns]()
    for (partner, question), flips in sensitivity.most():
        turns = [_turn(flip) for flip in flips]
        chief = [turn for turn in turns if turn.brings or turn.ends]
        if full or (chief and len(entries) < TOP):
            entries.append(Turns(question, partner, tuple(turns if full else chief)))
    return entries, len(sensitivity.most()) - len(entries)


def _turn(flip: Flip) -> Turn:
    brings = tuple(o for o in flip.gained if o.finding in CHIEF and o.value is not None)
    instead = {(o.finding, o.partner) for o in brings}
    ends = tuple(o for o in flip.lost if o.finding in CHIEF and (o.finding, o.partner) not in instead)
    return Turn(flip.change.was, flip.change.now, brings, ends, _lesser(flip.lost), _lesser(flip.gained))


def named(loaded: Loaded) -> Callable[[Sequence[Outcome]], list[str]]:
    """For templates: conclusions in words, without the kind of finding before them."""
    speech = Speech(loaded)
    return lambda outcomes: list(dict.fromkeys(speech.value(o.finding, o.value) for o in outcomes if o.value))


def _lesser(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.finding not in (*CHIEF, *LESSER) for outcome in outcomes)
