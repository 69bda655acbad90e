"""`advisor assess`: the advice on a case."""

from typing import Annotated

import typer

from advisor.cli.app import CasePath, EngineName, Form, app, detail_of, print_text, read, service_with
from advisor.render import documents


@app.command()
def assess(
    path: CasePath,
    form: Form = "text",
    brief: Annotated[bool, typer.Option("--brief")] = False,
    full: Annotated[bool, typer.Option("--full")] = False,
    no_marks: Annotated[bool, typer.Option("--no-marks")] = False,
    engine: EngineName = "chain",
) -> None:
    """Give the advice on a case, with its reasons."""
    service = service_with(engine)
    advice = service.assess(read(path, service), marks=not no_marks)
    detail = detail_of(brief=brief, full=full)
    if form == "json":
        print_text(documents.json(advice))
    elif form == "html":
        print_text(documents.html(advice, service.loaded))
    elif form == "markdown":
        print_text(documents.markdown(advice, service.loaded, detail))
    else:
        from advisor.cli.output import print_markdown

        print_markdown(documents.markdown(advice, service.loaded, detail))
