"""`advisor sensitivity`: what hangs on each answer."""

from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, ScenarioName, Svg, app, read, service_with
from advisor.cli.output import print_report, write_picture
from advisor.render import report


@app.command()
def sensitivity(
    path: CasePath,
    scenario: ScenarioName = "",
    svg: Svg = None,
    full: Annotated[bool, typer.Option("--full")] = False,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Change each answer alone, and every two together: what flips, and how firm each recommendation is."""
    service = service_with(engine)
    found = service.sensitivity(read(path, service, scenario))
    weighed = report.sensitivity(found, service.loaded, service.engine.name)
    write_picture(svg, weighed)
    print_report(weighed, form, full=full)
