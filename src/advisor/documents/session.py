"""A consultation as documents: what stands, what to resolve first, who answered what; a session's packet, and its record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from advisor.analysis.consultation import ConsultationResult, MappedPoint, WeighedPoint
from advisor.documents.blocks import (
    BLANK,
    Block,
    Document,
    DocumentTable,
    Heading,
    Items,
    Paragraph,
    Run,
    Section,
    Text,
    plain,
    strong,
)
from advisor.documents.memo import verdict
from advisor.documents.subject import DocumentSubject
from advisor.loading import Loaded
from advisor.model.reconciling import Decision, Line, standing
from advisor.render.consultation_view import ConsultationView
from advisor.render.phrasing import Speech
from advisor.render.template_wording import TemplateWording

MEANT = 5  # conclusions told of what a position would mean
AGENDA = 8  # disagreements that a session is planned with; the others are listed
LINES = 3  # to write on
SESSION = ("opening", "settled", "agenda", "questions", "partner-pages", "idle")
HANDOUT = ("opening", "settled", "questions")
RECORD = ("opening", "agreed", "open", "advice", "adopted")
LISTED = ("stops", "conditions", "cautions")  # parts of the advice that list several things, each with who would get it


@dataclass(frozen=True)
class SessionSubject:
    """What comes of a consultation, in the words of one language, and the day that stands on its documents."""

    found: ConsultationResult
    loaded: Loaded
    day: date | None = None

    @cached_property
    def told(self) -> ConsultationView:
        """The same in words."""
        return ConsultationView(self.found, self.loaded)

    @cached_property
    def speech(self) -> Speech:
        """Questions and answers in words."""
        return Speech(self.loaded)

    @property
    def nothing(self) -> str:
        """What stands in a cell that says nothing."""
        return self.speech.nothing

    @cached_property
    def _words(self) -> TemplateWording:
        return TemplateWording(self.loaded.wording, self.loaded.wording.documents)

    def say(self, key: str, **values: object) -> str:
        """A sentence of the consultation's words, by its key."""
        return self._words.word(f"consultation.{key}", **values)

    def listed(self, names: Iterable[str]) -> str:
        """Names in one phrase."""
        return self._words.listed(names)

    def document(self, kind: str, title: str, sections: Iterable[Section | None]) -> Document:
        """A document of these sections, dated where there is a day."""
        head: tuple[tuple[str, str, Text], ...] = ()
        if self.day:
            from babel.dates import format_date  # here, since only dated documents need it

            told = format_date(self.day, "long", self.loaded.wording.language)
            head = (("date", self._words.word("document.date"), plain(told)),)
        return Document(kind, self.loaded.wording.language, title, head, tuple(each for each in sections if each))


# What stands whoever is right


def stands_document(subject: SessionSubject) -> Document:
    """What of the advice stands whoever is right, what is contested, and who would get what."""
    title = subject.say("title", case=subject.found.case)
    return subject.document("settled", title, (_who(subject), _settled(subject), _contested(subject)))


def _who(subject: SessionSubject) -> Section:
    said = [plain(subject.told.respondent(r.name, r.speaks, r.partner)) for r in subject.found.respondents]
    said += [plain(subject.told.anonymous(each)) for each in subject.found.anonymous]
    return Section("opening", subject.say("who-title"), (Items(tuple(said)),))


def _settled(subject: SessionSubject, without: Sequence[str] = ()) -> Section:
    blocks: list[Block] = list(_by_part(subject, subject.found.settled, without))
    if not blocks:
        blocks = [Paragraph(plain(subject.say("stands-none")))]
    if subject.found.not_decided:
        blocks.insert(0, Paragraph(plain(subject.say("not-decided-here"))))
    return Section("settled", subject.say("stands-title"), tuple(blocks))


def _by_part(subject: SessionSubject, conclusions: Sequence[str], without: Sequence[str] = ()) -> Iterator[Block]:
    for part, values in subject.told.standing(conclusions).items():
        if part not in without:
            yield Heading(subject.say(f"part-{part}"))
            yield Items(tuple(plain(value) for value in values))


