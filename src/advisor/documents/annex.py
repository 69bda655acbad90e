"""What stands behind a decision memo: partners, rows, the whole plan, the reasoning, the sources, the answers, the stamp."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from advisor.documents.blocks import Block, DocumentTable, Heading, Items, Paragraph, Section, joined, plain, strong
from advisor.documents.parts import (
    answer_to,
    by_when,
    condition_table,
    drawn_and_told,
    illustration,
    partner_table,
    plan_blocks,
    risks,
    row_table,
)
from advisor.documents.subject import DocumentSubject, entry, quoted, sentence
from advisor.model.advice import Item
from advisor.model.references import ConclusionRef
from advisor.model.sentence import upper_first
from advisor.render import change_pictures, partner_pictures, pictures

NAMES = (
    "partners",
    "conditions-and-risks",
    "plan",
    "rows",
    "reasoning",
    "open-questions",
    "levers",
    "answers",
    "sources",
    "stamp",
)


def sections(subject: DocumentSubject) -> Iterator[Section]:
    """The annexes, the first on a page of its own."""
    made = (partners, conditions, plan, rows, reasoning, unknown, levers, answers, sources, stamp)
    found = [section for part in made if (section := part(subject))]
    for place, section in enumerate(found):
        yield Section(section.name, section.heading, section.blocks, new_page=place == 0)


def partners(subject: DocumentSubject) -> Section | None:
    """Each partner: what it is there for, how close it comes, what holds it; and who is missing."""
    advice = subject.advice
    title = subject.say("document.partners")
    blocks: list[Block] = []
    if advice.partners:
        blocks.append(illustration(subject, partner_pictures.closeness_picture(advice, subject.loaded)))
        blocks.append(partner_table(subject, title))
    if advice.members_missing:
        blocks.append(Heading(subject.say("advice.who-is-missing")))
        blocks.append(
            Items(tuple(strong(sentence(item.title), subject.brief.called_for(item.id)) for item in advice.members_missing))
        )
    if advice.categories:
        drawn = partner_pictures.table_picture(advice, subject.loaded)
        blocks += [Heading(subject.say("document.table")), *drawn_and_told(subject, drawn, subject.say("document.table"))]
    return Section("partners", title, tuple(blocks)) if blocks else None


def conditions(subject: DocumentSubject) -> Section | None:
    """Every condition with why it is one, and the risks with what calls them up."""
    advice, blocks = subject.advice, list[Block]()
    title = subject.say("document.conditions-and-risks")
    if advice.conditions:
        said = by_when(subject)
        blocks += [Heading(said), condition_table(subject, advice.conditions, said)]
    found = risks(subject)
    if found:
        blocks += [Heading(subject.say("advice.cautions")), Items(tuple(entry(item) for item in found))]
    return Section("conditions-and-risks", title, tuple(blocks)) if blocks else None


def plan(subject: DocumentSubject) -> Section | None:
    """All actions, by who does them and when."""
    if not subject.advice.actions:
        return None
    title = subject.say("document.plan")
    return Section("plan", title, plan_blocks(subject, title))


def rows(subject: DocumentSubject) -> Section | None:
    """Where each row of the chart stands in words, and as a picture where any stands elsewhere than is recommended."""
    advice = subject.advice
    if not (advice.rows and advice.dimension.recommended):
        return None
    title = subject.say("advice.row-by-row")
    drawn = (illustration(subject, pictures.rows_picture(advice, subject.loaded)),) if pictures.rows_differ(advice) else ()
    return Section("rows", title, (*drawn, row_table(subject, title)))


def reasoning(subject: DocumentSubject) -> Section:
    """Why the decision, how close, in what form; what worries, and law to ask about."""
    advice = subject.advice
    blocks: list[Block] = []
    if advice.proposal:
        answered = (answer_to(subject, each) for each in advice.proposal)
        blocks += [Heading(subject.say("advice.your-question")), Items(tuple(answered))]
        if advice.guidance:
            how = (strong(sentence(item.title), item.text) for item in advice.guidance)
            blocks += [Heading(subject.say("advice.besides")), Items(tuple(how))]
        if subject.brief.spoken:
            blocks.append(Paragraph(plain(*subject.brief.spoken)))
    blocks.append(Heading(subject.say("document.decision")))
    blocks.append(Paragraph(strong(sentence(subject.brief.verdict), subject.brief.lead)))
    blocks += _because(
        item for item in (*advice.gate.stops, *advice.gate.change_reasons, *advice.gate.supports, *advice.gate.objections)
    )
    dimension = advice.dimension
    if dimension.recommended:
        said = [Paragraph(strong(sentence(dimension.title), dimension.text))]
        why = [*(upper_first(reason.because) for reason in dimension.reasons)]
        why += [f"{sentence(item.title)} {item.text}".strip() for item in dimension.held_by]
        blocks += [Heading(subject.say("advice.how-close")), *said, Items(tuple(plain(each) for each in dict.fromkeys(why)))]
        form = [advice.details[name] for name in _form(subject)]
        if form:
            blocks += [Heading(subject.say("advice.form")), Items(tuple(entry(item) for item in form))]
    if advice.contradictions:
        blocks += [
            Heading(subject.say("advice.contradictions")),
            Items(tuple(entry(item, reason=False) for item in advice.contradictions)),
        ]
    if advice.kept:
        kept = (plain(subject.say("advice.will-not-give-up", what=item.title)) for item in advice.kept)
        blocks += [Heading(subject.say("document.kept")), Items(tuple(kept))]
    if advice.law:
        said_law = (strong(sentence(item.title), item.text) for item in advice.law)
        blocks += [Heading(subject.say("advice.law")), Items(tuple(said_law))]
    return Section("reasoning", subject.say("document.reasoning"), tuple(blocks))


def _form(subject: DocumentSubject) -> Iterator[str]:
    for finding, values in (
        (subject.parts.structures, subject.advice.structures),
        (subject.parts.instruments, subject.advice.instruments),
    ):
        for value in values:
            yield str(ConclusionRef(finding, value))


def _because(items: Iterable[Item]) -> list[Block]:
    found = tuple(entry(item) for item in items)
    return [Items(found)] if found else []


def unknown(subject: DocumentSubject) -> Section | None:
    """Every open question that could change the advice."""
    decisive = subject.advice.unknown.decisive
    if not decisive:
        return None
    items = tuple(
        plain(
            subject.say("document.asked-of", ask=each.ask, partners=each.partner) if each.partner else each.ask,
            each.because,
        )
        for each in decisive
    )
    return Section("open-questions", subject.say("advice.not-known"), (Items(items),))


def levers(subject: DocumentSubject) -> Section | None:
    """The answers that would move the decision if they were others, and to where."""
    drawn = subject.lookahead.levers
    if drawn is None or not drawn.table.rows:
        return None
    title = subject.say("document.levers")
    shown = replace(drawn, table=replace(drawn.table, rows=drawn.table.rows[: change_pictures.LEVERS]))
    return Section("levers", title, drawn_and_told(subject, shown, title))


def answers(subject: DocumentSubject) -> Section:
    """The answers as they were given, with what was said beside them."""
    case, wording = subject.quotable, subject.loaded.wording
    blocks: list[Block] = []
    said = tuple(
        strong(wording.phrases["free-words"][name], text)
        for name, text in case.words.items()
        if name in wording.phrases["free-words"]
    )
    if said:
        blocks += [Heading(subject.say("document.own-words")), Items(said)]
    blocks += answer_table(subject, None, subject.say("document.about-agency"))
    for partner in case.partners:
        blocks += answer_table(subject, partner.name, partner.name)
    if not blocks:
        blocks.append(Paragraph(plain(subject.say("document.nothing-answered"))))
    return Section("answers", subject.say("document.answers"), tuple(blocks))


def answer_table(subject: DocumentSubject, partner: str | None, title: str) -> list[Block]:
    """The answers about the agency, or about a partner, with the notes beside them, under a heading; nothing without any."""
    case, vocabulary, wording = subject.quotable, subject.loaded.rulebook.vocabulary, subject.loaded.wording
    owner = next((each for each in case.partners if each.name == partner), case)
    table = []
    for question in (each for each in vocabulary.questions if each in owner.answers):
        options = "; ".join(wording.option(question, option) for option in owner.answers[question])
        beside = [note for (asked, _), note in owner.notes.items() if asked == question]
        table.append((plain(wording.asked(question)), joined(plain(options), quoted(subject, beside))))
    head = subject.say("document.question"), subject.say("document.answer-given")
    return [Heading(title), DocumentTable(title, head, tuple(table), (6, 7))] if table else []


def sources(subject: DocumentSubject) -> Section | None:
    """What the reasons rest on."""
    rulebook = subject.loaded.rulebook
    advice = subject.advice
    reasons = [*advice.gate.reasons, *advice.dimension.reasons]
    reasons += [reason for item in (*advice.items(), *advice.details.values()) for reason in item.reasons]
    cited = dict.fromkeys(source for reason in reasons for source in reason.sources)
    by_place: dict[str, dict[str, list[str]]] = {}
    for source in (rulebook.sources[name] for name in cited):
        by_place.setdefault(source.document, {}).setdefault(source.section, []).append(sentence(source.says))
    blocks: list[Block] = []
    for document, sections in by_place.items():
        items = (strong(subject.say("document.source", section=section), *says) for section, says in sections.items())
        blocks += [Heading(rulebook.documents[document]), Items(tuple(items))]
    return Section("sources", subject.say("document.sources"), tuple(blocks)) if blocks else None


def stamp(subject: DocumentSubject) -> Section:
    """Who gave the advice: the rulebook, its hash, the engine."""
    advice = subject.advice
    values = {"version": advice.rulebook.version, "hash": advice.rulebook.sha256[:12], "engine": advice.engine}
    number = len(advice.unknown.unanswered)
    said = subject.say("advice.unanswered", number=number), subject.say("advice.stamp", **values)
    return Section("stamp", subject.say("document.stamp"), (Paragraph(plain(*said)),))
