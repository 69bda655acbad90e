"""The pages outside of a case, as one person sees them on a machine of their own; and every error."""

from collections.abc import Iterator
from dataclasses import replace

from advisor.io.case_writer import case_json
from advisor.model.case import Case
from advisor.model.scenario import CaseFile
from advisor.screens.showcase import Showcase
from advisor.screens.visitor import ScreenVisitor, Seen

MANY = 55  # cases, more than a page of the list holds
LARGE = 1_048_577  # bytes, one more than a form may bring


def outside(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """The start, the list of cases, examples and what is brought from a file."""
    yield "empty", visitor.get("/")
    yield "errors", visitor.post("/cases", {"name": ""})
    yield "empty", visitor.get("/cases")
    yield "filled", visitor.get("/examples")
    yield "empty", visitor.get("/import")
    yield "errors", visitor.post("/import")
    yield "wrong-file", visitor.post("/import", file=("case.yaml", b"answers: 1\nother: 2\n"))
    yield "too-large", visitor.post("/import", file=("case.yaml", b"#" * LARGE))
    content = case_json(shown.file.case, visitor.loaded.rulebook.vocabulary).encode()
    yield "brought-from-file", visitor.post("/import", file=("case.json", content))
    case = shown.file.case
    paths = [visitor.begun_unseen(CaseFile(replace(Case("", {}), name=f"{case.name} {number}"), {})) for number in range(MANY)]
    yield "filled", visitor.get("/")
    yield "filled", visitor.get("/cases")
    yield "found", visitor.get("/cases", search=f"{case.name} {MANY - 1}")
    yield "found-nothing", visitor.get("/cases", search="¿?")
    yield "archived", visitor.post(f"{paths[0]}/archive", {"archived": "yes"})
    yield "archive", visitor.get("/cases", archived="true")
    yield "archived", visitor.get(f"{paths[0]}/manage")
    yield "deleted", visitor.post(f"{paths[1]}/delete")
    yield "not-found", visitor.get(paths[1])
    yield "not-found", visitor.get("/shared/none")
    yield "not-found", visitor.get("/answer/none")
    yield "not-found", visitor.get("/reset/none")


def done(visitor: ScreenVisitor) -> Iterator[Seen]:
    """What is said at the head of a page when a form was taken."""
    for key in visitor.words["said"]:
        yield f"said {key}", visitor.get("/", said=key)


def errors(visitor: ScreenVisitor) -> Iterator[Seen]:
    """Every error that a page can tell."""
    for key in visitor.words["error-page"]:
        code = key.removeprefix("what-")
        if code != key:
            yield f"error {code}", visitor.get(f"/error/{_STATUS.get(code, 400)}/{code}")


_STATUS = {
    "not-found": 404,
    "cross-site": 403,
    "conflict": 409,
    "consultation-closed": 409,
    "answering-by-link": 409,
    "invalid": 422,
    "bad-cursor": 422,
    "too-large": 413,
    "address-too-long": 414,
    "accounts-needed": 503,
    "throttled": 429,
    "method-not-allowed": 405,
    "out-of-time": 503,
    "unavailable": 503,
    "not-ready": 503,
    "busy": 503,
    "unforeseen": 500,
}
