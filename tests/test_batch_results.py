"""What comes of a batch: a workbook that people can read, CSV and Parquet; how a run goes on; what the exit status tells."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.model.problems import InputError
from advisor.render.brief import Brief
from advisor.service import Service
from advisor.sweep import readable_batch, spreadsheets
from advisor.sweep.batch import BatchRun, parts_of, run_to_file, run_to_folder
from advisor.sweep.readable_batch import run_readable
from conftest import ROOT
from support.command_line import app
from support.sheets import workbook

pq = pytest.importorskip("pyarrow.parquet")
FORMULA = "=HYPERLINK(1)"
ROWS: list[list[object]] = [
    ["Review of 2026", None, None],
    ["name", "wanted.aim", "FIPS"],
    [FORMULA, "exchange", 1],
    ["Boone", "exchnge", 2],
    *([f"Case {n}", "common-goal", n] for n in range(3, 6)),
]


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return saved(tmp_path / "cases.xlsx", ROWS)


def saved(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A workbook in which everything is text or a number, and nothing a formula."""
    book = openpyxl.load_workbook(workbook(path, {"Cases": rows}))
    for row in book["Cases"].iter_rows():
        for cell in row:
            cell.data_type = "s" if cell.data_type == "f" else cell.data_type
    book.save(path)
    return path


