"""A comparison made ready for templates: what differs in words, with reasons short enough to read and answers by number."""

from collections.abc import Sequence

from advisor.explain.comparison import Cause, Comparison, Difference
from advisor.loading import Loaded
from advisor.model.scenario import AnswerChange
from advisor.model.sentence import lower_first
from advisor.render.phrasing import Speech
from advisor.render.pictures import MARKS

REASONS = 3  # reasons shown for one difference; JSON has them all
TABLES = {"row": "rows-title", "category": "table-title", "partner": "partners-title"}  # topics shown side by side
LISTS = {  # topics of which only what comes and goes is shown: the heading, and what to call either
    "condition": ("conditions-title", "comes", "goes"),
    "member": ("members-title", "comes", "goes"),
    "worry": ("worries-title", "comes", "goes"),
    "caution": ("cautions-title", "raised", "lifted"),
    "action": ("actions-title", "comes", "goes"),
}
_WHOLE = ("gate", "proposal", "dimension")  # topics told whole: what each side says, and why
_FORM = ("structures", "instruments")  # parts with several values, told together


class ComparisonView:
    """A comparison made ready for templates: reasons short enough to read, and answers by number."""

    tables, lists = TABLES, LISTS

    def __init__(self, comparison: Comparison, loaded: Loaded) -> None:
        self.comparison, self.speech = comparison, Speech(loaded)
        self.numbers = {(a.question, a.partner): n for n, a in enumerate(comparison.answers, start=1)}

    @property
    def chief(self) -> list[Difference]:
        """What differs in the decision, the answers to what is asked, how close, and what is in force already."""
        return [d for d in self.comparison.differences if d.topic in _WHOLE or d.part == "in_force"]

    @property
    def forms(self) -> list[str]:
        """The parts of the form that differ."""
        return [part for part in _FORM if any(d.part == part for d in self.comparison.differences)]

    def joined(self, part: str, side: int) -> str:
        """What one side says in a part with several values, such as structures: the first choice, then what is beside it."""
        said = [d for d in self.comparison.differences if d.part == part and d.values[side]]
        said.sort(key=lambda d: d.values[side] != "first")
        return "; ".join(d.title for d in said) or self.speech.phrases["absent"]

    def heading(self, difference: Difference) -> str:
        """What a difference is about, as the head of a row."""
        part = self.speech.phrases[difference.part]
        return f"{part}: {difference.title}" if difference.title else part

    def turn(self, difference: Difference, side: int) -> str:
        """The same with what becomes of it on one side, where it is a form."""
        if difference.part not in _FORM:
            return self.heading(difference)
        now = self.cell(difference, side) if difference.values[side] else self.speech.phrases["lifted"].lower()
        return f"{self.heading(difference)} ({now})"

    def cell(self, difference: Difference, side: int) -> str:
        """What one side says of a difference, in words."""
        value, shown = difference.values[side], difference.shown[side]
        if not value:
            return self.speech.phrases["absent"]
        if difference.part in MARKS:
            return self.speech.level(value)
        if difference.topic == "row":
            recommended, own, _ = (*value.split("|"), "", "")[:3]
            cell = shown or self.speech.level(recommended or None)
            return self.speech.say("own-need", cell=cell, own=self.speech.level(own)) if own else cell
        if difference.topic == "partner":
            level, _, core = value.partition("|")
            return shown or self.speech.say("in-core" if core else "beside-core", level=self.speech.level(level))
        if difference.part in ("proceed", "answers"):
            return shown
        return self.speech.phrases.get(value, self.speech.phrases["yes"])

    def beside(self, difference: Difference, side: int) -> str:
        """What is said beside something that came or went: how grave it is, or who does it; "" for nothing."""
        group = {"caution": "severity", "condition": "who", "action": "who"}.get(difference.topic, "")
        return lower_first(self.speech.wording.phrases[group][difference.shown[side]]) if group else ""

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
        """What differs in the decision, the answers, how close and the form, with its reasons; the same ones are given once."""
        found, said = [], set[tuple[str, ...]]()
        for difference in self.comparison.differences:
            if difference.topic in (*_WHOLE, "structure", "instrument"):
                lines = self.reasons(difference, side)
                if lines and tuple(lines) not in said:
                    said.add(tuple(lines))
                    found.append((difference, lines))
        return found

    def deep(self, difference: Difference) -> bool:
        """Whether the rules next to a difference only pass on what others decided, as those of levels do."""
        return difference.topic in ("dimension", "row") or difference.part == "proceed"

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
        """What one side has on a topic, such as cautions, and the first has not; or the other way round."""
        found = [d for d in self.comparison.differences if d.topic == topic]
        return [d for d in found if bool(d.values[side]) is raised and bool(d.values[0]) is not raised]
