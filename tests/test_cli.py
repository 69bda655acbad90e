"""The command line: what goes to standard output and error, and how it exits."""

import importlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.cli.app import FORMATS
from advisor.engine import EngineError
from advisor.loading import Loaded, folder_of
from conftest import ROOT
from support.shell import Shell

CASE = str(ROOT / "examples" / "domestic-violence-waiting-list.yaml")


@pytest.fixture
def advisor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("COLUMNS", "100")
    return Shell(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("text", "Advice: Families on a waiting list"), ("markdown", "# Advice: "), ("html", "<!doctype html>"), ("json", "{\n")],
)
def test_advice_is_given_in_each_format(form: str, beginning: str, advisor: Shell) -> None:
    ended = advisor("assess", CASE, "--format", form)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.lstrip().startswith(beginning)
    assert "collaboration" in ended.out.lower()


def test_the_version_is_that_of_the_package(advisor: Shell) -> None:
    assert advisor("--version").out.strip() == version("partnership-advisor")


def test_every_format_is_tested_here() -> None:
    assert set(FORMATS) == {"text", "markdown", "html", "json"}


def test_full_advice_says_more(advisor: Shell) -> None:
    short, full = advisor("assess", CASE), advisor("assess", CASE, "--full")
    assert (short.status, full.status) == (0, 0)
    assert len(full.out) > len(short.out)


def test_json_is_the_same_each_time_and_says_what_it_rests_on(advisor: Shell, loaded: Loaded) -> None:
    one, two = advisor("assess", CASE, "--format", "json"), advisor("assess", CASE, "--format", "json")
    assert one.out == two.out
    advice = json.loads(one.out)
    assert advice["dimension"]["recommended"] == "collaboration"
    assert advice["rulebook"] == {"version": loaded.rulebook.version, "sha256": loaded.rulebook.sha256}


@pytest.mark.parametrize(
    "recommendation", ["proceed", "dimension", "structure", "mou", "partner-dimension", "Harbor House", "need>=collaboration"]
)
def test_why_shows_the_rules_answers_and_sources_under_a_recommendation(recommendation: str, advisor: Shell) -> None:
    ended = advisor("why", CASE, recommendation)
    assert (ended.status, ended.err) == (0, "")
    assert "source:" in ended.out


def test_why_shows_what_the_user_answered(advisor: Shell, loaded: Loaded) -> None:
    out = " ".join(advisor("why", CASE, "need").out.replace("│", " ").split())
    assert "wanted.aim" in out
    assert loaded.wording.questions["wanted.aim"].options["common-outcomes"][:20] in out


def test_why_shows_a_conclusion_once_and_then_names_it(advisor: Shell, loaded: Loaded) -> None:
    out = advisor("why", str(ROOT / "examples" / "foster-youth-school-records.yaml"), "structure").out
    assert loaded.wording.phrases["why"]["again"] in out


