"""`cases`: saved cases with their history. A change names the version it changes, so that nobody's work is overwritten."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from advisor.io.scenario_reader import parse_case_file, parse_change
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.model.scenario import CaseFile, apply
from advisor.store.errors import BadCursorError, ConflictError
from advisor.store.records import Person, SavedCase
from advisor.web.api.answering import After, Limit, acceptable, answered, content, link_after, names, versioned
from advisor.web.api.asking import Body, Caller
from advisor.web.api.bodies import BODY, ArchiveBody, read_asked, read_case_sent
from advisor.web.api.operations import JSON, ROOT, YAML, Gives, gives, operation
from advisor.web.api.records import Id, entry_record, revision_record, saved_record
from advisor.web.http_errors import ChangedError, VersionNeededError
from advisor.web.services import Services, services

router = APIRouter(prefix=ROOT)
_LARGEST = 2**31 - 1

Number = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a revision, from 1.")]


@operation(
    router,
    "POST",
    "/cases",
    "createCase",
    "cases",
    gives("SavedRecord", status=201, etag=True, headers=("Location",)),
    takes="CaseFile",
)
def create(request: Request, person: Caller, body: Body) -> Response:
    """Save a new case.

    The body is a case as a case file holds it, with its scenarios. It belongs to whoever asks.
    """
    desk = services(request)
    saved = desk.store.cases.create(person, read_case_sent(body, desk.service.vocabulary), at=desk.clock())
    made = _shown(saved, desk)
    headers = {"Location": f"{request.url.path}/{saved.entry.id}", "ETag": tag_of_case(saved, desk)}
    return answered(made, status=201, headers=headers)


@operation(router, "GET", "/cases", "listCases", "cases", gives("CasePage", headers=("Link",)))
def list_cases(
    request: Request,
    person: Caller,
    search: Annotated[str, Query(max_length=200, description="Part of the name of a case, or of a partner in it.")] = "",
    archived: Annotated[bool, Query(description="Those that were archived, instead of those that were not.")] = False,
    owner: Annotated[str, Query(max_length=64, pattern="^[a-z0-9]*$", description="Only those of this person, by id.")] = "",
    limit: Limit = 20,
    after: After = "",
) -> Response:
    """List cases, the latest change first.

    A leader sees their own, everybody else all of their organisation.
    """
    cases = services(request).store.cases
    page = cases.list(person, search=search, archived=archived, owner=owner or None, after=after, limit=limit)
    address, link = link_after(request, page.following)
    made = {"items": [entry_record(entry) for entry in page.items], "total": page.total, "next": address}
    return answered(content(made), headers=link)


@operation(
    router,
    "GET",
    "/cases/{case}",
    "readCase",
    "cases",
    Gives(200, ((JSON, "SavedRecord"), (YAML, "CaseFile")), etag=True),
    fails=(404, 406),
)
def read_case(request: Request, person: Caller, case: Id) -> Response:
    """Show a case as it is now.

    As YAML it is a case file, the same that the command line reads.
    """
    desk = services(request)
    form = acceptable(request.headers.get("accept", ""), (JSON, YAML))
    saved = desk.store.cases.read(person, case)
    if form == YAML:
        made = case_file_yaml(saved.file, desk.service.vocabulary).encode()
        return versioned(request, made, YAML, tag=tag_of_case(saved, desk, YAML))
    return versioned(request, _shown(saved, desk), tag=tag_of_case(saved, desk))


@operation(
    router,
    "PUT",
    "/cases/{case}",
    "replaceCase",
    "cases",
    gives("SavedRecord", etag=True),
    takes="CaseFile",
    fails=(404, 412, 428),
)
def replace_case(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Save a case anew, as a whole.

    `If-Match` names the version that was read (its `ETag`). Where somebody has saved it since, nothing is changed: the
    answer is 412, with the case as it is now and who saved it.
    """
    desk = services(request)
    file = read_case_sent(body, desk.service.vocabulary)
    return _save(person, _expected(request, person, case, desk), file, desk)


