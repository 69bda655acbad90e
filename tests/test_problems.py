"""Problems carry codes and values, know the nearest right spelling, and are raised all together."""

import re

import pytest

from advisor.model.problems import InputError, Problem, Problems, nearest, shorten
from advisor.model.wording import Wording
from advisor.render.documents import problem_text
from conftest import ROOT

OPTIONS = ("purpose.aim", "purpose.shared-outcome", "need.obstacle")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("purpose.aimm", "purpose.aim"),
        ("Purpose.Aim", "purpose.aim"),
        ("aim", "purpose.aim"),
        ("shared outcome", "purpose.shared-outcome"),
        ("shared_outcom", "purpose.shared-outcome"),
        ("need.obstacles", "need.obstacle"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_spelling_is_found(text: str, expected: str) -> None:
    assert nearest(text, OPTIONS) == expected


def test_nothing_is_near_where_nothing_is_allowed() -> None:
    assert nearest("a", ()) == ""


def test_what_was_found_is_shown_short_and_without_control_characters() -> None:
    assert shorten("a\x1b[31m\nb") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b"
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 79 + "…"


def test_a_problem_keeps_file_line_and_the_nearest_spelling() -> None:
    problems = Problems("case.yaml")
    problems.add("unknown-question", 3, found="purpose.aimm", allowed=iter(OPTIONS))
    assert problems.found == [Problem("case.yaml", 3, "unknown-question", "", "purpose.aimm", OPTIONS, "purpose.aim")]


def test_all_problems_are_raised_in_reading_order() -> None:
    problems = Problems("f")
    problems.add("b", 7, found="late")
    problems.add("a", 2, found="early")
    with pytest.raises(InputError, match="f:2: a early; f:7: b late") as raised:
        problems.raise_if_any()
    assert [problem.line for problem in raised.value.problems] == [2, 7]


def test_nothing_is_raised_where_nothing_is_wrong() -> None:
    problems = Problems("f")
    problems.raise_if_any()
    assert problems.found == []


def test_a_problem_is_worded_with_its_place_what_was_found_and_what_is_right(wording: Wording) -> None:
    problem = Problem("c.yaml", 4, "unknown-option", "purpose.aim", "exchang", ("exchange", "unknown"), "exchange")
    assert problem_text(problem, wording.phrases) == (
        "c.yaml:4: purpose.aim: exchang is not among the answers. Did you mean exchange? Allowed: exchange, unknown."
    )


def test_a_problem_of_a_whole_file_names_no_line(wording: Wording) -> None:
    assert problem_text(Problem("c.yaml", 0, "empty-file"), wording.phrases).startswith("c.yaml: The file is empty.")
    assert problem_text(Problem("", 0, "unknown-engine", found="chan"), wording.phrases) == "There is no engine chan."


def test_a_long_list_of_what_is_allowed_is_left_out(wording: Wording) -> None:
    allowed = tuple(f"q{n}" for n in range(21))
    assert "Allowed" not in problem_text(Problem("c", 1, "unknown-value", "x", "q", allowed), wording.phrases)
    assert "Allowed" in problem_text(Problem("c", 1, "unknown-value", "x", "q", allowed[:20]), wording.phrases)


def test_what_was_found_is_never_taken_for_a_template(wording: Wording) -> None:
    for hostile in ("{{ 7*7 }}", "{% for x in y %}", "{{ undefined }}"):
        assert hostile in problem_text(Problem("c", 1, "unknown-question", hostile, hostile), wording.phrases)


def test_every_code_in_the_source_is_worded(wording: Wording) -> None:
    """A code is the first argument of `add` or `_add`, or a word joined by hyphens beside `code =`."""
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "src/advisor").rglob("*.py")))
    codes = set(re.findall(r"(?:\b_?add|\breport|missing\.add)\(\s*\"([a-z0-9-]+)\"", source))
    codes |= {
        code for line in re.findall(r"(?<!status, )code = (.*)", source) for code in re.findall(r'"([a-z]+-[a-z-]+)"', line)
    }
    codes |= set(re.findall(r"Problem\([^)]*?, \"([a-z]+-[a-z-]+)\"", source))
    assert len(codes) > 40
    assert codes <= set(wording.phrases["problems"])


def test_every_failure_of_a_request_is_worded(wording: Wording) -> None:
    """A failure's code stands beside its status: `status, code =`, or in an answer with a status."""
    source = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "src/advisor/web").rglob("*.py")))
    codes = set(re.findall(r"status, code = \d+, \"([a-z-]+)\"", source)) | set(re.findall(r"\b[45]\d\d, \"([a-z-]+)\"", source))
    assert len(codes) > 15
    assert codes <= set(wording.phrases["http-errors"])
