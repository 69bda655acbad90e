"""The first page of an advice as plain values in words, for a page that somebody else builds."""

from collections.abc import Iterable, Sequence

from typing_extensions import TypedDict  # Python 3.11's own tells pydantic too little to make a schema of it

from advisor.explain.why import answers_under
from advisor.loading import Loaded
from advisor.model.advice import Advice, Item, Reason
from advisor.model.case import Case
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.sentence import lower_first, sentence, upper_first
from advisor.render.brief import Brief
from advisor.render.intake_listing import Stamp
from advisor.render.phrasing import Speech

FORMAT = "first-page/1"
SHOWN = 5  # answers shown under what is said; `why` has them all


class AnswerSaid(TypedDict):
    """An answer in words; `question` names the question, and the partner where it is about one."""

    question: str
    ask: str
    said: str


class Saying(TypedDict):
    """Something that is said, with its reasons and the answers behind it.

    `about` is what it is the answer to, `then` when it is done and by whom. `name` is what `why` takes; `question` is one to
    be answered, or answered anew. Each is "" where there is none.
    """

    about: str
    title: str
    text: str
    then: str
    reasons: list[str]
    answers: list[AnswerSaid]
    name: str
    question: str


class SectionSaid(TypedDict):
    """Sayings of one kind under a heading."""

    id: str
    title: str
    sayings: list[Saying]


class FirstPage(TypedDict):
    """What a leader reads first: the verdict, the advice at a glance, then section by section; and all answers in words.

    The ids are those of the advice. `open` tells that an open answer could still change how close.
    """

    format: str
    case: str
    proceed: str
    dimension: str | None
    structures: list[str]
    instruments: list[str]
    open: bool
    verdict: Saying
    facts: list[Saying]
    sections: list[SectionSaid]
    answers: list[AnswerSaid]
    rulebook: Stamp


def first_page(advice: Advice, case: Case, loaded: Loaded) -> FirstPage:
    """The first page of the advice on a case."""
    told = _Telling(advice, loaded)
    return FirstPage(
        format=FORMAT,
        case=advice.case,
        proceed=advice.proceed,
        dimension=advice.dimension.recommended,
        structures=list(advice.structures),
        instruments=list(advice.instruments),
        open=advice.dimension.conditional,
        verdict=told.verdict,
        facts=told.facts if advice.dimension.recommended else [],
        sections=[section for section in told.sections if section["sayings"]],
        answers=told.given(case),
        rulebook=Stamp(version=advice.rulebook.version, sha256=advice.rulebook.sha256),
    )


