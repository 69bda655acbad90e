"""`cases`: saved cases with their history. A change names the version it changes, so that nobody's work is overwritten."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from advisor.io.scenario_reader import parse_case_file, parse_change
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.model.scenario import CaseFile, apply
from advisor.store.errors import BadCursorError, ConflictError
from advisor.store.records import Person, SavedCase
from advisor.web.api.bodies import BODY, ArchiveBody, read_asked, read_case_sent
from advisor.web.api.once import once
from advisor.web.api.operations import JSON, ROOT, YAML, Gives, gives, operation
from advisor.web.api.queries import Body, Caller
from advisor.web.api.records import Id, entry_record, revision_record, saved_record
from advisor.web.api.responses import After, Limit, acceptable, content, link_after, names, respond, tags_in, versioned
from advisor.web.audit_trail import about
from advisor.web.http_errors import ChangedError, NotOurTagError, VersionNeededError
from advisor.web.site import Site, site_of

router = APIRouter(prefix=ROOT)
_LARGEST = 2**31 - 1
_TAG = re.compile(r'"\d+-[0-9a-f]{12}(-archived)?(-yaml)?"')  # what `tag_of_case` makes

Number = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a revision, from 1.")]


@operation(
    router,
    "POST",
    "/cases",
    "createCase",
    "cases",
    gives("SavedRecord", status=201, etag=True, headers=("Location",)),
    takes="CaseFile",
    fails=(409,),
)
@once
def create_case(request: Request, person: Caller, body: Body) -> Response:
    """Save a new case.

    The body is a case as a case file holds it, with its scenarios. It belongs to whoever asks.
    """
    site = site_of(request)
    saved = site.store.cases.create(person, read_case_sent(body, site.service.vocabulary), at=site.clock())
    about(request, case=saved.entry.id)
    made = _shown(saved, site)
    headers = {"Location": f"{request.url.path}/{saved.entry.id}", "ETag": tag_of_case(saved, site)}
    return respond(made, status=201, headers=headers)


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

    A leader sees their own, everybody else all of their organization.
    """
    cases = site_of(request).store.cases
    page = cases.list(person, search=search, archived=archived, owner=owner or None, after=after, limit=limit)
    address, link = link_after(request, page.following)
    made = {"items": [entry_record(entry) for entry in page.items], "total": page.total, "next": address}
    return respond(content(made), headers=link)


