"""Puts advice together from an inference: it gathers and orders what the rules concluded, and words it."""

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY
from advisor.explain.firings import Firings, Tables
from advisor.model.advice import (
    FORMAT,
    Action,
    Advice,
    Category,
    Caution,
    Dimension,
    Gate,
    Item,
    Justification,
    Lens,
    Open,
    PartnerFit,
    Reason,
    Row,
    RulebookStamp,
    Unknown,
    WordingStamp,
)
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problem
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Vocabulary
from advisor.model.wording import Wording


class AdviceBuilder:
    """Builds advice from inferences on one rulebook, in the words of one language. Safe to share between threads.

    What the rulebook and its words alone say is worked out once. `engine` is the name the advice is stamped with.
    """

    def __init__(self, rulebook: Rulebook, wording: Wording, engine: str) -> None:
        self._rulebook, self._wording, self._engine = rulebook, wording, engine
        self._tables: dict[int, Tables] = {}
        self._order = _order_of(rulebook)

    def build(self, inference: Inference, settled: Mapping[str, str] | None = None) -> Advice:
        """The advice that an inference comes to; `settled` are the marks of its conclusions, where they were asked for."""
        program = inference.program
        tables = self._tables.get(program.partners)
        if tables is None:  # of two threads that make it at once, both go on with the first one's
            tables = self._tables.setdefault(program.partners, Tables(self._rulebook, self._wording, program))
        return _Assembly(Firings(inference, tables), self._wording, self._order, self._engine, settled or {}).advice()


@dataclass(frozen=True, slots=True)
class _Order:
    """What the rulebook alone says of how advice is ordered, worked out once.

    `cautions` and `actions` place each value, `gravity` each rule by the gravest caution it raises; `questions` are
    those asked of each scope.
    """

    cautions: Mapping[str, int]
    actions: Mapping[str, tuple[int, int, int]]
    gravity: Mapping[str, int]
    questions: Mapping[str, tuple[str, ...]]


def _order_of(rulebook: Rulebook) -> _Order:
    vocabulary, roles = rulebook.vocabulary, rulebook.vocabulary.roles
    severity = _places(vocabulary, roles.cautions, "severity")
    when, weight, who = (_places(vocabulary, roles.actions, attribute) for attribute in ("when", "weight", "who"))
    raised = {
        rule.id: [severity[value] for finding, value in rule.conclusions if finding == roles.cautions]
        for rule in rulebook.rules.values()
    }
    return _Order(
        cautions=severity,
        actions={value: (when[value], weight[value], who[value]) for value in when},
        gravity={rule: min(places, default=len(severity)) for rule, places in raised.items()},
        questions={scope: tuple(question.id for question in vocabulary.asked_of(scope)) for scope in ("agency", "partner")},
    )


def _places(vocabulary: Vocabulary, name: str, attribute: str) -> dict[str, int]:
    """For each value of a finding the place of its attribute among those there are; nothing where there is no finding."""
    finding = vocabulary.findings.get(name)
    if finding is None:
        return {}
    return {value: finding.attributes[attribute].index(each.attributes[attribute]) for value, each in finding.values.items()}


