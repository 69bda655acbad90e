"""The advisor for programs in Python: cases from plain values, every use case as one call, and its result as a document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import TypeAlias

from advisor.analysis import goals, reports
from advisor.analysis.consultation import ConsultationResult
from advisor.analysis.deadline import NotDecidedError
from advisor.analysis.reports import NextReport, ReachReport, SettledReport, WhyNotReports
from advisor.analysis.roadmap import Roadmap
from advisor.analysis.sensitivity import Sensitivity
from advisor.documents.catalog import MAX_TEMPLATE
from advisor.documents.request import DocumentRequest
from advisor.engine import engine as engine_of
from advisor.explain.comparison import Comparison
from advisor.explain.why import WhyReport
from advisor.io.files import read_file
from advisor.io.located import MAX_BYTES
from advisor.io.scenario_reader import parse_case_file, parse_change
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.io.view_reader import KEY, parse_view, read_audience, respondent_of
from advisor.loading import Loaded, load, phrases_for
from advisor.model import advice, case, consultation
from advisor.model.names import place_of
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.references import QuestionRef
from advisor.model.scenario import CaseFile
from advisor.render import documents, report
from advisor.render.drawing import Picture
from advisor.render.report import Report
from advisor.service import Service

__all__ = ["Advice", "Advisor", "Answer", "Answers", "Case", "InputError", "NotDecidedError", "Notes", "Report", "View"]

Answer: TypeAlias = str | bool | Sequence[str] | None
"""An option, yes or no as a truth value, several options, or None for "not known"."""
Answers: TypeAlias = Mapping[str, Answer]
"""Answers by the ids of their questions."""
Notes: TypeAlias = Mapping[str, str | Mapping[str, str]]
"""Notes by the ids of their questions, after an @ the partner: to the whole answer, or to each option."""


class Case:
    """A case as somebody tells it, in the shape of a case file. What is wrong with it is told when an advisor reads it.

    `partners` are answers by the name of the partner; `words` are the leader's own, by name; `notes` stand beside answers, by
    question (`partner.trust@Harbor House` for one about a partner); `scenarios` are changes by name, as in a case file.
    """

    def __init__(
        self,
        name: str = "",
        answers: Answers | None = None,
        partners: Mapping[str, Answers] | None = None,
        scenarios: Mapping[str, Mapping[str, object]] | None = None,
        *,
        words: Mapping[str, str] | None = None,
        notes: Notes | None = None,
    ) -> None:
        told: dict[str, object] = {"name": name} if name else {}
        told["words"], told["answers"] = dict(words or {}), dict(answers or {})
        names = ["", *(partners or {})]
        beside: dict[str, dict[str, object]] = {name: {} for name in names}
        for text, note in (notes or {}).items():
            ref = QuestionRef.parse(text)
            place = place_of(ref.partner or "", names)
            if place is None:  # a note about another partner is told as a question that there is not
                beside[""][text] = note
            else:
                beside[names[place]][ref.question] = note
        told["notes"] = beside[""]
        told["partners"] = [
            {"name": partner, "answers": dict(own), "notes": beside[partner]} for partner, own in (partners or {}).items()
        ]
        told["scenarios"] = dict(scenarios or {})
        self._raw, self._place, self._as_json, self.scenario = _json(told), "", True, ""

    @classmethod
    def read(cls, path: "str | PathLike[str]") -> "Case":
        """The case in a file: YAML, or JSON if its name ends so. Raises `InputError` where it cannot be read."""
        place = fspath(path)
        try:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            problem = Problem(place, 0, "unreadable-file", found=error.strerror or type(error).__name__)
            raise _worded([problem], phrases_for()) from None
        return cls.parse(raw, place=place, as_json=place.endswith(".json"))

    @classmethod
    def parse(cls, text: str | bytes, *, place: str = "case", as_json: bool = False) -> "Case":
        """The case in a text, YAML or JSON; problems name the `place` it comes from."""
        made = cls()
        made._raw, made._place, made._as_json = text.encode() if isinstance(text, str) else text, place, as_json
        return made

    def in_scenario(self, name: str) -> "Case":
        """This case in one of its scenarios; "" as it stands."""
        made = Case.parse(self._raw, place=self._place, as_json=self._as_json)
        made.scenario = name
        return made

    def _read(self, loaded: Loaded) -> case.Case:
        return self._file(loaded).in_scenario(self.scenario)

    def _file(self, loaded: Loaded) -> CaseFile:
        try:
            return parse_case_file(self._raw, loaded.rulebook.vocabulary, name=self._place or "case", as_json=self._as_json)
        except InputError as error:
            if self._place:
                raise
            raise InputError(replace(problem, file="") for problem in error.problems) from None


class View:
    """What one respondent answered about a case, for `Advisor.consult`.

    `speaks` is `agency`, `partner` (then `partner` names it), `family` or `front-line`; `shown` is `by-name`, `to-specialist`
    or `anonymous`, which families and front-line staff are unless it says otherwise.
    """

    def __init__(self, case: Case, name: str, speaks: str, *, partner: str = "", shown: str = "") -> None:
        self._case, self._name = case, name
        self._told = {"name": name, "speaks": speaks} | {key: said for key, said in (("for", partner), ("shown", shown)) if said}

    @classmethod
    def read(cls, path: "str | PathLike[str]") -> "View":
        """The view in a file: a case file that also says who answers. Raises `InputError` where it cannot be read."""
        made = cls(Case.read(path), "", "")
        made._told = {}
        return made

    def _read(self, loaded: Loaded) -> consultation.RespondentView:
        vocabulary, case = loaded.rulebook.vocabulary, self._case
        if not self._told:
            return parse_view(case._raw, vocabulary, name=case._place, as_json=case._as_json)
        problems = Problems(self._name)
        respondent = respondent_of(dict(self._told), (KEY,), self._name, problems)
        try:
            read = case._read(loaded)
        except InputError as error:
            raise InputError([*problems.found, *error.at(self._name).problems]) from None
        problems.raise_if_any()
        return consultation.RespondentView(respondent, read)


class Advice(advice.Advice):
    """Advice on a case, which can be written as text, Markdown, HTML and JSON, and as documents."""

    __slots__ = ("_case", "_scenario", "_service")
    _case: case.Case
    _scenario: str
    _service: Service

    @classmethod
    def _of(cls, given: advice.Advice, read: case.Case, scenario: str, service: Service) -> "Advice":
        made = object.__new__(cls)
        for field in fields(advice.Advice):
            object.__setattr__(made, field.name, getattr(given, field.name))
        object.__setattr__(made, "_case", read)
        object.__setattr__(made, "_scenario", scenario)
        object.__setattr__(made, "_service", service)
        return made

    @property
    def _loaded(self) -> Loaded:
        return self._service.loaded

    def to_markdown(self, detail: documents.Detail = "paragraph") -> str:
        """As Markdown: the verdict in a `line`, what is read in two minutes, or everything with its sources (`full`)."""
        return documents.markdown(self, self._loaded, detail)

    def to_text(self, detail: documents.Detail = "paragraph", *, width: int = 100) -> str:
        """As plain text, laid out for a width."""
        from advisor.render.terminal import plain_text

        return plain_text(self.to_markdown(detail), width)

    def to_html(self) -> str:
        """As one page of HTML that needs no other file."""
        return documents.html(self, self._loaded)

    def to_json(self) -> str:
        """As JSON, byte for byte what `advisor assess --format json` prints."""
        return documents.json(self)

    def document(
        self,
        kind: str,
        form: str = "markdown",
        *,
        day: date | None = None,
        to: str = "",
        sender: str = "",
        due: Mapping[str, date] | None = None,
        instrument: str = "",
        template: "str | PathLike[str] | None" = None,
        detail: documents.Detail = "paragraph",
    ) -> bytes:
        """A document, such as a decision `memo`, as a file: `docx`, `pdf`, `html` or `markdown`; a `plan` as `xlsx` or `ics`.

        Without a `day` it has a place for its date. `due` are days by when something is done, such as `before-signing`; a
        `template` is a Word file to fill in. `instrument` is what an `agreement` is drafted for, such as `mou`. `detail` is
        how much an `agreement` or a `packet` tells: a `line` a clause or a point, what is usual, or everything with its sources.
        """
        with _in_words(self._service.wording.phrases):
            filled = read_file(Path(template), MAX_TEMPLATE) if template else None
            place = fspath(template) if template else ""
            wanted = DocumentRequest(kind, form, self._scenario, to, sender, day, due or {}, instrument, filled, place, detail)
            return self._service.document(self, self._case, wanted)


class Advisor:
    """A rulebook with its words, ready for any question about any case. Safe to share between threads.

    What is wrong with a case or a question raises `InputError`, which says every problem in words. What is not decided
    within `seconds` raises `NotDecidedError`.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @classmethod
    def load(
        cls,
        rules: "str | PathLike[str] | None" = None,
        prompts: "str | PathLike[str] | None" = None,
        *,
        language: str = "en",
        engine: str = "chain",
        seconds: float | None = None,
    ) -> "Advisor":
        """The advisor on the project's rulebook, or on the one in a folder; `engine` is `chain` or `durable`.

        `seconds` is the most that one question may take; without it there is no limit.
        """
        with _in_words(phrases_for()):
            loaded = load(Path(rules) if rules else None, Path(prompts) if prompts else None, language=language)
            return cls(Service(loaded, engine_of(engine, loaded.cache), seconds=seconds))

    @property
    def rulebook(self) -> str:
        """The version of the rulebook."""
        return self._service.rulebook.version

    def case_file(self, case: Case, *, as_json: bool = False) -> str:
        """A case with its scenarios as the text of a case file, YAML or JSON, with the answers in the order of the intake."""
        with self._in_words():
            file = case._file(self._service.loaded)
        return (case_file_json if as_json else case_file_yaml)(file, self._service.vocabulary)

    def assess(self, case: Case, *, marks: bool = True) -> Advice:
        """The advice on a case; with `marks` it tells which of it stands however the open questions turn out."""
        with self._in_words():
            read = self._read(case)
            return Advice._of(self._service.assess(read, marks=marks), read, case.scenario, self._service)

    def why(self, case: Case, of: str) -> WhyReport:
        """Why something is recommended, such as `dimension`, `mou` or `caution=NAME`: rules, answers and sources."""
        with self._in_words():
            return self._service.why(self._read(case), of)

    def why_not(self, case: Case, goal: str, *, most: int = 5) -> WhyNotReports:
        """The nearest rules that could have given a goal, such as `integration`, and what kept them from it."""
        with self._in_words():
            read = self._read(case)
            return reports.why_not_reports(self._service.why_not(read, goal), read, most)

    def settle(self, case: Case) -> SettledReport:
        """Which conclusions stand however the open questions turn out, which are open, and which are out of the question."""
        with self._in_words():
            return reports.settled_report(self._service.settle(self._read(case)))

    def next_question(self, case: Case, skip: Sequence[str] = ()) -> NextReport:
        """The open question worth most, none of those in `skip` (`QUESTION`, or `QUESTION@PARTNER`)."""
        with self._in_words():
            read = self._read(case)
            names = [partner.name for partner in read.partners]
            left_out = goals.read_slots(list(skip), self._service.vocabulary, names)
            return reports.next_report(self._service.next_question(read, left_out), read)

    def reach(self, case: Case, *goals: str, keep: Sequence[str] = ()) -> ReachReport:
        """The smallest changes of answers that reach the goals, with those in `keep` as they are; or what blocks them."""
        with self._in_words():
            read = self._read(case)
            return reports.reach_report(self._service.reach(read, goals, keep), goals, read)

    def roadmap(self, case: Case, goal: str) -> Report[Roadmap]:
        """The way to a goal such as `dimension=integration`, in steps that the advice supports one after the other."""
        with self._in_words():
            return report.roadmap(self._service.roadmap(self._read(case), goal), *self._stamp)

    def sensitivity(self, case: Case) -> Report[Sensitivity]:
        """What hangs on each answer, and how firm each recommendation is."""
        with self._in_words():
            return report.sensitivity(self._service.sensitivity(self._read(case)), *self._stamp)

    def what_if(
        self,
        case: Case,
        answers: Answers | None = None,
        partners: Mapping[str, Answers] | None = None,
        *,
        add: Sequence[str] = (),
        drop: Sequence[str] = (),
    ) -> Report[Comparison]:
        """What other answers, partners added and partners left out would change, and why. None takes an answer away."""
        with self._in_words():
            before = self._read(case)
            told = {"answers": dict(answers or {}), "partners": dict(partners or {}), "add": list(add), "drop": list(drop)}
            name = self._service.wording.phrases["scenarios"]["what-if"]
            change = parse_change(_json(told), before, self._service.vocabulary, name=name)
            return report.comparison(self._service.what_if(before, change), *self._stamp)

    def compare(self, *cases: Case) -> Report[Comparison]:
        """Cases held against the first of them: only what differs, and why."""
        with self._in_words():
            sides = [(case.scenario, self._read(case)) for case in cases]
            readings = self._service.readings([(scenario or each.name, each) for scenario, each in sides])
            return report.comparison(readings, *self._stamp)

    def consult(self, *views: View, name: str = "", audience: str = "everybody") -> Report[ConsultationResult]:
        """What stands in a case whoever of the respondents is right, what to resolve first, and who answered what.

        An `audience` of `specialist` also sees the names that are meant for the specialist only.
        """
        with self._in_words():
            told = [self._view(view) for view in views]
            found = self._service.consult(told, name=name, audience=read_audience(audience))
            return report.consultation(found, *self._stamp)

    def picture(self, case: Case, what: str = "rows", of: str = "") -> Report[Picture]:
        """A picture with its data as a table: `rows`, `table`, `closeness`, `plan`, `why`, `levers` or `route`.

        `of` names what to give reasons for (`why`), or the goal (`route`).
        """
        with self._in_words():
            return report.picture(self._service.picture(self._read(case), what, of), *self._stamp)

    @property
    def _stamp(self) -> tuple[Loaded, str]:
        return self._service.loaded, self._service.engine.name

    def _view(self, view: View) -> consultation.RespondentView:
        return view._read(self._service.loaded)

    def _read(self, case: Case) -> case.Case:
        return case._read(self._service.loaded)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        with _in_words(self._service.wording.phrases):
            yield


def _json(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    """What JSON has no word for: mappings and sequences of any kind, and everything else as text."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return list(value)
    return str(value)


@contextmanager
def _in_words(phrases: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise _worded(error.problems, phrases) from None


def _worded(problems: Sequence[Problem], phrases: Mapping[str, Mapping[str, str]]) -> InputError:
    """An error whose text is what the command line prints."""
    return InputError(problems, "\n".join(documents.problem_text(problem, phrases) for problem in problems))
