"""Fills pages of the documentation with what their examples in Python really print: `make regenerate`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "docs" / "python.md"
PAGES = (PYTHON, ROOT / "docs" / "case-files.md", ROOT / "docs" / "advice-format.md", ROOT / "docs" / "consultations.md")
_EXAMPLE = re.compile(r"```python\n(.*?)```\n\n<!-- answer -->\n```text\n.*?```", re.DOTALL)


def filled(text: str) -> str:
    """The page with what each example prints."""
    return _EXAMPLE.sub(lambda m: f"```python\n{m[1]}```\n\n<!-- answer -->\n```text\n{_printed(m[1])}```", text)


def _printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    return done.stdout.strip() + "\n"


def main() -> None:
    """Write the pages anew."""
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
