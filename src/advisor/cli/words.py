"""`advisor words`: the words as a workbook, out and back."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.app import app, load_chosen, print_lines
from advisor.cli.help import WordedTyper
from advisor.io.packages import need_packages
from advisor.render.template_wording import TemplateWording

words = WordedTyper()
app.add_typer(words, name="words")


@words.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="WORKBOOK", show_default=False)],
    language: Annotated[str, typer.Option("--language", metavar="CODE", show_default=False)] = "",
) -> None:
    """Write every text of a language, and the reasons of the rules, into a workbook."""
    need_packages(("openpyxl",), "documents")
    from advisor.review.workbook import read_words, write_workbook

    loaded = load_chosen()
    number = write_workbook(read_words(loaded, language), output, loaded)
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    typer.echo(say.word("words.exported", number=number, file=str(output)))


@words.command("import")
def import_(workbook: Annotated[Path, typer.Argument(metavar="WORKBOOK", show_default=False)]) -> None:
    """Check a workbook that came back, and write the texts that differ into the files."""
    need_packages(("openpyxl",), "documents")
    from advisor.review.corrections import import_workbook

    loaded = load_chosen()
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    changed = import_workbook(workbook, loaded)
    if not changed:
        typer.echo(say.word("words.nothing-changed"))
        return
    typer.echo(say.word("words.imported", number=len(changed)))
    print_lines(say.word("words.changed", place=each.row.place, name=each.row.key) for each in changed)
