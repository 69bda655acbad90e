"""`advisor sweep`: many scenarios of one case."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from advisor.cli.app import app, load_chosen
from advisor.io.files import unwritable, write_file
from advisor.io.packages import need_packages
from advisor.loading import Loaded
from advisor.model.sentence import sentence

if TYPE_CHECKING:
    from advisor.sweep.runner import Makers, Report

Output = Annotated[Path, typer.Option("-o", "--output", show_default=False)]
Scheduler = Annotated[str, typer.Option("--scheduler", metavar="ADDRESS")]
Workers = Annotated[int, typer.Option("--workers", min=0)]


@app.command()
def sweep(
    path: Annotated[Path, typer.Argument(metavar="SPEC", show_default=False)],
    output: Output,
    scheduler: Scheduler = "",
    workers: Workers = 0,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE")] = None,
    maps: Annotated[Path | None, typer.Option("--maps", metavar="FOLDER")] = None,
) -> None:
    """Work out every scenario of a sweep file, a row each; the same command goes on where a killed run stopped."""
    need_packages(("numpy", "pyarrow"), "sweep")
    from advisor.sweep.plan import plan_of
    from advisor.sweep.report import charts, html, markdown
    from advisor.sweep.runner import run
    from advisor.sweep.spec import read_spec
    from advisor.sweep.summary import summarize

    loaded = load_chosen()
    spec = read_spec(path, loaded.rulebook.vocabulary)
    plan = plan_of(spec, loaded.rulebook, loaded.program)
    with makers(scheduler, workers, output) as made, progress(plan.design.chunks, plan.size or 0, loaded) as told:
        tally = run(plan, output, made, told)
    summary = summarize(plan, tally, spec.summary)
    drawn = charts(plan, summary, output, spec, loaded)
    from advisor.render.terminal import show

    show(markdown(plan, summary, drawn, loaded), Console(file=sys.stdout, highlight=False))
    if report is not None:
        write_text(report, html(plan, summary, drawn, loaded))
    for name, svg in drawn.files() if maps is not None else ():
        assert maps is not None
        write_text(maps / name, svg)


@contextmanager
def makers(scheduler: str, workers: int, output: Path) -> "Iterator[Makers]":
    """Where parts are made: on a cluster, or on this machine's cores."""
    if not scheduler:
        from advisor.sweep.runner import on_cores

        yield on_cores(workers or os.cpu_count() or 1, output)
        return
    need_packages(("distributed",), "cluster")
    from advisor.sweep.cluster import on_cluster

    cluster = on_cluster(scheduler)
    try:
        yield cluster
    finally:
        cluster.close()


@contextmanager
def progress(parts: int, size: int, loaded: Loaded) -> "Iterator[Report]":
    """A bar on standard error, with an estimate of the time that is left."""
    say = loaded.wording.phrases["sweep"]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(sentence(say["running"], size=f"{size:,}" if size else ""), total=parts)

        yield lambda _tally: bar.advance(task)


def write_text(path: Path, text: str) -> None:
    """Write a file, with its folder. Raises `InputError` where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    write_file(path, text.encode())
