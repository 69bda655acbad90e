"""An advice made ready for templates: what each part of it is called in the justification, and where its links lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from markupsafe import Markup

from advisor.advice import Advice, Answer
from advisor.case import Case
from advisor.loading import Loaded
from advisor.rulebook import Source
from advisor.scenarios.pictures import MARKS
from advisor.scenarios.scenario import CaseFile
from advisor.scenarios.speech import Speech
from advisor.server.failures import NotFoundError
from advisor.server.frame import Frame
from advisor.server.pages.reasons import answers_under
from advisor.server.services import services
from advisor.store.records import Person, SavedCase

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
        return self.advice.proceed in ("continue", "change", "end")

    def name(self, finding: str, value: str | None = "", partner: str | None = None) -> str:
        """A conclusion's name in the justification; "" where there is none."""
        owner = f"@{partner}" if partner is not None else ""
        found = (f"{finding}{sign}{value}{owner}" for sign in (":", ">=", "<="))
        return next((name for name in found if name in self.advice.justification), "")

    def settled(self, finding: str, value: str | None = "", partner: str | None = None) -> str:
        """`settled`, `open`, or "" where that is not known."""
        return self.advice.settled.get(self.name(finding, value, partner), "")

    def sources(self, ids: Sequence[str]) -> list[Source]:
        """Items of the source register."""
        return [self.loaded.rulebook.sources[each] for each in ids]

    def answers(self, name: str) -> list[Answer]:
        """The answers that a conclusion rests on, the nearest first, not too many."""
        return answers_under(name, self.advice)[:SHOWN]

    def more(self, name: str) -> int:
        """How many answers beyond those a conclusion rests on."""
        return max(0, len(answers_under(name, self.advice)) - SHOWN)

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
        slot = f"{question}@{partner}" if partner else question
        return self.frame.url("what-if", case_id=self.id, on=self.scenario, **{"try": slot})

    def why(self, name: str) -> str:
        """The page with the whole reasoning."""
        return self.frame.url("why", case_id=self.id, of=name, scenario=self.scenario) if self.links and name else ""

    def others(self, finding: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """What else could have been recommended: the goal as it is written, and what it is called."""
        known = self.loaded.rulebook.vocabulary.findings[finding]
        values = [value for value in known.values if value not in chosen]
        return [(f"{finding}={value}", self.loaded.wording.value(known.worded_as, value).title) for value in values]

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

    Raises `NotFoundError` where the case has no such branch, `OutOfTimeError` and `BusyError`.
    """
    desk, entry, file = services(request), saved.entry, saved.file
    if scenario and scenario not in file.scenarios:
        raise NotFoundError
    key = (entry.id, entry.revision, scenario)
    given = desk.counsel.give(file.under(scenario) if scenario else file.case, person.id, key)

    def keep() -> datetime:
        kept = desk.store.advices.keep(
            person,
            entry.id,
            entry.revision,
            scenario=scenario,
            content=given.content,
            rulebook=given.advice.rulebook.sha256,
            engine=given.advice.engine,
            marks=True,
            at=desk.clock(),
        )
        return kept.at

    desk.counsel.kept(("advice kept", *key), keep)
    return Telling(given.advice, saved, scenario, desk.counsel.loaded, desk.frame, links)


def rendered(request: Request, told: Telling, template: str) -> Markup:
    """A part of a page that says the same to everybody who may see it, made once for each revision."""
    desk, entry = services(request), told.saved.entry
    key = ("page", template, entry.id, entry.revision, told.scenario, told.links)
    return desk.counsel.kept(key, lambda: Markup(desk.frame.template(template).render(told=told, advice=told.advice)))  # noqa: S704
