"""Assistants: the tools of `advisor mcp`, asked by the SDK's own client over both transports."""

import base64
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import httpx
import openpyxl
import pytest
import yaml
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, EmbeddedResource, TextContent, Tool
from typer.testing import CliRunner

from advisor import Advisor, Case
from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded
from advisor.mcp.schemas import described, worded
from advisor.mcp.server import called, server_on
from advisor.mcp.tools import TOOLS
from advisor.model.problems import InputError
from advisor.service import Service
from advisor.web.api.schemas import schemas
from conftest import ROOT
from support.assistants import over_http, over_stdio, steps
from support.command_line import app
from support.event_loop import run_apart

TRANSCRIPT = Path(__file__).parent / "transcripts" / "two-shelters.yaml"
EXAMPLE: dict[str, Any] = {
    key: value
    for key, value in yaml.load(
        (ROOT / "examples" / "domestic-violence-waiting-list.yaml").read_text("utf-8"), yaml.BaseLoader
    ).items()
    if key in ("name", "words", "answers", "notes", "partners")
}
VIEWS = [yaml.load(path.read_text("utf-8"), yaml.BaseLoader) for path in sorted((ROOT / "examples/consultation").glob("*.yaml"))]
# One call of each tool.
CALLS: dict[str, dict[str, Any]] = {
    "list_questions": {"section": "wanted", "essential": False},
    "assess": {"case": EXAMPLE},
    "why": {"case": EXAMPLE, "of": "dimension"},
    "why_not": {"case": EXAMPLE, "goal": "integration"},
    "next_question": {"case": EXAMPLE},
    "what_if": {"case": EXAMPLE, "change": {"answers": {"wanted.aim": "exchange"}}},
    "reach": {"case": EXAMPLE, "goals": ["dimension=cooperation"], "keep": ["wanted.aim"]},
    "draft_document": {"case": EXAMPLE, "kind": "memo"},
    "consultation_map": {"views": VIEWS},
}


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache), seconds=60)


@pytest.fixture(scope="module")
def http() -> Iterator[str]:
    with over_http("--allow-host", "advisor.example") as address:
        yield address


def asking(server: Any, ask: Callable[[Client], Awaitable[None]]) -> None:
    """Ask as an assistant does, connected to a server in any of the SDK's ways."""

    async def run() -> None:
        with anyio.fail_after(120):
            async with Client(server, mode="legacy" if isinstance(server, StdioServerParameters) else "auto") as client:
                await ask(client)

    run_apart(run())


