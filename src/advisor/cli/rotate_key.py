"""`advisor rotate-key`: a new key for cookies, with the one before still believed."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import app, say
from advisor.model.problems import InputError, Problem


@app.command("rotate-key")
def rotate_key(config: Annotated[Path | None, typer.Option("--config", metavar="FILE", show_default=False)] = None) -> None:
    """Make a new secret key in the data folder. The one before is believed until the next time; restart the server to use it."""
    try:
        from advisor.web.keys import rotate
        from advisor.web.settings import read_settings
    except ModuleNotFoundError as error:
        raise InputError([Problem("", 0, "extra-not-installed", found=error.name or "", about="web")]) from None
    path = rotate(read_settings(config))
    say("serving", "key-rotated", path=path)
