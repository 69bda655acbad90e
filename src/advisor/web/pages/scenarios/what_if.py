"""What if: other answers tried out beside the case, what they would change, and keeping them as a scenario."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.responses import Response

from advisor.model.case import Case
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile, Scenario
from advisor.render.documents import problem_text
from advisor.render.phrasing import Speech
from advisor.store.errors import ConflictError
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import Context, page, see_other
from advisor.web.pages.scenarios.changes import (
    AppliedChanges,
    ChangeableQuestion,
    TriedChanges,
    changeable_questions,
    read_changes_in,
    work_out,
)
from advisor.web.pages.scenarios.comparison import Compared, compared
from advisor.web.pages.scenarios.scenario import name_problem, revision_of
from advisor.web.site import Site, site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, slots=True)
class Field:
    """A question shown to be changed: its place in the form, what is answered today, what is changed, and how to leave it be."""

    name: str
    choice: ChangeableQuestion
    changed: tuple[str, ...]
    without: str


@dataclass(frozen=True, kw_only=True)
class WhatIfPage(Context):
    """Other answers tried beside the case; its blocks are what they come to, and the questions found."""

    template = "whatif/page.html.j2"
    saved: Annotated[SavedCase, "the case"]
    changes: Annotated[TriedChanges, "what is tried, as the address says it"]
    changed: Annotated[AppliedChanges | None, "the same worked out; None where something is wrong with it"]
    result: Annotated[Compared | None, "what it would change; None where nothing is tried"]
    fields: Annotated[Sequence[Field], "the questions that are shown to be changed"]
    groups: Annotated[Sequence[tuple[str, str, Sequence[ChangeableQuestion]]], "further questions by section, or by partner"]
    before: Annotated[Case, "the case that the changes build on"]
    speech: Annotated[Speech, "how answers are said"]
    find: Annotated[str, "words that questions were looked for by"]
    typed: Annotated[str, "the name for a scenario, as it was typed"]
    conflict: Annotated[bool, "whether somebody else saved the case first"]
    address: Annotated[Callable[[TriedChanges], str], "where other changes are tried"]


@router.get("/cases/{case_id}/what-if", name="what-if")
def what_if(request: Request, who: Who, case_id: str, find: str = "") -> Response:
    """Changes to try, which stand in the address; asked by htmx, only what they come to, or only the questions found."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    changes = read_changes_in(request.query_params, site_of(request).service.vocabulary)
    return _shown(request, who, saved, changes, find=find)


