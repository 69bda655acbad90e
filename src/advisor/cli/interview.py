"""`advisor interview`: asks in the terminal what can still change the advice, and saves after every answer."""

import contextlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.analysis.deadline import NotDecidedError
from advisor.analysis.next_question import NextQuestionResult
from advisor.cli.app import app, read, service_with
from advisor.engine.conclusions import Conclusion
from advisor.explain.reference_wording import in_words
from advisor.interview import (
    PARTNERS_STEP,
    AddPartner,
    Back,
    Choose,
    Deepen,
    Interview,
    InterviewStep,
    Pass,
    RemovePartner,
    Reply,
    Say,
    Understood,
    advance,
    answer_to,
    begin,
    name_refusal,
    notes_at,
    split_notes,
    understand,
    with_answer,
)
from advisor.io.case_editor import save_case
from advisor.io.case_writer import check_writable
from advisor.model.advice import Contradiction
from advisor.model.case import FREE_WORDS, MAX_WORDS, Case
from advisor.model.problems import nearest, shorten
from advisor.model.sentence import sentence
from advisor.model.vocabulary import Question
from advisor.render.answer_lines import AnswerLines
from advisor.service import Service
from advisor.service.question_order import slot_of, step_to_ask

_WIDEST = 96  # longer lines are hard to read
_LISTED = 8  # of the recommendations that an answer can turn
_SECONDS = 2.0  # nobody waits longer for a question


@app.command()
def interview(
    case: Annotated[Path, typer.Argument()] = Path("case.yaml"),
    full: Annotated[bool, typer.Option("--full")] = False,
    fixed: Annotated[bool, typer.Option("--fixed")] = False,
) -> None:
    """Ask about a case in the terminal, save after every answer, and go on with CASE where it exists."""
    service = service_with()
    exists = case.exists()
    title = case.stem.replace("-", " ").replace("_", " ").capitalize()
    adaptive = _Adaptive(service)
    known = read(case, service) if exists else Case(title, {})
    start = begin(known, service.loaded.relevance, full=full, order=None if fixed else adaptive)
    if not exists:
        check_writable(case)  # before the first question, not after the first answer
    with contextlib.suppress(ImportError):  # arrow keys work in `input` once it is there
        import readline  # noqa: F401
    _Session(start, case, service, adaptive).run(resuming=exists)


