"""What follows, worked out the slow and obvious way: the yardstick for the compiler and for every engine."""

from collections.abc import Iterable, Sequence

from advisor.engine.facts import Facts
from advisor.engine.program import AGENCY, Clause, Program, Slot
from advisor.model.case import Case
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Answers,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Finding, Vocabulary
from support.random_rulebooks import LAYERS


def fired(program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
    """The numbers of all clauses of a program whose body holds, in ascending order.

    Stratum by stratum, all its clauses are tried over and over until nothing is added; neither the order of the
    clauses nor the program's blocks are looked at.
    """
    true = set(true_inputs)
    for stratum in range(max(program.strata, default=0) + 1):
        clauses = [clause for clause in program.clauses if program.strata[clause.head] == stratum]
        before = -1
        while len(true) > before:
            before = len(true)
            true.update([clause.head for clause in clauses if holds(clause, true)])
    return tuple(number for number, clause in enumerate(program.clauses) if holds(clause, true))


def holds(clause: Clause, true: set[int]) -> bool:
    """Whether a clause's body holds."""
    return true.issuperset(clause.positive) and true.isdisjoint(clause.negative)


def met(condition: Condition, answers: Answers, partners: Sequence[Answers] = ()) -> bool:
    """Whether an answers-only condition holds on these answers (question id to its options).

    For a condition on one partner, `answers` hold that partner's and the agency's.
    """
    match condition:
        case Answered(question, options):
            answer = answers.get(question)
            return answer is not None and answer[0] in options
        case Always():
            return True
        case Includes(question, option, wanted):
            answer = answers.get(question)
            return answer is not None and (option in answer) is wanted
        case Known(question, wanted):
            return (question in answers) is wanted
        case All(conditions):
            return all(met(c, answers, partners) for c in conditions)
        case Any(conditions):
            return any(met(c, answers, partners) for c in conditions)
        case Count(least, conditions):
            return sum(met(c, answers, partners) for c in conditions) >= least
        case Partners("any", inner):
            return any(met(inner, {**answers, **partner}) for partner in partners)
        case Partners(_, inner):
            return bool(partners) and all(met(inner, {**answers, **partner}) for partner in partners)
        case PartnerCount(least, inner):
            return sum(met(inner, {**answers, **partner}) for partner in partners) >= least
        case Not(inner):
            return not met(inner, answers, partners)
        case Found():
            raise TypeError(f"not a condition on answers: {condition}")


def facts_of(case: Case, vocabulary: Vocabulary) -> Facts:
    """The answers that count, question by question in intake order: relevance never looks ahead."""
    conditional = vocabulary.conditional
    agency = {name: answer for name, answer in case.answers.items() if name not in conditional}
    partners = [{name: answer for name, answer in p.answers.items() if name not in conditional} for p in case.partners]
    views = [{**agency, **own} for own in partners]  # what a condition on one partner looks at
    set_aside: list[tuple[str, str]] = []
    not_asked: set[Slot] = set()
    for name, question in conditional.items():
        if question.asked == "agency":
            asked = met(question.when, agency, partners)
            if not asked:
                not_asked.add((AGENCY, name))
            if name in case.answers and asked:
                for answers in (agency, *views):
                    answers[name] = case.answers[name]
            elif name in case.answers:
                set_aside.append(("", name))
            continue
        for number, (partner, own, view) in enumerate(zip(case.partners, partners, views, strict=True)):
            asked = met(question.when, view)
            if not asked:
                not_asked.add((number, name))
            if name in partner.answers and asked:
                own[name] = view[name] = partner.answers[name]
            elif name in partner.answers:
                set_aside.append((partner.name, name))
    return Facts(agency, tuple(partners), tuple(set_aside), frozenset(not_asked))


class Reading:
    """A random rulebook read rule by rule, without any program: `fired` are (rule, owner), `given` (finding, owner, value)."""

    def __init__(self, rulebook: Rulebook, case: Case) -> None:
        self.rulebook, self.facts = rulebook, facts_of(case, rulebook.vocabulary)
        self.fired: set[tuple[str, int]] = set()
        self.given: set[tuple[str, int, str]] = set()
        layers = {name: place % LAYERS for place, name in enumerate(rulebook.vocabulary.findings)}
        for layer in range(LAYERS):
            before = -1
            while len(self.fired) > before:
                before = len(self.fired)
                for rule in rulebook.rules.values():
                    if min(layers[name] for name, _ in rule.conclusions) == layer:
                        for owner in range(len(self.facts.partners)) if rule.about == "partner" else (AGENCY,):
                            self._try(rule.id, owner)
            for finding in (f for f in rulebook.vocabulary.findings.values() if f.first_of and layers[f.name] == layer):
                self._keep_first(finding)

    def level(self, finding: str, owner: int) -> str | None:
        """The value a level came to, if any."""
        kind = self.rulebook.vocabulary.findings[finding]
        places = [list(kind.values).index(value) for name, whose, value in self.given if (name, whose) == (finding, owner)]
        return list(kind.values)[max(places) if kind.keep == "highest" else min(places)] if places else None

    def _try(self, name: str, owner: int) -> None:
        rule = self.rulebook.rules[name]
        if self._holds(rule.when, owner):
            self.fired.add((name, owner))
            self.given |= {(finding, self._whose(finding, owner), value) for finding, value in rule.conclusions}

    def _keep_first(self, finding: Finding) -> None:
        """Takes back what rules gave that come to a value after the first one given of those that are alike."""
        alike = {value.name: value.attributes[finding.first_of] for value in finding.values.values()}
        kept: dict[tuple[int, str], str] = {}
        for value in finding.values:
            for owner in {whose for name, whose, given in self.given if (name, given) == (finding.name, value)}:
                kept.setdefault((owner, alike[value]), value)
        for rule in self.rulebook.rules.values():
            for name, value in (each for each in rule.conclusions if each[0] == finding.name):
                owners = {owner for fired, owner in self.fired if fired == rule.id}
                self.fired -= {(rule.id, owner) for owner in owners if kept[self._whose(name, owner), alike[value]] != value}
        self.given = {given for given in self.given if given[0] != finding.name or kept[given[1], alike[given[2]]] == given[2]}

    def _whose(self, finding: str, owner: int) -> int:
        return owner if self.rulebook.vocabulary.findings[finding].of == "partner" else AGENCY

    def _answer(self, question: str, owner: int) -> tuple[str, ...] | None:
        about = self.rulebook.vocabulary.questions[question].asked
        return (self.facts.partners[owner] if about == "partner" else self.facts.agency).get(question)

    def _holds(self, condition: Condition, owner: int) -> bool:
        match condition:
            case Always():
                return True
            case Answered(question, options):
                return (self._answer(question, owner) or ("",))[0] in options
            case Includes(question, option, wanted):
                answer = self._answer(question, owner)
                return answer is not None and (option in answer) is wanted
            case Known(question, wanted):
                return (self._answer(question, owner) is not None) is wanted
            case All(parts):
                return all(self._holds(part, owner) for part in parts)
            case Any(parts):
                return any(self._holds(part, owner) for part in parts)
            case Count(least, parts):
                return sum(self._holds(part, owner) for part in parts) >= least
            case Partners(quantifier, inner):
                met = self._partners(inner)
                return any(met) if quantifier == "any" else bool(met) and all(met)
            case PartnerCount(least, inner):
                return sum(self._partners(inner)) >= least
            case Not(inner):
                return not self._holds(inner, owner)
            case Found(finding):
                return self._found(condition, self._whose(finding, owner))

    def _partners(self, condition: Condition) -> list[bool]:
        return [self._holds(condition, partner) for partner in range(len(self.facts.partners))]

    def _found(self, test: Found, owner: int) -> bool:
        kind = self.rulebook.vocabulary.findings[test.finding]
        if kind.kind != "level":
            return (test.finding, owner, test.value) in self.given
        level, values = self.level(test.finding, owner), list(kind.values)
        if level is None:  # no rule said anything: nothing is reached where the highest is kept, nothing limits otherwise
            return test.how == ("at_most" if kind.keep == "highest" else "at_least")
        if test.how == "is":
            return level == test.value
        above = values.index(level) - values.index(test.value)
        return above >= 0 if test.how == "at_least" else above <= 0
