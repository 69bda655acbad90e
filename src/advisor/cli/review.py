"""`advisor review`: all words on one page."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import Limit, app, service_with
from advisor.io.packages import installed
from advisor.loading import Loaded
from advisor.render.template_wording import TemplateWording
from advisor.review.screens import PACKAGES, Screen


@app.command()
def review(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", show_default=False)],
    since: Annotated[str, typer.Option("--since", metavar="VERSION")] = "",
    pages: Annotated[bool, typer.Option("--pages/--no-pages", show_default=False)] = True,
    limit: Limit = 60.0,
) -> None:
    """Write all words on one page, for those who know the language or the field and do not run code."""
    from advisor.review.page import write_review

    service = service_with()
    screens = _screens(service.loaded, output) if pages else ()
    path = write_review(service, output, since=since, seconds=limit, screens=screens)
    words = TemplateWording(service.wording, service.wording.documents)
    typer.echo(words.word("review.written", file=str(path)))
    if pages:
        typer.echo(words.word("review.screens-written", number=len(screens)) if screens else words.word("review.no-screens"))


def _screens(loaded: Loaded, folder: Path) -> tuple[Screen, ...]:
    """The pages as rendered into the folder; none where what renders them is not installed."""
    if not all(map(installed, PACKAGES)):
        return ()
    from advisor.screens.write import write_screens

    return write_screens(loaded, folder)
