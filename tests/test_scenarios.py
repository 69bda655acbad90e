"""Scenarios: named changes of a case, read from a case file, applied, and kept in it."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.io.case_editor import save_scenario
from advisor.io.case_reader import parse_case
from advisor.io.scenario_reader import parse_case_file, read_case_file, read_changes
from advisor.model.case import Case, Partner
from advisor.model.names import composed
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.scenario import Scenario, apply, between
from advisor.model.vocabulary import Vocabulary

TEXT = """\
# A comment at the top
name: Harbor
answers:
  wanted.aim: common-goal   # and one at a line's end
  wanted.obstacle: [waiting]
partners:
  - name: Harbor House
    answers: {partner.without: cannot-begin}
"""
SCENARIOS = """\
scenarios:
  lift:
    answers: {possible.authority: head, wanted.obstacle: unknown}
    partners:
      harbor house: {partner.reach: merge}
  wider:
    on: lift
    add: [Tribal Court]
    partners:
      Tribal Court: {partner.category: legal}
  alone:
    on: wider
    drop: [Harbor House]
"""


@pytest.fixture(scope="session")
def vocabulary(rulebook: Rulebook) -> Vocabulary:
    return rulebook.vocabulary


def problems(text: str, vocabulary: Vocabulary) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as caught:
        parse_case_file(text.encode(), vocabulary)
    return [(p.line, p.code, p.found) for p in caught.value.problems]


def test_a_scenario_changes_takes_away_adds_and_drops_and_leaves_the_case_alone(vocabulary: Vocabulary) -> None:
    held = parse_case_file((TEXT + SCENARIOS).encode(), vocabulary)
    assert held.case == parse_case(TEXT.encode(), vocabulary)
    lifted = held.under("lift")
    assert lifted.answers == {"wanted.aim": ("common-goal",), "possible.authority": ("head",)}
    assert lifted.partners[0].answers == {"partner.without": ("cannot-begin",), "partner.reach": ("merge",)}
    assert [p.name for p in held.under("wider").partners] == ["Harbor House", "Tribal Court"]
    alone = held.under("alone")
    assert alone.partners == (Partner("Tribal Court", {"partner.category": ("legal",)}),)
    assert alone.answers == lifted.answers


def test_a_file_without_scenarios_has_none(vocabulary: Vocabulary) -> None:
    assert parse_case_file(TEXT.encode(), vocabulary).scenarios == {}
    assert parse_case_file((TEXT + "scenarios:\n").encode(), vocabulary).scenarios == {}


def test_all_problems_of_case_and_scenarios_are_reported_at_once(vocabulary: Vocabulary) -> None:
    text = TEXT.replace("common-goal", "common-gaol") + (
        "scenarios:\n"
        "  one:\n"
        "    answers: {wanted.aims: exchange, partner.reach: merge}\n"
        "    partners: {Nobody: {partner.reach: merged}}\n"
        "    drop: [No one]\n"
        "    surprise: yes\n"
        "  two: {on: three}\n"
        "  four: {on: five}\n"
        "  five: {on: four}\n"
        "  six: {add: [Harbor House]}\n"
    )
    assert problems(text, vocabulary) == [
        (4, "unknown-option", "common-gaol"),
        (10, "unknown-partner", "No one"),
        (10, "unknown-partner", "Nobody"),
        (11, "unknown-question", "wanted.aims"),
        (11, "partner-to-name", "partner.reach"),
        (12, "unknown-option", "merged"),
        (14, "unknown-key", "surprise"),
        (15, "unknown-scenario", "three"),
        (16, "scenario-circle", "four → five → four"),
        (17, "scenario-circle", "five → four → five"),
        (18, "duplicate-partner", "Harbor House"),
    ]


def test_scenarios_that_are_no_mapping_are_a_problem(vocabulary: Vocabulary) -> None:
    assert problems(TEXT + "scenarios: [one]\n", vocabulary) == [(9, "mapping-expected", "")]
    assert problems(TEXT + "scenarios: {one: {partners: [a], answers: [b]}}\n", vocabulary) == [(9, "mapping-expected", "")] * 2


def test_settings_name_question_value_and_partner(vocabulary: Vocabulary) -> None:
    case = parse_case(TEXT.encode(), vocabulary)
    made = read_changes(
        ["wanted.aim=exchange", "partner.reach=merge@harbor house", "wanted.obstacle=[waiting, unaware]",
         "wanted.priority=unknown",
         "partner.without=can@A: B"],
        ["A: B"], [], case, vocabulary, "x",
    )  # fmt: skip
    assert made.answers == {"wanted.aim": ("exchange",), "wanted.obstacle": ("unaware", "waiting"), "wanted.priority": ()}
    assert made.partners == {"Harbor House": {"partner.reach": ("merge",)}, "A: B": {"partner.without": ("can",)}}


def test_every_bad_setting_is_reported(vocabulary: Vocabulary) -> None:
    case = parse_case(TEXT.encode(), vocabulary)
    bad = [
        "wanted.aim",
        "wanted.aim=x",
        "partner.reach=merge",
        "partner.reach=merge@Harber House",
        "a.b=c",
        "wanted.aim=exchange",
    ]
    with pytest.raises(InputError) as caught:
        read_changes([*bad, "wanted.aim=common-goal"], ["Harbor House", " "], ["Nobody"], case, vocabulary, "x")
    assert sorted(p.code for p in caught.value.problems) == [
        "duplicate-partner", "name-too-long", "partner-to-name", "set-twice", "setting-expected", "unknown-option",
        "unknown-partner", "unknown-partner", "unknown-question",
    ]  # fmt: skip
    assert {p.nearest for p in caught.value.problems if p.found == "Harber House"} == {"Harbor House"}


def test_too_many_partners_are_refused(vocabulary: Vocabulary) -> None:
    case = Case("x", {}, tuple(Partner(str(n), {}) for n in range(40)))
    with pytest.raises(InputError, match="too-many-partners"):
        read_changes([], ["one more"], [], case, vocabulary, "x")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT + SCENARIOS,
        TEXT + "scenarios:\n",
        TEXT.rstrip("\n"),
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        SCENARIOS + "\n# about the case\n" + TEXT,
        TEXT + "words:\n  purpose: |\n    Something\n    # that is no comment\n",
        "scenarios:\n    deep:\n        answers: {}\n" + TEXT,
    ],
    ids=[
        "none yet",
        "some",
        "empty",
        "no line feed at the end",
        "CRLF",
        "BOM",
        "in front",
        "after a text block",
        "indented by four",
    ],
)
def test_keeping_a_scenario_only_adds_lines(text: str, tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(text.encode())
    before = read_case_file(path, vocabulary)
    kept = Scenario(
        "what: if", {"wanted.aim": ("exchange",), "wanted.obstacle": ()}, {"New: one": {"partner.reach": ("merge",)}},
        ("New: one",),
        ("Harbor House",), "lift" if "lift" in before.scenarios else None,
    )  # fmt: skip
    save_scenario(path, kept, vocabulary)
    after = read_case_file(path, vocabulary)
    assert after.case == before.case
    assert after.scenarios == {**before.scenarios, "what: if": kept}
    old, new = text.encode().splitlines(), path.read_bytes().splitlines()
    position = 0
    for line in old:
        position = new.index(line, position) + 1
    assert [p.name for p in tmp_path.iterdir()] == ["case.yaml"]
    assert (b"\r\n" in path.read_bytes()) is ("\r\n" in text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT + "scenarios:\n  new: {}\n", "duplicate-scenario"),
        (TEXT + "answer: x\n", "unknown-key"),
    ],
)
def test_a_file_with_no_place_for_a_scenario_stays_as_it_is(text: str, code: str, tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=code):
        save_scenario(path, Scenario("new", {"wanted.aim": ("exchange",)}), vocabulary)
    assert path.read_text("utf-8") == text


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(InputError, match="unreadable-file"):
        save_scenario(tmp_path / "none.yaml", Scenario("new"), vocabulary)


def test_a_disk_that_fails_leaves_the_file_whole(tmp_path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(TEXT, "utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="unwritable-file"):
        save_scenario(path, Scenario("new"), vocabulary)
    assert path.read_text("utf-8") == TEXT
    assert [p.name for p in tmp_path.iterdir()] == ["case.yaml"]


names = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
    .map(composed)  # as names are kept, in whatever form they were typed
    .filter(bool)
)


@given(name=names, partner=names)
@settings(max_examples=50)
def test_any_name_can_be_kept(name: str, partner: str, vocabulary: Vocabulary) -> None:
    if partner.casefold() == "harbor house":
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_text(TEXT, "utf-8")
        kept = Scenario(name, {}, {partner: {"partner.reach": ("merge",)}}, (partner,))
        save_scenario(path, kept, vocabulary)
        assert read_case_file(path, vocabulary).scenarios == {name: kept}


def test_the_scenario_between_two_cases_turns_one_into_the_other(vocabulary: Vocabulary) -> None:
    held = parse_case_file((TEXT + SCENARIOS).encode(), vocabulary)
    for name in held.scenarios:
        after = held.under(name)
        assert apply(held.case, between(name, held.case, after)) == after
