"""What somebody put into a case never steers a terminal, and a path that is no text ends no command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.io.case_reader import parse_case
from advisor.loading import Loaded
from advisor.model.names import composed
from advisor.model.problems import InputError
from conftest import ROOT

ESCAPE = "\x1b"
HOSTILE = f"Red{ESCAPE}[31m{ESCAPE}]0;owned\x07 house\x9b2J"
QUOTED = HOSTILE.replace(ESCAPE, "\\e").replace("\x07", "\\a").replace("\x9b", "\\x9b")
YAML = f"""
name: "{QUOTED}"
words: {{agency: "{QUOTED}", proposal: "{QUOTED}"}}
answers: {{proposal.ask: [start], wanted.aim: common-outcomes}}
notes: {{wanted.aim: "{QUOTED}"}}
partners: [{{name: "{QUOTED}", answers: {{partner.trust: low}}}}]
scenarios: {{"{QUOTED}": {{answers: {{wanted.aim: exchange}}}}}}
"""


def advisor(*arguments: str | bytes, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "FORCE_COLOR": "", "PYTHONIOENCODING": ""}
    command = [sys.executable, "-m", "advisor", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)


def steers(printed: bytes) -> bool:
    text = printed.decode()
    return any(c in text for c in (ESCAPE, "\x07", "\x9b"))


@pytest.mark.parametrize("command", [("assess", "--no-marks"), ("compare",), ("check",)])
def test_no_name_and_no_note_reaches_a_terminal_with_its_escapes(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(YAML, "utf-8")
    done = advisor(command[0], "case.yaml", *command[1:], cwd=tmp_path)
    assert not steers(done.stdout + done.stderr)
    assert b"[31m" in done.stdout + done.stderr or command[0] == "check"


def test_a_file_whose_name_holds_escapes_is_named_without_them(tmp_path: Path) -> None:
    (tmp_path / f"a{ESCAPE}[31m.yaml").write_text("answers: {wanted.aim: exchange}\n", "utf-8")
    (tmp_path / f"b{ESCAPE}[31m.yaml").write_text("answers: {wanted.aim: nonsense}\n", "utf-8")
    for name, status in (("a", 0), ("b", 2)):
        done = advisor("assess", f"{name}{ESCAPE}[31m.yaml", "--no-marks", cwd=tmp_path)
        assert (done.returncode, steers(done.stdout + done.stderr)) == (status, False)


def test_a_path_that_is_no_text_is_a_path_like_any_other(tmp_path: Path) -> None:
    done = advisor("assess", b"caf\xe9.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"caf\\udce9.yaml: ")
    assert b"Traceback" not in done.stderr


def test_json_and_yaml_show_a_control_character_alike(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    said = {"name": HOSTILE, "partners": [{"name": HOSTILE}]}
    case = parse_case(json.dumps(said).encode(), vocabulary, as_json=True)
    assert case == parse_case(f'{{name: "{QUOTED}", partners: [{{name: "{QUOTED}"}}]}}'.encode(), vocabulary)
    assert case.partners[0].name == composed(HOSTILE)
    kept = json.dumps({"words": {"purpose": 'two\\u001b \\\\b "lines"\nand\ttabs'}})
    assert parse_case(kept.encode(), vocabulary, as_json=True).words["purpose"] == 'two\\u001b \\\\b "lines" and tabs'


def test_composed_and_decomposed_names_are_one(loaded: Loaded) -> None:
    composed_, decomposed = "Café", "Cafe\u0301"
    vocabulary = loaded.rulebook.vocabulary
    assert parse_case(f"name: {decomposed}".encode(), vocabulary).name == composed_
    with pytest.raises(InputError) as raised:
        parse_case(f"partners: [{{name: {composed_}}}, {{name: {decomposed}}}]".encode(), vocabulary)
    assert [problem.code for problem in raised.value.problems] == ["duplicate-partner"]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("[none, none]", ["option-twice"]),
        ("[that-is-all, that-is-all]", ["option-twice", "that-is-all-alone"]),
        ("[none, waiting, none]", ["option-twice", "none-with-others"]),
    ],
)
def test_a_value_chosen_twice_is_told_once(given: str, codes: list[str], loaded: Loaded) -> None:
    with pytest.raises(InputError) as raised:
        parse_case(f"answers: {{wanted.obstacle: {given}}}".encode(), loaded.rulebook.vocabulary)
    assert [problem.code for problem in raised.value.problems] == codes
