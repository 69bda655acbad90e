"""Reports printed in the form that was asked for, and pictures written beside them."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from advisor.cli.app import print_text
from advisor.explain.comparison import Reading, compare
from advisor.io.files import write_file
from advisor.loading import Loaded
from advisor.model.sentence import sentence
from advisor.render import pictures, reports
from advisor.service import Service


def print_markdown(text: str) -> None:
    """Print Markdown laid out for a terminal."""
    from rich.console import Console

    from advisor.cli.terminal import show

    show(text, Console(file=sys.stdout, highlight=False, emoji=False))


def print_report(name: str, service: Service, form: str, values: dict[str, object]) -> None:
    """Print a report in any form but JSON; its picture, where it has one, goes with the page."""
    if form == "html":
        drawn = values.get("picture")
        svg = drawn.svg(service.loaded) if isinstance(drawn, pictures.Picture) else ""
        print_text(reports.html(name, service.loaded, svg=svg, **values))
        return
    text = reports.markdown(name, service.loaded, **values)
    if form == "markdown":
        print_text(text)
    else:
        print_markdown(text)


def print_comparison(readings: Sequence[Reading], service: Service, form: str, drawn: pictures.Picture) -> None:
    """Print what differs between some sides, and why."""
    found = compare(readings)
    if form == "json":
        print_text(reports.json("comparison", found, service.loaded, service.engine.name))
        return
    told = reports.Told(found, service.loaded)
    print_report("comparison", service, form, {"comparison": found, "told": told, "picture": drawn})


def write_picture(path: Path | None, drawn: pictures.Picture, loaded: Loaded) -> None:
    """Write a picture whole or not at all, where a file was named for it. Raises `InputError` where that cannot be done."""
    if path is None:
        return
    write_file(path, drawn.svg(loaded).encode())
    typer.echo(sentence(loaded.wording.phrases["scenarios"]["picture-saved"], file=str(path)), err=True)
