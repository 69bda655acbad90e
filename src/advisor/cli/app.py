"""The command-line application: what its commands share, and how it ends."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from advisor.assessment import Advisor
from advisor.engines import NAMES, engine
from advisor.loading import folder_of, load
from advisor.problems import InputError, Problem, nearest
from advisor.rendering import problem_text, sentence
from advisor.wording_reader import read_phrases

_HELP = "Explained advice on strategic partnerships in public child welfare and early childhood."
BAD_INPUT = 2

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, help=_HELP)

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A case file (YAML or JSON).", show_default=False)]
EngineName = Annotated[str, typer.Option("--engine", metavar="NAME", help="chain (the default) or durable.")]


def main() -> None:
    """Run the command line. Exit status: 0 advice given, 2 bad input, 1 anything unforeseen."""
    from advisor.cli import assess, rules, why  # noqa: F401

    try:
        app()
    except InputError as error:
        report(error)
        sys.exit(BAD_INPUT)


def report(error: InputError) -> None:
    """Print every problem of an input to standard error."""
    phrases = read_phrases(folder_of("prompts") / "en")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in error.problems:
        console.print(problem_text(problem, phrases), markup=False)
    console.print(sentence(phrases["problems"]["report"], count=len(error.problems)), markup=False)


def print_text(text: str) -> None:
    """Write to standard output as it is, whatever the terminal's width."""
    sys.stdout.write(text)


def one_of(name: str, allowed: tuple[str, ...], code: str) -> str:
    """The name, if it is allowed. Raises `InputError` with the nearest one otherwise."""
    if name not in allowed:
        raise InputError([Problem("", 0, code, found=name, allowed=allowed, nearest=nearest(name, allowed))])
    return name


def advisor_with(name: str) -> Advisor:
    """The advisor on the project's rulebook with the engine of this name."""
    one_of(name, NAMES, "unknown-engine")
    loaded = load()
    return Advisor(loaded, engine(name, loaded.kept))
