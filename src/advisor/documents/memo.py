"""The decision memo: one page to decide on, and annexes for those who ask why."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from advisor.documents import annex
from advisor.documents.blocks import Block, Document, DocumentTable, Items, Paragraph, Section, Text, joined, plain, strong
from advisor.documents.parts import answer_to, by_when, condition_table, pressing
from advisor.documents.subject import DocumentSubject, because, blank, sentence, shortened
from advisor.model.advice import Open, ProposalAnswer
from advisor.model.advice_parts import NO
from advisor.model.references import ConclusionRef
from advisor.model.sentence import lower_first, upper_first

MEMO = ("decision", "purpose", "recommendation", "options", "conditions", "risks", "actions", "unknown", *annex.NAMES)
REASONS = 2
ANSWERED = 2
DECLINED = 3
CONDITIONS = 3
RISKS = 2
SAID = 160  # characters of one of the leader's own words
HEAD = 120  # characters of who it is to and from
NOTED = 90  # characters of who proposes it, and by when
NAMED = 4  # partners; beyond them their number
NAMES = 160  # characters of their names
SETTLED = 1  # conditions that begin the first actions
ACTIONS = 4
OPEN = 3


def memo(subject: DocumentSubject) -> Document:
    """The memo on a case."""
    front = [
        made
        for part in (_decision, _purpose, _recommendation, _options, _conditions, _risks, _actions, _unknown)
        if (made := part(subject))
    ]
    title = subject.say("memo.title", case=subject.name)
    return Document("memo", subject.loaded.wording.language, title, tuple(_head(subject)), (*front, *annex.sections(subject)), 1)


def _head(subject: DocumentSubject) -> Iterator[tuple[str, str, Text]]:
    to, sender = subject.request.to, subject.request.sender or subject.own("agency")
    yield "to", subject.say("document.to"), plain(_short(upper_first(to), HEAD)) if to else blank("")
    yield "sender", subject.say("document.from"), plain(_short(upper_first(sender), HEAD)) if sender else blank("")
    yield "date", subject.say("document.date"), subject.date()


def _decision(subject: DocumentSubject) -> Section:
    if subject.undecided:
        asked = (Paragraph(plain(subject.say("memo.ask-to-answer"))),)
        return Section("decision", subject.say("memo.decision"), asked)
    brief, lead, beside = subject.brief, verdict(subject), ""
    if answer := " ".join((*brief.choices, brief.declined)).strip():
        if not brief.main:  # beside a main answer it stands among the reasons
            exists = subject.say("memo.what-exists", verdict=lower_first(lead))
            beside = exists if subject.advice.proceed in subject.parts.existing else "" if brief.declined else lead
        lead = answer
    not_granted = "" if subject.stopping else brief.not_granted
    first = "" if subject.stopping or not subject.advice.conditions else subject.say("memo.ask-first")
    question = subject.say("memo.question", question=subject.own("question")) if answer and subject.has("question") else ""
    ask = Paragraph(joined(plain(question), strong(lead, not_granted, beside, subject.say("memo.ask"), first)))
    marks = subject.say("memo.approve"), subject.say("memo.decline"), subject.say("memo.change")
    line = joined(plain("   ".join(marks)), blank(""), plain(subject.say("memo.signed")), blank(""))
    return Section("decision", subject.say("memo.decision"), (ask, Paragraph(line, boxed=True)))


def _purpose(subject: DocumentSubject) -> Section:
    said: list[Text] = []
    for word, key in (("proposal", "memo.proposal"), ("purpose", "memo.purpose"), ("result", "memo.result")):
        if subject.has(word):
            said.append(strong(subject.say(key), sentence(_short(subject.own(word)))))
        elif word == "purpose":
            said.append(joined(strong(subject.say(key)), blank(subject.say("memo.purpose-to-say"))))
    if subject.has("decides"):
        said.append(strong(subject.say("memo.decides"), sentence(_short(subject.own("decides"), NOTED))))
    if subject.has("proposed-by"):
        said.append(strong(subject.say("memo.proposed-by"), sentence(_short(subject.own("proposed-by"), NOTED))))
    if subject.has("needed-by"):
        said.append(strong(subject.say("memo.needed-by"), sentence(_short(subject.own("needed-by"), NOTED))))
    elif not subject.undecided:
        said.append(joined(strong(subject.say("memo.needed-by")), blank(subject.say("memo.needed-by-to-say"))))
    return Section("purpose", subject.say("memo.why-now"), (Items(tuple(said)),))


def _short(text: str, most: int = SAID) -> str:
    """The leader's own words, as much as a page has room for; the annex has them whole."""
    return shortened(text, most)


