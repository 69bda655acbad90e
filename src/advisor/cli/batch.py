"""`advisor batch`: many cases."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from advisor.cli.app import app, print_text, service_with
from advisor.cli.sweep import Output, write_text
from advisor.io.packages import need_packages
from advisor.model.sentence import sentence
from advisor.render.documents import problem_text

SHOWN = 20  # problems that are printed; the rest go to a file


@app.command()
def batch(
    path: Annotated[Path, typer.Argument(metavar="CASES", show_default=False)],
    output: Output,
    problems: Annotated[Path | None, typer.Option("--problems", metavar="FILE")] = None,
) -> None:
    """Work out many different cases, one a row; bad rows are reported and left out."""
    need_packages(("numpy", "pyarrow", *(("openpyxl",) if path.suffix.lower() == ".xlsx" else ())), "sweep")
    service = service_with()
    phrases = service.wording.phrases
    say = phrases["sweep"]
    with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(sentence(say["batch-running"], size=0), total=None)
        done = 0

        def told(rows: int) -> None:
            nonlocal done
            done += rows
            bar.update(task, description=sentence(say["batch-running"], size=f"{done:,}"))

        outcome = service.batch(path, output, told)
    print_text(sentence(say["batch-done"], good=outcome.good, total=outcome.total, output=str(output)) + "\n")
    if problems is not None:
        rows = [(p.file, p.line, p.about, p.code, problem_text(p, phrases)) for p in outcome.problems]
        write_text(problems, csv_text([("file", "row", "column", "code", "problem"), *rows]))
    if outcome.problems:
        errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        errors.print(sentence(say["batch-bad"], bad=outcome.total - outcome.good))
        for problem in outcome.problems[:SHOWN]:
            errors.print(problem_text(problem, phrases))
        if len(outcome.problems) > SHOWN:
            errors.print(sentence(say["batch-more"], count=len(outcome.problems) - SHOWN))
    if not outcome.good:
        raise typer.Exit(2)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
