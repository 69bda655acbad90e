"""The interview: which question comes next, as a pure fold of replies over a case. No terminal in it.

`reduce(advance, replies, begin(case, relevance))` is a whole interview. What comes next is told by an order, a function
that is handed in. Without one the order is fixed: the essential questions first, the others only when asked for, both in
intake order. Only questions that are relevant to the answers so far are asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby

from advisor.engine.facts import Facts
from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.io.case_reader import MAX_NAME
from advisor.model.case import FREE_WORDS, MAX_PARTNERS, Case, Notes, Partner
from advisor.model.conditions import Answers
from advisor.model.names import composed, place_of
from advisor.model.problems import Problem, Problems, shorten
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """One thing to ask: a question (about a partner by name, or about the agency); or else `PARTNERS_STEP` or `WORDS_STEP`."""

    question: str
    partner: str | None = None


NOTE_SIGN = "//"  # what follows it in an answer is a note
_NOTED = re.compile(r";\s*(?=[^;/]*//)")
PARTNERS_STEP = InterviewStep("")  # the partners are named
WORDS_STEP = InterviewStep("words")  # what is said in free words


@dataclass(frozen=True, slots=True)
class Choose:
    """An answer, and what makes somebody say so; no options stand for "don't know" and take an earlier answer away.

    A note is to an option, or to the answer as a whole ("").
    """

    options: tuple[str, ...]
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pass:
    """Go on: an answer already given stays, an open question stays open."""


@dataclass(frozen=True, slots=True)
class Say:
    """Something said in free words, under its name; "" takes it back."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Back:
    """Return to the step before this one."""


@dataclass(frozen=True, slots=True)
class AddPartner:
    """Name one more partner."""

    name: str


@dataclass(frozen=True, slots=True)
class RemovePartner:
    """Take a partner, and what was answered about it, off the list."""

    name: str


@dataclass(frozen=True, slots=True)
class Deepen:
    """Ask what is left too, in intake order: beyond the essential questions, or beyond where the order ends."""


Reply = Choose | Pass | Say | Back | AddPartner | RemovePartner | Deepen

Order = Callable[[Case, frozenset[InterviewStep]], InterviewStep | None]
"""From a case and the steps passed in this session, the relevant step to ask next, open and not passed; None at the end."""


@dataclass(frozen=True)
class Interview:
    """Where an interview stands: the case so far, what was passed in this session, and what is asked now (None: the end).

    `trail` are the steps gone through, earlier sessions included; `order` None is the fixed order.
    """

    relevance: Relevance
    case: Case
    full: bool = False
    passed: frozenset[InterviewStep] = frozenset()
    at: InterviewStep | None = None
    order: Order | None = None
    trail: tuple[InterviewStep, ...] = ()

    @cached_property
    def steps(self) -> tuple[InterviewStep, ...]:
        """The steps in the order of asking: in the fixed order all of them, otherwise as far as they are known by now."""
        if self.order is None:
            return steps_of(self.case, self.relevance, full=self.full)
        relevant = steps_of(self.case, self.relevance, full=True)
        now = (self.at,) if self.at else ()
        return tuple(dict.fromkeys((*(s for s in self.trail if s in relevant), *now, *(self.left if self.full else ()))))

    @property
    def left(self) -> tuple[InterviewStep, ...]:
        """Every relevant step that is neither answered nor passed, in intake order with the essential ones first."""
        return tuple(_waiting(self.case, self.passed, self.relevance, full=True))

    @property
    def place(self) -> int:
        """The number of the present step, from 1; one past the last at the end."""
        return self.steps.index(self.at) + 1 if self.at in self.steps else len(self.steps) + 1

    @property
    def further(self) -> int:
        """How many relevant questions are still open: in the fixed order, beyond the essential ones."""
        steps = (s for s in steps_of(self.case, self.relevance, full=True) if s != PARTNERS_STEP and not answer_to(self.case, s))
        return sum(self.order is not None or not self._essential(s) for s in steps)

    def _essential(self, step: InterviewStep) -> bool:
        return self.relevance.vocabulary.questions[step.question].essential


def begin(case: Case, relevance: Relevance, *, full: bool = False, order: Order | None = None) -> Interview:
    """An interview on a new or half-answered case, standing at the first question that has no answer yet."""
    trail = tuple(step for step in steps_of(case, relevance, full=True) if answer_to(case, step))
    return _onward(Interview(relevance, case, full, order=order, trail=trail))


