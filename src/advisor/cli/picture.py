"""`advisor picture`: the advice drawn."""

from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, ScenarioName, Svg, app, read, service_with
from advisor.cli.output import print_report, write_picture
from advisor.render import report


@app.command()
def picture(
    path: CasePath,
    what: Annotated[str, typer.Option("--what", metavar="WHAT")] = "rows",
    of: Annotated[str, typer.Option("--of", metavar="NAME")] = "",
    scenario: ScenarioName = "",
    svg: Svg = None,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Draw the advice: one picture, and the same data as a table."""
    service = service_with(engine)
    drawn = service.picture(read(path, service, scenario), what, of)
    found = report.picture(drawn, service.loaded, service.engine.name)
    write_picture(svg, found)
    print_report(found, form)
