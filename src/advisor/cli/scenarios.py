"""`advisor whatif`, `compare`, `sensitivity`, `roadmap` and `picture`: what a planner asks."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from advisor.advise.builder import Advisor
from advisor.analysis.sensitivity import weigh
from advisor.cli.app import CasePath, EngineName, advisor_with, app, one_of, print_text
from advisor.explain.comparison import Comparison, Reading, compare
from advisor.io.scenario_reader import read_case_file, read_changes
from advisor.io.scenario_writer import save_scenario
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.model.problems import InputError, Problem, Problems, nearest
from advisor.model.scenario import CaseFile, Scenario, apply
from advisor.model.sentence import sentence
from advisor.render import documents, pictures, reports

Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, markdown, html or json.")]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write the picture to this file too.")]
Full = Annotated[bool, typer.Option("--full", help="Everything, not only what matters most.")]


@app.command()
def whatif(
    path: CasePath,
    changed: Annotated[
        list[str] | None, typer.Option("--set", metavar="Q=V", help='A changed answer: Q=V, or "Q=V@Partner". May be repeated.')
    ] = None,
    add: Annotated[list[str] | None, typer.Option("--add-partner", metavar="NAME", help="A partner to add.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop-partner", metavar="NAME", help="A partner to leave out.")] = None,
    on: Annotated[str, typer.Option("--on", metavar="SCENARIO", help="A scenario of the file to start from.")] = "",
    save: Annotated[str, typer.Option("--save", metavar="NAME", help="Keep the changes in the case file under this name.")] = "",
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Change answers or partners without touching the file, and see what the advice would be and why."""
    one_of(form, documents.FORMATS, "unknown-format")
    advisor = advisor_with(engine)
    held = read_case_file(path, advisor.rulebook.vocabulary)
    words = advisor.wording.phrases["scenarios"]
    before = held.under(_scenario(on, held, path)) if on else held.case
    scenario = read_changes(changed or [], add or [], drop or [], before, advisor.rulebook.vocabulary, save or words["what-if"])
    readings = _readings(advisor, [(on or words["as-it-stands"], before), (scenario.name, apply(before, scenario))])
    if save:
        kept = Scenario(save, scenario.answers, scenario.partners, scenario.add, scenario.drop, on or None)
        save_scenario(path, kept, advisor.rulebook.vocabulary)
    _print_comparison(compare(readings), advisor, form, pictures.compared(readings, advisor.loaded))
    if save:
        typer.echo(sentence(words["saved"], name=save, file=str(path)), err=True)


@app.command("compare")
def compare_(
    path: CasePath,
    others: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO …]", help="Scenarios of the file (all, if none), or further case files."),
    ] = None,
    svg: Svg = None,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Show scenarios, or several cases, side by side: only what differs, and why."""
    one_of(form, documents.FORMATS, "unknown-format")
    advisor = advisor_with(engine)
    held = read_case_file(path, advisor.rulebook.vocabulary)
    sides = [(advisor.wording.phrases["scenarios"]["as-it-stands"], held.case)]
    wanted = list(others or held.scenarios)
    if not wanted:
        raise InputError([Problem(str(path), 0, "nothing-to-compare")])
    for name in wanted:
        if name in held.scenarios or not Path(name).is_file():
            sides.append((name, held.under(_scenario(name, held, path))))
        else:
            sides.append(("", read_case_file(Path(name), advisor.rulebook.vocabulary).case))
    if any(not label for label, _ in sides):
        sides = [(label if label and place else case.name, case) for place, (label, case) in enumerate(sides)]
    readings = _readings(advisor, sides)
    drawn = pictures.compared(readings, advisor.loaded)
    if svg is not None:
        _write(svg, drawn.svg(advisor.loaded), advisor)
    _print_comparison(compare(readings), advisor, form, drawn)


@app.command()
def sensitivity(
    path: CasePath,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="A scenario of the file instead of the case.")] = "",
    svg: Svg = None,
    full: Full = False,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Change each answer alone, and every two together: what flips, and how firm each recommendation is."""
    one_of(form, documents.FORMATS, "unknown-format")
    advisor = advisor_with(engine)
    case = _case(path, scenario, advisor)
    found = weigh(case, advisor.rulebook.vocabulary, advisor.program(len(case.partners)))
    drawn = pictures.weighed(found, advisor.loaded)
    if svg is not None:
        _write(svg, drawn.svg(advisor.loaded), advisor)
    if form == "json":
        print_text(reports.json("sensitivity", found, advisor.loaded, advisor.engine.name))
        return
    answers, left = reports.turned(found, advisor.rulebook.vocabulary.roles, full=full)
    values = {"found": found, "answers": answers, "left": left, "full": full, "picture": drawn}
    _print("sensitivity", advisor, form, values)


