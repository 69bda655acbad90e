"""The commands `whatif`, `compare`, `sensitivity`, `roadmap` and `picture`."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from advisor.model.problems import InputError
from support.command_line import app
from support.sampling import sampled

EXAMPLES = Path(__file__).parents[1] / "examples"
PARTNER = "City Housing Authority"
REACH = f"partner.reach=change-practice@{PARTNER}"
TRUST = f"partner.trust=high@{PARTNER}"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "housing.yaml"
    shutil.copy(EXAMPLES / "housing-need-above-the-limit.yaml", path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def printed(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: object) -> list[tuple[str, str]]:
    error = run(*arguments).exception
    assert isinstance(error, InputError), error
    return [(p.code, p.nearest) for p in error.problems]


def test_what_if_leaves_the_file_alone(case: Path) -> None:
    before = case.read_bytes()
    said = printed("whatif", case, "--set", REACH, "--set", TRUST, "--format", "markdown")
    assert "| **How close** | cooperation | collaboration |" in said
    assert case.read_bytes() == before


def test_a_scenario_that_is_kept_can_be_built_on_and_compared(case: Path) -> None:
    before = case.read_text("utf-8")
    first = run("whatif", case, "--set", REACH, "--save", "reach")
    assert "Kept as scenario reach" in first.stderr
    printed("whatif", case, "--on", "reach", "--set", TRUST, "--add-partner", "Tribal Court", "--save", "both")
    assert case.read_text("utf-8").startswith(before)
    every = printed("compare", case, "--format", "markdown")
    assert "# Comparison: As it stands / reach / both" in every
    assert "both: Tribal Court is added" in every
    assert every == printed("compare", case, "reach", "both", "--format", "markdown")
    assert refused("whatif", case, "--set", REACH, "--save", "both") == [("duplicate-scenario", "")]
    assert "integration" in printed("roadmap", case, "--scenario", "both", "--goal", "dimension=integration")


def test_several_case_files_are_compared_by_their_names(case: Path) -> None:
    other = EXAMPLES / "domestic-violence-networking.yaml"
    said = printed("compare", case, other, "--format", "markdown")
    assert "Housing first for families about to reunite / Letting domestic-violence services" in said


@pytest.mark.parametrize("form", sampled(["text", "markdown", "html", "json"], 3))
@pytest.mark.parametrize(
    "command",
    [
        ("whatif", "CASE", "--set", REACH),
        ("compare", "CASE", EXAMPLES / "only-a-few-answers.yaml"),
        ("sensitivity", "CASE"),
        ("sensitivity", "CASE", "--full"),
        ("roadmap", "CASE", "--goal", "collaboration"),
        ("picture", "CASE"),
        ("picture", "CASE", "--what", "why", "--of", "mou"),
    ],
    ids=lambda command: " ".join(str(word).rpartition("/")[2] for word in command),
)
def test_every_command_speaks_every_format(command: tuple[object, ...], form: str, case: Path) -> None:
    arguments = [case if word == "CASE" else word for word in command]
    said = printed(*arguments, "--format", form)
    if form == "json":
        assert json.loads(said)["format"].endswith("/1.1" if command[0] in ("whatif", "compare") else "/1")
    if form == "html":
        assert said.startswith("<!doctype html>")
        assert "<title></title>" not in said
    assert said == printed(*arguments, "--format", form)


def test_pictures_are_written_beside(case: Path, tmp_path: Path) -> None:
    for name, *arguments in (
        ("a", "compare", case, EXAMPLES / "only-a-few-answers.yaml"),
        ("b", "sensitivity", case),
        ("c", "picture", case, "--what", "rows"),
        ("d", "picture", case, "--what", "why", "--of", "proceed"),
    ):
        printed(*arguments, "--svg", tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").read_text("utf-8").startswith("<svg")
    assert refused("picture", case, "--svg", tmp_path / "no" / "x.svg") == [("unwritable-file", "")]


def test_bad_input_is_named_with_what_would_be_right(case: Path) -> None:
    assert refused("whatif", case, "--set", "wanted.aimm=exchange") == [("unknown-question", "wanted.aim")]
    assert refused("compare", case) == [("nothing-to-compare", "")]
    printed("whatif", case, "--set", REACH, "--save", "reach")
    assert refused("compare", case, "raech") == [("no-such-scenario", "reach")]
    assert refused("roadmap", case, "--goal", "dimension=colaboration") == [("unknown-value", "collaboration")]
    assert refused("picture", case, "--what", "row") == [("unknown-picture", "rows")]
    assert refused("sensitivity", case, "--format", "pdf") == [("unknown-format", "")]
    assert refused("picture", case, "--what", "why", "--of", "dimensions") == [("unknown-recommendation", "dimension")]


def test_a_bad_change_is_not_kept(case: Path) -> None:
    before = case.read_bytes()
    refused("whatif", case, "--set", "wanted.aim=nothing", "--save", "x")
    assert case.read_bytes() == before
