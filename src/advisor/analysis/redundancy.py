"""What no case needs: rules that never fire or that others make pointless, values, options and questions without effect."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import clingo

from advisor.analysis.controls import OPTIONS, literal_of
from advisor.analysis.deadline import Deadline
from advisor.analysis.encoding import Encoding, Writer, mirror, write
from advisor.analysis.perturbation import Perturbations, perturbations_of
from advisor.analysis.solver import hunt
from advisor.analysis.verification import Proof
from advisor.engine.bit_parallel import BitParallel
from advisor.engine.compiler import compile_program
from advisor.engine.conclusions import Conclusion, conclude
from advisor.engine.program import AGENCY, Atom, Program, Slot
from advisor.engine.slots import answers_of, case_with, slots_of
from advisor.model.case import Case, unanswered
from advisor.model.references import AnswerRef, ConclusionRef
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import NONE, Finding, Vocabulary

Item = tuple[str, str]  # the claim, and what it is about

RULES_FIRE = "every-rule-can-fire"
RULES_COUNT = "no-rule-is-pointless"
VALUES = "every-finding-is-reached"
OPTIONS_CHOSEN = "every-option-can-be-chosen"
QUESTIONS = "every-question-matters"
_AT_RANDOM = 40  # cases around which each answer is changed before the solver is asked
CLAIMS = (RULES_FIRE, RULES_COUNT, VALUES, OPTIONS_CHOSEN, QUESTIONS)


@dataclass(slots=True)
class _Targets:
    """Literals to be met, and what each is about; an item is shown when one of its literals is met."""

    literals: dict[int, int]
    item: dict[int, Item]

    def add(self, item: Item, literal: int) -> None:
        """One more literal that would show an item."""
        self.literals[len(self.literals)] = literal
        self.item[len(self.item)] = item


def prove_needed(rulebook: Rulebook, partners: Sequence[int], deadline: Deadline) -> tuple[Proof, ...]:
    """For each claim of `CLAIMS` whether it holds over every case with any of these numbers of partners.

    What it fails for is listed; what the time did not suffice for leaves the claim not decided.
    """
    wanted = dict.fromkeys(_items(rulebook))
    shown: set[Item] = {(QUESTIONS, rulebook.vocabulary.advice_parts.main)}  # it puts the answers in order, and decides nothing
    took = dict.fromkeys(CLAIMS, 0.0)
    decided = dict.fromkeys(CLAIMS, True)
    programs = [compile_program(rulebook, number) for number in partners]
    for program in programs:
        started = monotonic()
        met, whole = _single(rulebook, program, shown, deadline)
        shown |= met
        for claim in CLAIMS[:-1]:
            took[claim] += (monotonic() - started) / (len(CLAIMS) - 1)
            decided[claim] = decided[claim] and whole
        started = monotonic()
        shown |= _seen_to_matter(rulebook, program, shown)
        took[QUESTIONS] += monotonic() - started
    started = monotonic()
    for program in programs:  # the solver last: what no case at random shows for one number may be shown for another
        met, whole = _questions(rulebook, program, shown, deadline)
        shown |= met
        decided[QUESTIONS] = decided[QUESTIONS] and whole
    took[QUESTIONS] += monotonic() - started
    proofs = []
    for claim in CLAIMS:
        missing = tuple(name for of, name in wanted if of == claim and (of, name) not in shown)
        verdict = "proved" if not missing else "refuted" if decided[claim] else "not-decided"
        proofs.append(Proof(claim, tuple(partners), verdict, about=missing, seconds=took[claim]))  # type: ignore[arg-type]
    return tuple(proofs)


def _items(rulebook: Rulebook) -> Iterable[Item]:
    vocabulary = rulebook.vocabulary
    for rule in rulebook.rules:
        yield RULES_FIRE, rule
        yield RULES_COUNT, rule
    for finding in vocabulary.findings.values():
        for value in _values(finding, rulebook):
            yield VALUES, str(ConclusionRef(finding.name, value))
    for question in vocabulary.questions.values():
        for option in question.options:
            yield OPTIONS_CHOSEN, str(AnswerRef(question.id, (option,)))
        yield QUESTIONS, question.id


def _values(finding: Finding, rulebook: Rulebook) -> tuple[str, ...]:
    """The values that some case should reach: all that are declared; of a scale or of questions, those that rules give.

    Of findings that share their values each has those that rules give it, and the first also those that no other has.
    """
    sharing = {other.name for other in rulebook.vocabulary.findings.values() if other.worded_as == finding.worded_as}
    if finding.kind == "flag" or (finding.kind == "set" and finding.worded_as and len(sharing) == 1):
        return tuple(finding.values)
    conclusions = [conclusion for rule in rulebook.rules.values() for conclusion in rule.conclusions]
    own = {value for name, value in conclusions if name == finding.name}
    if finding.kind == "set" and finding.name == finding.worded_as:
        own |= finding.values.keys() - {value for name, value in conclusions if name in sharing}
    return tuple(value for value in finding.values if value in own)


def _single(rulebook: Rulebook, program: Program, shown: set[Item], deadline: Deadline) -> tuple[set[Item], bool]:
    """What one case can show: rules firing, alone in a conclusion, values reached, options chosen."""
    control = clingo.Control(list(OPTIONS))
    targets = _Targets({}, {})
    with control.backend() as backend:
        writer = Writer(backend)
        encoding = write(writer, program, rulebook.vocabulary, silence=True)
        givers = _givers(rulebook, program)
        for rule in rulebook.rules.values():
            for owner in _owners(rule.about, program):
                fires = program.number.get(Atom("rule", rule.id, (), owner))
                if fires is None:
                    continue
                targets.add((RULES_FIRE, rule.id), encoding.truth[fires])
                for name, value in rule.conclusions:
                    rivals = _rivals(rule, rulebook.vocabulary.findings[name], value, owner, givers)
                    alone = [encoding.truth[fires], *(-encoding.truth[n] for n in rivals)]
                    targets.add((RULES_COUNT, rule.id), writer.all_of(alone))
        for finding in rulebook.vocabulary.findings.values():
            for value in _values(finding, rulebook):
                for owner in _owners(finding.of, program):
                    conclusion = conclude(program, finding, value, owner)
                    if conclusion.literals is not None:
                        targets.add((VALUES, str(ConclusionRef(finding.name, value))), literal_of(writer, encoding, conclusion))
        for slot, choice in encoding.slots.items():
            for option, chosen in choice.chosen.items():
                counts = writer.all_of([encoding.asked[slot], chosen])
                targets.add((OPTIONS_CHOSEN, str(AnswerRef(slot[1], (option,)))), counts)
    return _hunt(control, [], targets, shown, deadline)


def _owners(scope: str, program: Program) -> Iterable[int]:
    return range(program.partners) if scope == "partner" else (AGENCY,)


Givers = Mapping[tuple[str, int], Sequence[tuple[str, str, int]]]  # (finding, owner): (rule, value, the rule's atom)


def _givers(rulebook: Rulebook, program: Program) -> Givers:
    found: dict[tuple[str, int], list[tuple[str, str, int]]] = {}
    for rule in rulebook.rules.values():
        for owner in _owners(rule.about, program):
            fires = program.number.get(Atom("rule", rule.id, (), owner))
            for name, value in rule.conclusions if fires is not None else ():
                of = owner if rulebook.vocabulary.findings[name].of == "partner" else AGENCY
                found.setdefault((name, of), []).append((rule.id, value, fires or 0))
    return found


def _rivals(rule: Rule, finding: Finding, value: str, owner: int, givers: Givers) -> list[int]:
    """The atoms of other rules that give the same: the value, or on a level one that implies it."""
    order = tuple(finding.values)
    found = []
    for other, given, fires in givers[finding.name, owner if finding.of == "partner" else AGENCY]:
        implied = given == value
        if finding.kind == "level":
            ahead = order.index(given) - order.index(value)
            implied = ahead >= 0 if finding.keep == "highest" else ahead <= 0
        if implied and other != rule.id:
            found.append(fires)
    return found


def _seen_to_matter(rulebook: Rulebook, program: Program, shown: set[Item]) -> set[Item]:
    """The questions of which a few cases at random show that they matter, so that the solver need not look for any."""
    vocabulary, by_chance = rulebook.vocabulary, random.Random(0)  # noqa: S311 - the same cases each time, and no secret
    evaluator = BitParallel(program, vocabulary, conclusions=_advised(vocabulary, program))
    left = {slot for slot in evaluator.slots if (QUESTIONS, slot[1]) not in shown}
    found: set[Item] = set()
    for number in range(_AT_RANDOM):
        if not left:
            break
        case = _at_random(evaluator, (number % 4 + 1) / 4, by_chance)
        given = answers_of(case)
        changes = [
            c for slot in sorted(left & given.keys()) for c in perturbations_of(slot, given[slot], evaluator.question(slot))
        ]
        around = Perturbations(evaluator, case, changes)
        base, every = around.base(), (1 << len(changes)) - 1
        differs = 0
        for was, now in zip(base, around.singles(), strict=True):
            differs |= now ^ (every if was else 0)
        matter = {change.question for place, change in enumerate(changes) if differs >> place & 1}
        found |= {(QUESTIONS, question) for question in matter}
        left = {slot for slot in left if slot[1] not in matter}
    return found


def _at_random(evaluator: BitParallel, share: float, by_chance: random.Random) -> Case:
    """A case in which about this share of the questions has an answer: one option, or one to three of several.

    A question whose options others take has all of them, since those may take only what was chosen there.
    """
    answers: dict[Slot, tuple[str, ...]] = {}
    taken: set[str] = set()
    options = {slot: tuple(o for o in evaluator.question(slot).options if o != NONE) for slot in evaluator.slots}
    for slot, choices in options.items():
        question = evaluator.question(slot)
        if by_chance.random() < share and choices:
            most = min(3, len(choices)) if question.kind == "several" else 1
            chosen = by_chance.sample(choices, by_chance.randint(1, most))
            answers[slot] = tuple(option for option in choices if option in chosen)
            taken.add(question.options_of)
    answers |= {slot: choices for slot, choices in options.items() if slot[1] in taken}
    return case_with(unanswered(evaluator.program.partners), answers)


def _questions(rulebook: Rulebook, program: Program, shown: set[Item], deadline: Deadline) -> tuple[set[Item], bool]:
    """The questions on which some advice turns: two cases that differ in one answer, and in something advised."""
    if all((QUESTIONS, question) in shown for _, question in slots_of(rulebook.vocabulary, program.partners)):
        return set(), True
    control = clingo.Control(list(OPTIONS))
    conclusions = _advised(rulebook.vocabulary, program)
    with control.backend() as backend:
        writer = Writer(backend)
        first, second = (write(writer, program, rulebook.vocabulary, silence=True) for _ in range(2))
        same = mirror(writer, first, second)
        differs = writer.any_of([_difference(writer, first, second, conclusion) for conclusion in conclusions])
    found: set[Item] = set()
    whole = True
    for slot, choice in first.slots.items():
        item = (QUESTIONS, slot[1])
        if item in shown or item in found:
            continue
        alike = [atom if other != slot else -atom for other, atom in same.items()]
        answered = [-choice.silent, -second.slots[slot].silent]
        met, decided = hunt(control, [*alike, *answered], {0: differs}, deadline)
        whole = whole and decided
        if met:
            found.add(item)
    return found, whole


def _advised(vocabulary: Vocabulary, program: Program) -> list[Conclusion]:
    return [
        conclude(program, finding, value, owner, "is")
        for finding in vocabulary.findings.values()
        if finding.worded_as
        for value in finding.values
        for owner in _owners(finding.of, program)
    ]


def _difference(writer: Writer, first: Encoding, second: Encoding, conclusion: Conclusion) -> int:
    """Only the first has the conclusion; since the two may change places, that is enough."""
    return writer.all_of([literal_of(writer, first, conclusion), -literal_of(writer, second, conclusion)])


def _hunt(
    control: clingo.Control, assumptions: Sequence[int], targets: _Targets, shown: set[Item], deadline: Deadline
) -> tuple[set[Item], bool]:
    left = {n: literal for n, literal in targets.literals.items() if targets.item[n] not in shown}
    met, decided = hunt(control, assumptions, left, deadline)
    return {targets.item[n] for n in met}, decided
