"""Random rulebooks and cases, as Hypothesis strategies.

A rulebook is stratified by construction: each finding has a layer, and a rule looks at its own layer only in ways that
more findings cannot make false. Looking at it at all makes circles, which are wanted.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from advisor.case import Case, Partner
from advisor.conditions import All, Always, Answered, Answers, Any, Condition, Count, Found, Includes, Known, Not, Partners
from advisor.rulebook import Rule, Rulebook
from advisor.vocabulary import NONE, YES_NO, Finding, Kind, Question, Scope, Value, Vocabulary

LAYERS = 3
STEPS = ("low", "mid", "high")


@st.composite
def rulebooks(draw: DrawFn) -> Rulebook:
    """A rulebook of up to 8 questions, 8 findings and 16 rules."""
    asked = draw(_scopes())
    questions: dict[str, Question] = {}
    for place, scope in enumerate(asked):
        question = draw(_questions(f"q.{place}", scope, [q for q in questions.values() if q.asked in ("agency", scope)]))
        questions[question.id] = question
    findings = {f"f{place}": draw(_findings(f"f{place}", scope)) for place, scope in enumerate(draw(_scopes()))}
    layers = {name: place % LAYERS for place, name in enumerate(findings)}
    vocabulary = Vocabulary(("s",), questions, findings)
    rules = draw(st.lists(_rules(vocabulary, layers), min_size=4, max_size=16))
    named = {f"r{place}": replace(rule, id=f"r{place}", line=place + 1) for place, rule in enumerate(rules)}
    return Rulebook("0", "", vocabulary, named, {}, {})


@st.composite
def cases(draw: DrawFn, vocabulary: Vocabulary, number: int) -> list[Case]:
    """Cases with 0 to 3 partners and any answers, also to questions that are not asked in them.

    They come from one seed: they vary more than cases drawn answer by answer, and shrink less.
    """
    random = draw(st.randoms(use_true_random=True))

    def answers(scope: Scope) -> Answers:
        answered = [question for question in vocabulary.asked_of(scope) if random.random() < 0.75]
        return {question.id: _answer(question, random) for question in answered}

    def case() -> Case:
        partners = (Partner(f"Partner {place}", answers("partner")) for place in range(random.randrange(4)))
        return Case("random", answers("agency"), tuple(partners))

    return [case() for _ in range(number)]


def _answer(question: Question, random: Random) -> tuple[str, ...]:
    if question.kind != "several":
        return (random.choice(question.options),)
    return tuple(option for option in question.options if option != NONE and random.random() < 0.5) or (NONE,)


def _scopes() -> SearchStrategy[list[Scope]]:
    scopes: tuple[Scope, ...] = ("agency", "partner")
    return st.lists(st.sampled_from(scopes), min_size=2, max_size=7).map(lambda rest: ["agency", *rest])


@st.composite
def _questions(draw: DrawFn, name: str, scope: Scope, earlier: list[Question]) -> Question:
    kinds: tuple[Kind, ...] = ("yes-no", "choice", "scale", "several")
    kind = draw(st.sampled_from(kinds))
    options = {"yes-no": YES_NO, "several": ("a", "b", "c", NONE)}.get(kind, ("a", "b", "c"))
    when: Condition = Always()
    if earlier and draw(st.integers(0, 3)) == 3:
        when = draw(_answered(draw(st.sampled_from(earlier))))
    return Question(name, "s", kind, options, scope, "agency", False, (), {}, "random.yaml", 1, when)


@st.composite
def _findings(draw: DrawFn, name: str, scope: Scope) -> Finding:
    kind, keep, values = draw(
        st.sampled_from(
            [("level", "highest", STEPS), ("level", "lowest", STEPS), ("set", "", ("a", "b")), ("flag", "", ("yes",))]
        )
    )
    made = {value: Value(value, "t", {}, (), "random.yaml", 1) for value in values}
    return Finding(name, kind, scope, keep, False, {}, made, name)  # type: ignore[arg-type]


@st.composite
def _rules(draw: DrawFn, vocabulary: Vocabulary, layers: Mapping[str, int]) -> Rule:
    scopes: tuple[Scope, ...] = ("agency", "partner")
    about = draw(st.sampled_from(scopes))
    allowed = [f for f in vocabulary.findings.values() if f.of == "agency" or about == "partner"]
    first = draw(st.sampled_from(allowed))
    layer = layers[first.name]
    further = draw(st.lists(st.sampled_from([f for f in allowed if layers[f.name] >= layer]), max_size=1))
    conclusions = tuple((f.name, draw(st.sampled_from(tuple(f.values)))) for f in (first, *further))
    when = draw(_conditions(vocabulary, layers, about, layer, 2))
    return Rule("r", "t", about, when, conclusions, "because", (), "random.yaml", 1)


@st.composite
def _conditions(
    draw: DrawFn, vocabulary: Vocabulary, layers: Mapping[str, int], about: Scope, layer: int, depth: int
) -> Condition:
    """A condition for a rule of this layer; `depth` bounds how deep connectives are nested."""

    def some(least: int, most: int) -> tuple[Condition, ...]:
        number = draw(st.integers(least, most))
        return tuple(draw(_conditions(vocabulary, layers, about, layer, depth - 1)) for _ in range(number))

    questions = [q for q in vocabulary.questions.values() if q.asked == "agency" or about == "partner"]
    kinds = ["answer", "answer", "found", "found", "always"]
    if depth:
        kinds += ["all", "all", "any", "any", "count", "not", "not"]
        kinds += ["partners", "partners"] if about == "agency" else []
    match draw(st.sampled_from(kinds)):
        case "found":
            return draw(_found(vocabulary, layers, about, layer)) or Always()
        case "all":
            return All(some(1, 3))
        case "any":
            return Any(some(0, 3))
        case "count":
            parts = some(1, 4)
            return Count(draw(st.integers(1, len(parts))), parts)
        case "not":
            return draw(_negations(vocabulary, layers, about, layer, depth))
        case "partners":
            inner = draw(_conditions(vocabulary, layers, "partner", layer, depth - 1))
            return Partners(draw(st.sampled_from(("any", "every"))), inner)
        case "always":
            return Always()
    return draw(_answered(draw(st.sampled_from(questions))))


@st.composite
def _negations(
    draw: DrawFn, vocabulary: Vocabulary, layers: Mapping[str, int], about: Scope, layer: int, depth: int
) -> Condition:
    """Something not concluded, out of the layers below."""
    inner = draw(_conditions(vocabulary, layers, about, layer - 1, depth - 1))
    if isinstance(inner, Found | Partners | Count):
        return Not(inner)
    return Not(Count(1, (inner,)))


@st.composite
def _found(draw: DrawFn, vocabulary: Vocabulary, layers: Mapping[str, int], about: Scope, layer: int) -> Found | None:
    """A test on a finding, in its own layer only one that more findings cannot make false; None if there is none."""
    tests: list[tuple[Finding, str]] = []
    for finding in vocabulary.findings.values():
        if finding.of == "partner" and about == "agency":
            continue
        if layers[finding.name] <= layer:
            growing = {"highest": "at_least", "lowest": "at_most", "": "is"}[finding.keep]
            tests.append((finding, growing))
        if finding.kind == "level" and layers[finding.name] < layer:
            tests += [(finding, how) for how in ("is", "at_least", "at_most")]
    if not tests:
        return None
    finding, how = draw(st.sampled_from(tests))
    return Found(finding.name, draw(st.sampled_from(tuple(finding.values))), how)  # type: ignore[arg-type]


def _answered(question: Question) -> SearchStrategy[Condition]:
    """A test on the answer to a question."""
    known = st.builds(Known, st.just(question.id), st.booleans())
    if question.kind == "several":
        includes = st.builds(Includes, st.just(question.id), st.sampled_from(question.options), st.booleans())
        return st.one_of(includes, includes, known)
    subsets = [tuple(o for n, o in enumerate(question.options) if mask >> n & 1) for mask in range(1 << len(question.options))]
    answered = st.builds(Answered, st.just(question.id), st.sampled_from(subsets))
    return st.one_of(answered, answered, known)
