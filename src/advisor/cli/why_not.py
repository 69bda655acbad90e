"""`advisor why-not`: what kept a recommendation from being given."""

from typing import Annotated

import typer

from advisor.analysis import reports
from advisor.cli.app import CasePath, TextOrJson, app, print_lines, print_text, read, service_with
from advisor.render.answer_lines import AnswerLines


@app.command(name="why-not")
def why_not(
    path: CasePath,
    goal: Annotated[str, typer.Argument()],
    most: Annotated[int, typer.Option("--most", min=1)] = 5,
    form: TextOrJson = "text",
) -> None:
    """Show the rules that could have given a recommendation, nearest first, and what kept them from it."""
    service = service_with()
    case = read(path, service)
    found = service.why_not(case, goal)
    if form == "json":
        print_text(reports.to_json(reports.why_not_reports(found, case, most)))
    else:
        print_lines(AnswerLines(service.loaded, case).why_not(found, most))
