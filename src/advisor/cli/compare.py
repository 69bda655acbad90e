"""`advisor compare`: scenarios or cases side by side."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, Svg, app, in_scenario, read_file, service_with
from advisor.cli.output import print_report, write_picture
from advisor.model.problems import InputError, Problem
from advisor.render import report


@app.command()
def compare(
    path: CasePath,
    others: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO …]"),
    ] = None,
    svg: Svg = None,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Show scenarios, or several cases, side by side: only what differs, and why."""
    service = service_with(engine)
    held = read_file(path, service)
    sides = [(service.wording.phrases["scenarios"]["as-it-stands"], held.case)]
    wanted = list(others or held.scenarios)
    if not wanted:
        raise InputError([Problem(str(path), 0, "nothing-to-compare")])
    for name in wanted:
        if name in held.scenarios or not Path(name).is_file():
            sides.append((name, in_scenario(held, name, path)))
        else:
            sides.append(("", read_file(Path(name), service).case))
    if any(not label for label, _ in sides):
        sides = [(label if label and place else case.name, case) for place, (label, case) in enumerate(sides)]
    found = report.comparison(service.readings(sides), service.loaded, service.engine.name)
    write_picture(svg, found)
    print_report(found, form)
