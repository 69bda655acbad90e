"""`advisor consult`: what several respondents answered about one case, put together."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import NOT_DECIDED, Form, Limit, app, service_with
from advisor.cli.help import WordedTyper
from advisor.cli.output import print_report
from advisor.io.view_reader import read_view
from advisor.model.consultation import AUDIENCES, Audience, View
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.vocabulary import Vocabulary
from advisor.render import report

consult = WordedTyper()
app.add_typer(consult, name="consult")


@consult.command()
def merge(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE …", show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME")] = "",
    audience: Annotated[str, typer.Option("--for", metavar="AUDIENCE")] = "everybody",
    full: Annotated[bool, typer.Option("--full")] = False,
    limit: Limit = None,
    form: Form = "text",
) -> None:
    """Show what stands whoever is right, which disagreement to resolve first, and who answered what."""
    service = service_with()
    seen_by = read_audience(audience)
    views = read_views(paths, service.vocabulary)
    found = service.consult(views, name=name, audience=seen_by, seconds=limit)
    print_report(report.consultation(found, service.loaded, service.engine.name), form, full=full)
    if found.not_decided or found.disagreements is None:
        raise typer.Exit(NOT_DECIDED)


def read_audience(text: str) -> Audience:
    """Who is to read it. Raises `InputError` for anybody else."""
    known = next((each for each in AUDIENCES if each == text), None)
    if known is None:
        problem = Problem("", 0, "unknown-value", "--for", text, AUDIENCES, nearest(text, AUDIENCES))
        raise InputError([problem])
    return known


def read_views(paths: list[Path], vocabulary: Vocabulary) -> list[View]:
    """The views in files. Raises `InputError` with every problem of all of them."""
    views, problems = [], list[Problem]()
    for path in paths:
        try:
            views.append(read_view(path, vocabulary))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return views
