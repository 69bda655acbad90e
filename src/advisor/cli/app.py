"""The command-line application: what its commands share."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from advisor.advise.builder import Advisor
from advisor.engine import engine
from advisor.loading import load
from advisor.model.problems import InputError, Problem, nearest

_HELP = "Explained advice on strategic partnerships in public child welfare and early childhood."

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, help=_HELP)


@app.callback()
def _every_command() -> None:
    """Keeps commands named, even where only one of them is registered."""


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
    loaded = load()
    return Advisor(loaded, engine(name, loaded.kept), marks=marks)
