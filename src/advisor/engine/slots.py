"""Slots: each question about each owner, and the answers of a case by slot."""

from collections.abc import Mapping

from advisor.engine.program import AGENCY, Slot
from advisor.model.case import Case, Partner
from advisor.model.vocabulary import Vocabulary


def slots_of(vocabulary: Vocabulary, partners: int) -> tuple[Slot, ...]:
    """Every slot in intake order, partners in their order."""
    return tuple(
        (owner, question.id)
        for question in vocabulary.questions.values()
        for owner in (range(partners) if question.asked == "partner" else (AGENCY,))
    )


def answers_of(case: Case) -> dict[Slot, tuple[str, ...]]:
    """The answers of a case by slot, also those set aside today: a further answer may call them in."""
    found = {(AGENCY, question): tuple(answer) for question, answer in case.answers.items()}
    for number, partner in enumerate(case.partners):
        found |= {(number, question): tuple(answer) for question, answer in partner.answers.items()}
    return {slot: answer for slot, answer in found.items() if answer}


def case_with(case: Case, answers: Mapping[Slot, tuple[str, ...]]) -> Case:
    """The case with these answers laid over its own; an empty answer takes one away."""
    agency = {**case.answers, **{name: answer for (owner, name), answer in answers.items() if owner == AGENCY}}
    partners = []
    for number, partner in enumerate(case.partners):
        own = {**partner.answers, **{name: answer for (owner, name), answer in answers.items() if owner == number}}
        partners.append(Partner(partner.name, {name: answer for name, answer in own.items() if answer}))
    return Case(case.name, {name: answer for name, answer in agency.items() if answer}, tuple(partners))
