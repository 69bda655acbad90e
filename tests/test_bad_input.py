"""Bad case files get one clear report of all their problems: exit status 2, nothing written, never a traceback.

`parse_case` gives a case or raises `InputError` with at least one problem that is worded; nothing else comes out of it.
"""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.cli import main
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import parse_case, read_case
from advisor.io.located import MAX_BYTES
from advisor.loading import load
from advisor.model.case import Case
from advisor.model.names import composed
from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.service import Service
from conftest import ROOT

LOADED = load()
VOCABULARY, PHRASES = LOADED.rulebook.vocabulary, LOADED.wording.phrases
EXAMPLE = (ROOT / "examples" / "domestic-violence-waiting-list.yaml").read_bytes()
HARBOR = "partners:\n  - name: Harbor House\n    answers:\n"


def report(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line says of a bad file, without its last line."""
    before = sorted(path.parent.iterdir())
    monkeypatch.setattr(sys, "argv", ["advisor", "assess", str(path)])
    with pytest.raises(SystemExit) as exited:
        main()
    captured = capsys.readouterr()
    assert exited.value.code == 2
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert sorted(path.parent.iterdir()) == before
    *lines, last = captured.err.splitlines()
    assert last == f"{len(lines)} problem{'s' * (len(lines) != 1)} in the input."
    assert all(line.startswith(str(path)) for line in lines)
    return "\n".join(line.removeprefix(str(path)) for line in lines)


BAD = {
    "an unknown question": (
        "answers:\n  wanted.aimm: exchange\n",
        ":2: there is no question wanted.aimm. Did you mean wanted.aim?",
    ),
    "a question of another name": (
        "answers:\n  aim: exchange\n",
        ":2: there is no question aim. Did you mean wanted.aim?",
    ),
    "a value not among the options": (
        "answers:\n  wanted.priority: yess\n",
        ":2: wanted.priority: yess is not among the answers. Did you mean yes? Allowed: yes, no, unknown.",
    ),
    "a number for a word": (
        "answers:\n  wanted.priority: 1\n",
        ":2: wanted.priority: 1 is not among the answers. Allowed: yes, no, unknown.",
    ),
    "a list for one answer": (
        "answers:\n  wanted.aim: [exchange]\n",
        ":2: wanted.aim: one answer is expected here, not a list."
        " Allowed: no-common-aim, purchase, exchange, occasional-activity, easier-access, common-goal, common-outcomes,"
        " one-entity, unknown.",
    ),
    "a mapping for an answer": (
        "answers:\n  wanted.aim: {is: exchange}\n",
        ":2: wanted.aim: an answer is expected here, not a mapping."
        " Allowed: no-common-aim, purchase, exchange, occasional-activity, easier-access, common-goal, common-outcomes,"
        " one-entity, unknown.",
    ),
    "none with others": (
        "answers:\n  wanted.obstacle: [waiting, none]\n",
        ":2: wanted.obstacle: none cannot stand together with other answers (waiting, none).",
    ),
    "an answer that is not asked of partners": (
        f"{HARBOR}      wanted.aim: exchange\n",
        ":4: Harbor House: wanted.aim is asked once, about the agency. Move it to the answers at the top.",
    ),
    "an answer that is asked of partners": (
        "answers:\n  partner.reach: merge\n",
        ":2: partner.reach is asked about each partner. Move it under that partner's answers.",
    ),
    "a partner's unknown question": (
        f"{HARBOR}      partner.raech: merge\n",
        ":4: Harbor House: there is no question partner.raech. Did you mean partner.reach?",
    ),
    "duplicate keys": (
        "answers:\n  wanted.aim: exchange\n  wanted.aim: common-goal\n",
        ":3: wanted.aim stands here twice (first on line 2). Keep one.",
    ),
    "two partners of one name": (
        "partners:\n  - name: Harbor House\n  - name: harbor house\n",
        ":3: There are two partners named harbor house. Give each its own name.",
    ),
    "a partner without a name": ("partners:\n  - answers: {}\n", ":2: partner 1: the key name is missing."),
    "a partner that is a word": (
        "partners: [Harbor House]\n",
        ":1: partner 1: keys with values are expected here, as in key: value. Allowed: name, answers, notes.",
    ),
    "too many partners": (
        "partners: [" + "{name: a}, " * 41 + "]\n",
        ":1: There are 41 partners; at most 40 can be weighed in one case.",
    ),
    "an unknown key": (
        "anwsers: {}\n",
        ":1: case: there is no key anwsers here. Did you mean answers?"
        " Allowed: name, words, answers, notes, partners, scenarios.",
    ),
    "a long name": (f"name: {'x' * 201}\n", ":1: name: a name has 1 to 200 characters; this one has 201."),
    "not YAML": (
        "answers:\n  wanted.aim: [exchange\nname: x\n",
        ":3: This is not YAML: did not find expected ',' or ']'. Check indentation, colons and quotes near this line.",
    ),
    "a tab": (
        "answers:\n\twanted.aim: exchange\n",
        ":2: This is not YAML: found character that cannot start any token. Check indentation, colons and quotes near this line.",
    ),
    "an alias bomb": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        ":2: Aliases (*a) are not read. Write the value out.",
    ),
    "an object": (
        "answers: !!python/object/apply:os.system [ls]\n",
        ":1: Tags (tag:yaml.org,2002:python/object/apply:os.system) are not read. Write the plain value.",
    ),
    "deep nesting": (
        "[" * 5000 + "]" * 5000,
        ":1: Things are nested too deeply here (more than 24 levels). A case file needs no more than four levels.",
    ),
    "two documents": (
        "name: a\n---\nname: b\n",
        ":2: The file holds more than one document (a second one starts here after ---). Keep one.",
    ),
    "an empty file": (
        "",
        ": The file is empty. Write answers under answers:, or make a template with: advisor questions --template.",
    ),
    "only a comment": (
        "# nothing\n",
        ": The file is empty. Write answers under answers:, or make a template with: advisor questions --template.",
    ),
    "only words": (
        "wanted.aim exchange\n",
        ":1: case: keys with values are expected here, as in key: value."
        " Allowed: name, words, answers, notes, partners, scenarios.",
    ),
    "a key that is a list": ("? [a]\n: b\n", ":1: A key has to be a word, not a list or a mapping."),
    "a problem on line 100": (
        "answers:\n" + "  # nothing\n" * 98 + "  wanted.aimm: exchange\n",
        ":100: there is no question wanted.aimm. Did you mean wanted.aim?",
    ),
    "a smiley": ("answers:\n  :smile:: yes\n", ":2: there is no question :smile:."),
    "markup": ("answers:\n  '[red]x[/red]': yes\n", ":2: there is no question [red]x[/red]."),
    "a template": ("answers:\n  '{{ 7*7 }}': yes\n", ":2: there is no question {{ 7*7 }}."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_reported(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, said = BAD[name]
    (tmp_path / "case.yaml").write_text(text, "utf-8")
    assert report(tmp_path / "case.yaml", monkeypatch, capsys) == said


BAD_JSON = {
    "not JSON": (b'{"name":\n x}', ":2: This is not JSON: it cannot be read from column 2 on."),
    "duplicate keys": (
        b'{"partners": [{"name": "x",\n "name": "y"}]}',
        "#/partners/0: name stands twice in one object. Keep one.",
    ),
    "a tab in a text": (b'{"name": "x\ty"}', ":1: This is not JSON: it cannot be read from column 12 on."),
    "deep nesting": (
        b"[" * 100_000 + b"]" * 100_000,
        ": Things are nested too deeply here (more than 24 levels). A case file needs no more than four levels.",
    ),
    "a number": (
        b'{"answers": {"wanted.priority": 1}}',
        "#/answers/wanted.priority: wanted.priority: 1 is not among the answers. Allowed: yes, no, unknown.",
    ),
    "an empty file": (b"", ":1: This is not JSON: it cannot be read from column 1 on."),
    "no number": (b'{"name": NaN}', ": NaN is no number of JSON. Write it in quotes if it is meant as a word."),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_json_is_reported(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, said = BAD_JSON[name]
    (tmp_path / "case.json").write_bytes(raw)
    assert report(tmp_path / "case.json", monkeypatch, capsys) == said


def test_half_a_surrogate_pair_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.json").write_bytes(b'{"name":\n "\\ud83d"}')
    assert report(tmp_path / "case.json", monkeypatch, capsys).startswith("#/name: ")


def test_json_with_tabs_between_and_whole_surrogate_pairs_is_read(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_bytes(b'{\t"name":\t"\\ud83d\\ude00",\r\n\t"answers":{"wanted.priority":false}}')
    case = read_case(tmp_path / "case.json", VOCABULARY)
    assert case == Case("\N{GRINNING FACE}", {"wanted.priority": ("no",)})


def test_a_file_that_is_not_utf_8_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.yaml").write_bytes("answers:\n  # caf\xe9\n".encode("latin-1"))
    said = ":2: The file is not UTF-8 text (byte 0xe9). Save it as UTF-8."
    assert report(tmp_path / "case.yaml", monkeypatch, capsys) == said


@pytest.mark.parametrize("name", ["case.yaml", "case.json"])
def test_a_file_of_a_hundred_megabytes_is_not_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    said = ": The file is larger than 1024 KiB, the most that is read. A case file is a few kilobytes."
    assert report(tmp_path / name, monkeypatch, capsys) == said


def test_no_more_than_the_limit_is_read_of_a_file_without_end() -> None:
    with pytest.raises(InputError) as raised:
        read_case(Path("/dev/zero"), VOCABULARY)
    assert [problem.code for problem in raised.value.problems] == ["too-large"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path.exists, "No such file or directory"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_reported(
    make: Callable[[Path], object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "case.yaml")
    text = report(tmp_path / "case.yaml", monkeypatch, capsys)
    assert text == f": The file cannot be read: {said}. Check the path and that you may read it."


def test_all_problems_are_reported_at_once_in_reading_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """\
nmae: A case
answers:
  wanted.aim: exchang
  wanted.ami: exchange
  wanted.obstacle: [waiting, wating]
  partner.reach: merge
partners:
  - name: Harbor House
    answers:
      wanted.aim: exchange
      partner.reach: mergee
  - name: Harbor House
"""
    (tmp_path / "case.yaml").write_text(text)
    lines = report(tmp_path / "case.yaml", monkeypatch, capsys).splitlines()
    assert [int(line.split(":")[1]) for line in lines] == [1, 3, 4, 5, 6, 10, 11, 12]
    nearest = [line.partition("Did you mean ")[2].partition("?")[0] for line in lines]
    assert nearest == ["name", "exchange", "wanted.aim", "waiting", "", "", "merge", ""]


def test_a_file_of_nothing_but_problems_is_reported_in_part(tmp_path: Path) -> None:
    """A report of tens of thousands of lines helps nobody and takes minutes to make."""
    (tmp_path / "case.yaml").write_text("answers:\n" + "".join(f"  q{n}: x\n" for n in range(2_000)))
    with pytest.raises(InputError) as raised:
        read_case(tmp_path / "case.yaml", VOCABULARY)
    assert 0 < len(raised.value.problems) <= 1_000


# Fuzzing


def check(raw: bytes, *, as_json: bool = False) -> Case | None:
    """A case, or None where it was refused with problems that all read as sentences and name a line of the file."""
    assert len(raw) <= MAX_BYTES
    try:
        return parse_case(raw, VOCABULARY, name="case", as_json=as_json)
    except InputError as error:
        problems = error.problems
    last = raw.count(b"\n") + raw.count(b"\r") + raw.count("\x85".encode()) + raw.count(b"\xe2\x80") + 2
    assert problems
    for problem in problems:
        assert problem.code in PHRASES["problems"]
        assert 0 <= problem.line <= last
        assert problem_text(problem, PHRASES).startswith(f"case#{problem.pointer}: " if problem.pointer else "case:")
    return None


FUZZ = settings(max_examples=300)
QUESTIONS = list(VOCABULARY.questions)
OPTIONS = sorted({option for question in VOCABULARY.questions.values() for option in question.options})
WORDS = st.sampled_from([*QUESTIONS, *OPTIONS, "name", "answers", "partners", "notes", "unknown", "none", "yes", "~", ""])
SCALARS = WORDS | st.text(max_size=30) | st.none() | st.booleans() | st.integers() | st.floats()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ANSWERS = st.dictionaries(st.sampled_from(QUESTIONS) | WORDS, SCALARS | st.lists(SCALARS, max_size=4), max_size=6)
PARTNERS = st.lists(st.fixed_dictionaries({}, optional={"name": SCALARS, "answers": ANSWERS | TREES, "notes": TREES}), max_size=4)
NEARLY = st.fixed_dictionaries({}, optional={"name": SCALARS, "answers": ANSWERS, "partners": PARTNERS, "notes": TREES})


@FUZZ
@given(st.binary(max_size=400), st.booleans())
@example(b"\xef\xbb\xbf\xef\xbb\xbf", False)
@example(b"\x00", True)
@example(b"%YAML 3.0\n---\na", False)
@example(b"%TAG ! !\n%TAG ! !\n---\na", False)
@example(b'"\\U00110000"', False)
@example(b"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -", False)
def test_any_bytes_are_read_or_refused(raw: bytes, as_json: bool) -> None:
    check(raw, as_json=as_json)


@FUZZ
@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`#~ \n\t\r\\u0da_ey\x85\u2028\ufeff", max_size=200), st.booleans())
def test_any_text_of_yaml_and_json_signs_is_read_or_refused(text: str, as_json: bool) -> None:
    check(text.encode(), as_json=as_json)


@FUZZ
@given(TREES | NEARLY, st.booleans())
def test_any_tree_is_read_or_refused(tree: object, as_json: bool) -> None:
    text = json.dumps(tree) if as_json else yaml.safe_dump(tree, allow_unicode=True, default_flow_style=None)
    check(text.encode("utf-8", "surrogatepass"), as_json=as_json)


@FUZZ
@given(st.data())
def test_a_valid_case_with_a_few_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(EXAMPLE)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 12)))
        raw[start:end] = data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b": ", b"  ", b"- ", b"[", b"}", b'"', b"#"]))
    check(bytes(raw))


@FUZZ
@given(st.data())
def test_a_valid_case_with_its_lines_changed_is_read_or_refused(data: st.DataObject) -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "indent"])):
            case "drop" if len(lines) > 1:
                del lines[place]
            case "double":
                lines.insert(place, lines[place])
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                lines[place] = b"  " + lines[place]
    check(b"".join(lines))


def one_answer(name: str) -> st.SearchStrategy[object]:
    question = VOCABULARY.questions[name]
    one = st.sampled_from([*(o for o in question.options if o != "that-is-all"), "unknown"])
    if question.kind != "several":
        return one
    some = st.lists(st.sampled_from([o for o in question.options if o != "none"]), unique=True)
    return one | some.filter(lambda chosen: chosen != ["that-is-all"])


def answered(scope: str) -> st.SearchStrategy[dict[str, object]]:
    names = [q.id for q in VOCABULARY.questions.values() if q.asked == scope]
    some = st.lists(st.sampled_from(names), unique=True, max_size=25)
    return some.flatmap(lambda chosen: st.fixed_dictionaries({name: one_answer(name) for name in chosen}))


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
PARTNER: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries({"name": NAMES, "answers": answered("partner")})
VALID: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "name": NAMES,
        "answers": answered("agency"),
        "partners": st.lists(PARTNER, max_size=3, unique_by=lambda partner: str(partner["name"]).casefold()),
    }
)
ADVISOR = Service(LOADED, ChainEngine(LOADED.cache))


@settings(max_examples=150)
@given(VALID)
def test_every_valid_case_is_read_the_same_from_json_and_yaml_and_advised_on(content: dict[str, object]) -> None:
    from_json = check(json.dumps(content).encode(), as_json=True)
    text = io.StringIO()
    yaml.safe_dump(content, text, allow_unicode=True, default_style='"')
    from_yaml = check(text.getvalue().encode())
    assert from_json is not None
    assert from_json == from_yaml
    advice = ADVISOR.assess(from_json)
    assert advice.case == composed(str(content["name"]))
    assert all(advice.justification.values())
