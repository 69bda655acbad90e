"""What is written reads back as the same case, and a file is replaced whole or not at all."""

import json
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.io.case_reader import parse_case, read_case
from advisor.io.case_writer import case_json, case_yaml, check_writable, quoted, write_case
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.vocabulary import Vocabulary
from support.random_cases import answers, known, names, notes, words


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return known()


CASE = Case(
    "Waiting for treatment",
    {"wanted.obstacle": ("shared-families", "waiting"), "wanted.duties": ("no",), "today.state": ("nothing",)},
    (Partner("Harbor House", {"partner.vision": ("yes",)}, {("partner.vision", ""): "So it wrote: yes"}), Partner("no", {})),
    {"agency": "Kent County", "proposal": "Beds on the day they are needed"},
    {("wanted.obstacle", "waiting"): "Eleven weeks in May", ("today.state", ""): "Nobody ever met"},
)

TEXT = """\
name: Waiting for treatment
words:
  agency: Kent County
  proposal: Beds on the day they are needed
answers:
  today.state: nothing
  wanted.obstacle: [shared-families, waiting]
  wanted.duties: no
notes:
  today.state: Nobody ever met
  wanted.obstacle:
    waiting: Eleven weeks in May
partners:
  - name: Harbor House
    answers:
      partner.vision: yes
    notes:
      partner.vision: "So it wrote: yes"
  - name: "no"
    answers: {}
"""


@settings(max_examples=100)
@given(data=st.data(), as_json=st.booleans())
def test_what_is_written_reads_back_as_the_same_case(data: st.DataObject, as_json: bool) -> None:
    vocabulary = known()
    found = data.draw(st.lists(names.filter(bool), max_size=4, unique_by=str.casefold))
    agency, partner = vocabulary.asked_of("agency"), vocabulary.asked_of("partner")
    partners = tuple(Partner(name, data.draw(answers(partner)), data.draw(notes(partner))) for name in found)
    case = Case(data.draw(names), data.draw(answers(agency)), partners, data.draw(words), data.draw(notes(agency)))
    written = case_json(case, vocabulary) if as_json else case_yaml(case, vocabulary)
    assert parse_case(written.encode(), vocabulary, as_json=as_json) == case


@given(text=names)
@example("a b")
@example("Smith, Jones & Co. (North)")
def test_a_quoted_name_is_the_same_text_to_any_yaml_reader(text: str) -> None:
    assert yaml.safe_load(f"name: {quoted(text)}\n") == {"name": text}


def test_a_case_is_written_in_intake_order_and_in_plain_words(vocabulary: Vocabulary) -> None:
    assert case_yaml(CASE, vocabulary) == TEXT


def test_what_is_not_known_stays_out(vocabulary: Vocabulary) -> None:
    case = Case("case", {"wanted.duties": ()})
    assert case_yaml(case, vocabulary) == "name: case\nanswers: {}\n"
    assert json.loads(case_json(case, vocabulary)) == {"name": "case", "answers": {}, "partners": []}


@pytest.mark.parametrize("name", ["case.yaml", "case.json", "case"])
def test_a_file_is_written_as_its_name_says(vocabulary: Vocabulary, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_case(path, CASE, vocabulary)
    assert read_case(path, vocabulary) == CASE
    assert path.read_text("utf-8").startswith("{") is (path.suffix == ".json")
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_writing_again_keeps_the_files_mode_and_the_link_to_it(vocabulary: Vocabulary, tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("name: old\n")
    real.chmod(0o640)
    link.symlink_to(real)
    write_case(link, CASE, vocabulary)
    assert link.is_symlink()
    assert real.read_text("utf-8") == TEXT
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_write_that_fails_leaves_the_old_file(vocabulary: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("name: old\n")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, f"No space left on device for {self} to {target}")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError) as raised:
        write_case(path, CASE, vocabulary)
    assert [p.code for p in raised.value.problems] == ["unwritable-file"]
    assert path.read_text() == "name: old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["case.yaml"]


def test_a_folder_that_is_not_there_is_reported(vocabulary: Vocabulary, tmp_path: Path) -> None:
    check_writable(tmp_path / "case.yaml")
    with pytest.raises(InputError, match="unwritable-file"):
        check_writable(tmp_path / "missing/case.yaml")
    with pytest.raises(InputError, match="unwritable-file"):
        write_case(tmp_path / "missing/case.yaml", CASE, vocabulary)
