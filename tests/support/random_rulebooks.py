"""Random rulebooks and cases, as Hypothesis strategies.

A rulebook is stratified by construction: each finding has a layer, and a rule looks at its own layer only in ways that
more findings cannot make false. Looking at it at all makes circles, which are wanted.

Hypothesis draws sizes and seeds only, so that examples are many and unlike each other; what shrinks is the sizes.
"""

from collections.abc import Mapping
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from advisor.model.case import Case, Partner
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
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import NONE, THAT_IS_ALL, YES_NO, Finding, Question, Scope, Value, Vocabulary

LAYERS = 3
MODEST = settings(max_examples=60)
SEEDS = st.randoms(use_true_random=True)
STEPS = ("low", "mid", "high")
SCOPES: tuple[Scope, ...] = ("agency", "partner")


@st.composite
def rulebooks(draw: DrawFn, rules: int = 16) -> Rulebook:
    """A rulebook of at most this many rules over up to 8 questions and 8 findings."""
    questions, findings, number = draw(st.integers(1, 8)), draw(st.integers(1, 8)), draw(st.integers(1, rules))
    return random_rulebook(draw(st.randoms(use_true_random=True)), questions, findings, number)


@st.composite
def cases(draw: DrawFn, vocabulary: Vocabulary, number: int) -> list[Case]:
    """This many cases with 0 to 3 partners and any answers, also to questions that are not asked in them."""
    random = draw(st.randoms(use_true_random=True))
    return [random_case(random, vocabulary) for _ in range(number)]


def random_rulebook(random: Random, questions: int, findings: int, rules: int) -> Rulebook:
    """A rulebook with so many questions, findings and rules."""
    asked: dict[str, Question] = {}
    for place in range(questions):
        asked[f"q.{place}"] = _question(random, f"q.{place}", list(asked.values()))
    found = {f"f{place}": _finding(random, f"f{place}", SCOPES[place and random.randrange(2)]) for place in range(findings)}
    author = _Author(random, Vocabulary(("s",), asked, found))
    written = [author.rule(f"r{place}", place + 1) for place in range(rules)]
    return Rulebook("0", "", author.vocabulary, {rule.id: rule for rule in written}, {}, {})


def random_case(random: Random, vocabulary: Vocabulary) -> Case:
    """A case with up to 3 partners, in which a quarter of the answers is missing."""

    def answers(scope: Scope) -> Answers:
        answered = [question for question in vocabulary.asked_of(scope) if random.random() < 0.75]
        return {question.id: _answer(random, question) for question in answered}

    partners = (Partner(f"Partner {place}", answers("partner")) for place in range(random.randrange(4)))
    return Case("random", answers("agency"), tuple(partners))


def _answer(random: Random, question: Question) -> tuple[str, ...]:
    if question.kind != "several":
        return (random.choice(question.options),)
    chosen = _some(random, tuple(option for option in question.options if option not in (NONE, THAT_IS_ALL)))
    closed = (THAT_IS_ALL,) if random.random() < 0.5 else ()
    return (*chosen, *closed) if chosen else (NONE,)


