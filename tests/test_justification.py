"""Every recommendation can be followed down to answers the user gave and to items of the source register."""

import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from advisor.engine.compiler import compile_program
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, TEST_KINDS, Atom
from advisor.explain.justification import FiringBasis, because, conclusion_ref, conclusions, grounds, level_reached, ref_of
from advisor.loading import Loaded
from advisor.model.advice import Advice, Answer, Firing
from advisor.model.advice_parts import GROUNDS
from advisor.model.rulebook import Rulebook
from advisor.render import documents
from advisor.service import Service
from support.case_files import Assessed
from support.random_rulebooks import cases, rulebooks
from support.sampling import sampled
from support.small_programs import World


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def recommended(advice: Advice) -> list[str]:
    """The names of everything an advice recommends, as its justification names it."""
    names = [f"proceed={advice.proceed}"]
    names += [f"dimension={advice.dimension.recommended}"] if advice.dimension.recommended else []
    names += [f"need={advice.dimension.needed}"] if advice.dimension.needed else []
    names += [f"attainable={advice.dimension.attainable}"] if advice.dimension.attainable else []
    names += [f"structure={name}" for name in advice.structures] + [f"instrument={name}" for name in advice.instruments]
    names += [f"category={name}" for name in advice.categories]
    names += [f"cell={row.cell.id}" for row in advice.rows.values() if row.cell]
    names += [f"own-{name}={row.own_need}" for name, row in advice.rows.items() if row.own_need]
    names += [f"gap={gap.id}" for row in advice.rows.values() for gap in row.gap]
    names += [f"partner-dimension={p.dimension}@{p.name}" for p in advice.partners if p.dimension]
    names += [f"partner-held={item.id}@{partner.name}" for partner in advice.partners for item in partner.held]
    names += [f"caution={caution.id}" for caution in advice.cautions] + [f"action={action.id}" for action in advice.actions]
    names += [f"stop={item.id}" for item in advice.gate.stops] + [f"condition={item.id}" for item in advice.conditions]
    names += [f"missing={item.id}" for item in advice.members_missing] + answer_names(advice)
    names += [f"worry={item.id}" for item in advice.worries] + [f"worry-limit={item.id}" for item in advice.kept]
    names += [f"held-by={item.id}" for item in advice.dimension.held_by]
    names += [f"counsel={item.id}" for item in advice.law] + [f"lens={item.id}" for item in advice.second_lens.stages]
    return names


def answer_names(advice: Advice) -> list[str]:
    """The answers to what is on the table: each as the rules give it, or by the ground of a no, or of what cannot wait."""
    return [f"{item.verdict if item.verdict in GROUNDS else 'answer'}={item.id}" for item in advice.proposal]


def below(name: str, advice: Advice) -> list[Firing]:
    """Every firing in the tree under a conclusion."""
    found: list[Firing] = []
    seen, todo = {name}, [name]
    while todo:
        for firing in advice.justification[todo.pop()]:
            found.append(firing)
            todo += [finding for finding in firing.findings if finding not in seen]
            seen.update(firing.findings)
    return found


@pytest.mark.parametrize("part", sampled(range(4)))
def test_every_recommendation_rests_on_answers_and_sources(assessed: tuple[Assessed, ...], rulebook: Rulebook, part: int) -> None:
    """The leaves are answers as the user gave them, silence where a rule asks for it, and items of the register."""
    for each in assessed[part::4]:
        advice, case = each.advice, each.example.case
        partners = {partner.name: partner.answers for partner in case.partners}
        for name in recommended(advice):
            firings = below(name, advice)
            assert firings, (each.example, name)
            for firing in firings:
                assert firing.because
                assert firing.sources, firing.rule
                assert set(firing.sources) <= set(rulebook.sources)
                for answer in firing.answers:
                    given = case.answers if answer.partner is None else partners[answer.partner]
                    assert tuple(answer.answer) == given.get(answer.question, ()), each.example
        assert all(firings for firings in advice.justification.values())


