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
from advisor.model.references import ConclusionRef, QuestionRef
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Finding
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

    rows: tuple[str, ...]
    cautions: Mapping[str, int]
    actions: Mapping[str, tuple[int, int, int]]
    gravity: Mapping[str, int]
    questions: Mapping[str, tuple[str, ...]]


def _order_of(rulebook: Rulebook) -> _Order:
    vocabulary = rulebook.vocabulary
    cautions, actions = vocabulary.findings["caution"], vocabulary.findings["action"]
    severity = {value: _place(cautions, "severity", value) for value in cautions.values}
    raised = {
        rule.id: [severity[value] for finding, value in rule.conclusions if finding == "caution"]
        for rule in rulebook.rules.values()
    }
    return _Order(
        rows=tuple(q.id.partition(".")[2] for q in vocabulary.questions.values() if q.group == "present"),
        cautions=severity,
        actions={
            value: (_place(actions, "when", value), _place(actions, "weight", value), _place(actions, "who", value))
            for value in actions.values
        },
        gravity={rule: min(places, default=len(cautions.attributes["severity"])) for rule, places in raised.items()},
        questions={scope: tuple(question.id for question in vocabulary.asked_of(scope)) for scope in ("agency", "partner")},
    )


def _place(finding: Finding, attribute: str, value: str) -> int:
    return finding.attributes[attribute].index(finding.values[value].attributes[attribute])


class _Assembly:
    """One inference being turned into advice."""

    def __init__(self, firings: Firings, wording: Wording, order: _Order, engine: str, settled: Mapping[str, str]) -> None:
        self.firings, self.wording, self.order, self.engine, self.settled = firings, wording, order, engine, settled
        self.inference = inference = firings.inference
        self.vocabulary = inference.rulebook.vocabulary
        self.partners = firings.partners

    def advice(self) -> Advice:
        rulebook = self.inference.rulebook
        structures = self._first_then_rest("first-structure", "structure")
        instruments = self._first_then_rest("first-instrument", "instrument")
        details = {str(ConclusionRef("structure", item.id)): item for item in self._items("structure")}
        details |= {str(ConclusionRef("instrument", item.id)): item for item in self._items("instrument")}
        return Advice(
            format=FORMAT,
            case=self.inference.case.name,
            proceed=self.inference.values("proceed")[0],
            gate=self._gate(),
            dimension=self._dimension(),
            limits=self._items("limit-to-lift"),
            rows=self._rows(),
            structures=structures,
            instruments=instruments,
            details=details,
            categories=self._categories(),
            partners=tuple(self._partner(n) for n in range(len(self.partners))),
            cautions=self._cautions(),
            actions=self._actions(),
            second_lens=Lens(stages=self._items("lens"), rows=self._items("lens-row")),
            unknown=self._unknown(),
            settled=dict(self.settled),
            justification=self.firings.justification(),
            rulebook=RulebookStamp(version=rulebook.version, sha256=rulebook.sha256),
            wording=WordingStamp(language=self.wording.language, sha256=self.wording.sha256),
            engine=self.engine,
        )

    def _items(self, finding: str, partner: int = AGENCY) -> tuple[Item, ...]:
        return tuple([self.firings.item(number) for number in self.inference.concluded(finding, partner).values()])

    def _first_then_rest(self, first: str, every: str) -> tuple[str, ...]:
        principal = self.inference.values(first)
        return (*principal, *(value for value in self.inference.values(every) if value not in principal))

    def _level_reasons(self, finding: str) -> tuple[Reason, ...]:
        return tuple(reason for number in self.inference.concluded(finding).values() for reason in self.firings.reasons(number))

    def _gate(self) -> Gate:
        proceed = self._items("proceed")[0]
        return Gate(
            title=proceed.title,
            text=proceed.text,
            reasons=proceed.reasons,
            stops=self._items("stop"),
            conditions=self._items("condition"),
            change_reasons=self._items("change-reason"),
        )

    def _dimension(self) -> Dimension:
        recommended, needed = self.inference.level("dimension"), self.inference.level("need")
        words = self.wording.value("dimension", recommended) if recommended else None
        return Dimension(
            recommended=recommended,
            needed=needed,
            attainable=self.inference.level("attainable"),
            present=self.inference.level("present"),
            conditional=bool(self.inference.values("conditional")),
            title=words.title if words else "",
            text=words.text if words else "",
            standing=self._items("fit-of-dimension"),
            reasons=self._level_reasons("need"),
        )

    def _rows(self) -> dict[str, Row]:
        recommended = self.inference.level("dimension")
        steps = list(self.vocabulary.findings["dimension"].values)
        cells = {item.id: item for item in self._items("cell")}
        gaps = self._items("gap")
        rows = {}
        for name in self.order.rows:
            own = self.inference.level(f"own-{name}")
            differs = own is not None and recommended is not None and steps.index(own) > steps.index(recommended)
            present = self.inference.facts.agency.get(f"present.{name}")
            rows[name] = Row(
                title=self.wording.phrases["rows"][name],
                recommended=recommended,
                cell=cells.get(f"{name}-{recommended}"),
                own_need=own if differs else None,
                own_reasons=self._level_reasons(f"own-{name}") if differs else (),
                present=present[0] if present else None,
                gap=tuple(item for item in gaps if item.id.startswith(f"{name}-")),
            )
        return rows

    def _categories(self) -> dict[str, Category]:
        missing = self.inference.values("missing-category")
        of_member = self.vocabulary.findings["member"].values
        members = self.inference.values("member")
        found = {}
        for item in self._items("category"):
            found[item.id] = Category(
                title=item.title,
                text=item.text,
                members=tuple(m for m in members if of_member[m].attributes["category"] == item.id),
                partners=tuple(
                    name
                    for name, answers in zip(self.partners, self.inference.facts.partners, strict=True)
                    if answers.get("partner.category") == (item.id,)
                ),
                missing=item.id in missing,
                reasons=item.reasons,
            )
        return found

    def _partner(self, number: int) -> PartnerFit:
        fit = self._items("fit", number)[0]
        category = self.inference.facts.partners[number].get("partner.category")
        return PartnerFit(
            name=self.partners[number],
            category=category[0] if category else None,
            fit=fit.id,
            title=fit.title,
            limit=self.inference.level("partner-limit", number),
            strengths=self._items("strength", number),
            concerns=self._items("concern", number),
            reasons=fit.reasons,
        )

    def _cautions(self) -> tuple[Caution, ...]:
        found = [item for item in self._items("caution") if isinstance(item, Caution)]
        return tuple(sorted(found, key=lambda caution: (self.order.cautions[caution.id], caution.id)))

    def _actions(self) -> tuple[Action, ...]:
        return tuple(sorted([item for item in self._items("action") if isinstance(item, Action)], key=self._urgency))

    def _urgency(self, action: Action) -> tuple[int, int, int, int, str]:
        """By when it is due and what hangs on it; then with the gravest caution its rules raise; then by who does it."""
        when, weight, who = self.order.actions[action.id]
        return when, weight, min(self.order.gravity[reason.rule] for reason in action.reasons), who, action.id

    def _unknown(self) -> Unknown:
        facts = self.inference.facts
        decisive = self._open("ask", AGENCY)
        for number in range(len(self.partners)):
            decisive += self._open("ask-partner", number)
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
