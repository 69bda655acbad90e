"""The form that `advisor batch` reads, empty: a sheet of cases, one of partners, how to fill them in, and all answers.

What it says is read by `io.headings` and `io.cell_answers`; docs/spreadsheets.md describes it.
"""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

from advisor.io.headings import CASE, NOTES, PARTNER, WORDS
from advisor.io.sheet import letters
from advisor.loading import Loaded
from advisor.model.case import FREE_WORDS, MAX_WORDS
from advisor.model.vocabulary import UNKNOWN, Question
from advisor.render.intake_listing import condition_said
from advisor.render.template_wording import TemplateWording
from advisor.render.workbook_style import INPUT, LINE, filled, font, print_wide, put_text, wrapped

ROWS = 500  # that have lists to choose from
_HEADS = 2  # rows: the words, and the ids below them
_WIDTH, _NARROW = 26, 22
_PROMPT, _PROMPT_TITLE = 255, 32  # characters that a spreadsheet program shows beside a cell
_INSTRUCTIONS = ("cases", "partners", "choose", "several", "words", "empty", "headings", "formulas", "run")


def written_case_sheet(questions: Sequence[Question], loaded: Loaded) -> bytes:
    """The form on these questions, as XLSX."""
    from openpyxl import Workbook

    book = Workbook()
    form = _Form(book, loaded)
    form.instructions(book.active)
    agency, partner = ([q for q in questions if q.asked == asked] for asked in ("agency", "partner"))
    form.table("cases", [(CASE, form.say("form-case"))], agency)
    if partner:
        form.table("partners", [(CASE, form.say("form-case-of-partner")), (PARTNER, form.say("form-name"))], partner)
    form.answers(questions)
    form.lists.sheet_state = "hidden"
    book.move_sheet(form.lists, len(book.sheetnames))
    book.active = 1
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == book.active.title
    book.properties.title, book.properties.creator = form.say("instructions-title"), ""
    made = BytesIO()
    book.save(made)
    return made.getvalue()