def _contested(subject: SessionSubject) -> Section:
    found = subject.found
    if not subject.told.standing(found.contested):
        blocks: list[Block] = [Paragraph(plain(subject.say("contested-none")))]
        return Section("contested", subject.say("contested-title"), tuple(blocks))
    blocks = list(_by_part(subject, found.contested)) if not found.sides else list(_outcomes(subject))
    return Section("contested", subject.say("contested-title"), tuple(blocks))


def _outcomes(subject: SessionSubject) -> Iterator[Block]:
    """Each contested part with the ways in which it may come out, and who would get each."""
    yield Paragraph(plain(subject.say("outcome-note")))
    told, outcomes = subject.told, subject.told.outcomes()
    for part, values in told.standing(subject.found.contested).items():
        title = subject.say(f"part-{part}")
        yield Heading(title)
        if part in outcomes:
            head = subject.say("head-outcome"), subject.say("head-gets")
            rows = tuple((plain(each.said), plain(subject.listed(each.names))) for each in outcomes[part])
            yield DocumentTable(title, head, rows, (1, 1))
        elif part in LISTED:
            three = subject.say("head-outcome"), subject.say("head-needed"), subject.say("head-perhaps")
            yield DocumentTable(title, three, tuple(_for_some(subject, part)), (3, 2, 2))
        else:
            yield Items(tuple(plain(value) for value in values))


def _for_some(subject: SessionSubject, part: str) -> Iterator[tuple[Text, ...]]:
    for said, sure, maybe in subject.told.only_for_some(part):
        nobody = subject.say("mixed") if not sure and not maybe else ""
        yield plain(said), plain(sure or nobody or subject.nothing), plain(maybe or subject.nothing)


# What to resolve first


def disagreements_document(subject: SessionSubject) -> Document:
    """The disagreements by what they turn, each with its positions and what each would mean."""
    found, told = subject.found, subject.told
    blocks: list[Block] = []
    if found.disagreements is None:
        blocks.append(Paragraph(plain(subject.say("ranking-late"))))
    elif not found.disagreements:
        blocks.append(Paragraph(plain(subject.say("no-disagreement"))))
    elif not told.turning:
        blocks.append(Paragraph(plain(subject.say("contested-none"))))
    else:
        blocks.append(Paragraph(plain(subject.say("resolve-note"))))
    for number, point in enumerate(told.turning, start=1):
        blocks += _point(subject, point, number)
    sections = [Section("resolve", subject.say("resolve-title"), tuple(blocks)), _idle(subject)]
    return subject.document("disagreements", subject.say("disagreements-title", case=found.case), sections)


def _point(subject: SessionSubject, point: WeighedPoint, number: int) -> Iterator[Block]:
    """One disagreement: why it matters, who says what, and what each answer would mean."""
    yield Heading(subject.say("point", number=number, ask=subject.speech.ask(point.question, point.partner)))
    if why := subject.told.why(point.question):
        yield Paragraph(plain(subject.say("why", why=why)))
    head = tuple(subject.say(f"head-{column}") for column in ("position", "who", "holds", "falls"))
    rows = tuple(
        (
            plain(subject.speech.answer(point.question, position.answer)),
            plain(subject.told.who(position)),
            plain(_meaning(subject, position.holds)),
            plain(_meaning(subject, position.falls)),
        )
        for position in point.positions
    )
    yield DocumentTable(subject.say("positions-on", number=number), head, rows, (3, 3, 4, 4))
    if remarks := [remark for position in point.positions for remark in position.remarks]:
        yield Items(tuple(plain(subject.say("remark", name=each.respondent, said=each.text)) for each in remarks))
    yield Paragraph(plain(_left(subject, point)))
    yield from _talk(subject, point)


