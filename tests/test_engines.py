"""Engines agree, clause for clause, with a naive fixpoint; the durable one does so whatever becomes of its worker."""

import io
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.engine import Engine, EngineError, durable_worker
from advisor.engine import engine as engine_named
from advisor.engine.compiler import compile_program
from advisor.engine.durable import DurableEngine
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, Program
from advisor.model.case import Case
from advisor.model.conditions import All, Always, Answered, Any, Condition, Found, Not
from advisor.model.problems import InputError
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import YES_NO, Finding, Question, Value, Vocabulary
from advisor.model.wording import Wording
from advisor.render.documents import problem_text
from support.case_files import Assessed
from support.naive_engine import Reading, fired
from support.random_rulebooks import cases, random_rulebook, rulebooks

try:
    import_module("durable_rules_engine")
    INSTALLED = True
except ImportError:
    INSTALLED = False

needs_durable = pytest.mark.skipif(not INSTALLED and "CI" not in os.environ, reason="the durable extra is not installed")


@pytest.fixture(scope="module")
def durable() -> Iterator[DurableEngine]:
    with DurableEngine() as engine:
        yield engine


@pytest.fixture(params=["chain", pytest.param("durable", marks=needs_durable)])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = ChainEngine() if request.param == "chain" else request.getfixturevalue("durable")
    return found


def inputs_of(case: Case, program: Program) -> tuple[int, ...]:
    return tuple(sorted({*program.encode(case.answers, [partner.answers for partner in case.partners])}))


def pairs_agreed(engine: Engine, rulebooks_tried: int) -> int:
    """How many different pairs of a program and true inputs the engine was right about."""
    seen: set[int] = set()

    @settings(max_examples=rulebooks_tried)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        book = data.draw(rulebooks(24))
        programs: dict[int, Program] = {}
        for case in data.draw(cases(book.vocabulary, 16)):
            partners = len(case.partners)
            if partners not in programs:
                programs[partners] = compile_program(book, partners)
            program = programs[partners]
            inputs = inputs_of(case, program)
            assert engine.run(program, inputs) == fired(program, inputs), case
            seen.add(hash((program.clauses, inputs)))

    check()
    return len(seen)


def test_engine_agrees_with_the_naive_fixpoint_on_random_rulebooks(engine: Engine) -> None:
    assert pairs_agreed(engine, rulebooks_tried=90) >= 600


@pytest.mark.long
def test_engine_agrees_with_the_naive_fixpoint_on_very_many_random_rulebooks(engine: Engine) -> None:
    assert pairs_agreed(engine, rulebooks_tried=9_000) >= 60_000


