"""Puts advice together from an inference: it gathers and orders what the rules concluded, and words it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from advisor.engine.by_partners import ByPartners
from advisor.engine.inference import Inference
from advisor.engine.program import AGENCY
from advisor.explain.firings import Firings, Memo, Tables
from advisor.model.advice import (
    FORMAT,
    Action,
    Advice,
    Category,
    Caution,
    Contradiction,
    Dimension,
    DraftClause,
    Gate,
    Item,
    Lens,
    Open,
    OtherForm,
    OwnPaper,
    PartnerAdvice,
    Precondition,
    Premise,
    ProposalAnswer,
    Reason,
    Row,
    RulebookStamp,
    Unknown,
    WordingStamp,
    Worry,
)
from advisor.model.advice_parts import AGAINST, GROUNDS
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problem
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.rulebook import Rulebook
from advisor.model.sentence import lower_first
from advisor.model.vocabulary import THAT_IS_ALL, Vocabulary
from advisor.model.wording import Wording

Kind = TypeVar("Kind", bound=Item)


class AdviceBuilder:
    """Builds advice from inferences on one rulebook, in the words of one language. Safe to share between threads.

    What the rulebook and its words alone say is worked out once. `engine` is the name the advice is stamped with.
    """

    def __init__(self, rulebook: Rulebook, wording: Wording, engine: str) -> None:
        self._rulebook, self._wording, self._engine = rulebook, wording, engine
        self._tables = ByPartners[Tables]()
        self._order = _order_of(rulebook)

    def build(self, inference: Inference, settled: Mapping[str, str] | None = None) -> Advice:
        """The advice that an inference comes to; `settled` are the marks of its conclusions, where they were asked for."""
        return self._one(inference, settled or {}).advice()

    def contradictions(self, inference: Inference) -> tuple[Contradiction, ...]:
        """The answers that do not fit together, and nothing else of the advice."""
        return self._one(inference, {}).contradictions()

    def _one(self, inference: Inference, settled: Mapping[str, str]) -> "_OneAdvice":
        program = inference.program
        tables = self._tables.get_or_make(program.partners, lambda _: Tables(self._rulebook, self._wording, program))
        return _OneAdvice(Firings(inference, tables), self._wording, self._order, self._engine, settled)


@dataclass(frozen=True, slots=True)
class _Order:
    """What the rulebook alone says of how advice is ordered, worked out once.

    `conditions`, `cautions` and `actions` place each value, `gravity` each rule by the gravest caution it raises; `questions` are
    those asked of each scope.
    """

    conditions: Mapping[str, tuple[int, int, int]]
    cautions: Mapping[str, int]
    actions: Mapping[str, tuple[int, int, int]]
    gravity: Mapping[str, int]
    questions: Mapping[str, tuple[str, ...]]


def _order_of(rulebook: Rulebook) -> _Order:
    vocabulary, parts = rulebook.vocabulary, rulebook.vocabulary.advice_parts
    severity = _places(vocabulary, parts.cautions, "severity")
    when, weight, who = (_places(vocabulary, parts.actions, attribute) for attribute in ("when", "weight", "who"))

    def gravest(rule: str) -> int:
        raised = [severity[value] for finding, value in rulebook.rules[rule].conclusions if finding == parts.cautions]
        return min(raised, default=len(severity))

    gravity, by, whose = (_places(vocabulary, parts.conditions, attribute) for attribute in ("severity", "by", "who"))
    return _Order(
        conditions={value: (gravity[value], by[value], whose[value]) for value in gravity},
        cautions=severity,
        actions={value: (when[value], weight[value], who[value]) for value in when},
        gravity=Memo(gravest),
        questions={scope: tuple(question.id for question in vocabulary.asked_of(scope)) for scope in ("agency", "partner")},
    )


def _places(vocabulary: Vocabulary, name: str, attribute: str) -> dict[str, int]:
    """For each value of a finding the place of its attribute among those there are; nothing where there is no finding."""
    finding = vocabulary.findings.get(name)
    if finding is None:
        return {}
    return {value: finding.attributes[attribute].index(each.attributes[attribute]) for value, each in finding.values.items()}


class _OneAdvice:
    """One inference being turned into advice."""

    def __init__(self, firings: Firings, wording: Wording, order: _Order, engine: str, settled: Mapping[str, str]) -> None:
        self.firings, self.wording, self.order, self.engine, self.settled = firings, wording, order, engine, settled
        self.inference = inference = firings.inference
        self.vocabulary = inference.rulebook.vocabulary
        self.parts = self.vocabulary.advice_parts
        self.partners = firings.partners

    def advice(self) -> Advice:
        """The advice, with nothing put in words that nobody has looked at."""
        inference, parts = self.inference, self.parts
        if not inference.concluded(parts.proceed):
            raise InputError([Problem("", 0, "no-decision", found=parts.proceed)])
        rulebook, wording = inference.rulebook, self.wording
        return Advice.of(
            format=lambda _: FORMAT,
            case=lambda _: inference.case.name,
            words=lambda _: dict(inference.case.words),
            proceed=lambda _: next(iter(inference.concluded(parts.proceed))),
            stages=lambda _: tuple(inference.concluded(parts.stages)),
            gate=lambda _: self._gate(),
            proposal=lambda advice: self._proposal(advice.conditions),
            contradictions=lambda _: self.contradictions(),
            conditions=lambda _: self._conditions(),
            dimension=lambda _: self._dimension(),
            rows=lambda _: self._rows(),
            structures=lambda _: self._first_then_rest(parts.first_structure, parts.structures),
            instruments=lambda _: self._first_then_rest(parts.first_instrument, parts.instruments),
            in_force=lambda _: tuple(inference.concluded(parts.in_force)),
            details=lambda _: self._details(),
            partners=lambda _: tuple(map(self._partner, range(len(self.partners)))),
            categories=lambda _: self._categories(),
            members_missing=lambda _: self._items(parts.members_missing),
            worries=lambda _: self._of(Worry, parts.worries),
            kept=lambda _: self._of(Worry, parts.kept),
            cautions=lambda _: self._cautions(),
            actions=lambda _: self._actions(),
            law=lambda _: self._items(parts.law),
            terms=lambda _: self._items(parts.terms),
            own_papers=lambda advice: self._own_papers(advice.proposal),
            other_forms=lambda _: self._of(OtherForm, parts.other_forms),
            guidance=lambda _: self._items(parts.guidance),
            annex=lambda _: self._annex(),
            clauses=lambda _: self._of(DraftClause, parts.clauses),
            second_lens=lambda _: Lens(stages=self._items(parts.lens_stages), rows=self._items(parts.lens_rows)),
            unknown=lambda _: self._unknown(),
            told=self._told,
            settled=lambda _: dict(self.settled),
            justification=lambda _: self.firings.justification(),
            rulebook=lambda _: RulebookStamp(version=rulebook.version, sha256=rulebook.sha256),
            wording=lambda _: WordingStamp(language=wording.language, sha256=wording.sha256),
            engine=lambda _: self.engine,
        )

    def _items(self, finding: str, partner: int = AGENCY, **blanks: str) -> tuple[Item, ...]:
        concluded = self.inference.concluded(finding, partner).values()
        filled = {**self.blanks, **blanks} if blanks else self.blanks
        return tuple([self.firings.item(number, filled) for number in concluded])

    def _of(self, kind: type[Kind], finding: str, partner: int = AGENCY, **blanks: str) -> tuple[Kind, ...]:
        return tuple([item for item in self._items(finding, partner, **blanks) if isinstance(item, kind)])

    @cached_property
    def blanks(self) -> dict[str, str]:
        """What words may name of the advice as a whole: the dimension, the structure, the instrument, what is left out."""
        parts = self.parts
        blanks = {"dimension": parts.recommended, "structure": parts.first_structure, "instrument": parts.first_instrument}
        left_out = self._asked(self.inference.concluded(parts.left_out)) or self.wording.phrases["blanks"]["left_out"]
        return {**{blank: self._called(finding) for blank, finding in blanks.items()}, "left_out": left_out}

    def _called(self, finding: str) -> str:
        value = self._level(finding)
        return self.wording.title(self.vocabulary.findings[finding].worded_as, value) if value else ""

    def _proposal(self, conditions: tuple[Precondition, ...]) -> tuple[ProposalAnswer, ...]:
        """The answers to what is on the table, what she asks about above all first; what has a ground of its own says that.

        An answer's words may name the first of the conditions, and what else of it goes ahead.
        """
        first = conditions[0].title if conditions else self.wording.phrases["blanks"]["first_condition"]
        parts, notes = self.parts, self.inference.case.notes
        words = self.inference.case.words
        given = [o for o in self.inference.facts.agency.get(parts.proposal, ()) if o != THAT_IS_ALL]
        said = {item.id: (item, ground) for ground in GROUNDS for item in self._items(getattr(parts, ground))}
        found = []
        alone = words.get("proposal") if len(given) == 1 else None
        for answer in self._of(ProposalAnswer, parts.answers, first_condition=lower_first(first), granted=self._granted):
            asked = notes.get((parts.proposal, answer.to)) or alone or answer.asked
            if answer.to in said:
                item, verdict = said[answer.to]
                own = (item.id, item.title, item.text, item.reasons, self._with_all_said_of(answer.to, item.premises))
                found.append(ProposalAnswer(*own, answer.to, asked, verdict))
            else:
                found.append(replace(answer, asked=asked, premises=self._with_all_said_of(answer.to, answer.premises)))
        main = self.inference.facts.agency.get(parts.main, ())
        marked = [replace(answer, main=answer.to in main) for answer in found]
        return tuple(sorted(marked, key=lambda each: (not each.main, given.index(each.to) if each.to in given else len(given))))

    @property
    def _granted(self) -> str:
        """What is asked and goes ahead."""
        parts, concluded, findings = self.parts, self.inference.concluded, self.vocabulary.findings
        ruled_out = {value for ground in AGAINST for value in concluded(getattr(parts, ground))}
        given = [findings[parts.answers].values[value].attributes for value in concluded(parts.answers)]
        goes = [each["to"] for each in given if each["verdict"] in parts.granted and each["to"] not in ruled_out]
        return self._asked(goes) or self.wording.phrases["blanks"]["granted"]

    def _asked(self, options: Iterable[str]) -> str:
        """Things that are asked, in her words where a few will do; only those that have a short name."""
        notes = self.inference.case.notes
        said = [self.wording.asked_in_short(option, notes.get((self.parts.proposal, option), "")) for option in options]
        return self.wording.grammar.listed([name for name in said if name], "standard")

    def _with_all_said_of(self, asked: str, premises: tuple[Premise, ...]) -> tuple[Premise, ...]:
        """The premises, and whatever else she noted beside this one among the things that are asked.

        What she calls another thing that is asked says nothing of this one.
        """
        questions, answers = self.vocabulary.questions, self.inference.case.answers
        premises = tuple(
            [
                replace(each, note="")
                if each.note and each.question == self.parts.proposal and asked not in each.answer
                else each
                for each in premises
            ]
        )
        noted = [
            Premise(name, None, (option,), note)
            for (name, option), note in self.inference.case.notes.items()
            if option == asked
            and name in questions
            and questions[name].options_of == self.parts.proposal
            and option in answers.get(name, ())
        ]
        return (*premises, *(each for each in noted if each not in premises))

    def _own_papers(self, answers: tuple[ProposalAnswer, ...]) -> tuple[OwnPaper, ...]:
        """What takes a paper of its own, in the order in which what is asked is answered; then what the whole of it takes."""
        order = {answer.to: place for place, answer in enumerate(answers)}
        return tuple(sorted(self._of(OwnPaper, self.parts.own_papers), key=lambda paper: order.get(paper.to, len(order))))

    def _conditions(self) -> tuple[Precondition, ...]:
        found, order = self._of(Precondition, self.parts.conditions), self.order.conditions
        return tuple(sorted(found, key=lambda condition: order[condition.id]))

    def contradictions(self) -> tuple[Contradiction, ...]:
        found = self._of(Contradiction, self.parts.contradictions)
        for number in range(len(self.partners)):
            found += self._of(Contradiction, self.parts.contradictions_of_partners, number)
        return found

    def _annex(self) -> dict[str, tuple[Item, ...]]:
        """The sources' own short lists, by list, in the order in which the rulebook declares the lists."""
        finding = self.vocabulary.findings.get(self.parts.annex)
        found: dict[str, list[Item]] = {name: [] for name in (finding.attributes["list"] if finding else ())}
        for item in self._items(self.parts.annex):
            assert finding is not None
            found[finding.values[item.id].attributes["list"]].append(item)
        return {name: tuple(items) for name, items in found.items() if items}

    def _told(self, advice: Advice) -> tuple[Premise, ...]:
        """The notes that nothing which is shown rests on, in the order of the questions."""
        parts, case = self.parts, self.inference.case
        shown = {(premise.partner, premise.question, premise.note) for item in advice.items() for premise in item.premises}
        shown |= {(premise.partner, premise.question, premise.note) for premise in advice.dimension.premises}
        shown |= {(None, parts.proposal, answer.asked) for answer in advice.proposal}
        found = []
        for name, answers, notes in ((None, case.answers, case.notes), *((p.name, p.answers, p.notes) for p in case.partners)):
            for question in self.vocabulary.questions:
                for (asked, option), note in notes.items():
                    if asked == question and (name, question, note) not in shown and question in answers:
                        found.append(Premise(question, name, (option,) if option else answers[question], note))
        return tuple(found)

    def _level(self, finding: str, partner: int = AGENCY) -> str | None:
        """What a level came to; None where no rule gave it a value, or no finding plays the part."""
        return next(iter(self.inference.concluded(finding, partner)), None)

    def _details(self) -> dict[str, Item]:
        parts = self.parts
        detailed = (parts.structures, parts.instruments, parts.in_force)
        return {str(ConclusionRef(every, item.id)): item for every in detailed for item in self._items(every)}

    def _first_then_rest(self, first: str, every: str) -> tuple[str, ...]:
        principal = tuple(self.inference.concluded(first))
        return (*principal, *(value for value in self.inference.concluded(every) if value not in principal))

    def _level_reasons(self, finding: str) -> tuple[Reason, ...]:
        return tuple(reason for number in self.inference.concluded(finding).values() for reason in self.firings.reasons(number))

    def _gate(self) -> Gate:
        decision = self._items(self.parts.proceed)[0]
        return Gate(
            title=decision.title,
            text=decision.text,
            reasons=decision.reasons,
            stops=self._items(self.parts.stops),
            objections=self._items(self.parts.objections),
            supports=self._items(self.parts.supports),
            change_reasons=self._items(self.parts.change_reasons),
        )

    def _dimension(self) -> Dimension:
        parts = self.parts
        recommended = self._level(parts.recommended)
        worded_as = self.vocabulary.findings[parts.recommended].worded_as
        words = self.wording.value(worded_as, recommended) if recommended else None
        return Dimension(
            recommended=recommended,
            needed=self._level(parts.needed),
            attainable=self._level(parts.attainable),
            present=self._level(parts.present),
            conditional=bool(self.inference.concluded(parts.conditional)),
            title=words.title if words else "",
            text=words.text if words else "",
            standing=self._items(parts.standing),
            held_by=self._items(parts.held_by),
            reasons=self._level_reasons(parts.needed or parts.recommended),
            premises=tuple(
                premise
                for number in self.inference.concluded(parts.needed or parts.recommended).values()
                for premise in self.firings.premises(number)
            ),
        )

    def _rows(self) -> dict[str, Row]:
        recommended = self._level(self.parts.recommended)
        places = self.vocabulary.places[self.parts.recommended]
        cells, gaps = self._by_row(self.parts.cells), self._by_row(self.parts.gaps)
        rows = {}
        for name, row in self.parts.rows.items():
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
        parts = self.parts
        members, missing = self.inference.concluded(parts.members), self.inference.concluded(parts.members_missing)
        found = {}
        for item in self._items(parts.categories):
            called_for = tuple(member for member in members if self._category_of(member) == item.id)
            partners = tuple(
                name
                for name, answers in zip(self.partners, self.inference.facts.partners, strict=True)
                if answers.get(parts.category_of_partner) == (item.id,)
            )
            found[item.id] = Category(
                title=item.title,
                text=item.text,
                members=called_for,
                partners=partners,
                missing=not partners and all(member in missing for member in called_for),
                reasons=item.reasons,
            )
        return found

    def _category_of(self, member: str) -> str:
        return self.vocabulary.findings[self.parts.members].values[member].attributes["category"]

    def _partner(self, number: int) -> PartnerAdvice:
        parts = self.parts
        category = self.inference.facts.partners[number].get(parts.category_of_partner)
        return PartnerAdvice(
            name=self.partners[number],
            category=category[0] if category else None,
            dimension=self._level(parts.partner_dimension, number),
            core=bool(self.inference.concluded(parts.core, number)),
            held=self._items(parts.partner_held, number),
            role=self._items(parts.partner_role, number),
            absent=self._items(parts.absent, number),
        )

    def _cautions(self) -> tuple[Caution, ...]:
        found = [item for item in self._items(self.parts.cautions) if isinstance(item, Caution)]
        return tuple(sorted(found, key=lambda caution: (self.order.cautions[caution.id], caution.id)))

    def _actions(self) -> tuple[Action, ...]:
        return tuple(sorted([item for item in self._items(self.parts.actions) if isinstance(item, Action)], key=self._urgency))

    def _urgency(self, action: Action) -> tuple[int, int, int, int, str]:
        """By when it is due and what hangs on it; then with the gravest caution its rules raise; then by who does it."""
        when, weight, who = self.order.actions[action.id]
        return when, weight, min(self.order.gravity[reason.rule] for reason in action.reasons), who, action.id

    def _unknown(self) -> Unknown:
        facts = self.inference.facts
        decisive = self._open(self.parts.decisive, AGENCY)
        for number in range(len(self.partners)):
            decisive += self._open(self.parts.decisive_of_partners, number)
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
