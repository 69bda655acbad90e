"""The README's "Change a rule" followed to the letter, in a copy of the checkout, ends with everything right."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

COPIED = ("src", "rules", "prompts", "tests", "examples", "docs", "README.md", "Makefile", "pyproject.toml", "constraints.txt")
SECTION = re.compile(r"## Change a rule and see the effect\n(.*?)\n## ", re.DOTALL)
REASON = "Told differently, to see what a change of a rule changes."


def run(command: str, folder: Path) -> str:
    """What a command prints, run in the copy with the copy's code."""
    environment = os.environ | {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "COLUMNS": "200"}
    program, *rest = command.split()
    venv = Path(sys.executable).parents[1]
    words = {
        "advisor": [sys.executable, "-m", "advisor"],
        "make": ["make", f"VENV={venv}", "-o", f"{venv}/test", "-o", f"{venv}/tools"],
    }
    done = subprocess.run(
        [*words[program], *rest], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.long
def test_a_rule_is_changed_as_the_readme_says(tmp_path: Path) -> None:
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    section = SECTION.search((ROOT / "README.md").read_text("utf-8"))
    assert section is not None
    why, show, regenerate, rules, _ = re.findall(r"`((?:advisor|make) [^`]+)`", section[1])

    rule = re.findall(r"\(([a-z-]+)\)", run(why, tmp_path))[0]
    found = run(show.replace("RULE", rule), tmp_path)
    path = tmp_path / found.partition(":")[0]
    old = re.search(r"because: (.*)", found)
    assert old is not None
    text = path.read_text("utf-8")
    assert text.count(old[1]) == 1
    path.write_text(text.replace(old[1], REASON), "utf-8")

    run(regenerate, tmp_path)
    assert REASON in (tmp_path / "README.md").read_text("utf-8")
    assert REASON in (tmp_path / "docs" / "openapi.json").read_text("utf-8")
    schema = Path("docs", "advice.schema.json")
    assert (tmp_path / schema).read_text("utf-8") == (ROOT / schema).read_text("utf-8")
    run(rules, tmp_path)