def _some(random: Random, options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(option for option in options if random.random() < 0.5)


def _question(random: Random, name: str, earlier: list[Question]) -> Question:
    scope = random.choice(SCOPES)
    kind, options = random.choice(
        [("yes-no", YES_NO), ("choice", ("a", "b", "c")), ("scale", STEPS), ("several", ("a", "b", NONE, THAT_IS_ALL))]
    )
    visible = [question for question in earlier if question.asked in ("agency", scope)]
    when = _tested(random, random.choice(visible)) if visible and random.random() < 0.2 else Always()
    return Question(name, "s", kind, options, scope, "agency", False, (), {}, "random.yaml", 1, when)  # type: ignore[arg-type]


def _finding(random: Random, name: str, of: Scope) -> Finding:
    kind, keep, values = random.choice(
        [("level", "highest", STEPS), ("level", "lowest", STEPS), ("set", "", ("a", "b")), ("flag", "", ("yes",))]
    )
    first_of = random.choice(("", "sort")) if kind == "set" else ""
    sorts = dict(zip("abcd", ("one", "two", "one", "one"), strict=True)) if first_of else {}
    made = {
        value: Value(value, "t", {"sort": sorts[value]} if first_of else {}, (), "random.yaml", 1) for value in sorts or values
    }
    return Finding(name, kind, of, keep, False, {}, made, name, first_of)  # type: ignore[arg-type]


def _tested(random: Random, question: Question) -> Condition:
    """A test on the answer to a question."""
    if random.random() < 0.25:
        return Known(question.id, random.random() < 0.5)
    if question.kind == "several":
        return Includes(question.id, random.choice(question.options), random.random() < 0.7)
    return Answered(question.id, _some(random, question.options))


class _Author:
    """Writes rules over one vocabulary."""

    def __init__(self, random: Random, vocabulary: Vocabulary) -> None:
        self.random, self.vocabulary = random, vocabulary
        self.layers: Mapping[str, int] = {name: place % LAYERS for place, name in enumerate(vocabulary.findings)}

    def rule(self, name: str, line: int) -> Rule:
        """A rule with one or two conclusions; a set of which the first value holds is concluded by itself."""
        about = self.random.choice(SCOPES)
        allowed = [f for f in self.vocabulary.findings.values() if f.of == "agency" or about == "partner"]
        findings = self.random.sample(allowed, min(len(allowed), self.random.choice((1, 1, 2))))
        findings = next(([f] for f in findings if f.first_of), findings)
        conclusions = tuple((f.name, self.random.choice(list(f.values))) for f in findings)
        when = self.condition(about, min(self.layers[f.name] for f in findings), depth=3)
        return Rule(name, "t", about, when, conclusions, "because", (), "random.yaml", line)

    def condition(self, about: Scope, layer: int, depth: int) -> Condition:
        """A condition for a rule of this layer; `depth` bounds how deep connectives are nested."""
        kinds = ["answer", "answer", "found", "found", "found", "always"]
        if depth:
            kinds += ["all", "all", "all", "any", "any", "count", "not", "not"]
            kinds += ["partners", "partners"] if about == "agency" else []
        match self.random.choice(kinds):
            case "answer":
                asked = [q for q in self.vocabulary.questions.values() if q.asked == "agency" or about == "partner"]
                return _tested(self.random, self.random.choice(asked)) if asked else Always()
            case "found":
                return self.found(about, layer)
            case "all":
                return All(self.conditions(about, layer, depth, 1))
            case "any":
                return Any(self.conditions(about, layer, depth, 0))
            case "count":
                parts = self.conditions(about, layer, depth, 1)
                return Count(self.random.randint(1, len(parts)), parts)
            case "not":
                inner = self.condition(about, layer - 1, depth - 1)
                return Not(inner if isinstance(inner, Found | Partners | PartnerCount | Count) else Count(1, (inner,)))
            case "partners":
                inner = self.condition("partner", layer, depth - 1)
                if self.random.random() < 0.3:
                    return PartnerCount(self.random.randint(1, 3), inner)
                return Partners(self.random.choice(("any", "every")), inner)
        return Always()

    def conditions(self, about: Scope, layer: int, depth: int, least: int) -> tuple[Condition, ...]:
        """Some conditions, at most three."""
        return tuple(self.condition(about, layer, depth - 1) for _ in range(self.random.randint(least, 3)))

    def found(self, about: Scope, layer: int) -> Condition:
        """A test on a finding of this layer or one below; of which the first value holds, of one below alone."""
        tests: list[Found] = []
        for finding in self.vocabulary.findings.values():
            value = self.random.choice(list(finding.values))
            if self.layers[finding.name] + bool(finding.first_of) > layer or (finding.of == "partner" and about == "agency"):
                continue
            growing = {"highest": "at_least", "lowest": "at_most", "": "is"}[finding.keep]
            tests.append(Found(finding.name, value, growing))  # type: ignore[arg-type]
            if finding.kind == "level" and self.layers[finding.name] < layer:
                tests += [Found(finding.name, value, "is"), Found(finding.name, value, "at_least")]
                tests.append(Found(finding.name, value, "at_most"))
        return self.random.choice(tests) if tests else Always()


def compound(random: Random, scope: Scope, earlier: list[Question], depth: int = 2) -> Condition:
    """A condition on answers with every connective in it, for when a question is asked."""
    visible = [question for question in earlier if question.asked in ("agency", scope)]
    if not visible:
        return Always()
    if not depth or random.random() < 0.3:
        question = random.choice(visible)
        if random.random() < 0.3:
            return Known(question.id, random.random() < 0.5)
        if question.kind == "several":
            return Includes(question.id, random.choice(question.options), random.random() < 0.7)
        return Answered(question.id, tuple(option for option in question.options if random.random() < 0.6))
    parts = tuple(compound(random, scope, earlier, depth - 1) for _ in range(random.randint(1, 3)))
    made: list[Condition] = [All(parts), Any(parts), Count(random.randint(1, len(parts)), parts), Not(Count(1, parts))]
    if scope == "agency":
        inner = compound(random, "partner", earlier, depth - 1)
        if not any(isinstance(part, Partners | PartnerCount) for part in (inner, *_within(inner))):
            made += [Partners("any", inner), Partners("every", inner), PartnerCount(random.randint(1, 2), inner)]
    return random.choice(made)


def _within(condition: Condition) -> list[Condition]:
    parts = getattr(condition, "conditions", ())
    return [below for part in parts for below in (part, *_within(part))]