class _Telling:
    """One advice being told."""

    def __init__(self, advice: Advice, loaded: Loaded) -> None:
        self.advice, self.brief, self.speech = advice, Brief(advice, loaded), Speech(loaded)
        self.parts, self.phrases, self.pages = (
            loaded.rulebook.vocabulary.advice_parts,
            loaded.wording.phrases,
            loaded.wording.pages,
        )
        self.words, self.listed = loaded.wording.phrases["advice"], loaded.wording.grammar.listed

    @property
    def verdict(self) -> Saying:
        gate = self.advice.gate
        return self._saying(
            self.brief.verdict, self.brief.lead, gate.reasons, ConclusionRef(self.parts.proceed, self.advice.proceed)
        )

    @property
    def facts(self) -> list[Saying]:
        """How close, in what form, what to sign."""
        advice, brief, parts, labels = self.advice, self.brief, self.parts, self.phrases["scenarios"]
        near = advice.dimension
        text = f"{near.text} {brief.why_close or brief.needs_more}".strip()
        close = ConclusionRef(parts.recommended, near.recommended or "")
        found = [self._saying(brief.close, text, near.reasons, close, about=self.words["how-close"])]
        if advice.structures:
            found.append(self._form(parts.structures, advice.structures[0], brief.structures, labels["structures"]))
        if brief.unsigned:
            signed = self.listed(brief.called(parts.instruments, brief.unsigned), "standard")
            found.append(self._form(parts.instruments, brief.unsigned[0], signed, labels["instruments"]))
        return found

    @property
    def sections(self) -> list[SectionSaid]:
        """Everything under the answer; some are empty."""
        advice, brief, parts, words = self.advice, self.brief, self.parts, self.words
        settle = words["before-it-ends" if advice.proceed in parts.ending else "settle-first"]
        stops = [self._item(item, parts.stops) for item in brief.stops]
        against = [*stops, *(self._item(item, parts.objections) for item in advice.gate.objections)]
        return [
            SectionSaid(id="your-question", title=words["your-question"], sayings=self._answers()),
            SectionSaid(id="besides", title=words["besides"], sayings=[self._item(i, parts.guidance) for i in advice.guidance]),
            SectionSaid(id="would-decide", title=words["would-decide"], sayings=self._would_decide()),
            SectionSaid(id="contradictions", title=words["contradictions"], sayings=self._contradictions()),
            SectionSaid(
                id="supports", title=words["supports"], sayings=[self._item(i, parts.supports) for i in advice.gate.supports]
            ),
            SectionSaid(id="objections", title=words["objections"], sayings=against),
            SectionSaid(id="settle-first", title=settle, sayings=self._conditions()),
            SectionSaid(id="has-to-change", title=words["has-to-change"], sayings=self._changes()),
            SectionSaid(id="close-the-gap", title=self.phrases["scenarios"]["held_by"], sayings=self._held()),
            SectionSaid(id="to-do", title=words["to-do"], sayings=self._actions()),
            SectionSaid(id="set-aside", title=self.pages["advice"]["set-aside"], sayings=self._set_aside()),
        ]

    def given(self, case: Case) -> list[AnswerSaid]:
        """All answers of the case, about the agency and then about each partner."""
        owners: list[tuple[str | None, dict[str, tuple[str, ...]]]] = [(None, dict(case.answers))]
        owners += [(partner.name, dict(partner.answers)) for partner in case.partners]
        return [self._answer(name, owner, options) for owner, answers in owners for name, options in answers.items()]

    def _answers(self) -> list[Saying]:
        return [
            self._item(item, self.parts.answering(item.verdict), about=upper_first(item.asked)) for item in self.advice.proposal
        ]

    def _would_decide(self) -> list[Saying]:
        decisive = self.advice.unknown.decisive if self.brief.undecided else ()
        return [
            self._saying(self._of(each.ask, each.partner), each.because, (), question=QuestionRef(each.question, each.partner))
            for each in decisive
        ]

    def _contradictions(self) -> list[Saying]:
        return [
            self._saying(
                item.title,
                f"{item.text} {sentence(self.words['resolve'], ask=item.ask)}".strip(),
                item.reasons,
                question=QuestionRef(item.question, item.partner),
            )
            for item in self.advice.contradictions
        ]

    def _conditions(self) -> list[Saying]:
        who, by = self.phrases["who"], self.brief.by
        return [
            self._item(
                item,
                self.parts.conditions,
                then=sentence(self.words["done-when"], done=item.done, who=who[item.who], by=by[item.by]),
            )
            for item in self.brief.conditions
        ]

    def _changes(self) -> list[Saying]:
        return [self._item(item, self.parts.change_reasons) for item in self.advice.gate.change_reasons]

    def _held(self) -> list[Saying]:
        held = self.advice.dimension.held_by if self.brief.needs_more else ()
        return [self._item(item, self.parts.held_by) for item in held]

    def _actions(self) -> list[Saying]:
        who, when, said = self.phrases["who"], self.brief.when, []
        for item in self.brief.actions:
            then = sentence(self.words["who-when"], who=upper_first(who[item.who]), when=lower_first(when[item.when]))
            done = sentence(self.words["done"], done=item.done) if item.done else ""
            said.append(self._item(item, self.parts.actions, then=f"{then} {done}".strip()))
        return said

    def _set_aside(self) -> list[Saying]:
        refs = [QuestionRef.parse(name) for name in self.advice.unknown.set_aside]
        return [self._saying(self.speech.ask(ref.question, ref.partner), "", (), question=ref) for ref in refs]

    def _form(self, finding: str, first: str, title: str, about: str) -> Saying:
        """Structures or instruments, told by the first of them."""
        ref = ConclusionRef(finding, first)
        item = self.advice.details[str(ref)]
        return self._saying(title, item.text, item.reasons, ref, about=about)

    def _item(self, item: Item, finding: str, *, about: str = "", then: str = "") -> Saying:
        return self._saying(item.title, item.text, item.reasons, ConclusionRef(finding, item.id), about=about, then=then)

    def _saying(
        self,
        title: str,
        text: str,
        reasons: Sequence[Reason],
        ref: ConclusionRef | None = None,
        *,
        about: str = "",
        then: str = "",
        question: QuestionRef | None = None,
    ) -> Saying:
        name = str(ref) if str(ref) in self.advice.justification else ""
        behind = answers_under(self.advice, name)[:SHOWN] if name else []
        return Saying(
            about=about,
            title=upper_first(title),
            text=text,
            then=then,
            reasons=list(dict.fromkeys(upper_first(reason.because) for reason in reasons)),
            answers=[self._answer(each.question, each.partner, each.answer) for each in behind],
            name=name,
            question=str(question) if question else "",
        )

    def _answer(self, question: str, partner: str | None, options: Iterable[str]) -> AnswerSaid:
        said = self.speech.answer(question, tuple(options))
        return AnswerSaid(question=str(QuestionRef(question, partner)), ask=self.speech.ask(question, partner), said=said)

    def _of(self, ask: str, partner: str | None) -> str:
        return f"{ask} ({partner})" if partner else ask
