"""Spreadsheets as a county analyst has them are read; what cannot be used is named with its cell, never passed over."""

import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.view_sheet import read_sheet
from advisor.io.workbook import MAX_UNPACKED
from advisor.loading import Loaded
from advisor.model.case import MAX_NAME, MAX_PARTNERS, Case, Partner
from advisor.model.problems import InputError, Problems
from advisor.review.workbook_reader import open_workbook
from advisor.service import Service
from advisor.sweep.batch import BatchResult, BatchRun
from advisor.sweep.readable_batch import _right
from support.sheets import huge_cell, replaced, workbook

SECONDS = 5  # that anything hostile may take, on a busy machine


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def read(path: Path, loaded: Loaded) -> tuple[list[Case], BatchResult]:
    """The cases that are right, and how it went."""
    run = BatchRun(path, loaded)
    cases = [case for _, case in _right(run, lambda _: None)]
    return cases, run.result()


def told(result: BatchResult) -> list[tuple[str, str]]:
    """What is wrong, by cell and code."""
    return [(problem.pointer, problem.code) for problem in result.problems]


def refused(path: Path, loaded: Loaded) -> list[str]:
    with pytest.raises(InputError) as raised:
        read(path, loaded)
    return [problem.code for problem in raised.value.problems]


def text(path: Path, lines: Sequence[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


AIM = "What is the furthest-reaching thing that this partnership is to achieve?"


# What an analyst has


def test_headings_are_ids_or_words_in_any_case_below_title_rows(tmp_path: Path, loaded: Loaded) -> None:
    rows: list[list[object]] = [
        ["Partnership review 2026", None, None],
        [None, None, None],
        ["CASE NAME", AIM.upper(), "Wanted_Priority", "County FIPS", "today.state"],
        ["Adams", "Exchange", "YES", 1, None],
        [None, "common-goal", False, 3, "n/a"],
    ]
    cases, result = read(workbook(tmp_path / "cases.xlsx", {"Data": rows}), loaded)
    assert cases == [
        Case("Adams", {"wanted.aim": ("exchange",), "wanted.priority": ("yes",)}),
        Case("5", {"wanted.aim": ("common-goal",), "wanted.priority": ("no",)}),
    ]
    assert (result.good, result.total, result.problems) == (2, 2, ())
    assert [(p.code, p.about, p.pointer) for p in result.left_out] == [("column-left-out", "County FIPS", "Data!D3")]


def test_free_words_and_notes_are_columns_with_ids_or_words(tmp_path: Path, loaded: Loaded) -> None:
    waiting = loaded.wording.option("wanted.obstacle", "waiting")
    trust = loaded.wording.asked("partner.trust")
    heads = ["name", "words.question", "In words: Who proposes it?", "wanted.aim", f"NOTE: {AIM}", "wanted.obstacle"]
    heads += [f"Note: {loaded.wording.asked('wanted.obstacle')} [{waiting}]", "notes.wanted.obstacle=that-is-all"]
    heads += ["Partner 1", "partner.trust@1", "notes.partner.trust@1", f"Partner 2: Note: {trust}", "words.agncy", "words.keep 2"]
    cells = ["A", "May we\n begin?", "The  court", "exchange", "Private: a hunch", "waiting", "Eleven weeks", "N/A"]
    cells += ["Harbor House", "", "It kept its word", "It did not", "x", "y"]
    (case,), result = read(workbook(tmp_path / "cases.xlsx", {"Cases": [heads, cells]}), loaded)
    assert case == Case(
        "A",
        {"wanted.aim": ("exchange",), "wanted.obstacle": ("waiting",)},
        (
            Partner("Harbor House", {}, {("partner.trust", ""): "It kept its word"}),
            Partner("Partner 2", {}, {("partner.trust", ""): "It did not"}),
        ),
        {"question": "May we begin?", "proposed-by": "The court"},
        {("wanted.aim", ""): "Private: a hunch", ("wanted.obstacle", "waiting"): "Eleven weeks"},
    )
    assert [(p.code, p.about, p.nearest) for p in result.left_out] == [
        ("column-left-out", "words.agncy", "words.agency"),
        ("column-left-out", "words.keep 2", "words.keep"),
    ]


def test_free_words_and_notes_stand_in_text_and_parquet_and_on_the_sheet_of_partners(tmp_path: Path, loaded: Loaded) -> None:
    lines = ["name;words.agency;wanted.aim;notes.wanted.aim", "A;North County;exchange;We only swap lists", "B;;exchange;-"]
    said = Case("A", {"wanted.aim": ("exchange",)}, (), {"agency": "North County"}, {("wanted.aim", ""): "We only swap lists"})
    bare = Case("B", {"wanted.aim": ("exchange",)})
    assert read(text(tmp_path / "cases.csv", lines), loaded)[0] == [said, bare]
    rows = [line.split(";") for line in lines]
    table = pa.table({name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])})
    pq.write_table(table, tmp_path / "cases.parquet")
    assert read(tmp_path / "cases.parquet", loaded)[0] == [said, bare]
    partners = [["Case", "Partner", "partner.trust", "notes.partner.trust", "words.keep"], ["B", "Kin", "", "Old friends", "x"]]
    cases, result = read(workbook(tmp_path / "both.xlsx", {"Cases": rows, "Partners": partners}), loaded)
    assert cases == [said, replace(bare, partners=(Partner("Kin", {}, {("partner.trust", ""): "Old friends"}),))]
    assert [(p.code, p.pointer) for p in result.left_out] == [("column-left-out", "Partners!E1")]


