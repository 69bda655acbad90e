"""References: one spelling at every door, whatever a partner is called."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.analysis.goals import read_goals, read_slots
from advisor.explain.why import named
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.names import composed, folded, place_of
from advisor.model.problems import InputError, Problems
from advisor.model.references import AnswerRef, ConclusionRef, QuestionRef, Setting, meant, read_goal
from advisor.store.database import Store
from advisor.store.records import LOCAL
from conftest import ROOT
from support.api_examples import client
from support.command_line import app
from support.sampling import sampled

SOURCE = ROOT / "src" / "advisor"
COMPOSED, DECOMPOSED = "Mu\N{LATIN SMALL LETTER N WITH TILDE}oz", "Mun\N{COMBINING TILDE}oz"
NAMES = ["A@B", "mou", COMPOSED, "x=y", ">=", "a>=b", "ring=funds", "wanted.aim", "|,: <b>", "@", "z" * 200]
ANY_NAME = st.text(min_size=1, max_size=60).map(composed).filter(bool)
WORD = st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True)


@given(WORD, st.sampled_from(["is", "at_least", "at_most"]), WORD, st.none() | ANY_NAME)
def test_a_conclusion_is_read_back_as_it_was_written(finding: str, how: str, value: str, partner: str | None) -> None:
    ref = ConclusionRef(finding, value, partner, how)  # type: ignore[arg-type]
    assert ConclusionRef.parse(str(ref)) == ref
    assert ConclusionRef.parse(str(ConclusionRef(finding, "", partner))) == ConclusionRef(finding, "", partner)


@given(WORD, st.lists(WORD, min_size=1, max_size=3), st.none() | ANY_NAME, st.booleans())
def test_a_question_and_a_test_on_an_answer_are_read_back(
    question: str, options: list[str], partner: str | None, wanted: bool
) -> None:
    asked = QuestionRef(question, partner)
    assert QuestionRef.parse(str(asked)) == asked
    test = AnswerRef(question, tuple(options), partner, wanted)
    assert AnswerRef.parse(str(test)) == test
    setting = Setting(asked, ",".join(options))
    assert Setting.parse(str(setting)) == setting


@pytest.mark.parametrize("text", ["", "@X", "wanted.aim", "=exchange", "=exchange@X"])
def test_what_sets_nothing_is_no_setting(text: str) -> None:
    assert Setting.parse(text) is None


def test_two_unicode_forms_of_a_name_are_one_name() -> None:
    assert COMPOSED != DECOMPOSED
    assert composed(f" {DECOMPOSED} ") == COMPOSED
    assert folded(DECOMPOSED) == folded(COMPOSED.upper()) == folded(normalize("NFD", COMPOSED.upper()))
    assert ConclusionRef.parse(f"ring=funds@{DECOMPOSED}") == ConclusionRef("ring", "funds", COMPOSED)
    assert place_of(DECOMPOSED.upper(), ["x", COMPOSED]) == 1
    assert place_of("y", ["x", COMPOSED]) is None


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("Harbor\nHouse", "Harbor House"),
        (" Harbor \u2028\t House ", "Harbor House"),
        ("Harbor\u200b House", "Harbor House"),
        ("\u202eesuoH robraH", "esuoH robraH"),
        ("\u200b\u2060\u3164", ""),
        ("\u0301", ""),
        ("\ufffe", "\N{REPLACEMENT CHARACTER}"),
        ("\u0646\u06cc\u200c\u0647", "\u0646\u06cc\u200c\u0647"),
    ],
)
def test_a_name_stands_on_one_line_and_can_be_seen(typed: str, held: str) -> None:
    assert composed(typed) == held


@pytest.fixture(scope="module", params=sampled([DECOMPOSED, COMPOSED], 2), ids=["decomposed", "composed"])
def partners(request: pytest.FixtureRequest) -> list[str]:
    """The names as they are typed."""
    return [request.param if name == COMPOSED else name for name in NAMES]


@pytest.fixture
def case(partners: list[str], tmp_path: Path) -> Path:
    """A case with partners of these names, and a scenario about each."""
    held = {
        "name": "Names",
        "answers": {"wanted.aim": "common-goal", "wanted.work": "plan-together"},
        "partners": [
            {"name": name, "answers": {"partner.reach": "plan-together", "partner.trust": "low"}} for name in partners[:4]
        ],
        "scenarios": {
            "all": {"partners": {name: {"partner.trust": "high"} for name in partners[:4]}},
            "one": {"drop": [partners[2]], "add": [partners[4]], "partners": {partners[4]: {"partner.reach": "plan-together"}}},
        },
    }
    path = tmp_path / "names.yaml"
    path.write_text(yaml.safe_dump(held, allow_unicode=True), "utf-8")
    return path


def printed(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(*arguments: object) -> list[tuple[str, str]]:
    error = CliRunner().invoke(app, [str(argument) for argument in arguments]).exception
    assert isinstance(error, InputError), error
    return [(problem.code, problem.nearest) for problem in error.problems]


def test_a_case_file_holds_names_in_one_form(case: Path, loaded: Loaded) -> None:
    held = read_case_file(case, loaded.rulebook.vocabulary)
    assert [partner.name for partner in held.case.partners] == NAMES[:4]
    assert [partner.name for partner in held.under("one").partners] == ["A@B", "mou", "x=y", ">="]
    assert {partner.answers["partner.trust"] for partner in held.under("all").partners} == {("high",)}


def test_two_forms_of_one_name_are_a_partner_twice(tmp_path: Path, loaded: Loaded) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text(f"partners: [{{name: {COMPOSED}}}, {{name: {DECOMPOSED.upper()}}}]\n", "utf-8")
    with pytest.raises(InputError, match="duplicate-partner"):
        read_case_file(path, loaded.rulebook.vocabulary)


def test_the_advice_and_what_is_settled_spell_conclusions_alike(case: Path) -> None:
    advice = json.loads(printed("assess", case, "--format", "json"))
    settled = json.loads(printed("settle", case, "--format", "json"))
    for name in NAMES[:4]:
        (limit,) = (each for each in advice["justification"] if each.startswith("partner-limit=") and each.endswith(f"@{name}"))
        assert ConclusionRef.parse(limit).partner == name
        assert limit in settled[advice["settled"][limit]]
    refs = [ConclusionRef.parse(name) for name in advice["justification"]]
    assert [str(ref) for ref in refs] == list(advice["justification"])
    assert {ref.partner for ref in refs} == {None, *NAMES[:4]}
    assert set(advice["settled"]) <= {*settled["settled"], *settled["open"]}


def test_the_names_of_an_advice_are_taken_where_names_are_typed(case: Path) -> None:
    advice = json.loads(printed("assess", case, "--format", "json", "--no-marks"))
    for name in [each for each in advice["justification"] if each.startswith(("partner-limit=", "dimension=", "caution="))][:12]:
        assert printed("why", case, name).strip()
        assert json.loads(printed("why-not", case, name, "--format", "json"))["why_not"][0] == {
            "conclusion": name,
            "holds": True,
            "rules": [],
        }


def test_each_partner_is_meant_at_every_command(case: Path, partners: list[str]) -> None:
    for typed, name in zip(partners[:4], NAMES[:4], strict=True):
        assert json.loads(printed("why-not", case, f"partner-limit=collaboration@{typed}", "--format", "json"))["why_not"][0][
            "conclusion"
        ] == (f"partner-limit=collaboration@{name}")
        kept = ("--keep", f"partner.trust@{typed}")
        found = json.loads(printed("reach", case, "--goal", f"partner-limit=collaboration@{typed}", *kept, "--format", "json"))
        steps = [step for path in found["paths"] for step in (*path["changes"], *path["presumed"])]
        assert steps or found["blocked_by"]
        assert not any((step["question"], step["partner"]) == ("partner.trust", name) for step in steps)
        said = json.loads(printed("whatif", case, "--set", f"partner.trust=high@{typed}", "--format", "json"))
        assert [(each["question"], each["partner"], each["answers"]) for each in said["answers"]] == [
            ("partner.trust", name, [["low"], ["high"]])
        ]
        assert printed("why", case, f"partner-limit@{typed}").startswith(f"{name} can come as close as ")


def test_a_partner_called_as_a_value_is_told_apart(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    assert {ref.finding for ref in meant("mou", vocabulary, NAMES)} == {"instrument", "first-instrument", "in-force"}
    assert meant("@mou", vocabulary, NAMES) == (ConclusionRef("", "", "mou"),)
    assert meant("ring=funds@MOU", vocabulary, NAMES) == (ConclusionRef("ring", "funds", "mou"),)
    assert meant("A@B", vocabulary, NAMES) == (ConclusionRef("", "", "A@B"),)
    assert meant(DECOMPOSED, vocabulary, NAMES) == (ConclusionRef("", "", COMPOSED),)
    steps = [f"limit={step}" for step in ("networking", "cooperation")]
    assert [str(ref) for ref in meant("limit<=cooperation", vocabulary, NAMES)] == steps
    assert meant("ring=funds@nobody", vocabulary, NAMES) == meant("nobody", vocabulary, NAMES) == ()
    problems = Problems("")
    assert read_goal("mou", vocabulary, NAMES, problems) == (ConclusionRef("instrument", "mou"),)
    assert read_goal("existing", vocabulary, NAMES, problems) == (ConclusionRef("existing", "yes"),)
    assert read_goal("funds@mou", vocabulary, NAMES, problems) == (ConclusionRef("ring", "funds", "mou"),)
    assert not problems.found


def test_a_name_that_means_nothing_gets_the_nearest(case: Path) -> None:
    assert refused("why", case, "dimention") == [("unknown-recommendation", "dimension")]
    assert refused("why", case, "partner-limit@nobody") == [("unknown-recommendation", "partner-limit")]
    assert refused("why-not", case, "partner-limit=collaboration@x=z") == [("unknown-partner", "x=y")]
    assert [code for code, _ in refused("why-not", case, "dimension:integration")] == ["unknown-goal"]
    assert refused("why-not", case, "dimension") == [("ambiguous-goal", "")]
    assert refused("reach", case, "--goal", "mou", "--keep", "partner.trst@mou") == [("unknown-question", "partner.trust")]
    assert refused("whatif", case, "--set", "partner.trust=high@moo") == [("unknown-partner", "mou")]
    assert refused("whatif", case, "--set", "partner.trust=high") == [("partner-to-name", "")]


def test_everything_about_a_partner_is_found_by_its_name(case: Path, loaded: Loaded) -> None:
    from advisor.engine.forward_chaining import ChainEngine
    from advisor.service import Service

    advice = Service(loaded, ChainEngine(loaded.cache)).assess(read_case_file(case, loaded.rulebook.vocabulary).case)
    for text, name in (("A@B", "A@B"), ("@mou", "mou"), (DECOMPOSED, COMPOSED), ("x=y", "x=y")):
        found = named(advice, text, loaded.rulebook.vocabulary)
        assert found
        assert {ref.partner for ref in found} == {name}


def test_goals_and_questions_name_partners_of_any_name(loaded: Loaded) -> None:
    vocabulary, program = loaded.rulebook.vocabulary, loaded.program(len(NAMES))
    for number, name in enumerate(NAMES):
        (wanted,) = read_goals([f"ring=funds@{name}"], vocabulary, program, NAMES)
        assert [(each.partner, str(each.ref(NAMES))) for each in wanted] == [(number, f"ring=funds@{name}")]
        assert read_slots([f"partner.trust@{name}"], vocabulary, NAMES) == {(number, "partner.trust")}


@pytest.fixture(scope="module")
def api(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Store]]:
    folder = tmp_path_factory.mktemp("references")
    with client(loaded, folder) as made:
        yield made, made.app.state.site.store  # type: ignore[attr-defined]


def test_the_api_takes_every_name(api: tuple[TestClient, Store], case: Path, partners: list[str]) -> None:
    asking, body = api[0], yaml.safe_load(case.read_text("utf-8"))
    for typed, name in zip(partners[:4], NAMES[:4], strict=True):
        why = asking.post("/api/v1/why", json={"case": body, "of": f"partner-limit@{typed}"}).json()
        assert [ConclusionRef.parse(tree["conclusion"]).partner for tree in why["why"]] == [name]
        why_not = asking.post("/api/v1/why-not", json={"case": body, "goal": f"partner-limit=collaboration@{typed}"}).json()
        assert why_not["why_not"][0]["conclusion"] == f"partner-limit=collaboration@{name}"
        tests = [failed for rule in why_not["why_not"][0]["rules"] for lack in rule["lacks"] for failed in lack["failed"]]
        assert {QuestionRef.parse(each["test"]).partner for each in tests} <= {None, name}
        first = asking.post("/api/v1/next", json={"case": body}).json()["ask"]
        skip = [str(QuestionRef(first["question"], first["partner"]))]
        second = asking.post("/api/v1/next", json={"case": body, "skip": skip}).json()["ask"]
        assert (second["question"], second["partner"]) != (first["question"], first["partner"])
        goals = {"case": body, "goals": [f"partner-limit=collaboration@{typed}"], "keep": [f"partner.trust@{typed}"]}
        assert asking.post("/api/v1/reach", json=goals).status_code == 200


def test_pages_take_every_name(api: tuple[TestClient, Store], case: Path, partners: list[str], loaded: Loaded) -> None:
    asking, store = api
    file = read_case_file(case, loaded.rulebook.vocabulary)
    from datetime import UTC, datetime

    place = f"/cases/{store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id}"
    assert asking.get(f"{place}/advice").status_code == 200
    for typed, name in zip(partners[:4], NAMES[:4], strict=True):
        limit = json.loads(printed("why-not", case, f"partner-limit=collaboration@{typed}", "--format", "json"))["why_not"][0]
        assert not limit["holds"]
        advice = json.loads(printed("assess", case, "--format", "json", "--no-marks"))
        found = next(partner["dimension"] for partner in advice["partners"] if partner["name"] == name)
        for path, query in (
            ("why", {"of": f"partner-dimension={found}@{typed}"}),
            ("why-not", {"goal": f"partner-limit=collaboration@{typed}"}),
            ("goal", {"goal": f"partner-limit=collaboration@{typed}", "keep": f"partner.trust@{typed}"}),
            ("what-if", {"try": f"partner.trust@{typed}"}),
            ("what-if", {f"partner.trust@{typed}": "high"}),
        ):
            shown = asking.get(f"{place}/{path}", params=query)
            assert shown.status_code == 200, (path, query)
            assert _escaped(name) in shown.text
        tried = asking.get(f"{place}/what-if", params={f"partner.trust@{typed}": "high"}).text
        assert 'id="result"' in tried or "points differ" in tried or "differ" in tried
    assert asking.get(f"{place}/why", params={"of": "partner-limit=collaboration@nobody"}).status_code == 404


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_names_of_a_rulebook_leave_the_signs_of_references_alone(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    names = {*vocabulary.questions, *vocabulary.findings}
    names |= {option for question in vocabulary.questions.values() for option in question.options}
    names |= {value for finding in vocabulary.findings.values() for value in finding.values}
    assert not [name for name in names if re.search(r"[@=<>!|,]", name)]


def test_references_are_put_together_and_taken_apart_in_one_module_only() -> None:
    """No other module splits at the signs of references, or writes them around a name."""
    patterns = [
        r"""(partition|split)\(\s*["'](@|=|>=|<=|:|: |!=)["']""",
        r"""re\.(compile|match|fullmatch|search|split)\(.*(>=|<=|\|@|\(@|P<partner>)""",
        r"""f["'][^"']*\}(@|=|>=|<=|!=)\{""",
        r"""["']@["']""",
    ]
    allowed = {"model/references.py"}
    found = []
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]:
        if path.is_relative_to(SOURCE) and path.relative_to(SOURCE).as_posix() in allowed:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if any(re.search(pattern, line) for pattern in patterns):
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert not found
