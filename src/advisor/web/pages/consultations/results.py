"""What comes of a consultation: what stands, what to resolve first, who answered what; documents of it, and all as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from advisor.documents import html
from advisor.documents.blocks import Document
from advisor.documents.catalog import FORMS, READ
from advisor.documents.session import (
    SessionSubject,
    disagreements_document,
    map_document,
    stands_document,
)
from advisor.io.packages import installed
from advisor.loading import Loaded
from advisor.render.drawing import Picture, Table
from advisor.render.round_pictures import Round, rounds_picture, rounds_table
from advisor.store.consultation_records import SavedConsultation
from advisor.web.auth import Visitor, visitor
from advisor.web.consulted import FILES, consulted, document_of, exported
from advisor.web.consulted_rounds import rounds_of, then_and_now
from advisor.web.http_errors import NotFoundError
from advisor.web.page import page
from advisor.web.pages.cases.export import file_names
from advisor.web.pages.consultations.lead import LedPage
from advisor.web.pages.scenarios.comparison import Compared, compared
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter()
ONE = "/cases/{case_id}/consultations/{consultation}"
SHOWN: Mapping[str, Callable[[SessionSubject], Document]] = {
    "settled": stands_document,
    "disagreements": disagreements_document,
    "map": map_document,
}

Who = Annotated[Visitor, Depends(visitor)]


@dataclass(frozen=True, kw_only=True)
class ResultPage(LedPage):
    """One of the things that come of a consultation."""

    template = "consultations/result.html.j2"
    shown: Annotated[str, "which: settled, disagreements or map"]
    content: Annotated[Markup, "what it says, rendered; empty where nobody answered who can be heard"]
    forms: Annotated[Sequence[str], "the forms in which the documents for the session can be made here"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws pictures for a page."""

    loaded: Loaded

    def drawn(self, picture: Picture) -> Markup:
        """A picture to stand on a page."""
        return Markup(picture.svg(self.loaded, alone=False))  # noqa: S704 - made here


@dataclass(frozen=True, kw_only=True)
class ChangePage(LedPage):
    """What became of the answers from round to round, and of the advice since the first."""

    template = "consultations/change.html.j2"
    rounds: Annotated[Sequence[SavedConsultation], "the rounds, the first in front"]
    table: Annotated[Table, "each question with what was answered in each round, those that moved in front"]
    picture: Annotated[Picture | None, "the questions on a scale; None where there are none"]
    told: Annotated[Drawing, "what draws it"]
    found: Annotated[Compared, "the advice at the first round against the advice now"]


@router.get(f"{ONE}/stands", name="consultation-settled")
def settled(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """What stands whoever is right, what is contested, and who would get what."""
    return _shown(request, who, case_id, consultation, "settled")


@router.get(f"{ONE}/disagreements", name="consultation-disagreements")
def disagreements(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """The disagreements, the one worth resolving first in front."""
    return _shown(request, who, case_id, consultation, "disagreements")


@router.get(f"{ONE}/map", name="consultation-map")
def answer_map(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Who answered what, as tables."""
    return _shown(request, who, case_id, consultation, "map")


@router.get(f"{ONE}/change", name="consultation-change")
def change(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """What became of the answers from round to round, and of the advice since the first."""
    site = site_of(request)
    found = rounds_of(site, who.person, case_id, consultation)
    led = next(each.consultation for each in found if each.consultation.id == consultation)
    words, loaded = site.templates, site.service.loaded
    rounds = [
        Round(words.word("consultations.round-of", number=number), each.result) for number, each in enumerate(found, start=1)
    ]
    picture = rounds_picture(rounds, found[0].saved.entry.name, loaded)
    labels = words.word("consultations.then", round=rounds[0].label), words.word("consultations.now")
    context = ChangePage(
        entry=found[0].saved.entry,
        consultation=led,
        rounds=[each.consultation for each in found],
        table=rounds_table(rounds, loaded),
        picture=picture,
        told=Drawing(loaded),
        found=compared(then_and_now(site, who.person, found, labels), loaded),
    )
    return page(request, who, context)


def _shown(request: Request, who: Visitor, case_id: str, consultation_id: str, shown: str) -> Response:
    site = site_of(request)
    made = consulted(site, who.person, case_id, consultation_id)
    content = ""
    if made.result is not None:
        content = html.content(SHOWN[shown](SessionSubject(made.result, site.service.loaded)))
    forms = tuple(form for form in READ if all(map(installed, FORMS[form].packages)))
    context = ResultPage(
        entry=made.saved.entry,
        consultation=made.consultation,
        shown=shown,
        content=Markup(content),  # noqa: S704 - escaped there
        forms=forms,
    )
    return page(request, who, context)


@router.get(f"{ONE}/documents/session.{{form}}", name="consultation-session")
def session_document(request: Request, who: Who, case_id: str, consultation: str, form: str) -> Response:
    """The packet for a session as a file, with the day on which it is made."""
    return _document(request, who, case_id, consultation, "session", form)


@router.get(f"{ONE}/documents/handout.{{form}}", name="consultation-handout")
def handout(request: Request, who: Who, case_id: str, consultation: str, form: str) -> Response:
    """What is handed round in a session, as a file."""
    return _document(request, who, case_id, consultation, "handout", form)


@router.get(f"{ONE}/documents/record.{{form}}", name="consultation-record")
def record_of_session(request: Request, who: Who, case_id: str, consultation: str, form: str) -> Response:
    """The record of a session as a file: what was agreed, and the advice before and after."""
    return _document(request, who, case_id, consultation, "record", form)


def _document(request: Request, who: Visitor, case_id: str, consultation: str, kind: str, form: str) -> Response:
    site = site_of(request)
    made = consulted(site, who.person, case_id, consultation, shared=True)
    if form not in READ or made.result is None:
        raise NotFoundError
    day = reader_day(request, site.clock())
    document = document_of(site, who.person, made, kind, day)
    written = site.service.write(document, form, FILES[kind], day, caller=who.person.id)
    title = site.templates.word(f"consultations.paper-{kind}")
    plain, full = file_names(f"{title} {made.saved.entry.name}", FORMS[form].ending)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(written, headers=headers, media_type=FORMS[form].media_type)


@router.get(f"{ONE}/export.json", name="export-consultation")
def export_consultation(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """All of it that this person may see, as JSON."""
    site = site_of(request)
    made = consulted(site, who.person, case_id, consultation)
    plain, full = file_names(f"{site.templates.word('consultations.title')} {made.saved.entry.name}", "json")
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(exported(site, who.person, made), headers=headers, media_type="application/json")