def test_a_text_that_no_case_takes_is_an_error_with_its_cell(tmp_path: Path, loaded: Loaded) -> None:
    rows: list[list[object]] = [["wanted.aim", "words.keep", "notes.wanted.aim"], ["exchange", "k" * 601, "n" * 1200]]
    rows += [["exchange", "k" * 600, ""]]
    cases, result = read(workbook(tmp_path / "cases.xlsx", {"Cases": rows}), loaded)
    assert [case.words for case in cases] == [{"keep": "k" * 600}]
    assert [(p.pointer, p.code, p.about, p.found) for p in result.problems] == [
        ("Cases!B2", "words-too-long", "words.keep", "601"),
        ("Cases!C2", "words-too-long", "notes.wanted.aim", "1200"),
    ]
    twice = workbook(
        tmp_path / "twice.xlsx", {"Cases": [["wanted.aim", "notes.wanted.aim", f"Note: {AIM}"], ["exchange", "a", "b"]]}
    )
    assert refused(twice, loaded) == ["duplicate-column"]
    only = workbook(tmp_path / "only.xlsx", {"Cases": [["name", "words.keep"], ["A", "b"]]})
    assert "no-question-column" in refused(only, loaded)


def test_the_results_quote_a_note(tmp_path: Path, service: Service) -> None:
    lines = ["proposal.ask;notes.proposal.ask=closer;wanted.aim", "closer;work with the clinic more closely;common-outcomes"]
    results = tmp_path / "results.xlsx"
    assert service.batch(text(tmp_path / "cases.csv", lines), results, lambda _: None).good == 1
    details = [cell for row in openpyxl.load_workbook(results)["Details"].iter_rows(values_only=True) for cell in row]
    assert "Work with the clinic more closely" in details


@pytest.mark.parametrize("said", ["Yes", "YES", "y", "TRUE", "true", "1", "x", "✓", True, 1, 1.0])
@pytest.mark.parametrize("kind", [".xlsx", ".csv"])
def test_yes_is_written_in_many_ways(said: object, kind: str, tmp_path: Path, loaded: Loaded) -> None:
    if kind == ".xlsx":
        path = workbook(tmp_path / "cases.xlsx", {"Cases": [["wanted.priority"], [said]]})
    else:
        path = text(tmp_path / "cases.csv", ["wanted.priority", str(said)])
    (case,), result = read(path, loaded)
    assert (case.answers, result.problems) == ({"wanted.priority": ("yes",)}, ())