@operation(
    router,
    "PATCH",
    "/cases/{case}",
    "changeCase",
    "cases",
    gives("SavedRecord", etag=True),
    takes="Change",
    fails=(404, 412, 428),
)
def change_case(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Change some answers or partners of a case.

    The body says what changes, in the shape of a scenario: `answers`, `partners`, `add`, `drop`; `unknown` takes an
    answer away. `If-Match` as when a case is replaced.
    """
    desk = services(request)
    current = _expected(request, person, case, desk)
    vocabulary = desk.service.vocabulary
    change = parse_change(body.raw, current.file.case, vocabulary, name=BODY, place=BODY, as_json=body.as_json)
    file = CaseFile(apply(current.file.case, change), current.file.scenarios)
    # Scenarios may be about a partner that is left out now: the whole is read again, as if it had been sent.
    whole = parse_case_file(case_file_json(file, vocabulary).encode(), vocabulary, as_json=True)
    return _save(person, current, whole, desk)


@operation(
    router,
    "PUT",
    "/cases/{case}/archived",
    "archiveCase",
    "cases",
    gives("SavedRecord", etag=True),
    takes="ArchiveBody",
    fails=(404,),
)
def archive(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Put a case out of the way, or back."""
    desk = services(request)
    asked, _ = read_asked(body, ArchiveBody, desk.service.vocabulary)
    desk.store.cases.archive(person, case, asked.archived)
    saved = desk.store.cases.read(person, case)
    return answered(_shown(saved, desk), headers={"ETag": tag_of_case(saved, desk)})


@operation(router, "DELETE", "/cases/{case}", "deleteCase", "cases", Gives(204), fails=(404, 412))
def delete(request: Request, person: Caller, case: Id) -> Response:
    """Delete a case for good.

    Its history, its advice and its links go with it. With `If-Match`, only if it is still that version.
    """
    desk = services(request)
    if request.headers.get("if-match") is not None:
        _expected(request, person, case, desk)
    desk.store.cases.delete(person, case)
    return Response(status_code=204)


@operation(router, "GET", "/cases/{case}/history", "caseHistory", "cases", gives("RevisionPage", headers=("Link",)), fails=(404,))
def history(request: Request, person: Caller, case: Id, limit: Limit = 50, after: After = "") -> Response:
    """List the saves of a case, the newest first.

    Who, when, and which answers changed from what to what.
    """
    before = None
    if after:
        if not after.isdecimal() or not after.isascii() or int(after) > _LARGEST:
            raise BadCursorError(after)
        before = int(after)
    page = services(request).store.cases.history(person, case, before=before, limit=limit)
    address, link = link_after(request, page.following)
    made = {"items": [revision_record(revision) for revision in page.items], "total": page.total, "next": address}
    return answered(content(made), headers=link)


@operation(
    router, "GET", "/cases/{case}/history/{number}", "readRevision", "cases", gives("SavedRecord", etag=True), fails=(404,)
)
def read_revision(request: Request, person: Caller, case: Id, number: Number) -> Response:
    """Show a case as it was saved with this number."""
    desk = services(request)
    return versioned(request, _shown(desk.store.cases.at_revision(person, case, number), desk))


def tag_of_case(saved: SavedCase, desk: Services, form: str = JSON) -> str:
    """The version of a case: another revision, another rulebook to read it by, archived or not: another tag."""
    parts = [str(saved.entry.revision), desk.service.loaded.rulebook.sha256[:12]]
    parts += ["archived"] if saved.entry.archived else []
    parts += ["yaml"] if form == YAML else []
    return f'"{"-".join(parts)}"'


def _expected(request: Request, person: Person, case: str, desk: Services) -> SavedCase:
    """The case, if it is at the version that `If-Match` names. Raises `VersionNeededError` and `ChangedError`."""
    wanted = request.headers.get("if-match")
    current = desk.store.cases.read(person, case)
    if wanted is None:
        raise VersionNeededError
    if not any(names(wanted, tag_of_case(current, desk, form)) for form in (JSON, YAML)):
        raise _changed(person, current, desk)
    return current


def _save(person: Person, current: SavedCase, file: CaseFile, desk: Services) -> Response:
    try:
        saved = desk.store.cases.save(person, current.entry.id, current.entry.revision, file, at=desk.clock())
    except ConflictError as error:
        raise _changed(person, error.current, desk) from None
    return answered(_shown(saved, desk), headers={"ETag": tag_of_case(saved, desk)})


def _changed(person: Person, current: SavedCase, desk: Services) -> ChangedError:
    last = desk.store.cases.history(person, current.entry.id, limit=1).items[0]
    return ChangedError(
        headers={"ETag": tag_of_case(current, desk)},
        current=saved_record(current, desk.service.vocabulary),
        saved_by=last.by_name or last.by,
        saved_at=revision_record(last)["at"],
    )


def _shown(saved: SavedCase, desk: Services) -> bytes:
    return content(saved_record(saved, desk.service.vocabulary))