@operation(
    router,
    "GET",
    "/cases/{case}",
    "readCase",
    "cases",
    Gives(200, ((JSON, "SavedRecord"), (YAML, "CaseFile")), etag=True),
    fails=(404, 406),
)
def show_case(request: Request, person: Caller, case: Id) -> Response:
    """Show a case as it is now.

    As YAML it is a case file, the same that the command line reads.
    """
    site = site_of(request)
    form = acceptable(request.headers.get("accept", ""), (JSON, YAML))
    saved = site.store.cases.read(person, case)
    if form == YAML:
        made = case_file_yaml(saved.file, site.service.vocabulary).encode()
        return versioned(request, made, YAML, tag=tag_of_case(saved, site, YAML))
    return versioned(request, _shown(saved, site), tag=tag_of_case(saved, site))


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
    site = site_of(request)
    file = read_case_sent(body, site.service.vocabulary)
    return _save(person, _expected(request, person, case, site), file, site)


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
    site = site_of(request)
    current = _expected(request, person, case, site)
    vocabulary = site.service.vocabulary
    change = parse_change(body.raw, current.file.case, vocabulary, name=BODY, place=BODY, as_json=body.as_json)
    file = CaseFile(apply(current.file.case, change), current.file.scenarios)
    # Scenarios may be about a partner that is left out now: the whole is read again, as if it had been sent.
    whole = parse_case_file(case_file_json(file, vocabulary).encode(), vocabulary, as_json=True)
    return _save(person, current, whole, site)


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
def archive_case(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Put a case out of the way, or back."""
    site = site_of(request)
    asked, _ = read_asked(body, ArchiveBody, site.service.vocabulary)
    site.store.cases.archive(person, case, asked.archived)
    saved = site.store.cases.read(person, case)
    return respond(_shown(saved, site), headers={"ETag": tag_of_case(saved, site)})


@operation(router, "DELETE", "/cases/{case}", "deleteCase", "cases", Gives(204), fails=(404, 409, 412))
def delete_case(request: Request, person: Caller, case: Id) -> Response:
    """Delete a case for good.

    Its history, its advice and its links go with it. With `If-Match`, only if it is still that version.
    """
    site = site_of(request)
    if request.headers.get("if-match") is not None:
        _expected(request, person, case, site)
    site.store.cases.delete(person, case)
    return Response(status_code=204)


@operation(router, "GET", "/cases/{case}/history", "caseHistory", "cases", gives("RevisionPage", headers=("Link",)), fails=(404,))
def case_history(request: Request, person: Caller, case: Id, limit: Limit = 50, after: After = "") -> Response:
    """List the saves of a case, the newest first.

    Who, when, and which answers changed from what to what.
    """
    before = None
    if after:
        if not after.isdecimal() or not after.isascii() or int(after) > _LARGEST:
            raise BadCursorError(after)
        before = int(after)
    page = site_of(request).store.cases.history(person, case, before=before, limit=limit)
    address, link = link_after(request, page.following)
    made = {"items": [revision_record(revision) for revision in page.items], "total": page.total, "next": address}
    return respond(content(made), headers=link)


@operation(
    router, "GET", "/cases/{case}/history/{number}", "readRevision", "cases", gives("SavedRecord", etag=True), fails=(404,)
)
def read_revision(request: Request, person: Caller, case: Id, number: Number) -> Response:
    """Show a case as it was saved with this number."""
    site = site_of(request)
    return versioned(request, _shown(site.store.cases.at_revision(person, case, number), site))


def tag_of_case(saved: SavedCase, site: Site, form: str = JSON) -> str:
    """The version of a case: another revision, another rulebook to read it by, archived or not: another tag."""
    parts = [str(saved.entry.revision), site.service.loaded.rulebook.sha256[:12]]
    parts += ["archived"] if saved.entry.archived else []
    parts += ["yaml"] if form == YAML else []
    return f'"{"-".join(parts)}"'


def _expected(request: Request, person: Person, case: str, site: Site) -> SavedCase:
    """The case, if it is at the version that `If-Match` names. Raises `VersionNeededError`, `NotOurTagError`, `ChangedError`."""
    wanted = request.headers.get("if-match")
    current = site.store.cases.read(person, case)
    if wanted is None:
        raise VersionNeededError
    if not any(names(wanted, tag_of_case(current, site, form)) for form in (JSON, YAML)):
        if not any(_TAG.fullmatch(tag) for tag in tags_in(wanted)):
            raise NotOurTagError(headers={"ETag": tag_of_case(current, site)})
        raise _changed(person, current, site)
    return current


def _save(person: Person, current: SavedCase, file: CaseFile, site: Site) -> Response:
    try:
        saved = site.store.cases.save(person, current.entry.id, current.entry.revision, file, at=site.clock())
    except ConflictError as error:
        raise _changed(person, error.current, site) from None
    return respond(_shown(saved, site), headers={"ETag": tag_of_case(saved, site)})


def _changed(person: Person, current: SavedCase, site: Site) -> ChangedError:
    last = site.store.cases.history(person, current.entry.id, limit=1).items[0]
    return ChangedError(
        headers={"ETag": tag_of_case(current, site)},
        current=saved_record(current, site.service.vocabulary),
        saved_by=last.by_name or last.by,
        saved_at=revision_record(last)["at"],
    )


def _shown(saved: SavedCase, site: Site) -> bytes:
    return content(saved_record(saved, site.service.vocabulary))
