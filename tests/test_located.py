"""YAML is read into nodes that know their line; whatever a file may not hold is a problem, never an error."""

from pathlib import Path

import pytest

from advisor.io.located import (
    MAX_BYTES,
    MAX_DEPTH,
    Mapping,
    Node,
    Scalar,
    Sequence,
    decoded,
    fields,
    parse_yaml,
    read_yaml,
    text_of,
    words,
)
from advisor.model.problems import Problem, Problems


def parsed(text: str) -> Node:
    problems = Problems("f")
    node = parse_yaml(text, problems)
    assert not problems.found
    assert node is not None
    return node


def content(raw: bytes, problems: Problems) -> Node | None:
    text = decoded(raw, problems)
    return None if text is None else parse_yaml(text, problems)


def refused(raw: bytes) -> list[Problem]:
    problems = Problems("f")
    assert content(raw, problems) is None
    return problems.found


def test_keys_values_and_lines_are_kept_as_written() -> None:
    root = parsed("a: yes\nb:\n  - 1.0\n  - 'x'\n")
    assert isinstance(root, Mapping)
    assert root.entries["a"] == Scalar("yes", 1)
    assert root.entries["b"] == Sequence(3, [Scalar("1.0", 3), Scalar("x", 4, plain=False)])
    assert root.line_of("b") == 2
    assert root.line_of("absent") == 1


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_written_is_null(text: str) -> None:
    root = parsed(f"a: {text}\n")
    assert isinstance(root, Mapping)
    value = root.entries["a"]
    assert isinstance(value, Scalar)
    assert value.is_null


def test_a_quoted_null_is_a_word() -> None:
    node = parsed("'null'")
    assert isinstance(node, Scalar)
    assert not node.is_null


def test_a_byte_order_mark_is_passed_over() -> None:
    problems = Problems("f")
    root = content(b"\xef\xbb\xbfa: b\n", problems)
    assert isinstance(root, Mapping)
    assert list(root.entries) == ["a"]


@pytest.mark.parametrize(
    ("raw", "code", "line", "found"),
    [
        (b"", "empty-file", 0, ""),
        (b"# a comment only\n", "empty-file", 0, ""),
        (b"a: 1\nb: \xff\n", "not-utf-8", 2, "0xff"),
        (b"a: 1\nb: 2\na: 3\n", "duplicate-key", 3, "a"),
        (b"a: &x 1\nb: *x\n", "alias", 2, "x"),
        (b"a: !!python/object/apply:os.system [ls]\n", "tag", 1, "tag:yaml.org,2002:python/object/apply:os.system"),
        (b"a: !local x\n", "tag", 1, "!local"),
        (b"a: 1\n---\nb: 2\n", "several-documents", 2, ""),
        (b"? [a, b]\n: c\n", "key-is-no-word", 1, ""),
        (b"a: 1\n  b: [\n", "not-yaml", 2, "mapping values are not allowed in this context"),
        (b"a: \x00\n", "not-yaml", 0, "control characters"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too-deep", 1, str(MAX_DEPTH)),
        (b"a" * (MAX_BYTES + 1), "too-large", 0, "1024 KiB"),
    ],
)
def test_what_a_file_may_not_hold_is_reported_with_its_line(raw: bytes, code: str, line: int, found: str) -> None:
    (problem,) = refused(raw)
    assert (problem.code, problem.line) == (code, line)
    assert found in problem.found


def test_a_file_as_large_and_as_deep_as_allowed_is_read() -> None:
    problems = Problems("f")
    line = b"- " + b"x" * 1021 + b"\n"  # a KiB
    assert content(line * (MAX_BYTES // len(line)), problems) is not None
    assert content(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, problems) is not None
    assert not problems.found


def test_the_duplicate_of_a_key_names_the_line_of_the_first() -> None:
    (problem,) = refused(b"x: 1\na: 1\n\na: 2\n")
    assert problem.about == "2"


def test_every_duplicate_and_tag_is_reported() -> None:
    codes = [problem.code for problem in refused(b"a: 1\na: !x 2\nb: {c: 1, c: 2}\n")]
    assert sorted(codes) == ["duplicate-key", "duplicate-key", "tag"]


def test_what_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    problems = Problems("f")
    assert read_yaml(tmp_path, problems) is None
    assert read_yaml(tmp_path / "absent.yaml", problems) is None
    assert [(problem.code, problem.found) for problem in problems.found] == [
        ("unreadable-file", "Is a directory"),
        ("unreadable-file", "No such file or directory"),
    ]


def test_words_are_one_or_a_list_and_nothing_else() -> None:
    problems = Problems("f")
    assert words(parsed("a"), problems, "x") == ("a",)
    assert words(parsed("[a, b]"), problems, "x") == ("a", "b")
    assert not problems.found
    assert words(parsed("[a, [b]]"), problems, "x") == ()
    assert words(parsed("{a: b}"), problems, "x") == ()
    assert [(p.code, p.about) for p in problems.found] == [("words-expected", "x")] * 2


def test_fields_names_keys_that_are_unknown_and_missing() -> None:
    problems = Problems("f")
    node = fields(parsed("here: 1\nhree: 2\n"), ("here", "there"), ("maybe",), problems, "x")
    assert "here" in node.entries
    assert [(p.code, p.found, p.line, p.nearest) for p in problems.found] == [
        ("unknown-key", "hree", 2, "here"),
        ("missing-key", "there", 1, ""),
    ]


def test_an_empty_mapping_stands_in_for_what_is_none() -> None:
    problems = Problems("f")
    assert fields(parsed("\n[a]"), ("b",), (), problems, "x") == Mapping(2)
    assert fields(None, ("b",), (), problems, "x") == Mapping(0)
    assert [(p.code, p.line) for p in problems.found] == [("mapping-expected", 2), ("mapping-expected", 0)]


def test_a_text_that_is_a_list_is_reported_and_the_default_taken() -> None:
    problems = Problems("f")
    root = parsed("a: [b]\nc: d\n")
    assert isinstance(root, Mapping)
    assert text_of(root, "c", problems, "x") == "d"
    assert text_of(root, "e", problems, "x", "default") == "default"
    assert not problems.found
    assert text_of(root, "a", problems, "x", "default") == "default"
    assert [(p.code, p.found) for p in problems.found] == [("word-expected", "a")]
