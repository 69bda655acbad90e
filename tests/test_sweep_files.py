"""A sweep file is read, planned and drawn; what is wrong with it is reported, all at once."""

from pathlib import Path

import numpy as np
import pytest

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.sweep.plan import Plan, plan_of
from advisor.sweep.sampling import Design
from advisor.sweep.spec import Sample, Spec, read_spec

CASE = """
case:
  name: Base
  answers: {wanted.aim: exchange, wanted.priority: no}
  partners:
    - {name: Harbor House, answers: {partner.trust: fair}}
    - {name: County Court}
"""


def spec_of(tmp_path: Path, loaded: Loaded, text: str) -> Spec:
    path = tmp_path / "sweep.yaml"
    path.write_text(CASE + text, "utf-8")
    return read_spec(path, loaded.rulebook.vocabulary)


def codes(tmp_path: Path, loaded: Loaded, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as caught:
        plan(tmp_path, loaded, text)
    return [(problem.line, problem.code, problem.found) for problem in caught.value.problems]


def plan(tmp_path: Path, loaded: Loaded, text: str, chunk: int = 64) -> Plan:
    return plan_of(spec_of(tmp_path, loaded, text), loaded.rulebook, loaded.program, chunk)


def test_axes_are_read(tmp_path: Path, loaded: Loaded) -> None:
    spec = spec_of(
        tmp_path,
        loaded,
        """
vary:
  wanted.aim: {exchange: 3, common-goal: 1, unknown: 0.5}
  wanted.priority: all
  wanted.obstacle: {combinations: [waiting, shared-families]}
  wanted.staff: [liaisons, [liaisons, joint-cases]]
  "partner.trust@County Court": [low, unknown]
leave-out: [Harbor House]
sample: {size: 1_000, seed: 9}
conclusions: [caution, dimension]
""",
    )
    aim, priority, obstacle, staff, trust = spec.axes
    assert aim.values == (("exchange",), ("common-goal",), ())
    assert spec.weights == ((3.0, 1.0, 0.5), None, None, None, None)
    assert priority.values == (("yes",), ("no",))
    assert obstacle.values == (("none",), ("shared-families",), ("waiting",), ("shared-families", "waiting"))
    assert set(staff.values[1]) == {"liaisons", "joint-cases"}
    assert (trust.owner, trust.values) == (1, (("low",), ()))
    assert spec.optional == (0,)
    assert spec.sample == Sample(1000, 9)
    assert spec.conclusions == ("dimension", "caution")
    assert spec.axis_names()[-1] == "partner.trust@County Court"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vary: {wanted.aims: all}", [(8, "unknown-question", "wanted.aims")]),
        ("vary: {partner.trust: all}", [(8, "axis-needs-a-partner", "partner.trust")]),
        ('vary: {"partner.trust@Harbour": all}', [(8, "unknown-partner", "Harbour")]),
        ('vary: {"wanted.aim@Harbor House": all}', [(8, "question-about-the-agency", "wanted.aim")]),
        ("vary: {wanted.aim: [exchange, fame]}", [(8, "unknown-option", "fame")]),
        ("vary: {wanted.aim: [exchange, exchange]}", [(8, "option-twice", "exchange")]),
        ("vary: {wanted.aim: {exchange: 1}}", [(8, "weights-need-a-sample", "")]),
        ("vary: {wanted.aim: {exchange: -1}}\nsample: {size: 5}", [(8, "not-a-weight", "-1"), (8, "no-weight", "")]),
        ("vary: {wanted.aim: {combinations: [exchange]}}", [(8, "combinations-of-one", "")]),
        ("vary: {wanted.about: {combinations: all}}", None),
        ("vary: {}", [(8, "sweep-varies-nothing", "")]),
        ("vary: {wanted.aim: all}\nleave-out: [Nobody]", [(9, "unknown-partner", "Nobody")]),
        ("vary: {wanted.aim: all}\nsample: {size: many}", [(9, "not-a-number", "many")]),
        ("vary: {wanted.aim: all}\nconstraints: [{dimension: integration}]", [(9, "unknown-test", "dimension")]),
        ("vary: {wanted.aim: all}\nmaps: [[wanted.aim, wanted.work]]", [(9, "unknown-axis", "wanted.work")]),
        ("vary: {wanted.aim: all}\nconclusions: [dimensions]", [(9, "unknown-finding", "dimensions")]),
        ("vary: [wanted.aim]", [(8, "mapping-expected", "")]),
        ("vary: {wanted.aim: []}", [(8, "list-expected", "")]),
        ("vary: {wanted.aim: {exchange: much}}\nsample: {size: 5}", [(8, "not-a-weight", "much"), (8, "no-weight", "")]),
        ("vary: {wanted.aim: all}\nconstraints: {wanted.aim: exchange}", [(9, "list-of-conditions-expected", "")]),
        ("vary: {wanted.aim: all}\nmaps: wanted.aim", [(9, "list-expected", "")]),
        ("vary: {wanted.aim: all}\nmaps: [[wanted.aim]]", [(9, "two-axes-expected", "")]),
        ("vary: {wanted.aim: all}\nfoo: 1", [(9, "unknown-key", "foo")]),
        (
            "vary: {wanted.aim: [exchange, common-goal]}\nconstraints: [{wanted.aim: one-entity}]",
            [(0, "no-scenario-meets-the-constraints", "2")],
        ),
        (
            "vary: {wanted.aim: all, wanted.work: all}\nconstraints: [{wanted.aim: exchange}, {not: {wanted.aim: exchange}}]",
            [(0, "no-scenario-meets-the-constraints", "32")],
        ),
    ],
)
def test_what_is_wrong_is_reported(
    tmp_path: Path, loaded: Loaded, text: str, expected: list[tuple[int, str, str]] | None
) -> None:
    found = codes(tmp_path, loaded, text)
    if expected is None:
        assert [code for _, code, _ in found] == ["too-many-values"]
    else:
        assert found == expected


