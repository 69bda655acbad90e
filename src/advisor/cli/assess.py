"""`advisor assess`: the advice on a case."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from advisor.cli.app import CasePath, EngineName, advisor_with, app, one_of, print_text
from advisor.io.case_reader import read_case
from advisor.render import documents


@app.command()
def assess(
    path: CasePath,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, markdown, html or json.")] = "text",
    full: Annotated[bool, typer.Option("--full", help="Everything, with each reason's rule and sources.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Do not work out which advice is settled already.")] = False,
    engine: EngineName = "chain",
) -> None:
    """Give the advice on a case, with its reasons."""
    one_of(form, documents.FORMATS, "unknown-format")
    advisor = advisor_with(engine, marks=not quick)
    advice = advisor.assess(read_case(path, advisor.rulebook.vocabulary))
    if form == "json":
        print_text(documents.json(advice))
    elif form == "html":
        print_text(documents.html(advice, advisor.loaded))
    elif form == "markdown":
        print_text(documents.markdown(advice, advisor.loaded, full=full))
    else:
        from advisor.cli.terminal import show

        show(documents.markdown(advice, advisor.loaded, full=full), Console(file=sys.stdout, highlight=False, emoji=False))
