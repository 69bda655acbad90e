"""The words go out as a workbook and come back: what differs is written where it stands, and what is wrong is told by cell."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from advisor.loading import Loaded, load
from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.review.corrections import import_workbook
from advisor.review.texts import SHEETS, read_texts
from advisor.review.workbook import LANGUAGE, read_words, write_workbook
from conftest import ROOT
from support.command_line import app
from support.sampling import sampled
from support.small_rulebooks import write_rules
from support.small_wordings import write_words

DOCUMENT_WORDS = (ROOT / "prompts/en/documents/words.yaml").read_text("utf-8")
LETTER = """\
# How a letter begins.
greeting: 'Dear {{ name }},'  # a name
closing: >-
  Yours truly, and with every good wish for the months to come, in which we hope to hear from you again about all of this,
  at length and often.
more: See <a>the list</a>
waiting:
  text: "{{ some }} wait."
  with:
    some: {count: number, one: "{{ number }} case", other: "{{ number }} cases"}
"""
SPANISH = """\
greeting: 'Querido {{ name }}:'
more: Vea <a>la lista</a>
waiting:
  text: "{{ some }} esperan."
  with:
    some: {count: number, one: "{{ number }} caso", other: "{{ number }} casos"}
"""
REASONS = "open-is-ready: Está abierto.\n"
SOURCES = """\
documents: {d: El documento}
items: {s.one: Una cosa., s.two: Otra cosa., s.three: Al fondo.}
"""


@dataclass(frozen=True)
class Project:
    """A small rulebook with its words in English, and in Spanish with a gap, and where a workbook lies."""

    folder: Path
    loaded: Loaded

    @property
    def workbook(self) -> Path:
        return self.folder / "words.xlsx"

    def export(self, language: str = "") -> Any:
        write_workbook(read_words(self.loaded, language), self.workbook, self.loaded)
        return openpyxl.load_workbook(self.workbook)

    def bring_back(self, book: Any) -> list[str]:
        book.save(self.workbook)
        return [each.row.key for each in import_workbook(self.workbook, self.loaded)]

    def refused(self, book: Any) -> list[tuple[str, str, str]]:
        before = self.files()
        with pytest.raises(InputError) as raised:
            self.bring_back(book)
        assert self.files() == before
        assert all(problem_text(problem, self.loaded.wording.phrases) for problem in raised.value.problems)
        return [(problem.code, problem.pointer, problem.found) for problem in raised.value.problems]

    def files(self) -> dict[str, bytes]:
        found = [path for name in ("rules", "prompts") for path in (self.folder / name).rglob("*.yaml")]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def changed_lines(self, before: dict[str, bytes]) -> dict[str, list[str]]:
        """The lines by file that are there now and were not."""
        return {
            name: [line for line in content.decode().splitlines() if line not in before.get(name, b"").decode().splitlines()]
            for name, content in self.files().items()
            if content != before.get(name)
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    rules = write_rules(tmp_path)
    words = write_words(tmp_path / "prompts", {"documents/letter.yaml": LETTER, "documents/words.yaml": DOCUMENT_WORDS})
    spanish = words.parent / "es"
    shutil.copytree(words, spanish)
    (spanish / "documents/letter.yaml").write_text(SPANISH, "utf-8")
    (spanish / "pages/start.yaml").unlink()
    (spanish / "reasons").mkdir()
    (spanish / "reasons/topic.yaml").write_text(REASONS, "utf-8")
    (spanish / "sources.yaml").write_text(SOURCES, "utf-8")
    return Project(tmp_path, load(rules, words.parent, cache=tmp_path / "cache"))


def cell(book: Any, kind: str, key: str, column: str = "D") -> Any:
    """The cell of a text in a column."""
    (row,) = [cells[0].row for cells in book[kind].iter_rows(min_row=2) if cells[0].value == key]
    return book[kind][f"{column}{row}"]


def test_every_text_is_a_row_of_the_sheet_of_its_kind(project: Project) -> None:
    book = project.export()
    assert book.sheetnames == ["about", *SHEETS]
    assert book["about"][LANGUAGE].value == "en"
    assert [c.value for c in book["documents"][2]][:4] == [
        "letter: greeting",
        "prompts/en/documents/letter.yaml:2",
        "Dear {{ name }},",
        None,
    ]
    assert cell(book, "documents", "letter: waiting: with: some: one", "C").value == "{{ number }} case"
    assert cell(book, "reasons", "open-is-ready", "C").value == "It is open."
    assert cell(book, "sources", "items: s.one", "C").value == "One thing."
    assert cell(book, "questions", "ask.colour: options: red", "C").value == "Red"
    rows = {(sheet.title, row[0].value) for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=2)}
    assert rows == read_texts(project.folder / "rules", project.folder / "prompts/en", "en").keys()


def test_a_translation_stands_beside_each_text_and_a_gap_is_empty(project: Project) -> None:
    book = project.export("es")
    assert cell(book, "documents", "letter: greeting").value == "Querido {{ name }}:"
    assert cell(book, "documents", "letter: closing").value is None
    assert cell(book, "pages", "start: cases: other").value is None
    assert cell(book, "reasons", "open-is-ready").value == "Está abierto."
    assert cell(book, "sources", "documents: d").value == "El documento"


def test_a_language_has_a_row_for_each_form_that_it_counts_by(project: Project) -> None:
    (project.folder / "prompts/pl").mkdir()
    book = project.export("pl")
    forms = [row[0].value for row in book["pages"].iter_rows(min_row=2)]
    assert forms == [f"start: cases: {form}" for form in ("few", "many", "one", "other")]
    assert cell(book, "pages", "start: cases: few", "C").value == "{{ number }} cases"
    assert cell(book, "pages", "start: cases: one", "C").value == "{{ number }} case"


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_comes_back_as_it_went_changes_no_byte(project: Project, language: str) -> None:
    before = project.files()
    assert project.bring_back(project.export(language)) == []
    assert project.files() == before


def test_a_new_text_is_written_where_it_stands_and_all_else_stays(project: Project) -> None:
    book, before = project.export(), project.files()
    closing = "Sincerely yours, until " + "we meet again and again, " * 12 + "as ever."
    for kind, key, text in (
        ("documents", "letter: greeting", "Good morning, {{ name }}: #1"),
        ("documents", "letter: closing", closing),
        ("documents", "letter: waiting: with: some: one", "one case ({{ number }})"),
        ("questions", "ask.open: ask", "yes"),
        ("findings", "closeness: middle: text", "Between both\nof them."),
        ("reasons", "open-is-ready", "The door is open."),
        ("sources", "items: s.one", "One thing, again."),
    ):
        cell(book, kind, key).value = text
    assert len(project.bring_back(book)) == 7
    letter = (project.folder / "prompts/en/documents/letter.yaml").read_text("utf-8")
    assert letter.startswith(
        "# How a letter begins.\ngreeting: 'Good morning, {{ name }}: #1' # a name\nclosing: >-\n  Sincerely"
    )
    assert letter.endswith(LETTER[LETTER.index("more:") :].replace('"{{ number }} case"', '"one case ({{ number }})"'))
    changed = project.changed_lines(before)
    assert set(changed) == {
        "prompts/en/documents/letter.yaml",
        "prompts/en/questions/basics.yaml",
        "prompts/en/findings/topic.yaml",
        "rules/topic.yaml",
        "rules/sources.yaml",
    }
    assert changed["rules/topic.yaml"] == ["    because: The door is open."]
    again = load(project.folder / "rules", project.folder / "prompts", cache=project.folder / "cache")
    assert again.wording.documents["letter"]["closing"] == closing
    assert again.wording.questions["ask.open"].ask == "yes"
    assert again.wording.findings["closeness"]["middle"].text == "Between both\nof them."
    assert again.rulebook.rules["open-is-ready"].because == "The door is open."
    assert again.rulebook.sha256 == project.loaded.rulebook.sha256


def test_a_gap_is_filled_where_the_text_belongs(project: Project) -> None:
    book = project.export("es")
    cell(book, "documents", "letter: closing").value = "Atentamente."
    cell(book, "pages", "start: cases: one").value = "{{ number }} caso"
    cell(book, "pages", "start: cases: other").value = "{{ number }} casos"
    assert len(project.bring_back(book)) == 3
    letter = (project.folder / "prompts/es/documents/letter.yaml").read_text("utf-8")
    assert letter.splitlines()[:3] == ["greeting: 'Querido {{ name }}:'", "closing: Atentamente.", "more: Vea <a>la lista</a>"]
    spanish = load(project.folder / "rules", project.folder / "prompts", language="es", cache=project.folder / "cache")
    assert spanish.wording.pages["start"]["cases"] == "{{ number }} casos"


def setting(kind: str, key: str, value: object, column: str = "D") -> Callable[[Any], object]:
    def change(book: Any) -> None:
        cell(book, kind, key, column).value = value

    return change


def letter(key: str, value: object, column: str = "D") -> Callable[[Any], object]:
    return setting("documents", f"letter: {key}", value, column)


def twice(key: str) -> Callable[[Any], object]:
    """Have a row stand once more behind those of the letter."""

    def change(book: Any) -> None:
        sheet = book["documents"]
        place = cell(book, "documents", key).row
        sheet.insert_rows(8)
        for column in "ABC":
            sheet[f"{column}8"] = sheet[f"{column}{place}"].value

    return change


ADDED = [("blanks-differ", "reasons!D2"), ("unknown-blank", "reasons!D2")]
WRONG: dict[str, tuple[str, Callable[[Any], object], list[tuple[str, str]]]] = {
    "a blank is lost": ("en", letter("greeting", "Dear you,"), [("blanks-differ", "documents!D2")]),
    "a blank of a reason is new": ("en", setting("reasons", "open-is-ready", "{{ name }} is."), ADDED),
    "a blank of a translation is lost": ("es", letter("greeting", "Hola."), [("blanks-differ", "documents!D2")]),
    "a blank is broken": ("en", letter("greeting", "Dear {{ name"), [("not-a-sentence", "documents!D2")]),
    "markup is lost": ("en", letter("more", "See the list"), [("blanks-differ", "documents!D4")]),
    "markup is not closed": ("en", letter("more", "See <a>the list"), [("tag-without-match", "documents!D4")]),
    "forms have lost their number": (
        "en",
        lambda book: [letter(f"waiting: with: some: {form}", "cases")(book) for form in ("one", "other")],
        [("blanks-differ", "documents!D7")],
    ),
    "a form is missing": ("es", setting("pages", "start: cases: one", "{{ number }} caso"), [("missing-key", "pages!D2")]),
    "a key is another": ("en", letter("greeting", "letter: greting", "A"), [("unknown-text", "documents!A2")]),
    "a key stands twice": ("en", twice("letter: more"), [("text-twice", "documents!A8")]),
    "a key is no text": ("en", letter("greeting", 7, "A"), [("no-text-in-cell", "documents!A2")]),
    "another text beside": ("en", setting("pages", "start: cases: one", "x", "C"), [("text-of-another-version", "pages!C2")]),
    "a formula": ("en", letter("more", '="a"&"b"'), [("formula-in-cell", "documents!D4")]),
    "a number": ("en", letter("more", 12), [("no-text-in-cell", "documents!D4")]),
    "a text that is too long": ("en", letter("more", "x" * 20_001), [("text-too-long", "documents!D4")]),
    "a translation is gone": ("es", letter("more", None), [("text-taken-away", "documents!D4")]),
    "a sheet is gone": ("en", lambda book: book.remove(book["pages"]), [("no-such-sheet", "")]),
}  # fmt: skip


@pytest.mark.parametrize("name", sampled([*WRONG], 3))
def test_what_is_wrong_is_told_with_its_sheet_and_cell(project: Project, name: str) -> None:
    language, change, wanted = WRONG[name]
    book = project.export(language)
    change(book)
    assert [(code, place) for code, place, _ in project.refused(book)] == wanted


def test_everything_wrong_is_told_at_once_and_nothing_is_written(project: Project) -> None:
    book = project.export()
    for change in (
        setting("documents", "letter: greeting", "Dear you,"),
        setting("documents", "letter: more", "=1"),
        setting("questions", "ask.open: ask", "Is it {{ open }}?"),
        setting("findings", "mark: a", "Quite good"),
    ):
        change(book)
    book.remove(book["sources"])
    assert {(code, place) for code, place, _ in project.refused(book)} == {
        ("no-such-sheet", ""),
        ("formula-in-cell", "documents!D4"),
        ("blanks-differ", "documents!D2"),
        ("blanks-differ", "questions!D2"),
    }


def test_what_was_wrong_before_is_not_held_against_a_workbook(project: Project) -> None:
    """Spanish lacks a page; a text can be mended all the same."""
    book = project.export("es")
    cell(book, "documents", "letter: more").value = "Mire <a>la lista</a>"
    assert project.bring_back(book) == ["letter: more"]


def test_a_file_that_is_no_workbook_or_of_no_language_is_one_line(project: Project) -> None:
    project.workbook.write_text("text")
    book = openpyxl.Workbook()
    book.save(project.folder / "other.xlsx")
    named = project.export()
    named["about"][LANGUAGE].value = "fr"
    named.save(project.folder / "french.xlsx")
    project.workbook.write_text("text")
    for name, code in (
        ("words.xlsx", "not-xlsx"),
        ("none.xlsx", "unreadable-file"),
        ("other.xlsx", "no-such-sheet"),
        ("french.xlsx", "unknown-language"),
    ):
        with pytest.raises(InputError) as raised:
            import_workbook(project.folder / name, project.loaded)
        assert [problem.code for problem in raised.value.problems] == [code]


def test_the_commands_say_what_went_out_and_what_was_changed(project: Project) -> None:
    options = ["--rules", str(project.folder / "rules"), "--prompts", str(project.folder / "prompts")]

    def run(*arguments: str) -> list[str]:
        result = CliRunner().invoke(app, [*options, "words", *arguments])
        assert result.exit_code == 0, result.exception
        return result.output.splitlines()

    assert run("export", "-o", str(project.workbook)) == [
        f"{len(read_words(project.loaded).rows)} texts are in {project.workbook}."
    ]
    assert run("import", str(project.workbook)) == ["Nothing in the workbook differs from the words as they are."]
    book = openpyxl.load_workbook(project.workbook)
    cell(book, "reasons", "open-is-ready").value = "The door is open."
    book.save(project.workbook)
    said = run("import", str(project.workbook))
    assert said[0] == "1 text was changed:"
    assert said[1].startswith("rules/topic.yaml:")
    assert said[1].endswith(": open-is-ready")


SOME = ("rules/gate.yaml", *(f"prompts/en/{name}.yaml" for name in ("help/commands", "pages/intake")))


@pytest.mark.long
def test_all_words_of_the_project_go_out_and_a_single_one_can_be_changed_alone(loaded: Loaded, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    copied = replace(loaded, rules=tmp_path / "rules", words=tmp_path / "prompts/en")
    words, workbook = read_words(copied), tmp_path / "words.xlsx"
    write_workbook(words, workbook, copied)
    book = openpyxl.load_workbook(workbook)
    assert {
        (sheet.title, row[0].value): row[2].value or "" for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=2)
    } == {ref: row.first for ref, row in words.rows.items()}
    chosen = {
        row.file: row for row in words.rows.values() if row.file.relative_to(tmp_path).as_posix() in SOME
    }  # the last of each
    for row in chosen.values():
        cell(book, row.kind, row.key).value = f"{row.first} And more."
    book.save(workbook)
    assert len(import_workbook(workbook, copied)) == len(chosen) == len(SOME)
    for file, row in chosen.items():
        before = (ROOT / file.relative_to(tmp_path)).read_text("utf-8").splitlines()
        after = file.read_text("utf-8").splitlines()
        (new,) = [line for line in after if line not in before]
        assert "And more." in new
        assert [line for line in before if line not in after] == [before[int(row.place.rpartition(":")[2]) - 1]]
