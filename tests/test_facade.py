"""`from advisor import Advisor`: what a program in Python gets, from cases in plain values to documents."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from itertools import product
from pathlib import Path

import pytest
import yaml

from advisor import Advice, Advisor, Case, InputError, NotDecidedError, View
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice as AdviceValues
from advisor.render import documents
from advisor.service import Service
from conftest import ROOT
from support.python_page import PAGES, PYTHON, filled

EXAMPLE = ROOT / "examples" / "readme.yaml"
BAD = {"wanted.aim": "exchanges", "wanted.obstacle": "unaware", "wanted.deep": "exchange", "partner.trust": "fair"}


@pytest.fixture(scope="module")
def advisor() -> Advisor:
    return Advisor.load()


@pytest.fixture(scope="module")
def built() -> Case:
    """The example, told in plain values."""
    told = yaml.load(EXAMPLE.read_text("utf-8"), yaml.BaseLoader)
    partners = {partner["name"]: partner["answers"] for partner in told["partners"]}
    return Case(told["name"], told["answers"], partners, words=told["words"], notes=told["notes"])


def test_a_case_in_plain_values_is_the_case_in_the_file(advisor: Advisor, built: Case, loaded: Loaded) -> None:
    service = Service(loaded, ChainEngine(loaded.cache))
    expected = documents.json(service.assess(read_case(EXAMPLE, loaded.rulebook.vocabulary), marks=True))
    for case in (built, Case.read(EXAMPLE), Case.read(str(EXAMPLE)), Case.parse(EXAMPLE.read_text("utf-8"))):
        assert advisor.assess(case).to_json() == expected


def test_advice_is_the_values_with_their_documents(advisor: Advisor, built: Case) -> None:
    advice = advisor.assess(built)
    assert isinstance(advice, Advice)
    assert isinstance(advice, AdviceValues)
    assert json.loads(advice.to_json())["proceed"] == advice.proceed == "form"
    assert advice.to_markdown().startswith(f"# Advice: {advice.case}\n")
    assert len(advice.to_markdown("full")) > len(advice.to_markdown()) > len(advice.to_markdown("line"))
    assert max(map(len, advice.to_text(width=70).splitlines())) <= 70
    assert "**" not in advice.to_text()
    assert advice.to_html().startswith("<!doctype html>")
    assert advisor.assess(built, marks=False).settled == {}


def test_answers_may_be_truth_values_sequences_and_nothing(advisor: Advisor) -> None:
    plain = Case(answers={"wanted.priority": True, "wanted.obstacle": ("unaware",), "wanted.aim": None})
    named = Case(answers={"wanted.priority": "yes", "wanted.obstacle": ["unaware"]})
    assert advisor.assess(plain).to_json() == advisor.assess(named).to_json()


def test_words_and_notes_are_quoted_beside_what_rests_on_them(advisor: Advisor) -> None:
    case = Case(
        "Housing first",
        {"proposal.ask": ["closer", "pay"], "wanted.aim": "common-goal", "wanted.work": "plan-together"},
        {"Housing authority": {"partner.category": "human-services", "partner.trust": "broken"}},
        words={"agency": "the city", "proposal": "work with the authority"},
        notes={
            "wanted.aim": "No family that is ready to reunite waits.",
            "proposal.ask": {"pay": "pay the first month of rent"},
            "partner.trust@Housing authority": "It lost forty of our papers.",
        },
    )
    advice = advisor.assess(case, marks=False)
    assert dict(advice.words) == {"agency": "the city", "proposal": "work with the authority"}
    assert "pay the first month of rent" in [answer.asked for answer in advice.proposal]
    trust = next(condition for condition in advice.conditions if condition.id == "trust-to-rebuild")
    assert ("partner.trust", "Housing authority", "It lost forty of our papers.") in [
        (premise.question, premise.partner, premise.note) for premise in trust.premises
    ]
    for note in ("No family that is ready to reunite waits.", "It lost forty of our papers."):
        assert note in advice.to_markdown("full")


def test_what_is_told_in_confidence_is_quoted_nowhere(advisor: Advisor) -> None:
    """A note or free word that begins with the mark stays in the case; the same words without it are quoted."""

    def told(mark: str) -> str:
        case = Case(
            "Harbor",
            {"wanted.aim": "common-goal", "wanted.records": "named", "possible.records-law": "unclear", "proposal.ask": "start"},
            {"Harbor House": {"partner.role": "works"}},
            words={"tell": f"{mark}the clerk heard it first"},
            notes={
                "possible.records-law": f"{mark}the judge said so in chambers",
                "partner.role@Harbor House": f"{mark}she may leave",
            },
        )
        advice = advisor.assess(case)
        compared = advisor.compare(case, Case("Nothing known")).to_json()
        every = [compared, advice.to_json(), advice.to_markdown("full"), advice.to_html()]
        every += [advice.document("memo", "markdown").decode(), advice.document("packet", "markdown", detail="full").decode()]
        return "\n".join(every)

    secrets = ("the clerk heard it first", "the judge said so in chambers", "he may leave")
    assert all(secret in told("") for secret in secrets)
    assert not any(secret in told(mark) for mark in ("Private: ", "PRIVATE:") for secret in secrets)


def test_a_note_is_about_a_partner_whatever_its_name_and_the_unicode_form_of_it(advisor: Advisor, loaded: Loaded) -> None:
    forms = ("Mu\N{LATIN SMALL LETTER N WITH TILDE}oz", "Mun\N{COMBINING TILDE}oz")
    for held, typed in (*product(forms, forms), ("A@B", "A@B"), ("mou", "MOU"), ("x=y", "x=y")):
        case = Case(partners={held: {"partner.trust": "low"}, "Other": {}}, notes={f"partner.trust@{typed}": "Since May."})
        first, other = case._read(loaded).partners
        assert (first.notes, other.notes) == ({("partner.trust", ""): "Since May."}, {})
        assert advisor.why_not(case, f"partner-limit=collaboration@{typed}")["why_not"][0]["conclusion"].endswith(
            f"@{first.name}"
        )


def test_a_note_about_nobody_is_refused(advisor: Advisor) -> None:
    with pytest.raises(InputError) as error:
        advisor.assess(Case(answers={"wanted.aim": "exchange"}, notes={"partner.trust@Nobody": "…", "wanted.aims": "…"}))
    assert [(problem.code, problem.found) for problem in error.value.problems] == [
        ("unknown-question", "partner.trust@Nobody"),
        ("unknown-question", "wanted.aims"),
    ]


def test_what_is_wrong_with_a_case_is_said_in_words_all_of_it_and_as_a_file_would_say_it(
    advisor: Advisor, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        advisor.assess(Case(answers=BAD))
    said = str(error.value).splitlines()
    assert len(said) == len(error.value.problems) == 3
    assert any(line.startswith("wanted.aim: exchanges is not among the answers. Did you mean exchange?") for line in said)
    file = tmp_path / "case.yaml"
    file.write_text(yaml.safe_dump({"answers": BAD}, sort_keys=False), "utf-8")
    with pytest.raises(InputError) as other:
        advisor.assess(Case.read(file))
    assert sorted(line.partition(": ")[2] for line in str(other.value).splitlines()) == sorted(said)
    assert all(line.startswith(f"{file}:") for line in str(other.value).splitlines())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda advisor, case: advisor.why(case, "dimensions"), "dimension"),
        (lambda advisor, case: advisor.why_not(case, "integratio"), "integration"),
        (lambda advisor, case: advisor.reach(case, "dimension=colaboration"), "collaboration"),
        (lambda advisor, case: advisor.roadmap(case, "dimension=colaboration"), "collaboration"),
        (lambda advisor, case: advisor.next_question(case, ["wanted.aims"]), "wanted.aim"),
        (lambda advisor, case: advisor.what_if(case, {"wanted.aim": "exchanges"}), "exchange"),
        (lambda advisor, case: advisor.assess(case.in_scenario("none")), "none"),
        (lambda advisor, case: advisor.picture(case, "row"), "rows"),
        (lambda *_: Advisor.load(engine="chian"), "chain"),
        (lambda *_: Case.read("no/such/file.yaml"), "no/such/file.yaml"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words(ask: object, said: str, advisor: Advisor, built: Case) -> None:
    assert callable(ask)
    with pytest.raises(InputError) as error:
        ask(advisor, built)
    assert said in str(error.value)
    assert " " in str(error.value)


def test_an_unknown_engine_names_the_two_there_are() -> None:
    with pytest.raises(InputError) as error:
        Advisor.load(engine="chian")
    assert error.value.problems[0].allowed == ("chain", "durable")
    assert "chain" in str(error.value)


def test_every_use_case_answers(advisor: Advisor, built: Case) -> None:
    assert advisor.why(built, "dimension").why[0].because
    assert advisor.why_not(built, "integration", most=1)["why_not"][0]["rules"]
    assert advisor.settle(built)["open"]
    ask = advisor.next_question(built)["ask"]
    assert ask
    assert (advisor.next_question(built, [ask["question"]])["ask"] or {}) != ask
    assert advisor.reach(built, "dimension=cooperation")["paths"]
    for report in (
        advisor.roadmap(built, "dimension=cooperation"),
        advisor.sensitivity(built),
        advisor.what_if(built, {"wanted.aim": "common-outcomes"}, {"Court": {"partner.reach": "exchange"}}, add=["Court"]),
        advisor.compare(built, Case("Nothing known")),
        advisor.consult(View(built, "County", "agency"), View(Case(answers={"wanted.aim": "common-goal"}), "Court", "agency")),
        advisor.picture(built),
        advisor.picture(built, "why", "dimension"),
    ):
        assert report.to_markdown().startswith("# ")
        assert report.to_html().startswith("<!doctype html>")
        assert "/1" in json.loads(report.to_json())["format"]
        assert report.to_text()
        assert report.to_svg().startswith("<svg") or report.picture is None


@pytest.mark.parametrize("as_json", [False, True])
def test_a_case_is_written_out_as_the_file_that_says_it(advisor: Advisor, built: Case, as_json: bool) -> None:
    text = advisor.case_file(built, as_json=as_json)
    again = Case.parse(text, as_json=as_json)
    assert advisor.case_file(again, as_json=as_json) == text
    assert advisor.assess(again).to_json() == advisor.assess(built).to_json()


def test_a_scenario_of_a_case_is_a_case(advisor: Advisor, built: Case) -> None:
    told = json.loads(built._raw)
    partners = {partner["name"]: partner["answers"] for partner in told["partners"]}
    closer = {"Closer": {"answers": {"wanted.aim": "common-outcomes"}, "drop": ["Lakeside Shelter"]}}
    case = Case("Now", told["answers"], partners, closer)
    assert advisor.assess(case).partners
    assert not advisor.assess(case.in_scenario("Closer")).partners
    assert advisor.compare(case, case.in_scenario("Closer")).value.labels == ("Now", "Closer")
    assert advisor.assess(case.in_scenario("Closer").in_scenario("")).to_json() == advisor.assess(case).to_json()


def test_views_are_read_from_files_and_made_of_cases(advisor: Advisor) -> None:
    files = sorted((ROOT / "examples" / "consultation").glob("*.yaml"))
    found = advisor.consult(*map(View.read, files))
    assert [respondent.name for respondent in found.value.respondents] == ["The state agency", "New Day", "Red River"]
    assert found.value.disagreements
    with pytest.raises(InputError) as error:
        advisor.consult(View(Case(answers={"wanted.aim": "exchanges"}), "County", "agent", shown="always"))
    assert [problem.code for problem in error.value.problems] == ["unknown-value", "unknown-value", "unknown-option"]
    with pytest.raises(InputError):
        advisor.consult(View(Case(), "County", "agency"), audience="nobody")


def test_a_question_takes_no_longer_than_it_may(built: Case) -> None:
    hasty = Advisor.load(seconds=0.0)
    with pytest.raises(NotDecidedError):
        hasty.assess(built)
    assert hasty.assess(built, marks=False).proceed == "form"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_examples_print(page: Path) -> None:
    """If this fails after a change of rules or wording, run `make regenerate` and read the difference."""
    text = page.read_text("utf-8")
    assert text.count("```python") == text.count("<!-- answer -->") > 0
    assert filled(text) == text


def test_everything_exported_is_on_the_page() -> None:
    import advisor

    text = PYTHON.read_text("utf-8")
    methods = [name for name in vars(Advisor) if not name.startswith("_")]
    assert not [name for name in (*advisor.__all__, *methods) if name not in text]


CLIENT = """
from pathlib import Path

