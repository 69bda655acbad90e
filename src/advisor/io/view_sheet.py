"""Reads the sheet that a respondent typed into, XLSX or CSV, as the same values that a file would say.

Column A names what a row is about, column E holds the answer and column F a note; the others are for the reader's eyes.
A row is about the respondent (`respondent.name`), a question (`wanted.aim`, `partner.trust@Harbor House`) or an option of
one that takes several (`wanted.obstacle=waiting`), which is chosen by an x.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from advisor.io.document import Bare, Value
from advisor.io.files import read_file
from advisor.io.packages import need_packages
from advisor.io.workbook import checked_archive
from advisor.model.consultation import SHOWN, SPEAKS
from advisor.model.names import composed, folded, printable
from advisor.model.problems import Pointer, Problems
from advisor.model.references import AnswerRef, QuestionRef, Setting
from advisor.model.vocabulary import BOOLEAN, Question, Vocabulary
from advisor.model.wording import Wording

ABOUT, ANSWER, NOTE = 0, 4, 5  # columns
JOINT = "+"  # between the options of one answer, where they are typed into one cell
MARKS = frozenset({"x", "✓", "✔", "1", "yes", "true"})
RESPONDENT = "respondent"
KEYS = ("name", "speaks", "for", "shown")
SHEETS = (".xlsx", ".csv")
MAX_BYTES = 4 * 1_048_576
MAX_UNPACKED = 2 * 1_048_576  # bytes of a workbook: openpyxl reads its styles and names whole
MAX_ROWS = 10_000
_XLSX = ("openpyxl",)


def read_sheet(path: Path, vocabulary: Vocabulary, wording: Wording | None, problems: Problems) -> Value:
    """What a sheet says, in the shape of a view's file; what is wrong with it is noted, by row.

    An answer is an option by its id, or in the words of `wording`. Raises `InputError` where the file is no sheet.
    """
    return parse_sheet(read_file(path, MAX_BYTES), vocabulary, wording, problems)


def parse_sheet(raw: bytes, vocabulary: Vocabulary, wording: Wording | None, problems: Problems) -> dict[str, Value]:
    """The same of a sheet's bytes; whether it is CSV tells the name of the file in `problems`."""
    rows = _csv_rows(raw, problems) if problems.file.lower().endswith(".csv") else _xlsx_rows(raw, problems)
    problems.raise_if_any()
    sheet = _Sheet(vocabulary, wording, problems)
    for number, row in rows:
        sheet.read(number, row)
    return sheet.value()


