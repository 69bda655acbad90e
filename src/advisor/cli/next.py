"""`advisor next`: the question that is worth most."""

from advisor.analysis import reports
from advisor.cli.app import CasePath, Limit, TextOrJson, app, in_time, print_lines, print_text, read, service_with
from advisor.render.answer_lines import AnswerLines


@app.command(name="next")
def next_question(path: CasePath, limit: Limit = None, form: TextOrJson = "text") -> None:
    """Show the open question that is worth most, and what its answer can still turn."""
    service = service_with()
    case = read(path, service)
    with in_time(service):
        found = service.next_question(case, seconds=limit)
    if form == "json":
        print_text(reports.to_json(reports.next_report(found, case)))
    else:
        print_lines(AnswerLines(service.loaded, case).next_question(found))
