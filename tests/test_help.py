"""The help of the command line comes from the words: every command, argument, option and setting has its own, and no other."""

import ast
from collections.abc import Iterator

import click
import pytest
import typer
from typer.testing import CliRunner

from advisor.cli.app import app
from advisor.cli.help import GROUP, key_of
from advisor.cli.main import register
from advisor.io.sentence_reader import SentenceReader
from advisor.web.settings import Settings
from conftest import ROOT

register()
WORDS = SentenceReader(ROOT / "prompts/en").groups("help")


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}".strip())


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", ALL)
def test_help_says_what_a_command_does_and_what_it_takes(path: str) -> None:
    shown = CliRunner().invoke(app, [*path.split(), "--help"])
    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    words = WORDS[GROUP]
    assert " ".join(words[path or "advisor"].split()) in text
    for param in ALL[path].params:
        if "--help" not in param.opts:
            key = key_of(param)
            assert " ".join((words.get(f"{path} {key}".strip()) or words[key]).split()) in text


def test_no_words_of_help_are_left_over() -> None:
    own = {path or "advisor" for path in ALL}
    taken = {(path, key_of(param)) for path, command in ALL.items() for param in command.params}
    own |= {f"{path} {key}" for path, key in taken}
    shared = {key for path, key in taken if f"{path} {key}".strip() not in WORDS[GROUP]} | {
        key for path, key in taken if not path
    }
    assert [key for key in WORDS[GROUP] if key not in own | shared] == []
    assert set(WORDS["settings"]) == {*Settings.model_fields, "heading"}


def test_no_help_stands_in_the_modules() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "src/advisor/cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg in ("help", "short_help", "epilog")
    ]
    assert found == []
