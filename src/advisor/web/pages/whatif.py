"""What if: other answers tried out beside the case, what they would change, and the branches kept of it."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.responses import Response

from advisor.io.case_reader import MAX_NAME
from advisor.model.problems import InputError
from advisor.model.scenario import MAX_SCENARIOS, CaseFile, Scenario
from advisor.render.documents import problem_text
from advisor.render.phrasing import Speech
from advisor.store.errors import ConflictError
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.comparing import Compared, compared
from advisor.web.pages.trial import Choice, Trial, Tried, built_on, choices, read_trial, renamed_in, work_out
from advisor.web.services import Services, services
from advisor.web.templates import FieldError, page, see_other

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, slots=True)
class Field:
    """A question shown to be changed: its place in the form, what is answered today, what is tried, and how to leave it be."""

    name: str
    choice: Choice
    tried: tuple[str, ...]
    without: str


@router.get("/cases/{case_id}/what-if", name="what-if")
def what_if(request: Request, who: Who, case_id: str, find: str = "") -> Response:
    """A trial, which stands in the address; asked by htmx, only what it changes, or only the questions found."""
    saved = services(request).store.cases.read(who.person, case_id)
    trial = read_trial(request.query_params, services(request).service.vocabulary)
    return _shown(request, who, saved, trial, find=find)


@router.post("/cases/{case_id}/branches", name="keep-branch")
def keep_branch(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Keep a trial as a branch of the case."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    given = ImmutableMultiDict([(key, value) for key, value in posted.multi_items() if isinstance(value, str)])
    trial = read_trial(given, desk.service.vocabulary)
    name = " ".join(given.get("name", "").split())
    wrong = _name_problem(name, saved.file)
    tried, _ = _worked_out(desk, trial, saved, name)
    if not wrong and tried is not None and not _says_something(tried.scenario):
        wrong = "nothing-to-keep"
    if wrong or tried is None:
        errors = [FieldError("name", desk.frame.word(f"whatif.{wrong}"))] if wrong else []
        return _shown(request, who, saved, trial, name=name, errors=errors, status=422)
    branch = replace(tried.scenario, on=trial.on or None)
    file = CaseFile(saved.file.case, {**saved.file.scenarios, name: branch})
    try:
        desk.store.cases.save(who.person, case_id, _revision(given, saved), file, at=desk.clock())
    except ConflictError as conflict:
        return _shown(request, who, conflict.current, trial, name=name, conflict=True, status=409)
    return see_other(request, "branch", case_id=case_id, name=name, said="branch-kept")


@router.get("/cases/{case_id}/branches", name="branch")
def branch(request: Request, who: Who, case_id: str, name: str) -> Response:
    """A branch: what it changes, and what can be done with it."""
    saved = services(request).store.cases.read(who.person, case_id)
    return _branch(request, who, saved, name)


@router.post("/cases/{case_id}/branches/rename", name="rename-branch")
def rename_branch(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Call a branch otherwise."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    name, new = str(posted.get("name", "")), " ".join(str(posted.get("new", "")).split())
    if name not in saved.file.scenarios:
        raise NotFoundError
    code = "" if new == name else _name_problem(new, saved.file)
    if code:
        return _branch(
            request, who, saved, name, new=new, errors=[FieldError("new", desk.frame.word(f"whatif.{code}"))], status=422
        )
    file = CaseFile(saved.file.case, renamed_in(saved.file.scenarios, name, new))
    return _saved(request, who, saved, posted, file, name, new, "branch-renamed")


@router.post("/cases/{case_id}/branches/delete", name="delete-branch")
def delete_branch(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Delete a branch on which no other builds."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    name = str(posted.get("name", ""))
    if name not in saved.file.scenarios:
        raise NotFoundError
    if built_on(saved.file.scenarios, name):
        errors = [FieldError("", desk.frame.word("whatif.built-on"))]
        return _branch(request, who, saved, name, errors=errors, status=422)
    file = CaseFile(saved.file.case, {key: each for key, each in saved.file.scenarios.items() if key != name})
    return _saved(request, who, saved, posted, file, name, "", "branch-deleted")


def _saved(
    request: Request, who: Visitor, saved: SavedCase, posted: FormData, file: CaseFile, name: str, then: str, said: str
) -> Response:
    """Save what was done to a branch; where somebody was first, show it as it is now, and say so."""
    desk, case_id = services(request), saved.entry.id
    try:
        desk.store.cases.save(who.person, case_id, _revision(posted, saved), file, at=desk.clock())
    except ConflictError as conflict:
        if name not in conflict.current.file.scenarios:
            if then:
                raise NotFoundError from None
            return see_other(request, "what-if", case_id=case_id, said=said)
        return _branch(request, who, conflict.current, name, new=then, conflict=True, status=409)
    if then:
        return see_other(request, "branch", case_id=case_id, name=then, said=said)
    return see_other(request, "what-if", case_id=case_id, said=said)


def _branch(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    name: str,
    *,
    new: str | None = None,
    errors: list[FieldError] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> Response:
    desk = services(request)
    if name not in saved.file.scenarios:
        raise NotFoundError
    values: dict[str, Any] = {
        "saved": saved,
        "scenario": saved.file.scenarios[name],
        "before": saved.file.under(on) if (on := saved.file.scenarios[name].on) else saved.file.case,
        "above": built_on(saved.file.scenarios, name),
        "new": name if new is None else new,
        "speech": Speech(desk.service.loaded),
        "conflict": conflict,
        "errors": errors or [],
    }
    return page(request, who, "whatif/branch.html.j2", status=status, **values)


def _shown(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    trial: Trial,
    *,
    find: str = "",
    name: str = "",
    errors: list[FieldError] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> Response:
    desk = services(request)
    label = desk.service.wording.phrases["scenarios"]["what-if"]
    tried, problems = _worked_out(desk, trial, saved, label)
    all_errors = [*(errors or []), *(FieldError("", text) for text in problems)]
    result = None if tried is None or trial.is_empty else _result(desk, saved, trial, tried)
    before = tried.before if tried else saved.file.case
    values: dict[str, Any] = {
        "saved": saved,
        "trial": trial,
        "tried": tried,
        "result": result,
        "fields": _fields(desk, saved, trial, tried),
        "groups": _found(desk, trial, tried, find),
        "before": before,
        "speech": Speech(desk.service.loaded),
        "find": find,
        "typed": name,
        "conflict": conflict,
        "errors": all_errors,
        "address": lambda changed: desk.frame.url("what-if", case_id=saved.entry.id, **changed.query()),
    }
    block = "picker" if request.headers.get("hx-target") == "picker" else "result"
    wrong = 422 if problems and status == 200 else status
    return page(request, who, "whatif/page.html.j2", status=wrong, block=block, **values)


def _worked_out(desk: Services, trial: Trial, saved: SavedCase, name: str) -> tuple[Tried | None, list[str]]:
    """The trial worked out, or what is wrong with it."""
    if trial.on and trial.on not in saved.file.scenarios:
        return None, [desk.frame.word("whatif.no-branch")]
    try:
        return work_out(trial, saved.file, desk.service.vocabulary, name), []
    except InputError as error:
        return None, [problem_text(replace(each, file=""), desk.service.wording.phrases) for each in error.problems]


def _result(desk: Services, saved: SavedCase, trial: Trial, tried: Tried) -> Compared:
    service, words = desk.service, desk.service.wording.phrases["scenarios"]
    entry = saved.entry
    before = [(trial.on or words["as-it-stands"], tried.before)]
    first = service.recent(("reading", entry.id, entry.revision, trial.on), lambda: service.readings(before))
    return compared([*first, *service.readings([(words["what-if"], tried.after)])], service.loaded)


def _fields(desk: Services, saved: SavedCase, trial: Trial, tried: Tried | None) -> list[Field]:
    """The questions that are shown to be changed, of partners that are there."""
    if tried is None:
        before = saved.file.under(trial.on) if trial.on in saved.file.scenarios else saved.file.case
        names = {partner.name: partner.answers for partner in before.partners} | {name: {} for name in trial.add}
    else:
        before = tried.before
        known = {partner.name: partner.answers for partner in before.partners}
        names = {partner.name: known.get(partner.name, {}) for partner in tried.after.partners}
    found = []
    for ref in trial.questions:
        question, partner = ref.question, ref.partner or ""
        if (partner and partner not in names) or bool(partner) is not _of_partner(desk, question):
            continue
        today = tuple((names[partner] if partner else before.answers).get(question, ()))
        choice = Choice(desk.service.vocabulary.questions[question], partner, today)
        without = desk.frame.url("what-if", case_id=saved.entry.id, **trial.without(ref).query())
        found.append(Field(str(ref), choice, trial.answers.get(ref, today), without))
    return found


def _of_partner(desk: Services, question: str) -> bool:
    return desk.service.vocabulary.questions[question].asked == "partner"


def _found(desk: Services, trial: Trial, tried: Tried | None, find: str) -> list[tuple[str, str, list[Choice]]]:
    """The questions that could be tried too; of those, the ones that say every word that is looked for."""
    if tried is None:
        return []
    wording, words = desk.service.wording, find.casefold().split()
    taken = set(trial.questions)

    def fits(choice: Choice) -> bool:
        said = [wording.asked(choice.question.id), choice.question.id, choice.partner]
        said += [wording.option(choice.question.id, option) for option in choice.question.options]
        text = " ".join(said).casefold()
        return choice.ref not in taken and all(word in text for word in words)

    groups = ((s, p, [c for c in group if fits(c)]) for s, p, group in choices(tried.after, desk.service.loaded.relevance))
    return [each for each in groups if each[2]]


def _says_something(scenario: Scenario) -> bool:
    return bool(scenario.answers or scenario.partners or scenario.add or scenario.drop)


def _name_problem(name: str, file: CaseFile) -> str:
    """What is wrong with a name for a branch, "" for nothing."""
    if not name:
        return "name-missing"
    if len(name) > MAX_NAME:
        return "name-long"
    if len(file.scenarios) >= MAX_SCENARIOS:
        return "too-many"
    return "name-taken" if name.casefold() in {each.casefold() for each in file.scenarios} else ""


def _revision(given: ImmutableMultiDict[str, str] | FormData, saved: SavedCase) -> int:
    """The revision that a form was made from."""
    said = str(given.get("revision", ""))
    return int(said) if said.isdecimal() and len(said) < 10 else saved.entry.revision