@router.post("/cases/{case_id}/scenarios", name="keep-scenario")
def keep_scenario(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Keep changes as a scenario of the case."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    given = ImmutableMultiDict([(key, value) for key, value in posted.multi_items() if isinstance(value, str)])
    changes = read_changes_in(given, site.service.vocabulary)
    name = " ".join(given.get("name", "").split())
    wrong = name_problem(name, saved.file)
    changed, _ = _worked_out(site, changes, saved, name)
    if not wrong and changed is not None and not _says_something(changed.scenario):
        wrong = "nothing-to-keep"
    if wrong or changed is None:
        errors = [FieldError("name", site.templates.word(f"whatif.{wrong}"))] if wrong else []
        return _shown(request, who, saved, changes, name=name, errors=errors, status=422)
    scenario = replace(changed.scenario, on=changes.on or None)
    file = CaseFile(saved.file.case, {**saved.file.scenarios, name: scenario})
    try:
        site.store.cases.save(who.person, case_id, revision_of(given, saved), file, at=site.clock())
    except ConflictError as conflict:
        return _shown(request, who, conflict.current, changes, name=name, conflict=True, status=409)
    return see_other(request, "scenario", case_id=case_id, name=name, said="scenario-kept")


def _shown(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    changes: TriedChanges,
    *,
    find: str = "",
    name: str = "",
    errors: list[FieldError] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> Response:
    site = site_of(request)
    label = site.service.wording.phrases["scenarios"]["what-if"]
    changed, problems = _worked_out(site, changes, saved, label)
    all_errors = [*(errors or []), *(FieldError("", text) for text in problems)]
    result = None if changed is None or changes.is_empty else _result(site, saved, changes, changed)
    context = WhatIfPage(
        saved=saved,
        changes=changes,
        changed=changed,
        result=result,
        fields=_fields(site, saved, changes, changed),
        groups=_found(site, changes, changed, find),
        before=changed.before if changed else saved.file.case,
        speech=Speech(site.service.loaded),
        find=find,
        typed=name,
        conflict=conflict,
        address=lambda other: site.templates.url("what-if", case_id=saved.entry.id, **other.query()),
    )
    block = "picker" if request.headers.get("hx-target") == "picker" else "result"
    wrong = 422 if problems and status == 200 else status
    return page(request, who, context, status=wrong, errors=all_errors, block=block)


def _worked_out(site: Site, changes: TriedChanges, saved: SavedCase, name: str) -> tuple[AppliedChanges | None, list[str]]:
    """The changes worked out, or what is wrong with them."""
    if changes.on and changes.on not in saved.file.scenarios:
        return None, [site.templates.word("whatif.no-scenario")]
    try:
        return work_out(changes, saved.file, site.service.vocabulary, name), []
    except InputError as error:
        return None, [problem_text(replace(each, file=""), site.service.wording.phrases) for each in error.problems]


def _result(site: Site, saved: SavedCase, changes: TriedChanges, changed: AppliedChanges) -> Compared:
    service, words = site.service, site.service.wording.phrases["scenarios"]
    entry = saved.entry
    before = [(changes.on or words["as-it-stands"], changed.before)]
    first = service.recent(("reading", entry.id, entry.revision, changes.on), lambda: service.readings(before))
    return compared([*first, *service.readings([(words["what-if"], changed.after)])], service.loaded)


def _fields(site: Site, saved: SavedCase, changes: TriedChanges, changed: AppliedChanges | None) -> list[Field]:
    """The questions that are shown to be changed, of partners that are there."""
    if changed is None:
        before = saved.file.under(changes.on) if changes.on in saved.file.scenarios else saved.file.case
        names = {partner.name: partner.answers for partner in before.partners} | {name: {} for name in changes.add}
    else:
        before = changed.before
        known = {partner.name: partner.answers for partner in before.partners}
        names = {partner.name: known.get(partner.name, {}) for partner in changed.after.partners}
    found = []
    for ref in changes.questions:
        question, partner = ref.question, ref.partner or ""
        if (partner and partner not in names) or bool(partner) is not _of_partner(site, question):
            continue
        today = tuple((names[partner] if partner else before.answers).get(question, ()))
        choice = ChangeableQuestion(site.service.vocabulary.questions[question], partner, today)
        without = site.templates.url("what-if", case_id=saved.entry.id, **changes.without(ref).query())
        found.append(Field(str(ref), choice, changes.answers.get(ref, today), without))
    return found


def _of_partner(site: Site, question: str) -> bool:
    return site.service.vocabulary.questions[question].asked == "partner"


def _found(
    site: Site, changes: TriedChanges, changed: AppliedChanges | None, find: str
) -> list[tuple[str, str, list[ChangeableQuestion]]]:
    """The questions that could be changed too; of those, the ones that say every word that is looked for."""
    if changed is None:
        return []
    wording, words = site.service.wording, find.casefold().split()
    taken = set(changes.questions)

    def fits(choice: ChangeableQuestion) -> bool:
        said = [wording.asked(choice.question.id), choice.question.id, choice.partner]
        said += [wording.option(choice.question.id, option) for option in choice.question.options]
        text = " ".join(said).casefold()
        return choice.ref not in taken and all(word in text for word in words)

    groups = (
        (s, p, [c for c in group if fits(c)])
        for s, p, group in changeable_questions(changed.after, site.service.loaded.relevance)
    )
    return [each for each in groups if each[2]]


def _says_something(scenario: Scenario) -> bool:
    return bool(scenario.answers or scenario.partners or scenario.add or scenario.drop)