class _Adaptive:
    """The order that asks what can still change the advice and is worth most, after the opening.

    `outcome` is where the case stood when it was last asked; None before that, and where the time did not suffice.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.outcome: NextQuestionResult | None = None

    def __call__(self, case: Case, passed: frozenset[InterviewStep]) -> InterviewStep | None:
        skip = [slot_of(step, case) for step in passed if step != PARTNERS_STEP]
        try:
            state = self.service.state(case, skip, seconds=_SECONDS)
        except NotDecidedError:
            state = None
        self.outcome = state.outcome if state else None
        return step_to_ask(case, passed, state, self.service.loaded.relevance, lambda step: self._may_turn(case, step))

    def _may_turn(self, case: Case, step: InterviewStep) -> bool:
        found = self.worth(case, step)
        return found is None or found.ask is not None

    def worth(self, case: Case, step: InterviewStep) -> NextQuestionResult | None:
        """What a question alone can turn, its present answer aside; None where the time did not suffice."""
        others = {*self.service.ground(case).slots} - {slot_of(step, case)}
        try:
            return self.service.next_question(with_answer(case, step, ()), others, seconds=_SECONDS)
        except NotDecidedError:
            return None


class _Session:
    """One session at the terminal: it shows the interview's step, reads a reply, and saves what changed."""

    def __init__(self, interview: Interview, path: Path, service: Service, adaptive: _Adaptive) -> None:
        self.now, self.path, self.service, self.adaptive = interview, path, service, adaptive
        self.rulebook, self.wording = service.rulebook, service.wording
        self.contradicting: tuple[Contradiction, ...] = ()
        self.words: Mapping[str, str] = self.wording.phrases["interview"]
        self.told: Sequence[str] = ()
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.console.width = min(self.console.width, _WIDEST)
        self.heading, self.saved = ("", ""), interview.case

    def run(self, *, resuming: bool) -> None:
        """Ask until the end, or until the user leaves. Whatever was answered is in the file by then."""
        file = shorten(str(self.path))
        partners = len(self.now.case.partners)
        self._say("resuming" if resuming else "opening", file=file, answers=_count(self.now.case), partners=partners)
        finished = False
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            finished = self._ask_all()
        self._farewell(finished=finished)

    def _ask_all(self) -> bool:
        """Whether the end was reached, rather than left early."""
        if not _count(self.now.case) and not self._ask_words():
            return False
        while True:
            self._tell()
            if self.now.at is None:
                further = len(self.now.left) if self.now.order else self.now.further
                if self.now.full or not further:
                    return True
                self._say("offer-left" if self.now.order else "offer", space=True, further=further)
                typed = self._read()
                if self._is(typed, "yes"):
                    self._take(Deepen())
                elif self._is(typed, "back"):
                    self._take(Back())
                elif not typed or self._is(typed, "no") or self._is(typed, "quit"):
                    return True
                continue
            self._show()
            if not self._answer():
                return False

    def _ask_words(self) -> bool:
        """Ask what a new case can say in free words. False: the user leaves."""
        self._head("words")
        self._say("free-keys", style="dim")
        place = 0
        while place < len(FREE_WORDS):
            name = FREE_WORDS[place]
            self._print(self.wording.phrases["free-words"][name], "bold")
            if said := self.now.case.words.get(name):
                self._say("so-far", answer=said, style="dim")
            typed = self._read()
            if self._is(typed, "quit"):
                return False
            if self._is(typed, "help"):
                self._say("free-help")
            elif self._is(typed, "back"):
                place = max(place - 1, 0)
            elif not self._too_long(typed):
                if typed:
                    self._take(Say(name, "" if self._is(typed, "unknown") else typed))
                place += 1
        return True

    def _too_long(self, text: str) -> bool:
        """Whether a text in free words is too long, which is said then."""
        if len(text) > MAX_WORDS:
            self._say("text-too-long", found=len(text), most=MAX_WORDS, style="yellow")
        return len(text) > MAX_WORDS

    def _answer(self) -> bool:
        """Read replies until one moves the interview on. False: the user leaves."""
        before = self.now
        while self.now is before:
            typed = self._read()
            if self._is(typed, "quit"):
                return False
            if self._is(typed, "help"):
                self._help()
            elif self._is(typed, "back"):
                self._say("first") if self.now.place == 1 else self._take(Back())
            elif not typed:
                self._take(Pass())
            elif self.now.at == PARTNERS_STEP:
                self._name(typed)
            else:
                self._choose(typed)
        return True

    def _choose(self, typed: str) -> None:
        at = self.now.at
        assert at is not None
        question = self._offering(at)
        labels = [self.wording.option(question.id, option) for option in question.options]
        parts = split_notes(typed)
        if any(self._too_long(note) for _, note in parts):
            return
        given = ", ".join(answer for answer, _ in parts if answer)
        understood = understand(given, question, labels) if given else Understood(answer_to(self.now.case, at))
        if understood.options:
            notes = {}
            for answer, note in parts:
                alone = understand(answer, question, labels).options if question.kind == "several" and answer else ()
                if note:
                    notes[alone[0] if len(alone) == 1 else ""] = note
            said = "; ".join(notes.values())
            key = "noted-because" if said else "noted"
            self._say(key, answer=self._label(question.id, understood.options), note=said, style="green")
            self._take(Choose(understood.options, notes))
        elif self._is(given, "unknown"):
            self._say("noted-unknown", style="green")
            self._take(Choose(()))
        elif not given:
            self._say("note-alone", style="yellow")
        else:
            near = nearest(understood.found, question.options) if understood.problem == "not-understood" else ""
            self._say(
                understood.problem,
                style="yellow",
                found=shorten(understood.found),
                nearest=self.wording.option(question.id, near) if near else "",
                number=question.options.index(near) + 1 if near else 0,
                count=len(labels),
                option=self.wording.option(question.id, "none"),
            )

    def _offering(self, step: InterviewStep) -> Question:
        """The question of a step, with the options that can be chosen in this case."""
        question, case = self.rulebook.vocabulary.questions[step.question], self.now.case
        if step.partner is None:
            return replace(question, options=question.offered(case.answers))
        answers = next(partner.answers for partner in case.partners if partner.name == step.partner)
        return replace(question, options=question.offered(answers))

    def _name(self, typed: str) -> None:
        partners = self.now.case.partners
        if typed.startswith("-") and typed[1:].strip().isdecimal():
            number = int(typed[1:])
            if not 0 < number <= len(partners):
                self._say("partner-no-such", found=number, style="yellow")
                return
            self._say("partner-removed", name=shorten(partners[number - 1].name), style="green")
            self._take(RemovePartner(partners[number - 1].name))
        elif typed.isdecimal():  # a number typed here was meant for another question
            self._say("partner-number", style="yellow")
        elif refused := name_refusal(self.now.case, typed):
            said = self.wording.phrases["problems"][refused.code]
            self._print(sentence(said, about=refused.about, found=refused.found, allowed=refused.allowed), "yellow")
        else:
            self._say("partner-added", name=shorten(typed), style="green")
            self._take(AddPartner(typed))

    def _take(self, reply: Reply) -> None:
        self.now = advance(self.now, reply)
        if self.now.case != self.saved:
            save_case(self.path, self.now.case, self.rulebook.vocabulary)
            self.saved = self.now.case

    def _tell(self) -> None:
        """Say which answers do not fit together, once they do not, and what is settled, once it is."""
        found = self.service.contradictions(self.now.case)
        news = [each for each in found if each not in self.contradicting]
        for line in AnswerLines(self.service.loaded, self.now.case).contradictions(news):
            self._print(line, "yellow")
        self.contradicting = found
        outcome = self.adaptive.outcome
        if outcome is None:
            return
        settled = outcome.settled
        keys = ["first-settled"] if outcome.stands else ["as-far"] if outcome.as_far_as_known and outcome.ask else []
        if outcome.ask is None:
            keys.append("nothing-left" if settled.all("open") else "all-settled")
        elif keys:
            keys.append("still-asked")
        possible = [settled.possible(finding) for finding in self.rulebook.vocabulary.advice_parts.chief]
        said = [self._conclusion(each[0]) for each in possible if each and each[0].value is not None]
        for key in keys:
            if key not in self.told:
                self.console.print()
                self._print(sentence(self.words[key], said=said), "green")
        self.told = keys

    def _show(self) -> None:
        step = self.now.at
        assert step is not None
        question = None if step == PARTNERS_STEP else self._offering(step)
        section = question.section if question else "partners"
        partner = shorten(step.partner or "")
        if self.heading != (section, partner):
            self._head(section, partner)
        total = len(self.now.steps) if self.now.full or self.now.order is None else 0  # nobody knows how many it will take
        self._say("place", style="dim", space=True, place=self.now.place, total=total)
        if question is None:
            self._say("partners-ask", style="bold")
            self._numbered([shorten(p.name) for p in self.now.case.partners])
            self._say("partners-keys", style="dim", named=len(self.now.case.partners))
            return
        said = self.wording.questions[question.id]
        self._print(said.ask, "bold")
        if question.essential and said.help:  # what most turns on is most easily misread
            self._print(said.help, "dim")
        self._numbered([self.wording.option(question.id, option) for option in question.options])
        if question.kind == "several":
            self._say("several", style="dim")
        if chosen := answer_to(self.now.case, step):
            self._say("so-far", answer=self._label(question.id, chosen), style="dim")
        for note in notes_at(self.now.case, step).values():
            self._say("note-so-far", note=note, style="dim")

    def _head(self, section: str, partner: str = "") -> None:
        self.heading = (section, partner)
        title = self.words["free-title"] if section == "words" else self.wording.phrases["sections"][section]
        self.console.print()
        self.console.rule(Text(f" {title}: {partner} " if partner else f" {title} ", "bold"), align="left")

    def _help(self) -> None:
        assert self.now.at is not None
        if self.now.at == PARTNERS_STEP:
            self._say("partners-help")
            return
        question = self.rulebook.vocabulary.questions[self.now.at.question]
        said = self.wording.questions[question.id]
        for key, told in (("help", said.help), ("why", said.why)):
            if told:
                self._say(key, told=told)
        self._say("note-help")
        self._turns(self.now.at)
        self._say("changeable", who=self.words[f"changeable-{question.changeable}"])
        self._say("sources")
        cited = dict.fromkeys((*question.sources, *(s for ids in question.option_sources.values() for s in ids)))
        for source in (self.rulebook.sources[name] for name in cited):
            document = self.rulebook.documents[source.document]
            text = Text(sentence(self.words["source"], says=source.says, document=document, section=source.section), "dim")
            self.console.print(Padding(text, (0, 0, 0, 2)))

    def _turns(self, step: InterviewStep) -> None:
        """Say which recommendations the answer can still turn, where that is found out in time."""
        outcome = self.adaptive.worth(self.now.case, step)
        if outcome is None:
            return
        ask = outcome.ask
        if ask is None:
            self._say("turns-nothing")
            return
        self._say("opens" if ask.opens else "turns", ask=self.wording.asked(ask.opens))
        weightiest = sorted(ask.turns, key=lambda each: each.finding not in self.rulebook.vocabulary.advice_parts.chief)
        said = [self._conclusion(each) for each in weightiest if each.value is not None]
        if len(said) > _LISTED:
            said = [*said[:_LISTED], sentence(self.words["turns-more"], count=len(said) - _LISTED)]
        for line in said:
            self.console.print(Padding(Text(line, "dim"), (0, 0, 0, 2)))

    def _conclusion(self, conclusion: Conclusion) -> str:
        ref = conclusion.ref([shorten(partner.name) for partner in self.now.case.partners])
        return in_words(ref, self.wording, self.rulebook.vocabulary)

    def _farewell(self, *, finished: bool) -> None:
        file = shlex.quote(str(self.path))
        self._say("end" if finished else "left", space=True)
        if not self.path.exists():
            self._say("nothing-saved")
            return
        self._say("saved", file=shorten(str(self.path)), answers=_count(self.now.case))
        self._say("see-advice", file=file)
        if not finished or self.now.further:
            self._say("go-on", file=file, full=self.now.full or finished, fixed=self.now.order is None)

    def _label(self, question: str, options: tuple[str, ...]) -> str:
        return "; ".join(self.wording.option(question, option) for option in options).rstrip(".")

    def _numbered(self, lines: list[str]) -> None:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True, min_width=4, style="cyan")
        table.add_column()
        for number, line in enumerate(lines, start=1):
            table.add_row(str(number), Text(line))
        self.console.print(table)

    def _is(self, typed: str, what: str) -> bool:
        return typed.casefold() in self.words[f"words-{what}"].split(", ")

    def _read(self) -> str:
        """One line, without what no file should hold: bytes that are not UTF-8, control characters."""
        typed = input(self.words["prompt"])
        return "".join(c for c in typed.encode("utf-8", "replace").decode() if c.isprintable()).strip()

    def _say(self, key: str, *, style: str = "", space: bool = False, **values: object) -> None:
        if space:
            self.console.print()
        self._print(sentence(self.words[key], **values), style)

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style))


def _count(case: Case) -> int:
    return len(case.answers) + sum(len(partner.answers) for partner in case.partners)
