"""A case: what a leader answered about the agency and about each candidate partner."""

from dataclasses import dataclass

from advisor.model.conditions import Answers, holds
from advisor.model.vocabulary import Vocabulary

MAX_PARTNERS = 40
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Partner:
    """A candidate partner by name, with the answers about it (question id to the chosen options)."""

    name: str
    answers: Answers


@dataclass(frozen=True, slots=True)
class Case:
    """The answers about the agency and the partnership, and the partners. No answer means not known."""

    name: str
    answers: Answers
    partners: tuple[Partner, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The answers of a case that count: those to questions that are asked in it.

    `partners` hold each partner's own answers only; `set_aside` the (partner name or "", question) whose answers
    do not count because the question is not asked in this case.
    """

    agency: Answers
    partners: tuple[Answers, ...]
    set_aside: tuple[tuple[str, str], ...] = ()


def facts_of(case: Case, vocabulary: Vocabulary) -> Facts:
    """The answers that count. Questions are taken in intake order, so relevance never looks ahead."""
    conditional = vocabulary.conditional
    agency = {name: answer for name, answer in case.answers.items() if name not in conditional}
    partners = [{name: answer for name, answer in p.answers.items() if name not in conditional} for p in case.partners]
    views = [{**agency, **own} for own in partners]  # what a condition on one partner looks at
    set_aside: list[tuple[str, str]] = []
    for name, question in conditional.items():
        if question.asked == "agency":
            if name in case.answers:
                if holds(question.when, agency, partners):
                    for answers in (agency, *views):
                        answers[name] = case.answers[name]
                else:
                    set_aside.append(("", name))
            continue
        for partner, own, view in zip(case.partners, partners, views, strict=True):
            if name in partner.answers:
                if holds(question.when, view):
                    own[name] = view[name] = partner.answers[name]
                else:
                    set_aside.append((partner.name, name))
    return Facts(agency, tuple(partners), tuple(set_aside))


def is_asked(question: str, facts: Facts, partner: int | None, vocabulary: Vocabulary) -> bool:
    """Whether a question is relevant in a case, about the agency (None) or the partner of that number."""
    condition = vocabulary.questions[question].when
    if partner is None:
        return holds(condition, facts.agency, facts.partners)
    return holds(condition, {**facts.agency, **facts.partners[partner]})