class _Form:
    """The sheets of the form as they are made."""

    def __init__(self, book: Any, loaded: Loaded) -> None:
        from openpyxl.styles import Border, Side

        self.book, self.loaded, self.wording = book, loaded, loaded.wording
        words = TemplateWording(self.wording, self.wording.documents)
        self.say: Callable[..., str] = lambda key, **values: words.word(f"spreadsheet.{key}", **values)
        self.lists = book.create_sheet(self.say("sheet-lists"))
        self._listed: dict[tuple[str, ...], str] = {}
        self._wrapped, self._bold, self._plain, self._small = wrapped(), font(bold=True), font(), font(size=8, color="6B7580")
        edge = Side("thin", color="D9D2B0")
        self._border = Border(left=edge, right=edge, top=edge, bottom=edge)
        self._shade, self._input = filled(), filled(INPUT)

    def instructions(self, sheet: Any) -> None:
        """How to fill it in."""
        sheet.title = self.say("sheet-instructions")
        sheet.column_dimensions["A"].width = 100
        lines = [
            self.say("instructions-title"),
            *(f"{n}. {self.say(f'instructions-{key}')}" for n, key in enumerate(_INSTRUCTIONS, 1)),
        ]
        for number, line in enumerate([*lines, self.say("instructions-version", version=self.loaded.rulebook.version)], start=1):
            cell = self._put(sheet, number, 1, line, self._plain)
            if number == 1:
                cell.font = font(bold=True, size=16)
            sheet.row_dimensions[number].height = 30 if number == 1 else 2 * LINE if len(line) > 105 else 1.4 * LINE

    def table(self, name: str, named: Sequence[tuple[str, str]], questions: Sequence[Question]) -> None:
        """A sheet with a row for each case or partner.

        Its columns are for names, for what is said of a case in free words, and for each question and the note to its answer.
        """
        sheet = self.book.create_sheet(self.say(f"sheet-{name}"))
        words = FREE_WORDS if name == "cases" else ()
        titles = [(head, self._title(head), help_) for head, help_ in named]
        for place, (head, title, help_) in enumerate(titles, start=1):
            self._head(sheet, place, title, head)
            self._note(sheet, place, title, help_, ())
        for place, word in enumerate(words, start=len(named) + 1):
            said = f"{self.say('words')}: {self.wording.phrases['free-words'][word]}"
            self._text(sheet, place, said, f"{WORDS}.{word}", self.say("prompt-words"))
        first = len(named) + len(words) + 1
        for place, question in enumerate(questions):
            asked = self.wording.asked(question.id)
            self._head(sheet, first + 2 * place, asked, question.id)
            self._choices(sheet, first + 2 * place, question)
            noted = f"{self.say('note')}: {asked}"
            self._text(sheet, first + 2 * place + 1, noted, f"{NOTES}.{question.id}", self.say("prompt-note"))
        width = first - 1 + 2 * len(questions)
        heads = (str(sheet.cell(1, place).value) for place in range(1, width + 1))
        sheet.row_dimensions[1].height = LINE * max(-(-len(head) // (_WIDTH - 4)) for head in heads)
        sheet.freeze_panes = f"{letters(len(named) + 1)}{_HEADS + 1}"
        sheet.print_title_rows = f"1:{_HEADS}"
        sheet.page_setup.orientation = "landscape"
        for row in range(_HEADS + 1, _HEADS + 11):
            for place in range(1, width + 1):
                cell = sheet.cell(row, place)
                cell.fill, cell.alignment, cell.font, cell.border = self._input, self._wrapped, self._plain, self._border

    def _title(self, head: str) -> str:
        return self.say("prompt-case") if head == CASE else self.say("prompt-partner")

    def _head(self, sheet: Any, place: int, title: str, about: str) -> None:
        for row, text, look in ((1, title, self._bold), (_HEADS, about, self._small)):
            self._put(sheet, row, place, text, look).fill = self._shade
        sheet.column_dimensions[letters(place)].width = _WIDTH

    def _text(self, sheet: Any, place: int, title: str, about: str, prompt: str) -> None:
        """A column for texts of the length that a case takes."""
        self._head(sheet, place, title, about)
        made = self._note(sheet, place, about, prompt, ())
        made.type, made.operator, made.formula1 = "textLength", "lessThanOrEqual", str(MAX_WORDS)
        made.showErrorMessage, made.error = True, self.say("wrong-text", most=MAX_WORDS)

    def _put(self, sheet: Any, row: int, place: int, text: str, look: Any) -> Any:
        cell = sheet.cell(row, place)
        put_text(cell, text)
        cell.font, cell.alignment = look, self._wrapped
        return cell

    def _choices(self, sheet: Any, place: int, question: Question) -> None:
        """Have the answer chosen from a list; where several are allowed others may be typed."""
        options = tuple(self.wording.option(question.id, option) for option in question.options)
        several = question.kind == "several"
        how = self.say("prompt-several" if several else "prompt-one")
        help_ = self.wording.questions[question.id].help
        prompt = f"{help_} {how}" if len(help_) + len(how) < _PROMPT else how
        self._note(sheet, place, question.id, prompt.strip(), options, strict=not several)

    def _note(self, sheet: Any, place: int, title: str, text: str, options: tuple[str, ...], *, strict: bool = False) -> Any:
        from openpyxl.worksheet.datavalidation import DataValidation

        made = DataValidation(allow_blank=True)
        if options:
            made.type, made.formula1 = "list", self._list(options)
        made.showInputMessage, made.promptTitle, made.prompt = True, title[:_PROMPT_TITLE], text[:_PROMPT]
        made.showErrorMessage, made.error = strict, self.say("wrong-answer")
        made.add(f"{letters(place)}{_HEADS + 1}:{letters(place)}{_HEADS + ROWS}")
        sheet.add_data_validation(made)
        return made

    def _list(self, options: tuple[str, ...]) -> str:
        """Where options stand on the hidden sheet of lists; equal ones stand there once."""
        if options not in self._listed:
            letter = letters(len(self._listed) + 1)
            for number, text in enumerate(options, start=1):
                self._put(self.lists, number, len(self._listed) + 1, text, self._plain)
            self._listed[options] = f"'{self.lists.title}'!${letter}$1:${letter}${len(options)}"
        return self._listed[options]

    def answers(self, questions: Iterable[Question]) -> None:
        """All questions with their help and all that can be answered, to read and to copy from."""
        sheet = self.book.create_sheet(self.say("sheet-answers"))
        columns = ("question", "id", "option", "help", "asked")
        for place, (column, width) in enumerate(zip(columns, (60, _NARROW, 60, 60, 40), strict=True), start=1):
            self._put(sheet, 1, place, self.say(f"column-{column}"), self._bold).fill = self._shade
            sheet.column_dimensions[letters(place)].width = width
        row = 1
        for question in questions:
            said = self.wording.questions[question.id]
            when = condition_said(question.when, self.wording.phrases["interview"]) if question.conditional else ""
            for number, option in enumerate(each for each in question.options if each != UNKNOWN):
                row += 1
                first = (said.ask, question.id) if not number else ("", "")
                texts = (*first, self.wording.option(question.id, option), *((said.help, when) if not number else ("", "")))
                for place, text in enumerate(texts, start=1):
                    if text:
                        self._put(sheet, row, place, text, self._bold if place == 1 else self._plain)
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        print_wide(sheet)
