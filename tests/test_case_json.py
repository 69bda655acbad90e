"""A case in JSON is read quickly where it is right, and to the same end as by the reader that knows lines."""

import json
from copy import deepcopy
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.io.case_json import plain_case
from advisor.io.case_reader import case_of, parse_case
from advisor.io.located import MAX_BYTES, parse_bytes
from advisor.model.case import MAX_NAME, MAX_PARTNERS, Case
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.vocabulary import Scope, Vocabulary
from random_rulebooks import random_case
from test_rulebook_reader import small_rulebook

Read = Case | tuple[Problem, ...]
ODD: tuple[object, ...] = (
    *(None, True, False, 0, 7, -1.5, 1e30, "", "yes", "no", "true", "False", "unknown", "none", "null", "~", "box", "hihg"),
    *(["box"], ["box", "bag"], ["bag", "box", "box"], ["box", "none"], ["none"], ["unknown"], ["box", "unknown"], [None]),
    *([True], [], [[]], [{}], {}, {"name": "x"}, {"ask.open": "yes"}, [{"name": "x"}, {"name": "X "}], [{"name": None}]),
    *("Größe \N{GRINNING FACE}", "a\u2028b", "a\x85b", "a\nb", "a\tb", "\x7f", "\ufeff", "\ud800", " x ", "\u00a0", "x" * 201),
    *({"a": {"a": 1}}, [[[[[[[[[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]]]]]]]]),
)
PLAIN = {
    "name": "Leaflets",
    "notes": "Nobody reads\nthis.",
    "answers": {"ask.open": True, "ask.things": ["bag", "box"], "ask.step": "unknown", "ask.colour": None},
    "partners": [{"name": " Harbor House ", "notes": None, "answers": {"partner.keen": "no"}}, {"name": "Größe"}],
}


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return small_rulebook(tmp_path_factory.mktemp("small")).vocabulary


def with_lines(raw: bytes, vocabulary: Vocabulary) -> Read:
    """What the full reader finds: the case, or its problems."""
    problems = Problems("case")
    node = parse_bytes(raw, problems, as_json=True)
    found = case_of(node, "case", vocabulary, problems) if node is not None else Case("case", {})
    return tuple(sorted(problems.found)) or found


def read(raw: bytes, vocabulary: Vocabulary) -> Read:
    try:
        return parse_case(raw, vocabulary, as_json=True)
    except InputError as error:
        return error.problems


def in_order(found: Read) -> object:
    """Cases as lists, so that the order of answers counts too."""
    if not isinstance(found, Case):
        return found
    return found.name, list(found.answers.items()), [(p.name, list(p.answers.items())) for p in found.partners]


def content_of(case: Case, vocabulary: Vocabulary) -> dict[str, object]:
    def answers(given: object, scope: Scope) -> dict[str, object]:
        assert isinstance(given, dict)
        several = {q.id for q in vocabulary.asked_of(scope) if q.kind == "several"}
        return {name: list(answer) if name in several else answer[0] for name, answer in given.items()}

    partners = [{"name": p.name, "answers": answers(p.answers, "partner")} for p in case.partners]
    return {"name": case.name, "answers": answers(case.answers, "agency"), "partners": partners}


def places(value: object) -> list[tuple[dict[str, object] | list[object], str | int]]:
    """Every place in a content where something stands."""
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in ((value, key), *places(inner))]
    if isinstance(value, list):
        return [place for key, inner in enumerate(value) for place in ((value, key), *places(inner))]
    return []


def changed(content: dict[str, object], random: Random) -> None:
    """Put something odd somewhere, or under a name of its own."""
    holder, key = random.choice(places(content))
    odd = deepcopy(random.choice(ODD))  # a copy, since what is put in may be changed in its turn
    if random.random() < 0.7:
        holder[key] = odd  # type: ignore[index]
    elif isinstance(holder, dict):
        holder[random.choice(("notes", "nmae", "scenarios", "ask.opn", "partner.keen", "ask.open", "1"))] = odd
    else:
        holder.append(odd)


def broken(raw: bytes, random: Random) -> bytes:
    """The same bytes with one taken out, put in, or said twice."""
    place = random.randrange(len(raw))
    length = random.choice((0, 1, 1, 2, 12))
    piece = random.choice((b"", b"\\", b'"', b",", b"{", b"]", b"\xff", b"\xef\xbb\xbf", b"\t", b"\n", b"\\u", b"1", raw[place:]))
    return raw[:place] + piece + raw[place + length :]


def test_a_case_that_is_right_is_read_quickly_and_as_by_the_full_reader(vocabulary: Vocabulary) -> None:
    raw = json.dumps(PLAIN, indent=1).encode()
    assert plain_case(raw, "case", vocabulary) == with_lines(raw, vocabulary)
    assert plain_case(b"{}", "called so", vocabulary) == Case("called so", {})


@pytest.mark.parametrize("value", ODD, ids=ascii)
@pytest.mark.parametrize(
    "place", ["name", "notes", "answers", "partners", "ask.open", "ask.things", "ask.step", "partner", "again"]
)
def test_whatever_stands_anywhere_is_read_as_by_the_full_reader(place: str, value: object, vocabulary: Vocabulary) -> None:
    content = json.loads(json.dumps(PLAIN))
    if place.startswith("ask."):
        content["answers"][place] = value
    elif place == "partner":
        content["partners"][0]["name"] = value
    elif place == "again":
        content["partners"][1]["answers"] = value
    else:
        content[place] = value
    for ascii_only in (True, False):
        raw = json.dumps(content, ensure_ascii=ascii_only).encode(errors="surrogatepass")
        assert in_order(read(raw, vocabulary)) == in_order(with_lines(raw, vocabulary))


@pytest.mark.parametrize(
    "raw",
    [
        b'\xef\xbb\xbf{"name": "x"}',
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "x", "name": "y"}',
        b'{"answers": {"ask.open": "yes", "ask.open": "no"}}',
        b'{"notes": "' + b"x" * MAX_BYTES + b'"}',
        b'{"name": NaN}',
        b'{"answers": {"ask.open": ' + b"1" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"name": "half \\ud83d of it"}',
        b'{"name": "\\ud83d\\ude00 and \\\\ud800 \\/ x"}',
        b'\t{"name"\n:\t"x"}\r',
        b"",
        b"null",
        json.dumps({"name": "n" * MAX_NAME}).encode(),
        json.dumps({"partners": [{"name": f"p{n}"} for n in range(MAX_PARTNERS)]}).encode(),
        json.dumps({"partners": [{"name": f"p{n}"} for n in range(MAX_PARTNERS + 1)]}).encode(),
    ],
    ids=lambda raw: ascii(raw[:40]),
)
def test_an_unusual_text_is_read_as_by_the_full_reader(raw: bytes, vocabulary: Vocabulary) -> None:
    assert in_order(read(raw, vocabulary)) == in_order(with_lines(raw, vocabulary))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 3), st.integers(0, 2))
@example(0, 0, 0)
def test_a_case_with_mistakes_is_read_as_by_the_full_reader(vocabulary: Vocabulary, seed: int, changes: int, breaks: int) -> None:
    random = Random(seed)
    content = content_of(random_case(random, vocabulary), vocabulary)
    for _ in range(changes):
        changed(content, random)
    raw = json.dumps(content, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 2))).encode(errors="surrogatepass")
    for _ in range(breaks):
        raw = broken(raw, random) or b" "
    assert in_order(read(raw, vocabulary)) == in_order(with_lines(raw, vocabulary))
    if not changes and not breaks:
        assert plain_case(raw, "case", vocabulary) is not None
