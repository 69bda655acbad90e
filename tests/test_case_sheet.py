"""The empty form for cases is what a batch reads: filled in from its own lists, it gives the cases that were meant."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from typer.testing import CliRunner

from advisor.io.sheet import letters
from advisor.loading import Loaded
from advisor.model.case import FREE_WORDS, MAX_WORDS, Case, Partner
from advisor.model.vocabulary import NONE, THAT_IS_ALL
from advisor.render.case_sheet import written_case_sheet
from support.command_line import app
from test_spreadsheets import read, refused


@pytest.fixture
def form(tmp_path: Path, loaded: Loaded) -> Path:
    path = tmp_path / "form.xlsx"
    path.write_bytes(written_case_sheet(list(loaded.rulebook.vocabulary.questions.values()), loaded))
    return path


def test_an_empty_form_has_no_cases(form: Path, loaded: Loaded) -> None:
    assert refused(form, loaded) == ["no-rows"]


def test_every_answer_of_every_list_is_read_as_what_it_stands_for(form: Path, loaded: Loaded) -> None:
    """Row after row takes the next answer of each list, until the longest is through; each text says where it is."""
    book = openpyxl.load_workbook(form)
    cases, partners, lists = book["Cases"], book["Partners"], book["Lists"]
    questions = loaded.rulebook.vocabulary.questions
    longest = max(len(question.options) for question in questions.values())
    expected: list[Case] = []
    for number in range(longest):
        row, found = number + 3, dict[str, dict[str, tuple[str, ...]]](agency={}, partner={})
        notes = dict[str, dict[tuple[str, str], str]](agency={}, partner={})
        cases.cell(row, 1).value = partners.cell(row, 1).value = f"Case {number}"
        partners.cell(row, 2).value = f"Partner {number}"
        for sheet in (cases, partners):
            for rule in sheet.data_validations.dataValidation:
                if rule.type == "textLength":
                    place = range_boundaries(str(rule.sqref))[0]
                    kind, _, about = sheet.cell(2, place).value.partition(".")
                    sheet.cell(row, place).value = f"{about} {number}"
                    if kind == "notes":
                        notes[questions[about].asked][about, ""] = f"{about} {number}"
                if rule.type != "list":
                    continue
                (place, *_), (column, _, _, last) = (
                    range_boundaries(str(rule.sqref)),
                    range_boundaries(rule.formula1.split("!")[1]),
                )
                question = questions[sheet.cell(2, place).value]
                assert last == len(question.options)
                option = question.options[number % last]
                if option != THAT_IS_ALL:
                    sheet.cell(row, place).value = lists.cell(number % last + 1, column).value
                    found[question.asked][question.id] = (option,)
        partner = Partner(f"Partner {number}", found["partner"], notes["partner"])
        words = {word: f"{word} {number}" for word in FREE_WORDS}
        expected.append(Case(f"Case {number}", found["agency"], (partner,), words, notes["agency"]))
    book.save(form)
    cases_read, result = read(form, loaded)
    assert (result.problems, result.left_out) == ((), ())
    assert cases_read == expected


def test_several_answers_are_typed_beside_the_list(form: Path, loaded: Loaded) -> None:
    book = openpyxl.load_workbook(form)
    sheet = book["Cases"]
    question = loaded.rulebook.vocabulary.questions["wanted.obstacle"]
    options = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
    place = next(cell.column for cell in sheet[2] if cell.value == question.id)
    sheet.cell(3, place).value = "; ".join(loaded.wording.option(question.id, option) for option in options)
    book.save(form)
    (case,), _ = read(form, loaded)
    assert case.answers == {question.id: tuple(options)}
    rules = {str(rule.sqref).rstrip("0123456789").split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert not rules[f"{letters(place)}3"].showErrorMessage


def test_every_text_fits_where_a_spreadsheet_program_shows_it(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    rules = [rule for sheet in book.worksheets for rule in sheet.data_validations.dataValidation]
    assert rules
    assert {rule.formula1 for rule in rules if rule.type == "textLength"} == {str(MAX_WORDS)}
    assert all(len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32 for rule in rules)
    assert [sheet.title for sheet in book.worksheets] == ["Instructions", "Cases", "Partners", "Answers", "Lists"]


def test_the_command_writes_a_form_and_never_over_another(tmp_path: Path) -> None:
    arguments = ["questions", "--essential", "--template", str(tmp_path / "form.xlsx")]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    assert 40 < book["Cases"].max_column < 80
    assert CliRunner().invoke(app, arguments).exception is not None
