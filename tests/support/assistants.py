"""An assistant at `advisor mcp`: connected as the SDK connects one, and a conversation played from a transcript."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from mcp import StdioServerParameters

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"http://\S+/mcp")


def environment() -> dict[str, str]:
    """The environment of a server, without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ADVISOR_")}


def over_stdio(*arguments: str) -> StdioServerParameters:
    """The command by which an assistant starts the server itself."""
    return StdioServerParameters(command=sys.executable, args=["-m", "advisor", "mcp", *arguments], env=environment(), cwd=ROOT)


@contextmanager
def over_http(*arguments: str) -> Iterator[str]:
    """The server on a free port; where it says that it is."""
    command = [sys.executable, "-m", "advisor", "mcp", "--http", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT)
    assert process.stdout is not None
    try:
        found = _ADDRESS.search(process.stdout.readline())
        assert found, process.poll()
        yield found[0].replace("0.0.0.0", "127.0.0.1")
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def steps(path: Path) -> list[dict[str, Any]]:
    """The steps of a transcript, each with the arguments of its call: the case as it is told so far, and what goes with it."""
    case: dict[str, Any] = {}
    found = yaml.load(path.read_text("utf-8"), _PlainDays)
    for step in found:
        for key, told in step.get("told", {}).items():
            case[key] = {**case[key], **told} if isinstance(told, dict) and key in case else told
        case["answers"] = {question: answer for question, answer in case.get("answers", {}).items() if answer is not None}
        about = {} if step["call"] in ("list_questions", "consultation_map") else {"case": copied(case)}
        step["arguments"] = {**about, **step.get("with", {})}
    return list(found)


def copied(value: Any) -> Any:
    """Plain values that what is told later does not change."""
    if isinstance(value, Mapping):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


class _PlainDays(yaml.SafeLoader):
    """As YAML, but a day is a text, as an assistant writes it."""


_PlainDays.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
