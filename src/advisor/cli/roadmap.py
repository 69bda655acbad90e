"""`advisor roadmap`: the way to a goal, in order."""

from typing import Annotated

import typer

from advisor.analysis.deadline import NotDecidedError
from advisor.cli.app import CasePath, EngineName, Form, ScenarioName, Svg, app, read, service_with
from advisor.cli.output import print_report, write_picture
from advisor.model.problems import InputError, Problem
from advisor.render import report


@app.command()
def roadmap(
    path: CasePath,
    goal: Annotated[str, typer.Option("--goal", metavar="GOAL", show_default=False)],
    scenario: ScenarioName = "",
    svg: Svg = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1)] = 60.0,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Put the way to a goal in order: scenarios that the advice supports one after the other."""
    service = service_with(engine)
    case = read(path, service, scenario)
    try:
        found = service.roadmap(case, goal, seconds=seconds)
    except InputError as error:
        raise error.at("--goal") from None
    except NotDecidedError as error:
        raise InputError([Problem("--goal", 0, "not-decided", found=f"{error.seconds:g}", about=goal)]) from None
    made = report.roadmap(found, service.loaded, service.engine.name)
    write_picture(svg, made)
    print_report(made, form)
