"""Fills the README's examples with what the commands really print: `make regenerate`."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_BLOCK = re.compile(r"<!-- (file|output): (.+?) -->\n```(\w+)\n.*?```\n<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """The README with every example block as it should be."""
    return _BLOCK.sub(lambda m: f"<!-- {m[1]}: {m[2]} -->\n```{m[3]}\n{_content(m[1], m[2])}```\n<!-- end -->", text)


def _content(kind: str, what: str) -> str:
    if kind == "file":
        return (ROOT / what).read_text("utf-8")
    program, *rest = shlex.split(what)
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-m", program, *rest]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    return re.sub(r"[ \t]+$", "", done.stdout, flags=re.MULTILINE).strip() + "\n"


def main() -> None:
    """Write the README anew."""
    README.write_text(filled(README.read_text("utf-8")), "utf-8")
