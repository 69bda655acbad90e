"""An advice made ready for templates: what each part of it is called in the justification, and where its links lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from markupsafe import Markup

from advisor.analysis.deadline import NotDecidedError
from advisor.explain.why import answers_under
from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer
from advisor.model.case import Case
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.rulebook import Source
from advisor.model.scenario import CaseFile
from advisor.render.phrasing import Speech
from advisor.render.pictures import MARKS
from advisor.store.records import Person, SavedCase
from advisor.web.http_errors import NotFoundError
from advisor.web.saved_advice import give
from advisor.web.services import services
from advisor.web.templates import Frame

STANDING = ("continue", "change", "end")  # decisions on a partnership that exists
SHOWN = 5  # answers shown under one recommendation; the whole tree has them all


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a picture: what it is called, and on which step of the scale each mark stands."""

    label: str
    marks: dict[str, str | None]


@dataclass(frozen=True)
class Telling:
    """One advice on a saved case, under a branch of it or as it stands ("").

    Without `links` it leads nowhere else: whoever holds a shared link sees this and nothing more.
    """

    advice: Advice
    saved: SavedCase
    scenario: str
    loaded: Loaded
    frame: Frame
    links: bool = True

    @property
    def id(self) -> str:
        """The id of the case."""
        return self.saved.entry.id

    @property
    def file(self) -> CaseFile:
        """The case with its branches."""
        return self.saved.file

    @property
    def case(self) -> Case:
        """The case as it is advised on."""
        return self.file.under(self.scenario) if self.scenario else self.file.case

    @property
    def speech(self) -> Speech:
        """How answers are said."""
        return Speech(self.loaded)

    @property
    def answered(self) -> int:
        """How many questions were answered, about the agency and about partners."""
        return len(self.case.answers) + sum(len(partner.answers) for partner in self.case.partners)

    @property
    def unanswered_of_partners(self) -> int:
        """How many questions about partners are open, over all of them."""
        return sum(len(questions) for questions in self.advice.unknown.unanswered_of_partners.values())

    @property
    def standing(self) -> bool:
        """Whether it is about a partnership that exists."""
        return self.advice.proceed in STANDING

    def name(self, finding: str, value: str | None = "", partner: str | None = None) -> str:
        """A conclusion's name in the justification; "" where there is none."""
        name = str(ConclusionRef(finding, value or "", partner))
        return name if name in self.advice.justification else ""

    def settled(self, finding: str, value: str | None = "", partner: str | None = None) -> str:
        """`settled`, `open`, or "" where that is not known."""
        return self.advice.settled.get(self.name(finding, value, partner), "")

    def sources(self, ids: Sequence[str]) -> list[Source]:
        """Items of the source register."""
        return [self.loaded.rulebook.sources[each] for each in ids]

    def answers(self, name: str) -> list[Answer]:
        """The answers that a conclusion rests on, the nearest first, not too many."""
        return answers_under(self.advice, name)[:SHOWN]

    def more(self, name: str) -> int:
        """How many answers beyond those a conclusion rests on."""
        return max(0, len(answers_under(self.advice, name)) - SHOWN)

    def edit(self, question: str, partner: str | None) -> str:
        """Where an answer of the case can be changed; "" for a branch, and where nothing may be."""
        known = self.loaded.rulebook.vocabulary.questions.get(question)
        if known is None or self.scenario or not self.links:
            return ""
        place = {"case_id": self.id, "section": known.section, "at": question}
        if partner is None:
            return f"{self.frame.url('section', **place)}#{quote(question)}"
        names = [each.name for each in self.case.partners]
        if partner not in names:
            return ""
        return f"{self.frame.url('partner-section', number=names.index(partner) + 1, **place)}#{quote(question)}"

    def attempt(self, question: str, partner: str | None) -> str:
        """Where another answer can be tried; "" where nothing may be."""
        if not self.links or question not in self.loaded.rulebook.vocabulary.questions:
            return ""
        slot = str(QuestionRef(question, partner or None))
        return self.frame.url("what-if", case_id=self.id, on=self.scenario, **{"try": slot})

    def why(self, name: str) -> str:
        """The page with the whole reasoning."""
        return self.frame.url("why", case_id=self.id, of=name, scenario=self.scenario) if self.links and name else ""

    def others(self, finding: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """What else could have been recommended: the goal as it is written, and what it is called."""
        known = self.loaded.rulebook.vocabulary.findings[finding]
        values = [value for value in known.values if value not in chosen]
        return [(str(ConclusionRef(finding, value)), self.loaded.wording.value(known.worded_as, value).title) for value in values]

    def other_decisions(self) -> list[tuple[str, str]]:
        """What else could have been decided of such a partnership, as `others` gives it."""
        decisions = self.loaded.rulebook.vocabulary.findings["proceed"].values
        alike = [value for value in decisions if (value in STANDING) is self.standing and value != self.advice.proceed]
        return self.others("proceed", [value for value in decisions if value not in alike])

    def rows(self) -> list[Line]:
        """The picture of the eight rows."""
        dimension = self.advice.dimension
        return [
            Line(
                row.title,
                {
                    "present": row.present,
                    "needed": row.own_need or dimension.needed,
                    "attainable": dimension.attainable,
                    "recommended": row.recommended,
                },
            )
            for row in self.advice.rows.values()
        ]


def marks_of(advice: Advice) -> dict[str, str | None]:
    """On which step of the scale each mark stands for the partnership as a whole."""
    return {kind: getattr(advice.dimension, kind) for kind in MARKS}


def tell(request: Request, person: Person, saved: SavedCase, scenario: str = "", *, links: bool = True) -> Telling:
    """Give the advice on a saved case, under a branch or as it stands, and keep what was given.

    Without marks where those are not worked out in time: nobody waits longer for them. Raises `NotFoundError` where the
    case has no such branch.
    """
    desk = services(request)
    if scenario and scenario not in saved.file.scenarios:
        raise NotFoundError
    try:
        given = give(desk, person, saved, scenario)
    except NotDecidedError:
        given = give(desk, person, saved, scenario, marks=False)
    return Telling(given.advice, saved, scenario, desk.service.loaded, desk.frame, links)


def rendered(request: Request, told: Telling, template: str) -> Markup:
    """A part of a page that says the same to everybody who may see it, made once for each revision."""
    desk, entry = services(request), told.saved.entry
    marked = bool(told.advice.settled)
    key = ("page", template, entry.id, entry.revision, told.scenario, told.links, marked)
    return desk.service.recent(key, lambda: Markup(desk.frame.template(template).render(told=told, advice=told.advice)))  # noqa: S704
