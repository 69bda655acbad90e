"""What the README shows is what happens."""

import re
import subprocess
import sys

import pytest

from support.readme import README, ROOT, filled

TEXT = README.read_text("utf-8")


def test_every_example_shows_what_the_command_prints() -> None:
    """If this fails after a change of rules or wording, run `make regenerate` and read the difference."""
    assert filled(TEXT) == TEXT


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_python_examples_run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_command_is_documented() -> None:
    shown = subprocess.run([sys.executable, "-m", "advisor", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    commands = re.findall(r"^  ([a-z-]+)  ", shown.stdout.partition("Commands:")[2], re.MULTILINE)
    assert commands
    assert not [command for command in commands if f"`advisor {command}" not in TEXT]
