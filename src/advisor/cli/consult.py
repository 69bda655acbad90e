"""`advisor consult`: what several respondents answered about one case, put together."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import NOT_DECIDED, CasePath, Form, Limit, app, read, service_with
from advisor.cli.help import WordedTyper
from advisor.cli.output import print_report
from advisor.io.files import write_file
from advisor.io.packages import need_packages
from advisor.io.view_reader import read_audience, read_view
from advisor.io.view_sheet import SHEETS
from advisor.model.consultation import RespondentView
from advisor.model.problems import InputError, Problem, nearest
from advisor.render import report
from advisor.render.template_wording import TemplateWording
from advisor.service import Service

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
    seen_by = read_audience(audience, "--for")
    views = read_views(paths, service)
    found = service.consult(views, name=name, audience=seen_by, seconds=limit)
    print_report(report.consultation(found, service.loaded, service.engine.name), form, full=full)
    if found.not_decided or found.disagreements is None:
        raise typer.Exit(NOT_DECIDED)


@consult.command()
def sheet(
    path: CasePath,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", show_default=False)],
    section: Annotated[list[str] | None, typer.Option("--section", metavar="NAME")] = None,
    everything: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Write a form that a respondent types into: the questions on a case, without its answers."""
    from advisor.render.view_form import form_rows, write_csv, write_workbook

    service = service_with()
    case = read(path, service)
    partners = [partner.name for partner in case.partners]
    chosen = section or ([""] if everything else [])
    questions = [question for name in chosen for question in service.questions(name)] or service.questions(essential=True)
    rows = form_rows(questions, partners, service.loaded)
    if output.suffix.lower() == ".csv":
        made = write_csv(rows, service.loaded)
    elif output.suffix.lower() == ".xlsx":
        need_packages(("openpyxl",), "documents")
        made = write_workbook(rows, case.name, service.loaded)
    else:
        problem = Problem(
            str(output), 0, "unknown-table", found=output.suffix, allowed=SHEETS, nearest=nearest(output.suffix, SHEETS)
        )
        raise InputError([problem])
    write_file(output, made)
    say = TemplateWording(service.wording, service.wording.documents)
    typer.echo(say.word("consultation.sheet-written", file=str(output), number=len(questions)), err=True)


def read_views(paths: list[Path], service: Service) -> list[RespondentView]:
    """The views in files. Raises `InputError` with every problem of all of them."""
    views, problems = [], list[Problem]()
    for path in paths:
        try:
            views.append(read_view(path, service.vocabulary, service.wording))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return views
