"""`advisor settle`: what of the advice already stands."""

import typer

from advisor.analysis import reports
from advisor.cli.app import NOT_DECIDED, CasePath, Limit, TextOrJson, app, print_lines, print_text, read, service_with
from advisor.render.answer_lines import AnswerLines


@app.command()
def settle(path: CasePath, limit: Limit = None, form: TextOrJson = "text") -> None:
    """Show which advice already stands, which is open, and how many pieces are out of the question."""
    service = service_with()
    case = read(path, service)
    found = service.settle(case, seconds=limit)
    if form == "json":
        print_text(reports.to_json(reports.settled_report(found)))
    else:
        print_lines(AnswerLines(service.loaded, case).settled(found))
    if found.seconds is not None:
        raise typer.Exit(NOT_DECIDED)
