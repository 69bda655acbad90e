"""The wheel carries its rules and prompts: installed into a clean environment, it gives advice."""

import subprocess
import sys
import venv
from pathlib import Path

from conftest import ROOT

EXAMPLE = ROOT / "examples" / "domestic-violence-waiting-list.yaml"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_in_a_clean_environment_gives_advice(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    advisor = tmp_path / "clean" / "bin" / "advisor"
    here = run(Path(sys.executable).parent / "advisor", "assess", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert run(advisor, "assess", EXAMPLE, "--format", "json", cwd=tmp_path) == here