def advance(interview: Interview, reply: Reply) -> Interview:
    """The interview after one more reply. A reply that does not fit the present step changes nothing."""
    at, case = interview.at, interview.case
    match reply:
        case Deepen():
            return _onward(replace(interview, full=True))
        case Back():
            return replace(interview, at=interview.steps[max(interview.place - 2, 0)]) if interview.steps else interview
        case AddPartner(name) if at == PARTNERS_STEP and not name_refusal(case, name):
            return replace(interview, case=replace(case, partners=(*case.partners, Partner(composed(name), {}))))
        case RemovePartner(name) if at == PARTNERS_STEP:
            return replace(interview, case=replace(case, partners=tuple(p for p in case.partners if p.name != name)))
        case Say(name, text):
            words = {each: said for each in FREE_WORDS if (said := text if each == name else case.words.get(each))}
            return replace(interview, case=replace(case, words=words))
        case Choose(options, notes) if at and at != PARTNERS_STEP:
            return _onward(_gone(replace(interview, case=with_answer(case, at, options, notes)), at))
        case Pass() if at:
            return _onward(_gone(interview, at))
    return interview


def steps_of(case: Case, relevance: Relevance, *, full: bool) -> tuple[InterviewStep, ...]:
    """The relevant steps: essential ones in intake order, then, in a full interview, the others."""
    facts, questions = relevance.facts(case), relevance.vocabulary.questions.values()
    essential = _pass([q for q in questions if q.essential], case, facts)
    others = _pass([q for q in questions if not q.essential], case, facts) if full else ()
    return tuple(dict.fromkeys((*essential, *others)))  # partners are named once, where they first matter


def opening(case: Case, relevance: Relevance) -> tuple[InterviewStep, ...]:
    """What any order does well to begin with: the essential questions of the first section, then who the partners are."""
    essential, questions = steps_of(case, relevance, full=False), relevance.vocabulary.questions
    first = next((question.section for question in questions.values()), "")
    situation = (s for s in essential if s != PARTNERS_STEP and questions[s.question].section == first)
    return tuple(dict.fromkeys((*situation, *(s for s in essential if s == PARTNERS_STEP))))


def first_open(case: Case, passed: frozenset[InterviewStep], relevance: Relevance, *, full: bool) -> InterviewStep | None:
    """The next step of the fixed order."""
    return next(_waiting(case, passed, relevance, full=full), None)


def answer_to(case: Case, step: InterviewStep) -> tuple[str, ...]:
    """The options already chosen at a step; none where it is open."""
    if step.partner is None:
        return case.answers.get(step.question, ())
    return next((p.answers.get(step.question, ()) for p in case.partners if p.name == step.partner), ())


def with_answer(case: Case, step: InterviewStep, options: tuple[str, ...], said: Mapping[str, str] | None = None) -> Case:
    """The case with this answer at a step, and with what is `said` of its options or of the whole ("").

    Without any answer where there are no options. A note to the whole takes the place of those to options, and the other
    way round; notes to what is not chosen any more go.
    """

    def changed(answers: Answers) -> Answers:
        kept = {name: answer for name, answer in answers.items() if name != step.question}
        return {**kept, step.question: options} if options else kept

    def noted(notes: Notes) -> Notes:
        own = {option: text for (question, option), text in notes.items() if question == step.question}
        kept = {option: text for option, text in own.items() if option in options or (not option and options)}
        if said:
            kept = {option: text for option, text in kept.items() if ("" in said) is (not option)}
        others = {key: text for key, text in notes.items() if key[0] != step.question}
        return {**others, **{(step.question, option): text for option, text in {**kept, **(said or {})}.items()}}

    if step.partner is None:
        return replace(case, answers=changed(case.answers), notes=noted(case.notes))
    partners = (
        replace(p, answers=changed(p.answers), notes=noted(p.notes)) if p.name == step.partner else p for p in case.partners
    )
    return replace(case, partners=tuple(partners))


def notes_at(case: Case, step: InterviewStep) -> dict[str, str]:
    """The notes to the answer at a step, by option; "" is the answer as a whole."""
    notes = case.notes if step.partner is None else next((p.notes for p in case.partners if p.name == step.partner), {})
    return {option: text for (question, option), text in notes.items() if question == step.question}


def split_notes(text: str) -> list[tuple[str, str]]:
    """What was typed in answer to a question, as answers each with the note behind it: `1, 4`, `2 // why`, `1 // a; 4 // b`."""
    parts = (part.partition(NOTE_SIGN) for part in _NOTED.split(text))
    return [(given.strip(), " ".join(note.split())) for given, _, note in parts]