@app.command()
def roadmap(
    path: CasePath,
    goal: Annotated[str, typer.Option("--goal", metavar="GOAL", help="Such as dimension=integration.", show_default=False)],
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="A scenario of the file to start from.")] = "",
    seconds: Annotated[float, typer.Option("--seconds", help="The most time to look for the shortest way.", min=0.1)] = 60.0,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Put the way to a goal in order: scenarios that the advice supports one after the other."""
    from advisor.analysis.roadmap import plan_for  # here, since only this command needs the solver
    from advisor.analysis.solver import NotDecidedError

    one_of(form, documents.FORMATS, "unknown-format")
    advisor = advisor_with(engine)
    case = _case(path, scenario, advisor)
    try:
        found = plan_for(case, goal, advisor, seconds)
    except NotDecidedError as error:
        raise InputError([Problem("--goal", 0, "not-decided", found=f"{error.seconds:g}", about=goal)]) from None
    if form == "json":
        print_text(reports.json("roadmap", found, advisor.loaded, advisor.engine.name))
        return
    _print("roadmap", advisor, form, {"map": found, "told": reports.named(advisor.loaded)})


@app.command()
def picture(
    path: CasePath,
    what: Annotated[str, typer.Option("--what", metavar="WHAT", help="rows, or why.")] = "rows",
    of: Annotated[
        str, typer.Option("--of", metavar="NAME", help="With why: a recommendation, as for advisor why (how close, if none).")
    ] = "",
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="A scenario of the file instead of the case.")] = "",
    svg: Svg = None,
    form: Form = "text",
    engine: EngineName = "chain",
) -> None:
    """Draw the eight rows, or why something is recommended; the same data is printed as a table."""
    one_of(form, documents.FORMATS, "unknown-format")
    one_of(what, ("rows", "why"), "unknown-picture")
    advisor = advisor_with(engine)
    advice = advisor.assess(_case(path, scenario, advisor))
    if what == "rows":
        drawn = pictures.rows(advice, advisor.loaded)
    else:
        from advisor.explain.why import named, tree
        from advisor.render.why_picture import why

        ref = named(advice, of or _first(advice, advisor), advisor.rulebook.vocabulary)[0]
        drawn = why(tree(advice, ref, advisor.loaded), advisor.loaded)
    if svg is not None:
        _write(svg, drawn.svg(advisor.loaded), advisor)
    if form == "json":
        print_text(drawn.json())
        return
    _print("picture", advisor, form, {"picture": drawn})


def _first(advice: Advice, advisor: Advisor) -> str:
    """What a picture is of where nothing is named: how close, or the decision where it comes to nothing."""
    roles = advisor.rulebook.vocabulary.roles
    return roles.recommended if advice.dimension.recommended else roles.proceed


def _case(path: Path, scenario: str, advisor: Advisor) -> Case:
    held = read_case_file(path, advisor.rulebook.vocabulary)
    return held.under(_scenario(scenario, held, path)) if scenario else held.case


def _scenario(name: str, held: CaseFile, path: Path) -> str:
    if name not in held.scenarios:
        allowed = tuple(held.scenarios)
        raise InputError([Problem(str(path), 0, "no-such-scenario", found=name, allowed=allowed, nearest=nearest(name, allowed))])
    return name


def _readings(advisor: Advisor, sides: list[tuple[str, Case]]) -> list[Reading]:
    return [Reading(label, advisor.infer(case), advisor.assess(case)) for label, case in sides]


def _print_comparison(comparison: Comparison, advisor: Advisor, form: str, drawn: pictures.Picture) -> None:
    if form == "json":
        print_text(reports.json("comparison", comparison, advisor.loaded, advisor.engine.name))
        return
    told = reports.Told(comparison, advisor.loaded)
    _print("comparison", advisor, form, {"comparison": comparison, "told": told, "picture": drawn})


def _print(name: str, advisor: Advisor, form: str, values: dict[str, object]) -> None:
    if form == "html":
        drawn = values.get("picture")
        svg = drawn.svg(advisor.loaded) if isinstance(drawn, pictures.Picture) else ""
        print_text(reports.html(name, advisor.loaded, svg=svg, **values))
        return
    text = reports.markdown(name, advisor.loaded, **values)
    if form == "markdown":
        print_text(text)
    else:
        from advisor.cli.terminal import show

        show(text, Console(file=sys.stdout, highlight=False))


def _write(path: Path, text: str, advisor: Advisor) -> None:
    """Write a picture whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    problems = Problems(str(path))
    try:
        draft.write_text(text, "utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        problems.add("unwritable-file", about=path.name, found=error.strerror or type(error).__name__)
        raise InputError(problems.found) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    typer.echo(sentence(advisor.wording.phrases["scenarios"]["picture-saved"], file=str(path)), err=True)
