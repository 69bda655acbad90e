"""What can be asked and what can be concluded: questions, scales and findings, read from `rules/vocabulary/`."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from advisor.model.advice_parts import AdviceParts
from advisor.model.conditions import Always, Answers, Condition
from advisor.model.talk import Talk

YES_NO = ("yes", "no")
BOOLEAN = {"true": "yes", "false": "no", "True": "yes", "False": "no"}  # as files write it that came through other hands
NONE = "none"  # in a `several` question, the option that excludes the others
THAT_IS_ALL = "that-is-all"  # in a `several` question, the option that closes the list: what is not chosen does not apply
UNKNOWN = "unknown"  # as an answer: "don't know", the same as no answer

Kind = Literal["yes-no", "choice", "scale", "several"]
Scope = Literal["agency", "partner"]
Changeable = Literal["agency", "together", "others", "fixed"]
"""Who could change an answer: the agency, the agency with its partners, only another body such as a legislature, nobody."""


@dataclass(frozen=True)
class Question:
    """One question of the intake: who it is asked about, what can be answered and when it is relevant."""

    id: str
    section: str
    kind: Kind
    options: tuple[str, ...]
    asked: Scope
    changeable: Changeable
    essential: bool
    sources: tuple[str, ...]
    option_sources: dict[str, tuple[str, ...]]
    file: str
    line: int
    when: Condition = field(default=Always())
    options_of: str = ""  # the question among whose answers this one asks, if it does
    beside: str = ""  # the earlier question on whose page it is asked, if it is
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # its options, under those of the question it stands beside
    better: tuple[tuple[str, ...], ...] = ()  # answers to work toward, worst first, those alike together; none: any is a choice
    members: Literal["", "fewer", "more"] = ""  # the same of a list of several

    @property
    def within_reach(self) -> bool:
        """Whether those at the table could change the answer themselves."""
        return self.changeable in ("agency", "together")

    def may_become(self, before: tuple[str, ...], after: tuple[str, ...]) -> bool:
        """Whether a lever may propose that an answer (none: an open one) becomes another: never for the worse."""
        if self.members == "fewer":
            return not before or set(after) - set(before) <= {NONE, THAT_IS_ALL}
        if self.members == "more":
            return set(before) - set(after) <= {NONE, THAT_IS_ALL}
        return not self.better or self._rank(after) >= max(self._rank(before), 0)

    def _rank(self, answer: tuple[str, ...]) -> int:
        return next((place for place, alike in enumerate(self.better) if answer and answer[0] in alike), -1)

    def offered(self, answers: Answers) -> tuple[str, ...]:
        """The options that can be chosen beside these answers: where it asks among another's, those chosen there or here.

        As long as nothing is chosen there, all of them.
        """
        there = answers.get(self.options_of, ())
        if not there:
            return self.options
        chosen = {*there, *answers.get(self.id, ()), NONE, THAT_IS_ALL}
        return tuple(option for option in self.options if option in chosen)

    def group_of(self, option: str) -> str:
        """The group that an option stands in; "" where it stands in none."""
        return next((group for group, listed in self.groups.items() if option in listed), "")

    @property
    def conditional(self) -> bool:
        """Whether it is asked only when something holds."""
        return self.when != Always()

    @property
    def group(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Value:
    """One value of a set finding, with its attributes (severity, who, when …) and sources."""

    name: str
    topic: str
    attributes: dict[str, str]
    sources: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Finding:
    """Something the rules can conclude about the partnership or about each partner.

    A level has the values of a scale, lowest first, and keeps the highest or the lowest that any rule gave;
    a set has any number of its values; a flag has the one value `yes`. Of the values of a set that are alike in the
    attribute `first_of` only the first one holds, in the order in which they are declared; "" where all hold.
    """

    name: str
    kind: Literal["level", "set", "flag"]
    of: Scope
    keep: Literal["highest", "lowest", ""]
    open: bool
    attributes: dict[str, tuple[str, ...]]
    values: dict[str, Value]
    worded_as: str  # the finding whose wording its values share: its own name, "" where they are questions
    first_of: str = ""

    @cached_property
    def before(self) -> dict[str, str]:
        """For each value that others of its kind come before, the last of these; of them only the first one holds."""
        last: dict[str, str] = {}
        found: dict[str, str] = {}
        for value in self.values.values() if self.first_of else ():
            alike = value.attributes[self.first_of]
            if alike in last:
                found[value.name] = last[alike]
            last[alike] = value.name
        return found


@dataclass(frozen=True)
class Released:
    """A question as a released rulebook had it: the question that it is now ("": none), and what each option is there.

    An option that is "" there has to be answered anew.
    """

    to: str
    options: dict[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """All questions in intake order, all findings, and the parts that these play in the advice.

    `released` are questions that earlier rulebooks had under that name, or with other options. `talk` says how to talk about
    a disagreement on each.
    """

    sections: tuple[str, ...]
    questions: dict[str, Question]
    findings: dict[str, Finding]
    advice_parts: AdviceParts = field(default_factory=AdviceParts)
    released: dict[str, Released] = field(default_factory=dict)
    talk: Talk = field(default_factory=Talk)

    def weightiest(self, finding: str, attribute: str) -> str:
        """The first word that an attribute may take, which weighs most; "" where there is no such finding."""
        found = self.findings.get(finding)
        return found.attributes[attribute][0] if found else ""

    def lightest(self, finding: str, attribute: str, but: int = 0) -> str:
        """The last (`but` so many) of the words that an attribute may take, which weighs least; "" where there is no other."""
        found = self.findings.get(finding)
        return found.attributes[attribute][-1 - but] if found and len(found.attributes[attribute]) > 1 + but else ""

    def asked_of(self, scope: Scope) -> tuple[Question, ...]:
        """The questions about the agency, or those about each partner, in intake order."""
        return tuple(q for q in self.questions.values() if q.asked == scope)

    @cached_property
    def together(self) -> dict[str, tuple[str, ...]]:
        """For each question those asked on one page with it, in intake order.

        Those that ask among the answers to the same question go together, so do the rows of the chart, and what is asked
        beside another question.
        """
        rows = {row.present for row in self.advice_parts.rows.values()}
        topics = {q.id: q.options_of or ("rows" if q.id in rows else f"={q.beside or q.id}") for q in self.questions.values()}
        return {name: tuple(other for other in topics if topics[other] == topic) for name, topic in topics.items()}

    @cached_property
    def conditional(self) -> dict[str, Question]:
        """The questions that are asked only when something holds, in intake order."""
        return {q.id: q for q in self.questions.values() if q.conditional}

    @cached_property
    def places(self) -> dict[str, dict[str, int]]:
        """For each finding the place of each of its values, in the order in which they are declared."""
        return {name: {value: place for place, value in enumerate(f.values)} for name, f in self.findings.items()}
