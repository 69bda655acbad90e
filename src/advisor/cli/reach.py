"""`advisor reach`: the smallest changes that reach a goal."""

from typing import Annotated

import typer

from advisor.analysis import reports
from advisor.cli.app import CasePath, Limit, TextOrJson, app, in_time, print_lines, print_text, read, service_with
from advisor.render.answer_lines import AnswerLines


@app.command()
def reach(
    path: CasePath,
    goal: Annotated[list[str], typer.Option("--goal")],
    keep: Annotated[list[str] | None, typer.Option("--keep")] = None,
    limit: Limit = None,
    form: TextOrJson = "text",
) -> None:
    """Show all the smallest changes of answers that reach a goal, or what blocks it."""
    service = service_with()
    case = read(path, service)
    with in_time(service):
        found = service.reach(case, goal, keep or (), seconds=limit)
    if form == "json":
        print_text(reports.to_json(reports.reach_report(found, goal, case)))
    else:
        print_lines(AnswerLines(service.loaded, case).reach(found))
