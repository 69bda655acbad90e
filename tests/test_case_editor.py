"""A case file that a command changes keeps its comments, its order, its quotes and its layout where nothing changed."""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from advisor.io.case_editor import save_case, save_scenario
from advisor.io.scenario_reader import read_case_file
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import Vocabulary
from support.random_cases import case_files, known

TEXT = """\
# Ask the judge again.
name: 'Our case'   # as on the agenda
notes: |
  First,

  # and this is no comment.
answers:
  # Opening
  today.side-effects: yes   # by the court
  wanted.obstacle: [ waiting,"unaware" ]

  # The aim was hard to say.
  wanted.body:  "exchange"
  people.missing:   # to be asked again
    - youth
    # still open
# The partners
partners:
    - name: Harbor House  # since May
      answers: {}

    # The second one
    - name: "Tribal Court"
      notes: They meet
        on Mondays.
      answers:
          partner.reach: merge
          # may change

# What if
scenarios:
  lift: {answers: {wanted.aim: common-goal}}   # of the retreat
# The end
"""


@pytest.fixture
def vocabulary() -> Vocabulary:
    return known()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "case.yaml"
    made.write_text(TEXT, "utf-8")
    return made


def lines_between(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that are gone and those that came, each in order; the others are the same, to the byte."""
    before, after = old.splitlines(), new.splitlines()
    gone, came, place = list[str](), list[str](), 0
    for line in before:
        if line in after[place:]:
            found = after.index(line, place)
            came += after[place:found]
            place = found + 1
        else:
            gone.append(line)
    return gone, came + after[place:]


def changed(path: Path, vocabulary: Vocabulary, case: Case) -> tuple[list[str], list[str]]:
    """Save a case into the file, and see what changed in it."""
    old, held = path.read_text("utf-8"), read_case_file(path, vocabulary)
    save_case(path, case, vocabulary)
    now = read_case_file(path, vocabulary)
    assert (now.case, now.scenarios) == (case, held.scenarios)
    return lines_between(old, path.read_text("utf-8"))


def answered(case: Case, **given: tuple[str, ...]) -> Case:
    return replace(
        case, answers={**case.answers, **{name.replace("__", ".").replace("_", "-"): answer for name, answer in given.items()}}
    )


def test_what_is_saved_unchanged_stays_to_the_byte(path: Path, vocabulary: Vocabulary) -> None:
    assert changed(path, vocabulary, read_case_file(path, vocabulary).case) == ([], [])


def test_an_answer_changes_its_own_line_and_keeps_the_comment_beside_it(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    gone, came = changed(path, vocabulary, answered(case, today__side_effects=("no",)))
    assert (gone, came) == (["  today.side-effects: yes   # by the court"], ["  today.side-effects: no    # by the court"])


def test_a_new_answer_stands_in_intake_order_and_parts_nothing_from_its_comment(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    assert changed(path, vocabulary, answered(case, wanted__measures=("none",))) == ([], ["  wanted.measures: none"])
    text = path.read_text("utf-8")
    places = [text.index(each) for each in ("wanted.body:", "wanted.measures", "people.missing", "# The partners")]
    assert places == sorted(places)
    assert changed(path, vocabulary, answered(read_case_file(path, vocabulary).case, today__tension=("calm",)))[0] == []
    before, after = path.read_text("utf-8").split("today.tension: calm")
    assert before.endswith("# by the court\n  ")
    assert after.startswith("\n  wanted.obstacle")


def test_an_answer_at_the_end_leaves_what_comes_next_its_comment(path: Path, vocabulary: Vocabulary) -> None:
    question = vocabulary.asked_of("agency")[-1]
    case = read_case_file(path, vocabulary).case
    gone, came = changed(path, vocabulary, replace(case, answers={**case.answers, question.id: (question.options[0],)}))
    assert gone == []
    assert len(came) == 1
    assert "# The partners\npartners:" in path.read_text("utf-8")


def test_an_answer_that_is_taken_away_is_unknown_and_its_comment_stays(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    without = replace(case, answers={name: given for name, given in case.answers.items() if name != "people.missing"})
    gone, came = changed(path, vocabulary, without)
    assert gone == ["  people.missing:   # to be asked again", "    - youth"]
    assert [" ".join(line.split()) for line in came] == ["people.missing: unknown # to be asked again"]
    assert "    # still open\n# The partners\n" in path.read_text("utf-8")


def test_a_partner_that_goes_leaves_the_others_their_comments(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    gone, came = changed(path, vocabulary, replace(case, partners=case.partners[1:]))
    assert (gone, came) == (["    - name: Harbor House  # since May", "      answers: {}"], [])
    gone, came = changed(path, vocabulary, replace(case, partners=()))
    assert gone[0] == "partners:"
    assert came == []
    assert "# What if\nscenarios:" in path.read_text("utf-8")


def test_a_partner_that_comes_stands_last(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    partner = Partner("A: b", {"partner.reach": ("merge",)})
    gone, came = changed(path, vocabulary, replace(case, partners=(*case.partners, partner)))
    assert gone == []
    assert [line.strip() for line in came] == ['- name: "A: b"', "answers:", "partner.reach: merge"]
    assert "# may change\n" in path.read_text("utf-8").split("A: b")[0]
    assert "# What if\nscenarios:" in path.read_text("utf-8")


def test_answers_of_a_partner_that_had_none_are_written_below_it(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    first = replace(case.partners[0], answers={"partner.reach": ("merge",), "partner.vision": ("yes",)})
    gone, came = changed(path, vocabulary, replace(case, partners=(first, case.partners[1])))
    assert gone == ["      answers: {}"]
    assert [line.split(":")[0].strip() for line in came] == ["answers", "partner.reach", "partner.vision"]
    assert "    # The second one\n    - name:" in path.read_text("utf-8")


def test_words_and_notes_are_put_where_there_were_none_and_changed_one_by_one(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("name: x\n# before\nanswers: {wanted.body: exchange}\npartners:\n  - name: A\n", "utf-8")
    case = read_case_file(path, vocabulary).case
    noted = replace(
        case,
        words={"agency": "Kent: the county"},
        notes={("wanted.body", ""): "So we said"},
        partners=(Partner("A", {"partner.held": ("will", "law")}, {("partner.held", "law"): "Title 5"}),),
    )
    gone, came = changed(path, vocabulary, noted)
    assert gone == []
    assert [line.strip() for line in came] == [
        "words:",
        'agency: "Kent: the county"',
        "notes:",
        "wanted.body: So we said",
        "answers:",
        "partner.held: [will, law]",
        "notes:",
        "partner.held:",
        '"law": Title 5' if '"law"' in came[-1] else "law: Title 5",
    ]
    path.write_text(path.read_text("utf-8").replace("So we said", "So we said # in May"), "utf-8")
    more = replace(noted, words={**noted.words, "result": "In a week"}, notes={**noted.notes, ("wanted.duties", ""): "Ours"})
    gone, came = changed(path, vocabulary, more)
    assert (gone, [line.strip() for line in came]) == ([], ["result: In a week", "wanted.duties: Ours"])
    assert "# in May" in path.read_text("utf-8")
    changed(path, vocabulary, replace(more, words={}, notes={}))


def test_a_note_that_has_no_place_in_a_file_is_not_put_over_another_text(path: Path, vocabulary: Vocabulary) -> None:
    old, case = path.read_bytes(), read_case_file(path, vocabulary).case
    with pytest.raises(InputError, match="not-edited"):
        save_case(path, replace(case, notes={("wanted.body", ""): "So we said"}), vocabulary)
    assert path.read_bytes() == old


def test_a_name_keeps_what_stands_beside_it(path: Path, vocabulary: Vocabulary) -> None:
    case = read_case_file(path, vocabulary).case
    gone, came = changed(path, vocabulary, replace(case, name="yes"))
    assert gone == ["name: 'Our case'   # as on the agenda"]
    assert came[0].split() == ["name:", '"yes"', "#", "as", "on", "the", "agenda"]


def test_a_scenario_is_added_behind_the_others(path: Path, vocabulary: Vocabulary) -> None:
    old = path.read_text("utf-8")
    save_scenario(path, Scenario("what: if", {"wanted.obstacle": ()}, add=("Court",), on="lift"), vocabulary)
    gone, came = lines_between(old, path.read_text("utf-8"))
    assert gone == []
    assert [line.strip() for line in came] == ['"what: if":', "on: lift", "add: [Court]", "answers:", "wanted.obstacle: unknown"]
    with pytest.raises(InputError, match="duplicate-scenario"):
        save_scenario(path, Scenario("lift"), vocabulary)


@pytest.mark.parametrize(
    "text",
    [
        "{name: x, answers: {}}\n",
        "name: x\nscenarios: {a: {}}\n",
        "name: x\n...\n",
        "name: x",
        "answers:\n",
        "answers: ~ # none\npartners: []\nnotes: >\n  x\n\n# end\n",
        "? name\n: x\n",
        "  name: x\n  notes: >-\n    one\n    two\n",
        "---\nname: 1.50\nnotes: 0o17 2020-01-01\n",
        '"name": "\\x41 \\u263a"\nnotes: [yes, No, on, 1e3, 0x1F, 1_000, null, .inf]\n',
        "\ufeffname: x\r\nanswers:\r\n  # one\r\n  wanted.priority: no\r\n",
    ],
)
def test_files_of_any_layout_are_changed(text: str, tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(text.encode())
    held = read_case_file(path, vocabulary)
    notes = yaml.load(text, yaml.BaseLoader).get("notes")
    scenario = Scenario("new", {"wanted.aim": ("exchange",)})
    save_scenario(path, scenario, vocabulary)
    case = replace(held.case, answers={**held.case.answers, "wanted.aim": ("exchange",)}, partners=(Partner("New", {}),))
    save_case(path, case, vocabulary)
    assert read_case_file(path, vocabulary) == replace(held, case=case, scenarios={**held.scenarios, "new": scenario})
    assert yaml.load(path.read_bytes(), yaml.BaseLoader).get("notes") == notes
    assert path.read_bytes().count(b"\r\n") == (path.read_bytes().count(b"\n") if "\r" in text else 0)


def test_a_json_file_keeps_what_a_change_does_not_touch(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.json"
    content = {"notes": "Größe", "name": "x", "partners": [{"name": "A", "notes": "b", "answers": {"partner.reach": "merge"}}]}
    path.write_text(json.dumps(content), "utf-8")
    case = read_case_file(path, vocabulary).case
    save_case(path, answered(case, wanted__priority=("no",)), vocabulary)
    save_scenario(path, Scenario("new", drop=("A",)), vocabulary)
    assert json.loads(path.read_text("utf-8")) == {
        **content,
        "answers": {"wanted.priority": "no"},
        "scenarios": {"new": {"drop": ["A"]}},
    }


def test_a_file_that_is_not_there_is_made(tmp_path: Path, vocabulary: Vocabulary) -> None:
    case = Case("x", {"wanted.priority": ("no",)})
    for name in ("case.yaml", "case.json"):
        save_case(tmp_path / name, case, vocabulary)
        assert read_case_file(tmp_path / name, vocabulary) == CaseFile(case, {})


def test_a_change_that_would_leave_the_file_wrong_is_not_made(path: Path, vocabulary: Vocabulary) -> None:
    """A scenario without Harbor House makes no sense once it is gone from the case."""
    save_scenario(path, Scenario("without", drop=("Harbor House",)), vocabulary)
    old, case = path.read_bytes(), read_case_file(path, vocabulary).case
    with pytest.raises(InputError, match="not-edited"):
        save_case(path, replace(case, partners=case.partners[1:]), vocabulary)
    assert path.read_bytes() == old


@given(file=case_files(), other=case_files())
@settings(max_examples=20)
def test_any_case_can_be_saved_over_any_other(file: CaseFile, other: CaseFile) -> None:
    vocabulary = known()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        save_case(path, file.case, vocabulary)
        path.write_text("# first\n" + path.read_text("utf-8") + "# last\n", "utf-8")
        save_case(path, other.case, vocabulary)
        assert read_case_file(path, vocabulary).case == other.case
        assert path.read_text("utf-8").startswith("# first\n")
        assert "# last\n" in path.read_text("utf-8")


def test_what_changes_no_file_imports_nothing_for_it() -> None:
    asked = "import sys; import advisor.cli.main; sys.exit('ruamel' in sys.modules or 'ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
