"""The form that a respondent of a consultation types into: a workbook or CSV with a row for each question."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from advisor.io.csv_table import csv_table
from advisor.io.view_sheet import KEYS, RESPONDENT
from advisor.loading import Loaded
from advisor.model.consultation import SHOWN, SPEAKS
from advisor.model.references import AnswerRef, QuestionRef
from advisor.model.vocabulary import Question
from advisor.render.template_wording import TemplateWording
from advisor.render.workbook_style import INPUT, filled, font, print_wide, put_text, wrapped

COLUMNS = ("about", "owner", "question", "choices", "yours", "note")
_WIDTHS = (30, 22, 60, 50, 40, 40)
_MARK = "x"


@dataclass(frozen=True, slots=True)
class FormRow:
    """What a row is about, whom, the question, how it is answered, and what can be chosen in the cell for the answer."""

    about: str
    owner: str
    question: str
    choices: str
    allowed: tuple[str, ...] = ()


def form_rows(questions: Sequence[Question], partners: Sequence[str], loaded: Loaded) -> list[FormRow]:
    """The rows of a form on some questions, those about partners once for each."""
    return [*_about_respondent(partners, loaded), *answer_rows(questions, partners, loaded)]


def _about_respondent(partners: Sequence[str], loaded: Loaded) -> Iterator[FormRow]:
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    allowed = {
        "for": tuple(partners),
        "speaks": tuple(say.word(f"consultation.speaks-{code}") for code in SPEAKS),
        "shown": tuple(say.word(f"consultation.shown-{code}") for code in SHOWN),
    }
    for key in KEYS:
        asked, how = say.word(f"consultation.ask-{key}"), say.word(f"consultation.how-{key}")
        yield FormRow(f"{RESPONDENT}.{key}", "", asked, how, allowed.get(key, ()))


def answer_rows(questions: Sequence[Question], partners: Sequence[str], loaded: Loaded) -> Iterator[FormRow]:
    """The same without what is asked about the respondent."""
    wording, say = loaded.wording, TemplateWording(loaded.wording, loaded.wording.documents)
    for owner in (None, *partners):
        for question in questions:
            if (question.asked == "partner") is (owner is None):
                continue
            asked = wording.asked(question.id)
            options = tuple(wording.option(question.id, option) for option in question.options)
            if question.kind != "several":
                yield FormRow(
                    str(QuestionRef(question.id, owner)), owner or "", asked, say.word("consultation.choose-one"), options
                )
                continue
            for option, said in zip(question.options, options, strict=True):
                about = str(AnswerRef(question.id, (option,), owner))
                yield FormRow(about, owner or "", asked, say.word("consultation.tick", option=said), (_MARK,))


def write_csv(rows: Iterable[FormRow], loaded: Loaded) -> bytes:
    """A form as CSV; what can be chosen stands in a column, one way a line."""
    told = [
        (row.about, row.owner, row.question, "\n".join((row.choices, *(each for each in row.allowed if each != _MARK))), "", "")
        for row in rows
    ]
    return csv_table([_heads(loaded), *told])


def _heads(loaded: Loaded) -> list[str]:
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    return [say.word(f"consultation.column-{column}") for column in COLUMNS]


def write_workbook(rows: Sequence[FormRow], case: str, loaded: Loaded) -> bytes:
    """A form as XLSX, with a list to choose from in each cell for an answer; the case's name stands on each printed page."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    sheet.title = say.word("consultation.sheet")
    lists = book.create_sheet(say.word("consultation.lists"))
    lists.sheet_state = "hidden"
    sheet.append(_heads(loaded))
    for row in rows:
        sheet.append([None] * len(COLUMNS))
        for place, text in enumerate((row.about, row.owner, row.question, row.choices), start=1):
            put_text(sheet.cell(sheet.max_row, place), text)
        for place in range(1, len(COLUMNS) + 1):
            sheet.cell(sheet.max_row, place).alignment = wrapped()
        sheet.cell(sheet.max_row, 5).fill = filled(INPUT)
    for place, width in enumerate(_WIDTHS):
        letter = "ABCDEF"[place]
        sheet.column_dimensions[letter].width = width
        sheet.cell(1, place + 1).font = font(bold=True)
    _choices(sheet, lists, rows)
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    sheet.oddHeader.center.text = case.replace("&", "&&")
    print_wide(sheet)
    book.properties.title, book.properties.creator = case, ""
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _choices(sheet: Any, lists: Any, rows: Sequence[FormRow]) -> None:
    """Have each answer chosen from what is allowed; each list stands once, in a column of the hidden sheet."""
    from openpyxl.utils import get_column_letter, quote_sheetname
    from openpyxl.worksheet.datavalidation import DataValidation

    made: dict[tuple[str, ...], DataValidation] = {}
    for number, row in enumerate(rows, start=2):
        if not row.allowed:
            continue
        if row.allowed not in made:
            letter = get_column_letter(len(made) + 1)
            for place, text in enumerate(row.allowed, start=1):
                put_text(lists[f"{letter}{place}"], text)
            source = f"={quote_sheetname(lists.title)}!${letter}$1:${letter}${len(row.allowed)}"
            made[row.allowed] = DataValidation(type="list", formula1=source, allow_blank=True)
            sheet.add_data_validation(made[row.allowed])
        made[row.allowed].add(f"E{number}")