def advisor(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    if isinstance(done.exception, InputError):
        return 2, done.stdout, str(done.exception)
    assert isinstance(done.exception, (SystemExit, type(None))), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_the_workbook_has_a_summary_problems_by_cell_and_details(cases: Path, tmp_path: Path) -> None:
    status, said, errors = advisor("batch", cases, "-o", tmp_path / "out.xlsx")
    assert (status, said) == (4, f"4 of 5 cases are in {tmp_path / 'out.xlsx'}.\n")
    assert "Cases!B4" in errors
    assert "FIPS" in errors
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["Summary", "Problems", "Details"]
    top = [row[0] for row in book["Summary"].iter_rows(values_only=True)]
    assert top[:2] == ["Advice on the cases in cases.xlsx", "4 cases of 5 have advice."]
    head = top.index("Case")
    assert top[head + 1 :] == [FORMULA, "Case 3", "Case 4", "Case 5"]
    assert book["Summary"].cell(head + 2, 1).data_type == "s"
    problems = [row[:4] for row in book["Problems"].iter_rows(min_row=2, values_only=True)]
    assert problems == [("Case not read", "Cases!B4", 4, "wanted.aim"), ("Left out", "Cases!C2", 2, "FIPS")]
    assert {row[0] for row in book["Details"].iter_rows(min_row=2, values_only=True)} <= {FORMULA, "Case 3", "Case 4", "Case 5"}
    assert not parts_of(tmp_path / "out.xlsx").exists()


def test_the_summary_says_what_the_advice_on_the_case_says(tmp_path: Path, loaded: Loaded, service: Service) -> None:
    """The cases of a folder keep their words and notes."""
    (tmp_path / "cases").mkdir()
    for name in ("newborns-exposed-before-birth", "hidden-conflict-of-interest"):
        (tmp_path / "cases" / f"{name}.yaml").write_bytes((ROOT / "examples" / f"{name}.yaml").read_bytes())
    assert advisor("batch", tmp_path / "cases", "-o", tmp_path / "out.csv")[0] == 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Row"] for row in rows] == sorted(row["Row"] for row in rows)
    for row in rows:
        advice = service.assess(read_case(tmp_path / "cases" / row["Row"], loaded.rulebook.vocabulary))
        assert (row["Case"], row["Answer"], row["Why"]) == (advice.case, advice.gate.title, Brief(advice, loaded).lead)
        for item in (*advice.conditions, *advice.cautions):
            assert item.title[1:] in row["Settle first"] + row["Cautions"]


def test_csv_holds_no_formula(cases: Path, tmp_path: Path) -> None:
    advisor("batch", cases, "-o", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(row["Case"] for row in csv.DictReader(file)) == f"'{FORMULA}"


def test_one_parquet_file_holds_what_the_folder_does(
    cases: Path, tmp_path: Path, loaded: Loaded, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "ROWS", 2)
    run_to_folder(BatchRun(cases, loaded), tmp_path / "out", service.program, lambda _: None)
    result = run_to_file(BatchRun(cases, loaded), tmp_path / "out.parquet", service.program, lambda _: None)
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) == 3
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.equals(pq.read_table(tmp_path / "out").cast(table.schema))
    assert (table["name"].to_pylist(), result.good) == ([FORMULA, "Case 3", "Case 4", "Case 5"], 4)
    assert not parts_of(tmp_path / "out.parquet").exists()


class StoppedError(Exception):
    pass


def stopping_after(calls: int, assess: Callable[[Case], Advice], seen: list[str]) -> Callable[[Case], Advice]:
    def once(case: Case) -> Advice:
        if len(seen) == calls:
            raise StoppedError
        seen.append(case.name)
        return assess(case)

    return once


def test_a_readable_batch_goes_on_where_it_was_stopped(
    cases: Path, tmp_path: Path, loaded: Loaded, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readable_batch, "CASES", 2)
    output, first, then = tmp_path / "out.csv", list[str](), list[str]()
    with pytest.raises(StoppedError):
        run_readable(BatchRun(cases, loaded), output, stopping_after(3, service.assess, first), lambda _: None)
    assert not output.exists()
    run_readable(BatchRun(cases, loaded), output, stopping_after(9, service.assess, then), lambda _: None)
    assert (first, then) == ([FORMULA, "Case 3", "Case 4"], ["Case 4", "Case 5"])
    assert output.read_text("utf-8-sig").count("\nCase ") == 3


def test_a_folder_goes_on_where_it_was_stopped_and_is_not_mixed(
    cases: Path, tmp_path: Path, loaded: Loaded, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "ROWS", 2)
    folder = tmp_path / "out"
    run_to_folder(BatchRun(cases, loaded), folder, service.program, lambda _: None)
    whole = pq.read_table(folder)
    kept = (folder / "part-000000.parquet").stat().st_mtime_ns
    (folder / "part-000001.parquet").unlink()
    (folder / ".part-000001.parquet.x.tmp").touch()
    result = run_to_folder(BatchRun(cases, loaded), folder, service.program, lambda _: None)
    assert (pq.read_table(folder).equals(whole), result.good) == (True, 4)
    assert (folder / "part-000000.parquet").stat().st_mtime_ns == kept
    assert not list(folder.glob(".*.tmp"))
    saved(cases, [*ROWS, ["Dade", "exchange", 7]])
    with pytest.raises(InputError) as raised:
        run_to_folder(BatchRun(cases, loaded), folder, service.program, lambda _: None)
    assert [problem.code for problem in raised.value.problems] == ["output-of-another-batch"]


def test_a_workbook_of_results_has_an_end(
    cases: Path, tmp_path: Path, loaded: Loaded, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readable_batch, "MOST_CASES", 3)
    with pytest.raises(InputError) as raised:
        run_readable(BatchRun(cases, loaded), tmp_path / "out.xlsx", service.assess, lambda _: None)
    assert [problem.code for problem in raised.value.problems] == ["too-many-for-a-workbook"]


def test_the_file_of_problems_is_written_each_run(tmp_path: Path) -> None:
    table, problems = tmp_path / "cases.csv", tmp_path / "problems.csv"

    def run(text: str) -> tuple[int, int]:
        table.write_text(text, "utf-8")
        status, *_ = advisor("batch", table, "-o", tmp_path / "out.csv", "--problems", problems)
        return status, len(problems.read_text("utf-8").splitlines()) - 1

    assert run("wanted.aim,wanted.work\nexchnge,exchange\nexchange,none\nexchange,exchange\n") == (4, 2)
    assert run("wanted.aim,wanted.work\nexchange,exchange\n") == (0, 0)
    assert run("wanted.aim,wanted.aim\nexchange,exchange\n") == (2, 1)
    assert run("wanted.aim\nexchnge\n") == (2, 1)


def test_a_column_may_be_left_out_without_a_word(cases: Path, tmp_path: Path) -> None:
    saved(cases, ROWS[:3])
    assert advisor("batch", cases, "-o", tmp_path / "a.csv")[0] == 4
    status, _, errors = advisor("batch", cases, "-o", tmp_path / "b.csv", "--ignore", "fips")
    assert (status, errors.strip()) == (0, "")


def test_bad_input_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("nothing\nof ours\n", "utf-8")
    for output in ("out", "out.csv", "out.xlsx", "out.parquet"):
        assert advisor("batch", tmp_path / "cases.csv", "-o", tmp_path / output)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]
