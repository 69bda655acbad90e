"""The words as a workbook: a sheet for each kind of text, a row for each text, and a column for what it shall say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from advisor.io.files import write_file
from advisor.io.sentence_reader import SentenceReader, categories
from advisor.loading import Loaded, wording_folder
from advisor.render.template_wording import TemplateWording
from advisor.render.workbook_style import font, put_text, wrapped
from advisor.review.texts import IN_CODE, REASONS, SHEETS, SOURCES, PlacedText, Ref, Steps, keys_in, read_texts

ABOUT = "about"  # the first sheet: what to do, and which language it is
LANGUAGE = "B1"  # the cell of that sheet that holds the language's code
KEY, PLACE, FIRST, NEW, NOTE = "ABCDE"  # the columns of the others
_WIDTHS = {KEY: 40, PLACE: 34, FIRST: 70, NEW: 70, NOTE: 30}
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class WordsRow:
    """A text that a language has to have: what the first language says there and what is said now, "" where nothing is.

    `file` and `path` lead to where it stands or has to stand.
    """

    kind: str
    key: str
    file: Path
    path: Steps
    place: str
    first: str
    now: str
    count: str

    @property
    def ref(self) -> Ref:
        """What it is known by among all texts."""
        return self.kind, self.key


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language to be worked on: their folder, and a row for each text. The rules speak the first language."""

    language: str
    first_language: str
    rules: Path
    folder: Path
    rows: Mapping[Ref, WordsRow]

    @property
    def is_first(self) -> bool:
        """Whether it is the language of the rules, so that a new text takes the place of the one beside it."""
        return self.language == self.first_language


def read_words(loaded: Loaded, language: str = "") -> Words:
    """The words of a language beside those that are loaded; "" is the language of the rules.

    Raises `InputError` where there are no such words, and with every file that cannot be read.
    """
    rules, first_language, prompts = loaded.rules, loaded.rulebook.language, loaded.words.parent
    folder = wording_folder(language or first_language, prompts)
    first_folder = wording_folder(first_language, prompts)
    first = read_texts(rules, first_folder, first_language)
    own = first if folder == first_folder else read_texts(rules, folder, first_language)
    rows = _rows(first.values(), own, first_folder, folder) if own is not first else map(_own_row, first.values())
    return Words(folder.name, first_language, rules, folder, {row.ref: row for row in rows})


def _own_row(text: PlacedText) -> WordsRow:
    return WordsRow(text.kind, text.key, text.file, text.path, text.place, text.said, text.said, text.count)


def _rows(first: Iterable[PlacedText], own: Mapping[Ref, PlacedText], first_folder: Path, folder: Path) -> Iterator[WordsRow]:
    """For each text of the first language one of another; of a sentence that counts one for each form that this one has."""
    needed, rare = categories(SentenceReader(folder).grammar().plural)
    by_ref = {text.ref: text for text in first}
    for text in by_ref.values():
        if not text.count:
            yield _row(text, text.key, text.path, text.said, own, first_folder, folder)
        elif text.path[-1] == _OTHER:
            stem = text.key.removesuffix(_OTHER)
            for form in (*needed, *(form for form in rare if (text.kind, stem + form) in own)):
                said = by_ref.get((text.kind, stem + form), text).said
                yield _row(text, stem + form, (*text.path[:-1], form), said, own, first_folder, folder)


def _row(
    text: PlacedText, key: str, path: Steps, first: str, own: Mapping[Ref, PlacedText], first_folder: Path, folder: Path
) -> WordsRow:
    there = own.get((text.kind, key))
    if there:
        return WordsRow(text.kind, key, there.file, there.path, there.place, first, there.said, text.count)
    if text.kind == REASONS:
        file, path = folder / REASONS / text.file.name, (key,)
    elif text.kind == SOURCES:
        file, path = folder / f"{SOURCES}.yaml", keys_in(key, most=2)
    else:
        file = folder / text.file.relative_to(first_folder)
    place = f"{folder.parent.name}/{file.relative_to(folder.parent).as_posix()}"
    return WordsRow(text.kind, key, file, path, place, first, "", text.count)


def write_workbook(words: Words, path: Path, loaded: Loaded) -> int:
    """Write the workbook, and return how many texts it holds. Raises `InputError` where it cannot be written."""
    write_file(path, _workbook(words, TemplateWording(loaded.wording, loaded.wording.documents)))
    return len(words.rows)


def _workbook(words: Words, say: TemplateWording) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    about = book.create_sheet(ABOUT)
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 20, 100
    new = say.word("words.new") if words.is_first else say.word("words.translation")
    told = (
        say.word("words.how-first") if words.is_first else say.word("words.how"),
        say.word("words.keep", braces="{{ name }}", markup="<a>…</a>"),
        say.word("words.back"),
    )
    about.append([say.word("words.language"), words.language])
    for number, text in enumerate(told):
        about.append(_cells(about, (say.word("words.to-do") if not number else "", text)))
    heads = (
        say.word("words.key"),
        say.word("words.place"),
        say.word("words.first", language=words.first_language),
        new,
        say.word("words.note"),
    )
    for kind in SHEETS:
        sheet = book.create_sheet(kind)
        sheet.freeze_panes = f"{PLACE}2"
        for column, width in _WIDTHS.items():
            sheet.column_dimensions[column].width = width
        rows = [row for row in words.rows.values() if row.kind == kind]
        sheet.auto_filter.ref = f"{KEY}1:{NOTE}{len(rows) + 1}"
        sheet.append(_cells(sheet, heads, bold=True))
        for row in rows:
            sheet.append(_cells(sheet, (row.key, row.place, row.first, "" if words.is_first else row.now, _note(row, say))))
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _note(row: WordsRow, say: TemplateWording) -> str:
    """What has to stay as it is in a text."""
    code = dict.fromkeys(IN_CODE.findall(row.first))
    return say.word("words.keep-these", blanks="  ".join(code)) if code else ""


def _cells(sheet: Any, texts: Iterable[str], *, bold: bool = False) -> list[Any]:
    """Cells that hold texts as they are: none is a formula, a number or a date; long ones are wrapped."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles.numbers import FORMAT_TEXT

    made = []
    for text in texts:
        cell = WriteOnlyCell(sheet)
        put_text(cell, text)
        if text:
            cell.number_format = FORMAT_TEXT
        cell.alignment = wrapped()
        if bold:
            cell.font = font(bold=True)
        made.append(cell)
    return made
