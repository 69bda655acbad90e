"""A case with its scenarios is written so that it reads back the same, as YAML and as JSON."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from advisor.io.scenario_reader import parse_case_file
from advisor.io.scenario_writer import case_file_json, case_file_yaml
from advisor.model.case import Case
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from support.random_cases import case_files, known

TEXT = """\
name: Harbor
answers:
  wanted.duties: no
partners:
  - name: Harbor House
    answers: {}
scenarios:
  lift:
    answers:
      wanted.obstacle: [waiting]
      wanted.duties: unknown
    partners:
      Harbor House:
        partner.reach: merge
  wider:
    on: lift
    add:
      - Tribal Court
    drop:
      - Harbor House
  nothing: {}
"""


@settings(max_examples=20)
@given(file=case_files())
def test_a_case_file_reads_back_the_same(file: CaseFile) -> None:
    vocabulary = known()
    assert parse_case_file(case_file_yaml(file, vocabulary).encode(), vocabulary) == file
    assert parse_case_file(case_file_json(file, vocabulary).encode(), vocabulary, as_json=True) == file


def test_it_is_written_as_a_person_would() -> None:
    file = parse_case_file(TEXT.encode(), known())
    assert case_file_yaml(file, known()) == TEXT


@pytest.mark.parametrize("write", [case_file_yaml, case_file_json])
def test_a_case_without_scenarios_has_no_key_for_them(write: Callable[[CaseFile, Vocabulary], str]) -> None:
    assert "scenarios" not in write(CaseFile(Case("a", {}), {}), known())
