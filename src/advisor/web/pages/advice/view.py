"""An advice made ready for templates: what each part of it is called in the justification, and where its links lead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Request
from markupsafe import Markup

from advisor.analysis.deadline import NotDecidedError
from advisor.documents.catalog import DEPTHS
from advisor.engine.program import AGENCY
from advisor.explain.why import answers_under
from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer, Firing, PartnerAdvice
from advisor.model.advice_parts import AdviceParts
from advisor.model.case import Case, unspoken
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.rulebook import Source
from advisor.model.scenario import CaseFile
from advisor.render.brief import Brief
from advisor.render.documents import Detail
from advisor.render.drawing import Picture
from advisor.render.partner_pictures import closeness_picture, table_picture
from advisor.render.phrasing import Speech
from advisor.render.pictures import MARKS, row_marks, rows_differ
from advisor.render.plan_picture import plan_picture
from advisor.store.records import Person, SavedCase
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context
from advisor.web.pages.intake.way_back import changing
from advisor.web.saved_advice import give
from advisor.web.site import site_of
from advisor.web.templates import Templates

SHOWN = 5  # answers shown under one recommendation; the whole tree has them all


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One line of a picture: what it is called, and on which step of the scale each mark stands."""

    label: str
    marks: dict[str, str | None]


@dataclass(frozen=True)
class AdviceView:
    """One advice on a saved case, under a scenario of it or as it stands ("").

    Without `links` it leads nowhere else: whoever holds a shared link sees this and nothing more. Without `quotes` it has none
    of the leader's own words. A change of an answer comes back to the page `back`, or else to the advice.
    """

    advice: Advice
    saved: SavedCase
    scenario: str
    loaded: Loaded
    templates: Templates
    links: bool = True
    quotes: bool = True
    back: str = ""

    @property
    def id(self) -> str:
        """The id of the case."""
        return self.saved.entry.id

    @property
    def file(self) -> CaseFile:
        """The case with its scenarios."""
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
    def parts(self) -> AdviceParts:
        """Which finding plays which part."""
        return self.loaded.rulebook.vocabulary.advice_parts

    def name(self, finding: str, value: str | None = "", partner: str | None = None) -> str:
        """A conclusion's name in the justification; "" where there is none."""
        name = str(ConclusionRef(finding, value or "", partner))
        return name if name in self.advice.justification else ""

    def partner_name(self, partner: PartnerAdvice) -> str:
        """The name of what decides how close a partner comes, or what else it is there for; "" where nothing does."""
        parts = self.parts
        found = [(parts.absent, item.id) for item in partner.absent] + [(parts.partner_role, item.id) for item in partner.role]
        finding, value = (*found, (parts.partner_dimension, partner.dimension))[0]
        return self.name(finding, value, partner.name)

    def reasons(self, name: str) -> Sequence[Firing]:
        """Why a conclusion holds."""
        return self.advice.justification.get(name, ())

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
        """Where an answer of the case can be changed; "" for a scenario, and where nothing may be."""
        if question not in self.loaded.rulebook.vocabulary.questions or self.scenario or not self.links:
            return ""
        names = [each.name for each in self.case.partners]
        if partner is not None and partner not in names:
            return ""
        number = AGENCY if partner is None else names.index(partner)
        back = self.back or self.templates.url("advice", case_id=self.id)
        return changing(self.templates, self.id, question, number, back)

    def attempt(self, question: str, partner: str | None) -> str:
        """Where another answer can be changed; "" where nothing may be."""
        if not self.links or question not in self.loaded.rulebook.vocabulary.questions:
            return ""
        slot = str(QuestionRef(question, partner or None))
        return self.templates.url("what-if", case_id=self.id, on=self.scenario, **{"try": slot})

    def why(self, name: str) -> str:
        """The page with the whole reasoning."""
        return self.templates.url("why", case_id=self.id, of=name, scenario=self.scenario) if self.links and name else ""

    def depths_of(self, kind: str) -> Sequence[Detail]:
        """How much a document of a kind can tell."""
        return DEPTHS[kind]

    def file_of(self, kind: str, form: str, to: str = "", sender: str | None = None, depth: Detail = "paragraph") -> str:
        """Where a document is to be had as a file."""
        head = {"to": to, "from": sender, "depth": "" if depth == "paragraph" else depth}
        return self.templates.url("document", case_id=self.id, kind=kind, form=form, scenario=self.scenario, **head)

    def others(self, finding: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """What else could have been recommended: the goal as it is written, and what it is called."""
        known = self.loaded.rulebook.vocabulary.findings[finding]
        values = [value for value in known.values if value not in chosen]
        return [(str(ConclusionRef(finding, value)), self.loaded.wording.title(known.worded_as, value)) for value in values]

    def other_decisions(self) -> list[tuple[str, str]]:
        """What else could have been decided of such a partnership, as `others` gives it."""
        return self.decisions([self.advice.proceed])

    def decisions(self, chosen: Sequence[str] = ()) -> list[tuple[str, str]]:
        """What can be decided of such a partnership, but for what is chosen, as `others` gives it."""
        parts, values = self.parts, self.loaded.rulebook.vocabulary.findings[self.parts.proceed].values
        standing = self.advice.proceed in parts.existing
        unlike = [value for value in values if (value in parts.existing) is not standing]
        return self.others(parts.proceed, [*unlike, *chosen])

    @property
    def verdict(self) -> str:
        """The decision and how close, in a few words."""
        return in_short(self.advice)

    def drawn(self, picture: Picture) -> Markup:
        """A picture to stand on a page."""
        return Markup(picture.svg(self.loaded, alone=False))  # noqa: S704 - made here

    def picture(self, name: str) -> Markup:
        """A picture of the advice to stand on a page: `table`, `closeness` or `plan`."""
        draw = {"table": table_picture, "closeness": closeness_picture, "plan": plan_picture}[name]
        return self.drawn(draw(self.advice, self.loaded))

    @property
    def rows_differ(self) -> bool:
        """Whether a picture of the rows shows anything."""
        return rows_differ(self.advice)

    def rows(self) -> list[ScaleRow]:
        """The picture of the eight rows."""
        return [ScaleRow(row.title, {kind: row_marks(row).get(kind) for kind in MARKS}) for row in self.advice.rows.values()]


def in_short(advice: Advice) -> str:
    """The decision and how close, as the advice itself names them."""
    return f"{advice.gate.title}: {advice.dimension.title}" if advice.dimension.recommended else advice.gate.title


def marks_of(advice: Advice) -> dict[str, str | None]:
    """On which step of the scale each mark stands for the partnership as a whole."""
    return {kind: getattr(advice.dimension, kind) for kind in MARKS}


def view_of(
    request: Request, person: Person, saved: SavedCase, scenario: str = "", *, links: bool = True, quotes: bool = True
) -> AdviceView:
    """Give the advice on a saved case, under a scenario or as it stands, and keep what was given.

    Without `quotes` the same is given in the advisor's words alone.
    Without marks where those are not worked out in time: nobody waits longer for them. Raises `NotFoundError` where the
    case has no such scenario.
    """
    site = site_of(request)
    if scenario and scenario not in saved.file.scenarios:
        raise NotFoundError
    try:
        given = give(site, person, saved, scenario)
    except NotDecidedError:
        given = give(site, person, saved, scenario, marks=False)
    advice = given.advice
    if not quotes:  # the same once more on the case without her own words: no part of it can hold any
        saved = replace(saved, file=replace(saved.file, case=unspoken(saved.file.case)))
        advice = replace(site.service.assess(saved.file.in_scenario(scenario)), settled=advice.settled)
    return AdviceView(advice, saved, scenario, site.service.loaded, site.templates, links, quotes)


@dataclass(frozen=True, kw_only=True)
class PagePart(Context):
    """A part of a page that says the same to everybody who may see it."""

    told: Annotated[AdviceView, "the advice, with its links"]
    advice: Annotated[Advice, "the advice as values"]
    brief: Annotated[Brief, "the same as a leader reads it; it remembers which of her notes were shown"]
    opened: Annotated[bool, "whether everything is open that is else folded up"]


class AnswerPart(PagePart):
    """The verdict, and the answer to what is asked."""

    template = "advice/answer.html.j2"


class BodyPart(PagePart):
    """Everything else."""

    template = "advice/body.html.j2"


def rendered(request: Request, told: AdviceView, *parts: type[PagePart], opened: bool = False) -> Sequence[Markup]:
    """Parts of a page in the order in which they are read, made once for each revision; `opened` folds nothing up."""
    site, entry = site_of(request), told.saved.entry
    kind = (told.links, told.quotes, bool(told.advice.settled), opened)
    key = ("page", *(part.template for part in parts), entry.id, entry.revision, told.scenario, *kind)

    def make() -> Sequence[Markup]:
        values = {"told": told, "advice": told.advice, "brief": Brief(told.advice, told.loaded), "opened": opened}
        return [Markup(site.templates.template(part.template).render(values)) for part in parts]  # noqa: S704

    return site.service.recent(key, make)
