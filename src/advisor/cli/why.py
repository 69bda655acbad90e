"""`advisor why`: the tree from a recommendation down to answers and sources."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from advisor.cli.app import CasePath, EngineName, TextOrJson, app, print_text, read, service_with
from advisor.explain.why import GivenAnswer, Why


@app.command()
def why(
    path: CasePath,
    recommendation: Annotated[str, typer.Argument()],
    form: TextOrJson = "text",
    engine: EngineName = "chain",
) -> None:
    """Show why a recommendation is given: rules, your answers and the sources under it."""
    service = service_with(engine)
    report = service.why(read(path, service), recommendation)
    if form == "json":
        print_text(json.dumps(asdict(report), ensure_ascii=False, indent=2) + "\n")
        return
    phrases = service.wording.phrases["why"]
    console = Console(highlight=False, emoji=False)
    for each in report.why:
        root = Tree(escape(each.said), guide_style="dim")
        _grow(root, each, phrases)
        console.print(root)


def _grow(tree: Tree, of: Why, phrases: Mapping[str, str]) -> None:
    """Hang the rules under a conclusion, and what each rests on."""
    for rule in of.because:
        branch = tree.add(f"{escape(rule.because)} [dim]({rule.rule})[/dim]")
        for answer in rule.answers:
            branch.add(_answer(answer, phrases))
        for finding in rule.findings:
            leaf = branch.add(escape(finding.said) + (f" [dim]{phrases['again']}[/dim]" if finding.again else ""))
            _grow(leaf, finding, phrases)
        for missing in rule.absent:
            branch.add(f"[dim]{phrases['absent']} {escape(missing.said)}[/dim]")
        for source in rule.sources:
            branch.add(f"[dim]{phrases['source']} {escape(f'{source.says} ({source.document}, {source.section})')}[/dim]")


def _answer(answer: GivenAnswer, phrases: Mapping[str, str]) -> str:
    owner = f" ({escape(answer.partner)})" if answer.partner else ""
    said = ", ".join(answer.said) or phrases["no-answer"]
    return f"[italic]{answer.ask}[/italic]{owner} [bold]{said}[/bold] [dim]{answer.question}[/dim]"