def test_why_of_something_not_advised_names_the_nearest(advisor: Shell) -> None:
    ended = advisor("why", CASE, "dimensoin")
    assert (ended.status, ended.out) == (2, "")
    assert "There is no recommendation dimensoin in this advice. Did you mean dimension?" in ended.err


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "[/red]", "{{ 7*7 }}", "<b>x</b>", "a :heart: b"])
def test_why_shows_a_hostile_name_as_text(name: str, advisor: Shell, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    answers = {"partner.category": "providers", "partner.reach": "plan-together"}
    case.write_text(json.dumps({"answers": {}, "partners": [{"name": name, "answers": answers}]}))
    ended = advisor("why", str(case), "partner-limit")
    assert ended.status == 0
    assert name in ended.out


def test_rules_check_counts_what_it_read(advisor: Shell, loaded: Loaded) -> None:
    ended = advisor("rules", "check")
    assert (ended.status, ended.err) == (0, "")
    assert f"{len(loaded.rulebook.rules)} rules" in ended.out
    assert loaded.rulebook.sha256 in ended.out


def test_rules_show_tells_a_rule_as_it_stands_and_what_its_sources_say(advisor: Shell, loaded: Loaded) -> None:
    rule = next(rule for rule in loaded.rulebook.rules.values() if rule.sources)
    ended = advisor("rules", "show", rule.id)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{rule.file}:{rule.line}\n  - id: {rule.id}\n")
    assert all(loaded.rulebook.sources[source].says in ended.out for source in rule.sources)
    assert ended.out.count("- id: ") == 1


def test_rules_show_of_a_rule_that_is_not_there_names_the_nearest(advisor: Shell, loaded: Loaded) -> None:
    rule = next(iter(loaded.rulebook.rules))
    ended = advisor("rules", "show", f"{rule}s")
    assert (ended.status, ended.out) == (2, "")
    assert f"Did you mean {rule}?" in ended.err


def test_rules_coverage_finds_nothing_uncited(advisor: Shell) -> None:
    ended = advisor("rules", "coverage")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("0 of ")


def test_rules_coverage_lists_what_is_uncited(advisor: Shell, loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item for item in loaded.rulebook.sources.values() if item.use == "advise"][:3]
    monkeypatch.setattr("advisor.cli.rules.uncited", lambda _: items)
    ended = advisor("rules", "coverage", items[0].id)
    assert ended.status == 1
    assert ended.out.startswith(f"{items[0].id}  [advise] {items[0].says}\n")
    listed = [item for item in items if item.id.startswith(items[0].id)]
    assert ended.out.splitlines()[-1].startswith(f"{len(listed)} of ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("assess", "absent.yaml"), "absent.yaml: The file cannot be read: No such file or directory."),
        (("assess", CASE, "--format", "htlm"), "There is no format htlm. Did you mean html?"),
        (("settle", CASE, "--format", "markdown"), "There is no format markdown. Allowed: text, json."),
        (("questions", "--format", "jsn"), "There is no format jsn. Did you mean json?"),
        (("assess", CASE, "--engine", "chian"), "There is no engine chian. Did you mean chain?"),
        (("why", CASE, "dimension", "--engine", "x"), "There is no engine x."),
        (("why", "absent.yaml", "dimension"), "absent.yaml: The file cannot be read"),
    ],
)
def test_bad_input_exits_with_2_and_writes_nothing_to_standard_output(
    arguments: tuple[str, ...], said: str, advisor: Shell
) -> None:
    ended = advisor(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.endswith("1 problem in the input.\n")
    assert "Traceback" not in ended.err


def test_a_form_is_asked_for_in_one_way(advisor: Shell) -> None:
    """No command has an option of its own for JSON, and each that prints in several forms says which."""
    found = 0
    commands = re.findall(r"^  ([a-z-]+)  ", advisor("--help").out, re.MULTILINE)
    for command in (*commands, "rules prove"):
        said = " ".join(advisor(*command.split(), "--help").out.split())
        assert "--json" not in said
        if "--format" in said:
            assert "--format FORMAT" in said
            found += 1
    assert found == 14


@pytest.mark.parametrize("arguments", [("asses", CASE), ("assess",), ("assess", CASE, "--formt", "json"), ("why", CASE)])
def test_a_command_line_that_is_wrong_exits_with_2(arguments: tuple[str, ...], advisor: Shell) -> None:
    ended = advisor(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err


@pytest.mark.parametrize("arguments", [("--help",), ("assess", "--help"), ("why", "--help"), ("rules", "--help")])
def test_help_is_given(arguments: tuple[str, ...], advisor: Shell) -> None:
    ended = advisor(*arguments)
    assert (ended.status, ended.err) == (0, "")
    assert "Usage: advisor" in ended.out


def test_a_broken_rulebook_is_reported_as_bad_input(advisor: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("advisor.loading.folder_of", lambda name: tmp_path if name == "rules" else folder_of(name))
    ended = advisor("rules", "check")
    assert (ended.status, ended.out) == (2, "")
    assert "sources.yaml: The file cannot be read" in ended.err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from advisor.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, check=False)


def test_a_process_gives_advice_and_exits_with_0() -> None:
    done = run("assess", CASE, "--format", "markdown")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"# Advice: ")


def test_a_process_refuses_bad_input_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("answers: {wanted.aimm: exchange}\n")
    done = run("assess", str(tmp_path / "bad.yaml"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", FORMATS)
def test_any_name_can_be_written_whatever_the_terminal_speaks(form: str, tmp_path: Path) -> None:
    """Redirected output is not UTF-8 everywhere."""
    (tmp_path / "case.yaml").write_text("name: Zoë 中文 \N{GRINNING FACE}\nanswers: {}\n", "utf-8")
    done = run("assess", str(tmp_path / "case.yaml"), "--format", form, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_engine_that_fails_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise EngineError("the worker ended")

    monkeypatch.setattr(importlib.import_module("advisor.cli.app"), "app", fail)
    monkeypatch.setattr("sys.argv", ["advisor", "assess", CASE])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "the worker ended" in capsys.readouterr().err


def test_advice_imports_only_what_it_uses(tmp_path: Path) -> None:
    """A kept program needs no compiler, advice in Markdown no terminal, and marks that show without a solver need none."""
    heavy = {"rich", "pydantic", "clingo", "importlib.metadata", "babel", "ruamel", "advisor.engine.compiler"}
    own = {
        "engine.relevance",
        "io.rulebook_reader",
        "analysis.controls",
        "analysis.encoding",
        "explain.comparison",
        "render.report",
    }
    unused = heavy | {f"advisor.{module}" for module in own}
    command = ["-X", "importtime", "-m", "advisor", "assess", CASE, "--format", "markdown"]
    for options, without in (
        (["--no-marks"], {*unused, "advisor.engine.bit_parallel", "advisor.analysis.consequences"}),
        ([], unused),
    ):
        for _ in range(2):  # what is kept is made at the first start
            kept = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}  # else what runs beside this may clear it
            done = subprocess.run([sys.executable, *command, *options], capture_output=True, text=True, check=True, env=kept)
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "advisor.engine.forward_chaining" in imported
        assert not imported & without


def test_advice_as_json_imports_no_templates(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "advisor", "assess", CASE, "--format", "json"]
    for _ in range(2):
        kept = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=kept)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "advisor.render.documents" in imported
    assert not imported & {"jinja2", "rich", "babel", "advisor.render.template_wording"}