@settings(max_examples=80)
@given(st.data())
def test_a_program_means_what_its_rulebook_says(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    for case in data.draw(cases(book.vocabulary, 8)):
        inference = infer(case, book, compile_program(book, len(case.partners)), ChainEngine())
        reading = Reading(book, case)
        assert inference.facts == reading.facts
        assert set(inference.rules_fired) == reading.fired
        for finding in book.vocabulary.findings.values():
            for owner in range(len(case.partners)) if finding.of == "partner" else (AGENCY,):
                if finding.kind == "level":
                    assert inference.level(finding.name, owner) == reading.level(finding.name, owner)
                else:
                    given = {value for name, whose, value in reading.given if (name, whose) == (finding.name, owner)}
                    assert set(inference.values(finding.name, owner)) == given


def differing(assessed: Iterable[Assessed], durable: DurableEngine, naive: int) -> list[str]:
    """The cases on which engines differ; the naive fixpoint, which is slow, has a say in one of so many."""
    found = []
    for place, each in enumerate(assessed):
        inference, program = each.inference, each.inference.program
        inputs = inputs_of(each.example.case, program)
        said = [durable.run(program, inputs), *([fired(program, inputs)] if place % naive == 0 else [])]
        if any(inference.fired != other for other in said):
            found.append(str(each.example))
    return found


@needs_durable
def test_engines_agree_on_some_cases_of_every_topic(assessed: tuple[Assessed, ...], durable: DurableEngine) -> None:
    first = {each.example.topic: place for place, each in reversed(list(enumerate(assessed)))}
    some = [assessed[place] for place in sorted({*first.values(), *range(0, len(assessed), 100)})]
    assert not differing(some, durable, naive=6)


@pytest.mark.long
@needs_durable
def test_engines_agree_on_every_case(assessed: tuple[Assessed, ...], durable: DurableEngine) -> None:
    assert len(assessed) > 1000
    assert not differing(assessed, durable, naive=5)


def assert_order_does_not_matter(book: Rulebook, order: list[str], tried: list[Case]) -> None:
    """With its rules in this order, a rulebook comes to the same conclusions about cases with as many partners each."""
    shuffled = replace(book, rules={name: book.rules[name] for name in order})
    engine, partners = ChainEngine(), len(tried[0].partners)
    first, second = compile_program(book, partners), compile_program(shuffled, partners)
    for case in tried:
        before, after = infer(case, book, first, engine), infer(case, shuffled, second, engine)
        assert conclusions(after) == conclusions(before)


def conclusions(inference: Inference) -> set[str]:
    """All that holds but the steps between, which are numbered as they come."""
    atoms = (inference.program.atoms[n] for n in inference.true)
    return {str(atom) for atom in atoms if atom.kind != "step"}


@settings(max_examples=80)
@given(st.data())
def test_rule_order_never_matters(data: st.DataObject) -> None:
    book = data.draw(rulebooks())
    order = data.draw(st.permutations(list(book.rules)))
    tried = data.draw(cases(book.vocabulary, 8))
    assert_order_does_not_matter(book, order, [case for case in tried if len(case.partners) == len(tried[0].partners)])


def test_rule_order_does_not_matter_in_our_rulebook(rulebook: Rulebook, assessed: tuple[Assessed, ...]) -> None:
    order = list(rulebook.rules)
    random.Random(7).shuffle(order)
    every = [each.example.case for each in assessed]
    assert_order_does_not_matter(rulebook, order, [case for case in every if len(case.partners) == 1][:200])


def test_one_engine_serves_many_threads_and_programs(engine: Engine) -> None:
    books = [random_rulebook(random.Random(seed), 6, 6, 12) for seed in range(12)]  # more than a worker keeps
    tasks = []
    for book in books:
        program = compile_program(book, 2)
        for seed in range(6):
            inputs = tuple(n for n in program.inputs if random.Random(f"{seed} {n}").random() < 0.5)
            tasks.append((program, inputs, fired(program, inputs)))
    random.Random(3).shuffle(tasks)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda task: engine.run(task[0], task[1]), tasks * 3))
    finally:
        sys.setswitchinterval(interval)
    assert answers == [expected for _, _, expected in tasks * 3]


def book(rules: dict[str, Condition], questions: int = 1) -> Rulebook:
    """A rulebook in which each rule concludes the value of its own name of the finding `f`, about yes/no questions."""
    asked = {
        name: Question(name, "s", "yes-no", YES_NO, "agency", "fixed", False, (), {}, "t.yaml", 1)
        for name in (f"q.{n}" for n in range(questions))
    }
    values = {name: Value(name, "t", {}, (), "t.yaml", 1) for name in rules}
    finding = Finding("f", "set", "agency", "", False, {}, values, "f")
    vocabulary = Vocabulary(("s",), asked, {"f": finding})
    written = {
        name: Rule(name, "t", "agency", when, (("f", name),), "because", (), "t.yaml", place)
        for place, (name, when) in enumerate(rules.items())
    }
    return Rulebook("0", "", vocabulary, written, {}, {})


def yes(question: int) -> Answered:
    return Answered(f"q.{question}", ("yes",))


def found(program: Program, engine: Engine, *answered: int) -> set[str]:
    """What is concluded when these questions are answered yes; the engine has to agree with the naive fixpoint."""
    inputs = program.encode({f"q.{n}": ("yes",) for n in answered}, ())
    clauses = engine.run(program, inputs)
    assert clauses == fired(program, inputs)
    heads = (program.atoms[program.clauses[n].head] for n in clauses)
    return {atom.values[0] for atom in heads if atom.kind == "finding"}


def test_findings_that_feed_each_other_hold_only_when_something_else_gives_one(engine: Engine) -> None:
    rules: dict[str, Condition] = {
        "a": Any((yes(0), Found("f", "b"))),
        "b": Found("f", "a"),
        "c": Not(Found("f", "b")),
    }
    program = compile_program(book(rules), 0)
    assert found(program, engine) == {"c"}
    assert found(program, engine, 0) == {"a", "b"}