class _Assembly:
    """One inference being turned into advice."""

    def __init__(self, firings: Firings, wording: Wording, order: _Order, engine: str, settled: Mapping[str, str]) -> None:
        self.firings, self.wording, self.order, self.engine, self.settled = firings, wording, order, engine, settled
        self.inference = inference = firings.inference
        self.vocabulary = inference.rulebook.vocabulary
        self.roles = self.vocabulary.roles
        self.partners = firings.partners

    def advice(self) -> Advice:
        rulebook, roles = self.inference.rulebook, self.roles
        decision = next(iter(self._items(roles.proceed)), None)
        if decision is None:
            raise InputError([Problem("", 0, "no-decision", found=roles.proceed)])
        forms = ((roles.first_structure, roles.structures), (roles.first_instrument, roles.instruments))
        structures, instruments = (self._first_then_rest(first, every) for first, every in forms)
        details = {str(ConclusionRef(every, item.id)): item for _, every in forms for item in self._items(every)}
        return Advice(
            format=FORMAT,
            case=self.inference.case.name,
            proceed=decision.id,
            gate=self._gate(decision),
            dimension=self._dimension(),
            limits=self._items(roles.limits),
            rows=self._rows(),
            structures=structures,
            instruments=instruments,
            details=details,
            categories=self._categories(),
            partners=tuple(self._partner(n) for n in range(len(self.partners))),
            cautions=self._cautions(),
            actions=self._actions(),
            second_lens=Lens(stages=self._items(roles.stages), rows=self._items(roles.lens_rows)),
            unknown=self._unknown(),
            settled=dict(self.settled),
            justification=Justification(self.firings.justification),
            rulebook=RulebookStamp(version=rulebook.version, sha256=rulebook.sha256),
            wording=WordingStamp(language=self.wording.language, sha256=self.wording.sha256),
            engine=self.engine,
        )

    def _items(self, finding: str, partner: int = AGENCY) -> tuple[Item, ...]:
        return tuple([self.firings.item(number) for number in self.inference.concluded(finding, partner).values()])

    def _level(self, finding: str, partner: int = AGENCY) -> str | None:
        """What a level came to; None where no rule gave it a value, or no finding plays the part."""
        return next(iter(self.inference.concluded(finding, partner)), None)

    def _first_then_rest(self, first: str, every: str) -> tuple[str, ...]:
        principal = tuple(self.inference.concluded(first))
        return (*principal, *(value for value in self.inference.concluded(every) if value not in principal))

    def _level_reasons(self, finding: str) -> tuple[Reason, ...]:
        return tuple(reason for number in self.inference.concluded(finding).values() for reason in self.firings.reasons(number))

    def _gate(self, decision: Item) -> Gate:
        return Gate(
            title=decision.title,
            text=decision.text,
            reasons=decision.reasons,
            stops=self._items(self.roles.stops),
            conditions=self._items(self.roles.conditions),
            change_reasons=self._items(self.roles.change_reasons),
        )

    def _dimension(self) -> Dimension:
        roles = self.roles
        recommended = self._level(roles.recommended)
        worded_as = self.vocabulary.findings[roles.recommended].worded_as
        words = self.wording.value(worded_as, recommended) if recommended else None
        return Dimension(
            recommended=recommended,
            needed=self._level(roles.needed),
            attainable=self._level(roles.attainable),
            present=self._level(roles.present),
            conditional=bool(self.inference.concluded(roles.conditional)),
            title=words.title if words else "",
            text=words.text if words else "",
            standing=self._items(roles.standing),
            reasons=self._level_reasons(roles.needed or roles.recommended),
        )

    def _rows(self) -> dict[str, Row]:
        recommended = self._level(self.roles.recommended)
        places = self.vocabulary.places[self.roles.recommended]
        cells, gaps = self._by_row(self.roles.cells), self._by_row(self.roles.gaps)
        rows = {}
        for name, row in self.roles.rows.items():
            own = self._level(row.own_need)
            differs = own is not None and recommended is not None and places[own] > places[recommended]
            present = self.inference.facts.agency.get(row.present)
            rows[name] = Row(
                title=self.wording.phrases["rows"][name],
                recommended=recommended,
                cell=next((item for item, step in cells.get(name, ()) if step == recommended), None),
                own_need=own if differs else None,
                own_reasons=self._level_reasons(row.own_need) if differs else (),
                present=present[0] if present else None,
                gap=tuple(item for item, _ in gaps.get(name, ())),
            )
        return rows

    def _by_row(self, finding: str) -> dict[str, list[tuple[Item, str]]]:
        """What was found for each row, with the step it belongs to ("" where it belongs to none)."""
        found: dict[str, list[tuple[Item, str]]] = {}
        for item in self._items(finding):
            of = self.vocabulary.findings[finding].values[item.id].attributes
            found.setdefault(of["row"], []).append((item, of.get("step", "")))
        return found

    def _categories(self) -> dict[str, Category]:
        roles = self.roles
        missing, members = self.inference.concluded(roles.missing_categories), self.inference.concluded(roles.members)
        found = {}
        for item in self._items(roles.categories):
            found[item.id] = Category(
                title=item.title,
                text=item.text,
                members=tuple(member for member in members if self._category_of(member) == item.id),
                partners=tuple(
                    name
                    for name, answers in zip(self.partners, self.inference.facts.partners, strict=True)
                    if answers.get(roles.category_of_partner) == (item.id,)
                ),
                missing=item.id in missing,
                reasons=item.reasons,
            )
        return found

    def _category_of(self, member: str) -> str:
        return self.vocabulary.findings[self.roles.members].values[member].attributes["category"]

    def _partner(self, number: int) -> PartnerFit:
        roles = self.roles
        fit = next(iter(self._items(roles.fit, number)), None)
        category = self.inference.facts.partners[number].get(roles.category_of_partner)
        return PartnerFit(
            name=self.partners[number],
            category=category[0] if category else None,
            fit=fit.id if fit else None,
            title=fit.title if fit else "",
            limit=self._level(roles.partner_limit, number),
            strengths=self._items(roles.strengths, number),
            concerns=self._items(roles.concerns, number),
            reasons=fit.reasons if fit else (),
        )

    def _cautions(self) -> tuple[Caution, ...]:
        found = [item for item in self._items(self.roles.cautions) if isinstance(item, Caution)]
        return tuple(sorted(found, key=lambda caution: (self.order.cautions[caution.id], caution.id)))

    def _actions(self) -> tuple[Action, ...]:
        return tuple(sorted([item for item in self._items(self.roles.actions) if isinstance(item, Action)], key=self._urgency))

    def _urgency(self, action: Action) -> tuple[int, int, int, int, str]:
        """By when it is due and what hangs on it; then with the gravest caution its rules raise; then by who does it."""
        when, weight, who = self.order.actions[action.id]
        return when, weight, min(self.order.gravity[reason.rule] for reason in action.reasons), who, action.id

    def _unknown(self) -> Unknown:
        facts = self.inference.facts
        decisive = self._open(self.roles.decisive, AGENCY)
        for number in range(len(self.partners)):
            decisive += self._open(self.roles.decisive_of_partners, number)
        return Unknown(
            decisive=tuple(decisive),
            unanswered=self._unanswered("agency", facts.agency, AGENCY),
            unanswered_of_partners={
                name: self._unanswered("partner", facts.partners[number], number) for number, name in enumerate(self.partners)
            },
            set_aside=tuple(str(QuestionRef(question, name or None)) for name, question in facts.set_aside),
        )

    def _unanswered(self, scope: str, own: Answers, owner: int) -> tuple[str, ...]:
        """The questions that are asked of an owner and not among its `own` answers."""
        not_asked = self.inference.facts.not_asked
        return tuple([name for name in self.order.questions[scope] if name not in own and (owner, name) not in not_asked])

    def _open(self, finding: str, partner: int) -> list[Open]:
        name = None if partner == AGENCY else self.partners[partner]
        made = []
        for question, number in self.inference.concluded(finding, partner).items():
            why = " ".join(reason.because for reason in self.firings.reasons(number))
            made.append(Open(question, name, self.wording.questions[question].ask, why))
        return made
