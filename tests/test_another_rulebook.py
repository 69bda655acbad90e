"""A small rulebook of another field goes through every door: nothing of the project's own is needed for it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor import Advisor
from advisor import Case as PythonCase
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.scenario_reader import parse_case_file
from advisor.loading import Loaded, folder_of, load
from advisor.mcp.server import called
from advisor.mcp.tools import TOOLS
from advisor.model.consultation import Respondent
from advisor.model.problems import InputError
from advisor.service import Service
from advisor.store.records import LOCAL
from advisor.store.replay import replay
from advisor.web.app import create_app
from advisor.web.settings import Settings, read_settings
from conftest import ROOT
from support.command_line import app
from support.fresh_databases import migrated
from support.route_table import filled, routes

FOLDER = ROOT / "tests" / "rulebooks" / "volunteer-program"
RULES, PROMPTS = FOLDER / "rules", FOLDER / "prompts"
OPTIONS = ("--rules", str(RULES), "--prompts", str(PROMPTS))
CASE = """\
name: Reading with children
words: {agency: the library, proposal: let neighbors read with children}
answers:
  task.request: [start, replace]
  task.rhythm: lasting
  task.children: yes
  house.coordinator: nobody
  house.fears: gossip
notes:
  task.children: Twelve children come on Fridays.
  house.fears: The last program ended in the newspaper.
partners:
  - name: Scouts
    answers: {friend.visits: now-and-then}
    notes: {friend.visits: They came in May.}
  - {name: Choir, answers: {friend.visits: never}}
scenarios:
  checked: {answers: {house.checks: yes}}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "reading.yaml"
    path.write_text(CASE, "utf-8")
    return path


