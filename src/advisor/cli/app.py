"""The command-line application: what its commands share."""

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from advisor.analysis.deadline import NotDecidedError
from advisor.cli.help import WordedTyper
from advisor.engine import engine
from advisor.io.scenario_reader import notices, read_case_file
from advisor.loading import Loaded, load, phrases_for
from advisor.model.case import Case
from advisor.model.names import printable
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.scenario import CaseFile
from advisor.model.sentence import sentence
from advisor.model.wording import DEFAULT_LANGUAGE
from advisor.service import Service

if TYPE_CHECKING:
    from advisor.render.documents import Detail

NOT_DECIDED = 3
FORMATS = ("text", "markdown", "html", "json")

app = WordedTyper(pretty_exceptions_enable=False)


@dataclass(slots=True)
class Chosen:
    """The rules, the words and the language that the command line, or else the environment, names; None for the project's own."""

    rules: Path | None = None
    prompts: Path | None = None
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the rules and the words are; None for the project's own."""

    rules: Path | None = None
    prompts: Path | None = None


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # here, since it takes long to import

        typer.echo(version("partnership-advisor"))
        raise typer.Exit


@app.callback()
def _every_command(
    context: typer.Context,
    rules: Annotated[Path | None, typer.Option("--rules", envvar="ADVISOR_RULES", metavar="FOLDER", is_eager=True)] = None,
    prompts: Annotated[Path | None, typer.Option("--prompts", envvar="ADVISOR_PROMPTS", metavar="FOLDER", is_eager=True)] = None,
    language: Annotated[
        str, typer.Option("--language", envvar="ADVISOR_LANGUAGE", metavar="CODE", is_eager=True)
    ] = DEFAULT_LANGUAGE,
    _: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    chosen = context.ensure_object(Chosen)
    chosen.rules, chosen.prompts, chosen.language = rules, prompts, language


def chosen() -> Chosen:
    """What this run of the command line was told."""
    context = click.get_current_context(silent=True)
    return (context.find_object(Chosen) if context else None) or Chosen()


def detail_of(*, brief: bool, full: bool) -> "Detail":
    """How much is told."""
    return "full" if full else "line" if brief else "paragraph"


def load_chosen() -> Loaded:
    """The rulebook and its words. Raises `InputError` with every problem in them."""
    told = chosen()
    loaded = load(told.rules, told.prompts, language=told.language)
    gc.freeze()  # it stays, and no collection need look through it
    return loaded


def _form(*allowed: str) -> Any:
    """The option `--format` of a command that prints in these forms."""

    def check(name: str) -> str:
        if name not in allowed:
            raise InputError([Problem("", 0, "unknown-format", found=name, allowed=allowed, nearest=nearest(name, allowed))])
        return name

    return typer.Option("--format", metavar="FORMAT", parser=check)


CasePath = Annotated[Path, typer.Argument(metavar="CASE", show_default=False)]
Form = Annotated[str, _form(*FORMATS)]
TextOrJson = Annotated[str, _form("text", "json")]
EngineName = Annotated[str, typer.Option("--engine", metavar="NAME")]
Limit = Annotated[float | None, typer.Option("--limit", metavar="SECONDS", min=0.0)]
ScenarioName = Annotated[str, typer.Option("--scenario", metavar="NAME")]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE")]


def print_text(text: str) -> None:
    """Write to standard output, whatever the terminal's width; what a terminal would obey is shown instead."""
    sys.stdout.write(printable(text))


def phrases(group: str) -> Mapping[str, str]:
    """The sentences of a group, in the language that was chosen; no rulebook is loaded for them."""
    told = chosen()
    return phrases_for(told.language, told.prompts)[group]


def say(group: str, key: str, *, err: bool = False, **values: object) -> None:
    """Write one of them to standard output, or else to standard error."""
    typer.echo(printable(sentence(phrases(group)[key], **values)), err=err)


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        typer.echo(printable(line))


def service_with(name: str = "chain", *, seconds: float | None = None) -> Service:
    """The use cases on the rulebook, with the engine of this name; `seconds` is the most that one question may take."""
    loaded = load_chosen()
    return Service(loaded, engine(name, loaded.cache), seconds=seconds)


@contextmanager
def in_time(service: Service) -> Iterator[None]:
    """End the command, and say why, where a question was not decided in the time allowed."""
    try:
        yield
    except NotDecidedError as error:
        typer.echo(sentence(service.wording.phrases["space"]["out-of-time"], seconds=f"{error.seconds:g}"))
        raise typer.Exit(NOT_DECIDED) from None


def read_file(path: Path, service: Service) -> CaseFile:
    """The case in a file with its scenarios. What an earlier rulebook asked and this one does not is told beside the answer.

    Raises `InputError` with every problem in it.
    """
    from advisor.render.documents import problem_text

    file = read_case_file(path, service.vocabulary)
    for notice in notices(file, str(path)):
        typer.echo(problem_text(notice, service.wording.phrases), err=True)
    return file


def in_scenario(file: CaseFile, name: str, path: Path) -> Case:
    """The case of a file as it stands (""), or in a scenario. Raises `InputError`, with the file, where there is none."""
    try:
        return file.in_scenario(name)
    except InputError as error:
        raise error.at(str(path)) from None


def read(path: Path, service: Service, scenario: str = "") -> Case:
    """The case in a file, as it stands or in a scenario. Raises `InputError` with every problem in it."""
    return in_scenario(read_file(path, service), scenario, path)
