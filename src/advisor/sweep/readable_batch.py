"""A batch for people: the advice on each case in a few cells, as CSV or as a workbook."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from advisor.io.files import write_file
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.model.problems import InputError, Problem
from advisor.render.batch_table import CaseSummary, summary_of, written_csv
from advisor.render.batch_workbook import MOST_CASES, written_workbook
from advisor.sweep.batch import BatchResult, BatchRun, PartFolder, Told, parts_of
from advisor.sweep.runner import unwritable_part

READABLE = (".xlsx", ".csv")
CASES = 200  # in a part


def run_readable(run: BatchRun, output: Path, assess: Callable[[Case], Advice], told: Told) -> BatchResult:
    """Assess each case that is right, and write the file; a run that was stopped goes on.

    Raises `InputError` where the table as a whole is wrong, has too many cases for a workbook, or nothing can be written.
    """
    folder, loaded = parts_of(output), run.loaded
    parts = PartFolder(folder, run.fingerprint(), passing=True)
    cases = _right(run, told)
    for number in range(1 << 30):
        chosen = list(islice(cases, CASES))
        if not chosen:
            break
        if output.suffix.lower() == ".xlsx" and number * CASES + len(chosen) > MOST_CASES:
            raise InputError([Problem(str(output), 0, "too-many-for-a-workbook", found=str(MOST_CASES))])
        parts.make(folder / f"part-{number:06}.json", lambda chosen=chosen: _assessed(chosen, assess, loaded))  # type: ignore[misc]
    result = run.result()
    found = [CaseSummary(**each) for file in sorted(folder.glob("part-*.json")) for each in json.loads(file.read_text("utf-8"))]
    if output.suffix.lower() == ".csv":
        write_file(output, written_csv(found, loaded))
    else:
        write_file(output, written_workbook(found, run.path.name, result.total, _told(result), loaded))
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise unwritable_part(folder, error) from None
    return result


def _told(result: BatchResult) -> dict[str, tuple[Problem, ...]]:
    return {"problem": result.problems, "left-out": result.left_out, "notice": result.notices}


def _right(run: BatchRun, told: Told) -> Iterator[tuple[str, Case]]:
    """The cases that are right, with what each is called in reports."""
    questions, unnamed = run.loaded.rulebook.vocabulary.questions, run.loaded.wording.documents["spreadsheet"]["partner"]
    for checked in run.checked(told):
        for row in np.flatnonzero(checked.right):
            yield checked.batch.labels[row], checked.case(int(row), questions, unnamed)


def _assessed(cases: list[tuple[str, Case]], assess: Callable[[Case], Advice], loaded: Loaded) -> bytes:
    found = [summary_of(label, assess(case), loaded) for label, case in cases]
    return json.dumps([{"cells": each.cells, "details": each.details} for each in found], ensure_ascii=False).encode()