def text_of(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def given(result: CallToolResult) -> Mapping[str, Any]:
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


# The tools


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_gives_what_its_schema_says(name: str, service: Service, loaded: Loaded) -> None:
    tool = described(TOOLS[name], loaded.wording.phrases["assistants"])
    assert tool.output_schema is not None
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
    Draft202012Validator(tool.input_schema).validate(CALLS[name])
    result = called(service, name, CALLS[name])
    data = json.loads(json.dumps(given(result)))
    Draft202012Validator(tool.output_schema).validate(data)
    assert data.get("text", text_of(result)) == text_of(result)


def test_a_tool_and_each_of_its_members_is_described(loaded: Loaded) -> None:
    words, used = loaded.wording.phrases["assistants"], {"title", "instructions", "mend", "out-of-time", "listening"}
    for name, tool in TOOLS.items():
        listed = described(tool, words)
        assert listed.output_schema is not None
        used |= {name, f"{name} title"}
        for member, keys in (("", listed.input_schema["properties"]), ("gives ", listed.output_schema["properties"])):
            for key, schema in keys.items():
                assert schema["description"] == worded(words, name, f"{member}{key}")
                own = f"{name} {member}{key}"
                used.add(own if own in words else f"{member}{key}")
    assert set(words) == used


def test_a_case_has_the_members_that_the_api_takes_it_with(loaded: Loaded) -> None:
    """The tools' schemas are loose, since the reader tells more in words than a schema; what there is, is the same."""

    def members(name: str) -> set[str]:
        return set(taken[name]["properties"])

    taken = schemas(loaded.rulebook.vocabulary)
    case = TOOLS["assess"].takes.model_json_schema()["properties"]["case"]["properties"]
    assert set(case) == members("CaseFile")
    assert set(case["partners"]["items"]["properties"]) == members("CandidatePartner")
    assert set(case["scenarios"]["additionalProperties"]["properties"]) == members("Scenario")
    change = TOOLS["what_if"].takes.model_json_schema()["properties"]["change"]["properties"]
    assert set(change) == members("Change")
    view = TOOLS["consultation_map"].takes.model_json_schema()["properties"]["views"]["items"]["properties"]
    assert set(view) == members("ViewFile") - {"scenarios"}
    assert set(view["respondent"]["properties"]) == members("RespondentGiven")


def test_no_question_is_named_in_a_schema(service: Service, loaded: Loaded) -> None:
    """A new question changes no tool."""
    tools = [described(tool, loaded.wording.phrases["assistants"]) for tool in TOOLS.values()]
    schemas = json.dumps([(tool.input_schema, tool.output_schema) for tool in tools])
    assert [question for question in service.vocabulary.questions if f'"{question}"' in schemas] == []


def test_an_assistant_is_told_to_quote(loaded: Loaded) -> None:
    words = loaded.wording.phrases["assistants"]
    server = server_on(Service(loaded, ChainEngine(loaded.cache)))
    assert server.instructions == words["instructions"]
    assert "Quote the advice word for word" in words["instructions"]


def test_a_tool_says_what_the_other_doors_say(service: Service) -> None:
    advisor, case = Advisor.load(), Case.parse(json.dumps(EXAMPLE), as_json=True)
    for detail in ("line", "paragraph", "full"):
        assert text_of(called(service, "assess", {"case": EXAMPLE, "detail": detail})) == advisor.assess(case).to_markdown(detail)
    assert given(called(service, "why_not", CALLS["why_not"]))["why_not"] == advisor.why_not(case, "integration")["why_not"]
    assert given(called(service, "next_question", CALLS["next_question"]))["ask"] == advisor.next_question(case)["ask"]
    memo = advisor.assess(case).document("memo").decode()
    assert text_of(called(service, "draft_document", CALLS["draft_document"])) == memo


def test_every_piece_that_the_advice_lists_can_be_asked_about(service: Service) -> None:
    listed = given(called(service, "assess", CALLS["assess"]))["recommendations"]
    assert len(listed) > 10
    assert {each["status"] for each in listed} <= {"settled", "open"}
    for each in listed[:8]:
        why = given(called(service, "why", {"case": EXAMPLE, "of": each["name"]}))["why"]
        assert [tree["conclusion"] for tree in why] == [each["name"]]


def test_a_file_comes_beside_the_text(service: Service) -> None:
    result = called(service, "draft_document", {"case": EXAMPLE, "kind": "plan", "form": "xlsx"})
    assert given(result)["text"] == ""
    attached = result.content[1]
    assert isinstance(attached, EmbeddedResource)
    content = base64.b64decode(attached.resource.model_dump()["blob"])
    assert openpyxl.load_workbook(BytesIO(content)).sheetnames


# What is wrong


WRONG: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "case and argument": (
        "assess",
        {"case": {"answers": {"wanted.ami": "exchange", "wanted.aim": "exchang"}}, "detail": "all", "foo": 1},
        ["wanted.aim", "Did you mean exchange?", "line, paragraph, full", "no key foo"],
    ),
    "change and case": (
        "what_if",
        {"case": {"answers": {"a.b": "x"}}, "change": {"answers": {"wanted.aim": "x"}, "drop": ["Nobody"]}},
        ["/case/answers/a.b", "/change/answers/wanted.aim", "Nobody"],
    ),
    "nothing at all": ("what_if", {}, ["the key case is missing", "the key change is missing"]),
    "a scenario that is none": ("assess", {"case": {"answers": {"a.b": "x"}}, "scenario": "y"}, ["a.b", "y"]),
    "views": (
        "consultation_map",
        {"views": [{"answers": {"wanted.aim": "x"}}, {"respondent": {"speaks": "y"}}], "audience": "z"},
        ["/views/0", "/views/1/respondent/speaks", "audience"],
    ),
    "days": (
        "draft_document",
        {"case": EXAMPLE, "kind": "mmo", "day": "tomorrow", "due": {"before-signing": "1"}},
        ["Did you mean memo?", "tomorrow is no day", "due.before-signing"],
    ),
    "goals": ("reach", {"case": EXAMPLE, "goals": [], "keep": "x"}, ["goals", "minItems 1", "keep"]),
    "a goal that is none": ("reach", {"case": EXAMPLE, "goals": ["dimension=colaboration"]}, ["collaboration"]),
    "questions": ("list_questions", {"ids": ["wanted.ami", "a.b"]}, ["Did you mean wanted.aim?", "a.b"]),
    "a section": ("list_questions", {"section": "wnted"}, ["wanted"]),
    "a tool": ("asses", {}, ["Did you mean assess?"]),
}


