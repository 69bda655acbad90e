"""The command-line application: what its commands share."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click
import typer

from advisor.advise.builder import Advisor
from advisor.engine import NAMES, engine
from advisor.loading import Loaded, load
from advisor.model.problems import InputError, Problem, nearest

_HELP = "Explained advice on strategic partnerships in public child welfare and early childhood."

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, help=_HELP)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the rules and the words are; None for the project's own."""

    rules: Path | None = None
    prompts: Path | None = None


@app.callback()
def _every_command(
    context: typer.Context,
    rules: Annotated[
        Path | None, typer.Option("--rules", envvar="ADVISOR_RULES", metavar="FOLDER", help="Rules instead of the project's own.")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option("--prompts", envvar="ADVISOR_PROMPTS", metavar="FOLDER", help="Words for these rules.")
    ] = None,
) -> None:
    context.obj = Folders(rules, prompts)


def folders() -> Folders:
    """The folders that the command line, or else the environment, names."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Folders) if context else None
    return found or Folders()


def load_rulebook() -> Loaded:
    """The rulebook and its words in these folders. Raises `InputError` with every problem in them."""
    given = folders()
    return load(given.rules, given.prompts)


CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A case file (YAML or JSON).", show_default=False)]
EngineName = Annotated[str, typer.Option("--engine", metavar="NAME", help="chain (the default) or durable.")]


def print_text(text: str) -> None:
    """Write to standard output as it is, whatever the terminal's width."""
    sys.stdout.write(text)


def one_of(name: str, allowed: tuple[str, ...], code: str) -> str:
    """The name, if it is allowed. Raises `InputError` with the nearest one otherwise."""
    if name not in allowed:
        raise InputError([Problem("", 0, code, found=name, allowed=allowed, nearest=nearest(name, allowed))])
    return name


def advisor_with(name: str, *, marks: bool = False) -> Advisor:
    """The advisor on the project's rulebook with the engine of this name."""
    one_of(name, NAMES, "unknown-engine")
    loaded = load_rulebook()
    return Advisor(loaded, engine(name, loaded.kept), marks=marks)