def test_the_case_may_stand_in_a_file_of_its_own(tmp_path: Path, loaded: Loaded) -> None:
    (tmp_path / "base.yaml").write_text("name: Base\nanswers: {wanted.priority: yes}\n", "utf-8")
    path = tmp_path / "sweep.yaml"
    path.write_text("case: base.yaml\nvary: {wanted.aim: exchange}\n", "utf-8")
    spec = read_spec(path, loaded.rulebook.vocabulary)
    assert (spec.case.name, spec.name, spec.axes[0].values) == ("Base", "sweep", (("exchange",),))
    (tmp_path / "base.yaml").write_text("answers: {wanted.priority: perhaps}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_spec(path, loaded.rulebook.vocabulary)
    assert [(Path(p.file).name, p.code) for p in caught.value.problems] == [("base.yaml", "unknown-option")]


def test_a_constraint_that_always_holds_costs_nothing(tmp_path: Path, loaded: Loaded) -> None:
    found = plan(tmp_path, loaded, "vary: {wanted.aim: all}\nconstraints: [{wanted.priority: no}]")
    assert found.constraint is None


def test_constraints_on_more_answers_than_can_be_counted_are_tried(tmp_path: Path, loaded: Loaded) -> None:
    questions = [
        q.id for q in loaded.rulebook.vocabulary.asked_of("agency") if q.kind in ("choice", "scale") and not q.conditional
    ][:13]
    vary = "vary:\n" + "".join(f"  {q}: all\n" for q in questions)
    listed = "".join(f"  - {{known: {q}}}\n" for q in questions)
    found = plan(tmp_path, loaded, vary + "constraints:\n" + listed + "sample: {size: 100}\n")
    assert found.size == 100


def test_a_sweep_too_large_to_enumerate_is_refused_with_its_size(tmp_path: Path, loaded: Loaded) -> None:
    questions = [q for q in loaded.rulebook.vocabulary.asked_of("agency") if q.kind in ("choice", "scale")][:20]
    size = np.prod([len(q.options) for q in questions], dtype=object)
    vary = "vary:\n" + "".join(f"  {q.id}: all\n" for q in questions)
    assert codes(tmp_path, loaded, vary) == [(8, "sweep-too-large", f"{size:,}")]
    assert plan(tmp_path, loaded, vary + "sample: {size: 100}\n").size == 100


def test_constraints_are_counted_before_the_run(tmp_path: Path, loaded: Loaded) -> None:
    vary = "vary: {wanted.aim: all, wanted.work: all, wanted.priority: all}"
    found = plan(tmp_path, loaded, f"{vary}\nconstraints: [{{wanted.aim: {{at_least: common-goal}}}}]")
    aims, depths = (len(loaded.rulebook.vocabulary.questions[q].options) for q in ("wanted.aim", "wanted.work"))
    at_least = aims - loaded.rulebook.vocabulary.questions["wanted.aim"].options.index("common-goal")
    assert found.size == at_least * depths * 2


def test_every_combination_comes_once_in_counting_order_whatever_the_chunk() -> None:
    values = (3, 1, 4, 2, 5)
    expected = list(np.ndindex(*values))
    for chunk in (1, 3, 7, 8, 40, 64, 119, 120, 1000):
        design = Design(values, (None,) * 5, None, 0, chunk)
        rows: list[tuple[int, ...]] = []
        for number in range(design.chunks):
            columns, size = design.make(number)
            assert all(len(column) == size for column in columns)
            rows += list(zip(*(column.tolist() for column in columns), strict=True))
        assert rows == expected


def test_a_sample_follows_its_weights_and_its_seed() -> None:
    design = Design((2, 3), (None, (1.0, 0.0, 3.0)), 40_000, 5, 16_384)
    first = [design.make(number)[0] for number in range(design.chunks)]
    again = Design((2, 3), (None, (1.0, 0.0, 3.0)), 40_000, 5, 16_384).make(1)[0]
    assert all((a == b).all() for a, b in zip(first[1], again, strict=True))
    even, weighted = (np.bincount(np.concatenate([columns[n] for columns in first]), minlength=2) for n in range(2))
    assert abs(even[0] / 40_000 - 0.5) < 0.02
    assert weighted[1] == 0
    assert abs(weighted[2] / 40_000 - 0.75) < 0.02
    assert not (Design((2, 3), (None, None), 100, 6).make(0)[0][0] == Design((2, 3), (None, None), 100, 7).make(0)[0][0]).all()


def test_a_sample_under_constraints_has_its_full_size() -> None:
    design = Design((4, 4), (None, None), 1000, 3, 256)
    parts = [design.make(number, lambda columns, _: columns[0] == 3) for number in range(design.chunks)]
    assert [size for _, size in parts] == [256, 256, 256, 232]
    assert all((columns[0] == 3).all() and len(columns[1]) == size for columns, size in parts)
