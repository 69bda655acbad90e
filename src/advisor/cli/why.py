"""`advisor why`: the tree from a recommendation down to answers and sources."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from advisor.cli.app import CasePath, EngineName, TextOrJson, app, print_text, read, service_with
from advisor.render.why_tree import why_tree


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
    console = Console(highlight=False, emoji=False)
    for each in report.why:
        console.print(why_tree(each, service.wording.phrases["why"]))
