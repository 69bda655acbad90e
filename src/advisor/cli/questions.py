"""`advisor questions`: the intake as a list, or as an empty case file or workbook to fill in."""

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.cli.app import TextOrJson, app, service_with
from advisor.io.files import write_file
from advisor.io.packages import need_packages
from advisor.loading import Loaded
from advisor.model.case import FREE_WORDS
from advisor.model.conditions import Condition
from advisor.model.problems import InputError
from advisor.model.sentence import sentence
from advisor.model.vocabulary import UNKNOWN, Question
from advisor.render.case_sheet import written_case_sheet
from advisor.render.intake_listing import condition_said, listing

_WIDTH = 100


@app.command()
def questions(
    file: Annotated[Path | None, typer.Argument()] = None,
    section: Annotated[str, typer.Option()] = "",
    essential: Annotated[bool, typer.Option("--essential")] = False,
    form: TextOrJson = "text",
    template: Annotated[bool, typer.Option("--template")] = False,
) -> None:
    """List everything that can be asked, or with --template [FILE] write an empty case file, or a workbook for many cases."""
    service = service_with()
    try:
        intake = _Intake(service.loaded, service.questions(section, essential=essential))
    except InputError as error:
        raise error.at("advisor questions --section") from None
    if file is not None and not template:
        raise typer.BadParameter(sentence(intake.words["file-without-template"], found=str(file)))
    if template and file is not None and file.suffix.lower() == ".xlsx":
        need_packages(("openpyxl",), "documents")
        write_file(file, written_case_sheet(intake.chosen, service.loaded), new=True)
    elif template:
        _write(intake.template(), file)
    elif form == "json":
        typer.echo(json.dumps(listing(intake.chosen, service.loaded), ensure_ascii=False, indent=2))
    else:
        intake.show()


def _write(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
    else:
        write_file(file, text.encode(), new=True)


class _Intake:
    """The questions asked for, in intake order, with what is said about each."""

    def __init__(self, loaded: Loaded, chosen: Sequence[Question]) -> None:
        self.rulebook, self.wording, self.chosen = loaded.rulebook, loaded.wording, chosen
        self.words = loaded.wording.phrases["interview"]

    def sections(self) -> Iterator[tuple[str, list[Question]]]:
        """Each section with its chosen questions; sections without any are left out."""
        for section in self.rulebook.vocabulary.sections:
            if found := [q for q in self.chosen if q.section == section]:
                yield section, found

    def show(self) -> None:
        """Print the list."""
        console = Console(highlight=False, markup=False, emoji=False)
        console.width = min(console.width, _WIDTH)
        for section, found in self.sections():
            console.rule(Text(f" {self.wording.phrases['sections'][section]} ({section}) ", "bold"), align="left")
            for question in found:
                console.print()
                console.print(Text.assemble((question.id, "bold cyan"), "  ", (f"({self._kind(question)})", "dim")))
                console.print(Padding(Text(self.wording.questions[question.id].ask), (0, 0, 0, 2), expand=False))
                if question.kind != "yes-no":
                    table = Table.grid(padding=(0, 2, 0, 0))
                    for option in question.options:
                        table.add_row(option, Text(self.wording.option(question.id, option)))
                    console.print(Padding(table, (0, 0, 0, 4), expand=False))
                for line in self._notes(question):
                    console.print(Padding(Text(line, "dim"), (0, 0, 0, 2), expand=False))
            console.print()
        for name, title in self.rulebook.documents.items():
            console.print(Text(sentence(self.words["document"], name=name, title=title), "dim"))

    def template(self) -> str:
        """An empty case file: YAML in which every question stands as a comment."""
        w = self.words
        lines = [*_comment(w["template-head"], 0), "", *_comment(w["template-name"], 0), f"#name: {w['template-name-value']}"]
        lines += ["", *_comment(w["template-words"], 0), "words:"]
        for name in FREE_WORDS:
            lines += [*_comment(self.wording.phrases["free-words"][name], 2), f"  #{name}: {w['template-words-value']}"]
        lines += ["", "answers:"]
        for section, found in self.sections():
            lines += self._fields(section, [q for q in found if q.asked == "agency"], 2)
        noted = next((q.id for q in self.chosen if q.asked == "agency"), "")
        if noted:
            lines += ["", *_comment(w["template-notes"], 0), "notes:", f"  #{noted}: {w['template-words-value']}"]
        lines += [
            "",
            "partners:",
            *_comment(w["template-partners"], 2),
            f"  #- name: {w['template-partner-name']}",
            "    #answers:",
        ]
        for section, found in self.sections():
            lines += self._fields(section, [q for q in found if q.asked == "partner"], 6)
        return "\n".join(lines) + "\n"

    def _fields(self, section: str, found: list[Question], indent: int) -> Iterator[str]:
        if found:
            yield ""
            yield from _comment(f"--- {self.wording.phrases['sections'][section]} ---", indent)
        for question in found:
            yield ""
            yield from _comment(self.wording.questions[question.id].ask, indent)
            yield from _comment(f"({self._kind(question)})", indent)
            if question.conditional:
                yield from _comment(sentence(self.words["when"], condition=self._condition(question.when)), indent)
            for option in question.options if question.kind != "yes-no" else ():
                words = self.wording.option(question.id, option)
                yield from _comment(f"  {option} = {words}", indent, hang="      ")
            # No space after this #, so that taking it away leaves the line where YAML wants it.
            yield f"{' ' * indent}#{question.id}: {UNKNOWN}"

    def _kind(self, question: Question) -> str:
        parts = [self.words[f"kind-{question.kind}"]]
        if question.asked == "partner":
            parts.append(self.words["asked-partner"])
        if question.essential:
            parts.append(self.words["essential"])
        return ", ".join(parts)

    def _notes(self, question: Question) -> Iterator[str]:
        """When it is asked, who could change the answer, and where it comes from."""
        if question.conditional:
            yield sentence(self.words["when"], condition=self._condition(question.when))
        yield sentence(self.words["changeable"], who=self.words[f"changeable-{question.changeable}"])
        cited = [self.rulebook.sources[name] for name in question.sources]
        places = [sentence(self.words["source-place"], document=s.document, section=s.section) for s in cited]
        yield sentence(self.words["source-listed"], places=list(dict.fromkeys(places)))

    def _condition(self, condition: Condition) -> str:
        return condition_said(condition, self.words)


def _comment(text: str, indent: int, hang: str = "") -> Iterator[str]:
    """Prose as comment lines; the space after # tells it from a line that may be uncommented."""
    start = " " * indent + "# "
    for line in text.splitlines():
        yield from textwrap.wrap(line, _WIDTH, initial_indent=start, subsequent_indent=start + hang, break_on_hyphens=False)
