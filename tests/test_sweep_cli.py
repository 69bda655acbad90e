"""`advisor sweep` and `advisor batch`: what is printed, what is written, and how bad input ends."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from advisor.cli.app import app
from advisor.cli.batch import batch
from advisor.cli.sweep import sweep
from advisor.io.packages import need_packages
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.sweep.plan import plan_of
from advisor.sweep.runner import one_by_one, run
from advisor.sweep.spec import read_spec
from advisor.sweep.summary import information, summarize

pq = pytest.importorskip("pyarrow.parquet")

SWEEP = """
name: A <small> sweep
case:
  answers: {wanted.priority: no, possible.law: allows, today.state: nothing}
  partners: [{name: Harbor & House, answers: {partner.without: cannot-begin}}]
vary:
  wanted.aim: all
  wanted.work: all
  possible.authority: [head, unknown]
  "partner.trust@Harbor & House": all
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SWEEP, "utf-8")
    return path


def test_the_commands_are_registered() -> None:
    names = {command.callback for command in app.registered_commands}
    assert {sweep, batch} <= names


def test_a_sweep_prints_its_summary_and_writes_report_and_maps(tmp_path: Path, spec_file: Path) -> None:
    arguments = [str(spec_file), "-o", str(tmp_path / "out"), "--workers", "1"]
    arguments += ["--report", str(tmp_path / "report.html"), "--maps", str(tmp_path / "maps")]
    done = CliRunner().invoke(app, ["sweep", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    assert "A <small> sweep" in done.stdout
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "A &lt;small&gt; sweep" in page
    assert "<small>" not in page
    (drawing,) = (tmp_path / "maps").glob("*.svg")
    root = ET.parse(drawing).getroot()
    assert root[0].tag.endswith("title")
    assert root.attrib["role"] == "img"
    assert page.count("<svg") == page.count("<caption>") == 1
    again = CliRunner().invoke(app, ["sweep", *arguments], catch_exceptions=False)
    assert again.stdout == done.stdout


def test_the_summary_is_counted_over_all_scenarios(tmp_path: Path, spec_file: Path, loaded: Loaded) -> None:
    spec = read_spec(spec_file, loaded.rulebook.vocabulary)
    plan = plan_of(spec, loaded.rulebook, loaded.program, chunk=64)
    summary = summarize(plan, run(plan, tmp_path / "out", one_by_one, lambda _: None), spec.summary)
    columns = pq.read_table(tmp_path / "out").to_pydict()
    dimension = next(spread for spread in summary.spreads if spread.name == "dimension")
    assert {share.value: share.count for share in dimension.shares} == Counter(columns["dimension"])
    for spread in summary.spreads:
        if len(spread.shares) == 1:
            assert spread.shares[0].count == sum(columns[spread.name])
    by_aim = {driver.axis: driver for driver in dimension.drivers}["wanted.aim"]
    pairs = Counter(zip(columns["wanted.aim"], columns["dimension"], strict=True))
    aims, levels = sorted(set(columns["wanted.aim"])), list({level for _, level in pairs})
    table = np.array([[pairs[aim, level] for level in levels] for aim in aims])
    assert by_aim.information == pytest.approx(information(table))
    held = sum(count for (aim, level), count in pairs.items() if (aim, level) == (by_aim.most[0], by_aim.value))
    assert by_aim.most[1] == pytest.approx(held / Counter(columns["wanted.aim"])[by_aim.most[0]])


def test_information_is_counted_in_bits() -> None:
    assert information(np.array([[8, 0], [0, 8]])) == pytest.approx(1)
    assert information(np.array([[4, 4], [4, 4]])) == pytest.approx(0)
    assert information(np.zeros((2, 2), np.int64)) == 0


def test_a_batch_reports_bad_rows_and_goes_on(tmp_path: Path) -> None:
    table = tmp_path / "counties.csv"
    table.write_text("name,wanted.aim\nAdams,exchange\nBoone,exchnge\n", "utf-8")
    arguments = ["batch", str(table), "-o", str(tmp_path / "out"), "--problems", str(tmp_path / "problems.csv")]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 4
    assert re.match(r"1 of 2 cases", done.stdout)
    assert "exchnge" in done.stderr
    lines = (tmp_path / "problems.csv").read_text("utf-8").splitlines()
    assert lines[0] == "file,row,column,address,code,problem"
    assert lines[1].startswith(f"{table},3,wanted.aim,B3,unknown-option,")


def test_a_batch_without_any_good_row_ends_with_bad_input(tmp_path: Path) -> None:
    table = tmp_path / "counties.csv"
    table.write_text("wanted.aim\nexchnge\n", "utf-8")
    assert CliRunner().invoke(app, ["batch", str(table), "-o", str(tmp_path / "out")]).exit_code == 2


def test_a_report_that_cannot_be_written_is_bad_input(tmp_path: Path, spec_file: Path) -> None:
    (tmp_path / "file").touch()
    arguments = [str(spec_file), "-o", str(tmp_path / "out"), "--workers", "1", "--report", str(tmp_path / "file" / "r.html")]
    done = CliRunner().invoke(app, ["sweep", *arguments])
    assert isinstance(done.exception, InputError)


def test_a_scheduler_that_does_not_answer_is_bad_input(tmp_path: Path, spec_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")

    def unreachable(address: str, **_: object) -> None:
        raise OSError(address)

    monkeypatch.setattr(distributed, "Client", unreachable)
    done = CliRunner().invoke(app, ["sweep", str(spec_file), "-o", str(tmp_path / "out"), "--scheduler", "tcp://nowhere:1"])
    assert isinstance(done.exception, InputError)
    assert [(p.code, p.about) for p in done.exception.problems] == [("no-scheduler", "tcp://nowhere:1")]


def test_a_missing_extra_is_named() -> None:
    with pytest.raises(InputError) as caught:
        need_packages(("no_such_package",), "sweep")
    assert [(p.code, p.about, p.found) for p in caught.value.problems] == [("extra-not-installed", "sweep", "no_such_package")]
