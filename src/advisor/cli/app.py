"""The command-line application: its commands, and how it ends."""

import sys

import typer
from rich.console import Console

from advisor.loading import folder_of
from advisor.problems import InputError
from advisor.rendering import problem_text, sentence
from advisor.wording import read_phrases

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
BAD_INPUT = 2


def main() -> None:
    """Run the command line. Exit status: 0 done, 2 bad input, 1 anything unforeseen."""
    from advisor.cli import rules  # noqa: F401

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


