"""`advisor document`: a document on a case, as a file."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, ScenarioName, app, detail_of, read, service_with
from advisor.documents.catalog import FORMS, KINDS, MAX_TEMPLATE, check
from advisor.documents.request import DocumentRequest
from advisor.io.files import read_file, write_file
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.references import Setting
from advisor.model.sentence import sentence

FALLBACK = "markdown"


@app.command()
def document(
    path: CasePath,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND")] = "memo",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")] = None,
    day: Annotated[str, typer.Option("--date", metavar="DAY")] = "",
    to: Annotated[str, typer.Option("--to", metavar="NAME")] = "",
    sender: Annotated[str, typer.Option("--from", metavar="NAME")] = "",
    due: Annotated[list[str] | None, typer.Option("--due", metavar="DAY")] = None,
    instrument: Annotated[str, typer.Option("--instrument", metavar="NAME")] = "",
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE")] = None,
    brief: Annotated[bool, typer.Option("--brief")] = False,
    full: Annotated[bool, typer.Option("--full")] = False,
    scenario: ScenarioName = "",
    engine: EngineName = "chain",
) -> None:
    """Write a document on a case."""
    problems = Problems("")
    on, days = read_day(day, "--date", problems), read_due(due or [], problems)
    problems.raise_if_any()
    filled = read_file(template, MAX_TEMPLATE) if template else None
    wanted = DocumentRequest(
        kind,
        form or _form_of(kind, output),
        scenario,
        to,
        sender,
        on,
        days,
        instrument,
        filled,
        str(template or ""),
        detail_of(brief=brief, full=full),
    )
    check(wanted)
    if output is None and wanted.form not in ("html", "markdown") and sys.stdout.isatty():
        raise InputError([Problem("", 0, "output-needed", found=wanted.form)])
    service = service_with(engine)
    case = read(path, service, scenario)
    made = service.document(service.assess(case, marks=True), case, wanted)
    if output is None:
        sys.stdout.buffer.write(made)
        return
    write_file(output, made)
    typer.echo(sentence(service.wording.phrases["scenarios"]["document-saved"], file=str(output)), err=True)


def read_day(text: str, about: str, problems: Problems) -> date | None:
    """A day as 2027-01-31; None for "". What it is not is noted."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.add("not-a-day", about=about, found=text)
        return None


def read_due(texts: Sequence[str], problems: Problems) -> dict[str, date]:
    """Days by when something is done, each as `before-signing=2027-01-31`."""
    found = {}
    for text in texts:
        setting = Setting.parse(text)
        if setting is None or setting.question.partner or not setting.answer:
            problems.add("due-expected", found=text)
        elif (day := read_day(setting.answer, setting.question.question, problems)) is not None:
            found[setting.question.question] = day
    return found


def _form_of(kind: str, output: Path | None) -> str:
    """The form that a file's ending says; without a file the one that is printed."""
    ending = output.suffix.lower().lstrip(".") if output else ""
    forms = KINDS.get(kind, ())
    named = next((name for name, form in FORMS.items() if form.ending == ending), ending)
    return named or (FALLBACK if FALLBACK in forms else next(iter(forms), FALLBACK))
