"""The draft of what is to be signed, or of the terms of an end: the clauses that this case calls for, with places to fill in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from advisor.documents.blocks import (
    Block,
    Document,
    DocumentTable,
    Heading,
    Items,
    Paragraph,
    Run,
    Section,
    Text,
    joined,
    plain,
    strong,
)
from advisor.documents.parts import by_when, condition_table, reasons
from advisor.documents.subject import DocumentSubject, blank, sentence
from advisor.model.advice import DraftClause, Worry
from advisor.model.case import FREE_WORDS
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.sentence import upper_first

AGREEMENT = ("note", "terms", "clauses", "signatures", "to-settle")
_MARK = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)
_EACH = "each"
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is drafted: for which instrument ("" for the terms of an end), and with the clauses of which draft."""

    instrument: str
    name: str


def draft_of(subject: DocumentSubject, instrument: str = "") -> Draft:
    """What is drafted on a case: for the instrument that is named, else for the first that is still to be signed.

    Where what is there has to change, one that is in force is drafted anew.

    Raises `InputError` where nothing is: no partnership is to be formed, too little is known, or there is nothing to sign.
    """
    advice, drafts = subject.advice, subject.parts.drafts
    if subject.ending and advice.proceed in drafts and not instrument:
        return Draft("", drafts[advice.proceed])
    if subject.stopping or subject.undecided:
        code = "no-agreement-stopped" if subject.stopping else "no-agreement-undecided"
        raise InputError([Problem("", 0, code, found=advice.gate.title)])
    known = [name for name in (*subject.brief.unsigned, *advice.in_force) if name in drafts]
    if instrument and instrument not in known:
        raise InputError(
            [Problem("", 0, "unknown-instrument", found=instrument, allowed=tuple(known), nearest=nearest(instrument, known))]
        )
    wanted = known if advice.gate.change_reasons else [name for name in known if name not in advice.in_force]
    if not instrument and not wanted:
        raise InputError([Problem("", 0, "no-agreement-to-sign", found=advice.gate.title)])
    name = instrument or wanted[0]
    return Draft(name, drafts[name])


def agreement(subject: DocumentSubject) -> Document:
    """The draft on a case. Raises `InputError` where nothing is to be drafted."""
    draft = draft_of(subject, subject.request.instrument)
    clauses = [clause for clause in subject.advice.clauses if clause.draft == draft.name]
    instrument = subject.called(subject.parts.instruments, draft.instrument) if draft.instrument else ""
    what = upper_first(subject.say(f"agreement.of-{draft.name}", instrument=instrument))
    if subject.request.detail == "line":
        return _term_sheet(subject, draft, what, clauses)
    title = subject.say("agreement.title", what=what, case=subject.name)
    parts = (_note(subject, draft), _clauses(subject, clauses), _signatures(subject, draft), _to_settle(subject, clauses))
    return Document("agreement", subject.loaded.wording.language, title, _head(subject), tuple(each for each in parts if each))


def _head(subject: DocumentSubject) -> tuple[tuple[str, str, Text], ...]:
    return (("date", subject.say("document.date"), subject.date()),)


def _term_sheet(subject: DocumentSubject, draft: Draft, what: str, clauses: list[DraftClause]) -> Document:
    """A line a clause, on one page: what it says first, and who settles what it leaves open."""
    title = subject.say("agreement.sheet-title", what=what, case=subject.name)
    columns = ("agreement.in-clause", "agreement.says", "agreement.settles")
    rows = tuple(_term(subject, clause, number) for number, clause in enumerate(clauses, start=1))
    table = DocumentTable(title, tuple(subject.say(key) for key in columns), rows, (4, 10, 3))
    note = Paragraph(strong(subject.say("agreement.note"), subject.say(f"agreement.note-{draft.name}")), boxed=True)
    section = Section("terms", subject.say("agreement.terms"), (note, table))
    return Document("agreement", subject.loaded.wording.language, title, _head(subject), (section,), 1)


def _term(subject: DocumentSubject, clause: DraftClause, number: int) -> tuple[Text, ...]:
    """The row of a clause: its first sentence, with what fills it in."""
    said: Text = ()
    for block in _text(subject, clause):
        if isinstance(block, Paragraph):
            said = joined(_trimmed_end(said), block.text) if said else block.text
        elif isinstance(block, Items):  # the same is left open for each member
            said = joined(_trimmed_end(said), block.items[0][-1:])
            break
        if any(run.style != "blank" and _SENTENCE_END.search(run.text) for run in said):
            break
    left = any(not _filled(subject, name) for name, _ in _MARK.findall(clause.text))
    called = subject.say("agreement.clause", number=number, title=clause.title)
    return plain(called), _first_sentence(said), plain(upper_first(subject.who(clause.who)) if left else "")


def _first_sentence(text: Text) -> Text:
    """A text up to the end of its first sentence; a place to fill in is not looked into."""
    found: list[Run] = []
    for run in text:
        end = _SENTENCE_END.search(run.text) if run.style != "blank" else None
        if end:
            return (*found, Run(run.text[: end.end()].rstrip(), run.style))
        found.append(run)
    return tuple(found)