def name_refusal(case: Case, name: str) -> Problem | None:
    """Why a partner of this name cannot be added; None where it can."""
    problems = Problems("")
    if not 0 < len(name.strip()) <= MAX_NAME or name != name.strip():
        problems.add("name-too-long", about=shorten(name), found=len(name), allowed=(str(MAX_NAME),))
    elif place_of(name, [partner.name for partner in case.partners]) is not None:
        problems.add("duplicate-partner", found=name)
    elif len(case.partners) >= MAX_PARTNERS:
        problems.add("too-many-partners", found=len(case.partners) + 1, allowed=(str(MAX_PARTNERS),))
    return problems.found[0] if problems.found else None


def _pass(questions: Sequence[Question], case: Case, facts: Facts) -> Iterator[InterviewStep]:
    """One pass through the intake. Within a section all of one partner's questions come before the next partner's."""
    for (_, asked), run in groupby(questions, key=lambda q: (q.section, q.asked)):
        names = [q.id for q in run]
        if asked == "agency":
            yield from (InterviewStep(name) for name in names if facts.asks(name, AGENCY))
            continue
        yield PARTNERS_STEP
        for number, partner in enumerate(case.partners):
            yield from (InterviewStep(name, partner.name) for name in names if facts.asks(name, number))


def _waiting(case: Case, passed: frozenset[InterviewStep], relevance: Relevance, *, full: bool) -> Iterator[InterviewStep]:
    return (s for s in steps_of(case, relevance, full=full) if s not in passed and not answer_to(case, s))


def _gone(interview: Interview, step: InterviewStep) -> Interview:
    """The interview with a step behind it."""
    trail = tuple(dict.fromkeys((*interview.trail, step)))
    return replace(interview, passed=interview.passed | {step}, trail=trail)


def _onward(interview: Interview) -> Interview:
    """Move to the step that the order names, from its end on to what is left if that is wanted, or to the end."""
    order, full = interview.order, interview.full
    step = order(interview.case, interview.passed) if order else None
    if step is None and (full or order is None):
        step = first_open(interview.case, interview.passed, interview.relevance, full=full)
    return replace(interview, at=step)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a typed answer means: the options in the question's order, or the code of what is wrong with `found`.

    `guessed` tells that something was taken for its nearest spelling or completed from its beginning.
    """

    options: tuple[str, ...] = ()
    problem: str = ""
    found: str = ""
    guessed: bool = False


def understand(text: str, question: Question, labels: Sequence[str]) -> Understood:
    """What was typed in answer to a question: numbers from 1, options, or the words they are shown in (`labels`)."""
    whole, guessed = _option(text, question, labels, near="," not in text and ";" not in text)
    if whole and whole != THAT_IS_ALL:  # a label may itself hold a comma
        return Understood((whole,), guessed=guessed)
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if all(word.isdigit() for word in text.replace(",", " ").split()):
        parts = text.replace(",", " ").split()
    chosen: list[str] = []
    for part in parts:
        option, guess = _option(part, question, labels)
        if not option:
            return Understood(problem="not-understood", found=part)
        chosen.append(option)
        guessed = guessed or guess
    options = tuple(option for option in question.options if option in chosen)
    if len(options) > 1 and question.kind != "several":
        return Understood(problem="one-only", found=text)
    if len(options) > 1 and NONE in options:
        return Understood(problem="none-with-others", found=text)
    if options == (THAT_IS_ALL,):
        return Understood(problem="that-is-all-alone", found=text)
    return Understood(options, guessed=guessed) if options else Understood(problem="not-understood", found=text)


def _option(text: str, question: Question, labels: Sequence[str], *, near: bool = True) -> tuple[str, bool]:
    """The option one word or number stands for ("" if none), and whether it had to be guessed (`near`: it may be)."""
    word = text.strip().rstrip(".)").casefold()
    if word.isdecimal():
        return (question.options[int(word) - 1], False) if 0 < int(word) <= len(question.options) else ("", False)
    as_id = word.replace("_", "-").replace(" ", "-")
    by_name = {option.casefold(): option for option in question.options}
    by_label = {label.rstrip(".").casefold(): option for label, option in zip(labels, question.options, strict=True)}
    if as_id in by_name or word in by_label:
        return by_name.get(as_id) or by_label[word], False
    if len(word) > 1 or (word and question.kind == "yes-no"):
        begun = {by_name[n] for n in by_name if n.startswith(as_id)} | {by_label[n] for n in by_label if n.startswith(word)}
        if len(begun) == 1:
            return begun.pop(), True
    if not near or not as_id:
        return "", False
    # A guess is saved at once, so it has to be a slip of the finger: "aware" must never become "unaware".
    close = [name for name in get_close_matches(as_id, list(by_name), n=2, cutoff=0.8) if name[0] == as_id[0]]
    return (by_name[close[0]], True) if len(close) == 1 else ("", False)
