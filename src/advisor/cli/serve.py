"""`advisor serve`: the pages and the HTTP API."""

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import app, folders
from advisor.model.problems import InputError, Problem

_WIDTH = 96


def _settings() -> str:
    """Every setting with what it says and its default, for the end of the help; nothing where the extra is not installed."""
    try:
        from advisor.web.settings import PREFIX, Settings
    except ModuleNotFoundError:
        return ""
    lines = ["\b", "Settings, by environment or (in small letters, without ADVISOR_) in the file of --config:"]
    for name, field in Settings.model_fields.items():
        plain = field.default_factory is None and field.default not in (None, "")
        default = f" [{str(field.default).lower() if field.default is False else field.default}]" if plain else ""
        told = textwrap.wrap(f"{field.description}{default}", _WIDTH - 6)
        lines += [f"  {PREFIX}{name.upper()}", *(f"      {line}" for line in told)]
    return "\n".join(lines)


@app.command(epilog=_settings())
def serve(
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The port to listen on; 0: a free one.", show_default="8000")] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Server processes.", show_default="1")] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql://…", show_default="a file of your own"),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings in a TOML file.")] = None,
) -> None:
    """Serve the pages and the HTTP API until stopped; requests under way are finished first.

    On this machine's own address nobody has to sign in. Any other address needs accounts first: advisor user add. What is
    given here goes before the environment, and that before the file.
    """
    try:
        from advisor.web.serving import serve as start
        from advisor.web.settings import read_settings
    except ModuleNotFoundError as error:
        raise InputError([Problem("", 0, "extra-not-installed", found=error.name or "", about="web")]) from None
    given = folders()
    named = {"rules": given.rules, "prompts": given.prompts}
    start(read_settings(config, host=host, port=port, workers=workers, database=database, **named))
