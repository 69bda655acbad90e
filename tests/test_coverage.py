"""Every item of the register that should move or word the advice is cited by something a case can reach."""

from pathlib import Path

from advisor.analysis.coverage import citations, uncited
from advisor.io.rulebook_reader import read_rulebook
from advisor.model.rulebook import Rulebook
from support.small_rulebooks import BASICS, TOPIC, changed, write_rules


def test_no_item_of_the_register_is_left_uncited(rulebook: Rulebook) -> None:
    assert [item.id for item in uncited(rulebook)] == []


def test_every_rule_and_question_of_the_project_cites_something(rulebook: Rulebook) -> None:
    assert [rule.id for rule in rulebook.rules.values() if not rule.sources] == []
    assert [question.id for question in rulebook.vocabulary.questions.values() if not question.sources] == []


def test_questions_options_values_and_rules_cite(tmp_path: Path) -> None:
    cited = citations(read_rulebook(write_rules(tmp_path)))
    assert "question ask.open" in cited["s.one"]
    assert "rule open-is-ready" in cited["s.one"]
    assert cited["s.two"] == ["question ask.colour: red", "note bring-a-coat"]


def test_a_value_that_no_rule_concludes_cites_nothing(tmp_path: Path) -> None:
    changes = changed("topic.yaml", ", note: bring-a-coat", "") | changed(BASICS, "red: [s.two]", "red: []")
    assert [item.id for item in uncited(read_rulebook(write_rules(tmp_path, changes)))] == ["s.two"]


def test_background_need_not_be_cited(tmp_path: Path) -> None:
    assert uncited(read_rulebook(write_rules(tmp_path, {"topic.yaml": TOPIC}))) == []