@pytest.mark.parametrize("which", WRONG)
def test_everything_wrong_is_told_at_once(which: str, service: Service) -> None:
    name, arguments, told = WRONG[which]
    result = called(service, name, arguments)
    assert result.is_error
    text = text_of(result)
    assert [each for each in told if each not in text] == []
    count = int(re.findall(r"^(\d+) things? to mend", text, re.MULTILINE)[0])
    assert count == len(text.splitlines()) - 1


def test_time_that_does_not_suffice_is_told(loaded: Loaded) -> None:
    hurried = Service(loaded, ChainEngine(loaded.cache), seconds=0)
    result = called(hurried, "reach", {"case": EXAMPLE, "goals": ["dimension=integration"]})
    assert result.is_error
    assert "Not decided in 0 seconds" in text_of(result)


def test_work_is_not_done_where_messages_are_read(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one call is worked on the server answers others."""
    service, free = Service(loaded, ChainEngine(loaded.cache)), threading.Event()
    assess = service.assess

    def slowly(*given: Any, **named: Any) -> Any:
        assert free.wait(30)
        return assess(*given, **named)

    monkeypatch.setattr(service, "assess", slowly)

    async def ask(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "assess", {"case": EXAMPLE})
            await anyio.sleep(0.1)
            with anyio.fail_after(20):
                assert len((await client.list_tools()).tools) == len(TOOLS)
                assert not (await client.call_tool("list_questions", {})).is_error
            free.set()

    asking(server_on(service), ask)


# Over both transports


def test_an_assistant_connects_over_stdio_and_is_told_the_tools(loaded: Loaded) -> None:
    """A conversation played from a transcript, each call as the server that the assistant started answers it."""
    advisor = Advisor.load()

    async def ask(client: Client) -> None:
        listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == list(TOOLS)
        assert client.instructions == loaded.wording.phrases["assistants"]["instructions"]
        for step in steps(TRANSCRIPT):
            check(step, await client.call_tool(step["call"], step["arguments"]), advisor)

    asking(over_stdio(), ask)


def check(step: Mapping[str, Any], result: CallToolResult, advisor: Advisor) -> None:
    """That a step gives what the transcript says, and what the advisor says of this case."""
    text = text_of(result)
    if "refused" in step:
        assert result.is_error
        assert text.splitlines()[-1].startswith(str(step["refused"]))
        case = Case.parse(json.dumps(step["arguments"]["case"]), place="case", as_json=True)
        with pytest.raises(InputError) as raised:
            advisor.assess(case)
        assert [problem.code for problem in raised.value.problems] == ["unknown-option", "unknown-question"]
        return
    data = given(result)
    assert step.get("quotes", "") in text
    if "offers" in step:
        assert set(step["offers"]) <= {question["id"] for question in data["questions"]}
    if "case" not in step["arguments"]:
        return
    case = Case.parse(json.dumps(step["arguments"]["case"]), as_json=True)
    if step["call"] == "assess":
        assert text == advisor.assess(case).to_markdown()
    if step.get("asks"):
        assert data["ask"] == advisor.next_question(case)["ask"]
        assert data["question"]["id"] == data["ask"]["question"]
        assert data["question"]["id"] not in step["arguments"]["case"]["answers"]


def test_an_assistant_connects_over_http(http: str, service: Service) -> None:
    async def ask(client: Client) -> None:
        listed: list[Tool] = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == list(TOOLS)
        result = await client.call_tool("assess", CALLS["assess"])
        assert text_of(result) == text_of(called(service, "assess", CALLS["assess"]))
        assert (await client.call_tool("assess", {"case": {"answers": []}})).is_error

    asking(http, ask)


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
}
ACCEPTED = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Host": "advisor.example", "Origin": "https://advisor.example"}, 200),
        ({"Host": "advisor.example:8443", "Origin": "https://advisor.example:8443"}, 200),
        ({"Host": "attacker.example"}, 421),
        ({"Host": "advisor.example.attacker.example"}, 421),
        ({"Host": "attacker.example:8765"}, 421),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_somebody_else_gets_no_answer(http: str, headers: dict[str, str], status: int) -> None:
    """Neither under its own name that leads here (DNS rebinding), nor from its own origin; a name that was allowed does."""
    assert httpx.post(http, json=HELLO, headers={**ACCEPTED, **headers}).status_code == status


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--host", "0.0.0.0"], "host-names-needed"),
        (["--host", "nowhere"], "address-expected"),
        (["--host", "192.0.2.1", "--allow-host", "x"], "address-not-free"),
    ],
)
def test_an_address_that_is_not_this_machines_takes_a_word(arguments: list[str], code: str) -> None:
    result = CliRunner().invoke(app, ["mcp", "--http", *arguments])
    assert isinstance(result.exception, InputError)
    assert [problem.code for problem in result.exception.problems] == [code]
