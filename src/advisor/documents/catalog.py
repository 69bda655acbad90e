"""Which documents there are, in which forms, and how one is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from advisor.documents import html, markdown
from advisor.documents.agreement import AGREEMENT, agreement, draft_of
from advisor.documents.blocks import Document
from advisor.documents.memo import MEMO, memo
from advisor.documents.packet import PACKET, packet
from advisor.documents.plan import plan
from advisor.documents.request import DocumentRequest
from advisor.documents.subject import DocumentSubject, Lookahead
from advisor.io.packages import installed, need_packages
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.model.problems import InputError, Problem, nearest
from advisor.render.documents import Detail

EXTRA = "documents"
NONE = Lookahead()
MAX_TEMPLATE = 20 * 1024 * 1024  # bytes
Kind = Literal["memo", "plan", "agreement", "packet"]
FormName = Literal["docx", "pdf", "html", "markdown", "xlsx", "ics"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A form that a document can have: its media type, how its files end, and the packages that write it."""

    media_type: str
    ending: str
    packages: tuple[str, ...] = ()


FORMS: Mapping[str, FileFormat] = {
    "docx": FileFormat("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", ("docxtpl", "typst")),
    "pdf": FileFormat("application/pdf", "pdf", ("pikepdf", "typst")),
    "html": FileFormat("text/html", "html"),
    "markdown": FileFormat("text/markdown", "md"),
    "xlsx": FileFormat("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", ("openpyxl",)),
    "ics": FileFormat("text/calendar", "ics", ("icalendar",)),
}
READ, TABLED = ("docx", "pdf", "html", "markdown"), ("xlsx", "ics")
KINDS: Mapping[str, tuple[str, ...]] = {"memo": READ, "plan": TABLED, "agreement": READ, "packet": READ}
ALL_DEPTHS: tuple[Detail, ...] = ("line", "paragraph", "full")
ONE_DEPTH: tuple[Detail, ...] = ("paragraph",)  # a memo has the line, the page and the annex in one
DEPTHS: Mapping[str, tuple[Detail, ...]] = {"memo": ONE_DEPTH, "plan": ONE_DEPTH, "agreement": ALL_DEPTHS, "packet": ALL_DEPTHS}
WRITTEN: Mapping[str, tuple[Callable[[DocumentSubject], Document], tuple[str, ...]]] = {
    "memo": (memo, MEMO),
    "agreement": (agreement, AGREEMENT),
    "packet": (packet, PACKET),
}


def check(wanted: DocumentRequest) -> None:
    """Raise `InputError` for a document that there is not, a form or depth that it has not, or packages that are missing."""
    if wanted.kind not in KINDS:
        raise InputError([_unknown("unknown-document", wanted.kind, tuple(KINDS))])
    forms = KINDS[wanted.kind]
    if wanted.form not in forms:
        raise InputError([_unknown("unknown-format", wanted.form, forms)])
    if wanted.detail not in DEPTHS[wanted.kind]:
        raise InputError([Problem("", 0, "no-such-depth", about=wanted.kind, found=wanted.detail, allowed=DEPTHS[wanted.kind])])
    if wanted.template is not None and wanted.form != "docx":
        raise InputError([Problem(wanted.place, 0, "template-without-word", found=wanted.form)])
    need_packages(FORMS[wanted.form].packages, EXTRA)


def forms_of(kind: str) -> tuple[str, ...]:
    """The forms that a kind of document can be made in here, with the packages that are installed."""
    return tuple(form for form in KINDS[kind] if all(map(installed, FORMS[form].packages)))


def offered(advice: Advice, case: Case, loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """The documents that can be made on a case here, each with its forms."""
    found, subject = {kind: forms_of(kind) for kind in KINDS}, DocumentSubject(advice, case, loaded, DocumentRequest("", ""))
    if not plan(subject).days:
        found["plan"] = tuple(form for form in found["plan"] if form != "ics")
    try:
        draft_of(subject)
    except InputError:
        del found["agreement"]
    return {kind: forms for kind, forms in found.items() if forms}


def compose(advice: Advice, case: Case, loaded: Loaded, wanted: DocumentRequest, lookahead: Lookahead = NONE) -> Document:
    """What a document says that is read. `lookahead` is what was looked for beside the advice."""
    return WRITTEN[wanted.kind][0](DocumentSubject(advice, case, loaded, wanted, lookahead))


def make(advice: Advice, case: Case, loaded: Loaded, wanted: DocumentRequest, lookahead: Lookahead = NONE) -> bytes:
    """A document as a file, with what `compose` takes. Raises `InputError` where it cannot be made so, or not on this advice."""
    check(wanted)
    if wanted.kind in WRITTEN:
        document = compose(advice, case, loaded, wanted, lookahead)
        return write(document, wanted.form, WRITTEN[wanted.kind][1], wanted.day, wanted.template, wanted.place)
    subject = DocumentSubject(advice, case, loaded, wanted)
    if wanted.form == "xlsx":
        from advisor.documents import spreadsheet

        return spreadsheet.write(plan(subject), subject.say, wanted.day)
    from advisor.documents import calendar

    return calendar.write(plan(subject), wanted.day)


def write(
    document: Document, form: str, names: Sequence[str], day: date | None, template: bytes | None = None, place: str = ""
) -> bytes:
    """A document that is read as a file in one of the forms `READ`; `names` are the sections that such a one can have."""
    need_packages(FORMS[form].packages, EXTRA)
    if form == "markdown":
        return markdown.write(document)
    if form == "html":
        return html.write(document)
    if form == "pdf":
        from advisor.documents import pdf

        return pdf.write(document, day)
    from advisor.documents import word

    return word.write(document, names, day, template, place)


def _unknown(code: str, name: str, allowed: tuple[str, ...]) -> Problem:
    return Problem("", 0, code, found=name, allowed=allowed, nearest=nearest(name, allowed))
