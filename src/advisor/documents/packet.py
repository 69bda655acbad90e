"""The consultation packet: what somebody who helps partners brings to the table, all of it from this case."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from advisor.documents.annex import answer_table, reasoning, rows, sources
from advisor.documents.blocks import (
    Block,
    Document,
    DocumentTable,
    Heading,
    Items,
    Paragraph,
    Section,
    Text,
    joined,
    plain,
    strong,
)
from advisor.documents.memo import verdict
from advisor.documents.parts import by_when, condition_table, held_by, part_of, plan_blocks
from advisor.documents.subject import DocumentSubject, because, blank, sentence
from advisor.model.advice import Item, PartnerAdvice

PACKET = (
    "opening",
    "agenda-one",
    "agenda-three",
    "questions",
    "partner-pages",
    "conduct",
    "rows",
    "plan",
    "conditions",
    "reasoning",
    "sources",
)
ONE = ("welcome", "purpose", "today", "table", "reply", "settle", "risks", "actions", "close")
THREE = (
    ("welcome", "purpose", "today", "table"),
    ("reply", "settle", "risks", "disagree"),
    ("actions", "measures", "review", "close"),
)
CONDUCT = ("quibble", "hold", "support", "resent", "respect", "model")
OF_EACH = ("needs", "promise", "fear", "keep")
LINES = 4  # to write on, on a partner's page


def packet(subject: DocumentSubject) -> Document:
    """The packet on a case."""
    head = (("date", subject.say("document.date"), subject.date()),)
    language = subject.loaded.wording.language
    if subject.request.detail == "line":
        title = subject.say("packet.line-title", case=subject.name)
        return Document("packet", language, title, head, (_opening(subject), _agenda_of_one(subject)), 1)
    parts = [_opening(subject), _agenda_of_one(subject), _agenda_of_three(subject), _questions(subject)]
    parts += [_partner_page(subject, partner) for partner in subject.advice.partners]
    parts += [_conduct(subject), *_handouts(subject)]
    if subject.request.detail == "full":
        parts += _defense(subject)
    title = subject.say("packet.title", case=subject.name)
    return Document("packet", language, title, head, tuple(part for part in parts if part))


def _opening(subject: DocumentSubject) -> Section:
    said: list[Text] = [strong(subject.say("packet.advice-so-far"), verdict(subject), subject.brief.lead)]
    if subject.has("purpose"):
        said.append(strong(subject.say("memo.purpose"), sentence(subject.own("purpose"))))
    blocks: list[Block] = [] if subject.request.detail == "line" else [Paragraph(plain(subject.say("packet.how-to-use")))]
    return Section("opening", subject.say("packet.opening"), (*blocks, Items(tuple(said))))


def _on_agenda(subject: DocumentSubject, points: Sequence[str]) -> list[str]:
    """The points for which this case gives a reason."""
    advice = subject.advice
    given = {
        "table": bool(advice.partners) and not subject.stopping,
        "reply": subject.stopping or bool(advice.proposal),
        "settle": bool(advice.conditions or advice.unknown.decisive),
        "risks": bool(advice.cautions or advice.worries or advice.gate.objections),
        "disagree": bool(advice.contradictions) or len(advice.partners) > 1,
        "actions": bool(advice.actions),
        "measures": bool(advice.dimension.recommended),
        "review": bool(advice.dimension.recommended),
    }
    return [point for point in points if given.get(point, True)]


def _agenda(subject: DocumentSubject, title: str, points: Sequence[str], time: str) -> DocumentTable:
    head = subject.say("packet.time"), subject.say("packet.point"), subject.say("packet.how")
    table = tuple(
        (
            plain(subject.say(f"{time}{point}")),
            plain(subject.say(f"packet.point-{point}")),
            plain(subject.say(f"packet.how-{point}"), *_first(subject, point)),
        )
        for point in _on_agenda(subject, points)
    )
    return DocumentTable(title, head, table, (2, 5, 10))


def _first(subject: DocumentSubject, point: str) -> Iterator[str]:
    """What of this case a point begins with."""
    advice = subject.advice
    of: dict[str, Sequence[Item]] = {
        "settle": advice.conditions,
        "risks": (*advice.cautions, *subject.brief.worries),
        "actions": subject.brief.actions,
        "reply": advice.gate.stops,
    }
    if items := of.get(point):
        yield subject.say("packet.begin-with", what=sentence(items[0].title))
    if point == "table" and advice.members_missing:
        yield subject.say("packet.missing", who=subject.listed(item.title for item in advice.members_missing))


def _agenda_of_one(subject: DocumentSubject) -> Section:
    title = subject.say("packet.agenda-one")
    return Section("agenda-one", title, (_agenda(subject, title, ONE, "packet.time-"),))


def _agenda_of_three(subject: DocumentSubject) -> Section:
    blocks: list[Block] = []
    for number, points in enumerate(THREE, start=1):
        title = subject.say("packet.session", number=number)
        if _on_agenda(subject, points):
            blocks += [Heading(title), _agenda(subject, title, points, "packet.long-")]
    return Section("agenda-three", subject.say("packet.agenda-three"), tuple(blocks), new_page=True)


def _questions(subject: DocumentSubject) -> Section:
    """What to talk about: what is grave, what is contested and what is open in this case."""
    advice = subject.advice
    gravest = [item for item in advice.conditions if item.severity == _gravest(subject)]
    groups: tuple[tuple[str, Iterable[Text]], ...] = (
        ("grave", (_asked(subject, "of-condition", item) for item in (*advice.gate.stops, *gravest))),
        ("contested", _contested(subject)),
        ("open", _open(subject)),
    )
    blocks: list[Block] = []
    for name, texts in groups:
        if items := tuple(texts):
            blocks += [Heading(subject.say(f"packet.{name}")), Items(items)]
    if not blocks:
        blocks.append(Paragraph(plain(subject.say("packet.nothing-open"))))
    return Section("questions", subject.say("packet.questions"), tuple(blocks), new_page=True)


def _gravest(subject: DocumentSubject) -> str:
    return subject.loaded.rulebook.vocabulary.weightiest(subject.parts.conditions, "severity")


def _asked(subject: DocumentSubject, kind: str, item: Item) -> Text:
    return strong(sentence(item.title), because(item), subject.say(f"packet.{kind}"))


def _contested(subject: DocumentSubject) -> Iterator[Text]:
    advice = subject.advice
    for each in advice.contradictions:
        yield strong(sentence(each.title), each.text, each.ask)
    for kind, items in (("of-objection", advice.gate.objections), ("of-worry", subject.brief.worries), ("of-kept", advice.kept)):
        for item in items:
            yield _asked(subject, kind, item)


def _open(subject: DocumentSubject) -> Iterator[Text]:
    advice = subject.advice
    for each in advice.unknown.decisive:
        asked = subject.say("document.asked-of", ask=each.ask, partners=each.partner) if each.partner else each.ask
        yield strong(asked, each.because)
    for item in advice.conditions:
        if item.severity != _gravest(subject):
            yield _asked(subject, "of-condition", item)


def _partner_page(subject: DocumentSubject, partner: PartnerAdvice) -> Section:
    """What is known of a partner, what of the advice touches it, and what to ask it."""
    part, held = part_of(subject, partner), held_by(partner)
    facts = [strong(subject.say("packet.part"), sentence(part))] if part else []
    facts += [strong(subject.say("packet.holds"), held)] if held else []
    blocks: list[Block] = [Items(tuple(facts))] if facts else []
    touched = tuple(strong(sentence(item.title), because(item)) for item in _about(subject, partner.name))
    if touched:
        blocks += [Heading(subject.say("packet.touches")), Items(touched)]
    asked = [plain(each.ask, each.because) for each in subject.advice.unknown.decisive if each.partner == partner.name]
    asked += [plain(subject.say(f"packet.ask-{name}")) for name in OF_EACH]
    blocks += [Heading(subject.say("packet.ask-it")), Items(tuple(asked))]
    blocks += answer_table(subject, partner.name, subject.say("packet.said-of-it"))
    blocks += [Heading(subject.say("packet.notes")), *(Paragraph(blank("")) for _ in range(LINES))]
    return Section("partner-pages", partner.name, tuple(blocks), new_page=True)


def _about(subject: DocumentSubject, partner: str) -> list[Item]:
    """The conditions, risks and actions that are there because of a partner."""
    advice = subject.advice
    items = (*advice.gate.stops, *advice.conditions, *advice.gate.objections, *advice.cautions)
    return [item for item in items if any(reason.partner == partner for reason in item.reasons)]


def _conduct(subject: DocumentSubject) -> Section:
    asked = tuple(joined(plain(subject.say(f"packet.self-{name}"))) for name in CONDUCT)
    blocks = (Paragraph(plain(subject.say("packet.conduct-why"))), Items(asked))
    return Section("conduct", subject.say("packet.conduct"), blocks, new_page=True)


def _defense(subject: DocumentSubject) -> Iterator[Section]:
    """For whoever has to defend it: the reasoning and the sources."""
    for section in (reasoning(subject), sources(subject)):
        if section:
            yield replace(section, new_page=True)


def _handouts(subject: DocumentSubject) -> Iterator[Section]:
    """What everybody at the table gets: the rows, the plan, and what has to be settled."""
    advice = subject.advice
    if profile := rows(subject):
        yield Section("rows", subject.say("packet.handout", what=profile.heading), profile.blocks, new_page=True)
    if advice.actions:
        title = subject.say("packet.handout", what=subject.say("document.plan"))
        yield Section("plan", title, plan_blocks(subject, title), new_page=True)
    if advice.conditions:
        title = subject.say("packet.handout", what=by_when(subject))
        yield Section("conditions", title, (condition_table(subject, advice.conditions, title),))
