"""Fills `docs/embedding.md` with what its examples really print: `make regenerate`."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from support.servers import ROOT, Site, serving

PAGE = ROOT / "docs" / "embedding.md"
_EXAMPLE = re.compile(r"```(sh|python)\n(.*?)```\n\n<!-- answer -->\n```(\w+)\n.*?```", re.DOTALL)
_ALIKE = (
    (re.compile(r"\b[a-z2-7]{26}\b"), "4f2kq7mzr3hx5wdn6ytlbvc2ae"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:8000"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "2026-01-05T09:00:00Z"),
)


def filled(text: str, site: Site, folder: Path) -> str:
    """The page with what each example prints, run one after the other against a server, in a folder."""
    (folder / "examples").symlink_to(ROOT / "examples")

    def answered(found: re.Match[str]) -> str:
        printed = _printed(found[1], found[2], site, folder)
        return f"```{found[1]}\n{found[2]}```\n\n<!-- answer -->\n```{found[3]}\n{printed}```"

    return _EXAMPLE.sub(answered, text)


def _printed(language: str, code: str, site: Site, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ADVISOR": site.address, "ADVISOR_DATABASE": site.database}
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    text = done.stdout
    for pattern, shown in _ALIKE:
        text = pattern.sub(shown, text)
    return text.strip() + "\n"


def main() -> None:
    """Write the page anew."""
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as folder, serving(Path(data)) as site:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), site, Path(folder)), "utf-8")