from advisor import Advice, Advisor, Answers, Case, InputError, NotDecidedError


def advised(advisor: Advisor, answers: Answers) -> Advice:
    return advisor.assess(Case(name="Shelter", answers=answers, partners={"Lakeside Shelter": {"partner.reach": "exchange"}}))


def main() -> list[str]:
    advisor = Advisor.load(engine="chain", seconds=10.0)
    try:
        advice = advised(advisor, {"wanted.aim": "exchange", "wanted.obstacle": ["unaware"], "wanted.priority": False})
    except (InputError, NotDecidedError) as error:
        return [str(error)]
    case = Case.read(Path("case.yaml"))
    recommended: str | None = advice.dimension.recommended
    ask = advisor.next_question(case)["ask"]
    lines: list[str] = [advice.proceed, recommended or "", advice.to_markdown(), ask["question"] if ask else ""]
    lines += [each.title for each in advisor.what_if(case, {"wanted.aim": None}).value.differences]
    lines += [change.change.question for step in advisor.roadmap(case, "integration").value.steps for change in step.changes]
    lines += [because.rule for why in advisor.why(case, "dimension").why for because in why.because]
    return lines
"""


@pytest.mark.long
def test_a_client_of_the_installed_wheel_passes_strict_type_checking(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "clean", with_pip=False)
    python = tmp_path / "clean" / "bin" / "python"
    packages = next((tmp_path / "clean" / "lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_paths()["purelib"], "utf-8")
    (tmp_path / "client.py").write_text(CLIENT, "utf-8")
    (tmp_path / "wrong.py").write_text(f"{CLIENT}\n\nx: int = advised(Advisor.load(), {{}}).proceed\n", "utf-8")

    def checked(name: str) -> subprocess.CompletedProcess[str]:
        options = ["--strict", "--python-executable", str(python), "--config-file", "", "--cache-dir", str(tmp_path / "cache")]
        command = [sys.executable, "-m", "mypy", *options, name]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": ""})

    right, wrong = checked("client.py"), checked("wrong.py")
    assert right.returncode == 0, right.stdout + right.stderr
    assert wrong.returncode == 1
    assert 'expression has type "str", variable has type "int"' in wrong.stdout
