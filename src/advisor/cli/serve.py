"""`advisor serve`: the pages and the HTTP API."""

import textwrap
from pathlib import Path
from typing import Annotated

import click
import typer

from advisor.cli.app import app, chosen
from advisor.cli.help import WordedCommand, help_words
from advisor.model.problems import InputError, Problem

_WIDTH = 96


class ServeCommand(WordedCommand):
    """The command with every setting, what it says and its default at the end of its help, where the extra is installed."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the settings."""
        try:
            from advisor.web.settings import PREFIX, Settings
        except ModuleNotFoundError:
            return
        words = help_words(ctx)["settings"]
        lines = [words["heading"]]
        for name, field in Settings.model_fields.items():
            plain = field.default_factory is None and field.default not in (None, "", {})
            default = f" [{str(field.default).lower() if isinstance(field.default, bool) else field.default}]" if plain else ""
            told = textwrap.wrap(f"{words[name]}{default}", _WIDTH - 6)
            lines += [f"  {PREFIX}{name.upper()}", *(f"      {line}" for line in told)]
        formatter.write("\n" + "".join(f"  {line}\n" for line in lines))


@app.command(cls=ServeCommand)
def serve(
    host: Annotated[str | None, typer.Option("--host", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", show_default="8000")] = None,
    workers: Annotated[int | None, typer.Option("--workers", show_default="1")] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL"),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE")] = None,
) -> None:
    """Serve the pages and the HTTP API until stopped; requests under way are finished first.

    On this machine's own address nobody has to sign in. Any other address needs accounts first: advisor user add. What is
    given here goes before the environment, and that before the file.
    """
    try:
        from advisor.web.server import serve as start
        from advisor.web.settings import read_settings
    except ModuleNotFoundError as error:
        raise InputError([Problem("", 0, "extra-not-installed", found=error.name or "", about="web")]) from None
    told = chosen()
    own = {"rules": told.rules, "prompts": told.prompts, "language": told.language}
    start(read_settings(config, host=host, port=port, workers=workers, database=database, **own))
