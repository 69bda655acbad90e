"""Reports printed in the form that was asked for, and pictures written beside them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from advisor.cli.app import print_text
from advisor.io.files import write_file
from advisor.model.sentence import sentence

if TYPE_CHECKING:
    from advisor.render.report import Report  # here, since advice needs no report


def print_markdown(text: str) -> None:
    """Print Markdown laid out for a terminal."""
    from rich.console import Console

    from advisor.render.terminal import show

    show(text, Console(file=sys.stdout, highlight=False, emoji=False))


def print_report(report: "Report[Any]", form: str, *, full: bool = False) -> None:
    """Print a report as text, Markdown, HTML or JSON."""
    if form == "json":
        print_text(report.to_json())
    elif form == "html":
        print_text(report.to_html(full=full))
    elif form == "markdown":
        print_text(report.to_markdown(full=full))
    else:
        print_markdown(report.to_markdown(full=full))


def write_picture(path: Path | None, report: "Report[Any]") -> None:
    """Write a report's picture, whole or not at all, where a file was named for it. Raises `InputError` where it cannot be."""
    if path is None:
        return
    write_file(path, report.to_svg().encode())
    said = report.loaded.wording.phrases["scenarios"]["picture-saved"]
    typer.echo(sentence(said, file=str(path)), err=True)
