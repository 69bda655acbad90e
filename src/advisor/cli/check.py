"""`advisor check`: whether a case can be advised on, and which of its answers do not fit together."""

import typer

from advisor.cli.app import CasePath, app, print_lines, read, service_with
from advisor.render.answer_lines import AnswerLines, say


@app.command()
def check(path: CasePath) -> None:
    """Report everything wrong with a case file, and answers that do not fit together. Exit status: 1 where there are any."""
    service = service_with()
    case = read(path, service)
    found = service.contradictions(case)
    print_lines(AnswerLines(service.loaded, case).contradictions(found))
    answers = len(case.answers) + sum(len(partner.answers) for partner in case.partners)
    typer.echo(say(service.loaded, "case-checked", answers=answers, partners=len(case.partners), contradictions=len(found)))
    if found:
        raise typer.Exit(1)