def test_a_part_of_an_advice_is_worked_out_when_it_is_looked_at_and_then_stays(assessed: tuple[Assessed, ...]) -> None:
    whole = assessed[0].advice
    asked: list[str] = []

    def maker(name: str) -> Callable[[Advice], object]:
        def make(advice: Advice) -> object:
            asked.append(name)
            assert name != "told" or advice.conditions == whole.conditions  # a part that rests on another
            return getattr(whole, name)

        return make

    found = Advice.of(**{each.name: maker(each.name) for each in fields(Advice)})
    assert not asked
    assert found.told == found.told == whole.told
    assert asked == ["told", "conditions"]
    assert not hasattr(found, "no_part")
    assert found == whole == pickle.loads(pickle.dumps(found)) == replace(found, engine=whole.engine)
    assert sorted(asked) == sorted(each.name for each in fields(Advice))


def test_an_advice_that_nobody_looked_at_has_the_same_bytes(advisor: Service, assessed: tuple[Assessed, ...]) -> None:
    """It is written to JSON whole, and read back as it was."""
    case = assessed[0].example.case
    looked_at, other = advisor.assess(case), advisor.assess(case)
    assert looked_at.justification
    assert list(looked_at.items())
    written = documents.json_bytes(other)
    assert written == documents.json_bytes(looked_at)
    assert TypeAdapter(Advice).validate_json(written) == looked_at == pickle.loads(pickle.dumps(other))


def test_no_conclusion_rests_on_itself_alone(assessed: tuple[Assessed, ...]) -> None:
    """Taking away conclusions whose firings all rest on what is left leaves nothing: there are no empty circles."""
    for each in assessed:
        left = dict(each.advice.justification)
        while ready := [n for n, firings in left.items() if any(not set(f.findings) & set(left) for f in firings)]:
            for name in ready:
                del left[name]
        assert left == {}, each.example


@pytest.mark.parametrize("part", sampled(range(4)))
def test_what_a_firing_took_to_be_absent_is_absent(assessed: tuple[Assessed, ...], part: int) -> None:
    for each in assessed[part::4]:
        inference = each.inference
        for atom in conclusions(inference):
            for ground in grounds(inference, atom):
                assert not any(inference.holds(missing) for missing in ground.absent), each.example
                assert all(inference.holds(finding) for finding in (*ground.findings, *ground.inputs)), each.example


def plain_ground(inference: Inference, rule: int) -> FiringBasis:
    """What a firing rests on, put together atom by atom and with nothing kept; that its value is the first one left aside."""
    program, atoms = inference.program, inference.program.atoms
    inputs, findings, absent = set[Atom](), set[Atom](), set[Atom]()
    todo, seen = [rule], {rule}
    while todo:
        for clause in inference.support[todo.pop()]:
            for below in clause.positive:
                if atoms[below].kind in TEST_KINDS:
                    inputs.add(atoms[below])
                elif atoms[below].kind != "step":
                    findings.add(level_reached(inference, atoms[below]))
                elif below not in seen:
                    seen.add(below)
                    todo.append(below)
            missed = [missing for missing in clause.negative if atoms[missing].kind != "taken"]
            looked = set(missed)
            while missed:
                missing = missed.pop()
                if atoms[missing].kind != "step":
                    if missing not in inference.true:
                        absent.add(atoms[missing])
                    continue
                lower = {n for c in program.clauses_for(missing) for n in (*c.positive, *c.negative)} - looked
                looked |= lower
                missed += lower
    groups = (tuple(sorted(group)) for group in (inputs, findings, absent))
    return FiringBasis(inference.rulebook.rules[atoms[rule].name], atoms[rule].partner, *groups)