@pytest.mark.parametrize("said", ["N/A", "n/a", "NA", "unknown", "Don't know", "-", "—", "?", "#N/A", "TBD"])
def test_what_is_not_known_is_written_in_many_ways(said: str, tmp_path: Path, loaded: Loaded) -> None:
    cases, result = read(text(tmp_path / "cases.csv", ["name,wanted.aim,partner.trust@1", f"A,{said},{said}"]), loaded)
    assert (cases, result.problems) == ([Case("A", {})], ())


@pytest.mark.parametrize(
    "cell",
    [
        "waiting+shared-families",
        "Waiting; SHARED-FAMILIES;",
        "waiting\nshared_families",
        "{waiting}, {shared-families}",
        "{shared-families} | waiting",
    ],
)
def test_several_answers_stand_in_one_cell(cell: str, tmp_path: Path, loaded: Loaded) -> None:
    for option in ("waiting", "shared-families"):
        cell = cell.replace(f"{{{option}}}", loaded.wording.option("wanted.obstacle", option))
    (case,), result = read(workbook(tmp_path / "cases.xlsx", {"Cases": [["wanted.obstacle"], [cell]]}), loaded)
    assert (set(case.answers["wanted.obstacle"]), result.problems) == ({"waiting", "shared-families"}, ())


def test_several_answers_stand_in_a_column_each(tmp_path: Path, loaded: Loaded) -> None:
    asked, said = loaded.wording.asked("wanted.obstacle"), loaded.wording.option("wanted.obstacle", "shared-families")
    head = ["wanted.obstacle=waiting", f"{asked} [{said}]", "wanted.obstacle 1", "wanted.obstacle 2"]
    rows: list[list[object]] = [
        ["x", "Yes", None, None],
        ["no", 0, "waiting", "shared-families"],
        [None, None, None, "none"],
        ["x", None, "none", None],
    ]
    cases, result = read(workbook(tmp_path / "cases.xlsx", {"Cases": [head, *rows]}), loaded)
    assert [set(case.answers["wanted.obstacle"]) for case in cases] == [{"waiting", "shared-families"}] * 2 + [{"none"}]
    assert told(result) == [("Cases!C5", "none-with-others")]


def test_no_that_can_mean_two_answers_is_asked_about(tmp_path: Path, loaded: Loaded) -> None:
    lines = ["possible.law-change", "No", '"Yes, and it cannot be had"', "no", "FALSE"]
    cases, result = read(text(tmp_path / "cases.csv", lines), loaded)
    assert [case.answers["possible.law-change"] for case in cases] == [("not-needed",), ("no",)]
    assert told(result) == [("A4", "ambiguous-answer"), ("A5", "ambiguous-answer")]


