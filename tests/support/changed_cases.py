"""Cases with answers changed, worked out one at a time."""

from advisor.analysis.perturbation import Perturbation, perturbations_of
from advisor.engine.bit_parallel import BitParallel
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Program
from advisor.engine.slots import answers_of
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.vocabulary import Vocabulary


def changed(case: Case, *changes: Perturbation) -> Case:
    agency, partners = dict(case.answers), [dict(p.answers) for p in case.partners]
    for change in changes:
        (agency if change.partner == AGENCY else partners[change.partner])[change.question] = change.now
    return Case(case.name, agency, tuple(Partner(p.name, a) for p, a in zip(case.partners, partners, strict=True)))


def everything(program: Program, vocabulary: Vocabulary) -> BitParallel:
    """An evaluator that tells every atom of a program, by number."""
    atoms = tuple(Conclusion("", None, AGENCY, "is", ((n, True),)) for n in range(len(program.atoms)))
    return BitParallel(program, vocabulary, conclusions=atoms)


def evaluator(loaded: Loaded, partners: int) -> BitParallel:
    return BitParallel(loaded.program(partners), loaded.rulebook.vocabulary, loaded.cache)


def changes(case: Case, vocabulary: Vocabulary) -> list[Perturbation]:
    return [c for slot, was in answers_of(case).items() for c in perturbations_of(slot, was, vocabulary.questions[slot[1]])]
