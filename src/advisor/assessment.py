"""Puts advice together from an inference: it gathers and orders what the rules concluded, and words it."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from advisor.advice import (
    FORMAT,
    Action,
    Advice,
    Answer,
    Category,
    Caution,
    Dimension,
    Firing,
    Gate,
    Item,
    Lens,
    Open,
    PartnerFit,
    Reason,
    Row,
    RulebookStamp,
    Unknown,
)
from advisor.case import Case, is_asked
from advisor.engines import Engine
from advisor.inference import Inference, infer
from advisor.justification import Ground, because, conclusions, grounds, key
from advisor.loading import Loaded
from advisor.program import AGENCY, Atom, Program
from advisor.vocabulary import Question
from advisor.wording import Wording

if TYPE_CHECKING:
    from advisor.space.ground import Space


class Advisor:
    """A rulebook with its wording and an engine, ready to assess cases. Safe to share between threads.

    With `marks`, advice also tells which of it is settled whatever is still unknown.
    """

    def __init__(self, loaded: Loaded, engine: Engine, *, marks: bool = False) -> None:
        self.loaded, self.engine, self.marks = loaded, engine, marks
        self.rulebook, self.wording = loaded.rulebook, loaded.wording
        self._programs: dict[int, Program] = {}

    def program(self, partners: int) -> Program:
        """The rulebook compiled for this many partners."""
        if partners not in self._programs:
            self._programs[partners] = self.loaded.program(partners)
        return self._programs[partners]

    def infer(self, case: Case) -> Inference:
        """What follows from a case, without words."""
        return infer(case, self.rulebook, self.program(len(case.partners)), self.engine)

    def assess(self, case: Case) -> Advice:
        """The advice on a case."""
        inference = self.infer(case)
        return _Assembly(inference, self.wording, self.engine.name, self._marks(inference)).advice()

    @cached_property
    def space(self) -> "Space":
        """What can be asked of open answers, prepared once for each number of partners."""
        from advisor.space.ground import Space  # here, since advice without marks needs no solver

        return Space(self.rulebook, self.program, self.loaded.kept)

    def _marks(self, inference: Inference) -> dict[str, str]:
        """For each conclusion whether it is settled or open."""
        if not self.marks:
            return {}
        from advisor.space.settling import settle

        case = inference.case
        names = [partner.name for partner in case.partners]
        found = settle(case, self.space.ground(len(names))).status
        status = {(c.finding, c.value, c.partner): where for c, where in found.items()}
        concluded = ((key(atom, names), (atom.name, atom.values[0], atom.partner)) for atom in conclusions(inference))
        return {name: status[parts] for name, parts in concluded if parts in status}


class _Assembly:
    """One inference being turned into advice."""

    def __init__(self, inference: Inference, wording: Wording, engine: str, settled: dict[str, str]) -> None:
        self.inference, self.wording, self.engine, self.settled = inference, wording, engine, settled
        self.vocabulary = inference.rulebook.vocabulary
        self.partners = [partner.name for partner in inference.case.partners]
        self._grounds: dict[Atom, tuple[Ground, ...]] = {}

    def advice(self) -> Advice:
        rulebook = self.inference.rulebook
        structures = self._first_then_rest("first-structure", "structure")
        instruments = self._first_then_rest("first-instrument", "instrument")
        details = {f"structure:{item.id}": item for item in self._items("structure")}
        details |= {f"instrument:{item.id}": item for item in self._items("instrument")}
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
            settled=self.settled,
            justification=self._justification(),
            rulebook=RulebookStamp(version=rulebook.version, sha256=rulebook.sha256),
            engine=self.engine,
        )

    def _grounds_of(self, atom: Atom) -> tuple[Ground, ...]:
        """The firings behind a conclusion, worked out once: a reason and the justification both show them."""
        if atom not in self._grounds:
            self._grounds[atom] = grounds(self.inference, atom)
        return self._grounds[atom]

    def _reasons(self, atom: Atom) -> tuple[Reason, ...]:
        return tuple(self._reason(ground) for ground in self._grounds_of(atom))

    def _reason(self, ground: Ground) -> Reason:
        return Reason(
            rule=ground.rule.id,
            partner=self._name(ground.partner),
            because=because(ground.rule, ground.partner, self.partners),
            sources=ground.rule.sources,
        )

    def _name(self, partner: int) -> str | None:
        return None if partner == AGENCY else self.partners[partner]

    def _item(self, finding: str, value: str, partner: int = AGENCY) -> Item:
        words = self.wording.value(self.vocabulary.findings[finding].worded_as, value)
        reasons = self._reasons(Atom("finding", finding, (value,), partner))
        return Item(id=value, title=words.title, text=words.text, reasons=reasons)

    def _items(self, finding: str, partner: int = AGENCY) -> tuple[Item, ...]:
        return tuple(self._item(finding, value, partner) for value in self.inference.values(finding, partner))

    def _first_then_rest(self, first: str, every: str) -> tuple[str, ...]:
        principal = self.inference.values(first)
        return (*principal, *(value for value in self.inference.values(every) if value not in principal))

    def _level_reasons(self, finding: str, level: str | None) -> tuple[Reason, ...]:
        if level is None:
            return ()
        keep = self.vocabulary.findings[finding].keep
        return self._reasons(Atom("at_least" if keep == "highest" else "at_most", finding, (level,)))

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
            reasons=self._level_reasons("need", needed),
        )

    def _rows(self) -> dict[str, Row]:
        names = [q.id.partition(".")[2] for q in self.vocabulary.questions.values() if q.group == "present"]
        recommended = self.inference.level("dimension")
        steps = list(self.vocabulary.findings["dimension"].values)
        cells = {item.id: item for item in self._items("cell")}
        gaps = self._items("gap")
        rows = {}
        for name in names:
            own = self.inference.level(f"own-{name}")
            differs = own is not None and recommended is not None and steps.index(own) > steps.index(recommended)
            present = self.inference.facts.agency.get(f"present.{name}")
            rows[name] = Row(
                title=self.wording.phrases["rows"][name],
                recommended=recommended,
                cell=cells.get(f"{name}-{recommended}"),
                own_need=own if differs else None,
                own_reasons=self._level_reasons(f"own-{name}", own) if differs else (),
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

    def _order(self, finding: str, attribute: str, value: str) -> int:
        declared = self.vocabulary.findings[finding]
        return declared.attributes[attribute].index(declared.values[value].attributes[attribute])

    def _cautions(self) -> tuple[Caution, ...]:
        values = self.vocabulary.findings["caution"].values
        made = []
        for item in self._items("caution"):
            sources = tuple(dict.fromkeys(source for reason in item.reasons for source in reason.sources))
            severity = values[item.id].attributes["severity"]
            made.append(Caution(item.id, item.title, item.text, item.reasons, severity, sources))
        return tuple(sorted(made, key=lambda caution: (self._order("caution", "severity", caution.id), caution.id)))

    def _actions(self) -> tuple[Action, ...]:
        values = self.vocabulary.findings["action"].values
        made = []
        for item in self._items("action"):
            attributes = values[item.id].attributes
            made.append(Action(item.id, item.title, item.text, item.reasons, **attributes))
        return tuple(sorted(made, key=self._urgency))

    def _urgency(self, action: Action) -> tuple[int, int, int, int, str]:
        """By when it is due and what hangs on it; then with the gravest caution its rules raise; then by who does it."""
        rules = self.inference.rulebook.rules
        raised = [
            self._order("caution", "severity", value)
            for reason in action.reasons
            for finding, value in rules[reason.rule].conclusions
            if finding == "caution"
        ]
        gravity = min(raised, default=len(self.vocabulary.findings["caution"].attributes["severity"]))
        when, weight, who = (self._order("action", attribute, action.id) for attribute in ("when", "weight", "who"))
        return when, weight, gravity, who, action.id

    def _unknown(self) -> Unknown:
        facts = self.inference.facts
        decisive = [self._open("ask", question, AGENCY) for question in self.inference.values("ask")]
        for number in range(len(self.partners)):
            decisive += [self._open("ask-partner", q, number) for q in self.inference.values("ask-partner", number)]
        return Unknown(
            decisive=tuple(decisive),
            unanswered=tuple(self._unanswered(self.vocabulary.asked_of("agency"), None)),
            unanswered_of_partners={
                name: tuple(self._unanswered(self.vocabulary.asked_of("partner"), number))
                for number, name in enumerate(self.partners)
            },
            set_aside=tuple(f"{question}@{name}" if name else question for name, question in facts.set_aside),
        )

    def _unanswered(self, questions: Iterable[Question], partner: int | None) -> Iterable[str]:
        facts = self.inference.facts
        answered = facts.agency if partner is None else facts.partners[partner]
        for question in questions:
            if question.id not in answered and is_asked(question.id, facts, partner, self.vocabulary):
                yield question.id

    def _open(self, finding: str, question: str, partner: int) -> Open:
        reasons = self._reasons(Atom("finding", finding, (question,), partner))
        return Open(
            question=question,
            partner=self._name(partner),
            ask=self.wording.questions[question].ask,
            because=" ".join(reason.because for reason in reasons),
        )

    def _justification(self) -> dict[str, tuple[Firing, ...]]:
        return {
            key(atom, self.partners): tuple(self._firing(ground) for ground in self._grounds_of(atom))
            for atom in conclusions(self.inference)
        }

    def _firing(self, ground: Ground) -> Firing:
        facts = self.inference.facts
        answers: dict[tuple[str, int], Answer] = {}
        for atom in ground.inputs:
            owner = facts.agency if atom.partner == AGENCY else facts.partners[atom.partner]
            given = Answer(question=atom.name, partner=self._name(atom.partner), answer=owner.get(atom.name, ()))
            answers[atom.name, atom.partner] = given
        return Firing(
            rule=ground.rule.id,
            partner=self._name(ground.partner),
            because=because(ground.rule, ground.partner, self.partners),
            sources=ground.rule.sources,
            answers=tuple(answers.values()),
            findings=tuple(key(atom, self.partners) for atom in ground.findings),
            absent=tuple(key(atom, self.partners) for atom in ground.absent),
        )