def _talk(subject: SessionSubject, point: WeighedPoint) -> Iterator[Block]:
    """How to talk about it: what kind of difference it is, what to ask, who speaks first, what not to vote on."""
    for place, advice in enumerate(subject.told.talk(point)):
        title = subject.told.word("talk.title") if place == 0 else ""
        yield Paragraph(strong(title, advice.named) if title else plain(advice.named))
        yield Items(tuple(strong(label, said) for label, said in subject.told.talk_lines(advice)))


def _meaning(subject: SessionSubject, conclusions: Sequence[str]) -> str:
    said, more = subject.told.meaning(conclusions, MEANT)
    if not said:
        return subject.nothing
    return "; ".join([*said, subject.say("and-more", count=more)] if more else said)


def _left(subject: SessionSubject, point: WeighedPoint) -> str:
    left, every = max(len(position.contested) for position in point.positions), len(subject.found.contested)
    if left == every:
        return subject.say("decides-nothing-alone")
    return subject.say("left", number=left, all=every) if left else subject.say("left-none")


def _idle(subject: SessionSubject, *, new_page: bool = False) -> Section | None:
    if not subject.told.idle:
        return None
    said = tuple(
        strong(subject.speech.ask(point.question, point.partner), _positions(subject, point)) for point in subject.told.idle
    )
    return Section("idle", subject.say("idle-title"), (Paragraph(plain(subject.say("idle-note"))), Items(said)), new_page)


def _positions(subject: SessionSubject, point: WeighedPoint | MappedPoint) -> str:
    return "; ".join(
        subject.say("held", answer=subject.speech.answer(point.question, each.answer), who=subject.told.who(each))
        for each in point.positions
    )


# Who answered what


def map_document(subject: SessionSubject) -> Document:
    """Who answered what, part by part: a row for each question, a column for each respondent known by name."""
    found = subject.found
    sections = [Section("overview", subject.say("map-title"), tuple(_overview(subject)))]
    sections += [
        Section("part", subject.told.section(part.section), (_part_table(subject, part.section, part.points),))
        for part in found.map.parts
    ]
    if found.map.markers.points:
        sections.append(Section("markers", subject.say("markers-title"), tuple(_markers(subject))))
    if found.map.rows:
        title = subject.say("rows-title")
        head = (subject.say("head-row"), *(respondent.name for respondent in found.respondents))
        rows = tuple((plain(subject.told.row(row.row)), *map(plain, subject.told.steps(row.steps))) for row in found.map.rows)
        sections.append(Section("rows", title, (DocumentTable(title, head, rows, (1,) * len(head)),)))
    if blocks := tuple(_matrices(subject)):
        sections.append(Section("partners", subject.say("matrices-title"), blocks))
    return subject.document("map", subject.say("map-of", case=found.case), sections)


def _overview(subject: SessionSubject) -> Iterator[Block]:
    yield Paragraph(plain(subject.say("map-note")))
    head = tuple(subject.say(f"head-{column}") for column in ("part", "agreed", "contested"))
    rows = tuple(
        (plain(subject.told.section(part.section)), plain(str(part.agreed)), plain(str(part.contested)))
        for part in subject.found.map.parts
    )
    if (markers := subject.found.map.markers).points:
        rows = (*rows, (plain(subject.say("markers-title")), plain(str(markers.agreed)), plain(str(markers.contested))))
    yield DocumentTable(subject.say("map-title"), head, rows, (3, 1, 1))


def _markers(subject: SessionSubject) -> Iterator[Block]:
    """Marker by marker who sees it and who does not."""
    yield Paragraph(plain(subject.say("markers-note")))
    head = tuple(subject.say(f"head-{column}") for column in ("marker", "seen", "unseen"))
    rows = tuple(tuple(plain(cell) for cell in subject.told.marker(marker)) for marker in subject.found.map.markers.markers)
    yield DocumentTable(subject.say("markers-title"), head, rows, (3, 2, 2))