def _csv_rows(raw: bytes, problems: Problems) -> list[tuple[int, list[str]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add("not-utf-8", found=f"0x{raw[error.start]:02x}")
        return []
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        return list(_bounded(((reader.line_num, row) for row in reader), problems))
    except csv.Error as error:
        problems.add("not-csv", reader.line_num, found=error)
        return []


def _xlsx_rows(raw: bytes, problems: Problems) -> list[tuple[int, list[str]]]:
    need_packages(_XLSX, "documents")
    import openpyxl

    checked_archive(Path(problems.file), raw, most=MAX_UNPACKED)
    try:
        book = openpyxl.load_workbook(BytesIO(raw), read_only=True, data_only=True)
        values = book.worksheets[0].iter_rows(max_col=NOTE + 1, max_row=MAX_ROWS + 1, values_only=True)
        return list(_bounded(((number, [_text(value) for value in row]) for number, row in enumerate(values, start=1)), problems))
    except (BadZipFile, SyntaxError, KeyError, ValueError, IndexError, OSError) as error:  # SyntaxError: of the XML
        problems.add("not-xlsx", found=type(error).__name__)
        return []


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounded(rows: Iterable[tuple[int, list[str]]], problems: Problems) -> Iterator[tuple[int, list[str]]]:
    for number, row in rows:
        if number > MAX_ROWS:
            problems.add("too-many-rows", number, found=MAX_ROWS)
            return
        if number > 1 and any(cell.strip() for cell in row):  # the first row holds the heads
            yield number, [printable(cell).strip() for cell in row] + [""] * (NOTE + 1 - len(row))


class _Sheet:
    """The rows read so far."""

    def __init__(self, vocabulary: Vocabulary, wording: Wording | None, problems: Problems) -> None:
        self.vocabulary, self.wording, self.problems = vocabulary, wording, problems
        self.respondent: dict[str, Value] = {}
        self.answers: dict[str | None, dict[str, Value]] = {None: {}}
        self.notes: dict[str | None, dict[str, dict[str, str]]] = {None: {}}
        self.names: dict[str, str] = {}
        self.rows: dict[tuple[str | None, str], int] = {}
        problems.line_of = self.line_of

    def read(self, number: int, row: Sequence[str]) -> None:
        """One row; an answer that is left open says nothing."""
        about, answer, note = row[ABOUT], row[ANSWER], row[NOTE]
        group, _, key = about.partition(".")
        if group == RESPONDENT and key in KEYS:
            self.rows[None, about] = number
            if answer:
                words = {"speaks": SPEAKS, "shown": SHOWN}.get(key, ())
                self.respondent[key] = self._coded(answer, key, words)
            return
        setting = Setting.parse(about)
        ref = setting.question if setting else QuestionRef.parse(about)
        question = self.vocabulary.questions.get(ref.question)
        if question is None or (question.asked == "partner") is (ref.partner is None):
            known = [*self.vocabulary.questions, *(f"{RESPONDENT}.{each}" for each in KEYS)]
            code = (
                "unknown-question"
                if question is None
                else f"question-about-{'partners' if ref.partner is None else 'the-agency'}"
            )
            self.problems.add(code, number, about=f"A{number}", found=ref.question or about, allowed=known)
            return
        owner = self._owner(ref.partner)
        self.rows.setdefault((owner, question.id), number)
        option = setting.answer if setting else ""
        if setting and option not in question.options:
            self.problems.add("unknown-option", number, about=about, found=option, allowed=question.options)
        elif setting and answer:
            self._ticked(owner, question, option, answer, number)
        elif answer:
            self.answers[owner][question.id] = self._answer(question, answer)
        if note:
            self.notes[owner].setdefault(question.id, {})[option] = note

    def _owner(self, partner: str | None) -> str | None:
        if partner is None:
            return None
        known = self.names.setdefault(folded(composed(partner)), composed(partner))
        self.answers.setdefault(known, {})
        self.notes.setdefault(known, {})
        return known

    def _ticked(self, owner: str | None, question: Question, option: str, answer: str, number: int) -> None:
        if answer.lower() not in MARKS:
            self.problems.add("mark-expected", number, about=str(AnswerRef(question.id, (option,), owner)), found=answer)
            return
        chosen = self.answers[owner].setdefault(question.id, [])
        if isinstance(chosen, list):
            chosen.append(Bare(option))

    def _answer(self, question: Question, text: str) -> Value:
        if question.kind != "several":
            return self._option(question, text)
        return [self._option(question, each.strip()) for each in text.replace("\n", JOINT).split(JOINT) if each.strip()]

    def _option(self, question: Question, text: str) -> Bare:
        """The option that a text names or words; the text as it stands where it does neither."""
        wanted = text.casefold()
        for option in question.options:
            said = self.wording.option(question.id, option) if self.wording else option
            if wanted in (option, said.casefold()):
                return Bare(option)
        return Bare(BOOLEAN.get(text, text))

    def _coded(self, text: str, key: str, codes: Sequence[str]) -> Bare:
        """A word about the respondent: by its code, or as the form says it."""
        said = self.wording.documents.get("consultation", {}) if self.wording else {}
        return Bare(next((code for code in codes if text.casefold() in (code, said.get(f"{key}-{code}", "").casefold())), text))

    def value(self) -> dict[str, Value]:
        """All rows, in the shape of a view's file."""
        partners: list[Value] = [{"name": name, **self._of(name)} for name in self.names.values()]
        return {RESPONDENT: dict(self.respondent), **self._of(None), "partners": partners}

    def _of(self, owner: str | None) -> dict[str, Value]:
        notes: dict[str, Value] = {}
        for question, told in self.notes[owner].items():
            notes[question] = told[""] if set(told) == {""} else {option: text for option, text in told.items() if option}
        return {"answers": dict(self.answers[owner]), "notes": notes}

    def line_of(self, path: Pointer) -> int:
        """The row that a value came from; 0 where it is none."""
        owner: str | None = None
        steps = list(path)
        if steps[:1] == ["partners"] and len(steps) > 1 and isinstance(steps[1], int):
            owner, steps = list(self.names.values())[steps[1]], steps[2:]
        name = (
            f"{RESPONDENT}.{steps[1]}"
            if steps[:1] == [RESPONDENT] and len(steps) > 1
            else str(steps[1])
            if len(steps) > 1
            else ""
        )
        return self.rows.get((owner, name), 0)