def plain_grounds(inference: Inference) -> dict[Atom, tuple[FiringBasis, ...]]:
    """Each conclusion that holds, of a level the one it came to, with its grounds."""
    program = inference.program
    found: dict[Atom, tuple[FiringBasis, ...]] = {}
    for number in inference.true:
        atom = program.atoms[number]
        if atom.kind in ("finding", "at_least", "at_most") and level_reached(inference, atom) == atom:
            rules = {n for c in inference.support[number] for n in c.positive if program.atoms[n].kind == "rule"}
            grounds = (plain_ground(inference, rule) for rule in rules)
            found[atom] = tuple(sorted(grounds, key=lambda ground: (ground.rule.id, ground.partner)))
    return dict(sorted(found.items()))


@settings(max_examples=120)
@given(st.data(), rulebooks())
def test_grounds_are_those_of_a_plain_walk_through_the_clauses(data: st.DataObject, rulebook: Rulebook) -> None:
    programs = {count: compile_program(rulebook, count) for count in range(4)}
    for case in data.draw(cases(rulebook.vocabulary, 4)):
        inference = infer(case, rulebook, programs[len(case.partners)], ChainEngine())
        wanted = plain_grounds(inference)
        assert conclusions(inference) == list(wanted)
        for atom in wanted:
            assert grounds(inference, atom) == wanted[atom]


def test_the_justification_names_the_grounds_of_every_conclusion(assessed: tuple[Assessed, ...]) -> None:
    """Whatever firings advices share, each says what was answered in its own case."""
    for each in assessed[::9]:
        wanted = plain_justification(each.inference)
        assert list(each.advice.justification.items()) == list(wanted.items()), each.example


def plain_justification(inference: Inference) -> dict[str, tuple[Firing, ...]]:
    """The justification put together from plain grounds."""
    names = [partner.name for partner in inference.case.partners]

    def firing(ground: FiringBasis) -> Firing:
        answers = {}
        for _, question, _, owner in ground.inputs:
            given = inference.facts.agency if owner == AGENCY else inference.facts.partners[owner]
            name = None if owner == AGENCY else names[owner]
            answers[question, owner] = Answer(question, name, given.get(question, ()))
        return Firing(
            ground.rule.id,
            None if ground.partner == AGENCY else names[ground.partner],
            because(ground.rule, ground.partner, names),
            ground.rule.sources,
            tuple(answers.values()),
            tuple(str(conclusion_ref(atom, names)) for atom in ground.findings),
            tuple(str(ref_of(atom, names)) for atom in ground.absent),
        )

    return {str(conclusion_ref(atom, names)): tuple(map(firing, grounds)) for atom, grounds in plain_grounds(inference).items()}


def grounds_of(world: World, atom: Atom, answers: str, *partners: str) -> list[tuple[str, set[str], set[str], set[str]]]:
    inference = world.infer(answers, *partners)
    return [
        (g.rule.id, {str(a) for a in g.inputs}, {str(a) for a in g.findings}, {str(a) for a in g.absent})
        for g in grounds(inference, atom)
    ]


def test_each_rule_that_gave_a_conclusion_is_a_ground(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes} => {mark: a}", "{ask.step: high} => {mark: a}", "{ask.step: low} => {mark: a}")
    found = grounds_of(world, Atom("finding", "mark", ("a",)), "ask.open: yes, ask.step: high")
    assert found == [("r1", {"ask.open=yes"}, set(), set()), ("r2", {"ask.step=high"}, set(), set())]


def test_what_does_not_hold_has_no_ground(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes} => {mark: a}")
    assert grounds_of(world, Atom("finding", "mark", ("a",)), "ask.open: no") == []
    assert grounds_of(world, Atom("finding", "mark", ("b",)), "ask.open: no") == []


