"""What is said in free words: what the agency is called and wants, and what is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.interview import WORDS_STEP
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import page, see_other
from advisor.web.pages.fields import text
from advisor.web.pages.intake.case_fields import said_about
from advisor.web.pages.intake.form_fields import number, read_words
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.progress import Form
from advisor.web.pages.intake.saver import Saved
from advisor.web.pages.intake.steps import read_been, write_been
from advisor.web.pages.intake.submission import base_of, diverged_page, errors_of, save, sent_form
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class WordsPage(IntakePage):
    """The free words."""

    template = "intake/free-words.html.j2"
    sequence: Annotated[str, "the steps of this session, where the page is a part of it"]
    given: Annotated[Mapping[str, tuple[str, ...]], "what is said so far, by field"]
    revision: Annotated[int, "the revision that the form is made from"]


@router.get("/cases/{case_id}/words", name="words")
def free_words(request: Request, who: Who, case_id: str, been: str = "") -> Response:
    """What is said in free words; `been` is there where questions come one after another only, and "-" at its beginning."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    return _page(request, who, saved, been, said_about(saved.file.case, None) or {}, saved.entry.revision)


@router.post("/cases/{case_id}/words", name="save-words")
def save_words(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Save what is said in free words, and go on."""
    site = site_of(request)
    base = base_of(request, who, case_id, number(posted, "revision"))
    form_sent, been, go = sent_form(posted, read_words(posted)), text(posted, "been"), text(posted, "go")
    if errors := errors_of(form_sent, site.templates):
        return _page(request, who, base, been, form_sent.reading.typed, form_sent.revision, errors)
    outcome = save(request, who, case_id, form_sent)
    if not isinstance(outcome, Saved):
        return diverged_page(request, who, posted, [form_sent], outcome)
    case = outcome.saved.file.case
    if go == "list":
        return see_other(request, "case", case_id=case_id)
    if been:
        steps = (*read_been(been, site.service.vocabulary), WORDS_STEP)
        return see_other(request, "next", case_id=case_id, been=write_been(steps))
    first = Form(case, site.service.loaded.relevance).sections()[0]
    return see_other(request, "section", case_id=case_id, section=first.id)


def _page(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    been: str,
    given: Mapping[str, tuple[str, ...]],
    revision: int,
    errors: Sequence[FieldError] = (),
) -> Response:
    steps = read_been(been, site_of(request).service.vocabulary)
    values = intake_values(request, who, saved, been=steps)
    context = WordsPage(**values, sequence=been, given=given, revision=revision)
    return page(request, who, context, status=422 if errors else 200, errors=errors)
