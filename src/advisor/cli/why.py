"""`advisor why`: the tree from a recommendation down to answers and sources."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from advisor.cli.app import CasePath, EngineName, advisor_with, app
from advisor.explain.why import Because, GivenAnswer, Why
from advisor.explain.why import why as why_of
from advisor.io.case_reader import read_case
from advisor.model.wording import Wording


@app.command()
def why(
    path: CasePath,
    recommendation: Annotated[str, typer.Argument(help="Such as dimension, proceed, structure, mou or caution=NAME.")],
    engine: EngineName = "chain",
) -> None:
    """Show why a recommendation is given: rules, your answers and the sources under it."""
    advisor = advisor_with(engine)
    advice = advisor.assess(read_case(path, advisor.rulebook.vocabulary))
    console = Console(highlight=False, emoji=False)
    for each in why_of(advice, recommendation, advisor.loaded).why:
        root = Tree(escape(each.said), guide_style="dim")
        _grow(root, each, advisor.wording)
        console.print(root)


def _grow(tree: Tree, why: Why, wording: Wording) -> None:
    """Hang the rules that gave a conclusion under it."""
    again = wording.phrases["why"]["again"]
    for because in why.because:
        branch = tree.add(f"{escape(because.because)} [dim]({because.rule})[/dim]")
        for answer in because.answers:
            branch.add(_answer(answer, wording))
        for finding in because.findings:
            _grow(branch.add(escape(finding.said) + (f" [dim]{again}[/dim]" if finding.again else "")), finding, wording)
        _grounds(branch, because, wording)


def _grounds(branch: Tree, because: Because, wording: Wording) -> None:
    """Hang what a rule took to be absent, and its sources."""
    phrases = wording.phrases["why"]
    for missing in because.absent:
        branch.add(f"[dim]{phrases['absent']} {escape(missing.said)}[/dim]")
    for source in because.sources:
        branch.add(f"[dim]{phrases['source']} {escape(f'{source.says} ({source.document}, {source.section})')}[/dim]")


def _answer(answer: GivenAnswer, wording: Wording) -> str:
    owner = f" ({escape(answer.partner)})" if answer.partner else ""
    said = ", ".join(answer.said) or wording.phrases["why"]["no-answer"]
    return f"[italic]{answer.ask}[/italic]{owner} [bold]{said}[/bold] [dim]{answer.question}[/dim]"