def _part_table(subject: SessionSubject, section: str, points: Sequence[MappedPoint]) -> DocumentTable:
    names = [respondent.name for respondent in subject.found.respondents]
    without_names = any(each.heard for each in subject.found.anonymous)
    head = [subject.say("head-question"), subject.say("head-agreement"), *names]
    head += [subject.say("head-without-names")] if without_names else []
    rows = []
    for point in points:
        answers = {name: position.answer for position in point.positions for name in position.holders}
        cells = [subject.speech.answer(point.question, answers[name]) if name in answers else subject.nothing for name in names]
        if without_names:
            said = [subject.speech.answer(point.question, each.answer) for each in point.positions if each.kinds]
            cells.append("; ".join(said) or subject.nothing)
        agreement = _agreement(subject, point)
        rows.append((plain(subject.speech.ask(point.question, point.partner)), agreement, *map(plain, cells)))
    return DocumentTable(subject.told.section(section), tuple(head), tuple(rows), (3, *(2,) * (len(head) - 1)))


def _agreement(subject: SessionSubject, point: MappedPoint) -> Text:
    """Whether they differ, in words that stand out, and how many agree; never an average."""
    if len(point.positions) == 1:
        alone = point.answered == 1
        return plain(subject.say("alone") if alone else subject.say("alike", alike=point.alike, answered=point.answered))
    said = subject.say("alike", alike=point.alike, answered=point.answered) if point.answered else ""
    return strong(subject.say("differ"), ", ".join(each for each in (said, subject.told.spread(point)) if each))


def _matrices(subject: SessionSubject) -> Iterator[Block]:
    for matrix in subject.told.matrices(full=True):
        title = subject.speech.ask(matrix.question)
        yield Heading(title)
        rows = tuple((plain(name), *map(plain, cells)) for name, cells in subject.told.cells(matrix))
        head = (subject.say("head-respondent"), *subject.found.partners)
        yield DocumentTable(title, head, rows, (1,) * len(head))


# The packet for a session


def session_packet(subject: SessionSubject) -> Document:
    """What somebody brings to the session: an agenda by what decides, questions to put, a page a partner, room to write."""
    planned, rest = subject.told.turning[:AGENDA], subject.told.turning[AGENDA:]
    how = Section("opening", subject.say("packet-opening"), (Paragraph(plain(subject.say("packet-how"))),))
    sections = [how, _who(subject), _settled(subject), _agenda(subject, planned, rest)]
    sections += [_question(subject, point, number) for number, point in enumerate(planned, start=1)]
    sections += [_partner_page(subject, name) for name in subject.found.partners]
    idle = _idle(subject, new_page=True)
    return subject.document(
        "session", subject.say("packet-title", case=subject.found.case), [*sections, *([idle] if idle else [])]
    )


def _agenda(subject: SessionSubject, planned: Sequence[WeighedPoint], rest: Sequence[WeighedPoint]) -> Section:
    title = subject.say("agenda")
    if not planned:
        return Section("agenda", title, (Paragraph(plain(subject.say("agenda-none"))),))
    head = tuple(subject.say(f"head-{column}") for column in ("number", "question", "positions", "left"))
    rows = tuple(
        (
            plain(str(number)),
            plain(subject.speech.ask(point.question, point.partner)),
            plain(_positions(subject, point)),
            plain(_left(subject, point)),
        )
        for number, point in enumerate(planned, start=1)
    )
    blocks: list[Block] = [Paragraph(plain(subject.say("agenda-note"))), DocumentTable(title, head, rows, (1, 5, 6, 4))]
    if rest:
        blocks += [Heading(subject.say("agenda-rest"))]
        blocks += [Items(tuple(plain(subject.speech.ask(point.question, point.partner)) for point in rest))]
    return Section("agenda", title, tuple(blocks), new_page=True)


