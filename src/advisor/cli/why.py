"""`advisor why`: the tree from a recommendation down to answers and sources."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from advisor.advise.builder import Advisor
from advisor.cli.app import CasePath, EngineName, advisor_with, app
from advisor.explain.why import named
from advisor.io.case_reader import read_case
from advisor.model.advice import Advice, Answer
from advisor.model.wording import Wording
from advisor.render.documents import conclusion


@app.command()
def why(
    path: CasePath,
    recommendation: Annotated[str, typer.Argument(help="Such as dimension, proceed, structure, mou or caution:NAME.")],
    engine: EngineName = "chain",
) -> None:
    """Show why a recommendation is given: rules, your answers and the sources under it."""
    advisor = advisor_with(engine)
    advice = advisor.assess(read_case(path, advisor.rulebook.vocabulary))
    console = Console(highlight=False, emoji=False)
    for name in named(advice, recommendation):
        root = Tree(_said(name, advisor), guide_style="dim")
        _grow(root, name, advice, advisor, set())
        console.print(root)


def _said(name: str, advisor: Advisor) -> str:
    return escape(conclusion(name, advisor.wording, advisor.rulebook.vocabulary))


def _grow(tree: Tree, name: str, advice: Advice, advisor: Advisor, shown: set[str]) -> None:
    """Hang a conclusion's firings under it; what the tree has shown already is only named again."""
    shown.add(name)
    phrases = advisor.wording.phrases["why"]
    for firing in advice.justification[name]:
        branch = tree.add(f"{escape(firing.because)} [dim]({firing.rule})[/dim]")
        for answer in firing.answers:
            branch.add(_answer(answer, advisor.wording))
        for finding in firing.findings:
            again = finding in shown
            leaf = branch.add(_said(finding, advisor) + (f" [dim]{phrases['again']}[/dim]" if again else ""))
            if not again:
                _grow(leaf, finding, advice, advisor, shown)
        for missing in firing.absent:
            branch.add(f"[dim]{phrases['absent']} {_said(missing, advisor)}[/dim]")
        for item in firing.sources:
            source = advisor.rulebook.sources[item]
            branch.add(f"[dim]{phrases['source']} {escape(f'{source.says} ({source.document}, {source.section})')}[/dim]")


def _answer(answer: Answer, wording: Wording) -> str:
    ask = wording.asked(answer.question)
    owner = f" ({escape(answer.partner)})" if answer.partner else ""
    said = ", ".join(wording.option(answer.question, option) for option in answer.answer)
    said = said or wording.phrases["why"]["no-answer"]
    return f"[italic]{ask}[/italic]{owner} [bold]{said}[/bold] [dim]{answer.question}[/dim]"
