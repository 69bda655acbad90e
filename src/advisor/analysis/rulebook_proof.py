"""One run over all claims about a rulebook: declared invariants and what every rulebook owes, each proved or refuted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from advisor.analysis.deadline import Deadline
from advisor.analysis.invariants import Invariant
from advisor.analysis.redundancy import prove_needed
from advisor.analysis.verification import Proof, Prover
from advisor.io.case_writer import write_case
from advisor.model.rulebook import Rulebook

PARTNERS = (1, 2)
Claim = tuple[str, tuple[int, ...]]  # a claim and the numbers of partners it was decided for


def prove(rulebook: Rulebook, invariants: Sequence[Invariant], *, limit: float | None = None) -> Iterator[Proof]:
    """Every proof, over each number of partners; `limit` is the time allowed to all of it together, in seconds."""
    deadline = Deadline(limit)
    for partners in PARTNERS:
        prover = Prover(rulebook, invariants, partners)
        for invariant in invariants:
            yield prover.prove(invariant, deadline)
    yield from prove_needed(rulebook, PARTNERS, deadline)


def write_witnesses(proofs: Sequence[Proof], folder: Path, rulebook: Rulebook) -> dict[Claim, Path]:
    """Write each witness as a case file that `advisor assess` can run. Raises `InputError` where that cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for proof in proofs:
        if proof.witness is not None:
            path = folder / f"{proof.claim}-{proof.partners[0]}.yaml"
            write_case(path, replace(proof.witness, name=proof.claim), rulebook.vocabulary)
            written[proof.claim, proof.partners] = path
    return written
