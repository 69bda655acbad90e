"""Parts that several documents have: tables of conditions, of actions, of rows, and what a partner is there for."""

from collections import Counter
from collections.abc import Iterable, Iterator

from advisor.documents.blocks import Block, DocumentTable, Illustration, Items, Run, Text, joined, plain, strong
from advisor.documents.subject import DocumentSubject, sentence
from advisor.model.advice import Item, PartnerAdvice, Precondition, ProposalAnswer, Reason, Worry
from advisor.model.sentence import upper_first
from advisor.render.drawing import Picture
from advisor.render.plan_picture import by_owner, plan_picture


def illustration(subject: DocumentSubject, picture: Picture) -> Illustration:
    """A picture, for those who do not see it in words."""
    svg = picture.svg(subject.loaded, alone=False)
    return Illustration(svg, f"{picture.title}. {picture.desc}", picture.width, picture.height)


def drawn_and_told(subject: DocumentSubject, picture: Picture, title: str) -> tuple[Block, ...]:
    """A picture, and the same as a table."""
    rows = tuple(tuple(plain(cell) for cell in row) for row in picture.table.rows)
    return illustration(subject, picture), DocumentTable(title, picture.table.head, rows, (1,) * len(picture.table.head))


def plan_blocks(subject: DocumentSubject, title: str) -> tuple[Block, ...]:
    """The actions by owner and time, as a picture and as a table with how one knows that each is done."""
    return illustration(subject, plan_picture(subject.advice, subject.loaded)), plan_table(subject, title)


def by_when(subject: DocumentSubject) -> str:
    """By when most conditions have to be met, as a heading over them."""
    usual = _usual(subject)
    said = upper_first(subject.brief.by[usual])
    due = subject.request.due.get(usual)
    return subject.say("document.with-day", moment=said, day=subject.on(due)) if due else said


def _usual(subject: DocumentSubject) -> str:
    return Counter(item.by for item in subject.advice.conditions).most_common(1)[0][0]


def condition_table(
    subject: DocumentSubject, conditions: tuple[Precondition, ...], title: str, *, noted: bool = False
) -> DocumentTable:
    """Conditions with the test of each and who decides that it is met; by when, where that is not as `by_when` has it.

    `noted`: with her note beside it, where only those who decide with her read it.
    """
    head = subject.say("document.what"), subject.say("document.done-when"), subject.say("document.who-decides")
    usual = _usual(subject)
    rows = []
    for item in conditions:
        decides = upper_first(subject.who(item.who))
        if item.by != usual:
            decides = subject.say("document.decides-by", who=decides, moment=subject.dated(subject.brief.by[item.by], item.by))
        rows.append(
            (plain(subject.noted(item) if noted else upper_first(item.title)), plain(upper_first(item.done)), plain(decides))
        )
    return DocumentTable(title, head, tuple(rows), (6, 7, 3))


def risks(subject: DocumentSubject) -> list[Item]:
    """What can go wrong, the gravest first: cautions, then what speaks against it, then what worries the leader."""
    advice = subject.advice
    found: list[Item] = [*advice.cautions]
    if not subject.stopping:
        found += [*advice.gate.stops, *advice.gate.objections]
    return [*found, *subject.brief.worries]


def pressing(subject: DocumentSubject) -> list[Item]:
    """What can go wrong, but for the worries that something settles."""
    settled = subject.loaded.rulebook.vocabulary.lightest(subject.parts.worries, "standing", but=1)
    return [item for item in risks(subject) if not (isinstance(item, Worry) and item.standing == settled)]


def part_of(subject: DocumentSubject, partner: PartnerAdvice) -> str:
    """What a partner is there for, or how close it should come."""
    if partner.absent:
        return upper_first(partner.absent[0].title)
    if partner.role:
        return upper_first(partner.role[0].title)
    if not partner.dimension:
        return ""
    close = upper_first(subject.level(partner.dimension))
    core = partner.core and len(subject.advice.partners) > 1
    return subject.say("document.in-core", level=close) if core else close


def partner_table(subject: DocumentSubject, title: str) -> DocumentTable:
    """Each partner with its part and, where anything does, what holds it back."""
    partners = subject.advice.partners
    keys = ["document.partner", "document.part", *(["document.holds"] if any(each.held for each in partners) else [])]
    rows = tuple(
        tuple(plain(cell) for cell in (partner.name, part_of(subject, partner), held_by(partner))[: len(keys)])
        for partner in partners
    )
    return DocumentTable(title, tuple(subject.say(key) for key in keys), rows, (5, 5, 6)[: len(keys)])


def held_by(partner: PartnerAdvice) -> str:
    """What holds a partner back, in sentences."""
    return " ".join(sentence(item.title) for item in partner.held)


def plan_table(subject: DocumentSubject, title: str) -> DocumentTable:
    """The actions by owner and time, as a table."""
    keys = ("document.who", "document.what", "document.when", "document.done-when")
    table = tuple(
        (
            plain(upper_first(subject.who(action.who))),
            plain(sentence(action.title), action.text),
            plain(upper_first(subject.when(action))),
            plain(upper_first(action.done)),
        )
        for action in by_owner(subject.advice, subject.loaded)
    )
    return DocumentTable(title, tuple(subject.say(key) for key in keys), table, (4, 7, 4, 7))


def row_table(subject: DocumentSubject, title: str) -> DocumentTable:
    """Each row: what is recommended, where it stands today where that is known, and what closes the gap."""
    known = any(row.present for row in subject.advice.rows.values())
    own = any(row.own_need for row in subject.advice.rows.values())
    keys = ["advice.row", "advice.recommended", *(["document.own-need"] if own else [])]
    keys += ["advice.today", "advice.close-the-gap"] if known else []
    table = []
    for row in subject.advice.rows.values():
        cells = [row.title, row.cell.title if row.cell else ""]
        if own:
            cells.append(upper_first(subject.level(row.own_need)))
        if known:
            cells += [upper_first(subject.level(row.present)), " ".join(sentence(gap.title) for gap in row.gap)]
        table.append(tuple(plain(cell) for cell in cells))
    widths = {2: (4, 9), 3: (4, 8, 4), 4: (4, 6, 3, 6), 5: (4, 5, 3, 3, 5)}[len(keys)]
    return DocumentTable(title, tuple(subject.say(key) for key in keys), tuple(table), widths)


def reasons(subject: DocumentSubject, found: Iterable[Reason]) -> Iterator[Block]:
    """Why something is said, each reason with the sources that it rests on; nothing where there is no reason."""
    rulebook = subject.loaded.rulebook
    items = []
    for reason in found:
        cited = (rulebook.sources[name] for name in reason.sources)
        places = dict.fromkeys(
            subject.say("document.cited", document=rulebook.documents[each.document], section=each.section) for each in cited
        )
        items.append(joined(strong(subject.say("document.why"), upper_first(reason.because)), (Run("; ".join(places), "quiet"),)))
    if items:
        yield Items(tuple(dict.fromkeys(items)))


def answer_to(subject: DocumentSubject, answer: ProposalAnswer) -> Text:
    """What is asked, and the answer to it."""
    return strong(subject.say("document.answer", asked=upper_first(answer.asked), answer=answer.title), answer.text)
