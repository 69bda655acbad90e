"""What is deployed: the bundle where there is no network, the bill of materials, the unit (`make deploy-check`)."""

import json
import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conftest import ROOT

pytestmark = pytest.mark.long

ALONE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith(("ADVISOR_", "PIP_"))}
NO_NETWORK = ("unshare", "--net", "--")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False, env=ALONE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_bundle_installs_and_advises_with_no_network(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "dist" / "advisor-bundle.tar") as bundle:
        bundle.extractall(tmp_path, filter="data")
    where = tmp_path / "advisor"
    assert run(*NO_NETWORK, "sh", "bundle/install.sh", where, cwd=tmp_path).strip() == version("partnership-advisor")
    told = run(*NO_NETWORK, where / "bin/advisor", "assess", ROOT / "examples/readme.yaml", "--brief", cwd=tmp_path)
    assert told.strip()
    run(where / "bin/python", "-c", "import advisor.web.app, docxtpl, typst, psycopg, mcp", cwd=tmp_path)


def test_a_bundle_that_was_changed_on_the_way_is_not_installed(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "dist" / "advisor-bundle.tar") as bundle:
        bundle.extractall(tmp_path, filter="data")
    next((tmp_path / "bundle/wheelhouse").glob("jinja2*.whl")).write_bytes(b"")
    done = subprocess.run(["sh", "bundle/install.sh", "there"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not (tmp_path / "there").exists()


def test_the_bill_of_materials_is_one_and_is_whole() -> None:
    text = (ROOT / "dist" / "sbom.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    packages = {each["name"].lower().replace("_", "-") for each in told["components"]}
    assert {"fastapi", "clingo", "typst", "mcp", "psycopg", "sqlalchemy"} <= packages
    assert told["metadata"]["component"]["name"] == "partnership-advisor"
    assert str(ROOT) not in text


def test_the_unit_holds_and_leaves_little_to_do(tmp_path: Path) -> None:
    unit = tmp_path / "advisor.service"
    text = (ROOT / "deploy" / "advisor.service").read_text("utf-8")
    unit.write_text(text.replace("/opt/advisor/bin/advisor", sys.executable))  # verify looks whether the program is there
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    exposure = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert "OK" in exposure.splitlines()[-1]