def _question(subject: SessionSubject, point: WeighedPoint, number: int) -> Section:
    """A disagreement to talk about: what is said, what each answer would mean, what to ask, and room for what is agreed."""
    heading, *rest = _point(subject, point, number)
    assert isinstance(heading, Heading)
    question, sources = subject.loaded.rulebook.vocabulary.questions[point.question], subject.loaded.rulebook.sources
    asked = [plain(subject.say("put-seen")), plain(subject.say("put-change"))]
    blocks = [*rest, Heading(subject.say("put")), Items(tuple(asked))]
    if ids := list(dict.fromkeys(name for name in question.sources if name in sources))[:2]:
        documents = subject.loaded.rulebook.documents
        said = [
            plain(
                subject.say(
                    "source", says=sources[name].says, document=documents[sources[name].document], section=sources[name].section
                )
            )
            for name in ids
        ]
        blocks += [Heading(subject.say("rests-on")), Items(tuple(said))]
    blocks += _room(subject)
    return Section("questions", heading.text, tuple(blocks), new_page=True)


def _room(subject: SessionSubject) -> Iterator[Block]:
    for name in ("room-agreed", "room-why", "room-open"):
        yield Paragraph((Run(subject.say(name), "strong"), Run(" "), BLANK))


def _partner_page(subject: SessionSubject, name: str) -> Section:
    """A partner's page: who spoke for it, where it differs from others, what is differently seen in it, and room for notes."""
    found, blocks = subject.found, list[Block]()
    speakers = [each.name for each in found.respondents if each.speaks == "partner" and each.partner == name]
    if speakers:
        blocks.append(Paragraph(plain(subject.say("spoke", names=subject.listed(speakers)))))
    elif not any(each.speaks == "partner" for each in found.anonymous):
        blocks.append(Paragraph(plain(subject.say("nobody-spoke"))))
    points = found.disagreements or ()
    differs = [
        point for point in points if any(set(speakers) & set(position.holders) for position in point.positions) and point.turns
    ]
    if differs:
        items = tuple(
            strong(
                subject.speech.ask(point.question, point.partner),
                *(
                    subject.say("it-says", answer=subject.speech.answer(point.question, position.answer))
                    for position in point.positions
                    if set(speakers) & set(position.holders)
                ),
            )
            for point in differs
        )
        blocks += [Heading(subject.say("where-it-differs")), Items(items)]
    if about := [point for point in points if point.partner == name]:
        items = tuple(strong(subject.speech.ask(point.question), _positions(subject, point)) for point in about)
        blocks += [Heading(subject.say("seen-in-it")), Items(items)]
    blocks += [Heading(subject.say("to-ask")), Items((plain(subject.say("ask-need")), plain(subject.say("ask-fear"))))]
    blocks += [Heading(subject.say("notes")), *(Paragraph((BLANK,)) for _ in range(LINES))]
    return Section("partner-pages", name, tuple(blocks), new_page=True)


# The handout for everybody at the table


def session_handout(subject: SessionSubject) -> Document:
    """What everybody gets: what stands, and what to talk about with the answers given, without who gave them.

    What is judged of a partner stays with whoever leads the session: it is asked of that partner, and not handed round. What is
    to be settled or watched is told to the leader of the case, and is not for the table either.
    """
    how = Section("opening", subject.say("handout-opening"), (Paragraph(plain(subject.say("handout-how"))),))
    asked = [point for point in subject.told.turning if point.partner is None][:AGENDA]
    sections = [_open_question(subject, point, number) for number, point in enumerate(asked, start=1)]
    return subject.document(
        "handout", subject.say("handout-title", case=subject.found.case), [how, _settled(subject, without=LISTED), *sections]
    )


def _open_question(subject: SessionSubject, point: WeighedPoint, number: int) -> Section:
    """A question with the answers that were given, and room for what is agreed."""
    answers = tuple(plain(subject.speech.answer(point.question, each.answer)) for each in point.positions)
    blocks: list[Block] = [Paragraph(plain(why))] if (why := subject.told.why(point.question)) else []
    blocks += [Heading(subject.say("handout-answers")), Items(answers), *_room(subject)]
    return Section("questions", subject.say("point", number=number, ask=subject.speech.ask(point.question)), tuple(blocks))


# The record afterwards