@pytest.mark.parametrize("sign", [";", "\t", "|", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_sign_between_cells_in_any_usual_encoding(sign: str, encoding: str, tmp_path: Path, loaded: Loaded) -> None:
    lines = [sign.join(row) for row in (["name", "wanted.aim", "Partner 1"], ["Doña Ana", "Exchange", '"Café, Ltd; Co|"'])]
    cases, result = read(text(tmp_path / "cases.csv", lines, encoding), loaded)
    assert cases == [Case("Doña Ana", {"wanted.aim": ("exchange",)}, (Partner("Café, Ltd; Co|", {}),))]
    assert [notice.code for notice in result.notices] == (["read-as-windows-1252"] if encoding == "cp1252" else [])


def test_the_sign_that_excel_tells_is_used(tmp_path: Path, loaded: Loaded) -> None:
    cases, _ = read(text(tmp_path / "cases.csv", ["sep=;", "name;wanted.aim", "A;exchange"]), loaded)
    assert cases == [Case("A", {"wanted.aim": ("exchange",)})]


def test_partners_stand_in_columns_or_on_a_sheet_of_their_own(tmp_path: Path, loaded: Loaded) -> None:
    trust = loaded.wording.asked("partner.trust")
    columns: list[list[object]] = [["Case", "wanted.aim", "Partner 1", f"Partner 1: {trust}", "Partner 2", "partner.trust@2"]]
    columns += [["Adams", "exchange", "Harbor House", "low", "Lakeside", "fair"], ["Boone", "exchange", None, None, None, None]]
    rows = {
        "Instructions": [["How to fill this in"], ["wanted.aim: choose one"]],
        "Cases": [["Case", "wanted.aim"], ["Adams", "exchange"], ["Boone", "exchange"]],
        "Partners": [["Case", "Name", trust], ["adams ", "Harbor House", "low"], ["ADAMS", "Lakeside", "fair"]],
    }
    first, _ = read(workbook(tmp_path / "columns.xlsx", {"Cases": columns}), loaded)
    second, result = read(workbook(tmp_path / "rows.xlsx", rows), loaded)
    assert first == second
    assert [partner.name for partner in second[0].partners] == ["Harbor House", "Lakeside"]
    assert ([p.found for p in result.notices], result.left_out) == (["Instructions"], ())


def test_a_partner_is_said_to_be_of_no_case_or_of_two(tmp_path: Path, loaded: Loaded) -> None:
    sheets: dict[str, list[list[object]]] = {
        "Cases": [["Case", "wanted.aim"], ["Adams", "exchange"], ["Boone", "exchange"], ["boone", "exchange"]],
        "Partners": [["Case", "Name", "partner.trust"], ["Adms", "A", "low"], [None, "B", "low"], ["Boone", "C", "low"]],
    }
    cases, result = read(workbook(tmp_path / "cases.xlsx", sheets), loaded)
    assert len(cases) == 3
    assert told(result) == [
        ("Partners!A2", "unknown-case"),
        ("Partners!A3", "partner-without-case"),
        ("Partners!A4", "case-twice"),
    ]
    assert result.problems[0].nearest == "adams"


def test_a_second_sheet_of_cases_is_not_passed_over(tmp_path: Path, loaded: Loaded) -> None:
    table = [["name", "wanted.aim", "wanted.work"], ["A", "exchange", "exchange"]]
    _, result = read(workbook(tmp_path / "cases.xlsx", {"2025": table, "2026": table}), loaded)
    assert [(p.code, p.found) for p in result.left_out] == [("sheet-left-out", "2026")]


# What cannot be used


def test_a_formula_counts_for_its_stored_value_and_none_is_an_error(tmp_path: Path, loaded: Loaded) -> None:
    rows = [["name", "wanted.aim", "today.state"], ["A", "=LOWER(B9)", "#REF!"], ["B", "exchange", "contact"]]
    path = workbook(tmp_path / "cases.xlsx", {"Cases": rows})
    _, result = read(path, loaded)
    assert told(result) == [("Cases!B2", "formula-without-value"), ("Cases!C2", "error-in-cell")]
    replaced(path, "xl/worksheets/sheet1.xml", b"<f>LOWER(B9)</f><v></v>", b"<f>LOWER(B9)</f><v>exchange</v>")
    replaced(path, "xl/worksheets/sheet1.xml", b'r="B2"', b'r="B2" t="str"')
    _, result = read(path, loaded)
    assert told(result) == [("Cases!C2", "error-in-cell")]


def test_a_merged_cell_that_decides_is_an_error_and_one_that_does_not_is_none(tmp_path: Path, loaded: Loaded) -> None:
    rows: list[list[object]] = [
        ["Review", None, None],
        ["name", "wanted.aim", "FIPS"],
        ["A", "exchange", 1],
        ["B", None, None],
        ["C", "exchange", None],
    ]
    path = workbook(tmp_path / "cases.xlsx", {"Cases": rows}, merged=["A1:C1", "B3:B4", "C3:C5"])
    cases, result = read(path, loaded)
    assert [case.name for case in cases] == ["C"]
    assert told(result) == [("Cases!B3", "merged-cell"), ("Cases!B4", "merged-cell")]


def test_an_unclosed_quote_is_told_where_it_is_opened(tmp_path: Path, loaded: Loaded) -> None:
    rows = ["name,wanted.aim", "A,exchange", '"B,exchange', *[f"C{n},exchange" for n in range(20_000)]]
    for lines in (rows, rows[:10]):
        start = time.process_time()
        with pytest.raises(InputError) as raised:
            read(text(tmp_path / "cases.csv", lines), loaded)
        assert [(p.line, p.code) for p in raised.value.problems] == [(3, "quote-not-closed")]
        assert time.process_time() - start < SECONDS


def test_a_far_stray_cell_is_named_at_once(tmp_path: Path, loaded: Loaded) -> None:
    path = workbook(
        tmp_path / "cases.xlsx", {"Cases": [["name", "wanted.aim"], ["A", "exchange"]]}, cells={"XFD1048576": "stray"}
    )
    start = time.process_time()
    cases, result = read(path, loaded)
    assert time.process_time() - start < SECONDS
    assert len(cases) == result.total == 1
    assert [(p.pointer, p.code) for p in result.left_out] == [("Cases!XFD1048576", "cell-outside")]


def test_a_cell_that_unpacks_to_more_than_can_be_is_refused_unread_at_every_door(tmp_path: Path, loaded: Loaded) -> None:
    path = huge_cell(tmp_path / "cases.xlsx", MAX_UNPACKED)
    assert path.stat().st_size < MAX_UNPACKED / 100
    tracemalloc.start()
    start = time.process_time()
    assert refused(path, loaded) == ["unpacks-too-large"]
    for door in (open_workbook, lambda file: read_sheet(file, loaded.rulebook.vocabulary, None, Problems(str(file)))):
        with pytest.raises(InputError) as raised:
            door(path)
        assert [problem.code for problem in raised.value.problems] == ["unpacks-too-large"]
    assert time.process_time() - start < SECONDS
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_a_text_that_is_too_long_is_told_as_in_a_case_file(tmp_path: Path, loaded: Loaded) -> None:
    lines = [
        "name,wanted.aim,Partner 1",
        f"{'n' * (MAX_NAME + 1)},exchange,A",
        f"B,{'x' * 30_000},B",
        f"C,exchange,{'p' * 30_000}",
    ]
    _, result = read(text(tmp_path / "cases.csv", lines), loaded)
    assert told(result) == [("A2", "name-too-long"), ("B3", "text-too-long"), ("C4", "text-too-long")]


@pytest.mark.parametrize(("one", "other"), [("Harbor House", "HARBOR HOUSE "), ("Café", "Cafe\u0301"), ("Straße", "STRASSE")])
def test_equal_and_look_alike_partners_are_one(one: str, other: str, tmp_path: Path, loaded: Loaded) -> None:
    _, result = read(text(tmp_path / "cases.csv", ["wanted.aim,Partner 1,Partner 2", f"exchange,{one},{other}"]), loaded)
    assert told(result) == [("C2", "duplicate-partner")]
    rows = [["Case", "Name", "partner.trust"], ["A", one, "low"], ["A", other, "low"]]
    path = workbook(tmp_path / "cases.xlsx", {"Cases": [["Case", "wanted.aim"], ["A", "exchange"]], "Partners": rows})
    assert told(read(path, loaded)[1]) == [("Partners!B3", "duplicate-partner")]


def test_many_wrong_texts_take_seconds(tmp_path: Path, loaded: Loaded) -> None:
    """The nearest right one is looked for as long as somebody may read it."""
    names = ",".join(f"heading {n} of nobody's {'x' * 40}" for n in range(4_000))
    lines = [f"wanted.aim,{names}", *(f"{'wrong ' * 20}{n}" for n in range(4_000))]
    start = time.process_time()
    _, result = read(text(tmp_path / "cases.csv", lines), loaded)
    assert time.process_time() - start < 3 * SECONDS
    assert (len(result.problems), len(result.left_out)) == (4_000, 4_000)


def test_more_partners_than_can_be_weighed_are_told(tmp_path: Path, loaded: Loaded) -> None:
    rows = [["Case", "Name", "partner.trust"], *(["A", f"P{n}", "low"] for n in range(MAX_PARTNERS + 1))]
    path = workbook(tmp_path / "cases.xlsx", {"Cases": [["Case", "wanted.aim"], ["A", "exchange"]], "Partners": rows})
    assert [p.code for p in read(path, loaded)[1].problems] == ["too-many-partners"]


def test_a_sheet_says_of_a_wrong_answer_what_a_case_file_says(tmp_path: Path, loaded: Loaded) -> None:
    _, result = read(
        text(tmp_path / "cases.csv", ["wanted.aim,wanted.obstacle", "exchnge,none+waiting", "exchange;common-goal,none"]), loaded
    )
    assert told(result) == [("A2", "unknown-option"), ("B2", "none-with-others"), ("A3", "one-answer-expected")]
    assert result.problems[0].nearest == "exchange"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("partner.trust", "column-needs-a-partner"),
        ("partner.trust@41", "column-needs-a-partner"),
        ("wanted.aim@1", "question-about-the-agency"),
        ("WANTED.AIM", "duplicate-column"),
    ],
)
def test_a_column_that_cannot_be_read_as_it_stands_is_refused(head: str, code: str, tmp_path: Path, loaded: Loaded) -> None:
    assert refused(text(tmp_path / "cases.csv", [f"wanted.aim,{head}", "exchange,low"]), loaded) == [code]


