"""Every command of `docs/operating.md` is run as it stands, one after the other, and does what the page says.

That takes some thirty starts of the command line, so it is one of the long ones.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from support.identity_providers import free_port
from support.visits import PASSWORD

PAGE = ROOT / "docs" / "operating.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
SAYS = (  # what the commands print, in this order
    "ann@agency.example is administrator of The agency.",
    "ready",
    "lee@agency.example is leader of The agency.",
    "lee@agency.example is planner of The agency.",
    "they can try again at once",
    "ann@agency.example has 0 cases more.",
    "The account lee@agency.example is removed.",
    "alive",
    "advisor_requests_total{",
    "account-removed",
    "none changed or removed",
    "The agency: cases for 84 months",
    "Deleted for good: cases 0",
    "Nothing is on hold",
    "advisor.backup holds 0 cases",
    "advisor.backup is whole",
    "2 accounts",
    "ann@agency.example  administrator  The agency",
    "has a new key",
)


@pytest.mark.long
def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) > 10
    (tmp_path / "password.txt").write_text(f"{PASSWORD}\n")
    (tmp_path / "advisor").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m advisor "$@"\n')
    (tmp_path / "advisor").chmod(0o700)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ADVISOR_")}
    environment |= {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PORT": str(free_port())}
    # Jobs are watched as at a prompt, so that the page's `%1` is the server; whatever happens, it is stopped.
    script = "set -meuo pipefail\ntrap 'kill %1 2>/dev/null || true' EXIT\n" + "\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 143), f"{done.stdout}\n{done.stderr}"
    place = 0
    for said in SAYS:
        place = done.stdout.find(said, place)
        assert place >= 0, f"{said}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr + (tmp_path / "serve.log").read_text()


def test_what_is_no_command_of_a_block_is_none_either() -> None:
    """A command in a sentence stands in a block too, but for those that a reader is told to think of."""
    text = PAGE.read_text("utf-8")
    run = " ".join(_BLOCK.findall(text))
    named = set(re.findall(r"`(advisor [a-z-]+(?: [a-z-]+)?)[^`]*`", _BLOCK.sub("", text)))
    assert named
    assert {each for each in named if each not in run} == set()