def test_a_rule_that_always_holds_fires_without_any_answer(engine: Engine) -> None:
    assert found(compile_program(book({"a": Always()}), 0), engine) == {"a"}
    assert found(compile_program(book({}), 0), engine) == set()


def test_a_body_may_be_long(engine: Engine) -> None:
    program = compile_program(book({"a": All(tuple(yes(n) for n in range(60)))}, 60), 0)
    assert found(program, engine, *range(60)) == {"a"}
    assert found(program, engine, *range(59)) == set()


def test_a_condition_may_stand_in_many_rules_of_many_strata(engine: Engine) -> None:
    rules: dict[str, Condition] = {f"a{n}": yes(0) for n in range(700)}
    rules |= {f"b{n}": All((yes(0), Not(Found("f", "a0")))) for n in range(300)}
    rules |= {f"c{n}": All((yes(0), Not(Found("f", "b0")))) for n in range(300)}
    program = compile_program(book(rules), 0)
    assert len(found(program, engine, 0)) == 1000
    assert len(found(program, engine)) == 0


def ring(length: int) -> Program:
    """Findings in a circle, the first of which also follows from an answer."""
    rules: dict[str, Condition] = {f"a{n}": Found("f", f"a{(n + 1) % length}") for n in range(length)}
    rules["a0"] = Any((yes(0), rules["a0"]))
    return compile_program(book(rules | {"b": Not(Found("f", "a1"))}), 0)


def test_a_circle_of_findings_may_be_long(engine: Engine) -> None:
    assert len(found(ring(300), engine, 0)) == 300
    assert found(ring(300), engine) == {"b"}


@needs_durable
def test_a_circle_beyond_the_limits_of_durable_rules_is_refused(durable: DurableEngine) -> None:
    with pytest.raises(EngineError, match="4201 clauses on 4201 facts feed each other"):
        durable.run(ring(2100), ())
    assert found(ring(3), durable) == {"b"}


@needs_durable
def test_a_worker_that_was_killed_is_started_again() -> None:
    with DurableEngine() as engine:
        program = ring(3)
        for _ in range(2):
            assert found(program, engine, 0) == {"a0", "a1", "a2"}
            assert engine._worker is not None
            engine._worker._process.kill()
            assert found(program, engine) == {"b"}


@needs_durable
def test_a_closed_engine_has_no_process_and_starts_one_when_run() -> None:
    engine = DurableEngine()
    assert found(ring(3), engine) == {"b"}
    assert engine._worker is not None
    process = engine._worker._process
    engine.close()
    assert process.returncode is not None
    assert found(ring(3), engine) == {"b"}
    engine.close()


