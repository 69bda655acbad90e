"""A case file becomes a case; every answer is checked against the vocabulary."""

from pathlib import Path

import pytest

from advisor.io.case_reader import MAX_NAME, parse_case, read_case
from advisor.io.scenario_reader import parse_case_file
from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.problems import InputError, Problem
from advisor.model.vocabulary import Vocabulary
from support.small_rulebooks import small_rulebook


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return small_rulebook(tmp_path_factory.mktemp("small")).vocabulary


def answers(text: str, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    return dict(parse_case(f"answers: {text}\n".encode(), vocabulary).answers)


def problems(text: str, vocabulary: Vocabulary) -> list[Problem]:
    with pytest.raises(InputError) as raised:
        parse_case(text.encode(), vocabulary)
    return list(raised.value.problems)


def only(text: str, vocabulary: Vocabulary) -> Problem:
    (problem,) = problems(text, vocabulary)
    return problem


def test_a_whole_case_is_read(vocabulary: Vocabulary) -> None:
    text = """
name: Leaflets
words: {purpose: "To  hand out\n leaflets", agency: }
notes:
  ask.open: " They said
    so "
  ask.things: {box: Red, bag: }
answers:
  ask.open: yes
  ask.things: [bag, box]
partners:
  - name: " Harbor House "
    notes: {partner.keen: It wrote}
    answers: {partner.keen: no}
  - name: The library
"""
    assert parse_case(text.encode(), vocabulary) == Case(
        "Leaflets",
        {"ask.open": ("yes",), "ask.things": ("box", "bag")},
        (Partner("Harbor House", {"partner.keen": ("no",)}, {("partner.keen", ""): "It wrote"}), Partner("The library", {})),
        {"purpose": "To hand out leaflets"},
        {("ask.open", ""): "They said so", ("ask.things", "box"): "Red"},
    )


def test_everything_wrong_with_words_and_notes_is_told_at_once(vocabulary: Vocabulary) -> None:
    long = "x" * 601
    text = f"""
words: {{purposes: A, agency: {long}, result: [a]}}
notes:
  ask.opens: A
  partner.keen: About whom?
  ask.things: {{box: {long}, crate: B}}
  ask.open: [a]
partners:
  - name: Harbor House
    notes: [a]
"""
    assert sorted((each.line, each.code, each.found) for each in problems(text, vocabulary)) == [
        (0, "notes-not-carried", "notes"),
        (2, "unknown-key", "purposes"),
        (2, "word-expected", "result"),
        (2, "words-too-long", "601"),
        (4, "unknown-question", "ask.opens"),
        (5, "unknown-question", "partner.keen"),
        (6, "unknown-key", "crate"),
        (6, "words-too-long", "601"),
        (7, "word-expected", "ask.open"),
    ]
    assert not [each for each in problems(text, vocabulary) if long in repr(each)], "no text is told again"


def test_a_text_that_is_a_note_to_no_answer_is_told_and_not_quoted(vocabulary: Vocabulary) -> None:
    text = "notes: Nobody reads this.\npartners: [{name: Harbor House, notes: Nor this.}]\n"
    file = parse_case_file(text.encode(), vocabulary)
    assert file.left_out == {"": (("Harbor House", "notes", ("Nor this.",)), ("", "notes", ("Nobody reads this.",)))}
    assert [each.code for each in problems(text, vocabulary)] == ["notes-not-carried"] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ask.open: yes}", ("yes",)),
        ("{ask.open: 'yes'}", ("yes",)),
        ("{ask.open: true}", ("yes",)),
        ("{ask.open: False}", ("no",)),
        ("{ask.open: unknown}", None),
        ("{ask.open: ~}", None),
        ("{ask.open: }", None),
        ("{ask.open: null}", None),
    ],
)
def test_yes_and_no_are_words_and_silence_is_no_answer(text: str, expected: object, vocabulary: Vocabulary) -> None:
    assert answers(text, vocabulary).get("ask.open") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("box", ("box",)),
        ("[bag, box]", ("box", "bag")),
        ("none", ("none",)),
        ("[none]", ("none",)),
        ("[]", None),
        ("unknown", None),
    ],
)
def test_several_answers_are_kept_in_the_order_of_the_question(text: str, expected: object, vocabulary: Vocabulary) -> None:
    assert answers(f"{{ask.things: {text}}}", vocabulary).get("ask.things") == expected


def test_a_list_that_says_only_unknown_is_no_answer(vocabulary: Vocabulary) -> None:
    assert answers("{ask.things: [unknown]}", vocabulary) == {}


def test_unknown_beside_other_answers_is_not_offered_as_a_correction_of_itself(vocabulary: Vocabulary) -> None:
    problem = only("answers: {ask.things: [box, unknown]}", vocabulary)
    assert problem.nearest == ""


@pytest.mark.parametrize("text", ["answers:\n", "answers: ~\n", "name: x\n", "partners: []\n", "partners:\n", "answers: {}\n"])
def test_a_case_may_leave_everything_open(text: str, vocabulary: Vocabulary) -> None:
    case = parse_case(text.encode(), vocabulary)
    assert (case.answers, case.partners) == ({}, ())


def test_a_case_without_a_name_is_called_after_its_file(tmp_path: Path, vocabulary: Vocabulary) -> None:
    (tmp_path / "spring.yaml").write_text("answers: {}\n")
    assert read_case(tmp_path / "spring.yaml", vocabulary).name == "spring"