def test_a_row_of_text_with_too_many_cells_is_not_taken_for_another(tmp_path: Path, loaded: Loaded) -> None:
    _, result = read(text(tmp_path / "cases.csv", ["name,wanted.aim", "Adams, Ohio,exchange", "B,exchange"]), loaded)
    assert ([(p.line, p.code) for p in result.problems], result.good, result.total) == ([(2, "row-too-long")], 1, 2)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cases.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old-workbook"),
        ("cases.xlsx", b"PK\x03\x04", "not-xlsx"),
        ("cases.xls", b"", "unknown-table"),
        ("cases.csv", b"wanted.aim\n\x81\n", "not-utf-8"),
        ("cases.csv", b"w\x00a\x00n\x00t\x00", "no-question-column"),
    ],
)
def test_a_file_of_another_kind_is_refused(name: str, content: bytes, code: str, tmp_path: Path, loaded: Loaded) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name, loaded) == [code]


def test_a_damaged_workbook_is_refused(tmp_path: Path, loaded: Loaded) -> None:
    path = workbook(tmp_path / "cases.xlsx", {"Cases": [["wanted.aim"], ["exchange"]]})
    replaced(path, "xl/worksheets/sheet1.xml", b"</row>", b"</rwo>")
    assert refused(path, loaded) == ["not-xlsx"]


def test_truth_values_are_read_whatever_the_language(tmp_path: Path, loaded: Loaded) -> None:
    said = loaded.wording.documents
    words = {**said["spreadsheet"], "means-yes": "Oui", "means-no": "Non", "means-not-known": "Inconnu"}
    wording = replace(loaded.wording, documents={**said, "spreadsheet": words})
    lines = ["wanted.priority", "TRUE", "Oui", "1", "false", "#N/A", "unknown"]
    cases, result = read(text(tmp_path / "cases.csv", lines), replace(loaded, wording=wording))
    assert [case.answers.get("wanted.priority") for case in cases] == [("yes",)] * 3 + [("no",), None, None]
    assert result.problems == ()


def test_control_characters_of_a_sheet_are_shown(tmp_path: Path, loaded: Loaded) -> None:
    (case,), _ = read(text(tmp_path / "cases.csv", ["name,wanted.aim", "Red\x1b[31m,exchange"]), loaded)
    assert case.name == "Red\N{REPLACEMENT CHARACTER}[31m"
