"""Why something is recommended, drawn as a tree for a terminal."""

from collections.abc import Mapping

from rich.markup import escape
from rich.tree import Tree

from advisor.explain.why import GivenAnswer, Why


def why_tree(of: Why, phrases: Mapping[str, str]) -> Tree:
    """A conclusion with the rules that gave it, and what each rests on; `phrases` are those of `phrases/why.yaml`."""
    root = Tree(escape(of.said), guide_style="dim")
    _grow(root, of, phrases)
    return root


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