def verdict(subject: DocumentSubject) -> str:
    """What is recommended, in a sentence."""
    advice = subject.advice
    said = advice.gate.title if advice.proceed in subject.parts.existing else subject.brief.verdict
    if not advice.dimension.recommended:
        return sentence(said)
    values = {"verdict": said, "level": subject.brief.close}
    names = _named(subject.partners)
    more = len(subject.partners) - len(names)
    if more > 0:
        return subject.say("memo.verdict-with-more", partners=", ".join(names), number=more, **values)
    if names:
        return subject.say("memo.verdict-with", partners=subject.listed(names), **values)
    return subject.say("memo.verdict", **values)


def _named(partners: Sequence[str]) -> Sequence[str]:
    """The first partners, as many as there is room for, but one at least."""
    room = accumulate(len(name) for name in partners[:NAMED])
    return partners[: max(1, sum(letters <= NAMES for letters in room))]


def _recommendation(subject: DocumentSubject) -> Section:
    if subject.brief.main:
        main = subject.brief.main[0]
        whole = subject.say("memo.as-a-whole", verdict=lower_first(verdict(subject)))
        said = Paragraph(strong(sentence(main.title), main.text))
        found: list[Block] = [said, Items(tuple(plain(each) for each in (*_grounds(subject, main), whole)))]
        return Section("recommendation", subject.say("memo.recommendation"), tuple(found))
    close = subject.advice.dimension
    what = subject.say("memo.close", level=upper_first(close.title), means=close.text) if close.recommended else ""
    blocks: list[Block] = [Paragraph(plain(subject.brief.lead, what))]
    items = [plain(each) for each in _reasons(subject) if each != subject.brief.lead][:REASONS]
    items += [answer_to(subject, each) for each in subject.advice.proposal if subject.brief.goes_ahead(each)][:ANSWERED]
    if items:
        blocks.append(Items(tuple(items)))
    return Section("recommendation", subject.say("memo.recommendation"), tuple(blocks))


def _grounds(subject: DocumentSubject, answer: ProposalAnswer) -> list[str]:
    """Why something is answered so: what was said of it, else the reasons."""
    asked = subject.own("question") if subject.has("question") else ""
    quoted = [subject.say("advice.quote", note=_short(note)) for note in _noted(answer, asked)]
    return (quoted or list(dict.fromkeys(upper_first(reason.because) for reason in answer.reasons)))[:REASONS]


def _reasons(subject: DocumentSubject) -> list[str]:
    """What carries the recommendation, the weightiest first."""
    advice = subject.advice
    if subject.stopping:
        against = (*advice.gate.stops, *advice.gate.objections)
        return list(dict.fromkeys(because(item) or sentence(item.title) for item in against))
    change = [f"{sentence(item.title)} {because(item)}".strip() for item in advice.gate.change_reasons]
    why = [upper_first(reason.because) for reason in reversed(advice.dimension.reasons)]
    if more := subject.brief.needs_more:  # what speaks for more is no reason for less
        why = [more]
    held = [f"{sentence(item.title)} {item.text}".strip() for item in advice.dimension.held_by]
    told = subject.brief.reason == advice.gate.text or advice.conditions  # which are a reason in themselves
    gate = [] if told else [upper_first(reason.because) for reason in advice.gate.reasons]
    gate = [*(sentence(item.title) for item in advice.gate.supports[:2]), *gate]
    found = [*why[:1], *held[:1], *why[1:], *gate] if not change else [*change[:1], *why[:1], *change[1:], *gate]
    return list(dict.fromkeys(found))


def _options(subject: DocumentSubject) -> Section | None:
    declined = tuple(_declined(subject))[:DECLINED]
    found = declined or (tuple(_without(subject)) if subject.stopping else () if subject.undecided else tuple(_steps(subject)))
    rows = tuple((plain(option), plain(why)) for option, why in found)
    if not rows:
        return None
    head = subject.say("memo.option"), subject.say("memo.why-not")
    title = subject.say("memo.options")
    return Section("options", title, (DocumentTable(title, head, rows, (5, 9)),))


