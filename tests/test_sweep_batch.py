"""Tables of cases come out as chain has them, row for row; bad rows are named, with their column, and left out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.sweep.batch import BatchResult, BatchRun, run_to_folder
from support.sweeps import case_at, drawn, everything_varies

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

HEADER = "name,wanted.aim,wanted.obstacle,wanted.priority,name@1,partner.trust@1,partner.trust@2"
GOOD = ["A,common-goal,waiting + shared-families,yes,Harbor House,low,", "B,exchange,none,FALSE,,,", "C,,,unknown,X,fair,broken"]


def batch(path: Path, out: Path, loaded: Loaded) -> BatchResult:
    return run_to_folder(BatchRun(path, loaded), out, loaded.program, lambda _: None)


def table_of(tmp_path: Path, lines: Iterable[str]) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8-sig")
    return path


def expect(columns: dict[str, list[object]], cases: Sequence[Case], loaded: Loaded) -> None:
    programs = {n: loaded.program(n) for n in {len(case.partners) for case in cases}}
    engine, vocabulary = ChainEngine(loaded.cache), loaded.rulebook.vocabulary
    for row, case in enumerate(cases):
        inference = infer(case, loaded.rulebook, programs[len(case.partners)], engine)
        for finding in vocabulary.findings.values():
            if finding.of == "partner":
                continue
            if finding.kind == "level":
                assert columns[finding.name][row] == inference.level(finding.name)
            elif finding.kind == "set":
                held = {value for value in finding.values if columns[f"{finding.name}={value}"][row]}
                assert held == set(inference.values(finding.name))
        for number in range(len(case.partners)):
            assert columns[f"partner-limit@{number + 1}"][row] == inference.level("partner-limit", number)
            held = {v for v in vocabulary.findings["ring"].values if columns[f"ring={v}@{number + 1}"][row]}
            assert held == set(inference.values("ring", number))


def test_rows_with_any_number_of_partners_come_out_as_chain_has_them(tmp_path: Path, loaded: Loaded) -> None:
    outcome = batch(table_of(tmp_path, GOOD), tmp_path / "out", loaded)
    assert outcome == BatchResult(3, 3, ())
    columns = pq.read_table(tmp_path / "out").to_pydict()
    assert (columns["row"], columns["name"]) == (["2", "3", "4"], ["A", "B", "C"])
    first = {"wanted.aim": ("common-goal",), "wanted.obstacle": ("shared-families", "waiting"), "wanted.priority": ("yes",)}
    second = {"wanted.aim": ("exchange",), "wanted.obstacle": ("none",), "wanted.priority": ("no",)}
    partners = (Partner("X", {"partner.trust": ("fair",)}), Partner("2", {"partner.trust": ("broken",)}))
    cases = [
        Case("A", first, (Partner("Harbor House", {"partner.trust": ("low",)}),)),
        Case("B", second),
        Case("C", {}, partners),
    ]
    expect(columns, cases, loaded)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("D,exchnge,,,,,", (5, "unknown-option", "wanted.aim", "exchange")),
        ("D,exchange + common-goal,,,,,", (5, "one-answer-expected", "wanted.aim", "")),
        ("D,,none + waiting,,,,", (5, "none-with-others", "wanted.obstacle", "")),
        ("D,,waiting + waiting,,,,", (5, "option-twice", "wanted.obstacle", "")),
        ("D,,,,,lo,", (5, "unknown-option", "partner.trust@1", "low")),
        ("D,,,,,,low", (5, "partner-left-out", "1", "")),
        ("D,,,,,,,more", (5, "row-too-long", "", "")),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_go_through(
    tmp_path: Path, loaded: Loaded, line: str, expected: tuple[int, str, str, str]
) -> None:
    outcome = batch(table_of(tmp_path, [*GOOD, line, "E,exchange,,,,,"]), tmp_path / "out", loaded)
    assert [(p.line, p.code, p.about, p.nearest) for p in outcome.problems] == [expected]
    assert (outcome.good, outcome.total) == (4, 5)
    assert pq.read_table(tmp_path / "out", columns=["row"]).to_pydict()["row"] == ["2", "3", "4", "6"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"wanted.aims": ["exchange"]}, [("column-left-out", "wanted.aims"), ("no-question-column", "")]),
        ({"partner.trust": ["low"]}, [("column-needs-a-partner", "partner.trust")]),
        ({"wanted.aim@1": ["exchange"]}, [("question-about-the-agency", "wanted.aim@1")]),
        (
            {"wanted.aim": [3], "wanted.priority": [0.5]},
            [("column-of-another-type", n) for n in ("wanted.aim", "wanted.priority")],
        ),
        ({"name": ["A"]}, [("no-question-column", "")]),
    ],
)
def test_parquet_with_wrong_columns_is_refused(
    tmp_path: Path, loaded: Loaded, columns: dict[str, list[object]], expected: list[tuple[str, str]]
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "cases.parquet")
    with pytest.raises(InputError) as caught:
        batch(tmp_path / "cases.parquet", tmp_path / "out", loaded)
    assert [(p.code, p.about) for p in caught.value.problems] == expected


def test_parquet_of_many_kinds_of_columns_comes_out_as_chain_has_it(tmp_path: Path, loaded: Loaded) -> None:
    family = everything_varies(loaded.rulebook.vocabulary, 2)
    columns = drawn(family, 40, seed=4)
    cases = [case_at(family, columns, row) for row in range(40)]
    table = {"name@1": ["One"] * 40, "name@2": pa.array(["Two"] * 40).dictionary_encode()}
    for question in loaded.rulebook.vocabulary.questions.values():
        for owner in range(2) if question.asked == "partner" else (-1,):
            answers = [(case.answers if owner < 0 else case.partners[owner].answers).get(question.id) for case in cases]
            label = question.id if owner < 0 else f"{question.id}@{owner + 1}"
            if question.kind == "several":
                table[label] = pa.array([None if a is None else list(a) for a in answers], pa.list_(pa.string()))
            elif question.kind == "yes-no":
                table[label] = pa.array([None if a is None else a == ("yes",) for a in answers], pa.bool_())
            else:
                table[label] = pa.array([None if a is None else a[0] for a in answers], pa.string())
    pq.write_table(pa.table(table), tmp_path / "cases.parquet")
    assert batch(tmp_path / "cases.parquet", tmp_path / "out", loaded) == BatchResult(40, 40, ())
    expect(pq.read_table(tmp_path / "out").to_pydict(), cases, loaded)


def test_a_spreadsheet_is_read_as_a_table(tmp_path: Path, loaded: Loaded) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in [HEADER, *GOOD]:
        book.active.append([cell or None for cell in line.split(",")])
    book.active.append([None] * 7)
    book.active.append(["D", "exchange", None, True, None, None, None])
    book.save(tmp_path / "cases.xlsx")
    assert batch(tmp_path / "cases.xlsx", tmp_path / "out", loaded) == BatchResult(4, 4, ())
    batch(table_of(tmp_path, GOOD), tmp_path / "same", loaded)
    assert pq.read_table(tmp_path / "out").slice(0, 3).equals(pq.read_table(tmp_path / "same"))


def test_a_folder_of_case_files(tmp_path: Path, loaded: Loaded) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "a.yaml").write_text("answers: {wanted.aim: exchange}\npartners: [{name: X}]\n", "utf-8")
    (folder / "b.yaml").write_text("answers: {wanted.aim: nonsense}\n", "utf-8")
    (folder / "c.json").write_text('{"answers": {"wanted.priority": "yes"}}', "utf-8")
    outcome = batch(folder, tmp_path / "out", loaded)
    assert (outcome.good, outcome.total) == (2, 3)
    assert [(Path(p.file).name, p.line, p.code) for p in outcome.problems] == [("b.yaml", 1, "unknown-option")]
    columns = pq.read_table(tmp_path / "out").to_pydict()
    assert columns["row"] == ["a.yaml", "c.json"]
    expect(
        columns,
        [Case("", {"wanted.aim": ("exchange",)}, (Partner("X", {}),)), Case("", {"wanted.priority": ("yes",)})],
        loaded,
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cases.parquet", b"no", "not-parquet"),
        ("cases.xlsx", b"no", "not-xlsx"),
        ("cases.csv", b"wanted.aim\n\x81\n", "not-utf-8"),
        ("cases.csv", b'wanted.aim\nexchange,"\n', "quote-not-closed"),
        ("cases.csv", b"wanted.aim\n\n", "no-rows"),
        ("cases.doc", b"", "unknown-table"),
        ("cases.csv", b"", "no-question-column"),
        ("cases.csv", b"wanted.aim,wanted.aim\n", "duplicate-column"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, loaded: Loaded, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        batch(tmp_path / name, tmp_path / "out", loaded)
    assert [p.code for p in caught.value.problems] == [code]


def test_nothing_is_written_over(tmp_path: Path, loaded: Loaded) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError) as caught:
        batch(table_of(tmp_path / "..", GOOD), tmp_path, loaded)
    assert [p.code for p in caught.value.problems] == ["folder-not-empty"]
    assert np.array_equal([p.name for p in tmp_path.iterdir()], ["thesis.txt"])