@needs_durable
@pytest.mark.parametrize(
    ("timeout", "script", "expected"),
    [
        (30, "import sys; sys.exit(3)", "ended with status 3, and again"),
        (30, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by signal 11, .*, and again"),
        (30, 'import sys; sys.stdout.buffer.write(bytes([0, 0, 0, 16]) + b\'{"failed": "so"}\')', r"failed \(so\), and again"),
        (0.5, "import time; time.sleep(60)", r"did not answer within 0\.5 s"),
    ],
)
def test_a_worker_that_gives_no_answer_is_reported(
    timeout: float, script: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "worker.py"
    path.write_text(script)
    with DurableEngine(timeout) as engine:
        with monkeypatch.context() as patched:
            patched.setattr(durable_worker, "__file__", str(path))
            with pytest.raises(EngineError, match=expected):
                engine.run(ring(3), ())
        engine.timeout = 30
        assert found(ring(3), engine) == {"b"}


@needs_durable
def test_a_fork_starts_a_worker_of_its_own() -> None:
    with DurableEngine() as engine:
        assert found(ring(3), engine) == {"b"}
        before = engine._worker
        assert before is not None
        before.owner += 1  # as a fork would find it
        assert found(ring(3), engine) == {"b"}
        assert engine._worker is not before


@needs_durable
def test_an_interrupted_evaluation_leaves_no_answer_behind_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_pipe: object) -> None:
        raise KeyboardInterrupt

    with DurableEngine() as engine:
        program = ring(3)
        assert found(program, engine) == {"b"}
        with monkeypatch.context() as patched:
            patched.setattr(durable_worker, "receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                found(program, engine)
        assert found(program, engine, 0) == {"a0", "a1", "a2"}


def test_an_engine_is_chosen_by_name() -> None:
    assert engine_named("chain").name == "chain"
    if INSTALLED:
        assert engine_named("durable").name == "durable"


def test_a_name_that_no_engine_has_is_an_error_that_tells_the_engines(wording: Wording) -> None:
    with pytest.raises(InputError) as caught:
        engine_named("chian")
    (problem,) = caught.value.problems
    assert (problem.code, problem.found, problem.allowed, problem.nearest) == (
        "unknown-engine",
        "chian",
        ("chain", "durable"),
        "chain",
    )
    for said in (problem_text(problem, wording.phrases), str(caught.value)):
        assert "chian" in said
        assert "chain, durable" in said
    assert str(caught.value)[0] != ":"


def test_the_durable_engine_without_its_extra_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(InputError) as caught:
        DurableEngine()
    assert [(p.code, p.found) for p in caught.value.problems] == [("engine-not-installed", "durable")]


def served(requests: list[durable_worker.Message], durable: object) -> list[durable_worker.Message]:
    """The replies of a worker that is run here."""
    sent, replies = io.BytesIO(), io.BytesIO()
    for request in requests:
        durable_worker.send(sent, request)
    sent.seek(0)
    durable_worker.serve(sent, replies, durable)  # type: ignore[arg-type]
    replies.seek(0)
    return list(iter(lambda: durable_worker.receive(replies), None))


LAYOUT = {"clauses": [[1, [0], []], [2, [], [1]]], "strata": [0, 1], "atoms": 3, "recursive": []}


@needs_durable
def test_a_worker_asks_for_programs_it_does_not_have() -> None:
    requests: list[durable_worker.Message] = [{"program": 7, "inputs": [0]}, {"program": 7, "inputs": [0], "layout": LAYOUT}]
    requests += [{"program": 7, "inputs": []}]
    requests += [{"program": 10 + n, "inputs": [], "layout": LAYOUT} for n in range(durable_worker.CACHED)]
    requests += [{"program": 7, "inputs": []}]
    first, second, third, *rest = served(requests, import_module("durable_rules_engine"))
    assert (first, second, third) == ({"wanted": 7}, {"fired": [0]}, {"fired": [1]})
    assert rest == [*[{"fired": [1]}] * durable_worker.CACHED, {"wanted": 7}]


@needs_durable
def test_a_worker_parts_what_is_too_long_and_tells_facts_of_one_hash_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable_worker, "fnv1a", lambda text: len(text))
    clauses: list[object] = [[40, list(range(40)), []], *([n, [40], []] for n in range(41, 341)), [341, [340], [0]]]
    layout = {"clauses": clauses, "strata": [0] * 301 + [1], "atoms": 342, "recursive": []}
    requests = [{"program": 1, "inputs": list(range(40)), "layout": layout}, {"program": 1, "inputs": list(range(1, 40))}]
    assert served(requests, import_module("durable_rules_engine")) == [{"fired": list(range(301))}, {"fired": []}]


def test_a_worker_refuses_a_circle_that_no_ruleset_holds() -> None:
    clauses = [[(n + 1) % 5000, [n], []] for n in range(5000)]
    layout = {"clauses": clauses, "strata": [0] * 5000, "atoms": 5000, "recursive": [[0, 5000]]}
    replies = served([{"program": 1, "inputs": [], "layout": layout}], object())
    assert replies == [{"refused": "5000 clauses on 5000 facts feed each other"}]


@pytest.mark.parametrize(
    ("answer", "expected"), [((1, 0), "code 1 in answer to a fact"), ((0, 0), "the rule that always fires did not")]
)
def test_a_worker_that_fails_says_so_and_ends(answer: tuple[int, int], expected: str) -> None:
    broken = SimpleNamespace(
        create_ruleset=lambda _name, definition: len(json.loads(definition)),
        assert_fact=lambda _handle, _fact: answer,
        start_action_for_state=lambda _handle, _state: None,
        delete_state=lambda _handle, _session: None,
    )
    replies = served([{"program": 0, "inputs": [], "layout": LAYOUT}] * 2, broken)
    assert replies == [{"failed": f"RuntimeError: {expected}"}]