def members(subject: DocumentSubject) -> list[str]:
    """Who signs: the agency where it has a name, and the partners that work in it."""
    own = [subject.own("agency")] if subject.has("agency") else []
    return [upper_first(name) for name in (*own, *(subject.partners or [partner.name for partner in subject.case.partners]))]


def _note(subject: DocumentSubject, draft: Draft) -> Section:
    """What counsel has to know, before anything else."""
    blocks: list[Block] = [
        Paragraph(strong(subject.say("agreement.note"), subject.say(f"agreement.note-{draft.name}")), boxed=True)
    ]
    if subject.advice.conditions:
        before = by_when(subject)
        blocks += [Heading(before), condition_table(subject, subject.advice.conditions, before)]
    if subject.advice.terms and not subject.ending:
        terms = tuple(strong(sentence(item.title), item.text) for item in subject.advice.terms)
        blocks += [Heading(subject.say("agreement.has-to-say")), Items(terms)]
    if subject.advice.law:
        law = tuple(strong(sentence(item.title), item.text) for item in subject.advice.law)
        blocks += [Heading(subject.say("advice.law")), Items(law)]
    return Section("note", subject.say("agreement.for-counsel"), tuple(blocks))


def _clauses(subject: DocumentSubject, clauses: list[DraftClause]) -> Section:
    blocks: list[Block] = []
    for number, clause in enumerate(clauses, start=1):
        blocks.append(Heading(subject.say("agreement.clause", number=number, title=clause.title)))
        blocks += _text(subject, clause)
        if subject.request.detail == "full":
            blocks += reasons(subject, clause.reasons)
    return Section("clauses", subject.say("agreement.text"), tuple(blocks), new_page=True)


def _text(subject: DocumentSubject, clause: DraftClause) -> Iterator[Block]:
    """A clause with what fills it in; what is for each member is a list of its own."""
    said: list[Run] = []
    open_points, at = False, 0
    for mark in _MARK.finditer(clause.text):
        said += _words(clause.text[at : mark.start()])
        at = mark.end()
        name, what = mark.groups()
        if name == _EACH:
            open_points = True
            yield Paragraph(tuple(said))
            said = []
            for_each = members(subject) or [subject.say("agreement.each-member")]
            yield Items(tuple(joined(strong(f"{member}:"), blank(what)) for member in for_each))
            continue
        filled = _filled(subject, name)
        open_points = open_points or not filled
        said += _words(filled) if filled else blank(what)
    said += _words(clause.text[at:])
    rest = _trimmed(said)
    settled = (Run(subject.say("agreement.settled-by", who=subject.who(clause.who)), "quiet"),) if open_points else ()
    if rest or settled:
        yield Paragraph(joined(rest, settled))


def _words(text: str) -> Text:
    """Words as they stand, with the spaces at their ends."""
    return (Run(text),) if text else ()


def _trimmed_end(text: Text) -> Text:
    return (*text[:-1], replace(text[-1], text=text[-1].text.rstrip())) if text else ()


def _trimmed(text: list[Run]) -> Text:
    if text and not text[0].text.strip():
        text = text[1:]
    return (Run(text[0].text.lstrip(), text[0].style), *text[1:]) if text else ()


def _filled(subject: DocumentSubject, name: str) -> str:
    """What a mark is filled in with, "" where nothing is known."""
    if name in FREE_WORDS:
        return subject.own(name).strip().rstrip(".")
    if name == "partners":
        return subject.listed(subject.partners or [partner.name for partner in subject.case.partners])
    if name == "worries":
        return "; ".join(_named(subject, item) for item in (*subject.advice.worries, *subject.advice.kept))
    return ""


def _named(subject: DocumentSubject, worry: Worry) -> str:
    """A worry as the form names it."""
    asked = next((premise.question for premise in worry.premises if worry.about in premise.answer), "")
    return subject.loaded.wording.option(asked, worry.about) if asked else worry.title


def _signatures(subject: DocumentSubject, draft: Draft) -> Section:
    title = subject.say("agreement.signatures")
    if draft.name in subject.parts.not_signed:
        return Section("signatures", title, (Paragraph(plain(subject.say("agreement.not-signed"))),))
    head = tuple(subject.say(f"agreement.{key}") for key in ("who-signs", "name-and-office", "signature", "date"))
    names = members(subject) or [""]
    rows = tuple((plain(name) or blank(""), blank(""), blank(""), blank("")) for name in names)
    return Section("signatures", title, (DocumentTable(title, head, rows, (5, 5, 5, 3)),))


def _to_settle(subject: DocumentSubject, clauses: list[DraftClause]) -> Section | None:
    """Every place that is left to fill in, by clause, and who fills it in."""
    rows = []
    for number, clause in enumerate(clauses, start=1):
        called = subject.say("agreement.clause", number=number, title=clause.title)
        left = dict.fromkeys(what for name, what in _MARK.findall(clause.text) if not _filled(subject, name))
        if left:
            rows.append((plain(called), plain(upper_first("; ".join(left))), plain(upper_first(subject.who(clause.who)))))
    title = subject.say("agreement.to-settle")
    head = subject.say("agreement.in-clause"), subject.say("document.what"), subject.say("document.who")
    return Section("to-settle", title, (DocumentTable(title, head, tuple(rows), (5, 8, 4)),), new_page=True) if rows else None