@dataclass(frozen=True)
class SessionRecord:
    """What was decided, and the advice before and after: on the case as it was consulted, and as it was agreed."""

    decisions: Sequence[Decision]
    before: DocumentSubject
    after: DocumentSubject
    days: Mapping[int, str] = field(default_factory=dict)  # of each decision, by its number, in words


def record_document(subject: SessionSubject, record: SessionRecord) -> Document:
    """What was agreed and by whom, what stays open, and the advice before and after."""
    now = standing(record.decisions)
    chosen = {line: each for line, each in now.items() if each.kind == "chosen"}
    left = {line: each for line, each in now.items() if each.kind == "left-open"}
    contested = [(point.question, point.partner) for point in subject.found.disagreements or () if point.turns]
    silent = [line for line in contested if line not in now]
    sections = [_who(subject), _agreed(subject, record, chosen), _stays_open(subject, record, left, silent)]
    sections.append(_before_and_after(subject, record))
    return subject.document("record", subject.say("record-title", case=subject.found.case), sections)


def _agreed(subject: SessionSubject, record: SessionRecord, chosen: Mapping[Line, Decision]) -> Section:
    title = subject.say("agreed")
    if not chosen:
        return Section("agreed", title, (Paragraph(plain(subject.say("agreed-none"))),))
    head = tuple(subject.say(f"head-{column}") for column in ("question", "agreed-answer", "note", "noted-by"))
    rows = tuple(
        (
            plain(subject.speech.ask(*line)),
            plain(subject.speech.answer(line[0], each.options)),
            plain(each.note or subject.nothing),
            plain(each.by_name or subject.nothing, record.days.get(each.number, "")),
        )
        for line, each in chosen.items()
    )
    return Section("agreed", title, (DocumentTable(title, head, rows, (4, 3, 4, 2)),))


def _stays_open(subject: SessionSubject, record: SessionRecord, left: Mapping[Line, Decision], silent: Sequence[Line]) -> Section:
    said = [strong(subject.speech.ask(*line), each.note, record.days.get(each.number, "")) for line, each in left.items()]
    blocks: list[Block] = [Items(tuple(said))] if said else [Paragraph(plain(subject.say("open-none")))]
    if silent:
        blocks += [Heading(subject.say("not-talked")), Items(tuple(plain(subject.speech.ask(*line)) for line in silent))]
    return Section("open", subject.say("stays-open"), tuple(blocks))


def _before_and_after(subject: SessionSubject, record: SessionRecord) -> Section:
    head = "", subject.say("head-before"), subject.say("head-after")
    rows = [
        (plain(subject.say("row-answer")), plain(verdict(record.before)), plain(verdict(record.after))),
        (plain(subject.say("row-lead")), plain(record.before.brief.lead), plain(record.after.brief.lead)),
    ]
    for part in ("conditions", "cautions"):
        told = [tuple(item.title for item in getattr(each.advice, part)) for each in (record.before, record.after)]
        if told[0] != told[1]:
            gone, new = set(told[0]) - set(told[1]), set(told[1]) - set(told[0])
            before = "; ".join(title for title in told[0] if title in gone) or subject.nothing
            after = "; ".join(title for title in told[1] if title in new) or subject.nothing
            rows.append((plain(subject.say(f"only-{part}")), plain(before), plain(after)))
    adopted = [each for each in record.decisions if each.kind == "adopted"]
    said = [Paragraph(plain(_adopted(subject, record, each))) for each in adopted] or [
        Paragraph(plain(subject.say("not-adopted")))
    ]
    title = subject.say("before-and-after")
    return Section("advice", title, (DocumentTable(title, head, tuple(rows), (2, 5, 5)), *said), new_page=True)


def _adopted(subject: SessionSubject, record: SessionRecord, taken: Decision) -> str:
    day = record.days.get(taken.number, "")
    if not taken.by_name:  # nobody has an account, or theirs is gone
        return subject.say("adopted-on", revision=taken.revision, day=day)
    return subject.say("adopted", revision=taken.revision, day=day, name=taken.by_name)