def test_a_level_rests_on_the_rules_that_gave_what_it_came_to(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.open: yes} => {height: low, cap: high}",
        "{ask.step: high} => {height: high, cap: low}",
        "{height: {at_least: middle}} => {mark: a}",
    )
    both = "ask.open: yes, ask.step: high"
    for step in ("low", "middle", "high"):
        assert [g[0] for g in grounds_of(world, Atom("at_least", "height", (step,)), both)] == ["r2"]
    assert [g[0] for g in grounds_of(world, Atom("at_most", "cap", ("high",)), both)] == ["r2"]
    assert [g[0] for g in grounds_of(world, Atom("at_least", "height", ("low",)), "ask.open: yes")] == ["r1"]
    assert grounds_of(world, Atom("finding", "mark", ("a",)), both) == [("r3", set(), {"height>=high"}, set())]


def test_a_level_is_concluded_once_at_what_it_came_to(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.step: high} => {height: high, cap: low, mark: a}")
    inference = world.infer("ask.step: high")
    assert sorted(str(conclusion_ref(atom, ())) for atom in conclusions(inference)) == ["cap=low", "height=high", "mark=a"]
    assert level_reached(inference, Atom("at_least", "height", ("low",))) == Atom("at_least", "height", ("high",))


def test_steps_between_are_looked_through(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "each-partner {partner.keen: yes} => {badge: gold}",
        "{at_least: 2, of: [{any_partner: {badge: gold, partner.step: high}}, {ask.open: yes}, {ask.step: high}]} => {mark: a}",
    )
    found = grounds_of(world, Atom("finding", "mark", ("a",)), "ask.open: yes", "", "partner.keen: yes, partner.step: high")
    assert found == [("r2", {"ask.open=yes", "partner.step@2=high"}, {"badge@2=gold"}, set())]


def test_what_was_taken_to_be_absent_is_named_down_to_its_tests(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.step: high} => {ready: yes}",
        "{not: {ready: yes}} => {mark: a}",
        "{not: {any_partner: {partner.keen: yes}}} => {mark: b}",
        "{not: {at_least: 2, of: [{ask.open: yes}, {twin: a}]}} => {mark: c}",
    )
    assert grounds_of(world, Atom("finding", "mark", ("a",)), "")[0][3] == {"ready=yes"}
    assert grounds_of(world, Atom("finding", "mark", ("b",)), "", "", "")[0][3] == {"partner.keen@1=yes", "partner.keen@2=yes"}
    assert grounds_of(world, Atom("finding", "mark", ("c",)), "")[0][3] == {"ask.open=yes", "twin=a"}


def test_a_conclusion_is_named_with_its_partner() -> None:
    assert str(conclusion_ref(Atom("finding", "badge", ("gold",), 1), ("A", "B"))) == "badge=gold@B"
    assert str(conclusion_ref(Atom("at_least", "need", ("high",)), ())) == "need=high"


@pytest.mark.parametrize(
    ("atom", "name"),
    [
        (Atom("finding", "badge", ("gold",), 1), "badge=gold@B"),
        (Atom("at_least", "need", ("high",)), "need>=high"),
        (Atom("at_most", "limit", ("low",), 0), "limit<=low@A"),
        (Atom("answered", "ask.step", ("low", "high")), "ask.step=low|high"),
        (Atom("includes", "ask.several", ("x",)), "ask.several=x"),
        (Atom("excludes", "ask.several", ("x",)), "ask.several!=x"),
        (Atom("known", "ask.open", ()), "ask.open!=unknown"),
        (Atom("unknown", "partner.keen", (), 0), "partner.keen=unknown@A"),
    ],
)
def test_what_is_tested_has_a_name(atom: Atom, name: str) -> None:
    assert str(ref_of(atom, ("A", "B"))) == name


def test_a_reason_names_the_partner_it_is_about(tmp_path: Path) -> None:
    world = World(tmp_path, "each-partner always => {badge: gold}", "always => {mark: a}")
    rules = world.rulebook.rules
    assert because(rules["r1"], 1, ("A", "{{ 7*7 }}")) == "Since {{ 7*7 }} is so."
    assert because(rules["r2"], AGENCY, ()) == "Since it is so."
