"""`advisor whatif`: other answers tried without touching the file."""

from dataclasses import replace
from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, app, in_scenario, read_file, service_with
from advisor.cli.output import print_report
from advisor.io.case_editor import save_scenario
from advisor.io.scenario_reader import read_changes
from advisor.model.sentence import sentence
from advisor.render import report


@app.command()
def whatif(
    path: CasePath,
    changed: Annotated[list[str] | None, typer.Option("--set", metavar="Q=V")] = None,
    add: Annotated[list[str] | None, typer.Option("--add-partner", metavar="NAME")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop-partner", metavar="NAME")] = None,
    on: Annotated[str, typer.Option("--on", metavar="SCENARIO")] = "",
    save: Annotated[str, typer.Option("--save", metavar="NAME")] = "",
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Change answers or partners without touching the file, and see what the advice would be and why."""
    service = service_with(engine)
    words = service.wording.phrases["scenarios"]
    before = in_scenario(read_file(path, service), on, path)
    scenario = read_changes(changed or [], add or [], drop or [], before, service.vocabulary, save or words["what-if"])
    found = report.comparison(service.what_if(before, scenario, on), service.loaded, service.engine.name)
    if save:
        save_scenario(path, replace(scenario, on=on or None), service.vocabulary)
    print_report(found, form)
    if save:
        typer.echo(sentence(words["saved"], name=save, file=str(path)), err=True)
