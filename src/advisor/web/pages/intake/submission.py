"""A form of questions as it comes back: what is wrong with it, how it is saved, and what it asks where two people clash."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.model.problems import Problem
from advisor.model.references import note_of
from advisor.model.vocabulary import NONE, Question
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor
from advisor.web.page import page
from advisor.web.pages.fields import text, texts
from advisor.web.pages.intake.case_fields import kind_of
from advisor.web.pages.intake.form_fields import FormContent, number, read_answers
from advisor.web.pages.intake.merge import SIDES, ChosenSide
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.saver import GONE, Diverged, Saved, Saver, Wanted
from advisor.web.site import site_of
from advisor.web.templates import FieldError, Templates

DECIDING = "deciding"  # the field which tells that a form comes from the page that shows a clash


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it was sent: from which revision it was made, about whom, what it says, and which sides were chosen.

    `prefix` tells its fields apart where the page has a form about every partner.
    """

    revision: int
    partner: int
    reading: FormContent
    chosen: Mapping[str, ChosenSide]
    prefix: str = ""


def received(posted: FormData, questions: Iterable[Question], partner: int = AGENCY, prefix: str = "") -> SentForm:
    """What a form about the agency, or about the partner of a number, says to these questions."""
    return sent_form(posted, read_answers(posted, questions, prefix), partner, prefix)


def sent_form(posted: FormData, reading: FormContent, partner: int = AGENCY, prefix: str = "") -> SentForm:
    """A form with what it was read to say."""
    choices = {name: choice for name in (*reading.typed, GONE) if (choice := chosen_side(posted, prefix + name))}
    return SentForm(number(posted, "revision"), partner, reading, choices, prefix)


def chosen_side(posted: FormData, name: str) -> ChosenSide | None:
    """Which side was chosen for an answer, or for a partner, where both had changed it."""
    seen = tuple(texts(posted, f"seen-{name}"))
    return next((ChosenSide(side, seen) for side in SIDES if text(posted, f"choice-{name}") == side), None)


def errors_of(sent: SentForm, templates: Templates) -> list[FieldError]:
    """What is wrong with a form, in words, at the first control of each field concerned."""
    words = templates.loaded.wording

    def asked(field: str) -> str:
        kind, name = kind_of(field)
        return words.phrases["free-words"][name] if kind == "words" else words.asked(note_of(name)[0])

    def error(field: str, problem: Problem) -> FieldError:
        none = words.option(field, NONE)
        text = templates.word(
            f"intake.{problem.code}", ask=asked(field), found=problem.found, most="".join(problem.allowed[:1]), none=none
        )
        return FieldError(sent.prefix + field, text)

    return [error(field, problem) for field, problem in sent.reading.wrong.items()]


def base_of(request: Request, who: Visitor, case_id: str, revision: int) -> SavedCase:
    """The case as it was when a form was made from it, or as it is now where that is not known."""
    cases = site_of(request).store.cases
    saved = cases.read(who.person, case_id)
    if not 0 < revision < saved.entry.revision:
        return saved
    return cases.at_revision(who.person, case_id, revision)


def save(request: Request, who: Visitor, case_id: str, *sent: SentForm) -> Saved | Diverged:
    """Save what the forms of a page say, all of it or, where anything clashes, nothing."""
    site = site_of(request)
    wanted = [Wanted(each.revision, each.partner, each.reading.answers, each.chosen) for each in sent]
    return Saver(site.store, who.person, case_id, site.clock()).save(*wanted)


def after(outcome: Saved, relevance: Relevance) -> dict[str, object]:
    """What the page after a save is to tell, as it stands in its address: others' saves, answers that were set aside."""
    case = outcome.saved.file.case
    aside = {*relevance.facts(case).set_aside} - {*relevance.facts(outcome.before).set_aside}
    return {
        "merged": f"{outcome.since}-{outcome.saved.entry.revision}" if outcome.since else "",
        "aside": len(aside) or "",
    }


@dataclass(frozen=True, kw_only=True)
class ConflictPage(IntakePage):
    """What two people changed differently, and the choice between them."""

    template = "intake/conflict.html.j2"
    diverged: Annotated[Diverged, "both sides"]
    sent: Annotated[SentForm, "the form that clashes, as it was sent"]
    again: Annotated[Sequence[tuple[str, str]], "all fields of the page that are to be sent again, with their values"]
    action: Annotated[str, "where it is sent"]


def diverged_page(request: Request, who: Visitor, posted: FormData, sent: Sequence[SentForm], diverged: Diverged) -> Response:
    """The page that shows both sides and asks for a choice. Nothing was saved."""
    templates, clashing = site_of(request).templates, sent[diverged.form]
    names = [GONE] if diverged.gone else [clash.question for clash, _ in diverged.clashes]
    fields = {f"{kind}-{clashing.prefix}{name}" for kind in ("choice", "seen") for name in names} | {DECIDING}
    choose = templates.word("conflict.choose")
    errors = [FieldError(f"choice-{clashing.prefix}{name}", choose) for name in names] if text(posted, DECIDING) else []
    context = ConflictPage(
        **intake_values(request, who, diverged.current),
        diverged=diverged,
        sent=clashing,
        again=[(name, value) for name, value in posted.multi_items() if name not in fields and isinstance(value, str)],
        action=request.url.path,
    )
    return page(request, who, context, status=422 if errors else 409, errors=errors)
