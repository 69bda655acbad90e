"""A case text is read into plain values; what is wrong is told by a line of YAML or a pointer into JSON."""

import json
from pathlib import Path

import pytest

from advisor.io.document import Bare, Value, members, parse_document, read_document, text_in, words_in
from advisor.io.located import MAX_DEPTH
from advisor.model.problems import InputError, Pointer, Problem, Problems


def parsed(text: str, *, as_json: bool = False) -> Value:
    problems = Problems("f")
    value = parse_document(text.encode(), problems, as_json=as_json)
    assert not problems.found
    return value


def refused(raw: bytes) -> list[Problem]:
    problems = Problems("f")
    parse_document(raw, problems, as_json=True)
    return problems.found


def test_json_is_read_as_what_it_says() -> None:
    text = '{\t"a":true,\n\t"b": ["\\ud83d\\ude00", "\\u00e9", "\\/", "a\\nb", "\\\\ud800"],"c":null, "d": 1.50}'
    assert parsed(text, as_json=True) == {
        "a": True,
        "b": ["\N{GRINNING FACE}", "é", "/", "a\nb", "\\ud800"],
        "c": None,
        "d": "1.50",
    }


def test_numbers_stay_as_they_were_written_and_are_told_from_texts() -> None:
    value = parsed('[1e5, "1e5", -0.10, ' + "1" * 5000 + "]", as_json=True)
    assert isinstance(value, list)
    assert value == ["1e5", "1e5", "-0.10", "1" * 5000]
    assert [isinstance(item, Bare) for item in value] == [True, False, True, True]


def test_yaml_is_read_into_the_same_values() -> None:
    assert parsed("a: yes\nb: ~\nc: 'null'\nd: [x, {e: 1}]\n") == {"a": "yes", "b": None, "c": "null", "d": ["x", {"e": "1"}]}


@pytest.mark.parametrize(
    ("raw", "code", "line", "pointer", "found"),
    [
        (b'{"a": 1,\n "b": }', "not-json", 2, "", "7"),
        (b"a: b", "not-json", 1, "", "1"),
        (b"", "not-json", 1, "", "1"),
        (b'{"a": "x\ty"}', "not-json", 1, "", "9"),
        (b'{"a": 1} {"b": 2}', "not-json", 1, "", "10"),
        (b'{"a": [{"b": 1,\n "b": 2}]}', "duplicate-member", 0, "/a/0", "b"),
        (b'{"a": 1, "b": 2, "a": {"c": 1}}', "duplicate-member", 0, "", "a"),
        (b'{"a/b": ["\\ud800"]}', "half-a-character", 0, "/a~1b/0", "\\ud800"),
        (b'{"a": {"\\uDC00~": 1}}', "half-a-character", 0, "/a", "\\udc00"),
        (b'"\\ud83d"', "half-a-character", 0, "", "\\ud83d"),
        (b'{"a": NaN}', "no-json-number", 0, "", "NaN"),
        (b"[-Infinity]", "no-json-number", 0, "", "-Infinity"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too-deep", 0, "/0" * MAX_DEPTH, str(MAX_DEPTH)),
        (b"[" * 100_000 + b"]" * 100_000, "too-deep", 0, "", str(MAX_DEPTH)),
        (b'"\xed\xa0\x80"', "not-utf-8", 1, "", "0xed"),
    ],
)
def test_what_json_may_not_hold_is_reported(raw: bytes, code: str, line: int, pointer: str, found: str) -> None:
    assert refused(raw) == [Problem("f", line, code, found=found, pointer=pointer)]


def test_every_problem_of_a_json_text_is_reported() -> None:
    codes = [problem.code for problem in refused(b'{"a": 1, "a": "\\ud800", "b": {"c": 1, "c": 2, "c": 3}}')]
    assert codes == ["duplicate-member", "half-a-character", "duplicate-member"]


def test_a_million_repetitions_of_a_key_are_one_problem() -> None:
    raw = b"{" + b",".join([b'"a":1'] * 150_000) + b"}"
    assert [problem.found for problem in refused(raw)] == ["a"]


def test_json_as_deep_as_allowed_is_read() -> None:
    assert refused(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) == []


def test_the_name_of_a_file_tells_whether_it_is_json(tmp_path: Path) -> None:
    problems = Problems("f")
    for name in ("a.json", "a.yaml"):
        (tmp_path / name).write_text("a: b\n")
    assert read_document(tmp_path / "a.json", problems) is None
    assert [problem.code for problem in problems.found] == ["not-json"]
    assert read_document(tmp_path / "a.yaml", Problems("f")) == {"a": "b"}


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 1), (("a",), 1), (("a", 1), 3), (("a", 1, "b"), 4), (("a", 1, "nowhere"), 3), (("a", 7), 1), (("nowhere", "b"), 1)],
)
def test_a_path_finds_its_line_of_yaml(path: Pointer, line: int) -> None:
    problems = Problems("f")
    parse_document(b"a:\n  - c\n  - x: y\n    b: z\n", problems)
    problems.add("wrong-value", path)
    assert [(problem.line, problem.pointer) for problem in problems.found] == [(line, "")]


def test_members_names_keys_that_are_unknown_and_missing() -> None:
    problems = Problems("f")
    assert members({"here": "1", "hree": "2"}, ("here", "there"), ("maybe",), ("a",), problems, "x")["here"] == "1"
    assert [(p.code, p.found, p.pointer, p.nearest) for p in problems.found] == [
        ("unknown-key", "hree", "/a/hree", "here"),
        ("missing-key", "there", "/a", ""),
    ]


@pytest.mark.parametrize("value", [None, "text", ["a"], True])
def test_an_empty_dict_stands_in_for_what_is_none(value: Value) -> None:
    problems = Problems("f")
    assert members(value, ("b",), (), (), problems, "x") == {}
    assert [problem.code for problem in problems.found] == ["mapping-expected"]


def test_a_text_that_is_a_list_is_reported_and_the_default_taken() -> None:
    problems = Problems("f")
    held: dict[str, Value] = {"a": ["b"], "c": "d", "e": None, "f": True}
    assert [text_in(held, key, (), problems, "x", "default") for key in "cefg"] == ["d", "default", "true", "default"]
    assert not problems.found
    assert text_in(held, "a", (), problems, "x", "default") == "default"
    assert [(p.code, p.found, p.pointer) for p in problems.found] == [("word-expected", "a", "/a")]


def test_words_are_one_or_a_list_and_nothing_else() -> None:
    problems = Problems("f")
    assert words_in("a", (), problems, "x") == ("a",)
    assert words_in(["a", "b"], (), problems, "x") == ("a", "b")
    assert not problems.found
    assert words_in(["a", ["b"]], ("c",), problems, "x") == ()
    assert words_in({"a": "b"}, ("c",), problems, "x") == ()
    assert [(p.code, p.about, p.pointer) for p in problems.found] == [("words-expected", "x", "/c")] * 2


def test_problems_of_json_are_raised_in_reading_order_with_their_pointers() -> None:
    problems = Problems("f")
    parse_document(json.dumps({}).encode(), problems, as_json=True)
    problems.add("b", ("partners", 2), found="x")
    problems.add("a", ("partners", 10), found="y")
    with pytest.raises(InputError, match="f:/partners/2: b x; f:/partners/10: a y"):
        problems.raise_if_any()
