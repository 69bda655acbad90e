"""What comes of a saved consultation as a person may see it, worked out once for each state of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from advisor.analysis.consultation import ConsultationResult, MappedPoint
from advisor.documents.blocks import Document
from advisor.documents.request import DocumentRequest
from advisor.documents.session import (
    HANDOUT,
    RECORD,
    SESSION,
    SessionRecord,
    SessionSubject,
    record_document,
    session_handout,
    session_packet,
)
from advisor.documents.subject import DocumentSubject
from advisor.model.case import unspoken
from advisor.model.consultation import Audience, Hands, Position, Respondent, RespondentView
from advisor.model.names import folded
from advisor.model.reconciling import Decision, Line, agreed_case, standing
from advisor.render import report
from advisor.render.template_wording import TemplateWording
from advisor.store.consultation_records import SavedConsultation
from advisor.store.errors import ConflictError
from advisor.store.records import Person, SavedCase
from advisor.web.consulted_records import consultation_record, decision_record, invitation_record, view_record
from advisor.web.http_errors import NotAllowedError
from advisor.web.site import Site

FORMAT = "consultation-export/1"


THE_CASE = "consultation.the-case"  # what the case is called among those who answered


@dataclass(frozen=True, slots=True)
class Consulted:
    """A saved consultation with its case and what comes of it; None where nobody answered yet whom this person may hear."""

    saved: SavedCase
    consultation: SavedConsultation
    result: ConsultationResult | None


def consulted(site: Site, person: Person, case_id: str, consultation_id: str, *, shared: bool = False) -> Consulted:
    """What comes of a consultation. Raises `NoSuchCaseError` where the person may not see it.

    What is `shared`, on paper or on a screen that all look at, shows no name that is for the specialist only.

    Hands that were counted in a room come in at the close, as all answers without a name do.

    The case as it was when the consultation was opened is one voice among the others. To what nobody else was asked, it
    is the only one.
    """
    saved = site.store.cases.read(person, case_id)
    found = site.store.consultations.read(person, case_id, consultation_id)
    audience: Audience = "everybody" if shared else found.audience_of(person.id)
    name = saved.entry.name

    def make() -> ConsultationResult | None:
        views = site.store.respondents.views(person, case_id, consultation_id, audience)
        hands: tuple[Hands, ...] = ()
        if found.closed is None:
            views = tuple(view for view in views if view.respondent.named_for(audience))
        else:
            hands = site.store.hands.read(person, case_id, consultation_id)
        if not views and not hands:
            return None
        case = site.store.cases.at_revision(person, case_id, found.revision).file.case
        every = [RespondentView(_voice_of_the_case(site, views), unspoken(case)), *views]
        result = site.service.consult(every, name=name, audience=audience, hands=hands, caller=person.id)
        return replace(result, map=result.map.of(found.questions))

    result = site.service.recent(("consultation", found.id, found.version, audience, name), make)
    return Consulted(saved, found, result)


def _voice_of_the_case(site: Site, views: Iterable[RespondentView]) -> Respondent:
    """The case among those who answered, by a name that none of them has."""
    name = TemplateWording(site.service.wording, site.service.wording.documents).word(THE_CASE)
    taken = {folded(view.respondent.name) for view in views}
    while folded(name) in taken:
        name += "*"
    return Respondent(name, "agency")


def usual_questions(site: Site) -> tuple[str, ...]:
    """The questions that are asked unless others are chosen: those of the rulebook, or else the short intake."""
    vocabulary = site.service.vocabulary
    return vocabulary.advice_parts.consulted or tuple(each.id for each in vocabulary.questions.values() if each.essential)


# Lines to agree on


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """A question on which those who answered differ, or are at one against the case.

    `said` is what the case says; `positions` who says what; `decision` what was decided last.
    """

    question: str
    partner: str | None
    said: tuple[str, ...]
    positions: tuple[Position, ...]
    decision: Decision | None

    @property
    def line(self) -> Line:
        """What it is about."""
        return self.question, self.partner


def agreement_lines(made: Consulted, decisions: Iterable[Decision]) -> tuple[AgreementLine, ...]:
    """The lines to agree on, those first that decide the most, then the others in the order of the map."""
    if made.result is None:
        return ()
    decided = standing(decisions)
    mapped = {(point.question, point.partner): point for point in made.result.map.points}
    ranked = [(point.question, point.partner) for point in made.result.disagreements or ()]
    order = list(dict.fromkeys((*(line for line in ranked if line in mapped), *mapped)))
    found = []
    for line in order:
        said = _said(made.saved, line)
        if _matters(mapped[line], said):
            found.append(AgreementLine(*line, said, mapped[line].positions, decided.get(line)))
    return tuple(found)


def _said(saved: SavedCase, line: Line) -> tuple[str, ...]:
    question, partner = line
    case = saved.file.case
    owner = case if partner is None else next((each for each in case.partners if each.name == partner), None)
    return tuple(owner.answers.get(question, ())) if owner else ()


def _matters(point: MappedPoint, said: tuple[str, ...]) -> bool:
    return len(point.positions) > 1 or point.positions[0].answer != said


def adopt(site: Site, person: Person, made: Consulted, revision: int) -> SavedCase:
    """The case, saved with what was agreed by its owner, who saw what it would become when it had this revision.

    Raises `NotAllowedError` for anybody else and `ConflictError` where it was saved since; where nothing would change, it
    is left as it is.
    """
    entry, store = made.saved.entry, site.store
    if entry.owner != person.id:
        raise NotAllowedError
    if revision != entry.revision:
        raise ConflictError(made.saved)
    becomes = agreed_case(made.saved.file.case, store.consultations.decisions(person, entry.id, made.consultation.id))
    if not becomes.changed:
        return made.saved
    file = replace(made.saved.file, case=becomes.case)
    saved = store.cases.save(person, entry.id, revision, file, at=site.clock(), how="agreed")
    number = saved.entry.revision
    store.consultations.decide(person, entry.id, made.consultation.id, "adopted", at=site.clock(), revision=number)
    return saved


# Documents, and all of it as a file

FILES: Mapping[str, Sequence[str]] = {"session": SESSION, "handout": HANDOUT, "record": RECORD}


def document_of(site: Site, person: Person, made: Consulted, kind: str, day: date | None) -> Document:
    """The packet for a session (`session`), what is handed round in it (`handout`), or the record of one (`record`).

    Somebody has to have answered.
    """
    assert made.result is not None
    subject = SessionSubject(made.result, site.service.loaded, day)
    if kind == "record":
        return record_document(subject, session_record(site, person, made))
    return session_packet(subject) if kind == "session" else session_handout(subject)


def session_record(site: Site, person: Person, made: Consulted) -> SessionRecord:
    """What was decided, with the advice on the case as it was consulted and as it was agreed."""
    store, service, id_ = site.store, site.service, made.consultation.id
    decisions = store.consultations.decisions(person, made.saved.entry.id, id_)
    before = store.cases.at_revision(person, made.saved.entry.id, made.consultation.revision).file.case
    after = agreed_case(before, decisions).case
    wanted = DocumentRequest("record", "html")
    subjects = [DocumentSubject(service.assess(case), case, service.loaded, wanted) for case in (before, after)]
    days = {each.number: _day(site, each.at) for each in decisions}
    return SessionRecord(decisions, subjects[0], subjects[1], days)


def _day(site: Site, at: datetime) -> str:
    from babel.dates import format_date  # as elsewhere, since only dated documents need it

    return format_date(at, "long", site.service.wording.language)


def exported(site: Site, person: Person, made: Consulted) -> bytes:
    """All of a consultation that this person may see, as JSON: who was asked, views, what comes of it, what was agreed.

    What was answered without a name stands among what comes of it only.
    """
    store, found, vocabulary = site.store, made.consultation, site.service.vocabulary
    case_id, audience = made.saved.entry.id, made.consultation.audience_of(person.id)
    invitations = store.respondents.list(person, case_id, found.id)
    views = [view for view in store.respondents.views(person, case_id, found.id) if view.respondent.named_for(audience)]
    result: Any = None
    if made.result is not None:
        told = report.consultation(made.result, site.service.loaded, site.service.engine.name)
        result = json.loads(told.to_json())
    value = {
        "format": FORMAT,
        "consultation": consultation_record(found),
        "respondents": [invitation_record(each) for each in invitations],
        "views": [view_record(view, vocabulary) for view in views],
        "result": result,
        "decisions": [decision_record(each) for each in store.consultations.decisions(person, case_id, found.id)],
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
