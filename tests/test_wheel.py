"""The wheel carries its rules, words and pages: installed into an empty environment, it gives advice and serves."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from conftest import ROOT
from support.servers import Site, serving

EXAMPLE = ROOT / "examples" / "domestic-violence-waiting-list.yaml"


ALONE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # of what is installed, not of this checkout


def run(*command: str | Path, cwd: Path, env: dict[str, str] = ALONE) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel with the extra `[web]`, and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "environment")
    programs = folder / "environment" / "bin"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", programs / "python")
    run(*pip, "install", "-q", "--no-compile", "-c", ROOT / "constraints.txt", f"{wheel}[web]", cwd=folder)
    return programs


@pytest.fixture(scope="module")
def installed(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What is installed, serving from a folder of its own."""
    with serving(tmp_path_factory.mktemp("served"), command=(str(clean / "advisor"),)) as site:
        yield site


def test_a_wheel_in_a_clean_environment_gives_advice(clean: Path, tmp_path: Path) -> None:
    here = run(sys.executable, "-m", "advisor", "assess", EXAMPLE, "--format", "json", cwd=ROOT, env=dict(os.environ))
    assert run(clean / "advisor", "assess", EXAMPLE, "--format", "json", cwd=tmp_path) == here


def test_it_says_its_version(clean: Path, tmp_path: Path) -> None:
    assert run(clean / "advisor", "--version", cwd=tmp_path).strip() == version("partnership-advisor")


def test_the_shell_completes_its_commands(clean: Path, tmp_path: Path) -> None:
    assert "complete_bash" in run(clean / "advisor", "--show-completion", "bash", cwd=tmp_path)
    asking = {**ALONE, "_ADVISOR_COMPLETE": "complete_bash", "COMP_WORDS": "advisor ass", "COMP_CWORD": "1"}
    assert run(clean / "advisor", cwd=tmp_path, env=asking).split() == ["assess"]


def test_it_serves_the_pages_with_their_styles_and_scripts(installed: Site) -> None:
    with installed.client(follow_redirects=True) as client:
        home = client.get("/")
        assert home.status_code == 200
        for name in ("styles.css", "advisor.js"):
            assert f"/static/{name}?v=" in home.text
            assert client.get(f"/static/{name}").status_code == 200
        assert client.get("/examples").status_code == 200
        assert "partnership-advisor" in client.get("/static/embed/partnership-advisor.js").text


def test_it_serves_the_api(installed: Site) -> None:
    with installed.client() as client:
        answer: httpx.Response = client.post("/api/v1/assess", json={"name": "Ω", "answers": {"wanted.aim": "exchange"}})
        assert answer.json()["case"] == "Ω"


def test_an_extra_that_is_not_installed_is_named(clean: Path, tmp_path: Path) -> None:
    done = subprocess.run([clean / "advisor", "mcp"], cwd=tmp_path, capture_output=True, text=True, check=False, env=ALONE)
    assert done.returncode == 2
    assert "FILE.whl[mcp]" in done.stderr
