"""The API's document: it is the one published, its examples are true, and the server never does what it does not say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from advisor.io.scenario_reader import read_case_file
from advisor.io.scenario_writer import case_file_json
from advisor.loading import Loaded
from conftest import ROOT
from support.accepted_input import accepting
from support.api_examples import OPENAPI
from support.api_examples import published as rendered
from support.servers import Site

EMPTY = ("deleteCase", "deleteConsultation", "removeRespondent", "revokeToken", "endWebhook")  # these answer nothing
OPEN = ("health", "ready", "componentWords", "readAnswers", "beginAnswers", "saveAnswers")  # they need no account
METHODS = ("get", "post", "put", "patch", "delete")
CHECKS = """
[checks]
negative_data_rejection = { expected-statuses = [400, 401, 403, 404, 405, 406, 412, 415, 422, 428] }
missing_required_header = { expected-statuses = [404, 422, 428] }
"""
ONCE = """
[[operations]]  # `make long` covers all; bodies are those of `nextQuestion`, `createCase` and `changeCase`, or there is none
include-operation-id = [
  "why", "whyNot", "settle", "nextStep", "askQuestion", "firstPage", "reach", "whatIf", "compare", "sensitivity", "roadmap",
  "picture", "replaceCase", "mergeViews",
  "enterAnswers", "saveAnswers", "listConsultations", "readConsultation", "closeConsultation", "deleteConsultation",
  "chooseQuestions", "listRespondents", "renewInvitation", "revokeInvitation", "removeRespondent", "consultationResult",
  "exportConsultation", "consultationDocument", "listDecisions", "adoptAgreed", "readAnswers", "beginAnswers",
  "readFollowUp", "openRound", "portfolio",
  "health", "ready", "componentWords", "listCases", "readCase", "deleteCase", "archiveCase", "caseHistory", "readRevision",
  "listAdvice", "readAdvice", "replayAdvice", "questions", "rulebook", "rules", "rule", "sources", "source",
  "listTokens", "revokeToken", "listWebhooks", "endWebhook", "listDeliveries",
  "nextQuestion", "document", "changeCase", "adviseOnCase", "openConsultation", "inviteRespondent", "countHands",
  "decide", "createWebhook",
]
phases = { coverage = { enabled = false } }
"""

UNCHECKED = ("--exclude-checks", "positive_data_acceptance")  # a schema cannot say that no two partners share a name


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(OPENAPI.read_text("utf-8"))
    return found


def operations(published: dict[str, Any]) -> list[dict[str, Any]]:
    return [methods[method] for methods in published["paths"].values() for method in METHODS if method in methods]


def test_the_published_document_is_the_one_the_code_gives_with_what_the_server_answers(loaded: Loaded, tmp_path: Path) -> None:
    """If this fails after a change of rules or wording, run `make regenerate` and read the difference."""
    assert rendered(loaded, tmp_path) == OPENAPI.read_text("utf-8")


def test_every_operation_is_named_told_about_and_shown_by_an_example(published: dict[str, Any]) -> None:
    found = operations(published)
    assert len({each["operationId"] for each in found}) == len(found)
    for each in found:
        assert each["summary"]
        assert each["description"]
        assert each["tags"]
        contents = [
            kind for status, answer in each["responses"].items() if status < "300" for kind in answer.get("content", {}).values()
        ]
        shown = any("examples" in kind for kind in contents)
        assert shown is (each["operationId"] not in ("readAdvice", *EMPTY))  # which shows what `assess` does
        assert all(answer["description"] for answer in each["responses"].values())
        assert ("security" in each) is (each["operationId"] not in OPEN)


def test_every_example_fits_its_schema(published: dict[str, Any]) -> None:
    checked = 0
    for each in operations(published):
        contents = [each.get("requestBody", {}).get("content", {}), *(a.get("content", {}) for a in each["responses"].values())]
        for kind in [kind for content in contents for kind in content.values()]:
            schema = {**kind["schema"], "components": published["components"]}
            for example in kind.get("examples", {}).values():
                if not kind["schema"].get("$ref", "").endswith("CaseFile") or isinstance(example["value"], dict):
                    failures = list(Draft202012Validator(schema).iter_errors(example["value"]))
                    known_wrong = example["summary"].startswith("Everything wrong")
                    assert bool(failures) is (known_wrong and "code" not in json.dumps(example["value"])), failures
                    checked += 1
    assert checked > 40


def test_every_case_fits_the_published_schema_as_it_is_given_back(published: dict[str, Any], loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    valid = Draft202012Validator({"$ref": "#/components/schemas/CaseFile", "components": published["components"]})
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        valid.validate(json.loads(case_file_json(read_case_file(path, vocabulary), vocabulary)))


def test_what_the_rulebook_closes_is_an_enumeration(published: dict[str, Any], loaded: Loaded) -> None:
    schemas, vocabulary = published["components"]["schemas"], loaded.rulebook.vocabulary

    def named(schema: str, member: str) -> Any:
        found = schemas[schema]["properties"][member]
        return schemas[found["$ref"].rpartition("/")[2]]["enum"]

    assert named("Advice", "proceed") == list(vocabulary.findings[vocabulary.advice_parts.proceed].values)
    assert "undetermined" in named("BriefVerdict", "proceed")
    levels = list(vocabulary.findings[vocabulary.advice_parts.recommended].values)
    assert schemas["DimensionLevel"]["enum"] == levels
    level = {"$ref": "#/components/schemas/DimensionLevel"}
    assert schemas["Dimension"]["properties"]["needed"]["anyOf"] == [level, {"type": "null"}]
    for schema, member in (("Precondition", "by"), ("Action", "when"), ("Caution", "severity"), ("ProposalAnswer", "verdict")):
        assert len(named(schema, member)) > 1
    assert "enum" not in schemas["Item"]["properties"]["id"]  # a new caution changes no client


def thinned(accepted: dict[str, Any]) -> dict[str, Any]:
    """The document with one question of each kind, and without scenarios where a case is not all that is sent.

    Nor does anybody ask to be answered within a second, which a busy machine cannot do.
    """
    thin: dict[str, Any] = json.loads(json.dumps(accepted))
    schemas = thin["components"]["schemas"]
    for name in ("AgencyAnswers", "PartnerAnswers"):
        kinds = {("anyOf" in answer, True in answer.get("enum", ())): key for key, answer in schemas[name]["properties"].items()}
        schemas[name]["properties"] = {key: schemas[name]["properties"][key] for key in kinds.values()}
    case = schemas["CaseFile"]
    asked = {key for name in ("AgencyAnswers", "PartnerAnswers") for key in schemas[name]["properties"]}
    for notes in (case["properties"]["notes"], case["properties"]["partners"]["anyOf"][0]["items"]["properties"]["notes"]):
        noted = notes["anyOf"][0]
        noted["properties"] = {key: note for key, note in noted["properties"].items() if key in asked}
    schemas["SmallCase"] = {**case, "properties": {k: v for k, v in case["properties"].items() if k in ("name", "answers")}}
    schemas["ViewFile"]["properties"] = {
        k: v for k, v in schemas["ViewFile"]["properties"].items() if k in ("respondent", "answers")
    }
    for body in schemas.values():
        body.get("properties", {}).pop("seconds", None)
    for name in [name for name in schemas if name.endswith("Body") and "case" in schemas[name].get("properties", {})]:
        schemas[name]["properties"]["case"]["anyOf"][0] = {"$ref": "#/components/schemas/SmallCase"}
    schemas["Subject"]["properties"]["case"]["anyOf"][0] = {"$ref": "#/components/schemas/SmallCase"}
    return thin


def tried(site: Site, spec: dict[str, Any], folder: Path, settings: str, *options: str) -> None:
    """Schemathesis against the running server: whatever it finds is printed and fails."""
    (folder / "openapi.json").write_text(json.dumps(spec), "utf-8")
    (folder / "checks.toml").write_text(settings, "utf-8")
    program = Path(sys.executable).with_name("schemathesis")
    given = ["--config-file", "checks.toml", "run", "openapi.json", "--url", site.address, "--checks", "all", "--no-color"]
    command = [
        str(program),
        *given,
        "--generation-database",
        "none",
        "--continue-on-failure",
        "--no-shrink",
        *UNCHECKED,
        *options,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "71 selected" in done.stdout
    assert not [line for line in site.logged if '"unforeseen"' in line]


def test_schemathesis_finds_nothing_that_is_not_documented(
    site: Site, published: dict[str, Any], loaded: Loaded, tmp_path: Path
) -> None:
    tried(
        site,
        thinned(accepting(published, loaded.rulebook.vocabulary)),
        tmp_path,
        CHECKS + ONCE,
        "--max-examples",
        "2",
        "--seed",
        "1",
    )


@pytest.mark.long
def test_schemathesis_finds_nothing_in_a_long_run(site: Site, published: dict[str, Any], loaded: Loaded, tmp_path: Path) -> None:
    tried(site, accepting(published, loaded.rulebook.vocabulary), tmp_path, CHECKS, "--max-examples", "100")