def _declined(subject: DocumentSubject) -> Iterator[tuple[str, str]]:
    """What is asked and does not go ahead as it is asked, each with the answer and what it rests on."""
    for answer in subject.advice.proposal:
        if not (subject.brief.goes_ahead(answer) or answer.main):
            yield _short(upper_first(answer.asked), NOTED), f"{sentence(answer.title)} {_why(subject, answer)}".strip()


def _why(subject: DocumentSubject, answer: ProposalAnswer) -> str:
    """Why something is answered so: what she noted of it, else the reason."""
    noted = _noted(answer)[:1]
    return subject.say("advice.quote", note=_short(noted[0], NOTED)) if noted else because(answer)


def _noted(answer: ProposalAnswer, told: str = "") -> list[str]:
    """What was noted beside the answers that something rests on, but for what is asked, and for what is told already."""
    notes = (premise.note for premise in answer.premises)
    return [note for note in dict.fromkeys(notes) if note and note not in (answer.asked, told)]


def _without(subject: DocumentSubject) -> Iterator[tuple[str, str]]:
    """What else could be decided where nothing is to go on."""
    against = (*subject.advice.gate.stops, *subject.advice.gate.objections)
    if not against:
        return
    key = "memo.go-on" if subject.ending else "memo.go-ahead"
    yield subject.say(key), sentence(against[0].title)
    if not subject.ending:
        yield subject.say("memo.smaller"), subject.say("memo.same-against")


def _steps(subject: DocumentSubject) -> Iterator[tuple[str, str]]:
    """No partnership, one step less and one step more than is recommended, each with why not."""
    dimension = subject.advice.dimension
    steps = list(subject.loaded.rulebook.vocabulary.findings[subject.parts.recommended].values)
    place = steps.index(dimension.recommended or "")
    needed = steps.index(dimension.needed) if dimension.needed else place
    want = [upper_first(reason.because) for reason in dimension.reasons[-1:]]
    existing = subject.advice.proceed in subject.parts.existing
    unmet = subject.say("memo.lost" if existing else "memo.unmet" if subject.has("purpose") else "memo.speaks-for")
    yield subject.say("memo.end-it" if existing else "memo.no-partnership"), unmet
    if place > 0:
        less = upper_first(subject.level(steps[place - 1]))
        if needed < place or not want:
            yield less, subject.say("memo.less-than-can")
        elif want[0] in _reasons(subject)[:REASONS]:
            yield less, subject.say("memo.falls-short-as-said")
        else:
            yield less, subject.say("memo.falls-short", why=want[0])
    if place + 1 < len(steps):
        more = upper_first(subject.level(steps[place + 1]))
        held = " ".join(sentence(item.title) for item in dimension.held_by)
        yield more, subject.say("memo.out-of-reach", why=held) if needed > place and held else subject.say("memo.not-asked-for")


def _conditions(subject: DocumentSubject) -> Section | None:
    conditions = subject.advice.conditions
    if not conditions:
        if not subject.advice.dimension.recommended:
            return None
        said = Paragraph(plain(subject.say("memo.no-conditions-but-open" if subject.lookahead.turning else "memo.no-conditions")))
        return Section("conditions", subject.say("advice.settle-first"), (said,))
    title, main = by_when(subject), next(iter(subject.brief.main), None)
    brief = subject.brief
    turned_down = main is not None and subject.parts.at_a_glance(main.to, main.verdict) == NO
    rest = subject.say("memo.hold-the-rest", names=subject.listed(brief.goes_if)) if brief.goes_if else ""
    hold = "" if subject.stopping else rest if turned_down else brief.hold
    now = subject.say("memo.goes-now", names=subject.listed(brief.goes_now)) if brief.goes_now and not subject.stopping else ""
    blocks: list[Block] = [Paragraph(plain(hold, now))] if main and (hold or now) else []
    blocks.append(condition_table(subject, conditions[:CONDITIONS], title, noted=True))
    if len(conditions) > CONDITIONS:
        titles = "; ".join(lower_first(item.title.rstrip(".")) for item in conditions[CONDITIONS:])
        blocks.append(Paragraph(plain(sentence(subject.say("memo.more-to-settle", titles=titles)))))
    return Section("conditions", title, tuple(blocks))