def test_json_says_the_same_as_yaml(tmp_path: Path, vocabulary: Vocabulary) -> None:
    (tmp_path / "c.json").write_text('{"name": "c", "answers": {"ask.open": true, "ask.things": ["box"], "ask.step": null}}')
    (tmp_path / "c.yaml").write_text("name: c\nanswers: {ask.open: yes, ask.things: [box]}\n")
    assert read_case(tmp_path / "c.json", vocabulary) == read_case(tmp_path / "c.yaml", vocabulary)


@pytest.mark.parametrize(
    ("text", "code", "line", "found"),
    [
        ("[a]", "mapping-expected", 1, ""),
        ("just words", "mapping-expected", 1, ""),
        ("nmae: x", "unknown-key", 1, "nmae"),
        ("name: [x]", "word-expected", 1, "name"),
        (f"answers: {{}}\nname: {'x' * (MAX_NAME + 1)}", "name-too-long", 2, "201"),
        ("answers: [ask.open]", "mapping-expected", 1, ""),
        ("answers:\n  ask.opn: yes", "unknown-question", 2, "ask.opn"),
        ("answers:\n  ask.open: maybe", "unknown-option", 2, "maybe"),
        ("answers:\n  ask.open: ''", "unknown-option", 2, ""),
        ("answers:\n  ask.open: [yes]", "one-answer-expected", 2, ""),
        ("answers:\n  ask.open: {yes: no}", "answer-expected", 2, ""),
        ("answers:\n  ask.things: {box: yes}", "answer-expected", 2, ""),
        ("answers:\n  ask.things: [[box]]", "words-expected", 2, ""),
        ("answers:\n  ask.things:\n    - box\n    - bxo", "unknown-option", 4, "bxo"),
        ("answers:\n  ask.things: [box, box]", "option-twice", 2, "box"),
        ("answers:\n  ask.things: [box, none]", "none-with-others", 2, "box, none"),
        ("answers:\n  partner.keen: yes", "question-about-partners", 2, "partner.keen"),
        ("partners: Harbor", "list-expected", 1, ""),
        ("partners: {name: x}", "list-expected", 1, ""),
        ("partners: [Harbor]", "mapping-expected", 1, ""),
        ("partners:\n  - answers: {}", "missing-key", 2, "name"),
        ("partners:\n  - name: x\n    nots: y", "unknown-key", 3, "nots"),
        ("partners:\n  - name: ' '", "name-too-long", 2, "0"),
        ("partners:\n  - name: x\n    answers: {ask.open: yes}", "question-about-the-agency", 3, "ask.open"),
        ("partners:\n  - name: x\n    answers: {partner.keen: often}", "unknown-option", 3, "often"),
        ("partners:\n  - name: x\n  - name: X", "duplicate-partner", 3, "X"),
        ("partners:\n  - name: x\n  - name: ' x '", "duplicate-partner", 3, "x"),
    ],
)
def test_a_mistake_is_reported_where_it_stands(text: str, code: str, line: int, found: str, vocabulary: Vocabulary) -> None:
    problem = only(text, vocabulary)
    assert (problem.code, problem.line, problem.found) == (code, line, found)


def test_a_mistake_names_what_is_allowed_and_the_nearest(vocabulary: Vocabulary) -> None:
    problem = only("answers: {ask.step: hihg}", vocabulary)
    assert problem.allowed == ("low", "middle", "high", "unknown")
    assert problem.nearest == "high"
    assert only("answers: {opn: yes}", vocabulary).nearest == "ask.open"


def test_a_mistake_about_a_partner_names_the_partner(vocabulary: Vocabulary) -> None:
    assert only("partners: [{name: Harbor, answers: {partner.keen: often}}]", vocabulary).about == "Harbor: partner.keen"


def test_a_question_about_the_agency_is_not_offered_for_a_partner(vocabulary: Vocabulary) -> None:
    problem = only("partners: [{name: Harbor, answers: {partner.kene: yes}}]", vocabulary)
    assert (problem.nearest, problem.allowed) == ("partner.keen", ("partner.keen", "partner.step"))


def test_all_mistakes_are_reported_together_in_reading_order(vocabulary: Vocabulary) -> None:
    text = """\
nmae: x
answers:
  ask.opn: yes
  ask.step: hihg
partners:
  - name: a
  - name: A
    answers: {partner.keen: of}
"""
    assert [(p.line, p.code) for p in problems(text, vocabulary)] == [
        (1, "unknown-key"),
        (3, "unknown-question"),
        (4, "unknown-option"),
        (7, "duplicate-partner"),
        (8, "unknown-option"),
    ]


def test_as_many_partners_as_can_be_weighed_are_read_and_one_more_is_refused(vocabulary: Vocabulary) -> None:
    def text(count: int) -> str:
        return "partners:\n" + "".join(f"  - name: p{n}\n" for n in range(count))

    assert len(parse_case(text(MAX_PARTNERS).encode(), vocabulary).partners) == MAX_PARTNERS
    assert only(text(MAX_PARTNERS + 1), vocabulary).code == "too-many-partners"


def test_partners_without_names_are_not_said_to_share_one(vocabulary: Vocabulary) -> None:
    assert {p.code for p in problems("partners: [{answers: {}}, {answers: {}}]", vocabulary)} == {"missing-key"}


def test_a_name_left_empty_is_no_name(vocabulary: Vocabulary) -> None:
    assert parse_case(b"name:\nanswers: {}\n", vocabulary, name="file").name == "file"
    assert problems("partners: [{name: null}]", vocabulary)


def test_a_report_shows_no_control_characters(vocabulary: Vocabulary) -> None:
    """A partner's name stands before what was found; a terminal must not act on it."""
    found = problems('partners: [{name: "a\\e[31m\\nb", answers: {partner.keen: often}}]', vocabulary)
    assert all(problem.about.isprintable() for problem in found)