@pytest.fixture(scope="module")
def volunteering(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(RULES, PROMPTS, cache=tmp_path_factory.mktemp("cache"))


def printed(*arguments: object) -> str:
    result = CliRunner().invoke(app, [*OPTIONS, *map(str, arguments)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def answered(*arguments: object) -> Any:
    return json.loads(printed(*arguments))


def refused(*arguments: object) -> list[tuple[str, str, str]]:
    error = CliRunner().invoke(app, [str(argument) for argument in arguments]).exception
    assert isinstance(error, InputError), error
    return [(problem.code, problem.found, problem.nearest) for problem in error.problems]


def test_it_is_checked_and_proved(tmp_path: Path) -> None:
    assert "29 rules, 11 questions" in printed("rules", "check")
    assert "Somebody was paid" in printed("rules", "show", "paid-work-stays-paid")
    proofs = answered("rules", "prove", "--witnesses", tmp_path / "witnesses", "--format", "json")
    assert {proof["verdict"] for proof in proofs} == {"proved"}
    assert {"there-is-a-verdict", "every-question-matters"} <= {proof["claim"] for proof in proofs}


def test_its_questions_are_listed() -> None:
    assert "How often does the task come up?" in printed("questions")


def test_it_advises_in_every_format(case: Path) -> None:
    advice = answered("assess", case, "--format", "json")
    assert advice["proceed"] == "open-after"
    assert (advice["dimension"]["recommended"], advice["dimension"]["needed"]) == ("by-the-day", "as-a-role")
    assert (advice["dimension"]["attainable"], advice["dimension"]["present"], advice["rows"]) == (None, None, {})
    assert advice["structures"] == ["sign-up-sheet"]
    assert list(advice["details"]) == ["arrangement=sign-up-sheet"]
    assert (advice["instruments"], advice["categories"], advice["second_lens"]) == ([], {}, {"stages": [], "rows": []})
    assert (advice["members_missing"], advice["kept"], advice["in_force"], advice["stages"]) == ([], [], [], [])
    assert [caution["id"] for caution in advice["cautions"]] == ["alone-with-children"]
    assert [action["id"] for action in advice["actions"]] == ["write-to-the-checkers"]
    assert advice["settled"]["verdict=open-after"] == "open"
    for form in ("text", "markdown", "html"):
        said = printed("assess", case, "--format", form)
        assert "Open the program after some homework" in said
        assert "Help by the day" in said
        assert "Somebody unchecked is alone with children" in said
        assert not [word for word in ("Row by row", "To sign", "at the table", "second lens", "None") if word in said]


def test_its_documents_are_made_of_its_own_findings(case: Path, tmp_path: Path) -> None:
    memo = printed("document", case, "--date", "2026-11-28")
    for words in (
        "Open the program after some homework",
        "Somebody unchecked is alone with children",
        "Get",
        "The coordinator",
        "Scouts",
    ):
        assert words in memo
    for kind, form in (("memo", "pdf"), ("packet", "docx"), ("plan", "xlsx")):
        path = tmp_path / f"made.{form}"
        printed("document", case, "--kind", kind, "-o", path)
        assert path.stat().st_size > 5000
    assert refused(*OPTIONS, "document", case, "--kind", "agreement") == [
        ("no-agreement-to-sign", "Open the program after some homework", "")
    ]


def test_it_answers_what_is_asked_and_says_what_comes_first(case: Path) -> None:
    advice = answered("assess", case, "--format", "json")
    assert [(answer["to"], answer["id"], answer["verdict"]) for answer in advice["proposal"]] == [
        ("start", "start-after", "yes-if"),
        ("replace", "replace-no", "no"),
    ]
    assert [
        (condition["id"], condition["severity"], condition["who"], condition["by"]) for condition in advice["conditions"]
    ] == [("get-the-checks", "grave", "coordinator", "now")]
    assert [item["id"] for item in advice["dimension"]["held_by"]] == ["no-coordinator"]
    assert [(worry["about"], worry["standing"]) for worry in advice["worries"]] == [("gossip", "open")]
    assert ([item["id"] for item in advice["law"]], list(advice["annex"])) == (["minors"], ["thanking"])
    partners = [
        (partner["name"], partner["dimension"], partner["core"], partner["held"], partner["absent"])
        for partner in advice["partners"]
    ]
    assert [(name, dimension, core) for name, dimension, core, _, _ in partners] == [
        ("Scouts", "by-the-day", False),
        ("Choir", None, False),
    ]
    assert [item["id"] for *_, held, _ in partners for item in held] == ["comes-now-and-then"]
    assert [item["id"] for *_, absent in partners for item in absent] == ["not-asked"]
    for form in ("text", "markdown", "html"):
        said = " ".join(printed("assess", case, "--format", form, "--full").split())
        for words in (
            "let neighbors read with children",
            "Keep whoever is paid",
            "each volunteer has a letter from the office",
            "Nobody coordinates volunteers",
            "Gossip: nothing settles it",
            "Act on minors",
            "How to say thanks",
            "Twelve children come on Fridays.",
            "The last program ended in the newspaper.",
            "They came in May.",
            "the coordinator",
            "before anybody starts",
        ):
            assert words in said, (form, words)


def test_answers_that_do_not_fit_together_are_told(case: Path) -> None:
    case.write_text("answers: {task.rhythm: once, task.training: yes}\n", "utf-8")
    advice = answered("assess", case, "--format", "json")
    assert [(each["id"], each["question"]) for each in advice["contradictions"]] == [("training-for-one-day", "task.rhythm")]
    assert "A single day, and yet training" in printed("assess", case, "--format", "markdown")


def test_partners_that_no_rule_speaks_of_are_only_named(case: Path) -> None:
    case.write_text("answers: {task.rhythm: once}\npartners: [{name: Scouts}]\n", "utf-8")
    advice = answered("assess", case, "--format", "json")
    assert [(partner["name"], partner["dimension"], partner["held"]) for partner in advice["partners"]] == [("Scouts", None, [])]
    assert "**Scouts**" in printed("assess", case, "--format", "markdown")


def test_respondents_who_differ_are_put_together(case: Path) -> None:
    views = [case.with_name(f"{name}.yaml") for name in ("coordinator", "scouts")]
    views[0].write_text("respondent: {speaks: agency}\nanswers: {task.rhythm: once}\n", "utf-8")
    views[1].write_text("respondent: {speaks: agency}\nanswers: {task.rhythm: weekly}\n", "utf-8")
    found = answered("consult", "merge", *views, "--format", "json")
    assert [respondent["name"] for respondent in found["respondents"]] == ["coordinator", "scouts"]
    assert [(point["question"], point["turns"]) for point in found["disagreements"]] == [("task.rhythm", True)]
    assert found["contested"]
    for form in ("text", "markdown", "html"):
        assert "How often does the task come up?" in printed("consult", "merge", *views, "--format", form, "--full")


def test_reasons_are_given_and_why_not(case: Path) -> None:
    said = printed("why", case, "form")
    assert "Help by the day is always possible." in said
    assert "Handbook" not in said or "handbook" in said
    assert "Nobody is paid to coordinate volunteers." in printed("why", case, "ceiling=by-the-day")
    found = answered("why-not", case, "as-a-role", "--format", "json")["why_not"][0]
    assert (found["conclusion"], found["holds"]) == ("form=as-a-role", False)
    assert {test["question"] for rule in found["rules"] for lack in rule["lacks"] for test in lack["failed"]} == {
        "house.coordinator"
    }
    assert refused(*OPTIONS, "why", case, "dimension") == [("unknown-recommendation", "dimension", "")]


def test_open_answers_are_weighed(case: Path) -> None:
    settled = answered("settle", case, "--format", "json")
    assert "wish=as-a-role" in settled["settled"]
    assert "verdict=open" in settled["open"]
    found = answered("next", case, "--format", "json")
    assert found["ask"]["question"] == "house.running"
    assert found["ask"]["decisive"]
    assert not found["main_answer_stands"]


def test_a_goal_is_reached_and_planned(case: Path) -> None:
    found = answered("reach", case, "--goal", "form=as-a-role", "--format", "json")
    assert [[(step["question"], step["to"]) for step in path["changes"]] for path in found["paths"]] == [
        [("house.coordinator", ["full-time"])],
        [("house.coordinator", ["part-time"])],
    ]
    steps = answered("roadmap", case, "--goal", "as-a-role", "--format", "json")["steps"]
    assert [step["dimension"] for step in steps] == ["as-a-role"]
    for form in ("markdown", "html"):
        assert "a volunteer role" in printed("roadmap", case, "--goal", "as-a-role", "--format", form)


def test_answers_are_tried_and_compared(case: Path) -> None:
    found = answered("whatif", case, "--set", "task.was-paid=yes", "--format", "json")
    differences = {(each["topic"], each["id"]): each["values"] for each in found["differences"]}
    assert differences["gate", "proceed"] == ["open-after", "stay-closed"]
    assert differences["gate", "paid-work-replaced"] == ["", "yes"]
    assert differences["proposal", "start"] == ["yes-if", "no"]
    assert differences["dimension", "recommended"] == ["by-the-day", ""]
    said = printed("compare", case, "checked", "--format", "markdown")
    assert "Open the program" in said
    assert "Somebody unchecked is alone with children" in said
    assert "verdict" in printed("sensitivity", case, "--format", "json")
    for form in ("markdown", "html"):
        assert "Who coordinates volunteers?" in printed("sensitivity", case, "--format", form)
        assert printed("picture", case, "--what", "why", "--format", form)
        assert printed("picture", case, "--format", form)


def test_the_other_commands_take_it_too(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    table, sweep, empty = (tmp_path / name for name in ("cases.csv", "sweep.yaml", "empty.yaml"))
    table.write_text("name,task.rhythm,house.coordinator\nOne,once,nobody\nTwo,weekly,full-time\n", "utf-8")
    sweep.write_text(f"name: all\ncase: {case.name}\nvary: {{task.rhythm: all, friend.visits@Scouts: all}}\n", "utf-8")
    assert "Two" in printed("batch", table, "-o", "results.csv") + Path("results.csv").read_text("utf-8")
    printed("sweep", sweep, "-o", "swept", "--workers", "1", "--report", "swept.html")
    assert "Somebody unchecked is alone with children" in Path("swept.html").read_text("utf-8")
    printed("questions", "--template", empty)
    assert "How often does the task come up?" in empty.read_text("utf-8")
    printed("questions", "--template", "form.xlsx")
    printed("consult", "sheet", case, "-o", "sheet.csv")
    assert "How often does the task come up?" in Path("sheet.csv").read_text("utf-8")
    assert "2 partners" in printed("check", case)
    assert printed("rules", "coverage")
    assert "48 conclusions are proved equal" in printed("rules", "diff", FOLDER)
    printed("review", "-o", "review", "--no-pages")
    printed("words", "export", "-o", "words.xlsx")
    assert "Nothing in the workbook differs" in printed("words", "import", "words.xlsx")
    assert "no accounts" in printed("user", "list")
    for what in ("rows", "table", "closeness", "plan", "levers"):
        assert printed("picture", case, "--what", what)
    done = CliRunner().invoke(app, [*OPTIONS, "interview", "asked.yaml"], input="1\nq\n")
    assert done.exit_code == 0
    assert "answers:" in Path("asked.yaml").read_text("utf-8")


def test_python_takes_it_too(case: Path) -> None:
    advisor, read = Advisor.load(RULES, PROMPTS), PythonCase.read(case)
    assert "Open the program after some homework" in advisor.assess(read).to_markdown()
    assert advisor.why(read, "form").why
    assert advisor.why_not(read, "as-a-role")["why_not"]
    assert advisor.next_question(read)["ask"]
    assert advisor.reach(read, "form=as-a-role")["paths"]
    with pytest.raises(InputError, match=r"there is no question wanted\.aim"):
        advisor.assess(PythonCase(answers={"wanted.aim": "exchange"}))


def test_an_assistant_is_answered_by_it(volunteering: Loaded) -> None:
    service, told = Service(volunteering, ChainEngine(volunteering.cache)), yaml.safe_load(CASE)
    told["answers"]["task.children"] = "yes"
    del told["scenarios"]
    change = {"answers": {"task.was-paid": "yes"}}
    asked: dict[str, dict[str, Any]] = {
        "list_questions": {},
        "assess": {"case": told},
        "why": {"case": told, "of": "form"},
        "why_not": {"case": told, "goal": "as-a-role"},
        "next_question": {"case": told},
        "what_if": {"case": told, "change": change},
        "reach": {"case": told, "goals": ["form=as-a-role"]},
        "draft_document": {"case": told, "kind": "memo"},
        "consultation_map": {"views": [{"respondent": {"name": "Ann", "speaks": "agency"}, "answers": {"task.rhythm": "once"}}]},
    }
    assert asked.keys() == TOOLS.keys()
    for name, arguments in asked.items():
        result = called(service, name, arguments)
        assert not result.is_error, (name, result.content)


def test_the_environment_names_the_folders_as_well(case: Path) -> None:
    named = {"ADVISOR_RULES": str(RULES), "ADVISOR_PROMPTS": str(PROMPTS)}
    command = [sys.executable, "-m", "advisor", "assess", str(case), "--no-marks", "--format", "json"]
    given = {**os.environ, **named}
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["proceed"] == "open-after"
    options = [sys.executable, "-m", "advisor", *OPTIONS, *command[3:]]
    assert subprocess.run(options, capture_output=True, text=True, check=True).stdout == done.stdout


def test_a_folder_or_a_language_that_is_not_there_is_one_line(case: Path, tmp_path: Path) -> None:
    assert refused("--rules", tmp_path / "none", "assess", case) == [("no-such-folder", str(tmp_path / "none"), "")]
    assert refused("--prompts", tmp_path / "none", "assess", case) == [("no-such-folder", str(tmp_path / "none"), "")]
    with pytest.raises(InputError) as raised:
        load(language="em")
    assert [(p.code, p.found, p.nearest) for p in raised.value.problems] == [("unknown-language", "em", "")]
    command = [sys.executable, "-m", "advisor", "--rules", str(tmp_path / "none"), "assess", str(case)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"There is no folder {tmp_path / 'none'}."


def test_words_of_other_rules_do_not_fit(case: Path) -> None:
    codes = {code for code, _, _ in refused("--rules", RULES, "assess", case)}
    assert {"not-worded", "unknown-question", "unknown-finding"} <= codes


@pytest.fixture(scope="module")
def served(volunteering: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("server")
    settings = Settings(data=data, rules=RULES, prompts=PROMPTS)
    store = migrated(settings.database, volunteering.rulebook.vocabulary)
    store.close()
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def test_a_server_takes_the_folders_from_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_RULES", str(RULES))
    monkeypatch.setenv("ADVISOR_PROMPTS", str(PROMPTS))
    settings = read_settings()
    assert (settings.rules, settings.prompts) == (RULES, PROMPTS)


def test_the_api_advises_by_it(served: TestClient) -> None:
    body = {"answers": {"task.rhythm": "weekly", "house.coordinator": "part-time"}}
    advice = served.post("/api/v1/assess", json=body).json()
    assert (advice["proceed"], advice["dimension"]["recommended"]) == ("open", "by-the-week")
    why = served.post("/api/v1/why", json={"case": body, "of": "form"}).json()
    assert why["why"][0]["because"][0]["because"] == "Fixed times suit the task, and somebody can keep a rota."
    assert served.get("/api/v1/questions").json()
    assert served.post("/api/v1/assess", json={"answers": {"purpose.aim": "exchange"}}).status_code == 422


def test_every_question_to_the_api_is_answered_by_it(served: TestClient, saved: str) -> None:
    told = json.loads(json.dumps(yaml.safe_load(CASE.replace("yes", '"yes"'))))
    views = [{"respondent": {"name": name, "speaks": "agency"}, "answers": {"task.rhythm": name}} for name in ("once", "weekly")]
    bodies: dict[str, Any] = {
        "assess": told,
        "why": {"case": told, "of": "form"},
        "why-not": {"case": told, "goal": "as-a-role"},
        "settle": {"case": told},
        "next": {"case": told},
        "next-step": {"case": told},
        "question": {"case": told, "question": "task.rhythm"},
        "first-page": {"case": told},
        "reach": {"case": told, "goals": ["form=as-a-role"]},
        "what-if": {"case": told, "change": {"answers": {"task.was-paid": "yes"}}},
        "compare": {"case": told, "with": ["checked"]},
        "sensitivity": {"case": told},
        "roadmap": {"case": told, "goal": "form=as-a-role"},
        "picture": {"case": told, "what": "plan"},
        "document": {"case": told, "kind": "memo", "format": "markdown"},
        "consultations/merge": {"views": views},
        "cases": told,
    }
    described = served.get("/api/v1/openapi.json").json()["paths"]
    paths = {path: each for path, each in described.items() if "administration" not in str(each)}  # which takes accounts
    questions = {path.removeprefix("/api/v1/") for path, operations in paths.items() if "post" in operations and "{" not in path}
    assert questions == bodies.keys()
    for path, body in bodies.items():
        answer = served.post(f"/api/v1/{path}", json=body)
        assert answer.is_success, (path, answer.text)
    rule, source = (served.get(f"/api/v1/rulebook/{kind}").json()["items"][0]["id"] for kind in ("rules", "sources"))
    blanks = {"case": saved.rpartition("/")[2], "rule": rule, "source": source, "number": "1", "form": "html"} | _consulted(
        served, saved
    )
    assert served.get(f"/api/v1/cases/{blanks['case']}/advice").is_success
    blanks["advice"] = served.get(f"/api/v1/cases/{blanks['case']}/advice/kept").json()["items"][0]["id"]
    for path in (path for path, operations in paths.items() if "get" in operations):
        assert served.get(path.format(**blanks)).is_success, path


@pytest.fixture
def saved(served: TestClient, volunteering: Loaded) -> str:
    file = parse_case_file(CASE.encode(), volunteering.rulebook.vocabulary)
    store = served.app.state.site.store  # type: ignore[attr-defined]
    return f"/cases/{store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id}"


def _consulted(served: TestClient, saved: str) -> dict[str, str]:
    """A consultation on the case in which two have answered, as paths name it."""
    store, at, case = served.app.state.site.store, datetime.now(UTC), saved.rpartition("/")[2]  # type: ignore[attr-defined]
    consultation = store.consultations.open(LOCAL, case, ["task.rhythm"], at=at).id
    for name in ("once", "weekly"):
        respondent = Respondent(name, "agency", shown="by-name")
        made, key = store.respondents.invite(LOCAL, case, consultation, respondent, at=at, expires=at + timedelta(days=1))
        key = store.respondents.begin(key, at=at)
        store.respondents.save(key, {("task.rhythm", None): ((name,), "")}, at=at)
    return {"consultation": consultation, "respondent": made.id, "key": key, "document": "session"}


def _text(served: TestClient, path: str) -> str:
    shown = served.get(path)
    assert shown.status_code == 200, path
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown.text)).split())


def test_its_pages_are_shown(served: TestClient, saved: str) -> None:
    assert "The task" in _text(served, saved)
    assert "How often does the task come up?" in _text(served, f"{saved}/sections/task")
    advice = _text(served, f"{saved}/advice")
    assert "Open the program after some homework" in advice
    assert "Help by the day" in advice
    assert "The last program ended in the newspaper." in advice
    assert "Somebody unchecked is alone with children" in advice
    assert "Row by row" not in advice
    queries = {
        "why": {"of": "form=by-the-day"},
        "why-not": {"goal": "form=as-a-role"},
        "goal": {"goal": "form=as-a-role"},
        "route": {"goal": "form=as-a-role"},
        "what-if": {"task.was-paid": "yes"},
        "compare": {"with": "checked"},
        "scenarios": {"name": "checked"},
        "branches": {"name": "checked"},
        "line": {"line": "task.rhythm"},
    }
    given = {
        "case_id": saved.rpartition("/")[2],
        "number": "1",
        "kind": "memo",
        "form": "html",
        "format": "yaml",
        "step": "task.rhythm",
    } | _consulted(served, saved)
    shown = set[str]()
    for method, path, _ in routes(served.app):  # type: ignore[arg-type]
        if method == "GET" and path.startswith("/cases/{case_id}") and not path.endswith("/hold"):  # which takes accounts
            name = path.rpartition("/")[2]
            given["section"] = "friends" if "partners" in path else "task"
            answer = served.get(filled(path, given), params=queries.get(name, {}))
            assert answer.status_code == 200, (path, answer.text)
            shown.add(name)
    assert set(queries) <= shown


def test_the_rulebook_that_is_archived_is_the_one_that_was_loaded(served: TestClient, saved: str, volunteering: Loaded) -> None:
    store = served.app.state.site.store  # type: ignore[attr-defined]
    assert served.get(f"{saved}/advice").status_code == 200
    case_id = saved.rpartition("/")[2]
    kept = store.advices.list(LOCAL, case_id).items[0]
    assert kept.rulebook == volunteering.rulebook.sha256
    assert store.advices.rulebook(kept.rulebook, kept.wording) is not None
    assert json.loads(replay(store, LOCAL, case_id, kept.id))["proceed"] == "open-after"


def test_what_is_not_worded_is_said_as_the_project_does(tmp_path: Path, volunteering: Loaded) -> None:
    project = load().wording
    assert volunteering.wording.phrases["problems"] == project.phrases["problems"]
    assert volunteering.wording.phrases["who"]["coordinator"] == "the coordinator"
    prompts = tmp_path / "prompts"
    shutil.copytree(PROMPTS, prompts)
    (prompts / "en" / "phrases" / "problems.yaml").write_text("unknown-rule: No {{ found }}.\n", "utf-8")
    own = load(RULES, prompts, cache=tmp_path / "cache").wording.phrases["problems"]
    assert own["unknown-rule"] == "No {{ found }}."
    assert own["unknown-goal"] == project.phrases["problems"]["unknown-goal"]
    assert folder_of("prompts").is_dir()