def _risks(subject: DocumentSubject) -> Section | None:
    items = tuple(strong(sentence(item.title), item.text or because(item)) for item in pressing(subject)[:RISKS])
    if not items:
        return Section("risks", subject.say("memo.risks"), (Paragraph(plain(subject.say("memo.no-risks"))),))
    return Section("risks", subject.say("memo.risks"), (Items(items),))


def _actions(subject: DocumentSubject) -> Section | None:
    settle = () if subject.stopping else subject.advice.conditions[:SETTLED]
    actions = subject.brief.actions[: ACTIONS - len(settle)]
    if not actions and not settle:
        return None
    title = subject.say("memo.first-actions")
    head = subject.say("document.what"), subject.say("document.who"), subject.say("document.when")
    soon = [action for action in actions if action in subject.brief.this_week]
    said = [(subject.noted(item), subject.who(item.who), subject.dated(subject.brief.by[item.by], item.by)) for item in settle]
    now = any(item.by == subject.soonest for item in settle)
    this_week, later = (
        [(subject.noted(item), subject.who(item.who), subject.when(item)) for item in some]
        for some in (soon, [action for action in actions if action not in soon])
    )
    due = [*said, *this_week, *later] if now else [*this_week, *said, *later]
    rows = tuple((plain(upper_first(what)), plain(upper_first(who)), plain(upper_first(when))) for what, who, when in due)
    return Section("actions", title, (DocumentTable(title, head, rows, (11, 4, 4)),))


def _unknown(subject: DocumentSubject) -> Section:
    advice = subject.advice
    decisive = advice.unknown.decisive
    title = subject.say("advice.would-decide" if subject.undecided else "memo.not-known")
    told = tuple(plain(subject.say("advice.quote", note=_short(note))) for note in _not_known(subject))
    said: list[Block] = [Items(told)] if told else []
    if decisive:
        asked = dict[str, list[Open]]()
        for each in decisive:
            asked.setdefault(each.question, []).append(each)
        items = tuple(
            plain(
                subject.say("document.asked-of", ask=group[0].ask, partners=subject.listed(each.partner or "" for each in group))
                if group[0].partner
                else group[0].ask,
                group[0].because if len(group) == 1 else "",
            )
            for group in list(asked.values())[:OPEN]
        )
        said.append(Items(items))
        if len(asked) > OPEN:
            said.append(Paragraph(plain(subject.say("document.more-in-annex", number=len(asked) - OPEN))))
    elif subject.lookahead.turning:
        said.append(Items(tuple(plain(_asked(subject, each)) for each in subject.lookahead.turning[:OPEN])))
    return Section("unknown", title, (*said, Paragraph(plain(firmness(subject)))))


def _not_known(subject: DocumentSubject) -> list[str]:
    """What she noted that nobody knows yet."""
    places = (each.rpartition(".") for each in subject.parts.not_known)
    case = subject.case
    noted = (case.notes.get((question, option), "") for question, _, option in places if option in case.answers.get(question, ()))
    return [note for note in noted if note]


def _asked(subject: DocumentSubject, each: Open) -> str:
    """A question as it is asked, with the partner it is about; or, among the answers to another, what is not known."""
    if said := subject.loaded.wording.phrases.get("not-known", {}).get(each.question):
        return said
    return subject.say("document.asked-of", ask=each.ask, partners=each.partner) if each.partner else each.ask


def firmness(subject: DocumentSubject) -> str:
    """Whether what is not known could change the decision."""
    advice, parts = subject.advice, subject.parts
    marks = [advice.settled.get(name, "") for name in _deciding(subject)]
    if subject.undecided:
        return subject.say("memo.no-verdict-yet")
    if all(mark == "settled" for mark in marks):
        return subject.say("memo.stands")
    if subject.lookahead.turning:
        return subject.say("memo.each-could-change")
    if advice.unknown.decisive or "open" in marks or (parts.conditional and advice.dimension.conditional):
        return subject.say("memo.could-change")
    return subject.say("memo.nothing-decisive")


def _deciding(subject: DocumentSubject) -> Iterator[str]:
    """What the decision is made of, by its names in the justification."""
    yield str(ConclusionRef(subject.parts.proceed, subject.advice.proceed))
    if subject.advice.dimension.recommended:
        yield str(ConclusionRef(subject.parts.recommended, subject.advice.dimension.recommended))
