"""`advisor rules`: check, show and coverage of the rulebook."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.analysis.coverage import uncited
from advisor.cli.app import app, load_rulebook
from advisor.model.problems import InputError, Problem, nearest

rules = typer.Typer(no_args_is_help=True, help="Check, show and measure the rulebook.")
app.add_typer(rules, name="rules")


@rules.command()
def check() -> None:
    """Read the whole rulebook and its wording; report everything that is wrong."""
    rulebook = load_rulebook().rulebook
    vocabulary = rulebook.vocabulary
    typer.echo(
        f"rulebook {rulebook.version}: {len(rulebook.rules)} rules, {len(vocabulary.questions)} questions, "
        f"{len(rulebook.sources)} sources, sha256 {rulebook.sha256}"
    )


@rules.command()
def show(rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id.", show_default=False)]) -> None:
    """Show a rule as it stands in its file, with what its sources say."""
    loaded = load_rulebook()
    rulebook = loaded.rulebook
    found = rulebook.rules.get(rule)
    if found is None:
        raise InputError([Problem("", 0, "unknown-rule", found=rule, nearest=nearest(rule, rulebook.rules))])
    path = loaded.rules / Path(found.file).name
    text = path.read_text("utf-8").splitlines()
    stop = found.line
    while stop < len(text) and text[stop].startswith("    "):
        stop += 1
    typer.echo(f"{found.file}:{found.line}")
    typer.echo("\n".join(text[found.line - 1 : stop]))
    for name in found.sources:
        source = rulebook.sources[name]
        typer.echo(f"\n{name}\n  {source.says}\n  {rulebook.documents[source.document]}: {source.section}")


@rules.command()
def coverage(group: Annotated[str, typer.Argument(help="Only items whose id starts so.")] = "") -> None:
    """List the items of the source register that should inform the advice and that nothing cites."""
    rulebook = load_rulebook().rulebook
    missing = [item for item in uncited(rulebook) if item.id.startswith(group)]
    for item in missing:
        typer.echo(f"{item.id}  [{item.use}] {item.says}")
    typer.echo(f"{len(missing)} of {sum(i.use != 'reference' for i in rulebook.sources.values())} items are not cited.")
    raise typer.Exit(1 if missing else 0)
