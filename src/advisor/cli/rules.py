"""`advisor rules`: check, show and coverage of the rulebook."""

from typing import Annotated

import typer

from advisor.cli.app import app
from advisor.coverage import uncited
from advisor.loading import load

rules = typer.Typer(no_args_is_help=True, help="Check, show and measure the rulebook.")
app.add_typer(rules, name="rules")


@rules.command()
def check() -> None:
    """Read the whole rulebook and its wording; report everything that is wrong."""
    rulebook = load().rulebook
    vocabulary = rulebook.vocabulary
    typer.echo(
        f"rulebook {rulebook.version}: {len(rulebook.rules)} rules, {len(vocabulary.questions)} questions, "
        f"{len(rulebook.sources)} sources, sha256 {rulebook.sha256}"
    )


@rules.command()
def coverage(group: Annotated[str, typer.Argument(help="Only items whose id starts so.")] = "") -> None:
    """List the items of the source register that should inform the advice and that nothing cites."""
    rulebook = load().rulebook
    missing = [item for item in uncited(rulebook) if item.id.startswith(group)]
    for item in missing:
        typer.echo(f"{item.id}  [{item.use}] {item.says}")
    typer.echo(f"{len(missing)} of {sum(i.use != 'reference' for i in rulebook.sources.values())} items are not cited.")
    raise typer.Exit(1 if missing else 0)
