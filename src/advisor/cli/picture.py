"""`advisor picture`: the advice drawn."""

from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, ScenarioName, Svg, app, print_text, read, service_with
from advisor.cli.output import print_report, write_picture


@app.command()
def picture(
    path: CasePath,
    what: Annotated[str, typer.Option("--what", metavar="WHAT", help="rows, or why.")] = "rows",
    of: Annotated[
        str, typer.Option("--of", metavar="NAME", help="With why: a recommendation, as for advisor why.")
    ] = "dimension",
    scenario: ScenarioName = "",
    svg: Svg = None,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Draw the eight rows, or why something is recommended; the same data is printed as a table."""
    service = service_with(engine)
    drawn = service.picture(read(path, service, scenario), what, of)
    write_picture(svg, drawn, service.loaded)
    if form == "json":
        print_text(drawn.json())
        return
    print_report("picture", service, form, {"picture": drawn})
