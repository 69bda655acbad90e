"""`advisor rules`: check, show, coverage and proof of the rulebook, and what a change of it changes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.analysis.coverage import uncited
from advisor.cli.app import NOT_DECIDED, Limit, TextOrJson, app, chosen, load_chosen, phrases, print_lines, service_with
from advisor.cli.help import WordedTyper
from advisor.loading import folder_of
from advisor.model.sentence import sentence

if TYPE_CHECKING:
    from advisor.analysis.verification import Proof

rules = WordedTyper()
app.add_typer(rules, name="rules")


@rules.command()
def check() -> None:
    """Read the whole rulebook and its wording; report everything that is wrong."""
    loaded = load_chosen()
    rulebook, wording = loaded.rulebook, loaded.wording
    counts = {"rules": len(rulebook.rules), "questions": len(rulebook.vocabulary.questions), "sources": len(rulebook.sources)}
    stamps = {"version": rulebook.version, "decisions": rulebook.sha256, "language": wording.language, "words": wording.sha256}
    typer.echo(sentence(wording.phrases["rules"]["checked"], **counts, **stamps))


@rules.command()
def show(rule: Annotated[str, typer.Argument(metavar="RULE", show_default=False)]) -> None:
    """Show a rule as it stands in its file, with what its sources say."""
    service = service_with()
    found = service.rule(rule)
    path = service.loaded.rules / Path(found.file).name
    text = path.read_text("utf-8").splitlines()
    stop = found.line
    while stop < len(text) and text[stop].startswith("    "):
        stop += 1
    typer.echo(f"{found.file}:{found.line}")
    typer.echo("\n".join(text[found.line - 1 : stop]))
    for name in found.sources:
        source = service.source(name)
        typer.echo(f"\n{name}\n  {source.says}\n  {service.rulebook.documents[source.document]}: {source.section}")


@rules.command()
def coverage(group: Annotated[str, typer.Argument()] = "") -> None:
    """List the items of the source register that should inform the advice and that nothing cites."""
    loaded = load_chosen()
    rulebook = loaded.rulebook
    missing = [item for item in uncited(rulebook) if item.id.startswith(group)]
    for item in missing:
        typer.echo(f"{item.id}  [{item.use}] {item.says}")
    total = sum(item.use != "reference" for item in rulebook.sources.values())
    typer.echo(sentence(loaded.wording.phrases["rules"]["not-cited"], missing=len(missing), total=total))
    raise typer.Exit(1 if missing else 0)


@rules.command()
def prove(
    witnesses: Annotated[Path, typer.Option("--witnesses")] = Path("witnesses"),
    limit: Limit = 120.0,
    form: TextOrJson = "text",
) -> None:
    """Prove or refute over every possible case what is declared in rules/vocabulary/invariants.yaml, and that no rule is idle."""
    from advisor.analysis.invariants import read_invariants
    from advisor.analysis.rulebook_proof import prove as prove_all
    from advisor.analysis.rulebook_proof import write_witnesses
    from advisor.render.answer_lines import proof_lines, say

    loaded = load_chosen()
    invariants = read_invariants(loaded.rules, loaded.rulebook.vocabulary)
    proofs = list(prove_all(loaded.rulebook, invariants, limit=limit))
    refuted = [proof for proof in proofs if proof.verdict == "refuted"]
    paths = write_witnesses(refuted, witnesses, loaded.rulebook) if any(proof.witness for proof in refuted) else {}
    undecided = sum(proof.verdict == "not-decided" for proof in proofs)
    if form == "json":
        values = [_values(proof, paths.get((proof.claim, proof.partners))) for proof in proofs]
        typer.echo(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        for proof in proofs:
            print_lines(proof_lines(proof, paths, limit, loaded))
        counts = {"proved": len(proofs) - len(refuted) - undecided, "refuted": len(refuted), "undecided": undecided}
        typer.echo(say(loaded, "proof-total", **counts))
    if refuted or undecided:
        raise typer.Exit(1 if refuted else NOT_DECIDED)


@rules.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW")] = "",
    limit: Limit = 120.0,
    form: TextOrJson = "text",
) -> None:
    """Prove of each conclusion that two rulebooks draw it in the same cases, or show a small case in which they differ."""
    from advisor.analysis.deadline import Deadline
    from advisor.analysis.difference import difference
    from advisor.io.rulebook_version import read_folders, read_version, sentences_changed
    from advisor.render.rulebook_difference import DifferenceLines, values

    told = chosen()
    here, prompts = told.rules or folder_of("rules"), told.prompts or folder_of("prompts")
    one = read_version(old, here.parent)
    two = read_version(new, here.parent) if new else read_folders(here, prompts)
    found = difference(one.rulebook, two.rulebook, Deadline(limit))
    sentences = sentences_changed(one, two)
    if form == "json":
        typer.echo(json.dumps(values(found, sentences), ensure_ascii=False, indent=2))
    else:
        print_lines(DifferenceLines(phrases("difference")).lines(found, sentences, limit))
    if not found.decides_alike:
        raise typer.Exit(NOT_DECIDED if found.not_decided and not found.differing else 1)


def _values(proof: "Proof", witness: Path | None) -> dict[str, Any]:
    return {
        "claim": proof.claim,
        "partners": list(proof.partners),
        "verdict": proof.verdict,
        "about": list(proof.about),
        "rules": list(proof.rules),
        "witness": str(witness) if witness else None,
        "seconds": round(proof.seconds, 3),
    }
