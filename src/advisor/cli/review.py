"""`advisor review`: all words on one page."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import Limit, app, service_with
from advisor.render.template_wording import TemplateWording


@app.command()
def review(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", show_default=False)],
    since: Annotated[str, typer.Option("--since", metavar="VERSION")] = "",
    limit: Limit = 60.0,
) -> None:
    """Write all words on one page, for those who know the language or the field and do not run code."""
    from advisor.review.page import write_review

    service = service_with()
    path = write_review(service, output, since=since, seconds=limit)
    typer.echo(TemplateWording(service.wording, service.wording.documents).word("review.written", file=str(path)))
