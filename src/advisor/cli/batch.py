"""`advisor batch`: many cases."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from advisor.cli.app import app, print_text, service_with
from advisor.cli.sweep import Output, write_text
from advisor.io.csv_table import plain
from advisor.io.packages import need_packages
from advisor.model.problems import InputError, Problem
from advisor.model.sentence import sentence
from advisor.render.documents import problem_text

if TYPE_CHECKING:
    from advisor.sweep.batch import BatchResult

SHOWN = 20  # problems that are printed; the rest go to a file
IN_PART = 4  # the exit status where cases, columns or cells were left out
_COLUMNS = ("file", "row", "column", "address", "code", "problem")


@app.command()
def batch(
    path: Annotated[Path, typer.Argument(metavar="CASES", show_default=False)],
    output: Output,
    problems: Annotated[Path | None, typer.Option("--problems", metavar="FILE")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="COLUMN")] = None,
) -> None:
    """Work out many different cases, one a row; what cannot be used is named and left out."""
    need_packages(("numpy", "pyarrow", "openpyxl"), "sweep")
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

        try:
            outcome = service.batch(path, output, told, ignore or ())
        except InputError as error:
            _write(problems, error.problems, phrases)
            raise
    _write(problems, (*outcome.problems, *outcome.left_out), phrases)
    print_text(sentence(say["batch-done"], good=outcome.good, total=outcome.total, output=str(output)) + "\n")
    _tell(outcome, phrases)
    if not outcome.good:
        raise typer.Exit(2)
    if outcome.problems or outcome.left_out:
        raise typer.Exit(IN_PART)


def _tell(outcome: "BatchResult", phrases: Mapping[str, Mapping[str, str]]) -> None:
    """Say on standard error what was wrong, what was left out, and what else there is to say."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
    say = phrases["sweep"]
    for notice in outcome.notices:
        errors.print(problem_text(notice, phrases))
    if outcome.problems:
        errors.print(sentence(say["batch-bad"], bad=outcome.total - outcome.good))
    for found in (outcome.problems, outcome.left_out):
        for problem in found[:SHOWN]:
            errors.print(problem_text(problem, phrases))
        if len(found) > SHOWN:
            errors.print(sentence(say["batch-more"], count=len(found) - SHOWN))


def _write(path: Path | None, problems: Sequence[Problem], phrases: Mapping[str, Mapping[str, str]]) -> None:
    """Write the problems of this run, also where there are none: those of an earlier run do not stay."""
    if path is None:
        return
    rows = [(p.file, p.line or "", p.about, p.pointer, p.code, problem_text(p, phrases)) for p in problems]
    write_text(path, csv_text([_COLUMNS, *([plain(str(cell)) for cell in row] for row in rows)]))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
