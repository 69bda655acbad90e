"""The command-line application: what its commands share."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click
import typer

from advisor.analysis.deadline import NotDecidedError
from advisor.engine import engine
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded, load
from advisor.model.case import Case
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.scenario import CaseFile
from advisor.model.sentence import sentence
from advisor.service import Service

NOT_DECIDED = 3
FORMATS = ("text", "markdown", "html", "json")
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


def _form(*allowed: str) -> Any:
    """The option `--format` of a command that prints in these forms."""

    def check(name: str) -> str:
        if name not in allowed:
            raise InputError([Problem("", 0, "unknown-format", found=name, allowed=allowed, nearest=nearest(name, allowed))])
        return name

    said = f"{', '.join(allowed[:-1])} or {allowed[-1]}."
    return typer.Option("--format", metavar="FORMAT", parser=check, help=said)


CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A case file (YAML or JSON).", show_default=False)]
Form = Annotated[str, _form(*FORMATS)]
TextOrJson = Annotated[str, _form("text", "json")]
EngineName = Annotated[str, typer.Option("--engine", metavar="NAME", help="chain (the default) or durable.")]
Limit = Annotated[float | None, typer.Option("--limit", metavar="SECONDS", help="The time allowed to the solver.", min=0.0)]
ScenarioName = Annotated[
    str, typer.Option("--scenario", metavar="NAME", help="A scenario of the file instead of the case as it stands.")
]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the picture to this file too.")]


def print_text(text: str) -> None:
    """Write to standard output as it is, whatever the terminal's width."""
    sys.stdout.write(text)


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        typer.echo(line)


def service_with(name: str = "chain") -> Service:
    """The use cases on the rulebook, with the engine of this name."""
    loaded = load_rulebook()
    return Service(loaded, engine(name, loaded.kept))


@contextmanager
def in_time(service: Service) -> Iterator[None]:
    """End the command, and say why, where a question was not decided in the time allowed."""
    try:
        yield
    except NotDecidedError as error:
        typer.echo(sentence(service.wording.phrases["space"]["out-of-time"], seconds=f"{error.seconds:g}"))
        raise typer.Exit(NOT_DECIDED) from None


def in_scenario(file: CaseFile, name: str, path: Path) -> Case:
    """The case of a file as it stands (""), or in a scenario. Raises `InputError`, with the file, where there is none."""
    try:
        return file.in_scenario(name)
    except InputError as error:
        raise error.at(str(path)) from None


def read(path: Path, service: Service, scenario: str = "") -> Case:
    """The case in a file, as it stands or in a scenario. Raises `InputError` with every problem in it."""
    return in_scenario(read_case_file(path, service.vocabulary), scenario, path)
