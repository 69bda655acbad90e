"""What `advisor.analysis` says of small random rulebooks is what trying everything says."""

from dataclasses import replace
from random import Random

from hypothesis import given

from advisor.analysis.answer_space import GroundedRulebook, Space
from advisor.analysis.consequences import key_of, settle
from advisor.analysis.counterfactual import reach
from advisor.analysis.deadline import Deadline
from advisor.analysis.next_question import next_question, turning_questions
from advisor.analysis.solver import models
from advisor.engine.slots import answers_of
from advisor.model.case import Case
from advisor.model.conditions import Always, Answered, Any, Condition
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import YES_NO, Changeable, Finding, Question, Value, Vocabulary
from support import brute_force
from support.random_rulebooks import MODEST, SEEDS, compound, random_rulebook


def small_ground(random: Random, questions: int = 5) -> GroundedRulebook:
    """A random rulebook on up to two partners, small enough to try everything."""
    rulebook = random_rulebook(random, random.randint(1, questions), random.randint(1, 6), random.randint(1, 14))
    asked: dict[str, Question] = {}
    for name, question in rulebook.vocabulary.questions.items():
        when = compound(random, question.asked, list(asked.values())) if random.random() < 0.3 else question.when
        changeable: Changeable = random.choice(("agency", "together", "others", "fixed"))
        asked[name] = replace(with_better(random, question), when=when, changeable=changeable)
    vocabulary = Vocabulary(rulebook.vocabulary.sections, asked, rulebook.vocabulary.findings)
    made = Rulebook("0", "", vocabulary, rulebook.rules, {}, {})
    return Space(made).ground(random.randint(0, 2))


def with_better(random: Random, question: Question) -> Question:
    """The question, perhaps with answers that are better than others."""
    if random.random() < 0.5:
        return question
    if question.kind == "several":
        return replace(question, members=random.choice(("fewer", "more")))
    options = random.sample(question.options, random.randint(1, len(question.options)))
    cut = random.randint(0, len(options) - 1)
    return replace(question, better=(*((option,) for option in options[:cut]), tuple(options[cut:])))


def test_a_question_that_only_opens_another_is_asked_for_the_others_sake() -> None:
    def question(name: str, when: Condition) -> Question:
        return Question(name, "s", "yes-no", YES_NO, "agency", "agency", False, (), {}, "", 1, when)

    either = Any((Answered("q.0", ("yes",)), Answered("q.0", ("no",))))
    asked = {"q.0": question("q.0", Always()), "q.1": question("q.1", either)}
    found = {"f": Finding("f", "set", "agency", "", False, {}, {"a": Value("a", "t", {}, (), "", 1)}, "f")}
    rule = Rule("r", "t", "agency", Answered("q.1", ("yes",)), (("f", "a"),), "", (), "", 1)
    ground = Space(Rulebook("0", "", Vocabulary(("s",), asked, found), {"r": rule}, {}, {})).ground(0)
    ask = next_question(Case("c", {}), ground).ask
    assert ask is not None
    assert (ask.question, ask.opens) == ("q.0", "q.1")
    then = next_question(Case("c", {"q.0": ("no",)}), ground).ask
    assert then is not None
    assert (then.question, then.opens) == ("q.1", "")
    assert next_question(Case("c", {"q.0": ("no",), "q.1": ("yes",)}), ground).ask is None


@MODEST
@given(SEEDS)
def test_settled_open_and_excluded_are_what_every_completion_says(random: Random) -> None:
    ground = small_ground(random)
    case = brute_force.small_case(random, ground, 300)
    found = settle(case, ground)
    assert dict(found.status) == brute_force.statuses(case, ground)
    some = {conclusion: status for conclusion, status in found.status.items() if random.random() < 0.3}
    assert settle(case, ground, among={key_of(conclusion) for conclusion in some}).status == some


@MODEST
@given(SEEDS)
def test_a_complete_case_has_one_answer_set_and_it_is_what_the_chain_says(random: Random) -> None:
    ground = small_ground(random)
    case = brute_force.small_case(random, ground, 1)
    inference = brute_force.inferred(case, ground)
    with ground.completions.lend() as held:
        fixed = [literal for slot, answer in answers_of(case).items() for literal in held.encoding.fixed(slot, answer)]
        found = []
        for model in models(held.control, fixed, Deadline()):
            true = {n for n, literal in enumerate(held.encoding.truth) if model.is_true(abs(literal)) is (literal > 0)}
            found.append(frozenset(true))
    assert found == [inference.true]


@MODEST
@given(SEEDS)
def test_the_next_question_can_turn_what_it_says_and_no_other_question_is_asked(random: Random) -> None:
    ground = small_ground(random)
    case = brute_force.small_case(random, ground, 120)
    truth = brute_force.turned(case, ground)
    assert {slot: set(turned) for slot, turned in turning_questions(case, ground).items()} == truth
    ask = next_question(case, ground).ask
    if ask is None:
        assert not truth
    elif not ask.opens:
        assert set(ask.turns) == truth[ask.partner, ask.question]
    else:
        assert (ask.partner, ask.question) not in answers_of(case)
        assert set(ask.turns) in truth.values()


@MODEST
@given(SEEDS)
def test_the_smallest_change_is_the_smallest_there_is_and_all_of_them_are_found(random: Random) -> None:
    ground = small_ground(random, questions=3)
    if not ground.conclusions or 6 ** len(ground.slots) > 2000:
        return
    case = brute_force.small_case(random, ground, 40)
    goal = random.choice(ground.conclusions)
    keep = {slot for slot in ground.slots if random.random() < 0.15}
    found = reach(case, [(goal,)], ground, brute_force.ENGINE, keep=keep, most=10_000)
    truth = brute_force.cheapest(case, ground, goal, keep)
    if truth is None:
        assert not found.paths
        return
    cost, ways = truth
    assert found.cost == cost
    assert {
        frozenset(((step.partner, step.question), step.after) for step in (*path.changes, *path.presumed)) for path in found.paths
    } == ways


@MODEST
@given(SEEDS)
def test_what_blocks_a_goal_blocks_it_alone_and_none_of_it_is_idle(random: Random) -> None:
    ground = small_ground(random, questions=3)
    if not ground.conclusions or 6 ** len(ground.slots) > 2000:
        return
    case = brute_force.small_case(random, ground, 10)
    goal = random.choice(ground.conclusions)
    found = reach(case, [(goal,)], ground, brute_force.ENGINE, keep=answers_of(case))
    if found.paths:
        return
    blocked = [(blocker.partner, blocker.question) for blocker in found.blocked_by]
    questions = {name: replace(q, changeable="agency", better=(), members="") for name, q in ground.vocabulary.questions.items()}
    free = Vocabulary((), questions, ground.vocabulary.findings)
    loose = GroundedRulebook(replace(ground.rulebook, vocabulary=free), ground.program)
    assert brute_force.cheapest(case, loose, goal, blocked) is None
    for spared in blocked:
        assert brute_force.cheapest(case, loose, goal, [slot for slot in blocked if slot != spared]) is not None
